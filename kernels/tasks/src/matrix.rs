//! A matrix as a blob: the weights of a transform.

use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Serialize};

use crate::canonical::{self, Raw, malformed, pixel_count};
use crate::{BLOB_BYTES_MAX, BlockShape, Digest, TaskError};

const WHAT: &str = "matrix";
const VERSION: u16 = 1;

/// A matrix `[rows, columns]` of finite f32 in C order.
#[derive(Debug, Clone, PartialEq)]
pub struct MatrixBlock {
    /// Rows.
    pub rows: u32,
    /// Columns.
    pub columns: u32,
    /// Values, `rows * columns` of them.
    pub values: Vec<f32>,
}

#[derive(Serialize, Deserialize)]
struct Wire<'a> {
    version: u16,
    rows: u32,
    columns: u32,
    #[serde(borrow)]
    values: Raw<'a>,
}

impl MatrixBlock {
    /// Takes a matrix in memory.
    pub fn from_array(array: ArrayView2<'_, f32>) -> Result<Self, TaskError> {
        let side = |length: usize| {
            u32::try_from(length)
                .map_err(|_| malformed(WHAT, format_args!("a side of {length} is too long")))
        };
        let block = Self {
            rows: side(array.nrows())?,
            columns: side(array.ncols())?,
            values: array.iter().copied().collect(),
        };
        block.check()?;
        Ok(block)
    }

    /// The matrix in memory.
    pub fn to_array(&self) -> Result<Array2<f32>, TaskError> {
        self.check()?;
        Array2::from_shape_vec(
            (self.rows as usize, self.columns as usize),
            self.values.clone(),
        )
        .map_err(|error| malformed(WHAT, error))
    }

    /// Whether the values fit the shape, the shape its limits, and every value is finite.
    pub fn check(&self) -> Result<(), TaskError> {
        let count = pixel_count(WHAT, self.rows, self.columns)?;
        if self.values.len() != count {
            let (rows, columns, found) = (self.rows, self.columns, self.values.len());
            return Err(malformed(
                WHAT,
                format_args!("{found} values do not fill {rows} x {columns}"),
            ));
        }
        match self.values.iter().position(|value| !value.is_finite()) {
            Some(at) => Err(malformed(
                WHAT,
                format_args!("value {at} is {}", self.values[at]),
            )),
            None => Ok(()),
        }
    }

    /// The canonical bytes: their [`Digest::of`] is the matrix's address. Fails where [`MatrixBlock::check`] does.
    pub fn encode(&self) -> Result<Vec<u8>, TaskError> {
        self.check()?;
        let values = canonical::f32_bytes(&self.values);
        Ok(canonical::encode(&Wire {
            version: VERSION,
            rows: self.rows,
            columns: self.columns,
            values: Raw(&values),
        }))
    }

    /// Reads what [`MatrixBlock::encode`] wrote; bounded by [`BLOB_BYTES_MAX`], and never panics on foreign bytes.
    pub fn decode(bytes: &[u8]) -> Result<Self, TaskError> {
        let wire: Wire<'_> = canonical::decode(WHAT, bytes, BLOB_BYTES_MAX, VERSION)?;
        let count = pixel_count(WHAT, wire.rows, wire.columns)?;
        let values = canonical::f32_values(WHAT, wire.values.0, count)?;
        let block = Self {
            rows: wire.rows,
            columns: wire.columns,
            values,
        };
        block.check()?;
        Ok(block)
    }

    /// The content address of the matrix.
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
}
