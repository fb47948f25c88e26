//! Image filters on volumes `[slices, rows, columns]`: Gaussian, mean, Sobel, Laplacian, unsharp masking.
//!
//! A 2-D image is a volume of one slice; [`Dimensions::Plane`] filters each slice by itself.

use ndarray::{Array3, ArrayView3, Zip};

use crate::ball::check_spacing;
use crate::exponential::exp_minus;
use crate::memory::zero_volume;
use crate::taps::Taps;
use crate::{AlgebraError, BinaryAlgebra, Extension};

/// Farthest voxel that a filter looks at along an axis.
pub const FILTER_RADIUS_MAX: usize = 256;
/// Standard deviations after which a Gaussian is cut off, as in scipy.
const TRUNCATE: f64 = 4.0;

/// Whether slices are filtered by themselves or as a volume.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum Dimensions {
    /// Rows and columns of each slice.
    Plane,
    /// Slices, rows and columns.
    Volume,
}

impl Dimensions {
    /// The axes that count.
    fn axes(self) -> std::ops::Range<usize> {
        match self {
            Self::Plane => 1..3,
            Self::Volume => 0..3,
        }
    }
}

impl BinaryAlgebra {
    /// A Gaussian filter with standard deviations in voxels along slices, rows and columns; zero leaves an axis alone.
    /// The weights reach to four standard deviations, are computed in f64, add up to one and are rounded to f32.
    ///
    /// # Errors
    /// An empty volume, NaN or infinite values, a deviation that is negative, not finite or above 64.
    pub fn gaussian(
        &self,
        view: ArrayView3<'_, f32>,
        sigma_voxels: [f64; 3],
        extension: Extension,
    ) -> Result<Array3<f32>, AlgebraError> {
        let [z, y, x] = sigma_voxels.map(gaussian_taps);
        self.separable(view, &[z?, y?, x?], extension)
    }

    /// A Gaussian filter with one standard deviation in mm for a volume of the given distance of slices, rows and
    /// columns.
    ///
    /// # Errors
    /// As [`Self::gaussian`]; also a spacing that is not positive and finite.
    pub fn gaussian_mm(
        &self,
        view: ArrayView3<'_, f32>,
        sigma_mm: f64,
        spacing_mm: [f64; 3],
        extension: Extension,
    ) -> Result<Array3<f32>, AlgebraError> {
        check_spacing(spacing_mm)?;
        self.gaussian(view, spacing_mm.map(|mm| sigma_mm / mm), extension)
    }

    /// The mean of a box that reaches `radius` voxels to either side along slices, rows and columns.
    ///
    /// # Errors
    /// An empty volume, NaN or infinite values, a radius above [`FILTER_RADIUS_MAX`].
    pub fn mean(
        &self,
        view: ArrayView3<'_, f32>,
        radius: [usize; 3],
        extension: Extension,
    ) -> Result<Array3<f32>, AlgebraError> {
        check_radius(radius)?;
        let taps = radius.map(|radius| {
            let weight = (1.0 / (2 * radius + 1) as f64) as f32;
            Taps::even(&vec![weight; radius + 1])
        });
        self.separable(view, &taps, extension)
    }

    /// The Sobel derivative along one axis (0 slices, 1 rows, 2 columns): weights −1, 0, 1 along it and 1, 2, 1 along
    /// the other axes that count, not normalised, as in scipy.
    ///
    /// # Errors
    /// An empty volume, NaN or infinite values, an axis that does not count.
    pub fn sobel(
        &self,
        view: ArrayView3<'_, f32>,
        axis: usize,
        dimensions: Dimensions,
        extension: Extension,
    ) -> Result<Array3<f32>, AlgebraError> {
        if !dimensions.axes().contains(&axis) {
            let rule = format!("within {:?}", dimensions.axes());
            return Err(AlgebraError::parameter("axis", axis, rule));
        }
        let taps = std::array::from_fn(|at| {
            if at == axis {
                Taps {
                    weights: vec![0.0, 1.0],
                    odd: true,
                }
            } else if dimensions.axes().contains(&at) {
                Taps::even(&[2.0, 1.0])
            } else {
                Taps::unit()
            }
        });
        self.separable(view, &taps, extension)
    }

