//! The volume as a whole, seen from a side, beside the planes through it.

use std::sync::Arc;

use actor_messages::{Command, Generation, ViewportId};
use kernel_imaging::{
    Camera, FrameAttributes, FrameReference, Instance, Rendering, TransferFunction, WindowLevel,
    turned,
};

use super::{Cut, PlanesAction};
use crate::stack::StackView;
use crate::state::State;

/// Rows and columns of the picture at rest; while it is turned, half of them.
const SIDE: usize = 512;
/// What a movement of one screen pixel turns by, degrees.
const DEGREES_A_PIXEL: f64 = 0.4;
/// The thinnest part that can be left by cropping, percent.
const CROP_PERCENT_MIN: u8 = 2;

/// What is seen of a volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SolidPreset {
    /// Bone of a CT.
    Bone,
    /// Skin and organs of a CT.
    SoftTissue,
    /// Lung of a CT.
    Lung,
    /// What the window shows, for any modality.
    Window,
    /// The greatest value along each ray, through the window.
    Maximum,
}

impl SolidPreset {
    /// All, in the order of the menu.
    pub const ALL: [Self; 5] = [
        Self::Bone,
        Self::SoftTissue,
        Self::Lung,
        Self::Window,
        Self::Maximum,
    ];

    /// Its name.
    pub fn label(self) -> &'static str {
        match self {
            Self::Bone => "CT bone",
            Self::SoftTissue => "CT soft tissue",
            Self::Lung => "CT lung",
            Self::Window => "As the window",
            Self::Maximum => "Maximum of the whole volume",
        }
    }
}

/// How the volume is seen.
#[derive(Clone, Debug, PartialEq)]
pub struct Solid {
    /// The ways rows and columns run.
    pub directions_lps: [[f64; 3]; 2],
    /// What is seen.
    pub preset: SolidPreset,
    /// Ends along columns, rows, slices, percent.
    pub crop_percent: [[u8; 2]; 3],
    /// Whether a hand turns it: then it is made coarser and faster.
    pub turning: bool,
    wanted: Option<(Camera, Rendering)>,
}

impl Solid {
    /// From the front; bone for a CT, else as the window is.
    pub fn new(modality: &str) -> Self {
        Self {
            directions_lps: super::PlaneKind::Coronal.directions_lps(),
            preset: match modality {
                "CT" => SolidPreset::Bone,
                _ => SolidPreset::Window,
            },
            crop_percent: [[0, 100]; 3],
            turning: false,
            wanted: None,
        }
    }

    /// Turns it about the upright of the picture.
    pub fn turn_degrees(&mut self, degrees: f64) {
        if degrees.is_finite() {
            self.turn([degrees / DEGREES_A_PIXEL, 0.0]);
        }
    }

    /// Turns it as the hand moves, screen pixels.
    pub fn turn(&mut self, [across, down]: [f64; 2]) {
        let [row, column] = self.directions_lps;
        // The front of the volume follows the hand.
        let [row, column] = turned(row, column, column, across * DEGREES_A_PIXEL);
        self.directions_lps = turned(row, column, row, -down * DEGREES_A_PIXEL);
    }

    /// Moves one end of the box along an axis; the other stays beyond it.
    pub fn crop(&mut self, axis: usize, end: usize, percent: u8) {
        let Some([from, to]) = self.crop_percent.get_mut(axis) else {
            return;
        };
        match end {
            0 => *from = percent.min(to.saturating_sub(CROP_PERCENT_MIN)),
            _ => *to = percent.clamp((*from + CROP_PERCENT_MIN).min(100), 100),
        }
    }

    /// What it is and how fine, as it is written on the image.
    pub fn words(&self) -> String {
        let coarse = if self.turning { ", coarse" } else { "" };
        let whole = self.crop_percent == [[0, 100]; 3];
        let cropped = if whole { "" } else { ", cropped" };
        format!("Volume, {}{cropped}{coarse}", self.preset.label())
    }
}

/// What the hands do with it.
pub fn change(state: &mut State, action: &PlanesAction) {
    let Some(cut) = &mut state.planes.cut else {
        return;
    };
    let modality = cut.template.modality.clone();
    let Some(solid) = &mut cut.solid else {
        return;
    };
    match action {
        PlanesAction::SeeSolid(preset) => solid.preset = *preset,
        PlanesAction::TurnSolid(by) => {
            solid.turning = true;
            solid.turn(*by);
        }
        PlanesAction::RestSolid => solid.turning = false,
        PlanesAction::CropSolid(axis, end, percent) => solid.crop(*axis, *end, *percent),
        PlanesAction::ResetSolid => {
            *solid = Solid {
                preset: solid.preset,
                ..Solid::new(&modality)
            };
        }
        _ => {}
    }
}

