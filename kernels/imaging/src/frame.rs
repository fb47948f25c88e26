//! One decoded image in the type it was stored in, and the pixels it becomes.

use std::fmt;

use crate::error::ImagingError;
use crate::stored::Stored;

/// Pixel samples in their stored type (rule 35: this array is the truth).
///
/// Masked to Bits Stored and sign-extended by the reader; 1-bit frames are `U8` with 0 and 1.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Samples {
    /// Unsigned, up to 8 bits.
    U8(Vec<u8>),
    /// Signed, up to 8 bits.
    I8(Vec<i8>),
    /// Unsigned, 9 to 16 bits.
    U16(Vec<u16>),
    /// Signed, 9 to 16 bits.
    I16(Vec<i16>),
    /// Unsigned, 17 to 32 bits.
    U32(Vec<u32>),
    /// Signed, 17 to 32 bits.
    I32(Vec<i32>),
    /// Float Pixel Data (7FE0,0008).
    F32(Vec<f32>),
    /// Double Float Pixel Data (7FE0,0009).
    F64(Vec<f64>),
}

/// Binds `$values` to the vector inside, whatever its type.
macro_rules! with_samples {
    ($samples:expr, $values:ident => $body:expr) => {
        match $samples {
            $crate::frame::Samples::U8($values) => $body,
            $crate::frame::Samples::I8($values) => $body,
            $crate::frame::Samples::U16($values) => $body,
            $crate::frame::Samples::I16($values) => $body,
            $crate::frame::Samples::U32($values) => $body,
            $crate::frame::Samples::I32($values) => $body,
            $crate::frame::Samples::F32($values) => $body,
            $crate::frame::Samples::F64($values) => $body,
        }
    };
}
pub(crate) use with_samples;

impl Samples {
    /// Number of samples (not of pixels, where a pixel has three).
    pub fn len(&self) -> usize {
        with_samples!(self, values => values.len())
    }

    /// True when there is no sample at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Memory the samples take, in bytes.
    pub fn bytes(&self) -> usize {
        with_samples!(self, values => std::mem::size_of_val(values.as_slice()))
    }

    /// The samples as little-endian bytes in order, as written to NumPy files and hashed.
    pub fn little_endian_bytes(&self) -> Vec<u8> {
        with_samples!(self, values => values.iter().flat_map(|value| value.to_le_bytes()).collect())
    }

    /// Least and greatest sample; values that are not numbers do not count. `None` when nothing counts.
    pub fn min_max(&self) -> Option<(f64, f64)> {
        fn integers<T: Copy + Ord + Into<f64>>(values: &[T]) -> Option<(f64, f64)> {
            let first = *values.first()?;
            let (low, high) = values.iter().fold((first, first), |(low, high), value| {
                (low.min(*value), high.max(*value))
            });
            Some((low.into(), high.into()))
        }
        fn floats<T: Copy + Into<f64>>(values: &[T]) -> Option<(f64, f64)> {
            let finite = values
                .iter()
                .map(|value| (*value).into())
                .filter(|value| value.is_finite());
            finite.fold(None, |range: Option<(f64, f64)>, value| match range {
                None => Some((value, value)),
                Some((low, high)) => Some((low.min(value), high.max(value))),
            })
        }
        match self {
            Self::U8(values) => integers(values),
            Self::I8(values) => integers(values),
            Self::U16(values) => integers(values),
            Self::I16(values) => integers(values),
            Self::U32(values) => integers(values),
            Self::I32(values) => integers(values),
            Self::F32(values) => floats(values),
            Self::F64(values) => floats(values),
        }
    }

    /// The sample at `index`, exactly (every stored type fits a double); `None` beyond the end.
    pub fn get(&self, index: usize) -> Option<f64> {
        with_samples!(self, values => values.get(index).map(|value| value.value()))
    }

    /// True for Float and Double Float Pixel Data.
    pub fn is_float(&self) -> bool {
        matches!(self, Self::F32(_) | Self::F64(_))
    }
}

