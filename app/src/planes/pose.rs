//! How planes lie: the point that they share, their normals, and what moving and turning does to them.

use kernel_imaging::{FrameReference, ImagePlane, turned};

use super::{Cut, PlaneKind};
use crate::stack::StackView;
use crate::state::State;

impl Cut {
    /// The ways rows and columns of a plane run.
    pub fn directions(&self, kind: PlaneKind) -> [[f64; 3]; 2] {
        self.directions_lps[kind as usize]
    }

    /// The unit vector that a plane lies across.
    pub fn normal(&self, kind: PlaneKind) -> [f64; 3] {
        let [row, column] = self.directions(kind);
        cross(row, column)
    }

    /// Moves the point along the normal of a plane, by steps of the volume's own spacing; it stays in the volume.
    pub fn step(&mut self, kind: PlaneKind, steps: i64) {
        let normal = self.normal(kind);
        let step_mm = self.volume.step_along_mm(normal);
        let by_mm = steps.clamp(-1_000_000, 1_000_000) as f64 * step_mm;
        let point = along(self.point_lps_mm, normal, by_mm);
        self.put(point);
    }

    /// Moves the point; beyond the volume it stops at its edge.
    pub fn put(&mut self, point_lps_mm: [f64; 3]) {
        let mut point = point_lps_mm;
        for kind in PlaneKind::ALL {
            let normal = self.normal(kind);
            let (low_mm, high_mm) = self.volume.extent_along_mm(normal);
            let depth_mm = dot(point, normal);
            let kept_mm = depth_mm.clamp(low_mm, high_mm);
            if kept_mm.is_finite() && kept_mm != depth_mm {
                point = along(point, normal, kept_mm - depth_mm);
            }
        }
        if point.iter().all(|part| part.is_finite()) {
            self.point_lps_mm = point;
        }
    }

    /// Turns the two other planes about the normal of one, degrees.
    pub fn turn(&mut self, about: PlaneKind, degrees: f64) {
        let axis = self.normal(about);
        for kind in PlaneKind::ALL {
            if kind != about && degrees.is_finite() {
                let [row, column] = self.directions(kind);
                self.directions_lps[kind as usize] = turned(row, column, axis, degrees);
            }
        }
    }

    /// Along the patient's axes again.
    pub fn straighten(&mut self) {
        self.directions_lps = PlaneKind::ALL.map(PlaneKind::directions_lps);
    }

    /// Whether a plane was turned away from the patient's axes.
    pub fn is_oblique(&self, kind: PlaneKind) -> bool {
        dot(self.normal(kind), straight_normal(kind)) < 1.0 - 1e-9
    }

    /// Where the point lies on an image plane, as it would be seen at the plane's own depth.
    pub fn on(&self, plane: &ImagePlane) -> [f64; 2] {
        plane.image_from_lps(self.point_lps_mm).0
    }

    /// The slice of the series nearest to the point.
    pub fn nearest_slice(&self) -> usize {
        let [.., slice] = self.volume.voxel_from_lps(self.point_lps_mm);
        let last = self.volume.size[0].saturating_sub(1) as f64;
        slice.round().clamp(0.0, last) as usize
    }

    /// The patient coordinate (mm) of a point of an image plane, at the depth of the shared point.
    pub fn at(&self, plane: &ImagePlane, image_point: [f64; 2]) -> [f64; 3] {
        let lps_mm = plane.lps_from_image(image_point);
        let normal = plane.normal();
        let apart_mm = dot(self.point_lps_mm, normal) - dot(lps_mm, normal);
        along(lps_mm, normal, apart_mm)
    }

    /// Moves the point across one plane only, to the side of it on which `lps_mm` lies.
    pub fn put_across(&mut self, kind: PlaneKind, lps_mm: [f64; 3]) {
        let normal = self.normal(kind);
        let apart_mm = dot(lps_mm, normal) - dot(self.point_lps_mm, normal);
        self.put(along(self.point_lps_mm, normal, apart_mm));
    }

    /// By how much the way from the point to `to` is turned against that to `from`, about a normal, degrees.
    pub fn angle_degrees(&self, normal: [f64; 3], from: [f64; 3], to: [f64; 3]) -> f64 {
        let arm = |end: [f64; 3]| std::array::from_fn(|at| end[at] - self.point_lps_mm[at]);
        let (from, to) = (arm(from), arm(to));
        let degrees = dot(normal, cross(from, to))
            .atan2(dot(from, to))
            .to_degrees();
        if degrees.is_finite() { degrees } else { 0.0 }
    }
}

fn straight_normal(kind: PlaneKind) -> [f64; 3] {
    let [row, column] = kind.directions_lps();
    cross(row, column)
}

/// Goes through the planes of the active view, or with `None` to one of their ends.
pub(crate) fn scroll(state: &mut State, by: i64) -> bool {
    if state.view.solid {
        // A volume has no next one.
        return true;
    }
    let Some(kind) = state.view.plane.as_ref().map(|plane| plane.kind) else {
        return false;
    };
    if let Some(cut) = &mut state.planes.cut {
        cut.step(kind, by);
    }
    true
}

/// A new plane takes the place of the one on screen: what lay under the shared point stays under it, at
/// the same size in mm, however the plane was turned and its matrix changed.
pub fn keep_place(view: &mut StackView, next: &FrameReference, point_lps_mm: [f64; 3]) {
    let plane_of = |reference: &FrameReference| reference.attributes().plane;
    let shown = view.shown.as_ref().map(|shown| &shown.reference);
    let (Some(old), Some(new)) = (shown.and_then(plane_of), plane_of(next)) else {
        return;
    };
    if view.fitted {
        return;
    }
    let (from, to) = (
        old.image_from_lps(point_lps_mm).0,
        new.image_from_lps(point_lps_mm).0,
    );
    let transform = &mut view.transform;
    transform.zoom *= new.spacing_mm[1] / old.spacing_mm[1];
    // Spacings are vertical first, points horizontal first.
    let across_mm = (transform.pan[0] - from[0]) * old.spacing_mm[1];
    let down_mm = (transform.pan[1] - from[1]) * old.spacing_mm[0];
    transform.pan = [
        to[0] + across_mm / new.spacing_mm[1],
        to[1] + down_mm / new.spacing_mm[0],
    ];
}

fn along(point: [f64; 3], direction: [f64; 3], by_mm: f64) -> [f64; 3] {
    std::array::from_fn(|axis| point[axis] + direction[axis] * by_mm)
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
