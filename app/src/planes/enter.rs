//! The way into three planes and back, and what the hands do with them.

use std::sync::Arc;

use actor_messages::{Command, Event, ViewportId};
use kernel_imaging::{Instance, PixelDataLocation, Severity, SlabProjection, VoiChoice, Volume};

use super::grip::{lps_under, plane_of};
use super::keep::{self, Pose};
use super::solid;
use super::{Before, Building, Cut, Grip, PlaneKind, PlaneView, Planes, PlanesAction};
use super::{SLAB_MM_MAX, TURN_DEGREES};
use crate::action::Action;
use crate::layout::{Layout, LayoutAction};
use crate::measure::MeasureAction;
use crate::stack::{Stack, StackView};
use crate::state::State;
use crate::tools;
use crate::update::viewing;

/// Whether an action needs the series as it is: planes are left before it is done.
pub fn ends(action: &Action) -> bool {
    reopens(action)
        || matches!(
            action,
            Action::Layout(LayoutAction::Grid(..) | LayoutAction::ShowIn(..))
                | Action::Run
                | Action::CompressSeries
                | Action::RunModel(_)
                | Action::Compare(_)
                | Action::ToggleComparison
                | Action::ToggleSwipe
                | Action::ToggleObject(_)
                | Action::Measure(MeasureAction::GoTo(_))
        )
}

/// Whether planes are opened again after an action, through another series.
pub fn reopens(action: &Action) -> bool {
    matches!(
        action,
        Action::ShowSeries(..) | Action::NextSeries | Action::PreviousSeries
    )
}

/// What an action does.
pub fn update(state: &mut State, action: PlanesAction) -> Vec<Command> {
    let planes = &mut state.planes;
    match action {
        PlanesAction::Toggle if planes.is_open() => return leave(state),
        PlanesAction::Toggle if planes.building.is_some() => return cancel(state),
        PlanesAction::Toggle => return start(state),
        PlanesAction::Cancel => return cancel(state),
        PlanesAction::Dismiss => planes.refusal = None,
        PlanesAction::ToggleCrosshair => planes.crosshair_hidden = !planes.crosshair_hidden,
        PlanesAction::Projection(projection) => planes.slab.projection = projection,
        PlanesAction::NextProjection => {
            planes.slab.projection = match planes.slab.projection {
                SlabProjection::Maximum => SlabProjection::Minimum,
                SlabProjection::Minimum => SlabProjection::Mean,
                SlabProjection::Mean => SlabProjection::Maximum,
            }
        }
        PlanesAction::Thickness(tenths) => {
            planes.slab.thickness_mm = (f64::from(tenths) / 10.0).min(SLAB_MM_MAX);
        }
        PlanesAction::Thicken(steps) => thicken(state, steps),
        PlanesAction::Grab(grip) => {
            if let Some(cut) = &mut planes.cut {
                cut.grip = Some(grip);
                cut.held = Some((cut.point_lps_mm, cut.directions_lps));
            }
        }
        PlanesAction::Release => {
            if let Some(cut) = &mut planes.cut {
                cut.grip = None;
                cut.held = None;
            }
        }
        PlanesAction::DragTo(at) => drag(state, at),
        PlanesAction::Follow(slot, at) => {
            if let Some(cut) = &mut planes.cut {
                let view = state.layout.view(slot, &state.view);
                if let Some(lps_mm) = lps_under(cut, view, at) {
                    cut.put(lps_mm);
                }
            }
        }
        PlanesAction::Turn(presses) => turn(state, f64::from(presses) * TURN_DEGREES),
        PlanesAction::Straighten => straighten(state),
        PlanesAction::ToggleSolid if planes.is_open() => solid::toggle(state),
        PlanesAction::ToggleSolid => {
            planes.with_solid = true;
            if planes.building.is_none() {
                return start(state);
            }
        }
        other => solid::change(state, &other),
    }
    Vec::new()
}

/// Two steps of the plane in hand at a time, so that a slab stays even around its middle.
fn thicken(state: &mut State, steps: i64) {
    let Some(kind) = state.view.plane.as_ref().map(|plane| plane.kind) else {
        return;
    };
    let Some(cut) = &state.planes.cut else {
        return;
    };
    let step_mm = cut.volume.step_along_mm(cut.normal(kind));
    let slab = &mut state.planes.slab;
    let now_mm = slab.thickness_mm.max(step_mm);
    let wanted_mm = now_mm + steps.clamp(-1_000, 1_000) as f64 * 2.0 * step_mm;
    // Not thicker than one plane is no slab.
    slab.thickness_mm = match wanted_mm {
        thin if thin < step_mm * 1.5 => 0.0,
        thick => thick.min(SLAB_MM_MAX),
    };
}

