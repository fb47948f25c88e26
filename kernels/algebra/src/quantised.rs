//! Products of 8-bit integers and of signs, exact by nature: the base of quantised inference.

use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;

use crate::checks::{bounded, not_empty};
use crate::instruction_set::Kernel;
use crate::{AlgebraError, BinaryAlgebra};

/// Most columns of a product of 8-bit integers: so many products of −128 · −128 are still below 2³¹.
pub const QUANTISED_COLUMNS_MAX: usize = (1 << 17) - 1;
/// Rows of the left side in a tile.
const LEFT: usize = 4;
/// Rows of the right side in a tile.
const RIGHT: usize = 2;
/// Columns are filled up to a multiple of this.
const STEP: usize = 64;

/// The signs of a matrix, 64 in a word: a bit is set for a value that is not below zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignMatrix {
    rows: usize,
    columns: usize,
    /// Invariant: `rows * stride()` long; the bits past the last column of a row are zero.
    words: Vec<u64>,
}

impl SignMatrix {
    /// The signs of a matrix, `[rows, columns]`.
    ///
    /// # Errors
    /// An empty matrix, more than 2³¹ − 1 columns.
    pub fn of(values: ArrayView2<'_, f32>) -> Result<Self, AlgebraError> {
        let (rows, columns) = values.dim();
        not_empty("values", &[rows, columns])?;
        if columns > i32::MAX as usize {
            let rule = format!("at most {}", i32::MAX);
            return Err(AlgebraError::parameter("columns of values", columns, rule));
        }
        let stride = columns.div_ceil(64).next_multiple_of(8);
        let mut words = vec![0u64; rows * stride];
        for (words, row) in words.chunks_mut(stride).zip(values.rows()) {
            for (column, value) in row.iter().enumerate() {
                words[column / 64] |= u64::from(*value >= 0.0) << (column % 64);
            }
        }
        Ok(Self {
            rows,
            columns,
            words,
        })
    }

    /// `[rows, columns]`
    pub fn shape(&self) -> [usize; 2] {
        [self.rows, self.columns]
    }

    /// 1 or −1.
    ///
    /// # Panics
    /// Outside the matrix.
    pub fn sign(&self, row: usize, column: usize) -> i32 {
        assert!(
            row < self.rows && column < self.columns,
            "the place is in the matrix"
        );
        let word = self.words[row * self.stride() + column / 64];
        (word >> (column % 64) & 1) as i32 * 2 - 1
    }

    fn stride(&self) -> usize {
        self.words.len() / self.rows
    }
}

