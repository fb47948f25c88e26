//! Views that go together: scrolling by position in the patient, zoom by size in mm, one window.

use std::collections::BTreeMap;

use actor_messages::{Command, ViewportId};
use kernel_imaging::{ImagePlane, Presentation, Severity, ViewTransform, VoiChoice};

use crate::stack::StackView;
use crate::state::State;
use crate::update::viewing;

/// How alike the normals of two stacks are that scroll together: the cosine of about 25 degrees.
const ALIKE_COSINE: f64 = 0.9;

/// What the hands want of views that go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkAction {
    /// Scrolling, linked or not.
    ToggleScroll,
    /// Zoom and pan, linked or not.
    ToggleZoom,
    /// Windows, linked or not.
    ToggleWindow,
    /// The images on screen belong together, wherever they lie; a second press takes that back.
    Anchor,
}

/// What goes together.
#[derive(Clone, Debug, Default)]
pub struct Linking {
    /// Scrolling, by position.
    pub scroll: bool,
    /// Zoom and pan.
    pub zoom: bool,
    /// Windows and colours.
    pub window: bool,
    /// Where each view lay along its normal when the user said that they belong together, mm.
    pub anchors: BTreeMap<ViewportId, f64>,
}

impl Linking {
    /// What goes together, in words; none when nothing does.
    pub fn words(&self) -> Option<String> {
        let scroll = match self.anchors.is_empty() {
            true => "scrolling",
            false => "scrolling as they lay",
        };
        let all = [
            (self.scroll, scroll),
            (self.zoom, "zoom"),
            (self.window, "window"),
        ];
        let on: Vec<&str> = all
            .iter()
            .filter(|(on, _)| *on)
            .map(|(_, it)| *it)
            .collect();
        (!on.is_empty()).then(|| format!("Linked: {}", on.join(", ")))
    }
}

/// What of the active view was so before an action.
#[derive(Clone, Copy, Debug)]
pub struct Before {
    id: ViewportId,
    index: usize,
    fitted: bool,
    transform: ViewTransform,
    presentation: Presentation,
}

impl Before {
    /// As it is now.
    pub fn of(view: &StackView) -> Self {
        Self {
            id: view.id,
            index: view.index,
            fitted: view.fitted,
            transform: view.transform,
            presentation: view.presentation,
        }
    }
}

/// What an action does.
pub fn update(state: &mut State, action: LinkAction) -> Vec<Command> {
    let linking = &mut state.linking;
    match action {
        LinkAction::ToggleScroll => {
            linking.scroll = !linking.scroll;
            if linking.scroll {
                return scroll(state);
            }
        }
        LinkAction::ToggleZoom => linking.zoom = !linking.zoom,
        LinkAction::ToggleWindow => linking.window = !linking.window,
        LinkAction::Anchor if !linking.anchors.is_empty() => {
            linking.anchors.clear();
            state.say(Severity::Info, "Views are linked by position again");
        }
        LinkAction::Anchor => anchor(state),
    }
    Vec::new()
}

/// Remembers where each view lies now.
fn anchor(state: &mut State) {
    let places = (0..state.layout.count()).filter_map(|slot| {
        let view = state.layout.view(slot, &state.view);
        Some((view.id, plane_wanted(view)?.distance_along_normal_mm()))
    });
    let places: BTreeMap<ViewportId, f64> = places.collect();
    if places.len() < 2 {
        let words = "Two views with a position in the patient are needed to link them as they lie";
        state.say(Severity::Info, words);
        return;
    }
    state.linking.anchors = places;
    state.linking.scroll = true;
    let words = "Views are linked as they lie now; the same key takes it back";
    state.say(Severity::Info, words);
}

/// The plane of the image that a view wants.
fn plane_wanted(view: &StackView) -> Option<ImagePlane> {
    view.wanted()?.attributes().plane
}

/// Whether positions of both views may be compared: one frame of reference, said by both files.
fn same_reference(one: &StackView, other: &StackView) -> bool {
    let uid = |view: &StackView| {
        let frame = view.wanted()?;
        Some(frame.instance.frame_of_reference_uid.clone()).filter(|uid| !uid.is_empty())
    };
    uid(one).is_some() && uid(one) == uid(other)
}

fn same_modality(one: &StackView, other: &StackView) -> bool {
    let modality = |view: &StackView| view.stack.as_ref().map(|stack| stack.modality.clone());
    modality(one) == modality(other)
}

