//! `BitMask`: a set of voxels with one bit each.

use kernel_algebra::AlgebraError;
use numpy::{PyArray3, PyArrayDyn, PyReadonlyArrayDyn, PyUntypedArrayMethods};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use crate::arguments::{Samples, Volume, border, neighbours, stored_or_nothing, volume_shape};
use crate::components::Components;
use crate::errors::{refused, wrong_kind};

/// A set of voxels of a volume (slices, rows, columns), 64 in a word.
#[pyclass(frozen, module = "clisonix.liam", eq)]
#[derive(PartialEq)]
pub struct BitMask {
    pub inner: kernel_algebra::BitMask,
}

fn of(inner: Result<kernel_algebra::BitMask, AlgebraError>) -> PyResult<BitMask> {
    Ok(BitMask {
        inner: inner.map_err(refused)?,
    })
}

#[pymethods]
impl BitMask {
    /// The voxels with low <= value <= high; integers of 8 or 16 bits are rescaled without a copy.
    #[staticmethod]
    #[pyo3(signature = (volume, low=f32::NEG_INFINITY, high=f32::INFINITY, *, slope=1.0, intercept=0.0))]
    fn threshold<'py>(
        py: Python<'py>,
        volume: &Bound<'py, PyAny>,
        low: f32,
        high: f32,
        slope: f64,
        intercept: f64,
    ) -> PyResult<Self> {
        if let Some(stored) = stored_or_nothing(volume)? {
            let shape = volume_shape("volume", stored.shape())?;
            let samples = stored.samples();
            return of(py.detach(|| {
                let view = samples.view(shape)?;
                kernel_algebra::BitMask::threshold_stored(view, slope, intercept, low, high)
            }));
        }
        let volume = Volume::of("volume", volume)?;
        let view = volume.view();
        of(py.detach(|| kernel_algebra::BitMask::threshold(view, low, high)))
    }

    /// The mask of a numpy array of bool.
    #[staticmethod]
    fn from_array<'py>(py: Python<'py>, array: &Bound<'py, PyAny>) -> PyResult<Self> {
        let mask: PyReadonlyArrayDyn<'py, bool> = array
            .extract()
            .map_err(|_| wrong_kind("array", array, "a numpy array of bool"))?;
        let shape = volume_shape("array", mask.shape())?;
        let view = mask.as_array();
        of(py.detach(|| {
            let samples = Samples::U8(view.iter().map(|inside| u8::from(*inside)).collect());
            kernel_algebra::BitMask::threshold_stored(samples.view(shape)?, 1.0, 0.0, 1.0, 1.0)
        }))
    }

    /// The mask as an array of bool, (slices, rows, columns).
    fn to_array<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray3<bool>> {
        let shape @ [_, rows, columns] = self.inner.shape();
        let row_words = self.inner.row_words();
        let values = py.detach(|| {
            let mut values = ndarray::Array3::from_elem(shape, false);
            for (row, mut out) in values.rows_mut().into_iter().enumerate() {
                debug_assert!(row < shape[0] * rows && out.len() == columns);
                let words = &self.inner.words()[row * row_words..][..row_words];
                for (column, out) in out.iter_mut().enumerate() {
                    *out = words[column / 64] >> (column % 64) & 1 == 1;
                }
            }
            values
        });
        numpy::IntoPyArray::into_pyarray(values, py)
    }

    /// (slices, rows, columns)
    #[getter]
    fn shape(&self) -> (usize, usize, usize) {
        self.inner.shape().into()
    }

    /// Bytes of the words.
    #[getter]
    fn nbytes(&self) -> usize {
        self.inner.words().len() * 8
    }

    /// Number of voxels in the mask.
    fn count(&self, py: Python<'_>) -> u64 {
        py.detach(|| self.inner.count())
    }

    /// Volume in ml of voxels of so many mm³.
    fn volume_ml(&self, py: Python<'_>, voxel_mm3: f64) -> f64 {
        py.detach(|| self.inner.volume_ml(voxel_mm3))
    }

    fn __repr__(&self) -> String {
        format!(
            "BitMask(shape={:?}, count={})",
            self.inner.shape(),
            self.inner.count()
        )
    }

    fn __and__(&self, py: Python<'_>, other: &Self) -> PyResult<Self> {
        of(py.detach(|| self.inner.and(&other.inner)))
    }

    fn __or__(&self, py: Python<'_>, other: &Self) -> PyResult<Self> {
        of(py.detach(|| self.inner.or(&other.inner)))
    }

    fn __xor__(&self, py: Python<'_>, other: &Self) -> PyResult<Self> {
        of(py.detach(|| self.inner.xor(&other.inner)))
    }

    fn __sub__(&self, py: Python<'_>, other: &Self) -> PyResult<Self> {
        of(py.detach(|| self.inner.andnot(&other.inner)))
    }

    fn __invert__(&self, py: Python<'_>) -> Self {
        Self {
            inner: py.detach(|| self.inner.not()),
        }
    }

    /// The mask moved by (slices, rows, columns).
    fn shift(&self, py: Python<'_>, by: [isize; 3]) -> Self {
        Self {
            inner: py.detach(|| self.inner.shift(by)),
        }
    }

    #[pyo3(signature = (neighbours=6, iterations=1, *, border="empty"))]
    fn erode(
        &self,
        py: Python<'_>,
        neighbours: u32,
        iterations: usize,
        border: &str,
    ) -> PyResult<Self> {
        let (near, edge) = (self::neighbours(neighbours)?, self::border(border)?);
        of(Ok(py.detach(|| self.inner.erode(near, iterations, edge))))
    }

    #[pyo3(signature = (neighbours=6, iterations=1))]
    fn dilate(&self, py: Python<'_>, neighbours: u32, iterations: usize) -> PyResult<Self> {
        let near = self::neighbours(neighbours)?;
        of(Ok(py.detach(|| self.inner.dilate(near, iterations))))
    }

    #[pyo3(signature = (neighbours=6, iterations=1, *, border="empty"))]
    fn open(
        &self,
        py: Python<'_>,
        neighbours: u32,
        iterations: usize,
        border: &str,
    ) -> PyResult<Self> {
        let (near, edge) = (self::neighbours(neighbours)?, self::border(border)?);
        of(Ok(py.detach(|| self.inner.open(near, iterations, edge))))
    }

    #[pyo3(signature = (neighbours=6, iterations=1))]
    fn close(&self, py: Python<'_>, neighbours: u32, iterations: usize) -> PyResult<Self> {
        let near = self::neighbours(neighbours)?;
        of(Ok(py.detach(|| self.inner.close(near, iterations))))
    }

    #[pyo3(signature = (radius_mm, spacing_mm, *, border="empty"))]
    fn erode_mm(
        &self,
        py: Python<'_>,
        radius_mm: f64,
        spacing_mm: [f64; 3],
        border: &str,
    ) -> PyResult<Self> {
        let edge = self::border(border)?;
        of(py.detach(|| self.inner.erode_mm(radius_mm, spacing_mm, edge)))
    }

    fn dilate_mm(&self, py: Python<'_>, radius_mm: f64, spacing_mm: [f64; 3]) -> PyResult<Self> {
        of(py.detach(|| self.inner.dilate_mm(radius_mm, spacing_mm)))
    }

    #[pyo3(signature = (radius_mm, spacing_mm, *, border="empty"))]
    fn open_mm(
        &self,
        py: Python<'_>,
        radius_mm: f64,
        spacing_mm: [f64; 3],
        border: &str,
    ) -> PyResult<Self> {
        let edge = self::border(border)?;
        of(py.detach(|| self.inner.open_mm(radius_mm, spacing_mm, edge)))
    }

    fn close_mm(&self, py: Python<'_>, radius_mm: f64, spacing_mm: [f64; 3]) -> PyResult<Self> {
        of(py.detach(|| self.inner.close_mm(radius_mm, spacing_mm)))
    }

    /// The mask with its holes, found through neighbours of the background.
    #[pyo3(signature = (neighbours=6))]
    fn fill_holes(&self, py: Python<'_>, neighbours: u32) -> PyResult<Self> {
        let near = self::neighbours(neighbours)?;
        of(py.detach(|| self.inner.fill_holes(near)))
    }

    /// The voxels with a face neighbour outside the mask.
    fn surface(&self, py: Python<'_>) -> Self {
        Self {
            inner: py.detach(|| self.inner.surface()),
        }
    }

    /// The connected components, numbered by their first voxel.
    #[pyo3(signature = (neighbours=26))]
    fn components(&self, py: Python<'_>, neighbours: u32) -> PyResult<Components> {
        let near = self::neighbours(neighbours)?;
        let inner = py.detach(|| self.inner.components(near)).map_err(refused)?;
        Ok(Components { inner })
    }

    /// The distance of every voxel to the mask in mm.
    fn distance_mm<'py>(
        &self,
        py: Python<'py>,
        spacing_mm: [f64; 3],
    ) -> PyResult<Bound<'py, PyArrayDyn<f32>>> {
        let distance = py
            .detach(|| self.inner.distance_mm(spacing_mm))
            .map_err(refused)?;
        Ok(numpy::IntoPyArray::into_pyarray(distance.into_dyn(), py))
    }

    /// intersection, union, dice and jaccard.
    fn overlap<'py>(&self, py: Python<'py>, other: &Self) -> PyResult<Bound<'py, PyDict>> {
        let found = py
            .detach(|| self.inner.overlap(&other.inner))
            .map_err(refused)?;
        let answer = PyDict::new(py);
        answer.set_item("intersection", found.intersection)?;
        answer.set_item("union", found.union)?;
        answer.set_item("dice", found.dice)?;
        answer.set_item("jaccard", found.jaccard)?;
        Ok(answer)
    }

    /// hausdorff_mm, hausdorff_95_mm and mean_mm of the surfaces.
    fn surface_distances<'py>(
        &self,
        py: Python<'py>,
        other: &Self,
        spacing_mm: [f64; 3],
    ) -> PyResult<Bound<'py, PyDict>> {
        let found = py
            .detach(|| self.inner.surface_distances(&other.inner, spacing_mm))
            .map_err(refused)?;
        let answer = PyDict::new(py);
        answer.set_item("hausdorff_mm", found.hausdorff_mm)?;
        answer.set_item("hausdorff_95_mm", found.hausdorff_95_mm)?;
        answer.set_item("mean_mm", found.mean_mm)?;
        Ok(answer)
    }

    /// The mask as run lengths.
    fn to_run_lengths<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
        let bytes = py.detach(|| self.inner.to_run_lengths());
        PyBytes::new(py, &bytes)
    }

    /// Reads run lengths of at most so many voxels.
    #[staticmethod]
    #[pyo3(signature = (bytes, voxels_max=1 << 34))]
    fn from_run_lengths(py: Python<'_>, bytes: &[u8], voxels_max: u64) -> PyResult<Self> {
        of(py.detach(|| kernel_algebra::BitMask::from_run_lengths(bytes, voxels_max)))
    }
}
