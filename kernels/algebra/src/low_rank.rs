//! A matrix written as a product of thin factors, what it gives back and how far that is from the original.

use std::ops::Range;

use ndarray::{Array1, Array2, ArrayView2, Axis, s};
use rayon::prelude::*;

use crate::comparison::{Compare, Sums};
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
        self.try_reconstruct_part(rows, 0..self.vt.ncols())
    }

    fn try_reconstruct_part(
        &self,
        rows: Range<usize>,
        columns: Range<usize>,
    ) -> Result<Array2<f32>, AlgebraError> {
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
            return Ok(Array2::zeros((0, columns.len())));
        }
        let weighted = &self.u.slice(s![rows, ..]) * &self.s;
        let vt = self.vt.slice(s![.., columns]);
        BinaryAlgebra::new().product("u", &weighted.view(), "vt", &vt.t())
    }

    /// A part of the matrix, `[rows, columns]`, with the same bits as in [`Self::reconstruct`], without making the rest.
    ///
    /// # Errors
    /// As [`Self::try_reconstruct_rows`]; also columns that are not in the matrix.
    pub fn reconstruct_region(
        &self,
        rows: Range<usize>,
        columns: Range<usize>,
    ) -> Result<Array2<f32>, AlgebraError> {
        if columns.start > columns.end || columns.end > self.vt.ncols() {
            let rule = format!("within 0..{}", self.vt.ncols());
            return Err(AlgebraError::parameter(
                "columns",
                format!("{columns:?}"),
                rule,
            ));
        }
        if columns.is_empty() && rows.start <= rows.end && rows.end <= self.u.nrows() {
            return Ok(Array2::zeros((rows.len(), 0)));
        }
        self.try_reconstruct_part(rows, columns)
    }

    /// Compares the reconstruction with the original `x`, `[rows, columns]`, by panels of rows, so that the whole
    /// reconstruction is never held. Sums are in f64 and in a fixed order: sixteen lanes down a panel of 64 rows, then
    /// a tree of the lanes, then panel after panel.
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
        let algebra = BinaryAlgebra::new();
        let panels: Vec<_> = x
            .axis_chunks_iter(Axis(0), PANEL_ROWS)
            .into_par_iter()
            .enumerate()
            .map(|(index, panel)| {
                let first = index * PANEL_ROWS;
                let reconstructed = self.try_reconstruct_rows(first..first + panel.nrows())?;
                Ok(algebra.run(Compare {
                    original: panel,
                    reconstructed: reconstructed.view(),
                }))
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
