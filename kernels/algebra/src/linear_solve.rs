//! Systems of linear equations by elimination with partial pivoting, in a fixed order.
//!
//! Source: G. H. Golub, C. F. Van Loan, "Matrix computations" (2013), section 3.4.

use ndarray::{Array2, ArrayView2, s};

use crate::checks::{check_matrix, check_result, check_square};
use crate::instruction_set::Kernel;
use crate::real::Real;
use crate::{AlgebraError, BinaryAlgebra};

impl BinaryAlgebra {
    /// The solution x of `a · x = b`, where `a` is `[n, n]` and `b` and `x` are `[n, p]`.
    ///
    /// The pivot is the largest element of its column, of equal ones the first.
    ///
    /// # Errors
    /// An empty argument, `a` not square, `b` with another number of rows, NaN or infinite values; a singular matrix,
    /// which is one that leaves no pivot above `n` roundings of the largest element of its column.
    pub fn linear_solve<T: Real>(
        &self,
        a: ArrayView2<'_, T>,
        b: ArrayView2<'_, T>,
    ) -> Result<Array2<T>, AlgebraError> {
        check_square("a", &a)?;
        check_matrix("b", &b)?;
        let (n, p) = (a.nrows(), b.ncols());
        if b.nrows() != n {
            let rule = format!("{n}, as many as `a` has");
            return Err(AlgebraError::parameter("rows of b", b.nrows(), rule));
        }
        let mut both = Array2::from_elem((n, n + p), T::ZERO);
        both.slice_mut(s![.., ..n]).assign(&a);
        both.slice_mut(s![.., n..]).assign(&b);
        if let Some(rows) = both.as_slice_mut() {
            self.run(Eliminate { rows, n, p })
                .map_err(|column| AlgebraError::Singular {
                    argument: "a",
                    column,
                })?;
        }
        let x = both.slice_move(s![.., n..]);
        check_result(&x)?;
        Ok(x.as_standard_layout().into_owned())
    }
}

/// Solves the system whose rows are those of `a` followed by those of `b`; the last `p` columns become the solution.
struct Eliminate<'a, T> {
    rows: &'a mut [T],
    n: usize,
    p: usize,
}

impl<T: Real> Kernel for Eliminate<'_, T> {
    /// The column that has no pivot, if one has none.
    type Output = Result<(), usize>;

    #[inline(always)]
    fn run(self) -> Result<(), usize> {
        let Self { rows, n, p } = self;
        let width = n + p;
        let most = |rows: &[T], from: usize, column: usize| {
            (from..n).fold((from, T::ZERO), |(at, most), row| {
                let size = rows[row * width + column].size();
                if size > most { (row, size) } else { (at, most) }
            })
        };
        let roundings = T::from_f64(n as f64) * T::STEP;
        let least: Vec<T> = (0..n)
            .map(|column| most(rows, 0, column).1 * roundings)
            .collect();
        for column in 0..n {
            let (pivot, size) = most(rows, column, column);
            if size <= least[column] {
                return Err(column);
            }
            if pivot != column {
                let (above, below) = rows.split_at_mut(pivot * width);
                above[column * width..][..width].swap_with_slice(&mut below[..width]);
            }
            let (above, below) = rows.split_at_mut((column + 1) * width);
            let pivot_row = &above[column * width + column..];
            for row in below.chunks_mut(width) {
                let factor = -(row[column] / pivot_row[0]);
                if factor != T::ZERO {
                    subtract(&mut row[column..], pivot_row, factor);
                }
            }
        }
        for column in (0..n).rev() {
            let (above, below) = rows.split_at_mut(column * width);
            let row = &mut below[..width];
            let pivot = row[column];
            for value in &mut row[n..] {
                *value = *value / pivot;
            }
            for other in above.chunks_mut(width) {
                let factor = -other[column];
                subtract(&mut other[n..], &row[n..], factor);
            }
        }
        Ok(())
    }
}

/// Adds `factor` times one row to another.
#[inline(always)]
fn subtract<T: Real>(row: &mut [T], other: &[T], factor: T) {
    for (value, other) in row.iter_mut().zip(other) {
        *value = factor.fused(*other, *value);
    }
}
