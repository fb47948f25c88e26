//! The bilateral filter: neighbours count by their distance and by how alike their value is (Tomasi, Manduchi 1998).

use ndarray::{Array3, ArrayView3};
use rayon::prelude::*;

use crate::exponential::exp_minus;
use crate::instruction_set::Kernel;
use crate::separable::{check_volume, first_not_finite};
use crate::{AlgebraError, BinaryAlgebra, Extension};

/// Farthest voxel along an axis.
const RADIUS_MAX: usize = 16;
/// Standard deviations after which a neighbour is not looked at.
const TRUNCATE: f64 = 2.0;
/// Entries of the table of weights for each standard deviation of the values.
const STEPS: usize = 512;
/// Standard deviations of the values that the table has; farther values have the weight 0.
const DEVIATIONS: usize = 6;

impl BinaryAlgebra {
    /// The bilateral filter with standard deviations in voxels along slices, rows and columns, and one of the values in their own unit.
    /// The window reaches to two standard deviations, at most 16 voxels; weights of values come from a table with 512 steps a deviation
    /// and end at six. Sums run in the order of slices, rows, columns.
    ///
    /// # Errors
    /// An empty volume, NaN or infinite values, deviations that are negative, not finite or too large, a deviation of values that is
    /// not positive.
    pub fn bilateral(
        &self,
        view: ArrayView3<'_, f32>,
        sigma_voxels: [f64; 3],
        sigma_value: f64,
        extension: Extension,
    ) -> Result<Array3<f32>, AlgebraError> {
        check_volume("view", &view)?;
        extension.check()?;
        let most = RADIUS_MAX as f64 / TRUNCATE;
        if let Some(sigma) = sigma_voxels
            .into_iter()
            .find(|sigma| !(0.0..=most).contains(sigma))
        {
            let rule = format!("from 0 to {most} voxels");
            return Err(AlgebraError::parameter("sigma_voxels", sigma, rule));
        }
        let scale = (STEPS as f64 / sigma_value) as f32;
        if !(sigma_value > 0.0 && scale.is_finite() && scale > 0.0) {
            let rule = "a positive number";
            return Err(AlgebraError::parameter("sigma_value", sigma_value, rule));
        }
        if let Some(error) = first_not_finite("view", &view) {
            return Err(error);
        }
        let radius = sigma_voxels.map(|sigma| (TRUNCATE * sigma).ceil() as usize);
        let alike: Vec<f32> = (0..=STEPS * DEVIATIONS)
            .map(|step| step as f64 / STEPS as f64)
            .map(|deviations| exp_minus(0.5 * deviations * deviations) as f32)
            .chain([0.0])
            .collect();
        let near = neighbours(radius, sigma_voxels);
        let (slices, rows, columns) = view.dim();
        let padded = padded(&view, radius, extension);
        let mut out = Array3::<f32>::zeros(view.dim());
        let Some(values) = out.as_slice_mut() else {
            return Ok(out);
        };
        let shape = [
            slices + 2 * radius[0],
            rows + 2 * radius[1],
            columns + 2 * radius[2],
        ];
        values
            .par_chunks_mut(columns)
            .enumerate()
            .for_each(|(row, out)| {
                self.run(Row {
                    padded: &padded,
                    shape,
                    at: [row / rows, row % rows],
                    radius,
                    near: &near,
                    alike: &alike,
                    scale,
                    out,
                });
            });
        Ok(out)
    }
}

/// Offsets from the first voxel of the window, and weights.
fn neighbours(radius: [usize; 3], sigma: [f64; 3]) -> Vec<([usize; 3], f32)> {
    let [depth, height, width] = radius.map(|radius| 2 * radius + 1);
    let mut near = Vec::with_capacity(depth * height * width);
    for slice in 0..depth {
        for row in 0..height {
            for column in 0..width {
                let at = [slice, row, column];
                let exponent = (0..3).fold(0.0, |sum: f64, axis| {
                    let steps = at[axis] as f64 - radius[axis] as f64;
                    match steps == 0.0 {
                        true => sum,
                        false => 0.5f64.mul_add((steps / sigma[axis]) * (steps / sigma[axis]), sum),
                    }
                });
                near.push((at, exp_minus(exponent) as f32));
            }
        }
    }
    near
}

/// The volume with its surroundings, in C order.
fn padded(view: &ArrayView3<'_, f32>, radius: [usize; 3], extension: Extension) -> Vec<f32> {
    let shape: [usize; 3] = view.dim().into();
    let source = |axis: usize| -> Vec<Option<usize>> {
        (0..shape[axis] + 2 * radius[axis])
            .map(|at| extension.index(at as isize - radius[axis] as isize, shape[axis]))
            .collect()
    };
    let [slices, rows, columns] = [source(0), source(1), source(2)];
    let mut out = Vec::with_capacity(slices.len() * rows.len() * columns.len());
    for slice in &slices {
        for row in &rows {
            out.extend(columns.iter().map(|column| match (slice, row, column) {
                (Some(slice), Some(row), Some(column)) => view[[*slice, *row, *column]],
                _ => extension.constant(),
            }));
        }
    }
    out
}

/// One row of the result.
struct Row<'a> {
    padded: &'a [f32],
    shape: [usize; 3],
    at: [usize; 2],
    radius: [usize; 3],
    near: &'a [([usize; 3], f32)],
    alike: &'a [f32],
    scale: f32,
    out: &'a mut [f32],
}

impl Kernel for Row<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let columns = self.out.len();
        let row = |slice: usize, row: usize, column: usize| {
            let start = ((self.at[0] + slice) * self.shape[1] + self.at[1] + row) * self.shape[2];
            &self.padded[start + column..][..columns]
        };
        let centre = row(self.radius[0], self.radius[1], self.radius[2]);
        let last = self.alike.len() - 2;
        let mut weights = vec![0f32; columns];
        self.out.fill(0.0);
        for ([slice, line, column], near) in self.near {
            let values = row(*slice, *line, *column);
            for (at, value) in values.iter().enumerate() {
                let place = (value - centre[at]).abs() * self.scale;
                // A number beyond the table, however large, ends at its last entry, which is next to nothing.
                let step = (place as usize).min(last);
                let part = (place - step as f32).min(1.0);
                let (here, next) = (self.alike[step], self.alike[step + 1]);
                let weight = near * part.mul_add(next - here, here);
                weights[at] += weight;
                self.out[at] = weight.mul_add(*value, self.out[at]);
            }
        }
        for (out, weight) in self.out.iter_mut().zip(&weights) {
            *out /= weight;
        }
    }
}
