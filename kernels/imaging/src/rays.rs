//! Rays through a volume: where they begin and end, what they meet, and how light falls on it.

use crate::occupancy::{BLOCK, Occupancy};
use crate::render::{Camera, Shades};
use crate::stored::Stored;
use crate::volume::Volume;

/// Light that is left where a ray may end.
const LIGHT_LEFT: f32 = 0.01;
/// Samples of one ray at most.
const SAMPLES_MAX: f64 = 8_192.0;

/// A camera in voxel coordinates `[column, row, slice]`.
pub(crate) struct Scene<'a> {
    occupancy: &'a Occupancy,
    /// Slices, rows, columns.
    size: [usize; 3],
    /// Where the ray of the first pixel crosses the plane through the middle.
    first: [f64; 3],
    across: [f64; 3],
    down: [f64; 3],
    /// One step of a ray.
    forward: [f64; 3],
    /// Ends of what is seen, in voxels.
    ends: [[f64; 2]; 3],
    padding: Option<(f64, f64)>,
    /// From a gradient in voxels to one per mm in the patient.
    lps_from_gradient: [[f32; 3]; 3],
    eye: [f32; 3],
}

impl<'a> Scene<'a> {
    pub(crate) fn new(
        volume: &Volume,
        occupancy: &'a Occupancy,
        camera: &Camera,
        [rows, columns]: [usize; 2],
    ) -> Self {
        let [row, column] = [camera.row_direction_lps, camera.column_direction_lps];
        let eye = [
            row[1] * column[2] - row[2] * column[1],
            row[2] * column[0] - row[0] * column[2],
            row[0] * column[1] - row[1] * column[0],
        ];
        let corner: [f64; 3] = std::array::from_fn(|axis| {
            camera.centre_lps_mm[axis]
                - row[axis] * camera.pixel_mm * (columns as f64 - 1.0) / 2.0
                - column[axis] * camera.pixel_mm * (rows as f64 - 1.0) / 2.0
        });
        let scaled = |way: [f64; 3], by: f64| volume.voxel_direction(way.map(|part| part * by));
        let lengths = [volume.size[2], volume.size[1], volume.size[0]];
        let ends = std::array::from_fn(|axis| {
            let last = lengths[axis] as f64 - 1.0;
            let [from, to] = camera.crop[axis].map(|part| part.clamp(0.0, 1.0) * last);
            [from.min(to), to.max(from)]
        });
        // A gradient is carried by the rows of the map from the patient into voxels.
        let axes = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
        let columns_of_map = axes.map(|axis| volume.voxel_direction(axis));
        Self {
            occupancy,
            size: volume.size,
            first: volume.voxel_from_lps(corner),
            across: scaled(row, camera.pixel_mm),
            down: scaled(column, camera.pixel_mm),
            forward: scaled(eye, camera.step_mm.max(1e-3)),
            ends,
            padding: volume.attributes.padding_range(volume.samples.is_float()),
            lps_from_gradient: columns_of_map.map(|map| map.map(|part| part as f32)),
            eye: eye.map(|part| part as f32),
        }
    }

    /// Where a ray begins and how many steps it has in the box; the first step is a whole number of steps from
    /// the plane through the middle.
    fn ray(&self, row: usize, column: usize) -> ([f64; 3], i64, i64) {
        let base: [f64; 3] = std::array::from_fn(|axis| {
            self.first[axis] + self.across[axis] * column as f64 + self.down[axis] * row as f64
        });
        let (mut near, mut far) = (-SAMPLES_MAX / 2.0, SAMPLES_MAX / 2.0);
        for axis in 0..3 {
            let [low, high] = self.ends[axis];
            if self.forward[axis].abs() < 1e-12 {
                if base[axis] < low || base[axis] > high {
                    return (base, 0, -1);
                }
                continue;
            }
            let one = (low - base[axis]) / self.forward[axis];
            let two = (high - base[axis]) / self.forward[axis];
            near = near.max(one.min(two));
            far = far.min(one.max(two));
        }
        (base, near.ceil() as i64, far.floor() as i64)
    }

    #[inline(always)]
    fn place(&self, base: [f64; 3], step: i64) -> [f64; 3] {
        std::array::from_fn(|axis| base[axis] + self.forward[axis] * step as f64)
    }

    /// The block of a place.
    #[inline(always)]
    fn block(&self, place: [f64; 3]) -> ([usize; 3], usize) {
        let [_, rows, columns] = self.occupancy.blocks;
        let at: [usize; 3] = std::array::from_fn(|axis| {
            let last = self.occupancy.blocks[2 - axis] - 1;
            ((place[axis].max(0.0) as usize) / BLOCK).min(last)
        });
        (at, (at[2] * rows + at[1]) * columns + at[0])
    }