/// After an action: what the active view did, the views that go with it do too.
pub fn settle(state: &mut State, before: Before) -> Vec<Command> {
    let here = Before::of(&state.view);
    if state.planes.is_open() || before.id != here.id || !state.layout.is_grid() {
        return Vec::new();
    }
    let moved = before.transform != here.transform || before.fitted != here.fitted;
    if state.linking.zoom && moved {
        zoom(state);
    }
    if state.linking.window && before.presentation != here.presentation {
        window(state);
    }
    match state.linking.scroll && before.index != here.index {
        true => scroll(state),
        false => Vec::new(),
    }
}

/// Every other view goes to the image nearest to the active one's position.
fn scroll(state: &mut State) -> Vec<Command> {
    let Some(plane) = plane_wanted(&state.view) else {
        return Vec::new();
    };
    let mut commands = Vec::new();
    let active = state.layout.active;
    for slot in (0..state.layout.count()).filter(|slot| *slot != active) {
        let view = state.layout.view(slot, &state.view);
        let Some(wanted_mm) = place_for(state, view, &plane) else {
            continue;
        };
        let index = nearest(view, wanted_mm);
        let view = state.layout.view_mut(slot, &mut state.view);
        if index != view.index {
            view.backwards = index < view.index;
            view.index = index;
            commands.extend(viewing::request_of(view));
        }
    }
    commands
}

/// Where another view should lie along its own normal, mm; none where it does not go with the active one.
fn place_for(state: &State, other: &StackView, plane: &ImagePlane) -> Option<f64> {
    let theirs = plane_wanted(other)?;
    let cosine = dot(theirs.normal(), plane.normal());
    if cosine.abs() < ALIKE_COSINE {
        return None;
    }
    let anchors = &state.linking.anchors;
    if let (Some(mine), Some(their)) = (anchors.get(&state.view.id), anchors.get(&other.id)) {
        return Some(their + (plane.distance_along_normal_mm() - mine) * cosine.signum());
    }
    if !same_reference(&state.view, other) {
        return None;
    }
    // The middle of the active image, seen along the other's normal.
    let frame = state.view.wanted()?;
    let [columns, rows] = [frame.instance.columns, frame.instance.rows];
    let middle = plane.lps_from_image([columns as f64 / 2.0, rows as f64 / 2.0]);
    Some(dot(theirs.normal(), middle))
}

/// The image of a view nearest to a place along its normal; the first of equals.
fn nearest(view: &StackView, wanted_mm: f64) -> usize {
    let far = |plane: &ImagePlane| (plane.distance_along_normal_mm() - wanted_mm).abs();
    let frames = view.frames().iter().enumerate();
    frames
        .filter_map(|(index, frame)| Some((index, far(frame.attributes().plane.as_ref()?))))
        .min_by(|(_, one), (_, other)| one.total_cmp(other))
        .map_or(view.index, |(index, _)| index)
}

/// Every other view with a size in mm shows the same size and, in one frame of reference, the same place.
fn zoom(state: &mut State) {
    let Some((size, aspect)) = state.view.image() else {
        return;
    };
    let lead = state.view.clone();
    let transform = lead.transform_for(size, aspect, lead.size);
    let (Some(plane), active) = (plane_wanted(&lead), state.layout.active) else {
        return;
    };
    for slot in (0..state.layout.count()).filter(|slot| *slot != active) {
        let view = state.layout.view_mut(slot, &mut state.view);
        let Some(theirs) = plane_wanted(view) else {
            continue;
        };
        if dot(theirs.normal(), plane.normal()).abs() < ALIKE_COSINE {
            continue;
        }
        if lead.fitted {
            view.fitted = true;
            continue;
        }
        view.unfit();
        view.transform.zoom = transform.zoom * theirs.spacing_mm[1] / plane.spacing_mm[1];
        if same_reference(&lead, view) {
            let middle = plane.lps_from_image(transform.pan);
            view.transform.pan = theirs.image_from_lps(middle).0;
        }
    }
}

/// Every other view of the modality gets the active one's window, inversion and colours.
fn window(state: &mut State) {
    let lead = state.view.clone();
    let mut presentation = lead.presentation;
    if let (VoiChoice::Auto | VoiChoice::File(_), Some((level, function))) =
        (presentation.voi, lead.window())
    {
        presentation.voi = VoiChoice::Manual(level, function);
    }
    let active = state.layout.active;
    for slot in (0..state.layout.count()).filter(|slot| *slot != active) {
        let view = state.layout.view_mut(slot, &mut state.view);
        if same_modality(&lead, view) {
            view.presentation = presentation;
        }
    }
}

fn dot(left: [f64; 3], right: [f64; 3]) -> f64 {
    left[0] * right[0] + left[1] * right[1] + left[2] * right[2]
}
