//! A model over slices of a series: into its grid, patch by patch in one order, merged, and back onto the slices.

use std::ops::Range;

use ndarray::{ArrayD, IxDyn};

use crate::grid::{GridAxis, grid};
use crate::intensity::Normaliser;
use crate::limits::MERGED_BYTES_MAX;
use crate::model::LoadedModel;
use crate::patches::{bell, starts};
use crate::resample::{Taps, sample};
use crate::{InferenceError, ModelManifest, Orientation, OutputKindSpec};

/// A patch that is cut short to the grid is a multiple of this: few different shapes need few plans.
const PATCH_STEP: usize = 16;

/// A series, or one slice of it, in modality values.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesVolume {
    /// `[slices, rows, columns]`, none of them zero.
    pub shape: [usize; 3],
    /// In C order.
    pub values: Vec<f32>,
    /// Size of a voxel along each axis, where it is known.
    pub voxel_mm: Option<[f64; 3]>,
    /// Directions of the axes, where they are known.
    pub orientation: Option<Orientation>,
}

/// One label a voxel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labelmap {
    /// `[slices, rows, columns]`.
    pub shape: [usize; 3],
    /// In C order; each less than the number of labels.
    pub labels: Vec<u8>,
}

/// The labels of `slices` of the series. Asks `cancelled` before each patch.
pub fn labelmap(
    model: &LoadedModel,
    series: &SeriesVolume,
    slices: Range<usize>,
    cancelled: &dyn Fn() -> bool,
) -> Result<Labelmap, InferenceError> {
    kind(model, OutputKindSpec::Labelmap)?;
    let merged = merge(model, series, &slices, cancelled)?;
    let shape = [slices.len(), series.shape[1], series.shape[2]];
    let mut labels = Vec::with_capacity(shape.iter().product());
    merged.each(&slices, |merged, taps| {
        let (mut best, mut most) = (0_u8, f32::NEG_INFINITY);
        for channel in 0..merged.channels {
            let value = merged.at(channel, taps);
            // The lowest of equals: ties break alike everywhere.
            if value > most {
                (best, most) = (u8::try_from(channel).unwrap_or(0), value);
            }
        }
        labels.push(best);
    });
    Ok(Labelmap { shape, labels })
}

/// The image that a model makes of `slices`, in modality values, `[slices, rows, columns]` in C order.
pub fn image(
    model: &LoadedModel,
    series: &SeriesVolume,
    slices: Range<usize>,
    cancelled: &dyn Fn() -> bool,
) -> Result<Vec<f32>, InferenceError> {
    kind(model, OutputKindSpec::Image)?;
    let merged = merge(model, series, &slices, cancelled)?;
    let mut values = Vec::with_capacity(slices.len() * series.shape[1] * series.shape[2]);
    merged.each(&slices, |merged, taps| {
        values.push(merged.normaliser.undo(merged.at(0, taps)));
    });
    Ok(values)
}

/// Memory that a run over `slices` of a series of this shape may need, bytes; saturating.
pub fn memory_bytes(manifest: &ModelManifest, shape: [usize; 3]) -> u64 {
    let voxels = shape
        .iter()
        .fold(1_u64, |product, axis| product.saturating_mul(*axis as u64));
    let patch = manifest.input.patch.as_ref().map_or(voxels, |patch| {
        patch
            .iter()
            .fold(1_u64, |product, axis| product.saturating_mul(*axis as u64))
    });
    let channels = manifest.output.channels() as u64;
    // Values of the series, the merged answer, and a patch's inner channels, which are rarely more than 64.
    voxels
        .saturating_mul(4 + 8 * channels)
        .saturating_add(patch.saturating_mul(4 * 64 * 3))
}

fn kind(model: &LoadedModel, wanted: OutputKindSpec) -> Result<(), InferenceError> {
    if model.manifest.output.kind == wanted {
        Ok(())
    } else {
        Err(InferenceError::misfit("it gives another kind of result"))
    }
}

/// The merged answers over the part of the grid that the slices need.
struct Merged {
    axes: [GridAxis; 3],
    /// First voxel of the part along each axis of the grid.
    origin: [usize; 3],
    /// Its lengths.
    size: [usize; 3],
    channels: usize,
    /// `[channels, size]` in C order.
    values: Vec<f32>,
    normaliser: Normaliser,
    rows_columns: [usize; 2],
}

impl Merged {
    fn voxels(&self) -> usize {
        self.size.iter().product()
    }

