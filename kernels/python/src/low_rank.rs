//! `LowRank`: a matrix kept as factors, and decoded by rows or regions on demand.

use numpy::{PyArray1, PyArray2, ToPyArray};
use pyo3::prelude::*;

use crate::arguments::matrix_f32;
use crate::errors::refused;

/// u · diag(s) · vt, of rank k.
#[pyclass(frozen, module = "clisonix.liam")]
pub struct LowRank {
    pub inner: kernel_algebra::LowRank,
}

#[pymethods]
impl LowRank {
    /// Left singular vectors, [rows, k].
    #[getter]
    fn u<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray2<f32>> {
        self.inner.u.to_pyarray(py)
    }

    /// Singular values, [k], falling.
    #[getter]
    fn s<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f32>> {
        self.inner.s.to_pyarray(py)
    }

    /// Right singular vectors, [k, columns].
    #[getter]
    fn vt<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray2<f32>> {
        self.inner.vt.to_pyarray(py)
    }

    /// Rows and columns of the matrix.
    #[getter]
    fn shape(&self) -> (usize, usize) {
        (self.inner.u.nrows(), self.inner.vt.ncols())
    }

    /// Singular values kept.
    #[getter]
    fn k(&self) -> usize {
        self.inner.s.len()
    }

    /// Bytes of the three factors.
    #[getter]
    fn nbytes(&self) -> usize {
        self.inner.bytes()
    }

    fn __repr__(&self) -> String {
        let (rows, columns) = self.shape();
        format!(
            "LowRank(shape=({rows}, {columns}), k={}, nbytes={})",
            self.k(),
            self.nbytes()
        )
    }

    /// The matrix, or a part of it: rows and columns as (first, past the last).
    #[pyo3(signature = (rows=None, columns=None))]
    fn reconstruct<'py>(
        &self,
        py: Python<'py>,
        rows: Option<(usize, usize)>,
        columns: Option<(usize, usize)>,
    ) -> PyResult<Bound<'py, PyArray2<f32>>> {
        let (all_rows, all_columns) = self.shape();
        let (rows, columns) = (
            rows.unwrap_or((0, all_rows)),
            columns.unwrap_or((0, all_columns)),
        );
        let part = py.detach(|| {
            self.inner
                .reconstruct_region(rows.0..rows.1, columns.0..columns.1)
        });
        Ok(numpy::IntoPyArray::into_pyarray(part.map_err(refused)?, py))
    }

    /// How far the matrix is from `x`: relative_frobenius, max_abs and psnr_db.
    fn errors<'py>(&self, py: Python<'py>, x: &Bound<'py, PyAny>) -> PyResult<(f64, f32, f64)> {
        let x = matrix_f32("x", x)?;
        let x = x.as_array();
        let errors = py.detach(|| self.inner.try_errors(x)).map_err(refused)?;
        Ok((errors.relative_frobenius, errors.max_abs, errors.psnr_db))
    }
}
