//! How a model's grid lies in a series: its axes along the series' nearest ones, its spacing, its length.

use crate::limits::AXIS_MAX;
use crate::region::SeriesVolume;
use crate::{InferenceError, ModelManifest};

/// One axis of the model's grid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct GridAxis {
    /// The series axis along it: 0 slices, 1 rows, 2 columns.
    pub series: usize,
    reversed: bool,
    /// Voxels.
    pub length: usize,
    /// Series voxels for each voxel.
    step: f64,
    series_length: usize,
}

impl GridAxis {
    fn new(
        series: usize,
        reversed: bool,
        series_length: usize,
        step: f64,
    ) -> Result<Self, InferenceError> {
        // The last voxel is the last one that lies within the series; a rounding error must not lose it.
        let last = ((series_length - 1) as f64 / step + 1e-6).floor();
        if last >= AXIS_MAX as f64 {
            return Err(InferenceError::misfit(format_args!(
                "at the model's spacing they are more than {AXIS_MAX} voxels long"
            )));
        }
        Ok(Self {
            series,
            reversed,
            length: last as usize + 1,
            step,
            series_length,
        })
    }

    /// Where a voxel of the grid lies, as an index into the series.
    pub fn in_series(self, index: usize) -> f64 {
        let along = index as f64 * self.step;
        if self.reversed {
            (self.series_length - 1) as f64 - along
        } else {
            along
        }
    }

    /// Where a voxel of the series lies, as an index into the grid.
    pub fn of_series(self, index: usize) -> f64 {
        let along = if self.reversed {
            self.series_length - 1 - index
        } else {
            index
        };
        along as f64 / self.step
    }
}

/// The axes of the model's grid in the order of the graph, a leading one of a single slice in 2-D.
pub(crate) fn grid(
    manifest: &ModelManifest,
    series: &SeriesVolume,
) -> Result<[GridAxis; 3], InferenceError> {
    let input = &manifest.input;
    if input.dimensions == 2 && series.shape[0] != 1 {
        return Err(InferenceError::misfit(
            "a 2-D model takes one slice at a time",
        ));
    }
    let order = match (input.orientation, series.orientation) {
        (None, _) => [(0, false), (1, false), (2, false)],
        (Some(wanted), Some(found)) => wanted.axes_of(found),
        (Some(wanted), None) => {
            return Err(InferenceError::misfit(format_args!(
                "it needs axes that point to {wanted}, and how the images lie in the patient is not known"
            )));
        }
    };
    let mut axes = Vec::with_capacity(3);
    for (index, (along, reversed)) in order.into_iter().enumerate() {
        let wanted_mm = input.spacing_mm.as_ref().and_then(|spacing_mm| {
            // In 2-D the leading axis is one slice, whatever its thickness.
            (index + input.dimensions)
                .checked_sub(3)
                .and_then(|at| spacing_mm.get(at))
        });
        let step = match (wanted_mm, series.voxel_mm) {
            (None, _) => 1.0,
            (Some(wanted_mm), Some(found_mm)) => wanted_mm / found_mm[along],
            (Some(wanted_mm), None) => {
                return Err(InferenceError::misfit(format_args!(
                    "it needs voxels of {wanted_mm} mm, and the size of theirs is not known"
                )));
            }
        };
        axes.push(GridAxis::new(along, reversed, series.shape[along], step)?);
    }
    <[GridAxis; 3]>::try_from(axes).map_err(|_| InferenceError::misfit("a grid has three axes"))
}