    fn at(&self, channel: usize, taps: [Taps; 3]) -> f32 {
        let voxels = self.voxels();
        let strides = [self.size[1] * self.size[2], self.size[2], 1];
        sample(&self.values[channel * voxels..][..voxels], taps, strides)
    }

    /// Every voxel of the slices in C order, with where it lies in the part.
    fn each(&self, slices: &Range<usize>, mut with: impl FnMut(&Self, [Taps; 3])) {
        let [rows, columns] = self.rows_columns;
        let table = |along: usize, range: Range<usize>| -> (usize, Vec<Taps>) {
            let at = self
                .axes
                .iter()
                .position(|axis| axis.series == along)
                .unwrap_or(along);
            let (axis, origin) = (self.axes[at], self.origin[at]);
            let tap = |index| Taps::new(axis.of_series(index), axis.length, origin);
            (at, range.map(tap).collect())
        };
        let (slice_axis, slice_taps) = table(0, slices.clone());
        let (row_axis, row_taps) = table(1, 0..rows);
        let (column_axis, column_taps) = table(2, 0..columns);
        for slice in &slice_taps {
            let mut taps = [*slice; 3];
            taps[slice_axis] = *slice;
            for row in &row_taps {
                taps[row_axis] = *row;
                for column in &column_taps {
                    taps[column_axis] = *column;
                    with(self, taps);
                }
            }
        }
    }
}

fn merge(
    model: &LoadedModel,
    series: &SeriesVolume,
    slices: &Range<usize>,
    cancelled: &dyn Fn() -> bool,
) -> Result<Merged, InferenceError> {
    let [depth, rows, columns] = series.shape;
    if series.values.len() != depth * rows * columns
        || series.values.is_empty()
        || slices.is_empty()
        || slices.end > depth
    {
        return Err(InferenceError::misfit(format_args!(
            "slices {} to {} of {depth} were asked for",
            slices.start + 1,
            slices.end
        )));
    }
    let input = &model.manifest.input;
    let axes = grid(&model.manifest, series)?;
    let mut merged = Merged {
        axes,
        origin: [0; 3],
        size: axes.map(|axis| axis.length),
        channels: model.manifest.output.channels(),
        values: Vec::new(),
        normaliser: input
            .intensity
            .normaliser(series.values.chunks(rows * columns)),
        rows_columns: [rows, columns],
    };
    // Along the slices only the part between the first and the last one is needed.
    if let Some(at) = axes.iter().position(|axis| axis.series == 0) {
        let ends = [slices.start, slices.end - 1].map(|slice| axes[at].of_series(slice));
        let last = axes[at].length - 1;
        let low = ends[0].min(ends[1]).floor().clamp(0.0, last as f64) as usize;
        let high = ends[0].max(ends[1]).ceil().clamp(0.0, last as f64) as usize;
        (merged.origin[at], merged.size[at]) = (low, high - low + 1);
    }
    let bytes = (merged.voxels() as u64).saturating_mul(4 * (merged.channels as u64 + 1));
    if bytes > MERGED_BYTES_MAX {
        return Err(InferenceError::misfit(format_args!(
            "its answer needs {bytes} bytes for these slices, and {MERGED_BYTES_MAX} are allowed; fewer slices a task need less"
        )));
    }
    let patch = patch_shape(model, axes);
    let overlap = [2, 1, 0].map(|back| {
        let overlap = input.overlap.as_deref().unwrap_or_default();
        overlap
            .len()
            .checked_sub(back + 1)
            .map_or(0, |at| overlap[at])
    });
    let begins: Vec<Vec<usize>> = (0..3)
        .map(|at| {
            let needed = merged.origin[at]..merged.origin[at] + merged.size[at];
            let touches = |start: &usize| *start < needed.end && start + patch[at] > needed.start;
            let all = starts(axes[at].length, patch[at], overlap[at]);
            all.into_iter().filter(touches).collect()
        })
        .collect();
    let alone = begins.iter().all(|begins| begins.len() == 1);
    let bells = patch.map(|length| {
        if alone {
            vec![1.0; length]
        } else {
            bell(length)
        }
    });
    merged.values = vec![0.0; merged.channels * merged.voxels()];
    let mut weights = vec![0.0_f32; merged.voxels()];
    // The graph's own shape: batch, channel, then two or three axes.
    let graph_shape: Vec<usize> = [1, 1]
        .into_iter()
        .chain(patch[3 - input.dimensions..].iter().copied())
        .collect();
    let plan = model.plan(&graph_shape)?;
    for first in &begins[0] {
        for second in &begins[1] {
            for third in &begins[2] {
                if cancelled() {
                    return Err(InferenceError::Cancelled);
                }
                let start = [*first, *second, *third];
                let values = gather(series, &merged, start, patch, input.dimensions == 2);
                let array = ArrayD::from_shape_vec(IxDyn(&graph_shape), values)
                    .map_err(InferenceError::misfit)?;
                let answer = plan.run(array)?;
                let wanted: usize = patch.iter().product::<usize>() * merged.channels;
                let answer = answer
                    .as_slice()
                    .filter(|answer| answer.len() == wanted)
                    .ok_or_else(|| {
                        InferenceError::engine(model.engine(), "its answer has another size")
                    })?;
                scatter(&mut merged, &mut weights, answer, start, patch, &bells);
            }
        }
    }
    for channel in merged.values.chunks_mut(weights.len()) {
        if !alone {
            channel
                .iter_mut()
                .zip(&weights)
                .for_each(|(value, weight)| *value /= weight);
        }
    }
    Ok(merged)
}

