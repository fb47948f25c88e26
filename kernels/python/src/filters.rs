//! Filters and planes on images and volumes of float32.

use kernel_algebra::{AlgebraError, PlaneGeometry};
use ndarray::{Array3, Axis};
use numpy::{IntoPyArray, PyArray2};
use pyo3::prelude::*;

use crate::algebra::BinaryAlgebra;
use crate::arguments::{PerAxis, Volume, dimensions, extension};
use crate::errors::refused;

/// An image stays an image.
pub fn answer<'py>(
    py: Python<'py>,
    is_image: bool,
    result: Result<Array3<f32>, AlgebraError>,
) -> PyResult<Bound<'py, PyAny>> {
    let values = result.map_err(refused)?;
    Ok(if is_image {
        values
            .index_axis_move(Axis(0), 0)
            .into_pyarray(py)
            .into_any()
    } else {
        values.into_pyarray(py).into_any()
    })
}

fn whole(name: &'static str, values: [f64; 3]) -> PyResult<[usize; 3]> {
    let mut radius = [0; 3];
    for (out, value) in radius.iter_mut().zip(values) {
        if !(value >= 0.0 && value.fract() == 0.0 && value < 65_536.0) {
            return Err(refused(AlgebraError::Parameter {
                parameter: name,
                value: value.to_string(),
                rule: "a whole number of voxels".to_owned(),
            }));
        }
        *out = value as usize;
    }
    Ok(radius)
}

#[pymethods]
impl BinaryAlgebra {
    /// A Gaussian filter; `sigma` in voxels, or in mm where `spacing_mm` is given, cut off at four deviations.
    #[pyo3(signature = (image, sigma, *, spacing_mm=None, mode="reflect", cval=0.0))]
    fn gaussian<'py>(
        &self,
        py: Python<'py>,
        image: &Bound<'py, PyAny>,
        sigma: PerAxis,
        spacing_mm: Option<PerAxis>,
        mode: &str,
        cval: f32,
    ) -> PyResult<Bound<'py, PyAny>> {
        let volume = Volume::of("image", image)?;
        let (view, is_image) = (volume.view(), volume.is_image());
        let mut sigma = sigma.values(is_image, 0.0);
        if let Some(spacing_mm) = spacing_mm {
            let spacing_mm = spacing_mm.values(is_image, 1.0);
            sigma = std::array::from_fn(|axis| sigma[axis] / spacing_mm[axis]);
        }
        let mode = extension(mode, cval)?;
        answer(
            py,
            is_image,
            py.detach(|| self.inner.gaussian(view, sigma, mode)),
        )
    }

    /// The mean of a box that reaches `radius` voxels to either side.
    #[pyo3(signature = (image, radius, *, mode="reflect", cval=0.0))]
    fn mean<'py>(
        &self,
        py: Python<'py>,
        image: &Bound<'py, PyAny>,
        radius: PerAxis,
        mode: &str,
        cval: f32,
    ) -> PyResult<Bound<'py, PyAny>> {
        let volume = Volume::of("image", image)?;
        let (view, is_image) = (volume.view(), volume.is_image());
        let radius = whole("radius", radius.values(is_image, 0.0))?;
        let mode = extension(mode, cval)?;
        answer(
            py,
            is_image,
            py.detach(|| self.inner.mean(view, radius, mode)),
        )
    }

    /// The median of a box that reaches `radius` voxels to either side.
    #[pyo3(signature = (image, radius, *, mode="reflect", cval=0.0))]
    fn median<'py>(
        &self,
        py: Python<'py>,
        image: &Bound<'py, PyAny>,
        radius: PerAxis,
        mode: &str,
        cval: f32,
    ) -> PyResult<Bound<'py, PyAny>> {
        let volume = Volume::of("image", image)?;
        let (view, is_image) = (volume.view(), volume.is_image());
        let radius = whole("radius", radius.values(is_image, 0.0))?;
        let mode = extension(mode, cval)?;
        answer(
            py,
            is_image,
            py.detach(|| self.inner.median(view, radius, mode)),
        )
    }

    /// The Sobel derivative along an axis of the image or volume, not normalised.
    #[pyo3(signature = (image, axis, *, mode="reflect", cval=0.0))]
    fn sobel<'py>(
        &self,
        py: Python<'py>,
        image: &Bound<'py, PyAny>,
        axis: usize,
        mode: &str,
        cval: f32,
    ) -> PyResult<Bound<'py, PyAny>> {
        let volume = Volume::of("image", image)?;
        let (view, is_image) = (volume.view(), volume.is_image());
        let mode = extension(mode, cval)?;
        // The axes of an image are the last two of a volume.
        let axis = axis.saturating_add(usize::from(is_image));
        let result = py.detach(|| self.inner.sobel(view, axis, dimensions(is_image), mode));
        answer(py, is_image, result)
    }

    /// The sum of the second differences along all axes.
    #[pyo3(signature = (image, *, mode="reflect", cval=0.0))]
    fn laplacian<'py>(
        &self,
        py: Python<'py>,
        image: &Bound<'py, PyAny>,
        mode: &str,
        cval: f32,
    ) -> PyResult<Bound<'py, PyAny>> {
        let volume = Volume::of("image", image)?;
        let (view, is_image) = (volume.view(), volume.is_image());
        let mode = extension(mode, cval)?;
        let result = py.detach(|| self.inner.laplacian(view, dimensions(is_image), mode));
        answer(py, is_image, result)
    }

    /// x + amount · (x − gaussian(x)).
    #[pyo3(signature = (image, sigma, amount, *, mode="reflect", cval=0.0))]
    fn unsharp<'py>(
        &self,
        py: Python<'py>,
        image: &Bound<'py, PyAny>,
        sigma: PerAxis,
        amount: f32,
        mode: &str,
        cval: f32,
    ) -> PyResult<Bound<'py, PyAny>> {
        let volume = Volume::of("image", image)?;
        let (view, is_image) = (volume.view(), volume.is_image());
        let sigma = sigma.values(is_image, 0.0);
        let mode = extension(mode, cval)?;
        answer(
            py,
            is_image,
            py.detach(|| self.inner.unsharp(view, sigma, amount, mode)),
        )
    }

    /// The values on a plane through a volume: first pixel, steps from row to row and from column to column, in voxel
    /// coordinates (slice, row, column), or in mm where `spacing_mm` is given.
    #[pyo3(signature = (volume, origin, row_step, column_step, shape, *, spacing_mm=[1.0, 1.0, 1.0], interpolation="linear", outside=0.0))]
    #[allow(clippy::too_many_arguments)]
    fn plane<'py>(
        &self,
        py: Python<'py>,
        volume: &Bound<'py, PyAny>,
        origin: [f64; 3],
        row_step: [f64; 3],
        column_step: [f64; 3],
        shape: [usize; 2],
        spacing_mm: [f64; 3],
        interpolation: &str,
        outside: f32,
    ) -> PyResult<Bound<'py, PyArray2<f32>>> {
        let volume = Volume::of("volume", volume)?;
        let view = volume.view();
        let kind = crate::arguments::interpolation(interpolation)?;
        let plane = PlaneGeometry::from_mm(origin, row_step, column_step, shape, spacing_mm)
            .map_err(refused)?;
        let values = py
            .detach(|| self.inner.plane(view, &plane, kind, outside))
            .map_err(refused)?;
        Ok(values.into_pyarray(py))
    }
}
