//! How planes lie, as numbers that can be kept and taken up again.

use kernel_imaging::{FrameReference, PixelDataLocation, SlabProjection, ViewTransform};
use serde::{Deserialize, Serialize};

use crate::layout::{self, Layout, LayoutAction};
use crate::planes::{PlaneKind, Slab};
use crate::session::KeptLook;
use crate::stack::StackView;
use crate::state::State;

/// How planes lie.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pose {
    /// Where all planes meet, mm.
    pub point_lps_mm: [f64; 3],
    /// The ways rows and columns of each run, by `PlaneKind::ALL`.
    pub directions_lps: [[[f64; 3]; 2]; 3],
    /// Thickness of the slab, mm; 0 for one plane.
    pub thickness_mm: f64,
    /// Its place among maximum, minimum, mean.
    pub projection: u8,
    /// The slot of the active plane.
    pub active: usize,
    /// Window, inversion, colours of all of them.
    pub look: KeptLook,
    /// Whether each is fitted, and how it lies in its view.
    pub views: [(bool, ViewTransform); 3],
}

const PROJECTIONS: [SlabProjection; 3] = [
    SlabProjection::Maximum,
    SlabProjection::Minimum,
    SlabProjection::Mean,
];

/// How the planes in view lie.
pub fn pose(state: &State) -> Option<Pose> {
    let cut = state.planes.cut.as_deref()?;
    let slab = state.planes.slab;
    let projection = PROJECTIONS.iter().position(|one| *one == slab.projection);
    let views = [0, 1, 2].map(|slot| {
        let view = state.layout.view(slot, &state.view);
        (view.fitted, view.transform)
    });
    Some(Pose {
        point_lps_mm: cut.point_lps_mm,
        directions_lps: cut.directions_lps,
        thickness_mm: slab.thickness_mm,
        projection: projection.unwrap_or_default() as u8,
        active: state.layout.active,
        look: KeptLook::of(&state.view.presentation),
        views,
    })
}

/// The layout and the active view that planes go back to.
pub fn before(state: &State) -> Option<(&Layout, &StackView)> {
    let cut = state.planes.cut.as_deref()?;
    Some((&cut.before.layout, &cut.before.view))
}

/// Whether an image is a plane through a volume, and in no file.
pub fn is_plane(frame: &FrameReference) -> bool {
    frame.instance.pixel_data == PixelDataLocation::Absent
        && frame.attributes().plane.is_some()
        && frame.attributes().calibration == kernel_imaging::SpacingCalibration::Reformatted
}

/// Lays planes that were just opened as they lay before; what is no pose of three planes is passed over.
pub(super) fn take(state: &mut State, pose: &Pose) {
    let Some(cut) = &mut state.planes.cut else {
        return;
    };
    let is_usable = |[row, column]: &[[f64; 3]; 2]| {
        let dot = |one: &[f64; 3], other: &[f64; 3]| -> f64 {
            (0..3).map(|axis| one[axis] * other[axis]).sum()
        };
        let near = |value: f64, wanted: f64| (value - wanted).abs() < 1e-6;
        near(dot(row, row), 1.0) && near(dot(column, column), 1.0) && near(dot(row, column), 0.0)
    };
    if !pose.directions_lps.iter().all(is_usable) {
        return;
    }
    cut.directions_lps = pose.directions_lps;
    cut.put(pose.point_lps_mm);
    state.planes.slab = Slab {
        thickness_mm: pose.thickness_mm.clamp(0.0, super::SLAB_MM_MAX),
        projection: PROJECTIONS
            .get(usize::from(pose.projection))
            .copied()
            .unwrap_or_default(),
    };
    for (slot, (fitted, transform)) in pose.views.iter().enumerate() {
        let view = state.layout.view_mut(slot, &mut state.view);
        (view.fitted, view.transform) = (*fitted, *transform);
        view.presentation = pose.look.presentation();
    }
    let active = pose.active.min(PlaneKind::ALL.len() - 1);
    layout::update(state, LayoutAction::Activate(active));
}
