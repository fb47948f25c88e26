//! `Components`: the connected components of a mask with their statistics as columns.

use ndarray::{Array1, Array2};
use numpy::{IntoPyArray, PyArray1, PyArray2, PyArray3};
use pyo3::prelude::*;

use crate::errors::refused;
use crate::mask::BitMask;

/// The connected components of a mask; row i of each array is the component with the label i + 1.
#[pyclass(frozen, module = "clisonix.liam")]
pub struct Components {
    pub inner: kernel_algebra::Components,
}

impl Components {
    fn triples<T: Copy + Default>(
        &self,
        of: impl Fn(&kernel_algebra::Component) -> [T; 3],
    ) -> Array2<T> {
        let found = self.inner.statistics();
        let mut values = Array2::from_elem((found.len(), 3), T::default());
        for (component, mut row) in found.iter().zip(values.rows_mut()) {
            for (out, value) in row.iter_mut().zip(of(component)) {
                *out = value;
            }
        }
        values
    }
}

#[pymethods]
impl Components {
    fn __len__(&self) -> usize {
        self.inner.len()
    }

    fn __repr__(&self) -> String {
        format!("Components({})", self.inner.len())
    }

    /// Voxels of each component.
    #[getter]
    fn voxels<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<u64>> {
        let voxels = self.inner.statistics().iter().map(|found| found.voxels);
        Array1::from_iter(voxels).into_pyarray(py)
    }

    /// Mean slice, row and column.
    #[getter]
    fn centroids<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray2<f64>> {
        self.triples(|found| found.centroid).into_pyarray(py)
    }

    /// Least slice, row and column.
    #[getter]
    fn least<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray2<u64>> {
        self.triples(|found| found.least.map(|at| at as u64))
            .into_pyarray(py)
    }

    /// Greatest slice, row and column.
    #[getter]
    fn greatest<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray2<u64>> {
        self.triples(|found| found.greatest.map(|at| at as u64))
            .into_pyarray(py)
    }

    /// The label of every voxel, (slices, rows, columns); 0 outside the mask.
    fn labels<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray3<u32>> {
        py.detach(|| self.inner.labels()).into_pyarray(py)
    }

    /// The voxels of the `count` largest components.
    #[pyo3(signature = (count=1))]
    fn largest(&self, py: Python<'_>, count: usize) -> PyResult<BitMask> {
        let inner = py.detach(|| self.inner.largest(count)).map_err(refused)?;
        Ok(BitMask { inner })
    }

    /// The voxels of the components with at least so many voxels.
    fn at_least(&self, py: Python<'_>, voxels: u64) -> PyResult<BitMask> {
        let inner = py
            .detach(|| self.inner.keep(|found| found.voxels >= voxels))
            .map_err(refused)?;
        Ok(BitMask { inner })
    }
}
