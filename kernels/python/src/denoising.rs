//! Edge-keeping and noise-removing filters, histograms, unmixing and formulas over masks.

use kernel_algebra::{FormulaSource, MaskFormula};
use numpy::{IntoPyArray, PyArray1, PyArray2, PyArray3, PyArray4, PyReadonlyArray4};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::algebra::BinaryAlgebra;
use crate::arguments::{PerAxis, Volume, extension, matrix_f32};
use crate::errors::{refused, wrong_kind};
use crate::filters::answer;
use crate::low_rank::LowRank;
use crate::mask::BitMask;

fn series<'py>(name: &str, found: &Bound<'py, PyAny>) -> PyResult<PyReadonlyArray4<'py, f32>> {
    found
        .extract()
        .map_err(|_| wrong_kind(name, found, "a numpy array with 4 axes of float32"))
}

/// The images and the standard deviation of their noise.
type Cleaned<'py> = (Bound<'py, PyArray4<f32>>, Bound<'py, PyArray3<f32>>);

#[pymethods]
impl BinaryAlgebra {
    /// The bilateral filter: `sigma` in voxels, or in mm where `spacing_mm` is given, and `sigma_value` in the unit of the values.
    #[pyo3(signature = (image, sigma, sigma_value, *, spacing_mm=None, mode="reflect", cval=0.0))]
    #[allow(clippy::too_many_arguments)]
    fn bilateral<'py>(
        &self,
        py: Python<'py>,
        image: &Bound<'py, PyAny>,
        sigma: PerAxis,
        sigma_value: f64,
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
        let result = py.detach(|| self.inner.bilateral(view, sigma, sigma_value, mode));
        answer(py, is_image, result)
    }

    /// Contrast-limited adaptive equalisation of each slice in `tiles` by `tiles` parts; values keep the range of the slice.
    #[pyo3(signature = (image, tiles=8, limit=3.0))]
    fn clahe<'py>(
        &self,
        py: Python<'py>,
        image: &Bound<'py, PyAny>,
        tiles: usize,
        limit: f64,
    ) -> PyResult<Bound<'py, PyAny>> {
        let volume = Volume::of("image", image)?;
        let (view, is_image) = (volume.view(), volume.is_image());
        let result = py.detach(|| self.inner.clahe(view, tiles, limit));
        answer(py, is_image, result)
    }

    /// How many values lie in each of `bins` bins from `low` to `high`, as numpy.histogram.
    fn histogram<'py>(
        &self,
        py: Python<'py>,
        image: &Bound<'py, PyAny>,
        low: f64,
        high: f64,
        bins: usize,
    ) -> PyResult<Bound<'py, PyArray1<u64>>> {
        let volume = Volume::of("image", image)?;
        let view = volume.view();
        let counts = py.detach(|| self.inner.histogram(view, low, high, bins));
        Ok(counts.map_err(refused)?.into_pyarray(py))
    }

    /// The value below which `percent` of the values lie, as numpy.percentile.
    fn percentile<'py>(
        &self,
        py: Python<'py>,
        image: &Bound<'py, PyAny>,
        percent: f64,
    ) -> PyResult<f64> {
        let volume = Volume::of("image", image)?;
        let view = volume.view();
        py.detach(|| self.inner.percentile(view, percent))
            .map_err(refused)
    }

    /// Otsu's threshold, as skimage.filters.threshold_otsu.
    #[pyo3(signature = (image, bins=256))]
    fn otsu<'py>(&self, py: Python<'py>, image: &Bound<'py, PyAny>, bins: usize) -> PyResult<f32> {
        let volume = Volume::of("image", image)?;
        let view = volume.view();
        py.detach(|| self.inner.otsu(view, bins)).map_err(refused)
    }

    /// Noise removal by principal components (Veraart 2016) of images (images, slices, rows, columns); the patch reaches `radius`
    /// voxels. Gives the images and the standard deviation of their noise.
    #[pyo3(signature = (series, radius=[1, 1, 1]))]
    fn mp_pca<'py>(
        &self,
        py: Python<'py>,
        series: &Bound<'py, PyAny>,
        radius: [usize; 3],
    ) -> PyResult<Cleaned<'py>> {
        let series = self::series("series", series)?;
        let view = series.as_array();
        let (clean, noise) = py
            .detach(|| self.inner.mp_pca(view, radius))
            .map_err(refused)?;
        Ok((clean.into_pyarray(py), noise.into_pyarray(py)))
    }

    /// The same for neighbouring slices, which take the part of the images.
    #[pyo3(signature = (volume, radius_voxels=2, radius_slices=3))]
    fn mp_pca_slices<'py>(
        &self,
        py: Python<'py>,
        volume: &Bound<'py, PyAny>,
        radius_voxels: usize,
        radius_slices: usize,
    ) -> PyResult<Bound<'py, PyAny>> {
        let volume = Volume::of("volume", volume)?;
        let (view, is_image) = (volume.view(), volume.is_image());
        let result = py.detach(|| self.inner.mp_pca_slices(view, radius_voxels, radius_slices));
        answer(py, is_image, result)
    }

    /// Shares of each material, (pixels, materials), from channels (pixels, channels) and spectra (materials, channels).
    #[pyo3(signature = (channels, spectra, *, sum_to_one=true))]
    fn unmix<'py>(
        &self,
        py: Python<'py>,
        channels: &Bound<'py, PyAny>,
        spectra: &Bound<'py, PyAny>,
        sum_to_one: bool,
    ) -> PyResult<Bound<'py, PyArray2<f32>>> {
        let channels = matrix_f32("channels", channels)?;
        let spectra = matrix_f32("spectra", spectra)?;
        let (channels, spectra) = (channels.as_array(), spectra.as_array());
        let shares = py.detach(|| self.inner.unmix(channels, spectra, sum_to_one));
        Ok(shares.map_err(refused)?.into_pyarray(py))
    }

    /// The k strongest components of images (images, slices, rows, columns) over their voxels: temporal principal components.
    fn casorati_compress<'py>(
        &self,
        py: Python<'py>,
        series: &Bound<'py, PyAny>,
        k: usize,
    ) -> PyResult<LowRank> {
        let series = self::series("series", series)?;
        let view = series.as_array();
        let inner = py.detach(|| self.inner.casorati_compress(view, k));
        Ok(LowRank {
            inner: inner.map_err(refused)?,
        })
    }
}

