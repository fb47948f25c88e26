//! A plane of any direction through a volume, and the weights that the values around a point are given.

use ndarray::{Array2, ArrayView3};
use rayon::prelude::*;

use crate::finite::all_finite;
use crate::instruction_set::Kernel;
use crate::interpolation::{Interpolation, Weights};
use crate::separable::{check_volume, first_not_finite};
use crate::{AlgebraError, BinaryAlgebra};

/// Most rows or columns of a plane.
pub const PLANE_SIDE_MAX: usize = 1 << 14;
/// Farthest voxel coordinate that is asked for, so that a coordinate is exact to 2⁻³² in 64 bits.
const COORDINATE_MAX: f64 = (1u64 << 24) as f64;
/// One voxel in the fixed-point numbers that coordinates are added in.
const ONE: f64 = 4_294_967_296.0;

/// Where a plane lies, in voxel coordinates `[slice, row, column]` whose whole numbers are voxel centres.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct PlaneGeometry {
    /// The first pixel.
    pub origin: [f64; 3],
    /// From one row of the plane to the next.
    pub row_step: [f64; 3],
    /// From one column of the plane to the next.
    pub column_step: [f64; 3],
    /// Rows and columns of the plane.
    pub shape: [usize; 2],
}

impl PlaneGeometry {
    /// The same plane given in mm from the first voxel's centre along slices, rows and columns.
    ///
    /// # Errors
    /// A spacing that is not positive and finite.
    pub fn from_mm(
        origin_mm: [f64; 3],
        row_step_mm: [f64; 3],
        column_step_mm: [f64; 3],
        shape: [usize; 2],
        spacing_mm: [f64; 3],
    ) -> Result<Self, AlgebraError> {
        crate::ball::check_spacing(spacing_mm)?;
        let voxels = |mm: [f64; 3]| std::array::from_fn(|axis| mm[axis] / spacing_mm[axis]);
        Ok(Self {
            origin: voxels(origin_mm),
            row_step: voxels(row_step_mm),
            column_step: voxels(column_step_mm),
            shape,
        })
    }

    fn check(&self) -> Result<(), AlgebraError> {
        let [rows, columns] = self.shape;
        if !(1..=PLANE_SIDE_MAX).contains(&rows) || !(1..=PLANE_SIDE_MAX).contains(&columns) {
            let rule = format!("from 1 to {PLANE_SIDE_MAX} rows and columns");
            let value = format!("{rows} × {columns}");
            return Err(AlgebraError::parameter("shape", value, rule));
        }
        for (row, column) in [(0, 0), (rows, 0), (0, columns), (rows, columns)] {
            for axis in 0..3 {
                let at = self.origin[axis]
                    + row as f64 * self.row_step[axis]
                    + column as f64 * self.column_step[axis];
                if at.is_nan() || at.abs() > COORDINATE_MAX {
                    let rule = format!("within {COORDINATE_MAX} voxels of the volume");
                    return Err(AlgebraError::parameter("corner of the plane", at, rule));
                }
            }
        }
        Ok(())
    }
}

impl BinaryAlgebra {
    /// The values of a volume `[slices, rows, columns]` on a plane, `[rows, columns]`; `outside` where the point is
    /// farther than half a voxel from the centre of the outermost voxels. Nearer than that, the edge is repeated.
    ///
    /// Coordinates are fixed-point numbers with 32 binary places, steps rounded once; weights are in f32.
    ///
    /// # Errors
    /// An empty volume, NaN or infinite values that are met, a plane too large or too far away, `outside` infinite
    /// (NaN is allowed: it marks pixels that are not in the volume).
    pub fn plane(
        &self,
        volume: ArrayView3<'_, f32>,
        geometry: &PlaneGeometry,
        interpolation: Interpolation,
        outside: f32,
    ) -> Result<Array2<f32>, AlgebraError> {
        check_volume("volume", &volume)?;
        geometry.check()?;
        if outside.is_infinite() {
            let rule = "a finite number, or NaN";
            return Err(AlgebraError::parameter("outside", outside, rule));
        }
        let standard = volume.as_standard_layout();
        let (slices, rows, columns) = volume.dim();
        let shape = [slices, rows, columns];
        let Some(values) = standard.as_slice() else {
            return Ok(Array2::from_elem(geometry.shape, outside));
        };
        let weights = Weights::new(interpolation);
        let fixed = |value: f64| (value * ONE).round() as i64;
        let mut out = Array2::<f32>::zeros(geometry.shape);
        let width = geometry.shape[1];
        let finite = out.as_slice_mut().is_none_or(|out| {
            out.par_chunks_mut(width)
                .enumerate()
                .map(|(row, out)| {
                    let start = std::array::from_fn(|axis| {
                        fixed(row as f64 * geometry.row_step[axis] + geometry.origin[axis])
                    });
                    self.run(PlaneRow {
                        values,
                        shape,
                        start,
                        step: geometry.column_step.map(fixed),
                        weights: &weights,
                        outside,
                        out,
                    })
                })
                .reduce(|| true, |a, b| a & b)
        });
        if !finite {
            return Err(first_not_finite("volume", &volume)
                .unwrap_or(AlgebraError::Overflow { row: 0, column: 0 }));
        }
        Ok(out)
    }
}

