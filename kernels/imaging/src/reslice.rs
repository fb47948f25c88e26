//! Planes through a volume: trilinear between voxels, and slabs as greatest, least or mean value.
//!
//! A value is interpolated between slices first, then rows, then columns, in `f32` from stored values at
//! places in whole steps of 2^-32 voxel, so that its bits depend on no thread count and on no path taken.
//! Beside the volume there is nothing: NaN, drawn black and in no figure. Next to padding the nearest
//! voxel stands alone, so that padding bleeds nowhere.

use rayon::prelude::*;

use crate::frame::{Frame, Samples, with_samples};
use crate::plane::ImagePlane;
use crate::stored::Stored;
use crate::volume::Volume;
use crate::voxel_path::{ONE, ONE_BITS, VoxelPath, share};

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

/// A slab of `planes` planes, `step_mm` apart along the normal and around the plane, as one frame; an
/// even number has one more before the plane than after it. At most `SLAB_PLANES_MAX` are taken.
pub fn reslice_slab(
    volume: &Volume,
    wanted: &ReslicePlane,
    planes: usize,
    step_mm: f64,
    projection: SlabProjection,
) -> Frame {
    let planes = planes.clamp(1, SLAB_PLANES_MAX);
    let middle = (planes / 2) as f64;
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
        let path = VoxelPath::new(base, self.across);
        let lengths = [self.size[2], self.size[1], self.size[0]];
        let half = ONE / 2;
        let ends = lengths.map(|length| [-half, length as i64 * ONE - half]);
        let (start, end) = path.columns_within(ends, line.len());
        if start >= end {
            return;
        }
        if path.is_whole() && self.padding.is_none() {
            // The plane is a slice of the grid: its voxels are the values.
            let [x, y, z] = path.at(start).map(|place| (place / ONE) as usize);
            let from = (z * self.size[1] + y) * self.size[2] + x;
            for (value, stored) in line[start..end].iter_mut().zip(&samples[from..]) {
                *value = stored.single();
            }
            return;
        }
        // Where all eight neighbours exist; around it the outermost voxels stand alone.
        let inner = lengths.map(|length| [0, (length as i64 - 1) * ONE]);
        let (first, last) = match self.padding {
            Some(_) => (end, end),
            None => path.columns_within(inner, line.len()),
        };
        let (first, last) = if first < last {
            (first, last)
        } else {
            (end, end)
        };
        for (column, value) in line.iter_mut().enumerate().take(first).skip(start) {
            *value = self.edge_value(samples, path.at(column));
        }
        if path.runs_along_a_row() && first < last {
            self.blended_row(samples, &path, first, &mut line[first..last]);
        } else {
            let (rows, slices) = (self.size[2], self.size[2] * self.size[1]);
            for (column, value) in line.iter_mut().enumerate().take(last).skip(first) {
                let place = path.at(column);
                let [x, y, z] = place.map(|place| (place >> ONE_BITS) as usize);
                let [across, down, through] = place.map(share);
                let at = z * slices + y * rows + x;
                let pair = |at: usize| match samples.get(at..at + 2) {
                    Some([left, right]) => [left.single(), right.single()],
                    _ => [f32::NAN; 2],
                };
                let [near, far] = [pair(at), pair(at + slices)];
                let upper = [mix(near[0], far[0], through), mix(near[1], far[1], through)];
                let [near, far] = [pair(at + rows), pair(at + rows + slices)];
                let lower = [mix(near[0], far[0], through), mix(near[1], far[1], through)];
                let left = mix(upper[0], lower[0], down);
                let right = mix(upper[1], lower[1], down);
                *value = mix(left, right, across);
            }
        }
        for (column, value) in line.iter_mut().enumerate().take(end).skip(last.max(start)) {
            *value = self.edge_value(samples, path.at(column));
        }
    }

    /// A run along a row of voxels: slices and rows are blended once for all of it, in the same order.
    fn blended_row<T: Stored>(
        &self,
        samples: &[T],
        path: &VoxelPath,
        first: usize,
        line: &mut [f32],
    ) {
        let (from, to) = (path.at(first), path.at(first + line.len() - 1));
        let low = (from[0].min(to[0]) >> ONE_BITS) as usize;
        let high = (from[0].max(to[0]) >> ONE_BITS) as usize + 2;
        let [y, z] = [from[1], from[2]].map(|place| (place >> ONE_BITS) as usize);
        let [down, through] = [share(from[1]), share(from[2])];
        let voxels = |row: usize, slice: usize| {
            let at = (slice * self.size[1] + row) * self.size[2];
            &samples[at + low..at + high]
        };
        let near = voxels(y, z).iter().zip(voxels(y + 1, z));
        let far = voxels(y, z + 1).iter().zip(voxels(y + 1, z + 1));
        let blended: Vec<f32> = near
            .zip(far)
            .map(|((upper, lower), (far_upper, far_lower))| {
                let upper = mix(upper.single(), far_upper.single(), through);
                let lower = mix(lower.single(), far_lower.single(), through);
                mix(upper, lower, down)
            })
            .collect();
        for (column, value) in line.iter_mut().enumerate() {
            let place = path.at(first + column)[0];
            let at = (place >> ONE_BITS) as usize - low;
            if let Some([left, right]) = blended.get(at..at + 2) {
                *value = mix(*left, *right, share(place));
            }
        }
    }

    /// A value near the ends of the volume or next to padding.
    fn edge_value<T: Stored>(&self, samples: &[T], place: [i64; 3]) -> f32 {
        let [slices, rows, columns] = self.size;
        let split = |place: i64, length: usize| {
            let place = place.clamp(0, (length as i64 - 1) * ONE);
            ((place >> ONE_BITS) as usize, share(place))
        };
        let (x, across) = split(place[0], columns);
        let (y, down) = split(place[1], rows);
        let (z, through) = split(place[2], slices);
        let next_column = usize::from(x + 1 < columns);
        let next_row = if y + 1 < rows { columns } else { 0 };
        let next_slice = if z + 1 < slices { columns * rows } else { 0 };
        let at = (z * rows + y) * columns + x;
        let corner = |which: usize| {
            let column = if which & 1 == 0 { 0 } else { next_column };
            let row = if which & 2 == 0 { 0 } else { next_row };
            let slice = if which & 4 == 0 { 0 } else { next_slice };
            samples[at + column + row + slice]
        };
        if let Some((low, high)) = self.padding {
            let padded = |which: usize| {
                let stored = corner(which).value();
                stored >= low && stored <= high
            };
            if (0..8).any(padded) {
                let next = |share: f32| usize::from(share >= 0.5);
                return corner(next(across) | next(down) << 1 | next(through) << 2).single();
            }
        }
        let [a, b, c, d, e, f, g, h] = std::array::from_fn(|which| corner(which).single());
        let [upper, upper_next] = [mix(a, e, through), mix(b, f, through)];
        let [lower, lower_next] = [mix(c, g, through), mix(d, h, through)];
        mix(
            mix(upper, lower, down),
            mix(upper_next, lower_next, down),
            across,
        )
    }
}

#[inline(always)]
fn mix(from: f32, to: f32, share: f32) -> f32 {
    from + (to - from) * share
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