/// The mask of a formula over named masks and images, such as `mask_formula("A and not dilate(B, 2 mm)", spacing_mm=(2, 1, 1), A=a, B=b)`.
#[pyfunction]
#[pyo3(signature = (formula, *, spacing_mm=None, **sources))]
pub fn mask_formula<'py>(
    py: Python<'py>,
    formula: &str,
    spacing_mm: Option<[f64; 3]>,
    sources: Option<&Bound<'py, PyDict>>,
) -> PyResult<BitMask> {
    let formula = MaskFormula::parse(formula).map_err(refused)?;
    enum Source<'py> {
        Mask(Py<BitMask>),
        Image(Volume<'py>),
    }
    let mut named: Vec<(String, Source<'py>)> = Vec::new();
    for (name, value) in sources.into_iter().flatten() {
        let name: String = name.extract()?;
        let source = match value.cast::<BitMask>() {
            Ok(mask) => Source::Mask(mask.clone().unbind()),
            Err(_) => Source::Image(Volume::of(&name, &value)?),
        };
        named.push((name, source));
    }
    let views: Vec<(&str, FormulaSource<'_>)> = named
        .iter()
        .map(|(name, source)| {
            let source = match source {
                Source::Mask(mask) => FormulaSource::Mask(&mask.get().inner),
                Source::Image(volume) => FormulaSource::Image(volume.view()),
            };
            (name.as_str(), source)
        })
        .collect();
    let inner = py.detach(|| formula.evaluate(&views, spacing_mm));
    Ok(BitMask {
        inner: inner.map_err(refused)?,
    })
}
