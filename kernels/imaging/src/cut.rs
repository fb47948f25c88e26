//! Planes through a volume: where they lie, how fine they are, and how far it is from one to the next.

use crate::plane::ImagePlane;
use crate::reslice::{ReslicePlane, SLAB_PLANES_MAX};
use crate::volume::Volume;

/// Rows or columns of one plane at most; a longer side is sampled more coarsely.
pub const PLANE_SIDE_MAX: usize = 4_096;
/// What a side may reach beyond whole pixels before another pixel is made for it.
const ROUNDING_PIXELS: f64 = 1e-6;

impl Volume {
    /// The distance in mm between neighbouring voxels along a unit direction: the spacing itself along
    /// an axis of the volume, between the spacings elsewhere.
    pub fn step_along_mm(&self, direction_lps: [f64; 3]) -> f64 {
        let voxels = length(self.voxel_direction(direction_lps));
        match 1.0 / voxels {
            step_mm if step_mm.is_finite() && step_mm > 0.0 => step_mm,
            _ => 1.0,
        }
    }

    /// How far the centres of the voxels reach along a unit direction: least and greatest distance
    /// from the patient's origin, mm.
    pub fn extent_along_mm(&self, direction_lps: [f64; 3]) -> (f64, f64) {
        let [slices, rows, columns] = self.size.map(|length| length as f64 - 1.0);
        let mut extent = (f64::INFINITY, f64::NEG_INFINITY);
        for corner in 0..8 {
            let end = |bit: usize, last: f64| if corner >> bit & 1 == 0 { 0.0 } else { last };
            let voxel = [end(0, columns), end(1, rows), end(2, slices)];
            let distance_mm = dot(self.lps_from_voxel(voxel), direction_lps);
            extent = (extent.0.min(distance_mm), extent.1.max(distance_mm));
        }
        extent
    }

    /// The centre of the voxel nearest to the middle, mm: planes through it hold voxels as they are.
    pub fn middle_voxel_lps_mm(&self) -> [f64; 3] {
        let [slices, rows, columns] = self.size.map(|length| (length / 2) as f64);
        self.lps_from_voxel([columns, rows, slices])
    }
}

impl ReslicePlane {
    /// The plane through a point (mm) that covers all of the volume, sampled as finely as the volume
    /// is along the plane's own directions; both are unit vectors at right angles.
    ///
    /// Its first pixel depends on the directions alone, not on where in the plane the point lies.
    pub fn through(
        volume: &Volume,
        row_direction_lps: [f64; 3],
        column_direction_lps: [f64; 3],
        point_lps_mm: [f64; 3],
    ) -> Self {
        let side = |direction: [f64; 3]| {
            let (from_mm, to_mm) = volume.extent_along_mm(direction);
            let step_mm = volume.step_along_mm(direction);
            let steps = ((to_mm - from_mm) / step_mm - ROUNDING_PIXELS).ceil();
            let coarser = (steps / (PLANE_SIDE_MAX - 1) as f64).max(1.0);
            let pixels = (steps.max(0.0) as usize).min(PLANE_SIDE_MAX - 1) + 1;
            (from_mm, step_mm * coarser, pixels)
        };
        let (left_mm, column_mm, columns) = side(row_direction_lps);
        let (top_mm, row_mm, rows) = side(column_direction_lps);
        let mut plane = ImagePlane {
            position_lps_mm: [0.0; 3],
            row_direction_lps,
            column_direction_lps,
            spacing_mm: [row_mm, column_mm],
        };
        let normal = plane.normal();
        let depth_mm = dot(point_lps_mm, normal);
        plane.position_lps_mm = std::array::from_fn(|axis| {
            row_direction_lps[axis] * left_mm
                + column_direction_lps[axis] * top_mm
                + normal[axis] * depth_mm
        });
        Self {
            plane,
            rows,
            columns,
        }
    }
}

