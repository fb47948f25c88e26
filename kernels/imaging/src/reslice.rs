//! Planes through a volume: trilinear between voxels, and slabs as greatest, least or mean value.
//!
//! A value is interpolated along columns first, then rows, then slices, in `f32` from stored values, so
//! the bits do not depend on the thread count. Beside the volume there is nothing: NaN, drawn black and
//! in no figure. Next to padding the nearest voxel stands alone, so that padding bleeds nowhere.

use rayon::prelude::*;

use crate::frame::{Frame, Samples, with_samples};
use crate::plane::ImagePlane;
use crate::stored::Stored;
use crate::volume::Volume;

/// Rows that one task makes; constant, so that nothing depends on the number of threads.
const BAND_ROWS: usize = 16;
/// Planes of one slab at most.
pub const SLAB_PLANES_MAX: usize = 512;

/// A plane in the patient with the size of its matrix.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ReslicePlane {
    /// Where its pixels lie.
    pub plane: ImagePlane,
    /// Rows to make.
    pub rows: usize,
    /// Columns to make.
    pub columns: usize,
}

/// How the planes of a slab become one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SlabProjection {
    /// The greatest value.
    #[default]
    Maximum,
    /// The least value.
    Minimum,
    /// The mean of the planes that lie in the volume.
    Mean,
}

/// The plane as a frame of interpolated stored values (`F32`): tables of the volume apply to it.
pub fn reslice(volume: &Volume, wanted: &ReslicePlane) -> Frame {
    let mut values = vec![f32::NAN; wanted.rows * wanted.columns];
    let grid = Grid::new(volume, wanted, 0.0);
    with_samples!(&volume.samples, samples => {
        bands(&mut values, wanted.columns, |row, line| grid.line(samples, row, line));
    });
    framed(volume, wanted, values)
}

/// A slab of `planes` planes, `step_mm` apart along the normal and centred on the plane, as one frame.
/// No more than [`SLAB_PLANES_MAX`] planes are taken.
pub fn reslice_slab(
    volume: &Volume,
    wanted: &ReslicePlane,
    planes: usize,
    step_mm: f64,
    projection: SlabProjection,
) -> Frame {
    let planes = planes.clamp(1, SLAB_PLANES_MAX);
    let middle = (planes as f64 - 1.0) / 2.0;
    let grids: Vec<Grid> = (0..planes)
        .map(|plane| Grid::new(volume, wanted, (plane as f64 - middle) * step_mm))
        .collect();
    let mut values = vec![f32::NAN; wanted.rows * wanted.columns];
    with_samples!(&volume.samples, samples => {
        bands(&mut values, wanted.columns, |row, line| {
            let mut other = vec![f32::NAN; line.len()];
            let mut counts = vec![0.0_f32; if projection == SlabProjection::Mean { line.len() } else { 0 }];
            for grid in &grids {
                other.fill(f32::NAN);
                grid.line(samples, row, &mut other);
                merge(line, &other, &mut counts, projection);
            }
            if projection == SlabProjection::Mean {
                for (value, count) in line.iter_mut().zip(&counts) {
                    *value /= *count;
                }
            }
        });
    });
    framed(volume, wanted, values)
}

/// One more plane of a slab; NaN is nothing, so anything replaces it.
#[inline]
fn merge(line: &mut [f32], other: &[f32], counts: &mut [f32], projection: SlabProjection) {
    match projection {
        SlabProjection::Maximum => {
            for (value, other) in line.iter_mut().zip(other) {
                *value = if *other > *value || value.is_nan() {
                    *other
                } else {
                    *value
                };
            }
        }
        SlabProjection::Minimum => {
            for (value, other) in line.iter_mut().zip(other) {
                *value = if *other < *value || value.is_nan() {
                    *other
                } else {
                    *value
                };
            }
        }
        SlabProjection::Mean => {
            for ((value, other), count) in line.iter_mut().zip(other).zip(counts) {
                if !other.is_nan() {
                    *value = if *count == 0.0 {
                        *other
                    } else {
                        *value + *other
                    };
                    *count += 1.0;
                }
            }
        }
    }
}

fn bands(values: &mut [f32], columns: usize, make: impl Fn(usize, &mut [f32]) + Sync) {
    if columns == 0 {
        return;
    }
    let tasks = values.par_chunks_mut(columns * BAND_ROWS).enumerate();
    tasks.for_each(|(band, lines)| {
        for (row, line) in lines.chunks_mut(columns).enumerate() {
            make(band * BAND_ROWS + row, line);
        }
    });
}

fn framed(volume: &Volume, wanted: &ReslicePlane, values: Vec<f32>) -> Frame {
    Frame {
        rows: wanted.rows,
        columns: wanted.columns,
        samples_per_pixel: 1,
        samples: Samples::F32(values),
        photometric: volume.photometric.clone(),
    }
}

/// A plane in voxel coordinates `[column, row, slice]`.
struct Grid {
    /// Slices, rows, columns.
    size: [usize; 3],
    first: [f64; 3],
    across: [f64; 3],
    down: [f64; 3],
    padding: Option<(f64, f64)>,
}

