//! Noise removal by principal components whose number the Marchenko–Pastur law tells (Veraart, Novikov et al. 2016).

use ndarray::{Array2, Array3, Array4, ArrayView3, ArrayView4, Axis};
use rayon::prelude::*;

use crate::separable::{check_volume, first_not_finite};
use crate::{AlgebraError, BinaryAlgebra, ELEMENTS_MAX};

/// Most images of a series.
const IMAGES_MAX: usize = 512;
/// Most voxels of a patch.
const PATCH_MAX: usize = 4096;

impl BinaryAlgebra {
    /// Removes noise from a series of volumes `[images, slices, rows, columns]`: around each voxel the patch that reaches `radius` voxels
    /// along slices, rows and columns, cut off at the edges, is a matrix of voxels by images; its components within the spectrum of pure
    /// noise are dropped, and the voxel in the middle is taken. Gives the series and the noise's standard deviation
    /// `[slices, rows, columns]`. Source: Veraart et al., NeuroImage 142 (2016) 394–406. In f64, in a fixed order.
    ///
    /// # Errors
    /// An empty series, fewer than 2 or more than 512 images, a patch of more than 4096 voxels, NaN or infinite values.
    pub fn mp_pca(
        &self,
        view: ArrayView4<'_, f32>,
        radius: [usize; 3],
    ) -> Result<(Array4<f32>, Array3<f32>), AlgebraError> {
        let (images, slices, rows, columns) = view.dim();
        check_patch(radius)?;
        if !(2..=IMAGES_MAX).contains(&images) {
            let rule = format!("from 2 to {IMAGES_MAX}");
            return Err(AlgebraError::parameter("images", images, rule));
        }
        if view.len() > ELEMENTS_MAX {
            return Err(AlgebraError::TooLarge {
                what: "series",
                shape: view.shape().to_vec(),
            });
        }
        for image in view.outer_iter() {
            check_volume("view", &image)?;
            if let Some(error) = first_not_finite("view", &image) {
                return Err(error);
            }
        }
        let lines: Vec<(Vec<f32>, Vec<f32>)> = (0..slices * rows)
            .into_par_iter()
            .map(|line| {
                let (slice, row) = (line / rows, line % rows);
                let mut values = Vec::with_capacity(columns * images);
                let mut noise = Vec::with_capacity(columns);
                for column in 0..columns {
                    let [z, y, x] = [
                        reach(slice, radius[0], slices),
                        reach(row, radius[1], rows),
                        reach(column, radius[2], columns),
                    ];
                    let middle =
                        ((slice - z.start) * y.len() + row - y.start) * x.len() + column - x.start;
                    let patch = view.slice(ndarray::s![.., z, y, x]);
                    let patch =
                        Array2::from_shape_fn((images, patch.len() / images), |(image, voxel)| {
                            let [_, _, high, wide] = [0, 0, patch.dim().2, patch.dim().3];
                            let (z, rest) = (voxel / (high * wide), voxel % (high * wide));
                            f64::from(patch[[image, z, rest / wide, rest % wide]])
                        });
                    let (clean, sigma) = self.clean(&patch, Wanted::Voxel(middle));
                    values.extend(clean.iter().map(|value| *value as f32));
                    noise.push(sigma as f32);
                }
                (values, noise)
            })
            .collect();
        let out = Array4::from_shape_fn(view.dim(), |(image, slice, row, column)| {
            lines[slice * rows + row].0[column * images + image]
        });
        let noise = Array3::from_shape_fn((slices, rows, columns), |(slice, row, column)| {
            lines[slice * rows + row].1[column]
        });
        Ok((out, noise))
    }

