//! A kernel's refusal as Python's `ValueError`, and an argument of the wrong kind as `TypeError`.

use kernel_algebra::AlgebraError;
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;

pub fn refused(error: AlgebraError) -> PyErr {
    PyValueError::new_err(error.to_string())
}

/// What an argument was, where it should have been something else.
pub fn wrong_kind(name: &str, found: &Bound<'_, PyAny>, expected: &str) -> PyErr {
    let kind = found
        .get_type()
        .name()
        .map_or_else(|_| "something else".to_owned(), |name| name.to_string());
    let element = found
        .getattr("dtype")
        .map(|dtype| format!(" of {dtype}"))
        .unwrap_or_default();
    let axes = found
        .getattr("ndim")
        .map(|axes| format!(" with {axes} axes"))
        .unwrap_or_default();
    PyTypeError::new_err(format!(
        "The argument `{name}` is {kind}{element}{axes}; it must be {expected}"
    ))
}

pub fn not_one_of(name: &str, value: impl std::fmt::Display, allowed: &str) -> PyErr {
    PyValueError::new_err(format!(
        "The parameter `{name}` is {value}; it must be one of {allowed}"
    ))
}