fn drag(state: &mut State, at: [f64; 2]) {
    let Some(cut) = &mut state.planes.cut else {
        return;
    };
    let Some(lps_mm) = lps_under(cut, &state.view, at) else {
        return;
    };
    match cut.grip {
        Some(Grip::Centre) => cut.put(lps_mm),
        Some(Grip::Line(kind)) => cut.put_across(kind, lps_mm),
        Some(Grip::Turn(before)) => {
            let from = lps_under(cut, &state.view, before);
            let normal = plane_of(&state.view).map(|plane| plane.normal());
            if let (Some(from), Some(normal)) = (from, normal) {
                let degrees = cut.angle_degrees(normal, from, lps_mm);
                cut.grip = Some(Grip::Turn(at));
                turn(state, degrees);
            }
        }
        None => {}
    }
}

/// Turns the planes that the active one shows as lines; their pictures keep their size and middle.
fn turn(state: &mut State, degrees: f64) {
    if let (true, Some(cut)) = (state.view.solid, &mut state.planes.cut) {
        if let Some(solid) = &mut cut.solid {
            solid.turn_degrees(degrees);
        }
        return;
    }
    let Some(kind) = state.view.plane.as_ref().map(|plane| plane.kind) else {
        return;
    };
    let Some(cut) = &mut state.planes.cut else {
        return;
    };
    cut.turn(kind, degrees);
    for slot in 0..state.layout.count() {
        if slot != state.layout.active {
            state.layout.view_mut(slot, &mut state.view).unfit();
        }
    }
}

/// All planes along the patient's axes, through the middle of the volume, as a whole.
fn straighten(state: &mut State) {
    let Some(cut) = &mut state.planes.cut else {
        return;
    };
    cut.straighten();
    let middle = cut.volume.middle_voxel_lps_mm();
    cut.put(middle);
    for slot in 0..state.layout.count() {
        state.layout.view_mut(slot, &mut state.view).fitted = true;
    }
}

/// Lets the crosshair go where it was taken hold of; false when nothing is held.
pub fn give_back(planes: &mut Planes) -> bool {
    let Some(cut) = &mut planes.cut else {
        return false;
    };
    cut.grip = None;
    let Some((point, directions)) = cut.held.take() else {
        return false;
    };
    cut.point_lps_mm = point;
    cut.directions_lps = directions;
    true
}

/// Asks for the volume of the series in view.
pub fn start(state: &mut State) -> Vec<Command> {
    begin(state, None)
}

/// The same for planes that lie as they lay before.
pub fn start_at(state: &mut State, pose: Pose) -> Vec<Command> {
    begin(state, Some(pose))
}

fn begin(state: &mut State, pose: Option<Pose>) -> Vec<Command> {
    let Some(stack) = state.view.stack.clone() else {
        return Vec::new();
    };
    let mut commands = cancel(state);
    if state.fusion.building.is_some() {
        // One volume is stacked at a time.
        commands.extend(crate::fusion::stop(state));
    }
    let request = state.next_request();
    state.planes.refusal = None;
    state.planes.building = Some(Building {
        request,
        done: 0,
        total: stack.frames.len(),
        from: Box::new(state.view.clone()),
        pose,
    });
    commands.push(Command::BuildVolume {
        request,
        frames: stack.frames,
    });
    commands
}

/// Stops stacking a volume.
pub fn cancel(state: &mut State) -> Vec<Command> {
    let running = state.planes.building.take();
    running
        .map(|building| Command::CancelVolume(building.request))
        .into_iter()
        .collect()
}

/// The studies are closed: nothing of their volume stays.
pub fn close(state: &mut State) -> Vec<Command> {
    let commands = cancel(state);
    let Planes {
        crosshair_hidden,
        slab,
        with_solid,
        ..
    } = std::mem::take(&mut state.planes);
    state.planes.with_solid = with_solid;
    state.planes.crosshair_hidden = crosshair_hidden;
    state.planes.slab = slab;
    commands
}