    /// The first step beyond a block; at least the next one.
    fn beyond(&self, base: [f64; 3], step: i64, block: [usize; 3]) -> i64 {
        let mut far = f64::INFINITY;
        for axis in 0..3 {
            let forward = self.forward[axis];
            let edge = match forward > 0.0 {
                true => ((block[axis] + 1) * BLOCK) as f64,
                false => (block[axis] * BLOCK) as f64,
            };
            if forward.abs() > 1e-12 {
                far = far.min((edge - base[axis]) / forward);
            }
        }
        match far.is_finite() {
            true => (far.ceil() as i64).max(step + 1),
            false => step + 1,
        }
    }

    /// The greatest value along the ray of a pixel; NaN beside the volume.
    pub(crate) fn greatest<T: Stored>(&self, samples: &[T], row: usize, column: usize) -> f32 {
        let (base, mut step, last) = self.ray(row, column);
        let mut found = f32::NAN;
        while step <= last {
            let place = self.place(base, step);
            let (block, at) = self.block(place);
            if self.occupancy.ranges[at][1] <= found {
                step = self.beyond(base, step, block);
                continue;
            }
            let value = self.value(samples, place);
            // The first value takes the place of nothing.
            if found.is_nan() || value > found {
                found = value;
            }
            step += 1;
        }
        found
    }

    /// Red, green, blue of a pixel.
    pub(crate) fn shaded<T: Stored>(
        &self,
        samples: &[T],
        shades: &Shades,
        row: usize,
        column: usize,
    ) -> [u8; 3] {
        let (base, mut step, last) = self.ray(row, column);
        let (mut colour, mut light) = ([0.0_f32; 3], 1.0_f32);
        while step <= last && light > LIGHT_LEFT {
            let place = self.place(base, step);
            let (block, at) = self.block(place);
            if !shades.seen[at] {
                step = self.beyond(base, step, block);
                continue;
            }
            let [red, green, blue, taken] = shades.at(self.value(samples, place));
            if taken > 0.0 {
                let (shade, gleam) = self.lit(samples, place);
                let weight = light * taken;
                for (sum, part) in colour.iter_mut().zip([red, green, blue]) {
                    *sum += weight * (part * shade + gleam);
                }
                light *= 1.0 - taken;
            }
            step += 1;
        }
        colour.map(|part| (part.clamp(0.0, 1.0) * 255.0 + 0.5) as u8)
    }

    /// How bright a surface is that looks along the gradient, and its gleam.
    #[inline(always)]
    fn lit<T: Stored>(&self, samples: &[T], place: [f64; 3]) -> (f32, f32) {
        let along = |axis: usize| {
            let (mut before, mut after) = (place, place);
            before[axis] -= 1.0;
            after[axis] += 1.0;
            self.value(samples, after) - self.value(samples, before)
        };
        let gradient = [along(0), along(1), along(2)];
        let normal: [f32; 3] = std::array::from_fn(|axis| {
            let map = self.lps_from_gradient[axis];
            map[0] * gradient[0] + map[1] * gradient[1] + map[2] * gradient[2]
        });
        let square = normal[0] * normal[0] + normal[1] * normal[1] + normal[2] * normal[2];
        if square < 1e-12 {
            return (0.7, 0.0);
        }
        let facing = normal[0] * self.eye[0] + normal[1] * self.eye[1] + normal[2] * self.eye[2];
        // Light from the eye meets both sides of a surface alike.
        let facing = facing.abs() / square.sqrt();
        let (two, four) = (facing * facing, facing * facing * facing * facing);
        let sixteen = four * four * four * four;
        (0.25 + 0.75 * facing, 0.15 * sixteen * two)
    }

    /// Trilinear; beyond the volume like its edge. Padding is as empty as the least value there is.
    #[inline(always)]
    fn value<T: Stored>(&self, samples: &[T], place: [f64; 3]) -> f32 {
        let [slices, rows, columns] = self.size;
        let split = |place: f64, length: usize| {
            let place = place.clamp(0.0, length as f64 - 1.0);
            let whole = place as usize;
            (whole, (place - whole as f64) as f32)
        };
        let (x, across) = split(place[0], columns);
        let (y, down) = split(place[1], rows);
        let (z, through) = split(place[2], slices);
        let next_column = usize::from(x + 1 < columns);
        let next_row = if y + 1 < rows { columns } else { 0 };
        let next_slice = if z + 1 < slices { columns * rows } else { 0 };
        let at = (z * rows + y) * columns + x;
        let corner = |at: usize| {
            let value = samples[at];
            match self.padding {
                Some((low, high)) if value.value() >= low && value.value() <= high => {
                    self.occupancy.range[0]
                }
                _ => value.single(),
            }
        };
        let line = |at: usize| {
            let (left, right) = (corner(at), corner(at + next_column));
            left + (right - left) * across
        };
        let face = |at: usize| {
            let (upper, lower) = (line(at), line(at + next_row));
            upper + (lower - upper) * down
        };
        let (near, far) = (face(at), face(at + next_slice));
        near + (far - near) * through
    }
}
