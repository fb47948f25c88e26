//! Low-rank factors of what comes in parts: rows of a matrix, slices of a volume, images of a series; and of a series as a whole.

use ndarray::{Array2, ArrayView2, ArrayView4, concatenate, s};

use crate::checks::check_matrix;
use crate::{AlgebraError, BinaryAlgebra, LowRank};

/// Factors that grow by rows, while their rank stays within a bound. What is dropped on the way is lost: for data of that rank the result
/// is the decomposition of the whole; for others it is near it.
#[derive(Debug, Clone)]
pub struct StreamingLowRank {
    algebra: BinaryAlgebra,
    rank: usize,
    factors: Option<LowRank>,
}

impl StreamingLowRank {
    /// Factors of at most this rank.
    ///
    /// # Errors
    /// A rank of zero.
    pub fn new(algebra: BinaryAlgebra, rank: usize) -> Result<Self, AlgebraError> {
        if rank == 0 {
            return Err(AlgebraError::parameter("rank", rank, "at least 1"));
        }
        Ok(Self {
            algebra,
            rank,
            factors: None,
        })
    }

    /// Takes more rows `[rows, columns]`, below those that are there.
    ///
    /// # Errors
    /// Empty or not finite rows, another number of columns than before.
    pub fn push(&mut self, rows: ArrayView2<'_, f32>) -> Result<(), AlgebraError> {
        check_matrix("rows", &rows)?;
        let Some(held) = &self.factors else {
            let k = self.rank.min(rows.nrows()).min(rows.ncols());
            self.factors = Some(self.algebra.svd_compress(rows, k)?);
            return Ok(());
        };
        if rows.ncols() != held.vt.ncols() {
            let rule = format!("{}, as before", held.vt.ncols());
            return Err(AlgebraError::parameter(
                "columns of rows",
                rows.ncols(),
                rule,
            ));
        }
        // The held rows are U·(S·Vᵀ): only S·Vᵀ takes part, and U is turned afterwards (Brand 2002).
        let mut weighted = held.vt.clone();
        for (mut row, s) in weighted.outer_iter_mut().zip(&held.s) {
            row.mapv_inplace(|value| value * s);
        }
        let stacked = concatenate(ndarray::Axis(0), &[weighted.view(), rows]).map_err(|error| {
            AlgebraError::parameter("rows", error, "of the shape of those before")
        })?;
        let k = self.rank.min(stacked.nrows()).min(stacked.ncols());
        let new = self.algebra.svd_compress(stacked.view(), k)?;
        let kept = held.s.len();
        let upper = new.u.slice(s![..kept, ..]);
        let turned = self
            .algebra
            .transform_matrix(held.u.view(), upper.t().as_standard_layout().view())?;
        let u = concatenate(
            ndarray::Axis(0),
            &[turned.view(), new.u.slice(s![kept.., ..])],
        )
        .map_err(|error| AlgebraError::parameter("rows", error, "fewer"))?;
        self.factors = Some(LowRank {
            u,
            s: new.s,
            vt: new.vt,
        });
        Ok(())
    }

    /// The factors of all rows so far; `None` before the first.
    pub fn factors(&self) -> Option<&LowRank> {
        self.factors.as_ref()
    }
}

impl BinaryAlgebra {
    /// The k strongest components of a series `[images, slices, rows, columns]` over its voxels, which is what temporal principal
    /// component analysis keeps: factors of the Casorati matrix `[images, voxels]`, voxels in C order. Image i, as it is kept, is row i.
    ///
    /// # Errors
    /// As [`Self::svd_compress`].
    pub fn casorati_compress(
        &self,
        series: ArrayView4<'_, f32>,
        k: usize,
    ) -> Result<LowRank, AlgebraError> {
        let images = series.dim().0;
        let voxels = series.len() / images.max(1);
        let matrix: Array2<f32> = series
            .as_standard_layout()
            .into_owned()
            .into_shape_with_order((images, voxels))
            .map_err(|error| AlgebraError::parameter("series", error, "of four axes"))?;
        self.svd_compress(matrix.view(), k)
    }
}
