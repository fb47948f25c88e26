//! `SeriesPass`: a series slice by slice through smoothing, factors, threshold, opening and components, in bounded memory.

use kernel_algebra::{SeriesPlan, SliceFactors, rescale};
use ndarray::{Array1, Array2, CowArray, Ix2};
use numpy::{IntoPyArray, PyArray1, PyArray2};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::algebra::BinaryAlgebra;
use crate::arguments::{Matrix, PerAxis, Samples, matrix, neighbours as neighbours_of};
use crate::errors::{refused, wrong_kind};
use crate::low_rank::LowRank;
use crate::mask::BitMask;

/// A series on its way: `push` its slices in order, then `finish`. Every bit of what it gives is that of the kernels on the whole volume.
#[pyclass(module = "clisonix.liam")]
pub struct SeriesPass {
    /// Nothing after the end, or after an error.
    inner: Option<kernel_algebra::SeriesPass>,
}

/// The factors that are ready, each with the number of its slice.
type Ready = Vec<(usize, LowRank)>;

#[pymethods]
impl SeriesPass {
    /// Slices of `shape` (rows, columns): a Gaussian of `sigma` voxels, the `k` strongest patterns of each smoothed slice, marks where
    /// the smoothed value is from `low` to `high`, opened with a ball of `opening` voxels, joined by `neighbours`.
    #[new]
    #[pyo3(signature = (shape, *, sigma=PerAxis::One(0.0), k=None, low=None, high=f32::INFINITY, opening=None, neighbours=26, algebra=None))]
    #[allow(clippy::too_many_arguments)]
    fn new(
        shape: [usize; 2],
        sigma: PerAxis,
        k: Option<usize>,
        low: Option<f32>,
        high: f32,
        opening: Option<f64>,
        neighbours: u32,
        algebra: Option<&BinaryAlgebra>,
    ) -> PyResult<Self> {
        if opening.is_some() && low.is_none() {
            let reason =
                "The parameter `opening` needs `low`: without a threshold there are no marks";
            return Err(PyValueError::new_err(reason));
        }
        let plan = SeriesPlan {
            sigma_voxels: sigma.values(false, 0.0),
            rank: k,
            limits: low.map(|low| (low, high)),
            opening: opening.map(|radius| (radius, [1.0; 3])),
            neighbours: neighbours_of(neighbours)?,
        };
        let algebra = algebra.map_or_else(kernel_algebra::BinaryAlgebra::new, |found| found.inner);
        let inner = kernel_algebra::SeriesPass::new(algebra, plan, shape).map_err(refused)?;
        Ok(Self { inner: Some(inner) })
    }

    /// Takes the next slice, float32 or stored integers with their rescale, and gives the factors that are ready as (slice, LowRank).
    #[pyo3(signature = (slice, *, slope=1.0, intercept=0.0))]
    fn push<'py>(
        &mut self,
        py: Python<'py>,
        slice: &Bound<'py, PyAny>,
        slope: f64,
        intercept: f64,
    ) -> PyResult<Ready> {
        let found = matrix("slice", slice)?;
        let values: CowArray<'_, f32, Ix2> = match &found {
            Matrix::F32(values) if (slope, intercept) == (1.0, 0.0) => values.as_array().into(),
            Matrix::Stored(stored) => {
                let [rows, columns] = stored.shape();
                let samples = stored.samples();
                macro_rules! rescaled {
                    ($samples:expr) => {
                        $samples
                            .iter()
                            .map(|sample| rescale(f64::from(*sample), slope, intercept))
                            .collect()
                    };
                }
                let values: Vec<f32> = match &samples {
                    Samples::U8(samples) => rescaled!(samples),
                    Samples::I8(samples) => rescaled!(samples),
                    Samples::U16(samples) => rescaled!(samples),
                    Samples::I16(samples) => rescaled!(samples),
                };
                let values = Array2::from_shape_vec((rows, columns), values);
                values
                    .map_err(|error| PyValueError::new_err(error.to_string()))?
                    .into()
            }
            _ => {
                let expected = "float32 without a rescale, or stored integers of 8 or 16 bits";
                return Err(wrong_kind("slice", slice, expected));
            }
        };
        // After an error nothing of the series can be relied upon, so the pass is over.
        let mut pass = self.inner.take().ok_or_else(over)?;
        let view = values.view();
        let (pass, pushed) = py.detach(|| {
            let pushed = pass.push(view);
            (pass, pushed)
        });
        let ready = pushed.map_err(refused)?;
        self.inner = Some(pass);
        Ok(named(ready))
    }

    /// Ends the series: the factors of its last slices, and its components if there was a threshold.
    fn finish(&mut self, py: Python<'_>) -> PyResult<(Ready, Option<SeriesComponents>)> {
        let pass = self.inner.take().ok_or_else(over)?;
        let (ready, components) = py.detach(|| pass.finish()).map_err(refused)?;
        let components = components.map(|inner| SeriesComponents { inner });
        Ok((named(ready), components))
    }
}

fn over() -> PyErr {
    PyValueError::new_err("The pass is over, and takes no more slices; begin another")
}

fn named(ready: Vec<SliceFactors>) -> Ready {
    let ready = ready.into_iter();
    ready
        .map(|found| {
            let inner = found.factors;
            (found.slice, LowRank { inner })
        })
        .collect()
}

/// The components of a series; row i of each array is the component with the label i + 1.
#[pyclass(frozen, module = "clisonix.liam")]
pub struct SeriesComponents {
    inner: kernel_algebra::SeriesComponents,
}

#[pymethods]
impl SeriesComponents {
    fn __len__(&self) -> usize {
        self.inner.statistics().len()
    }

    fn __repr__(&self) -> String {
        format!("SeriesComponents({})", self.__len__())
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
        let found = self.inner.statistics();
        let at = |(row, axis): (usize, usize)| found[row].centroid[axis];
        Array2::from_shape_fn((found.len(), 3), at).into_pyarray(py)
    }

    /// Mean of the smoothed values.
    #[getter]
    fn means<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        let means = self.inner.figures().iter().map(|found| found.mean);
        Array1::from_iter(means).into_pyarray(py)
    }

    /// Standard deviation of the smoothed values, of all voxels as the population.
    #[getter]
    fn deviations<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        let figures = self.inner.figures().iter();
        Array1::from_iter(figures.map(|found| found.standard_deviation)).into_pyarray(py)
    }

    /// The marks that are joined.
    fn mask(&self) -> BitMask {
        BitMask {
            inner: self.inner.mask().clone(),
        }
    }

    /// The label of every voxel of a slice, (rows, columns); 0 outside the marks.
    fn labels<'py>(&self, py: Python<'py>, slice: usize) -> PyResult<Bound<'py, PyArray2<u32>>> {
        let [_, rows, columns] = self.inner.mask().shape();
        let mut labels = Array2::<u32>::zeros((rows, columns));
        if let Some(out) = labels.as_slice_mut() {
            self.inner.labels_of_slice(slice, out).map_err(refused)?;
        }
        Ok(labels.into_pyarray(py))
    }
}