/// News about a volume; what nobody waits for any more is dropped.
pub fn receive(state: &mut State, event: Event) -> Vec<Command> {
    let (Event::VolumeProgress { request, .. }
    | Event::VolumeReady { request, .. }
    | Event::VolumeFailed { request, .. }) = event
    else {
        return Vec::new();
    };
    let Some(building) = state
        .planes
        .building
        .as_mut()
        .filter(|building| building.request == request)
    else {
        return Vec::new();
    };
    match event {
        Event::VolumeProgress { done, total, .. } => {
            (building.done, building.total) = (done, total);
        }
        Event::VolumeReady { volume, .. } => {
            if let Some(building) = state.planes.building.take() {
                enter(state, volume, *building.from);
                if let Some(pose) = &building.pose {
                    keep::take(state, pose);
                }
                if state.planes.with_solid {
                    solid::toggle(state);
                }
                return super::settle(state);
            }
        }
        Event::VolumeFailed { reason, .. } => {
            state.planes.building = None;
            let text = format!("No planes through this series: {reason}");
            state.say(Severity::Warning, text.clone());
            state.planes.refusal = Some(text);
        }
        _ => {}
    }
    Vec::new()
}

/// Shows three planes through the image from which they were asked for.
fn enter(state: &mut State, volume: Arc<Volume>, from: StackView) {
    let Some(stack) = from.stack.clone() else {
        return;
    };
    tools::end(&mut state.view);
    state.measuring.draft = None;
    state.looking.cine = None;
    state
        .comparison
        .iter_mut()
        .for_each(|it| it.visible = false);
    let [_, rows, columns] = volume.size;
    let middle = [columns / 2, rows / 2, from.index].map(|place| place as f64);
    let mut presentation = from.presentation;
    if let (VoiChoice::Auto, Some((level, function))) = (presentation.voi, from.window()) {
        presentation.voi = VoiChoice::Manual(level, function);
    }
    let voi = from.wanted().map(|frame| frame.attributes().voi.clone());
    let views = PlaneKind::ALL.map(|kind| {
        state.views_made += 1;
        StackView {
            id: ViewportId(state.views_made),
            stack: Some(stack.clone()),
            index: from.index,
            presentation,
            plane: Some(PlaneView::new(kind)),
            ..StackView::default()
        }
    });
    let (layout, active) = Layout::three_planes(views);
    let before = Before {
        layout: std::mem::replace(&mut state.layout, layout),
        view: std::mem::replace(&mut state.view, active),
    };
    state.planes.cut = Some(Box::new(Cut {
        point_lps_mm: volume.lps_from_voxel(middle),
        directions_lps: PlaneKind::ALL.map(PlaneKind::directions_lps),
        solid: None,
        grip: None,
        held: None,
        template: Arc::new(template(&stack)),
        voi: voi.unwrap_or_default(),
        before,
        volume,
    }));
}

/// The first instance without its pixels, with the marks of every slice (rules 24 and 31).
fn template(stack: &Stack) -> Instance {
    let instances = || stack.frames.iter().map(|frame| &frame.instance);
    let first = &stack.frames[0].instance;
    Instance {
        frames: Vec::new(),
        pixel_data: PixelDataLocation::Absent,
        problems: Vec::new(),
        references: Vec::new(),
        lossy: instances().find_map(|instance| instance.lossy.clone()),
        burned_in: instances().any(|instance| instance.burned_in),
        recognizable_features: instances()
            .find(|instance| instance.recognizable_features == Some(true))
            .map_or(first.recognizable_features, |it| it.recognizable_features),
        instance_number: None,
        ..(**first).clone()
    }
}

/// Back to what was on screen before, with the window of the planes, at the slice nearest to their point.
pub fn leave(state: &mut State) -> Vec<Command> {
    let Some(cut) = state.planes.cut.take() else {
        return Vec::new();
    };
    state.measuring.draft = None;
    let presentation = state.view.presentation;
    let (slice, series) = (cut.nearest_slice(), cut.template.series_uid.clone());
    let Before { layout, view } = cut.before;
    state.layout = layout;
    state.view = view;
    tools::end(&mut state.view);
    let same = state
        .view
        .wanted()
        .is_some_and(|frame| frame.instance.series_uid == series);
    if same && slice < state.view.len() {
        state.view.presentation = presentation;
        state.view.index = slice;
    }
    viewing::request_frame(state)
}
