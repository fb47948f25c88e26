//! Low-rank compression by a randomised range finder with power iterations.
//!
//! Source: N. Halko, P. G. Martinsson, J. A. Tropp, "Finding structure with randomness" (2011), algorithms 4.4
//! and 5.1. The random matrix is fixed, so the same image always gives the same factors.

use ndarray::{Array1, Array2, ArrayView2, Axis, s};

use crate::finite::largest;
use crate::instruction_set::Kernel;
use crate::jacobi::Jacobi;
use crate::orthonormal::Orthonormalise;
use crate::pack::{Packed, Weights};
use crate::sketch::sketch;
use crate::source::Source;
use crate::transform::{NotFinite, zeros};
use crate::vector::square_f64;
use crate::{AlgebraError, BinaryAlgebra, LowRank};

/// Vectors of the range finder beyond the k asked for.
const OVERSAMPLING: usize = 10;
/// Times that the range is always multiplied by `x · xᵀ`.
const POWER_ITERATIONS: usize = 2;
/// Times that it is multiplied at most, for matrices whose singular values hardly decay.
const POWER_ITERATIONS_MAX: usize = 12;
/// Part of the error by which another iteration must be expected to lower it.
const GAIN: f64 = 0.004;
/// Part of the square of `x` below which the error cannot be told from rounding.
const ROUNDING: f64 = 1e-5;

/// Elements of a matrix that is packed once for all products; a larger one is packed panel by panel in each, which needs no memory.
const PACKED_ELEMENTS_MAX: usize = 1 << 20;

/// Memory of a compression, which the next may use again.
#[derive(Default)]
pub(crate) struct SvdMemory {
    rows: Vec<f32>,
    columns: Vec<f32>,
}

/// Left singular vectors, singular values of the scaled matrix, right singular vectors.
type Factors = (Array2<f32>, Vec<f64>, Array2<f32>);

impl BinaryAlgebra {
    /// Writes `x`, `[rows, columns]`, as `u · diag(s) · vt` of rank `k`, with an error close to the least possible one.
    ///
    /// Singular values descend; the largest component of each column of `u` is positive (of equal ones, the first).
    /// Singular values below about 10⁻⁶ of the largest are lost in the rounding of f32.
    ///
    /// # Errors
    /// An empty matrix, NaN or infinite values, `k` of zero or above the smaller side of `x`.
    pub fn svd_compress(&self, x: ArrayView2<'_, f32>, k: usize) -> Result<LowRank, AlgebraError> {
        self.svd_compress_until(x, k, &|| false)
    }

    /// The same, with `stopped` asked between its steps: each costs one product of `x` with `k` and some vectors.
    ///
    /// # Errors
    /// As [`Self::svd_compress`]; [`AlgebraError::Stopped`] when it was.
    pub fn svd_compress_until(
        &self,
        x: ArrayView2<'_, f32>,
        k: usize,
        stopped: &dyn Fn() -> bool,
    ) -> Result<LowRank, AlgebraError> {
        self.svd_compress_with(x, k, stopped, &mut SvdMemory::default())
    }

