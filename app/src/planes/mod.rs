//! Three planes through a volume: one point that all of them go through, and how each of them lies.
//!
//! The planes are views of the grid like any other; what is drawn on them is made by the engine.

mod enter;
mod grip;
mod keep;
mod pose;
mod settle;
mod solid;

use std::sync::Arc;

use actor_messages::RequestId;
use kernel_imaging::{Instance, ReslicePlane, SlabProjection, VoiLut, Volume};

use crate::layout::Layout;
use crate::stack::StackView;

pub use enter::{cancel, close, ends, give_back, leave, receive, reopens, start, start_at, update};
pub use grip::grip_at;
pub use keep::{Pose, before, is_plane, pose};
pub use pose::keep_place;
pub(crate) use pose::scroll;
pub use settle::settle;
pub use solid::{Solid, SolidPreset};

/// Thickness of a slab at most, mm.
pub const SLAB_MM_MAX: f64 = 300.0;
/// What one press of a key turns the crosshair by, degrees.
pub const TURN_DEGREES: f64 = 5.0;
/// Thicknesses that the menu offers, mm; none is one plane.
pub const SLABS_MM: [f64; 6] = [0.0, 3.0, 5.0, 10.0, 20.0, 40.0];

/// Which of the three planes; oblique ones keep the name that they began with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlaneKind {
    /// Seen from the feet.
    Axial,
    /// Seen from the front.
    Coronal,
    /// Seen from the left.
    Sagittal,
}

impl PlaneKind {
    /// All, in the order of their slots.
    pub const ALL: [Self; 3] = [Self::Axial, Self::Coronal, Self::Sagittal];

    /// Its name.
    pub fn label(self) -> &'static str {
        match self {
            Self::Axial => "Axial",
            Self::Coronal => "Coronal",
            Self::Sagittal => "Sagittal",
        }
    }

    /// The ways rows and columns run at the beginning: the patient's own axes, never the scanner's.
    pub fn directions_lps(self) -> [[f64; 3]; 2] {
        const LEFT: [f64; 3] = [1.0, 0.0, 0.0];
        const BACK: [f64; 3] = [0.0, 1.0, 0.0];
        const FEET: [f64; 3] = [0.0, 0.0, -1.0];
        match self {
            Self::Axial => [LEFT, BACK],
            Self::Coronal => [LEFT, FEET],
            Self::Sagittal => [BACK, FEET],
        }
    }
}

/// What the hands do with planes; points in screen pixels of the pane.
#[derive(Clone, Debug, PartialEq)]
pub enum PlanesAction {
    /// Three planes through the series in view, or back to it.
    Toggle,
    /// Stop stacking the volume.
    Cancel,
    /// Take the sentence on why there is no volume away.
    Dismiss,
    /// The crosshair, on or off.
    ToggleCrosshair,
    /// A hand takes hold of the crosshair.
    Grab(Grip),
    /// It is drawn to a point of the active pane.
    DragTo([f64; 2]),
    /// It is let go.
    Release,
    /// The crosshair follows the pointer over a pane: slot, point.
    Follow(usize, [f64; 2]),
    /// Turn the other two planes about the normal of the active one, by so many presses of a key.
    Turn(i8),
    /// Straight planes through the middle, as at the beginning.
    Straighten,
    /// A slab this thick, tenths of a mm; one plane for 0.
    Thickness(u16),
    /// Thicker or thinner by so many steps.
    Thicken(i64),
    /// What the planes of a slab become.
    Projection(SlabProjection),
    /// Another of them.
    NextProjection,
    /// The volume as a whole beside the planes, or not.
    ToggleSolid,
    /// What is seen of the volume.
    SeeSolid(SolidPreset),
    /// A hand turns the volume, screen pixels.
    TurnSolid([f64; 2]),
    /// The hand lets it go.
    RestSolid,
    /// One end of the box that is seen: axis (column, row, slice), end (from, to), percent.
    CropSolid(usize, usize, u8),
    /// From the front, whole.
    ResetSolid,
}

/// What is held of the crosshair.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Grip {
    /// Its centre.
    Centre,
    /// The line along which a plane cuts the pane, moved as a whole.
    Line(PlaneKind),
    /// Both lines, turned about the centre, from a point of the pane.
    Turn([f64; 2]),
}