/// Lengths of a patch along the grid's axes; a whole slice, filled up, where the manifest names none. A patch is not much longer
/// than the grid where the graph takes any length: nothing lies there.
fn patch_shape(model: &LoadedModel, axes: [GridAxis; 3]) -> [usize; 3] {
    let input = &model.manifest.input;
    let first = 3 - input.dimensions;
    [0, 1, 2].map(|at| {
        let length = axes[at].length;
        let Some(index) = at.checked_sub(first) else {
            return 1;
        };
        let Some(patch) = input.patch.as_ref().map(|patch| patch[index]) else {
            return length.next_multiple_of(input.multiple);
        };
        match model.summary.input_shape[index + 2] {
            Some(_) => patch,
            None => patch.min(length.next_multiple_of(input.multiple.max(PATCH_STEP))),
        }
    })
}

/// A patch as the model sees it. Outside of the series a 2-D model sees the nearest pixel, a 3-D model 0, as scanners write air.
fn gather(
    series: &SeriesVolume,
    merged: &Merged,
    start: [usize; 3],
    patch: [usize; 3],
    edge: bool,
) -> Vec<f32> {
    let series_strides = [series.shape[1] * series.shape[2], series.shape[2], 1];
    let strides = merged.axes.map(|axis| series_strides[axis.series]);
    let tables: Vec<Vec<Option<Taps>>> = (0..3)
        .map(|at| {
            let axis = merged.axes[at];
            (start[at]..start[at] + patch[at])
                .map(|index| {
                    let inside = index.min(axis.length - 1);
                    (edge || index == inside)
                        .then(|| Taps::new(axis.in_series(inside), series.shape[axis.series], 0))
                })
                .collect()
        })
        .collect();
    let mut values = Vec::with_capacity(patch.iter().product());
    for first in &tables[0] {
        for second in &tables[1] {
            for third in &tables[2] {
                values.push(match (first, second, third) {
                    (Some(first), Some(second), Some(third)) => merged.normaliser.apply(sample(
                        &series.values,
                        [*first, *second, *third],
                        strides,
                    )),
                    _ => 0.0,
                });
            }
        }
    }
    values
}

/// Adds a patch's answer to what is merged, each voxel by its weight.
fn scatter(
    merged: &mut Merged,
    weights: &mut [f32],
    answer: &[f32],
    start: [usize; 3],
    patch: [usize; 3],
    bells: &[Vec<f32>; 3],
) {
    let (origin, size, voxels) = (merged.origin, merged.size, merged.voxels());
    // The part of the patch that lies in the part merged, along an axis.
    let common = |at: usize| {
        let low = start[at].max(origin[at]);
        let high = (start[at] + patch[at]).min(origin[at] + size[at]);
        low..high.max(low)
    };
    let patch_voxels: usize = patch.iter().product();
    for first in common(0) {
        for second in common(1) {
            let weight_line = bells[0][first - start[0]] * bells[1][second - start[1]];
            for third in common(2) {
                let weight = weight_line * bells[2][third - start[2]];
                let to = ((first - origin[0]) * size[1] + second - origin[1]) * size[2] + third
                    - origin[2];
                let from = ((first - start[0]) * patch[1] + second - start[1]) * patch[2] + third
                    - start[2];
                weights[to] += weight;
                for channel in 0..merged.channels {
                    merged.values[channel * voxels + to] +=
                        weight * answer[channel * patch_voxels + from];
                }
            }
        }
    }
}