impl Grid {
    fn new(volume: &Volume, wanted: &ReslicePlane, offset_mm: f64) -> Self {
        let plane = &wanted.plane;
        let normal = plane.normal();
        let origin =
            std::array::from_fn(|axis| plane.position_lps_mm[axis] + normal[axis] * offset_mm);
        let step = |direction: [f64; 3], length_mm: f64| {
            volume.voxel_direction(direction.map(|part| part * length_mm))
        };
        Self {
            size: volume.size,
            first: on_grid(volume.voxel_from_lps(origin)),
            across: on_grid(step(plane.row_direction_lps, plane.spacing_mm[1])),
            down: on_grid(step(plane.column_direction_lps, plane.spacing_mm[0])),
            padding: volume.attributes.padding_range(volume.samples.is_float()),
        }
    }

    /// Fills one row; where the volume ends, the row keeps what it held.
    fn line<T: Stored>(&self, samples: &[T], row: usize, line: &mut [f32]) {
        let base: [f64; 3] =
            std::array::from_fn(|axis| self.first[axis] + self.down[axis] * row as f64);
        let lengths = [self.size[2], self.size[1], self.size[0]];
        let (start, end) = self.inside(base, lengths, line.len());
        if start >= end {
            return;
        }
        let along_columns = self.across == [1.0, 0.0, 0.0];
        let whole = base.iter().all(|part| part.fract() == 0.0);
        if along_columns && whole && self.padding.is_none() {
            // The plane is a slice of the grid: its voxels are the values.
            let place = (base[2] as usize * self.size[1] + base[1] as usize) * self.size[2];
            let from = place + (base[0] + start as f64) as usize;
            for (value, stored) in line[start..end].iter_mut().zip(&samples[from..]) {
                *value = stored.value() as f32;
            }
            return;
        }
        for (column, value) in line.iter_mut().enumerate().take(end).skip(start) {
            let place = std::array::from_fn(|axis| base[axis] + self.across[axis] * column as f64);
            *value = self.value(samples, place);
        }
    }

    /// The columns of a row whose places lie in the volume: those whose nearest voxel exists.
    fn inside(&self, base: [f64; 3], lengths: [usize; 3], columns: usize) -> (usize, usize) {
        let holds = |column: usize| {
            (0..3).all(|axis| {
                let place = base[axis] + self.across[axis] * column as f64;
                place >= -0.5 && place < lengths[axis] as f64 - 0.5
            })
        };
        let (mut low, mut high) = (0.0_f64, columns as f64);
        for axis in 0..3 {
            let step = self.across[axis];
            let limits = [-0.5 - base[axis], lengths[axis] as f64 - 0.5 - base[axis]];
            if step.abs() < 1e-12 {
                if limits[0] > 0.0 || limits[1] <= 0.0 {
                    return (0, 0);
                }
                continue;
            }
            let ends = limits.map(|limit| limit / step);
            low = low.max(ends[0].min(ends[1]).ceil());
            high = high.min(ends[0].max(ends[1]).floor() + 1.0);
        }
        let (mut start, mut end) = (low.max(0.0) as usize, high.max(0.0) as usize);
        end = end.min(columns);
        // Rounding of the division may be off by one at either end.
        while start < end && !holds(start) {
            start += 1;
        }
        while end > start && !holds(end - 1) {
            end -= 1;
        }
        (start, end)
    }

    #[inline(always)]
    fn value<T: Stored>(&self, samples: &[T], place: [f64; 3]) -> f32 {
        let [slices, rows, columns] = self.size;
        let (x, across) = split(place[0], columns);
        let (y, down) = split(place[1], rows);
        let (z, through) = split(place[2], slices);
        let next_column = usize::from(x + 1 < columns);
        let next_row = if y + 1 < rows { columns } else { 0 };
        let next_slice = if z + 1 < slices { columns * rows } else { 0 };
        let at = (z * rows + y) * columns + x;
        let near = at + next_slice;
        let corners = [
            samples[at].value(),
            samples[at + next_column].value(),
            samples[at + next_row].value(),
            samples[at + next_row + next_column].value(),
            samples[near].value(),
            samples[near + next_column].value(),
            samples[near + next_row].value(),
            samples[near + next_row + next_column].value(),
        ];
        if let Some((low, high)) = self.padding
            && corners
                .iter()
                .any(|corner| *corner >= low && *corner <= high)
        {
            let nearest = usize::from(across >= 0.5)
                | usize::from(down >= 0.5) << 1
                | usize::from(through >= 0.5) << 2;
            return corners[nearest] as f32;
        }
        let mix = |from: f32, to: f32, share: f32| from + (to - from) * share;
        let [a, b, c, d, e, f, g, h] = corners.map(|corner| corner as f32);
        let first = mix(mix(a, b, across), mix(c, d, across), down);
        let second = mix(mix(e, f, across), mix(g, h, across), down);
        mix(first, second, through)
    }
}

/// Whole numbers where only rounding keeps a coordinate from one.
fn on_grid(place: [f64; 3]) -> [f64; 3] {
    place.map(|part| {
        let whole = part.round();
        if (part - whole).abs() < 1e-9 {
            whole
        } else {
            part
        }
    })
}

/// The voxel before a coordinate and the share of the next; within half a voxel of an end the end stands alone.
#[inline(always)]
fn split(place: f64, length: usize) -> (usize, f32) {
    let place = place.max(0.0).min((length - 1) as f64);
    let voxel = place as usize;
    (voxel, (place - voxel as f64) as f32)
}
