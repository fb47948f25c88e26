//! How far two images lie apart, in figures and in colours.

use ndarray::ArrayView2;
use rayon::prelude::*;

use crate::colormap::Colormap;
use crate::error::ImagingError;
use crate::exponential::log10;
use crate::frame::Rgba8Image;

/// Side of the windows of the structural similarity.
const SSIM_WINDOW: usize = 7;

/// Differences between a reference and another image, summed in doubles in a fixed order.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct ErrorFigures {
    /// Greatest absolute difference, in the images' unit.
    pub max_abs: f64,
    /// Frobenius norm of the difference over that of the reference; 0 when both are 0.
    pub relative_frobenius: f64,
    /// Root of the mean squared difference, in the images' unit.
    pub rmse: f64,
    /// 20 log10 (range of the reference / rmse), dB; infinite for equal images.
    pub psnr_db: f64,
    /// Mean structural similarity (Wang et al. 2004) over uniform 7 x 7 windows; 1 for equal images.
    pub ssim: f64,
}

/// Compares `[rows, columns]` images of one shape; an image with NaN or infinity is an error (rule 33).
pub fn difference(
    reference: ArrayView2<f32>,
    other: ArrayView2<f32>,
) -> Result<ErrorFigures, ImagingError> {
    let pair = Pair::new(reference, other)?;
    // Each row is summed from left to right, then the rows from top to bottom.
    let rows: Vec<[f64; 5]> = (0..pair.rows)
        .into_par_iter()
        .map(|row| {
            let mut sums = [0.0, 0.0, 0.0, f64::INFINITY, f64::NEG_INFINITY];
            for (before, after) in pair.row(row) {
                let apart = after - before;
                sums[0] += apart * apart;
                sums[1] += before * before;
                sums[2] = apart.abs().max(sums[2]);
                sums[3] = before.min(sums[3]);
                sums[4] = before.max(sums[4]);
            }
            sums
        })
        .collect();
    let mut whole = [0.0, 0.0, 0.0, f64::INFINITY, f64::NEG_INFINITY];
    for sums in rows {
        whole = [
            whole[0] + sums[0],
            whole[1] + sums[1],
            whole[2].max(sums[2]),
            whole[3].min(sums[3]),
            whole[4].max(sums[4]),
        ];
    }
    let [squares, reference_squares, max_abs, low, high] = whole;
    let rmse = (squares / (pair.rows * pair.columns) as f64).sqrt();
    let range = if high > low { high - low } else { 1.0 };
    Ok(ErrorFigures {
        max_abs,
        relative_frobenius: if squares == 0.0 {
            0.0
        } else {
            (squares / reference_squares).sqrt()
        },
        rmse,
        psnr_db: if rmse == 0.0 {
            f64::INFINITY
        } else {
            20.0 * log10(range / rmse)
        },
        ssim: pair.structural_similarity(range),
    })
}

/// other - reference in diverging colours, symmetric about zero: the middle colour is no difference,
/// blue is less and red is more, full at the greatest absolute difference.
pub fn difference_image(
    reference: ArrayView2<f32>,
    other: ArrayView2<f32>,
) -> Result<Rgba8Image, ImagingError> {
    let pair = Pair::new(reference, other)?;
    let apart = || {
        (0..pair.rows)
            .flat_map(|row| pair.row(row))
            .map(|(before, after)| after - before)
    };
    let reach = apart().fold(0.0, |reach: f64, apart| reach.max(apart.abs()));
    let pixels = apart().flat_map(|apart| {
        let step = if reach > 0.0 {
            (apart / reach * 127.0).round()
        } else {
            0.0
        };
        let [red, green, blue] = Colormap::CoolWarm.colour((128.0 + step).clamp(1.0, 255.0) as u8);
        [red, green, blue, 255]
    });
    Ok(Rgba8Image {
        width: pair.columns,
        height: pair.rows,
        pixels: pixels.collect(),
    })
}

/// Two finite images of one shape.
struct Pair<'a> {
    reference: ArrayView2<'a, f32>,
    other: ArrayView2<'a, f32>,
    rows: usize,
    columns: usize,
}

impl<'a> Pair<'a> {
    fn new(
        reference: ArrayView2<'a, f32>,
        other: ArrayView2<'a, f32>,
    ) -> Result<Self, ImagingError> {
        let (rows, columns) = reference.dim();
        if reference.dim() != other.dim() {
            return Err(ImagingError::DifferentShapes(
                [rows, columns],
                other.dim().into(),
            ));
        }
        if rows == 0 || columns == 0 {
            return Err(ImagingError::NoPixels([rows, columns]));
        }
        let strange = reference
            .iter()
            .chain(other.iter())
            .filter(|value| !value.is_finite())
            .count();
        if strange > 0 {
            return Err(ImagingError::NotFinite(strange));
        }
        Ok(Self {
            reference,
            other,
            rows,
            columns,
        })
    }

    fn row(&self, row: usize) -> impl Iterator<Item = (f64, f64)> {
        let (reference, other) = (self.reference, self.other);
        (0..self.columns).map(move |column| {
            (
                f64::from(reference[[row, column]]),
                f64::from(other[[row, column]]),
            )
        })
    }

    /// Mean over all windows that lie within the image; images smaller than a window are one window.
    fn structural_similarity(&self, range: f64) -> f64 {
        let (height, width) = (self.rows.min(SSIM_WINDOW), self.columns.min(SSIM_WINDOW));
        let (down, across) = (self.rows - height + 1, self.columns - width + 1);
        let count = (height * width) as f64;
        // Sample variances divide by one less than the count; a single pixel has none.
        let unbiased = if count > 1.0 {
            count / (count - 1.0)
        } else {
            1.0
        };
        let (c1, c2) = (
            (0.01 * range) * (0.01 * range),
            (0.03 * range) * (0.03 * range),
        );
        let rows: Vec<f64> = (0..down)
            .into_par_iter()
            .map(|top| {
                // Column sums of x, y, xx, yy, xy over the window's height, then slid across.
                let columns: Vec<[f64; 5]> = (0..self.columns)
                    .map(|column| {
                        (top..top + height).fold([0.0; 5], |sums, row| {
                            let x = f64::from(self.reference[[row, column]]);
                            let y = f64::from(self.other[[row, column]]);
                            add(sums, [x, y, x * x, y * y, x * y])
                        })
                    })
                    .collect();
                let similarities = (0..across).map(|left| {
                    let window = columns[left..left + width]
                        .iter()
                        .fold([0.0; 5], |sums, more| add(sums, *more));
                    let [x, y, xx, yy, xy] = window.map(|sum| sum / count);
                    let (variance_x, variance_y) =
                        (unbiased * (xx - x * x), unbiased * (yy - y * y));
                    let covariance = unbiased * (xy - x * y);
                    ((2.0 * x * y + c1) * (2.0 * covariance + c2))
                        / ((x * x + y * y + c1) * (variance_x + variance_y + c2))
                });
                similarities.fold(0.0, |sum, similarity| sum + similarity)
            })
            .collect();
        rows.into_iter().fold(0.0, |sum, row| sum + row) / (down * across) as f64
    }
}

fn add(sums: [f64; 5], more: [f64; 5]) -> [f64; 5] {
    std::array::from_fn(|index| sums[index] + more[index])
}
