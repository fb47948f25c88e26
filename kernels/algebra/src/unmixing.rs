//! Unmixing: how much of each material or stain explains the channels of a pixel, by least squares.

use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;

use crate::checks::{check_finite, check_matrix, check_result, not_empty};
use crate::{AlgebraError, BinaryAlgebra};

/// Most channels and most materials.
const SIDE_MAX: usize = 64;
/// Pixels that one task takes.
const TASK_PIXELS: usize = 4096;

impl BinaryAlgebra {
    /// Shares `[pixels, materials]` of each material, from channels `[pixels, channels]` and what one part of each material gives in each
    /// channel, `spectra` `[materials, channels]`: the least squares solution, with the shares adding up to one if `sum_to_one`.
    /// Two energies and that rule tell three materials apart (dual-energy CT). Shares may be negative. The solution is found once in
    /// f64, and then applied to every pixel by fused multiply-adds in the order of the channels.
    ///
    /// # Errors
    /// Empty or not finite matrices, other numbers of channels, more than 64 materials or channels, more materials than can be told
    /// apart (a singular system).
    pub fn unmix(
        &self,
        channels: ArrayView2<'_, f32>,
        spectra: ArrayView2<'_, f32>,
        sum_to_one: bool,
    ) -> Result<Array2<f32>, AlgebraError> {
        check_matrix("spectra", &spectra)?;
        not_empty("channels", channels.shape())?;
        let (materials, count) = spectra.dim();
        if materials > SIDE_MAX || count > SIDE_MAX {
            let value = format!("{materials} × {count}");
            let rule = format!("at most {SIDE_MAX} × {SIDE_MAX}");
            return Err(AlgebraError::parameter("spectra", value, rule));
        }
        if channels.ncols() != count {
            let rule = format!("{count}, as spectra has");
            return Err(AlgebraError::parameter(
                "columns of channels",
                channels.ncols(),
                rule,
            ));
        }
        check_finite("channels", &channels)?;
        let (weights, offset) = self.unmixing_weights(spectra, sum_to_one)?;
        let mut out = Array2::<f32>::zeros((channels.nrows(), materials));
        if let Some(values) = out.as_slice_mut() {
            values
                .par_chunks_mut(TASK_PIXELS * materials)
                .enumerate()
                .for_each(|(task, out)| {
                    for (pixel, out) in out.chunks_mut(materials).enumerate() {
                        let channels = channels.row(task * TASK_PIXELS + pixel);
                        for (material, out) in out.iter_mut().enumerate() {
                            *out = (0..count).fold(offset[material], |sum: f32, channel| {
                                weights[[material, channel]].mul_add(channels[channel], sum)
                            });
                        }
                    }
                });
        }
        check_result(&out)?;
        Ok(out)
    }

    /// What each channel adds to each share, and what a share begins with.
    fn unmixing_weights(
        &self,
        spectra: ArrayView2<'_, f32>,
        sum_to_one: bool,
    ) -> Result<(Array2<f32>, Vec<f32>), AlgebraError> {
        let (materials, count) = spectra.dim();
        let size = materials + usize::from(sum_to_one);
        // The normal equations, bordered by the rule that shares add up to one (Lagrange).
        let system = Array2::from_shape_fn((size, size), |(row, column)| {
            match (row < materials, column < materials) {
                (true, true) => (0..count).fold(0.0, |sum: f64, channel| {
                    f64::from(spectra[[row, channel]])
                        .mul_add(f64::from(spectra[[column, channel]]), sum)
                }),
                (false, false) => 0.0,
                _ => 1.0,
            }
        });
        let right = Array2::from_shape_fn((size, count + 1), |(row, column)| {
            match (row < materials, column < count) {
                (true, true) => f64::from(spectra[[row, column]]),
                (false, false) => 1.0,
                _ => 0.0,
            }
        });
        let solved =
            self.linear_solve(system.view(), right.view())
                .map_err(|error| match error {
                    AlgebraError::Singular { column, .. } => AlgebraError::Singular {
                        argument: "spectra",
                        column,
                    },
                    other => other,
                })?;
        let weights = Array2::from_shape_fn((materials, count), |at| solved[at] as f32);
        let offset = (0..materials).map(|row| solved[[row, count]] as f32);
        Ok((weights, offset.collect()))
    }
}