/// Shows the volume as a fourth view beside the planes, or takes it away.
pub fn toggle(state: &mut State) {
    let Some(cut) = &mut state.planes.cut else {
        return;
    };
    if cut.solid.take().is_some() {
        state.layout.remove_fourth(&mut state.view);
        state.planes.with_solid = false;
        return;
    }
    let view = make(cut, &state.view, &mut state.views_made);
    state.layout.add_fourth(view);
    state.planes.with_solid = true;
}

fn make(cut: &mut Cut, lead: &StackView, views_made: &mut u32) -> StackView {
    *views_made += 1;
    cut.solid = Some(Solid::new(&cut.template.modality));
    StackView {
        id: ViewportId(*views_made),
        stack: lead.stack.clone(),
        index: lead.index,
        presentation: lead.presentation,
        solid: true,
        ..StackView::default()
    }
}

/// Asks for the picture of the volume where it is not the one asked for last.
pub(super) fn request(
    cut: &mut Cut,
    view: &mut StackView,
    window: Option<WindowLevel>,
) -> Option<Command> {
    if !view.solid {
        return None;
    }
    let solid = cut.solid.as_mut()?;
    let rendering = match solid.preset {
        SolidPreset::Maximum => Rendering::Maximum,
        SolidPreset::Bone => Rendering::Shaded(TransferFunction::ct_bone()),
        SolidPreset::SoftTissue => Rendering::Shaded(TransferFunction::ct_soft_tissue()),
        SolidPreset::Lung => Rendering::Shaded(TransferFunction::ct_lung()),
        SolidPreset::Window => {
            // Without a window there is nothing to go by yet; the first plane gives one.
            let level = window?;
            let [low, high] = [-0.5, 0.5].map(|end| level.center() + level.width() * end);
            Rendering::Shaded(TransferFunction::of_window(low as f32, high as f32))
        }
    };
    let mut camera = Camera::around(&cut.volume, solid.directions_lps, SIDE);
    camera.crop = solid
        .crop_percent
        .map(|ends| ends.map(|end| f64::from(end) / 100.0));
    if solid.turning {
        camera = camera.coarse();
    }
    let wanted = (camera, rendering);
    if solid.wanted.as_ref() == Some(&wanted) {
        return None;
    }
    solid.wanted = Some(wanted.clone());
    view.generation = Generation(view.generation.0 + 1);
    view.failure = None;
    let (camera, rendering) = wanted;
    Some(Command::ShowSolid {
        viewport: view.id,
        generation: view.generation,
        volume: Arc::clone(&cut.volume),
        reference: reference(cut, &camera, &rendering),
        camera,
        rendering,
    })
}

/// What the picture is shown as: an image of the same patient, study and series in which nothing can be measured,
/// since every pixel is of many depths.
fn reference(cut: &Cut, camera: &Camera, rendering: &Rendering) -> FrameReference {
    let of_volume = &cut.volume.attributes;
    let tables = match rendering {
        Rendering::Maximum => of_volume.clone(),
        Rendering::Shaded(_) => FrameAttributes::default(),
    };
    let attributes = FrameAttributes {
        plane: None,
        spacing_mm: None,
        pixel_aspect: [1.0, 1.0],
        voi: cut.voi.clone(),
        patient_orientation: Some([
            letters(camera.row_direction_lps),
            letters(camera.column_direction_lps),
        ]),
        regions: Vec::new(),
        overlays: Vec::new(),
        shutters: None,
        frame_time_ms: None,
        slice_thickness_mm: None,
        ..tables
    };
    let instance = Instance {
        sop_instance_uid: format!("{} volume", cut.template.series_uid),
        rows: camera.size[0],
        columns: camera.size[1],
        frames: vec![Arc::new(attributes)],
        ..(*cut.template).clone()
    };
    FrameReference {
        instance: Arc::new(instance),
        frame: 0,
    }
}

/// The way a direction runs, the greatest part first (PS3.3 C.7.6.1.1.1).
fn letters(direction_lps: [f64; 3]) -> String {
    const NAMES: [[char; 2]; 3] = [['L', 'R'], ['P', 'A'], ['H', 'F']];
    let mut parts: Vec<(f64, char)> = direction_lps
        .iter()
        .zip(NAMES)
        .map(|(part, [along, against])| (part.abs(), if *part > 0.0 { along } else { against }))
        .filter(|(size, _)| *size > 0.25)
        .collect();
    parts.sort_by(|left, right| right.0.total_cmp(&left.0));
    parts.into_iter().map(|(_, letter)| letter).collect()
}
