//! The rest of the dense vocabulary on float32 and float64: products by element, powers, solutions, spectra.

use kernel_algebra::AlgebraError;
use ndarray::{Array2, ArrayView2};
use numpy::{Element, IntoPyArray, PyArray1, PyArray2, PyReadonlyArray1};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::algebra::BinaryAlgebra;
use crate::arguments::{Matrix, matrix};
use crate::errors::{refused, wrong_kind};

const REAL: &str = "a numpy array with 2 axes of float32 or float64";

/// Runs one expression with the view of a matrix of float32 or float64.
macro_rules! real {
    ($py:ident, $name:literal, $found:expr, $x:ident => $body:expr) => {
        match matrix($name, $found)? {
            Matrix::F32(array) => {
                let $x = array.as_array();
                $py.detach(|| $body).map_err(refused)?
            }
            Matrix::F64(array) => {
                let $x = array.as_array();
                $py.detach(|| $body).map_err(refused)?
            }
            Matrix::Stored(_) => return Err(wrong_kind($name, $found, REAL)),
        }
    };
}

fn answer<'py, T: Element>(
    py: Python<'py>,
    result: Result<Array2<T>, AlgebraError>,
) -> PyResult<Bound<'py, PyAny>> {
    Ok(result.map_err(refused)?.into_pyarray(py).into_any())
}

/// Two matrices of one type.
macro_rules! pair {
    ($py:ident, $left:literal, $a:expr, $right:literal, $b:expr, $compute:expr) => {
        match (matrix($left, $a)?, matrix($right, $b)?) {
            (Matrix::F32(a), Matrix::F32(b)) => {
                let (a, b): (ArrayView2<'_, f32>, _) = (a.as_array(), b.as_array());
                answer($py, $py.detach(|| $compute(a, b)))
            }
            (Matrix::F64(a), Matrix::F64(b)) => {
                let (a, b): (ArrayView2<'_, f64>, _) = (a.as_array(), b.as_array());
                answer($py, $py.detach(|| $compute(a, b)))
            }
            (Matrix::Stored(_), _) => Err(wrong_kind($left, $a, REAL)),
            _ => Err(wrong_kind(
                $right,
                $b,
                concat!(
                    "a numpy array with 2 axes of the same type as `",
                    $left,
                    "`, float32 or float64"
                ),
            )),
        }
    };
}

#[pymethods]
impl BinaryAlgebra {
    /// The product element by element (Schur product).
    fn hadamard<'py>(
        &self,
        py: Python<'py>,
        a: &Bound<'py, PyAny>,
        b: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        pair!(py, "a", a, "b", b, |a, b| self.inner.hadamard(a, b))
    }

    /// The Kronecker (tensor) product.
    fn kronecker<'py>(
        &self,
        py: Python<'py>,
        a: &Bound<'py, PyAny>,
        b: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        pair!(py, "a", a, "b", b, |a, b| self.inner.kronecker(a, b))
    }

    /// The outer product x · yᵀ of vectors of float32.
    fn outer<'py>(
        &self,
        py: Python<'py>,
        x: PyReadonlyArray1<'py, f32>,
        y: PyReadonlyArray1<'py, f32>,
    ) -> PyResult<Bound<'py, PyArray2<f32>>> {
        let (x, y) = (x.as_array(), y.as_array());
        let product = py.detach(|| self.inner.outer(x, y)).map_err(refused)?;
        Ok(product.into_pyarray(py))
    }

    /// The root of the sum of squares.
    fn frobenius_norm<'py>(&self, py: Python<'py>, x: &Bound<'py, PyAny>) -> PyResult<f64> {
        Ok(real!(py, "x", x, x => self.inner.frobenius_norm(x)))
    }

    /// x multiplied by itself so many times.
    fn matrix_power<'py>(
        &self,
        py: Python<'py>,
        x: &Bound<'py, PyAny>,
        exponent: u32,
    ) -> PyResult<Bound<'py, PyAny>> {
        match matrix("x", x)? {
            Matrix::F32(x) => {
                let x = x.as_array();
                answer(py, py.detach(|| self.inner.matrix_power(x, exponent)))
            }
            Matrix::F64(x) => {
                let x = x.as_array();
                answer(py, py.detach(|| self.inner.matrix_power(x, exponent)))
            }
            Matrix::Stored(_) => Err(wrong_kind("x", x, REAL)),
        }
    }

    /// The x of a · x = b.
    fn linear_solve<'py>(
        &self,
        py: Python<'py>,
        a: &Bound<'py, PyAny>,
        b: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        pair!(py, "a", a, "b", b, |a, b| self.inner.linear_solve(a, b))
    }

    /// Eigenvalues and eigenvectors (in columns) of a symmetric matrix, in float64.
    #[allow(clippy::type_complexity)]
    fn spectral_decomposition<'py>(
        &self,
        py: Python<'py>,
        x: &Bound<'py, PyAny>,
    ) -> PyResult<(Bound<'py, PyArray1<f64>>, Bound<'py, PyArray2<f64>>)> {
        let found = real!(py, "x", x, x => self.inner.spectral_decomposition(x));
        Ok((
            found.values.into_pyarray(py),
            found.vectors.into_pyarray(py),
        ))
    }

    /// Mean, covariance, explained variance, rank, condition number and cosine similarities of vectors in rows.
    fn analyse<'py>(
        &self,
        py: Python<'py>,
        vectors: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyDict>> {
        let found = real!(py, "vectors", vectors, vectors => self.inner.analyse(vectors));
        let answer = PyDict::new(py);
        answer.set_item("mean", found.mean.into_pyarray(py))?;
        answer.set_item("covariance", found.covariance.into_pyarray(py))?;
        answer.set_item(
            "explained_variance",
            found.explained_variance.into_pyarray(py),
        )?;
        answer.set_item(
            "explained_variance_ratio",
            found.explained_variance_ratio.into_pyarray(py),
        )?;
        answer.set_item("principal_axes", found.principal_axes.into_pyarray(py))?;
        answer.set_item("singular_values", found.singular_values.into_pyarray(py))?;
        answer.set_item("rank", found.rank)?;
        answer.set_item("condition_number", found.condition_number)?;
        answer.set_item(
            "cosine_similarity",
            found.cosine_similarity.into_pyarray(py),
        )?;
        Ok(answer)
    }
}