/// One row of a plane.
struct PlaneRow<'a> {
    values: &'a [f32],
    shape: [usize; 3],
    start: [i64; 3],
    step: [i64; 3],
    weights: &'a Weights,
    outside: f32,
    out: &'a mut [f32],
}

impl Kernel for PlaneRow<'_> {
    /// Whether every value found in the volume is finite.
    type Output = bool;

    #[inline(always)]
    fn run(self) -> bool {
        match self.weights {
            Weights::Nearest => self.points(|values, shape, at| {
                let [z, y, x] = std::array::from_fn(|axis| {
                    (((at[axis] + (1 << 31)) >> 32).max(0) as usize).min(shape[axis] - 1)
                });
                values[(z * shape[1] + y) * shape[2] + x]
            }),
            Weights::Linear => self.linear(),
            Weights::Table(table) => {
                let taps = table.taps();
                self.points(|values, shape, at| table.value(values, shape, at, taps))
            }
        }
    }
}

impl PlaneRow<'_> {
    #[inline(always)]
    fn points(self, value: impl Fn(&[f32], [usize; 3], [i64; 3]) -> f32) -> bool {
        let inside = self.inside();
        let (before, rest) = self.out.split_at_mut(inside.start);
        let (within, after) = rest.split_at_mut(inside.len());
        before.fill(self.outside);
        after.fill(self.outside);
        let mut finite = true;
        for (index, out) in within.iter_mut().enumerate() {
            let column = (inside.start + index) as i64;
            let at = std::array::from_fn(|axis| self.start[axis] + column * self.step[axis]);
            *out = value(self.values, self.shape, at);
            finite &= out.is_finite();
        }
        finite
    }

    #[inline(always)]
    fn linear(self) -> bool {
        let inside = self.inside();
        let (before, rest) = self.out.split_at_mut(inside.start);
        let (within, after) = rest.split_at_mut(inside.len());
        before.fill(self.outside);
        after.fill(self.outside);
        let start =
            std::array::from_fn(|axis| self.start[axis] + inside.start as i64 * self.step[axis]);
        trilinear(self.values, self.shape, start, self.step, within);
        all_finite(within)
    }

    /// The columns whose points lie in the volume: an interval, since a line enters a box once.
    #[inline(always)]
    fn inside(&self) -> std::ops::Range<usize> {
        let half = 1i64 << 31;
        let within = |column: usize| {
            (0..3).all(|axis| {
                let at = self.start[axis] + column as i64 * self.step[axis];
                at >= -half && at <= ((self.shape[axis] as i64 - 1) << 32) + half
            })
        };
        let count = self.out.len();
        let Some(first) = (0..count).find(|column| within(*column)) else {
            return 0..0;
        };
        let last = (first..count)
            .rev()
            .find(|column| within(*column))
            .unwrap_or(first);
        first..last + 1
    }
}

/// The part of a coordinate past its voxel, from 0 to 1.
#[inline(always)]
pub(crate) fn fraction(at: i64) -> f32 {
    (at as u32 >> 8) as i32 as f32 * (1.0 / 16_777_216.0)
}

/// Points whose values are found together.
const LANES: usize = 64;