/// What the samples of a pixel mean, (0028,0004), PS3.3 C.7.6.3.1.2.
#[derive(
    Clone,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
)]
pub enum PhotometricInterpretation {
    /// Grey, the lowest value is white.
    Monochrome1,
    /// Grey, the lowest value is black.
    #[default]
    Monochrome2,
    /// One sample that selects a colour in three tables.
    PaletteColor,
    /// Red, green, blue.
    Rgb,
    /// Luminance and two chrominances over the full range.
    YbrFull,
    /// As `YbrFull`, chrominance halved in the file; the reader has spread it over all pixels.
    YbrFull422,
    /// Reversible colour transform of JPEG 2000; the codec has given back RGB.
    YbrRct,
    /// Irreversible colour transform of JPEG 2000; the codec has given back RGB.
    YbrIct,
    /// A code string this viewer does not display.
    Other(String),
}

impl PhotometricInterpretation {
    /// From the code string; padded or lower-case values are read as they were meant.
    pub fn from_code(code: &str) -> Self {
        let code = code.trim_matches([' ', '\0']).to_ascii_uppercase();
        match code.as_str() {
            "MONOCHROME1" => Self::Monochrome1,
            "MONOCHROME2" => Self::Monochrome2,
            "PALETTE COLOR" => Self::PaletteColor,
            "RGB" => Self::Rgb,
            "YBR_FULL" => Self::YbrFull,
            "YBR_FULL_422" => Self::YbrFull422,
            "YBR_RCT" => Self::YbrRct,
            "YBR_ICT" => Self::YbrIct,
            _ => Self::Other(code),
        }
    }

    /// The code string of the standard.
    pub fn code(&self) -> &str {
        match self {
            Self::Monochrome1 => "MONOCHROME1",
            Self::Monochrome2 => "MONOCHROME2",
            Self::PaletteColor => "PALETTE COLOR",
            Self::Rgb => "RGB",
            Self::YbrFull => "YBR_FULL",
            Self::YbrFull422 => "YBR_FULL_422",
            Self::YbrRct => "YBR_RCT",
            Self::YbrIct => "YBR_ICT",
            Self::Other(code) => code,
        }
    }

    /// True for the two grey interpretations, the only ones with a window (rule 14).
    pub fn is_monochrome(&self) -> bool {
        matches!(self, Self::Monochrome1 | Self::Monochrome2)
    }
}

impl fmt::Display for PhotometricInterpretation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

/// One decoded image, before any lookup table.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// Rows, (0028,0010).
    pub rows: usize,
    /// Columns, (0028,0011).
    pub columns: usize,
    /// Samples of one pixel: 1 or 3.
    pub samples_per_pixel: usize,
    /// `[rows, columns, samples_per_pixel]`, interleaved, masked and sign-extended; no colour
    /// conversion except what the codec's own file says.
    pub samples: Samples,
    /// What `samples` mean as they are now.
    pub photometric: PhotometricInterpretation,
}

impl Frame {
    /// Memory the frame takes, in bytes: what a cache counts.
    pub fn bytes(&self) -> usize {
        self.samples.bytes()
    }

    /// The stored value at a pixel (first sample), exactly; `None` outside of the image.
    pub fn stored_value(&self, row: usize, column: usize, sample: usize) -> Option<f64> {
        if row >= self.rows || column >= self.columns || sample >= self.samples_per_pixel {
            return None;
        }
        self.samples
            .get((row * self.columns + column) * self.samples_per_pixel + sample)
    }

    /// Checks that the samples fill the matrix, with an error that says how many there are.
    pub fn checked(&self) -> Result<(), ImagingError> {
        let needed = self
            .rows
            .checked_mul(self.columns)
            .and_then(|pixels| pixels.checked_mul(self.samples_per_pixel));
        let found = self.samples.len();
        if needed == Some(found) && found > 0 {
            return Ok(());
        }
        if needed == Some(0) {
            return Err(ImagingError::NoPixels([self.rows, self.columns]));
        }
        Err(ImagingError::SampleCount {
            rows: self.rows,
            columns: self.columns,
            samples_per_pixel: self.samples_per_pixel,
            needed: needed.unwrap_or(usize::MAX),
            found,
        })
    }
}

/// Pixels ready for the screen: red, green, blue, alpha, one byte each, row by row from the top left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rgba8Image {
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// `[height, width, 4]`; alpha is always 255.
    pub pixels: Vec<u8>,
}

impl Rgba8Image {
    /// The colour of a pixel, or `None` outside of the image.
    pub fn pixel(&self, x: usize, y: usize) -> Option<[u8; 4]> {
        if x >= self.width || y >= self.height {
            return None;
        }
        let start = (y * self.width + x) * 4;
        self.pixels.get(start..start + 4)?.try_into().ok()
    }
}