    /// The length of the Sobel gradient: the root of the sum of squares along the axes that count, in their order.
    ///
    /// # Errors
    /// As [`Self::sobel`]; also a square out of range.
    pub fn sobel_magnitude(
        &self,
        view: ArrayView3<'_, f32>,
        dimensions: Dimensions,
        extension: Extension,
    ) -> Result<Array3<f32>, AlgebraError> {
        let mut total = zero_volume::<f32>(view.dim());
        for axis in dimensions.axes() {
            let part = self.sobel(view, axis, dimensions, extension)?;
            Zip::from(&mut total)
                .and(&part)
                .par_for_each(|total, part| *total = part.mul_add(*part, *total));
        }
        total.par_mapv_inplace(f32::sqrt);
        finite(total)
    }

    /// The Laplacian: the sum of the second differences (weights 1, −2, 1) along the axes that count, in their order.
    ///
    /// # Errors
    /// An empty volume, NaN or infinite values, a result out of range.
    pub fn laplacian(
        &self,
        view: ArrayView3<'_, f32>,
        dimensions: Dimensions,
        extension: Extension,
    ) -> Result<Array3<f32>, AlgebraError> {
        let mut total: Option<Array3<f32>> = None;
        for axis in dimensions.axes() {
            let taps = std::array::from_fn(|at| {
                if at == axis {
                    Taps::even(&[-2.0, 1.0])
                } else {
                    Taps::unit()
                }
            });
            let part = self.separable(view, &taps, extension)?;
            match &mut total {
                Some(total) => Zip::from(total)
                    .and(&part)
                    .par_for_each(|total, part| *total += part),
                None => total = Some(part),
            }
        }
        finite(total.unwrap_or_else(|| Array3::zeros(view.dim())))
    }

    /// Unsharp masking: `x + amount · (x − gaussian(x))`.
    ///
    /// # Errors
    /// As [`Self::gaussian`]; also an amount that is not finite, a result out of range.
    pub fn unsharp(
        &self,
        view: ArrayView3<'_, f32>,
        sigma_voxels: [f64; 3],
        amount: f32,
        extension: Extension,
    ) -> Result<Array3<f32>, AlgebraError> {
        if !amount.is_finite() {
            return Err(AlgebraError::parameter("amount", amount, "a finite number"));
        }
        let mut out = self.gaussian(view, sigma_voxels, extension)?;
        Zip::from(&mut out)
            .and(&view)
            .par_for_each(|out, x| *out = amount.mul_add(*x - *out, *x));
        finite(out)
    }
}

/// Refuses a result out of range.
fn finite(out: Array3<f32>) -> Result<Array3<f32>, AlgebraError> {
    let found = out.indexed_iter().find(|(_, value)| !value.is_finite());
    if let Some(((slice, row, column), _)) = found {
        let row = slice * out.dim().1 + row;
        return Err(AlgebraError::Overflow { row, column });
    }
    Ok(out)
}

/// Refuses a radius that is too large.
pub(crate) fn check_radius(radius: [usize; 3]) -> Result<(), AlgebraError> {
    if radius.iter().all(|radius| *radius <= FILTER_RADIUS_MAX) {
        return Ok(());
    }
    let rule = format!("at most {FILTER_RADIUS_MAX} along each axis");
    Err(AlgebraError::parameter(
        "radius",
        format!("{radius:?}"),
        rule,
    ))
}

pub(crate) fn gaussian_taps(sigma: f64) -> Result<Taps, AlgebraError> {
    let most = FILTER_RADIUS_MAX as f64 / TRUNCATE;
    if !(0.0..=most).contains(&sigma) {
        let rule = format!("from 0 to {most} voxels");
        return Err(AlgebraError::parameter("sigma", sigma, rule));
    }
    let radius = ((TRUNCATE * sigma + 0.5) as usize).min(FILTER_RADIUS_MAX);
    if radius == 0 {
        return Ok(Taps::unit());
    }
    let values: Vec<f64> = (0..=radius)
        .map(|step| step as f64 / sigma)
        .map(|distance| exp_minus(0.5 * distance * distance))
        .collect();
    let sum = values
        .iter()
        .skip(1)
        .fold(values[0], |sum, value| 2.0f64.mul_add(*value, sum));
    let weights: Vec<f32> = values.iter().map(|value| (value / sum) as f32).collect();
    Ok(Taps::even(&weights))
}
