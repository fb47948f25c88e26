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
        let (product, outcome) = if p <= WEIGHTS_MAX && n > p {
            check_elements("product", n, p)?;
            let (values, outcome) = self.narrow(data, weights);
            (in_rows("product", n, p, values)?, outcome)
        } else {
            let mut product = zeros("product", n, p)?;
            let right = Weights {
                view: weights.view(),
                scale: 1.0,
            };
            let outcome = self.multiply(data, right, &mut product)?;
            (product, outcome)
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
    let elements = check_elements(what, rows, columns)?;
    in_rows(what, rows, columns, memory::zeros(elements))
}

/// Values as a `[rows, columns]` matrix.
fn in_rows(
    what: &'static str,
    rows: usize,
    columns: usize,
    values: Vec<f32>,
) -> Result<Array2<f32>, AlgebraError> {
    Array2::from_shape_vec((rows, columns), values).map_err(|_| AlgebraError::TooLarge {
        what,
        shape: vec![rows, columns],
    })
}

/// How many elements a `[rows, columns]` matrix has, or an error if they are too many.
pub(crate) fn check_elements(
    what: &'static str,
    rows: usize,
    columns: usize,
) -> Result<usize, AlgebraError> {
    match rows.checked_mul(columns) {
        Some(elements) if elements <= ELEMENTS_MAX => Ok(elements),
        _ => Err(AlgebraError::TooLarge {
            what,
            shape: vec![rows, columns],
        }),
    }
}