/// How many planes a slab of a thickness is made of, and how far they lie apart, mm: an odd number, so
/// that the slab lies evenly around its plane, none further apart than `step_mm`. One plane for no thickness.
pub fn slab_planes(thickness_mm: f64, step_mm: f64) -> (usize, f64) {
    let wanted = (thickness_mm / step_mm - ROUNDING_PIXELS).ceil();
    if !wanted.is_finite() || wanted <= 1.0 {
        return (1, step_mm);
    }
    let most = (SLAB_PLANES_MAX - 1) | 1;
    let planes = (wanted as usize).min(SLAB_PLANES_MAX) | 1;
    let planes = planes.min(most);
    (planes, thickness_mm / planes as f64)
}

/// Both directions turned about an axis by an angle, degrees, counter-clockwise where the axis points
/// to the viewer, and made unit vectors at right angles again. All three are unit vectors.
///
/// Not one of the exact kernels: sine and cosine are the platform's.
pub fn turned(
    row_direction_lps: [f64; 3],
    column_direction_lps: [f64; 3],
    axis_lps: [f64; 3],
    degrees: f64,
) -> [[f64; 3]; 2] {
    let (sine, cosine) = degrees.to_radians().sin_cos();
    let turn = |vector: [f64; 3]| {
        let along = dot(axis_lps, vector) * (1.0 - cosine);
        let beside = cross(axis_lps, vector);
        std::array::from_fn(|at| vector[at] * cosine + beside[at] * sine + axis_lps[at] * along)
    };
    let row = unit(turn(row_direction_lps));
    let column = turn(column_direction_lps);
    let along = dot(row, column);
    let column = unit(std::array::from_fn(|at| column[at] - row[at] * along));
    [row, column]
}

impl ImagePlane {
    /// The line along which an image of `size` `[columns, rows]` on another plane cuts this plane: both
    /// ends as image points `[x, y]` of this one. `None` where the other lies beside it or in parallel.
    pub fn cut_by(&self, other: &Self, size: [usize; 2]) -> Option<[[f64; 2]; 2]> {
        let [columns, rows] = size.map(|length| length as f64);
        let corners = [[0.0, 0.0], [columns, 0.0], [columns, rows], [0.0, rows]];
        let corners = corners.map(|corner| self.image_from_lps(other.lps_from_image(corner)));
        let mut ends = Vec::with_capacity(2);
        for at in 0..4 {
            let ((from, before_mm), (to, after_mm)) = (corners[at], corners[(at + 1) % 4]);
            // Each corner counts for the edge that it begins, so that no crossing counts twice.
            if (before_mm < 0.0) != (after_mm < 0.0) {
                let share = before_mm / (before_mm - after_mm);
                ends.push([0, 1].map(|axis| from[axis] + (to[axis] - from[axis]) * share));
            }
        }
        match ends[..] {
            [from, to] if from.iter().chain(&to).all(|part| part.is_finite()) => Some([from, to]),
            _ => None,
        }
    }

    /// The way in which a plane with another normal cuts this one: a step of one mm in image pixels
    /// `[x, y]`. `None` where both are parallel.
    pub fn cut_direction(&self, other_normal_lps: [f64; 3]) -> Option<[f64; 2]> {
        let along = cross(self.normal(), other_normal_lps);
        let sine = length(along);
        (sine > 1e-6).then(|| {
            let along = along.map(|part| part / sine);
            [
                dot(along, self.row_direction_lps) / self.spacing_mm[1],
                dot(along, self.column_direction_lps) / self.spacing_mm[0],
            ]
        })
    }
}

fn dot(left: [f64; 3], right: [f64; 3]) -> f64 {
    left[0] * right[0] + left[1] * right[1] + left[2] * right[2]
}

fn cross(left: [f64; 3], right: [f64; 3]) -> [f64; 3] {
    [
        left[1] * right[2] - left[2] * right[1],
        left[2] * right[0] - left[0] * right[2],
        left[0] * right[1] - left[1] * right[0],
    ]
}

fn length(vector: [f64; 3]) -> f64 {
    dot(vector, vector).sqrt()
}

fn unit(vector: [f64; 3]) -> [f64; 3] {
    let length = length(vector);
    vector.map(|part| part / length)
}
