//! A slice as a peer sees it: stored samples, how they become modality values, and the voxel size; nothing about a person.

use ndarray::Array2;
use serde::{Deserialize, Serialize};

use crate::canonical::{self, Raw, malformed, pixel_count};
use crate::{BLOB_BYTES_MAX, BlockShape, Digest, TaskError};

const WHAT: &str = "pixel block";
const VERSION: u16 = 1;

/// Stored values of a slice with one sample a pixel, masked and sign-extended, row by row.
#[derive(Debug, Clone, PartialEq)]
#[allow(missing_docs)]
pub enum StoredSamples {
    U8(Vec<u8>),
    I8(Vec<i8>),
    U16(Vec<u16>),
    I16(Vec<i16>),
    U32(Vec<u32>),
    I32(Vec<i32>),
    F32(Vec<f32>),
    F64(Vec<f64>),
}

/// Runs one expression with whichever vector a [`StoredSamples`] holds.
macro_rules! with_samples {
    ($samples:expr, $values:ident => $body:expr) => {
        match $samples {
            StoredSamples::U8($values) => $body,
            StoredSamples::I8($values) => $body,
            StoredSamples::U16($values) => $body,
            StoredSamples::I16($values) => $body,
            StoredSamples::U32($values) => $body,
            StoredSamples::I32($values) => $body,
            StoredSamples::F32($values) => $body,
            StoredSamples::F64($values) => $body,
        }
    };
}

impl StoredSamples {
    /// How many samples there are.
    pub fn len(&self) -> usize {
        with_samples!(self, values => values.len())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn kind(&self) -> u8 {
        match self {
            Self::U8(_) => 0,
            Self::I8(_) => 1,
            Self::U16(_) => 2,
            Self::I16(_) => 3,
            Self::U32(_) => 4,
            Self::I32(_) => 5,
            Self::F32(_) => 6,
            Self::F64(_) => 7,
        }
    }

    fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::U8(values) => canonical::u8_bytes(values),
            Self::I8(values) => canonical::i8_bytes(values),
            Self::U16(values) => canonical::u16_bytes(values),
            Self::I16(values) => canonical::i16_bytes(values),
            Self::U32(values) => canonical::u32_bytes(values),
            Self::I32(values) => canonical::i32_bytes(values),
            Self::F32(values) => canonical::f32_bytes(values),
            Self::F64(values) => canonical::f64_bytes(values),
        }
    }

    fn from_bytes(kind: u8, bytes: &[u8], count: usize) -> Result<Self, TaskError> {
        Ok(match kind {
            0 => Self::U8(canonical::u8_values(WHAT, bytes, count)?),
            1 => Self::I8(canonical::i8_values(WHAT, bytes, count)?),
            2 => Self::U16(canonical::u16_values(WHAT, bytes, count)?),
            3 => Self::I16(canonical::i16_values(WHAT, bytes, count)?),
            4 => Self::U32(canonical::u32_values(WHAT, bytes, count)?),
            5 => Self::I32(canonical::i32_values(WHAT, bytes, count)?),
            6 => Self::F32(canonical::f32_values(WHAT, bytes, count)?),
            7 => Self::F64(canonical::f64_values(WHAT, bytes, count)?),
            other => {
                return Err(malformed(
                    WHAT,
                    format_args!("there is no kind of sample {other}"),
                ));
            }
        })
    }
}

/// One slice, ready to be sent to a peer: `samples` is `[rows, columns]` in C order.
#[derive(Debug, Clone, PartialEq)]
pub struct PixelBlock {
    /// Rows, at most [`ROWS_MAX`](crate::ROWS_MAX).
    pub rows: u32,
    /// Columns, at most [`COLUMNS_MAX`](crate::COLUMNS_MAX).
    pub columns: u32,
    /// Stored values, `rows * columns` of them.
    pub samples: StoredSamples,
    /// Modality value = `slope * stored + intercept` (PS3.3 C.11.1); a modality lookup table is applied before, and leaves slope 1.
    pub slope: f64,
    /// See `slope`.
    pub intercept: f64,
    /// Stored values from the first to the second, both included, are padding and no measurement (PS3.3 C.7.5.1.1.2).
    pub padding: Option<(i64, i64)>,
    /// Size of a voxel between slices, between rows, between columns; only where it is a length in the patient.
    pub voxel_mm: Option<[f64; 3]>,
}

#[derive(Serialize, Deserialize)]
struct Wire<'a> {
    version: u16,
    rows: u32,
    columns: u32,
    kind: u8,
    slope: f64,
    intercept: f64,
    padding: Option<(i64, i64)>,
    voxel_mm: Option<[f64; 3]>,
    #[serde(borrow)]
    samples: Raw<'a>,
}