/// The trilinear values of a stretch of points: first where they lie, then their eight voxels, then the mixtures, so
/// that all but the fetching fills vectors.
#[inline(always)]
fn trilinear(values: &[f32], shape: [usize; 3], start: [i64; 3], step: [i64; 3], out: &mut [f32]) {
    let mut corners = [[[0f32; 2]; LANES]; 4];
    let mut parts = [[0f32; LANES]; 3];
    let [_, rows, columns] = shape.map(|length| length as i64);
    // Multiplied once a row: vectors have no quick product of 64 bits. Lanes past the last point may wrap around, and are not looked at.
    let offsets = step
        .map(|step| -> [i64; LANES] { std::array::from_fn(|lane| step.wrapping_mul(lane as i64)) });
    let few = values.len() <= i32::MAX as usize;
    for (chunk, out) in out.chunks_mut(LANES).enumerate() {
        let first: [i64; 3] = std::array::from_fn(|axis| {
            start[axis].wrapping_add(step[axis].wrapping_mul((chunk * LANES) as i64))
        });
        let at = |axis: usize, lane: usize| first[axis].wrapping_add(offsets[axis][lane]);
        for (axis, parts) in parts.iter_mut().enumerate() {
            for (lane, part) in parts.iter_mut().enumerate() {
                *part = fraction(at(axis, lane));
            }
        }
        // A straight line that begins and ends in a box is in it all the way.
        let within = |lane: usize| {
            (0..3).all(|axis| (0..shape[axis] as i64 - 1).contains(&(at(axis, lane) >> 32)))
        };
        if out.len() == LANES && within(0) && within(LANES - 1) {
            let mut bases = [0i64; LANES];
            if few {
                // No voxel's number has more than 31 bits, nor has what is on the way to it.
                let [rows, columns] = [rows as i32, columns as i32];
                for (lane, base) in bases.iter_mut().enumerate() {
                    let [z, y, x] = [0, 1, 2].map(|axis| (at(axis, lane) >> 32) as i32);
                    let row = z.wrapping_mul(rows).wrapping_add(y);
                    *base = i64::from(row.wrapping_mul(columns).wrapping_add(x));
                }
            } else {
                for (lane, base) in bases.iter_mut().enumerate() {
                    *base = ((at(0, lane) >> 32) * rows + (at(1, lane) >> 32)) * columns
                        + (at(2, lane) >> 32);
                }
            }
            fetch_within(values, shape, &bases, &mut corners);
        } else {
            #[allow(clippy::needless_range_loop, reason = "a lane is in four arrays")]
            for lane in 0..out.len() {
                let voxel = [at(0, lane) >> 32, at(1, lane) >> 32, at(2, lane) >> 32];
                fetch(values, shape, voxel, |corner, value| {
                    corners[corner / 2][lane][corner % 2] = value
                });
            }
        }
        let [fz, fy, fx] = &parts;
        let mut found = [0f32; LANES];
        for (lane, found) in found.iter_mut().enumerate() {
            let mix = |a: f32, b: f32, part: f32| part.mul_add(b - a, a);
            let pair = |line: usize| {
                let [left, right] = corners[line][lane];
                mix(left, right, fx[lane])
            };
            let upper = mix(pair(0), pair(1), fy[lane]);
            let lower = mix(pair(2), pair(3), fy[lane]);
            *found = mix(upper, lower, fz[lane]);
        }
        out.copy_from_slice(&found[..out.len()]);
    }
}

/// The eight voxels around points none of which lies at an edge, from the first of each: as four pairs of neighbours.
#[inline(always)]
fn fetch_within(
    values: &[f32],
    shape: [usize; 3],
    bases: &[i64; LANES],
    corners: &mut [[[f32; 2]; LANES]; 4],
) {
    let (plane, columns) = (shape[1] * shape[2], shape[2]);
    let reach = plane + columns + 2;
    let first = bases.iter().fold(i64::MAX, |least, base| least.min(*base));
    let last = bases.iter().fold(i64::MIN, |most, base| most.max(*base));
    assert!(
        first >= 0 && last as usize <= values.len().saturating_sub(reach) && reach <= values.len(),
        "every point was found to lie in the volume"
    );
    for (line, corners) in [0, columns, plane, plane + columns]
        .into_iter()
        .zip(corners)
    {
        for (pair, base) in corners.iter_mut().zip(bases) {
            // SAFETY: every base is from 0 to `values.len() - reach`, which was just asserted, and `line + 2` is at most `reach`;
            // `[f32; 2]` is aligned as `f32` is.
            *pair = unsafe {
                values
                    .as_ptr()
                    .add(*base as usize + line)
                    .cast::<[f32; 2]>()
                    .read()
            };
        }
    }
}

/// The eight voxels around a point; beyond an edge, the edge.
#[inline(always)]
fn fetch(values: &[f32], shape: [usize; 3], voxel: [i64; 3], mut take: impl FnMut(usize, f32)) {
    let [z, y, x] = voxel;
    let [slices, rows, columns] = shape.map(|length| length as i64);
    if z >= 0 && y >= 0 && x >= 0 && z + 1 < slices && y + 1 < rows && x + 1 < columns {
        let plane = shape[1] * shape[2];
        let base = (z as usize * shape[1] + y as usize) * shape[2] + x as usize;
        let lines = [base, base + shape[2], base + plane, base + plane + shape[2]];
        for (line, first) in lines.into_iter().enumerate() {
            if let Some(&[left, right]) = values.get(first..).and_then(|rest| rest.first_chunk()) {
                take(2 * line, left);
                take(2 * line + 1, right);
            }
        }
        return;
    }
    let clamp = |at: i64, length: i64| at.clamp(0, length - 1) as usize;
    for corner in 0..8 {
        let (dz, dy, dx) = (
            corner as i64 >> 2,
            corner as i64 >> 1 & 1,
            corner as i64 & 1,
        );
        let (z, y, x) = (
            clamp(z + dz, slices),
            clamp(y + dy, rows),
            clamp(x + dx, columns),
        );
        take(corner, values[(z * shape[1] + y) * shape[2] + x]);
    }
}
