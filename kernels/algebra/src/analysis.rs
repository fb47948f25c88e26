//! What a set of vectors is like: mean, covariance, explained variance, rank, condition number, cosine similarity.

use ndarray::{Array1, Array2, ArrayView2, Axis};

use crate::checks::{bounded, check_matrix};
use crate::real::Real;
use crate::spectral::SPECTRAL_ROWS_MAX;
use crate::{AlgebraError, BinaryAlgebra};

/// The description of n vectors of d components, all in f64.
#[derive(Debug, Clone, PartialEq)]
pub struct VectorAnalysis {
    /// Mean vector, `[d]`.
    pub mean: Array1<f64>,
    /// Covariance of the components over n − 1, `[d, d]`.
    pub covariance: Array2<f64>,
    /// Eigenvalues of the covariance, `[d]`, descending, none below zero: the variance along each principal axis.
    pub explained_variance: Array1<f64>,
    /// Each variance over their sum; zero if all vectors are equal.
    pub explained_variance_ratio: Array1<f64>,
    /// Principal axes, `[d, d]`, one a column, in the same order.
    pub principal_axes: Array2<f64>,
    /// Singular values of the matrix of vectors, `[min(n, d)]`, descending. They come from the Gram matrix, so those
    /// below about 10⁻⁸ of the largest are lost.
    pub singular_values: Array1<f64>,
    /// Singular values above the largest times max(n, d) times 2⁻²³, the step of f32.
    pub rank: usize,
    /// The largest singular value over the smallest; infinite unless the rank is min(n, d).
    pub condition_number: f64,
    /// Cosine of the angle between each two vectors, `[n, n]`; zero for a vector of length zero.
    pub cosine_similarity: Array2<f64>,
}

impl BinaryAlgebra {
    /// Describes a set of vectors, `[n, d]`, one a row.
    ///
    /// # Errors
    /// Fewer than two vectors, none or more than [`SPECTRAL_ROWS_MAX`] components, NaN or infinite values.
    pub fn analyse<T: Real>(
        &self,
        vectors: ArrayView2<'_, T>,
    ) -> Result<VectorAnalysis, AlgebraError> {
        check_matrix("vectors", &vectors)?;
        let (n, d) = vectors.dim();
        if n < 2 {
            return Err(AlgebraError::parameter("rows of vectors", n, "at least 2"));
        }
        if d > SPECTRAL_ROWS_MAX {
            let rule = format!("at most {SPECTRAL_ROWS_MAX}");
            return Err(AlgebraError::parameter("columns of vectors", d, rule));
        }
        bounded("cosine similarity", Some(n), Some(n))?;
        let x = vectors.map(|value| value.to_f64());
        let mut mean = Array1::zeros(d);
        for row in x.rows() {
            mean += &row;
        }
        mean /= n as f64;
        let centred = &x - &mean;
        let covariance = f64::product(self, centred.t(), centred.view())? / (n - 1) as f64;
        let spectral = self.spectral(covariance.clone());
        let explained_variance = spectral.values.mapv(|value| value.max(0.0));
        let whole = explained_variance
            .iter()
            .fold(0.0, |sum, value| sum + value);
        let explained_variance_ratio =
            explained_variance.mapv(|value| if whole > 0.0 { value / whole } else { 0.0 });
        let products = f64::product(self, x.view(), x.t())?;
        let gram = if n <= d {
            products.clone()
        } else {
            f64::product(self, x.t(), x.view())?
        };
        let singular_values = self
            .spectral(gram)
            .values
            .mapv(|value| value.max(0.0).sqrt());
        let most = singular_values[0];
        let least_counted = most * n.max(d) as f64 * f64::from(f32::EPSILON);
        let rank = singular_values
            .iter()
            .filter(|value| **value > least_counted)
            .count();
        let smallest = singular_values[singular_values.len() - 1];
        let condition_number = if rank == singular_values.len() {
            most / smallest
        } else {
            f64::INFINITY
        };
        let lengths = products.diag().mapv(f64::sqrt);
        let mut cosine_similarity = products;
        for (row, mut cosines) in cosine_similarity.axis_iter_mut(Axis(0)).enumerate() {
            for (column, cosine) in cosines.iter_mut().enumerate() {
                let both = lengths[row] * lengths[column];
                *cosine = if both > 0.0 {
                    (*cosine / both).clamp(-1.0, 1.0)
                } else {
                    0.0
                };
            }
        }
        Ok(VectorAnalysis {
            mean,
            covariance,
            explained_variance,
            explained_variance_ratio,
            principal_axes: spectral.vectors,
            singular_values,
            rank,
            condition_number,
            cosine_similarity,
        })
    }
}