    /// The same in memory that is used again, for one of several matrices of one shape.
    pub(crate) fn svd_compress_with(
        &self,
        x: ArrayView2<'_, f32>,
        k: usize,
        stopped: &dyn Fn() -> bool,
        memory: &mut SvdMemory,
    ) -> Result<LowRank, AlgebraError> {
        let (rows, columns) = x.dim();
        let limit = rows.min(columns);
        if limit == 0 {
            return Err(AlgebraError::Empty {
                argument: "x",
                shape: vec![rows, columns],
            });
        }
        if k == 0 || k > limit {
            let rule =
                format!("from 1 to {limit}, the smaller side of a {rows} × {columns} matrix");
            return Err(AlgebraError::parameter("k", k, rule));
        }
        let most = largest(*self, &x);
        if !most.is_finite() {
            let error = x.first_not_finite("x");
            return Err(error.unwrap_or(AlgebraError::Overflow { row: 0, column: 0 }));
        }
        let scale = power_of_two_below(most);
        let count = (k + OVERSAMPLING).min(limit);
        let (u, singular, vt) = if count < limit {
            self.by_range(&x, k, count, scale, stopped, memory)?
        } else if rows <= columns {
            self.by_rows(&x, k, scale)?
        } else {
            let (v, singular, ut) = self.by_rows(&x.reversed_axes(), k, scale)?;
            (ut.reversed_axes(), singular, v.reversed_axes())
        };
        let s = Array1::from_iter(singular.iter().map(|value| (value / scale) as f32));
        if let Some(row) = s.iter().position(|value| !value.is_finite()) {
            return Err(AlgebraError::Overflow { row, column: row });
        }
        Ok(with_fixed_signs(
            u.as_standard_layout().into_owned(),
            s,
            vt.as_standard_layout().into_owned(),
        ))
    }

    /// The sum of the squares of a matrix in f64, row by row.
    pub(crate) fn square(&self, x: &ArrayView2<'_, f32>) -> f64 {
        self.run(Squares(x))
    }

    /// Few vectors: find the range of `x`, then decompose `x` within it.
    fn by_range(
        &self,
        x: &ArrayView2<'_, f32>,
        k: usize,
        count: usize,
        scale: f64,
        stopped: &dyn Fn() -> bool,
        memory: &mut SvdMemory,
    ) -> Result<Factors, AlgebraError> {
        let (rows, columns) = x.dim();
        let by_row = Weights {
            view: x.view(),
            scale,
        };
        let by_column = Weights { view: x.t(), scale };
        let (packed_rows, packed_columns) = match x.len() {
            few if few <= PACKED_ELEMENTS_MAX => (
                Some(self.pack_into(by_row, std::mem::take(&mut memory.rows))?),
                Some(self.pack_into(by_column, std::mem::take(&mut memory.columns))?),
            ),
            _ => (None, None),
        };
        let mut in_rows = sketch(count, columns);
        let mut in_columns = zeros("basis", count, rows)?;
        let whole = self.run(Squares(x)) * scale * scale;
        let mut left_over = Vec::new();
        let go_on = || match stopped() {
            true => Err(AlgebraError::Stopped),
            false => Ok(()),
        };
        loop {
            go_on()?;
            let packed = packed_rows.as_ref();
            self.multiply_packed(&in_rows.view(), by_row, packed, &mut in_columns)
                .map_err(overflow)?;
            go_on()?;
            self.orthonormalise(&mut in_columns, None);
            go_on()?;
            let packed = packed_columns.as_ref();
            self.multiply_packed(&in_columns.view(), by_column, packed, &mut in_rows)
                .map_err(overflow)?;
            let within = self.run(Squares(&in_rows.view()));
            left_over.push(if whole > 0.0 {
                1.0 - within / whole
            } else {
                0.0
            });
            if has_converged(&left_over) {
                break;
            }
            self.orthonormalise(&mut in_rows, None);
        }
        memory.rows = packed_rows.map_or(Vec::new(), Packed::into_memory);
        memory.columns = packed_columns.map_or(Vec::new(), Packed::into_memory);
        let (left, singular, vt) = self.decompose(in_rows, k)?;
        let u = self.transform_matrix(in_columns.t(), left.view())?;
        Ok((u, singular, vt))
    }

    /// All vectors: decompose the rows of `x` themselves. Needs no more rows than columns.
    fn by_rows(
        &self,
        x: &ArrayView2<'_, f32>,
        k: usize,
        scale: f64,
    ) -> Result<Factors, AlgebraError> {
        let scaled = x
            .map(|value| (f64::from(*value) * scale) as f32)
            .as_standard_layout()
            .into_owned();
        let (left, singular, vt) = self.decompose(scaled, k)?;
        Ok((left.reversed_axes(), singular, vt))
    }