impl PixelBlock {
    /// Whether the samples fit the shape, the shape its limits, and the numbers are finite.
    pub fn check(&self) -> Result<(), TaskError> {
        let count = pixel_count(WHAT, self.rows, self.columns)?;
        if self.samples.len() != count {
            let (rows, columns, found) = (self.rows, self.columns, self.samples.len());
            return Err(malformed(
                WHAT,
                format_args!("{found} samples do not fill {rows} x {columns}"),
            ));
        }
        if !self.slope.is_finite() || !self.intercept.is_finite() {
            return Err(malformed(
                WHAT,
                format_args!(
                    "slope {} and intercept {} must be finite",
                    self.slope, self.intercept
                ),
            ));
        }
        if let Some((first, last)) = self.padding.filter(|(first, last)| first > last) {
            return Err(malformed(
                WHAT,
                format_args!("the padding range {first} to {last} is reversed"),
            ));
        }
        match self.voxel_mm {
            Some([slice, row, column])
                if [slice, row, column]
                    .iter()
                    .any(|size_mm| !(size_mm.is_finite() && *size_mm > 0.0)) =>
            {
                Err(malformed(
                    WHAT,
                    format_args!("a voxel of {slice} x {row} x {column} mm has no size"),
                ))
            }
            _ => Ok(()),
        }
    }

    /// The canonical bytes: their [`Digest::of`] is the block's address. Fails where [`PixelBlock::check`] does.
    pub fn encode(&self) -> Result<Vec<u8>, TaskError> {
        self.check()?;
        let samples = self.samples.to_bytes();
        Ok(canonical::encode(&Wire {
            version: VERSION,
            rows: self.rows,
            columns: self.columns,
            kind: self.samples.kind(),
            slope: self.slope,
            intercept: self.intercept,
            padding: self.padding,
            voxel_mm: self.voxel_mm,
            samples: Raw(&samples),
        }))
    }

    /// Reads what [`PixelBlock::encode`] wrote; bounded by [`BLOB_BYTES_MAX`], and never panics on foreign bytes.
    pub fn decode(bytes: &[u8]) -> Result<Self, TaskError> {
        let wire: Wire<'_> = canonical::decode(WHAT, bytes, BLOB_BYTES_MAX, VERSION)?;
        let count = pixel_count(WHAT, wire.rows, wire.columns)?;
        let block = Self {
            rows: wire.rows,
            columns: wire.columns,
            samples: StoredSamples::from_bytes(wire.kind, wire.samples.0, count)?,
            slope: wire.slope,
            intercept: wire.intercept,
            padding: wire.padding,
            voxel_mm: wire.voxel_mm,
        };
        block.check()?;
        Ok(block)
    }

    /// The content address of the block.
    pub fn digest(&self) -> Result<Digest, TaskError> {
        Ok(Digest::of(&self.encode()?))
    }

    /// Rows and columns, the form checks and costs take.
    pub fn shape(&self) -> BlockShape {
        BlockShape {
            rows: self.rows,
            columns: self.columns,
        }
    }

    /// Volume of one voxel in mm³, where it is known.
    pub fn voxel_mm3(&self) -> Option<f64> {
        self.voxel_mm
            .map(|[slice, row, column]| slice * row * column)
    }

    /// Modality values `[rows, columns]`: the product and the sum in f64, then rounded once to f32. Padding is treated like any value.
    pub fn modality_values(&self) -> Result<Array2<f32>, TaskError> {
        self.check()?;
        let (slope, intercept) = (self.slope, self.intercept);
        #[allow(clippy::unnecessary_cast, clippy::cast_lossless)]
        let values: Vec<f32> = with_samples!(&self.samples, stored => stored.iter().map(|value| (*value as f64 * slope + intercept) as f32).collect());
        Array2::from_shape_vec((self.rows as usize, self.columns as usize), values)
            .map_err(|error| malformed(WHAT, error))
    }

    /// Whether each pixel is padding, in C order; `None` when the block declares no padding.
    pub fn padded(&self) -> Option<Vec<bool>> {
        let (first, last) = self.padding?;
        let (first, last) = (first as f64, last as f64);
        #[allow(clippy::unnecessary_cast, clippy::cast_lossless)]
        let padded = with_samples!(&self.samples, stored => stored.iter().map(|value| (first..=last).contains(&(*value as f64))).collect());
        Some(padded)
    }
}