impl BinaryAlgebra {
    /// The exact product `data · weightsᵀ` of 8-bit integers: `[n, m]` by `[p, m]` gives `[n, p]` in 32 bits.
    ///
    /// # Errors
    /// An empty argument, unequal numbers of columns, more than [`QUANTISED_COLUMNS_MAX`] columns, a result that is too
    /// large.
    pub fn transform_i8(
        &self,
        data: ArrayView2<'_, i8>,
        weights: ArrayView2<'_, i8>,
    ) -> Result<Array2<i32>, AlgebraError> {
        let ((n, m), p) = (data.dim(), weights.nrows());
        check_shapes([n, m], [p, weights.ncols()])?;
        if m > QUANTISED_COLUMNS_MAX {
            let rule = format!("at most {QUANTISED_COLUMNS_MAX}, or a sum could leave 32 bits");
            return Err(AlgebraError::parameter("columns of data", m, rule));
        }
        let stride = m.next_multiple_of(STEP);
        // Sixteen bits, since processors multiply and add pairs of them at once.
        let widened = |x: &ArrayView2<'_, i8>| {
            let mut rows = vec![0i16; x.nrows() * stride];
            for (out, row) in rows.chunks_mut(stride).zip(x.rows()) {
                out.iter_mut()
                    .zip(row)
                    .for_each(|(out, value)| *out = i16::from(*value));
            }
            rows
        };
        let (a, b) = (widened(&data), widened(&weights));
        self.tiles::<i16, Multiply>(&a, &b, stride, [n, p], |sum| sum)
    }

    /// The exact product `data · weightsᵀ` of signs, each 1 or −1: the columns minus twice the differing bits.
    ///
    /// # Errors
    /// Unequal numbers of columns, a result that is too large.
    pub fn transform_signs(
        &self,
        data: &SignMatrix,
        weights: &SignMatrix,
    ) -> Result<Array2<i32>, AlgebraError> {
        check_shapes(data.shape(), weights.shape())?;
        let columns = data.columns as i32;
        let shape = [data.rows, weights.rows];
        let stride = data.stride();
        self.tiles::<u64, Differ>(&data.words, &weights.words, stride, shape, |differing| {
            columns - 2 * differing
        })
    }

    fn tiles<T: Copy + Sync, P: Pairing<T>>(
        &self,
        a: &[T],
        b: &[T],
        stride: usize,
        [n, p]: [usize; 2],
        finish: impl Fn(i32) -> i32 + Sync,
    ) -> Result<Array2<i32>, AlgebraError> {
        let mut out = Array2::zeros(bounded("product", Some(n), Some(p))?);
        if let Some(values) = out.as_slice_mut() {
            values
                .par_chunks_mut(LEFT * p)
                .zip(a.par_chunks(LEFT * stride))
                .for_each(|(out, a)| {
                    self.run(Tiles::<T, P> {
                        a,
                        b,
                        stride,
                        out,
                        pairing: std::marker::PhantomData,
                    });
                    out.iter_mut().for_each(|value| *value = finish(*value));
                });
        }
        Ok(out)
    }
}

fn check_shapes(data: [usize; 2], weights: [usize; 2]) -> Result<(), AlgebraError> {
    not_empty("data", &data)?;
    not_empty("weights", &weights)?;
    if data[1] != weights[1] {
        return Err(AlgebraError::ColumnMismatch {
            left: "data",
            left_columns: data[1],
            right: "weights",
            right_columns: weights[1],
        });
    }
    Ok(())
}

/// What two elements add to a sum.
trait Pairing<T> {
    fn pair(a: T, b: T) -> i32;
}

struct Multiply;

impl Pairing<i16> for Multiply {
    #[inline(always)]
    fn pair(a: i16, b: i16) -> i32 {
        i32::from(a) * i32::from(b)
    }
}

struct Differ;

impl Pairing<u64> for Differ {
    #[inline(always)]
    fn pair(a: u64, b: u64) -> i32 {
        (a ^ b).count_ones() as i32
    }
}

/// A few rows of the product. Integers may be added in any order, so the compiler is free to choose one.
struct Tiles<'a, T, P> {
    a: &'a [T],
    b: &'a [T],
    stride: usize,
    out: &'a mut [i32],
    pairing: std::marker::PhantomData<P>,
}

impl<T: Copy, P: Pairing<T>> Kernel for Tiles<'_, T, P> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let (stride, rows) = (self.stride, self.a.len() / self.stride);
        let p = self.out.len() / rows;
        // Rows past the end repeat the last one; their sums are not kept.
        let left: [&[T]; LEFT] =
            std::array::from_fn(|row| &self.a[row.min(rows - 1) * stride..][..stride]);
        for column in (0..p).step_by(RIGHT) {
            let right: [&[T]; RIGHT] =
                std::array::from_fn(|at| &self.b[(column + at).min(p - 1) * stride..][..stride]);
            let mut sums = [[0i32; RIGHT]; LEFT];
            for k in 0..stride {
                for row in 0..LEFT {
                    for at in 0..RIGHT {
                        sums[row][at] += P::pair(left[row][k], right[at][k]);
                    }
                }
            }
            for (out, sums) in self.out.chunks_mut(p).zip(&sums) {
                let width = RIGHT.min(p - column);
                out[column..column + width].copy_from_slice(&sums[..width]);
            }
        }
    }
}