    /// Writes `b`, `[count, length]`, as `leftᵀ · diag(singular) · right` of rank k; `left` is `[k, count]`.
    fn decompose(&self, mut b: Array2<f32>, k: usize) -> Result<Factors, AlgebraError> {
        let count = b.nrows();
        let mut triangle = vec![0f64; count * count];
        self.orthonormalise(&mut b, Some(&mut triangle));
        let mut small = self.run(Jacobi {
            matrix: &triangle,
            size: count,
        });
        small.singular.truncate(k);
        let mut left =
            Array2::from_shape_fn((k, count), |(row, column)| small.right[row][column] as f32);
        if small.singular.contains(&0.0) {
            // Null vectors come last, so the completion leaves the others as they are but for rounding.
            self.orthonormalise(&mut left, None);
        }
        let turn =
            Array2::from_shape_fn((k, count), |(row, column)| small.turn[row][column] as f32);
        let right = self.transform_matrix(turn.view(), b.t())?;
        Ok((left, small.singular, right))
    }

    fn orthonormalise(&self, vectors: &mut Array2<f32>, triangle: Option<&mut [f64]>) {
        let (count, length) = vectors.dim();
        if let Some(vectors) = vectors.as_slice_mut() {
            self.run(Orthonormalise {
                vectors,
                count,
                length,
                triangle,
            });
        }
    }
}

/// Whether the part of the square of `x` outside the range, after each step, would hardly shrink further.
fn has_converged(left_over: &[f64]) -> bool {
    let &[.., before, previous, last] = left_over else {
        return false;
    };
    if last < ROUNDING || left_over.len() > POWER_ITERATIONS_MAX {
        return true;
    }
    // The gains of the steps fall like a geometric series; half of the square's is the error's.
    let (gain, earlier_gain) = (previous - last, before - previous);
    let expected = if gain < earlier_gain {
        gain * gain / (earlier_gain - gain)
    } else {
        gain
    };
    left_over.len() > POWER_ITERATIONS && expected / 2.0 < GAIN * last
}

/// The sum of the squares of a matrix, row by row.
struct Squares<'a, 'v>(&'a ArrayView2<'v, f32>);

impl Kernel for Squares<'_, '_> {
    type Output = f64;

    #[inline(always)]
    fn run(self) -> f64 {
        let mut copy = Vec::new();
        let mut sum = 0.0;
        for row in self.0.rows() {
            sum += match row.as_slice() {
                Some(row) => square_f64(row),
                None => {
                    // The sum must not depend on the layout, so the row is summed as if it were contiguous.
                    copy.clear();
                    copy.extend(row.iter().copied());
                    square_f64(&copy)
                }
            };
        }
        sum
    }
}

fn overflow(found: NotFinite) -> AlgebraError {
    AlgebraError::Overflow {
        row: found.row,
        column: found.column,
    }
}

/// The power of two that brings `most` into `[1, 2)`; 1 for zero.
fn power_of_two_below(most: f32) -> f64 {
    if most == 0.0 {
        return 1.0;
    }
    let exponent = ((f64::from(most).to_bits() >> 52) & 0x7ff) as i64 - 1023;
    f64::from_bits(((1023 - exponent) as u64) << 52)
}

fn with_fixed_signs(mut u: Array2<f32>, s: Array1<f32>, mut vt: Array2<f32>) -> LowRank {
    for (mut column, mut row) in u.axis_iter_mut(Axis(1)).zip(vt.axis_iter_mut(Axis(0))) {
        let mut most = 0f32;
        for value in &column {
            if value.abs() > most.abs() {
                most = *value;
            }
        }
        if most < 0.0 {
            column.slice_mut(s![..]).mapv_inplace(|value| -value);
            row.slice_mut(s![..]).mapv_inplace(|value| -value);
        }
    }
    LowRank { u, s, vt }
}
