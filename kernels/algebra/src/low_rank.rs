//! A matrix written as a product of thin factors, what it gives back and how far that is from the original.

use std::ops::Range;

use ndarray::{Array1, Array2, ArrayView2, Axis, s};
use rayon::prelude::*;

use crate::logarithm::log10;
use crate::{AlgebraError, BinaryAlgebra};

/// Rows that are compared at once. Constant, since the sums of the panels are added in order.
const PANEL_ROWS: usize = 64;

/// `u · diag(s) · vt`, of rank k.
#[derive(Debug, Clone, PartialEq)]
pub struct LowRank {
    /// Left singular vectors, `[rows, k]`, with orthonormal columns.
    pub u: Array2<f32>,
    /// Singular values, `[k]`, descending, in the unit of the matrix.
    pub s: Array1<f32>,
    /// Right singular vectors, `[k, columns]`, with orthonormal rows.
    pub vt: Array2<f32>,
}

/// How far a reconstruction is from the original.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct CompressionErrors {
    /// Frobenius norm of the difference over that of the original; 0 if both are zero.
    pub relative_frobenius: f64,
    /// Largest absolute difference, in the unit of the matrix.
    pub max_abs: f32,
    /// Peak signal-to-noise ratio in dB, the peak being the range (largest minus smallest value) of the original, or
    /// its largest absolute value if it is constant. Infinite if there is no difference.
    pub psnr_db: f64,
}

impl LowRank {
    /// The matrix that the factors stand for, `[rows, columns]`.
    ///
    /// # Panics
    /// If the factors were given shapes that do not fit, or the product leaves the range of f32.
    pub fn reconstruct(&self) -> Array2<f32> {
        self.reconstruct_rows(0..self.u.nrows())
    }

    /// The given rows of the matrix, with the same bits as in [`Self::reconstruct`].
    ///
    /// # Panics
    /// As [`Self::reconstruct`]; also if the rows are not in the matrix.
    pub fn reconstruct_rows(&self, rows: Range<usize>) -> Array2<f32> {
        self.try_reconstruct_rows(rows)
            .expect("factors made by svd_compress fit one another")
    }

    /// The given rows of the matrix, `[rows, columns]`, or why the factors do not stand for one.
    ///
    /// # Errors
    /// Factors whose shapes do not fit, NaN or infinite factors, rows that are not in the matrix.
    pub fn try_reconstruct_rows(&self, rows: Range<usize>) -> Result<Array2<f32>, AlgebraError> {
        if rows.start > rows.end || rows.end > self.u.nrows() {
            let rule = format!("within 0..{}", self.u.nrows());
            return Err(AlgebraError::parameter("rows", format!("{rows:?}"), rule));
        }
        if self.s.len() != self.u.ncols() {
            return Err(AlgebraError::ShapeMismatch {
                left: "u",
                left_shape: self.u.shape().to_vec(),
                right: "s",
                right_shape: self.s.shape().to_vec(),
            });
        }
        if rows.is_empty() {
            return Ok(Array2::zeros((0, self.vt.ncols())));
        }
        let weighted = &self.u.slice(s![rows, ..]) * &self.s;
        BinaryAlgebra::new().product("u", &weighted.view(), "vt", &self.vt.t())
    }

    /// Compares the reconstruction with the original `x`, `[rows, columns]`, by panels of rows, so that the whole
    /// reconstruction is never held. Sums are in f64 and in a fixed order.
    ///
    /// # Errors
    /// If `x` has another shape than the factors stand for; as [`Self::try_reconstruct_rows`].
    pub fn try_errors(&self, x: ArrayView2<'_, f32>) -> Result<CompressionErrors, AlgebraError> {
        let shape = [self.u.nrows(), self.vt.ncols()];
        if x.shape() != shape {
            return Err(AlgebraError::ShapeMismatch {
                left: "x",
                left_shape: x.shape().to_vec(),
                right: "u · vt",
                right_shape: shape.to_vec(),
            });
        }
        let panels: Vec<_> = x
            .axis_chunks_iter(Axis(0), PANEL_ROWS)
            .into_par_iter()
            .enumerate()
            .map(|(index, panel)| {
                let first = index * PANEL_ROWS;
                let reconstructed = self.try_reconstruct_rows(first..first + panel.nrows())?;
                Ok(Sums::of(panel, reconstructed.view()))
            })
            .collect::<Result<_, AlgebraError>>()?;
        Ok(panels
            .into_iter()
            .fold(Sums::default(), Sums::plus)
            .errors(x.len()))
    }

    /// Compares the reconstruction with the original `x`, `[rows, columns]`.
    ///
    /// # Panics
    /// Where [`Self::try_errors`] gives an error, as for an `x` of another shape.
    pub fn errors(&self, x: ArrayView2<'_, f32>) -> CompressionErrors {
        self.try_errors(x)
            .expect("the matrix that was compressed has the shape of its factors")
    }

    /// Size of the three factors in bytes.
    pub fn bytes(&self) -> usize {
        (self.u.len() + self.s.len() + self.vt.len()) * size_of::<f32>()
    }
}

/// Sums over a part of a matrix.
#[derive(Clone, Copy)]
struct Sums {
    difference: f64,
    original: f64,
    max_abs: f32,
    least: f32,
    most: f32,
}

impl Default for Sums {
    fn default() -> Self {
        Self {
            difference: 0.0,
            original: 0.0,
            max_abs: 0.0,
            least: f32::INFINITY,
            most: f32::NEG_INFINITY,
        }
    }
}

impl Sums {
    fn of(original: ArrayView2<'_, f32>, reconstructed: ArrayView2<'_, f32>) -> Self {
        let mut sums = Self::default();
        for (original, reconstructed) in original.iter().zip(reconstructed) {
            let difference = f64::from(*original) - f64::from(*reconstructed);
            sums.difference = difference.mul_add(difference, sums.difference);
            sums.original = f64::from(*original).mul_add(f64::from(*original), sums.original);
            sums.max_abs = sums.max_abs.max(difference.abs() as f32);
            sums.least = sums.least.min(*original);
            sums.most = sums.most.max(*original);
        }
        sums
    }

    fn plus(self, next: Self) -> Self {
        Self {
            difference: self.difference + next.difference,
            original: self.original + next.original,
            max_abs: self.max_abs.max(next.max_abs),
            least: self.least.min(next.least),
            most: self.most.max(next.most),
        }
    }

    fn errors(self, elements: usize) -> CompressionErrors {
        let relative_frobenius = match (self.difference == 0.0, self.original == 0.0) {
            (true, _) => 0.0,
            (false, true) => f64::INFINITY,
            (false, false) => (self.difference / self.original).sqrt(),
        };
        let range = f64::from(self.most) - f64::from(self.least);
        let peak = if range > 0.0 {
            range
        } else {
            f64::from(self.most.abs())
        };
        let mean_square = self.difference / elements.max(1) as f64;
        let psnr_db = if mean_square == 0.0 {
            f64::INFINITY
        } else {
            10.0 * log10(peak * peak / mean_square)
        };
        CompressionErrors {
            relative_frobenius,
            max_abs: self.max_abs,
            psnr_db,
        }
    }
}
