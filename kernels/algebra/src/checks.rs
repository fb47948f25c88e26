//! Checks at the door of the dense kernels: empty, finite, square, not too large.

use ndarray::{ArrayBase, ArrayView2, Data, Ix2};

use crate::real::Real;
use crate::{AlgebraError, ELEMENTS_MAX};

/// Refuses an axis of length zero.
pub(crate) fn not_empty(argument: &'static str, shape: &[usize]) -> Result<(), AlgebraError> {
    if shape.contains(&0) {
        return Err(AlgebraError::Empty {
            argument,
            shape: shape.to_vec(),
        });
    }
    Ok(())
}

/// Refuses NaN and infinite values.
pub(crate) fn check_finite<T: Real>(
    argument: &'static str,
    x: &ArrayView2<'_, T>,
) -> Result<(), AlgebraError> {
    let found = x
        .indexed_iter()
        .find(|(_, value)| !value.to_f64().is_finite());
    found.map_or(Ok(()), |((row, column), value)| {
        Err(AlgebraError::NotFinite {
            argument,
            row,
            column,
            value: value.to_f64() as f32,
        })
    })
}

/// Refuses an empty matrix and NaN or infinite values.
pub(crate) fn check_matrix<T: Real>(
    argument: &'static str,
    x: &ArrayView2<'_, T>,
) -> Result<(), AlgebraError> {
    not_empty(argument, x.shape())?;
    check_finite(argument, x)
}

/// Refuses a matrix that is not square, after [`check_matrix`].
pub(crate) fn check_square<T: Real>(
    argument: &'static str,
    x: &ArrayView2<'_, T>,
) -> Result<(), AlgebraError> {
    check_matrix(argument, x)?;
    if x.nrows() != x.ncols() {
        let value = format!("{} × {}", x.nrows(), x.ncols());
        return Err(AlgebraError::parameter(argument, value, "square"));
    }
    Ok(())
}

/// Refuses a result whose values left the range of their type.
pub(crate) fn check_result<T: Real, S: Data<Elem = T>>(
    x: &ArrayBase<S, Ix2>,
) -> Result<(), AlgebraError> {
    let found = x
        .indexed_iter()
        .find(|(_, value)| !value.to_f64().is_finite());
    found.map_or(Ok(()), |((row, column), _)| {
        Err(AlgebraError::Overflow { row, column })
    })
}

/// The shape of a result of these lengths, or an error if it is too large.
pub(crate) fn bounded(
    what: &'static str,
    rows: Option<usize>,
    columns: Option<usize>,
) -> Result<(usize, usize), AlgebraError> {
    let elements = rows
        .zip(columns)
        .and_then(|(rows, columns)| rows.checked_mul(columns));
    match (rows, columns, elements) {
        (Some(rows), Some(columns), Some(elements)) if elements <= ELEMENTS_MAX => {
            Ok((rows, columns))
        }
        _ => Err(AlgebraError::TooLarge {
            what,
            shape: [rows, columns]
                .iter()
                .map(|axis| axis.unwrap_or(usize::MAX))
                .collect(),
        }),
    }
}