/// How thick planes are.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Slab {
    /// 0 for one plane, mm.
    pub thickness_mm: f64,
    /// What its planes become.
    pub projection: SlabProjection,
}

/// The name of a projection, as it is written on the image.
pub fn projection_name(projection: SlabProjection) -> &'static str {
    match projection {
        SlabProjection::Maximum => "MIP",
        SlabProjection::Minimum => "MinIP",
        SlabProjection::Mean => "Mean",
    }
}

/// The planes, and the way to them.
#[derive(Clone, Debug, Default)]
pub struct Planes {
    /// A volume that is being stacked.
    pub building: Option<Building>,
    /// Why there is no volume, until it is taken away.
    pub refusal: Option<String>,
    /// The volume in view.
    pub cut: Option<Box<Cut>>,
    /// Whether the crosshair is hidden.
    pub crosshair_hidden: bool,
    /// How thick planes are.
    pub slab: Slab,
    /// Whether the volume as a whole lies beside the planes.
    pub with_solid: bool,
}

impl Planes {
    /// Whether planes are in view.
    pub fn is_open(&self) -> bool {
        self.cut.is_some()
    }
}

/// A volume that is being stacked.
#[derive(Clone, Debug)]
pub struct Building {
    /// Its request.
    pub request: RequestId,
    /// Slices decoded.
    pub done: usize,
    /// Slices there are.
    pub total: usize,
    /// The view that it was asked for from.
    from: Box<StackView>,
    /// How the planes are to lie, where that is known already.
    pose: Option<Pose>,
}

/// The ways rows and columns of each plane run, by `PlaneKind::ALL`.
pub type Directions = [[[f64; 3]; 2]; 3];

/// A volume and the planes through it.
#[derive(Clone, Debug)]
pub struct Cut {
    /// The volume.
    pub volume: Arc<Volume>,
    /// Where all planes meet, mm.
    pub point_lps_mm: [f64; 3],
    /// The ways rows and columns of each plane run, by `PlaneKind::ALL`.
    pub directions_lps: Directions,
    /// The volume as a whole, where it is shown.
    pub solid: Option<Solid>,
    /// What is held.
    pub grip: Option<Grip>,
    /// The point and the directions when it was taken hold of: what Esc gives back.
    held: Option<([f64; 3], Directions)>,
    /// What planes are shown as: the series' first instance with the marks of all of them.
    template: Arc<Instance>,
    /// Windows that the image offered from which the planes were opened.
    voi: Vec<VoiLut>,
    /// What was on screen before.
    before: Before,
}

/// What is gone back to.
#[derive(Clone, Debug)]
struct Before {
    layout: Layout,
    view: StackView,
}

/// What a view shows of a volume.
#[derive(Clone, Debug, PartialEq)]
pub struct PlaneView {
    /// Which plane.
    pub kind: PlaneKind,
    /// What was asked for last.
    wanted: Option<Wanted>,
    /// Its place among the planes along its normal, from 1, and how many there are.
    pub place: [usize; 2],
    /// Whether it was turned away from the patient's axes.
    pub oblique: bool,
    /// Planes of its slab, and how thick that is, mm.
    pub slab: Option<(usize, f64, SlabProjection)>,
}

/// A plane with its slab.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Wanted {
    plane: ReslicePlane,
    slab: (usize, f64, SlabProjection),
}

impl PlaneView {
    fn new(kind: PlaneKind) -> Self {
        Self {
            kind,
            wanted: None,
            place: [1, 1],
            oblique: false,
            slab: None,
        }
    }

    /// Which plane it is: `Axial 12 of 27`.
    pub fn words(&self) -> String {
        let oblique = if self.oblique { ", oblique" } else { "" };
        let [number, count] = self.place;
        format!("{}{oblique} {number} of {count}", self.kind.label())
    }

    /// How thick it is; none for one plane.
    pub fn slab_words(&self) -> Option<String> {
        let (planes, thickness_mm, projection) = self.slab?;
        let name = projection_name(projection);
        Some(format!("{name} {thickness_mm:.1} mm, {planes} planes"))
    }
}