    /// Removes noise from neighbouring slices: they take the part of the images of [`Self::mp_pca`], `radius_slices` on either side, and
    /// the patch reaches `radius_voxels` within the slice.
    ///
    /// # Errors
    /// An empty volume, a window of more than 512 slices or a patch of more than 4096 voxels, NaN or infinite values.
    pub fn mp_pca_slices(
        &self,
        view: ArrayView3<'_, f32>,
        radius_voxels: usize,
        radius_slices: usize,
    ) -> Result<Array3<f32>, AlgebraError> {
        check_volume("view", &view)?;
        check_patch([0, radius_voxels, radius_voxels])?;
        if radius_slices > IMAGES_MAX / 2 {
            let rule = format!("at most {}", IMAGES_MAX / 2);
            return Err(AlgebraError::parameter(
                "radius_slices",
                radius_slices,
                rule,
            ));
        }
        if let Some(error) = first_not_finite("view", &view) {
            return Err(error);
        }
        let (slices, rows, columns) = view.dim();
        let mut out = Array3::zeros(view.dim());
        for (slice, mut out) in out.outer_iter_mut().enumerate() {
            let z = reach(slice, radius_slices, slices);
            let own = slice - z.start;
            let window = view.slice_axis(Axis(0), z.into());
            out.axis_iter_mut(Axis(0))
                .into_par_iter()
                .enumerate()
                .for_each(|(row, mut line)| {
                    let y = reach(row, radius_voxels, rows);
                    for (column, value) in line.iter_mut().enumerate() {
                        let x = reach(column, radius_voxels, columns);
                        let middle = (row - y.start) * x.len() + column - x.start;
                        let patch = Array2::from_shape_fn(
                            (window.dim().0, y.len() * x.len()),
                            |(image, voxel)| {
                                let at =
                                    [image, y.start + voxel / x.len(), x.start + voxel % x.len()];
                                f64::from(window[at])
                            },
                        );
                        let (clean, _) = self.clean(&patch, Wanted::One(own, middle));
                        *value = clean[0] as f32;
                    }
                });
        }
        Ok(out)
    }

    /// The wanted part of a patch `[images, voxels]` without its noise, and the noise's standard deviation.
    fn clean(&self, patch: &Array2<f64>, wanted: Wanted) -> (Vec<f64>, f64) {
        let (images, voxels) = patch.dim();
        let (short, long) = (images.min(voxels), images.max(voxels));
        let across = images <= voxels;
        let line = |at: usize| {
            if across {
                patch.row(at)
            } else {
                patch.column(at)
            }
        };
        let mut gram = Array2::<f64>::zeros((short, short));
        for a in 0..short {
            for b in a..short {
                let pairs = line(a).into_iter().zip(line(b));
                let sum = pairs.fold(0.0, |sum: f64, (a, b)| a.mul_add(*b, sum));
                gram[[a, b]] = sum;
                gram[[b, a]] = sum;
            }
        }
        let spectral = self.spectral(gram);
        let (noise_count, variance) = noise_components(spectral.values.as_slice(), long);
        let signal = short - noise_count;
        // A projection onto the vectors of the signal, for the wanted part alone.
        let project = |weights: &dyn Fn(usize) -> f64, at: usize| {
            (0..signal).fold(0.0, |sum: f64, vector| {
                let turn = |row: usize| spectral.vectors[[row, vector]];
                let along =
                    (0..short).fold(0.0, |sum: f64, row| turn(row).mul_add(weights(row), sum));
                turn(at).mul_add(along, sum)
            })
        };
        let value = |image: usize, voxel: usize| {
            if across {
                project(&|row| patch[[row, voxel]], image)
            } else {
                project(&|row| patch[[image, row]], voxel)
            }
        };
        let clean = match wanted {
            Wanted::Voxel(voxel) => (0..images).map(|image| value(image, voxel)).collect(),
            Wanted::One(image, voxel) => vec![value(image, voxel)],
        };
        (clean, variance.max(0.0).sqrt())
    }
}

/// Which part of a patch is asked for.
enum Wanted {
    /// A voxel of every image.
    Voxel(usize),
    /// An image's voxel.
    One(usize, usize),
}

/// How many of the smallest components are noise, and its variance. `values` are the squares of the singular values, descending.
fn noise_components(values: Option<&[f64]>, long: usize) -> (usize, f64) {
    let values = values.unwrap_or_default();
    let short = values.len();
    let part = |at: usize| values[short - 1 - at].max(0.0) / long as f64;
    let (mut sum, mut found) = (0.0f64, (0, 0.0));
    for count in 1..=short {
        let largest = part(count - 1);
        sum += largest;
        // The law's width for the part of the spectrum that is left when the others are signal.
        let gamma = count as f64 / (long - (short - count)) as f64;
        let mean = sum / count as f64;
        let by_width = (largest - part(0)) / (4.0 * gamma.sqrt());
        if by_width < mean {
            found = (count, mean);
        }
    }
    found
}

fn reach(at: usize, radius: usize, length: usize) -> std::ops::Range<usize> {
    at.saturating_sub(radius)..(at + radius + 1).min(length)
}

fn check_patch(radius: [usize; 3]) -> Result<(), AlgebraError> {
    let voxels = radius
        .iter()
        .try_fold(1usize, |voxels, radius| {
            radius.checked_mul(2)?.checked_add(1)?.checked_mul(voxels)
        })
        .filter(|voxels| *voxels <= PATCH_MAX);
    match voxels {
        Some(_) => Ok(()),
        None => Err(AlgebraError::parameter(
            "radius",
            format!("{radius:?}"),
            format!("of a patch of at most {PATCH_MAX} voxels"),
        )),
    }
}
