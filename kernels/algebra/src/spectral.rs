//! Eigenvalues and eigenvectors of a symmetric matrix by cyclic Jacobi rotations, in a fixed order.
//!
//! Source: G. H. Golub, C. F. Van Loan, "Matrix computations" (2013), section 8.5.

use ndarray::{Array1, Array2, ArrayView2};

use crate::checks::check_square;
use crate::instruction_set::Kernel;
use crate::real::Real;
use crate::vector::rotate_f64;
use crate::{AlgebraError, BinaryAlgebra};

/// Most rows of a matrix to be decomposed; the time grows with the third power (about 1 s for 400).
pub const SPECTRAL_ROWS_MAX: usize = 2048;
/// Elements off the diagonal below this part of the norm are zero.
const NULL: f64 = f64::EPSILON / 8.0;
/// Part of the largest element by which mirrored elements may differ, in roundings of the type.
const ASYMMETRY: f64 = 16.0;
/// Sweeps over all pairs; 6 to 10 are usual.
const SWEEPS_MAX: usize = 60;

/// `x = vectors · diag(values) · vectorsᵀ`.
#[derive(Debug, Clone, PartialEq)]
pub struct Spectral {
    /// Eigenvalues, `[n]`, descending.
    pub values: Array1<f64>,
    /// Eigenvectors, `[n, n]`, one a column; the largest component of each is positive (of equal ones, the first).
    pub vectors: Array2<f64>,
}

impl BinaryAlgebra {
    /// The eigenvalues and eigenvectors of a symmetric matrix, computed in f64.
    ///
    /// # Errors
    /// A matrix that is empty, not square, of more than [`SPECTRAL_ROWS_MAX`] rows, or not symmetric up to rounding;
    /// NaN or infinite values.
    pub fn spectral_decomposition<T: Real>(
        &self,
        x: ArrayView2<'_, T>,
    ) -> Result<Spectral, AlgebraError> {
        check_square("x", &x)?;
        let n = x.nrows();
        if n > SPECTRAL_ROWS_MAX {
            let rule = format!("at most {SPECTRAL_ROWS_MAX}");
            return Err(AlgebraError::parameter("rows of x", n, rule));
        }
        let most = x
            .iter()
            .fold(0f64, |most, value| most.max(value.to_f64().abs()));
        let allowed = ASYMMETRY * T::STEP.to_f64() * most;
        for row in 0..n {
            for column in 0..row {
                let (value, mirrored) = (x[[row, column]].to_f64(), x[[column, row]].to_f64());
                if (value - mirrored).abs() > allowed {
                    return Err(AlgebraError::NotSymmetric {
                        argument: "x",
                        row,
                        column,
                        value,
                        mirrored,
                    });
                }
            }
        }
        Ok(self.spectral(x.map(|value| value.to_f64())))
    }

    /// The decomposition of a matrix that is known to be symmetric; only its upper triangle is read.
    pub(crate) fn spectral(&self, x: Array2<f64>) -> Spectral {
        let n = x.nrows();
        let mut matrix: Vec<f64> = (0..n * n)
            .map(|at| x[[(at / n).min(at % n), (at / n).max(at % n)]])
            .collect();
        let most = matrix
            .iter()
            .fold(0f64, |most, value| most.max(value.abs()));
        // So that no square leaves the range of f64; a power of two changes no other bit.
        let scale = if most > 1e100 {
            f64::from_bits((1023 - 600) << 52)
        } else if most > 0.0 && most < 1e-100 {
            f64::from_bits((1023 + 600) << 52)
        } else {
            1.0
        };
        matrix.iter_mut().for_each(|value| *value *= scale);
        let (values, rows) = self.run(Cyclic { matrix, n });
        let mut order: Vec<usize> = (0..n).collect();
        // A stable sort: equal values stay in the order of their rows.
        order.sort_by(|a, b| values[*b].total_cmp(&values[*a]));
        let mut vectors = Array2::zeros((n, n));
        for (column, index) in order.iter().enumerate() {
            let row = &rows[index * n..][..n];
            let most = row.iter().fold(0f64, |most, value| {
                if value.abs() > most.abs() {
                    *value
                } else {
                    most
                }
            });
            let sign = if most < 0.0 { -1.0 } else { 1.0 };
            for (at, value) in row.iter().enumerate() {
                vectors[[at, column]] = sign * value;
            }
        }
        Spectral {
            values: order.iter().map(|index| values[*index] / scale).collect(),
            vectors,
        }
    }
}

/// Turns a symmetric matrix until nothing is left off the diagonal.
struct Cyclic {
    matrix: Vec<f64>,
    n: usize,
}

impl Kernel for Cyclic {
    /// The diagonal, and the eigenvectors as rows.
    type Output = (Vec<f64>, Vec<f64>);

    #[inline(always)]
    fn run(self) -> Self::Output {
        let Self { mut matrix, n } = self;
        let mut vectors = vec![0f64; n * n];
        for index in 0..n {
            vectors[index * n + index] = 1.0;
        }
        let square = matrix
            .iter()
            .fold(0f64, |sum, value| value.mul_add(*value, sum));
        let null = NULL * square.sqrt();
        for _ in 0..SWEEPS_MAX {
            let mut turned = false;
            for p in 0..n {
                for q in p + 1..n {
                    let off = matrix[p * n + q];
                    if off.abs() <= null {
                        continue;
                    }
                    turned = true;
                    let (low, high) = (matrix[p * n + p], matrix[q * n + q]);
                    let zeta = (high - low) / (2.0 * off);
                    let root = zeta.abs() + zeta.mul_add(zeta, 1.0).sqrt();
                    let tangent = if zeta < 0.0 { -1.0 / root } else { 1.0 / root };
                    let cosine = 1.0 / tangent.mul_add(tangent, 1.0).sqrt();
                    let sine = cosine * tangent;
                    turn(&mut matrix, n, p, q, cosine, sine);
                    for index in 0..n {
                        matrix[index * n + p] = matrix[p * n + index];
                        matrix[index * n + q] = matrix[q * n + index];
                    }
                    matrix[p * n + p] = (-tangent).mul_add(off, low);
                    matrix[q * n + q] = tangent.mul_add(off, high);
                    matrix[p * n + q] = 0.0;
                    matrix[q * n + p] = 0.0;
                    turn(&mut vectors, n, p, q, cosine, sine);
                }
            }
            if !turned {
                break;
            }
        }
        (
            (0..n).map(|index| matrix[index * n + index]).collect(),
            vectors,
        )
    }
}

/// Turns the plane of the rows p and q, p before q.
#[inline(always)]
fn turn(rows: &mut [f64], n: usize, p: usize, q: usize, cosine: f64, sine: f64) {
    let (front, back) = rows.split_at_mut(q * n);
    rotate_f64(&mut front[p * n..][..n], &mut back[..n], cosine, sine);
}
