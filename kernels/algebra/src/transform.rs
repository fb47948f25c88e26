//! The exact matrix product `data · weightsᵀ`: checks at the door, the choice of path, errors that name the cause.

use ndarray::{Array2, ArrayView2};

use crate::memory;
use crate::narrow::WEIGHTS_MAX;
use crate::pack::Weights;
use crate::source::{Rescaled, Source};
use crate::stored::check_rescale;
use crate::{AlgebraError, BinaryAlgebra, StoredView};

/// Largest number of elements in a result: 16 GiB of f32.
pub const ELEMENTS_MAX: usize = 1 << 32;

impl BinaryAlgebra {
    /// The product `data · weightsᵀ`: `[n, m]` by `[p, m]` gives `[n, p]`.
    ///
    /// Each element is a sum over K blocks of 256 columns; a block is one chain of fused multiply-adds in column
    /// order, and block sums are added in order. Views need not be contiguous.
    ///
    /// # Errors
    /// An empty argument, unequal numbers of columns, NaN or infinite values, a result that is too large.
    pub fn transform_matrix(
        &self,
        data: ArrayView2<'_, f32>,
        weights: ArrayView2<'_, f32>,
    ) -> Result<Array2<f32>, AlgebraError> {
        self.product("data", &data, "weights", &weights)
    }

    /// The product `values · weightsᵀ` where `values = stored × slope + intercept`, rescaled while packing, so that no
    /// floating point copy of the samples is made. The bits equal those of [`Self::transform_matrix`] on the values.
    ///
    /// # Errors
    /// As [`Self::transform_matrix`]; also a slope or intercept that is not finite.
    pub fn transform_stored(
        &self,
        stored: StoredView<'_, 2>,
        slope: f64,
        intercept: f64,
        weights: ArrayView2<'_, f32>,
    ) -> Result<Array2<f32>, AlgebraError> {
        check_rescale(slope, intercept)?;
        self.product(
            "stored",
            &Rescaled {
                stored,
                slope,
                intercept,
            },
            "weights",
            &weights,
        )
    }

    /// The checked product of two sources, named for errors.
    pub(crate) fn product(
        &self,
        data_name: &'static str,
        data: &impl Source,
        weights_name: &'static str,
        weights: &ArrayView2<'_, f32>,
    ) -> Result<Array2<f32>, AlgebraError> {
        let ([n, m], [p, weights_columns]) = (data.shape(), Source::shape(weights));
        for (argument, shape) in [(data_name, [n, m]), (weights_name, [p, weights_columns])] {
            if shape.contains(&0) {
                return Err(AlgebraError::Empty {
                    argument,
                    shape: shape.to_vec(),
                });
            }
        }
        if m != weights_columns {
            return Err(AlgebraError::ColumnMismatch {
                left: data_name,
                left_columns: m,
                right: weights_name,
                right_columns: weights_columns,
            });
        }
        let mut product = zeros("product", n, p)?;
        let outcome = if p <= WEIGHTS_MAX && n > p {
            self.narrow(data, weights, &mut product)
        } else {
            self.multiply(
                data,
                Weights {
                    view: weights.view(),
                    scale: 1.0,
                },
                &mut product,
            )?
        };
        // A NaN or infinity in an argument always reaches a result, so only results are checked; the cause is
        // looked for once there is one.
        let Err(first) = outcome else {
            return Ok(product);
        };
        Err(data
            .first_not_finite(data_name)
            .or_else(|| weights.first_not_finite(weights_name))
            .unwrap_or(AlgebraError::Overflow {
                row: first.row,
                column: first.column,
            }))
    }
}

/// Where the first NaN or infinity of a result stands, in row-major order.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct NotFinite {
    pub row: usize,
    pub column: usize,
}

/// A zeroed `[rows, columns]` matrix, or an error if it is too large.
pub(crate) fn zeros(
    what: &'static str,
    rows: usize,
    columns: usize,
) -> Result<Array2<f32>, AlgebraError> {
    let values = zeros_vec(what, rows, columns)?;
    Array2::from_shape_vec((rows, columns), values).map_err(|_| AlgebraError::TooLarge {
        what,
        shape: vec![rows, columns],
    })
}

/// `rows * columns` zeros, or an error if they are too many.
pub(crate) fn zeros_vec(
    what: &'static str,
    rows: usize,
    columns: usize,
) -> Result<Vec<f32>, AlgebraError> {
    match rows.checked_mul(columns) {
        Some(elements) if elements <= ELEMENTS_MAX => Ok(memory::zeros(elements)),
        _ => Err(AlgebraError::TooLarge {
            what,
            shape: vec![rows, columns],
        }),
    }
}
