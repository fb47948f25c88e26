//! The hands on the image: buttons, wheel and touch become actions, as INTERACTION says for every viewer.

use eframe::egui::{Context, Event, MouseWheelUnit, PointerButton, Pos2, Rect, Response};

use crate::action::Action;
use crate::layout::LayoutAction;
use crate::measure::MeasureAction;
use crate::planes::{PlanesAction, grip_at};
use crate::state::State;
use crate::tools::{Pace, Tool};

/// Points of a fine wheel or touchpad that are worth one image.
const POINTS_AN_IMAGE: f32 = 40.0;
/// Images that Shift with the wheel moves.
const IMAGES_A_LEAP: i64 = 10;
/// Zoom of one notch of the wheel with Ctrl.
const WHEEL_ZOOM: f64 = 1.15;

/// Reads what the hand does on a pane. `carried` keeps what a fine wheel has not yet spent.
pub fn read(
    context: &Context,
    response: &Response,
    pane: Rect,
    state: &State,
    slot: usize,
    carried: &mut f32,
    actions: &mut Vec<Action>,
) {
    let scale = f64::from(context.pixels_per_point());
    let local = |at: Pos2| {
        let at = at - pane.min;
        [f64::from(at.x) * scale, f64::from(at.y) * scale]
    };
    let solid = state.layout.view(slot, &state.view).solid;
    if solid {
        turning(response, scale, actions);
    }
    // Nothing can be measured or marked on a volume as a whole.
    let draws = !solid && matches!(state.tool, Tool::Measure(_) | Tool::Mask(_));
    let held = !draws && !solid && crosshair(context, response, state, slot, &local, actions);
    if !held {
        drags(context, response, state, solid, &local, scale, actions);
    }
    if draws {
        drawing(context, response, state, &local, actions);
    }
    if !draws && response.double_clicked_by(PointerButton::Primary) {
        actions.push(match state.layout.count() {
            1 => Action::ToggleMaximised,
            _ => Action::Layout(LayoutAction::ToggleSingle),
        });
    }
    if let (true, Some(at)) = (response.contains_pointer(), context.pointer_hover_pos()) {
        wheel(context, local(at), carried, actions);
    }
}

/// The crosshair of planes: taken hold of, drawn, let go, or following the pointer. True while it is held.
fn crosshair(
    context: &Context,
    response: &Response,
    state: &State,
    slot: usize,
    local: &dyn Fn(Pos2) -> [f64; 2],
    actions: &mut Vec<Action>,
) -> bool {
    let Some(cut) = &state.planes.cut else {
        return false;
    };
    let mut want = |action| actions.push(Action::Planes(action));
    let button = PointerButton::Primary;
    let (keys, moved) = context.input(|input| (input.modifiers, input.pointer.delta()));
    if keys.shift
        && moved != eframe::egui::Vec2::ZERO
        && !response.dragged()
        && let Some(at) = response.hover_pos()
    {
        want(PlanesAction::Follow(slot, local(at)));
    }
    if response.drag_started_by(button) {
        let press = context.input(|input| input.pointer.press_origin());
        let press = press.or(response.interact_pointer_pos()).map(local);
        let turns = keys.command || keys.ctrl;
        if let Some(grip) = press.and_then(|at| grip_at(state, slot, at, turns)) {
            want(PlanesAction::Grab(grip));
            return true;
        }
    }
    if cut.grip.is_none() || slot != state.layout.active {
        return false;
    }
    if let (true, Some(at)) = (response.dragged_by(button), response.interact_pointer_pos()) {
        want(PlanesAction::DragTo(local(at)));
    }
    if response.drag_stopped_by(button) {
        want(PlanesAction::Release);
    }
    response.dragged_by(button) || response.drag_stopped_by(button)
}

/// The left button turns a volume.
fn turning(response: &Response, scale: f64, actions: &mut Vec<Action>) {
    let button = PointerButton::Primary;
    let mut want = |action| actions.push(Action::Planes(action));
    let by = response.drag_delta();
    if response.dragged_by(button) && by != eframe::egui::Vec2::ZERO {
        want(PlanesAction::TurnSolid([
            f64::from(by.x) * scale,
            f64::from(by.y) * scale,
        ]));
    }
    if response.drag_stopped_by(button) {
        want(PlanesAction::RestSolid);
    }
}

fn drags(
    context: &Context,
    response: &Response,
    state: &State,
    solid: bool,
    local: &dyn Fn(Pos2) -> [f64; 2],
    scale: f64,
    actions: &mut Vec<Action>,
) {
    let mouse = state.habits.mouse();
    let buttons = [
        (PointerButton::Primary, state.tool),
        (PointerButton::Middle, mouse.middle.tool()),
        (PointerButton::Secondary, mouse.right.tool()),
    ];
    for (button, tool) in buttons {
        let turns = solid && button == PointerButton::Primary;
        if turns || matches!(tool, Tool::Measure(_) | Tool::Mask(_)) {
            continue;
        }
        if response.drag_started_by(button) {
            let press = context.input(|input| input.pointer.press_origin());
            if let Some(press) = press.or(response.interact_pointer_pos()) {
                actions.push(Action::DragBegin(tool, local(press)));
            }
        }
        if response.dragged_by(button) {
            let by = response.drag_delta();
            let by = [f64::from(by.x) * scale, f64::from(by.y) * scale];
            if by != [0.0, 0.0] {
                let keys = context.input(|input| input.modifiers);
                let pace = match (keys.command, keys.shift) {
                    (true, true) => Pace::Coarse,
                    (true, false) => Pace::Fine,
                    _ => Pace::Normal,
                };
                actions.push(Action::DragBy(by, pace));
            }
        }
        if response.drag_stopped_by(button) {
            actions.push(Action::DragEnd);
        }
    }
}

/// The left button with a measuring tool: presses, drags and clicks become points.
fn drawing(
    context: &Context,
    response: &Response,
    state: &State,
    local: &dyn Fn(Pos2) -> [f64; 2],
    actions: &mut Vec<Action>,
) {
    let button = PointerButton::Primary;
    let mut draw = |action| actions.push(Action::Measure(action));
    let pointer = response.interact_pointer_pos();
    if response.drag_started_by(button) {
        let press = context.input(|input| input.pointer.press_origin());
        if let Some(press) = press.or(pointer) {
            draw(MeasureAction::Press(local(press)));
        }
    }
    if let (true, Some(at)) = (response.dragged_by(button), pointer) {
        draw(MeasureAction::Move(local(at)));
    }
    if let (true, Some(at)) = (response.drag_stopped_by(button), pointer) {
        draw(MeasureAction::Release(local(at)));
    }
    if response.double_clicked_by(button) {
        draw(MeasureAction::Finish);
    } else if let (true, Some(at)) = (response.clicked_by(button), pointer) {
        draw(MeasureAction::Click(local(at)));
    }
    if state.measuring.draft.is_some()
        && !response.dragged()
        && let Some(at) = response.hover_pos()
    {
        draw(MeasureAction::Hover(local(at)));
    }
}

/// The raw wheel, not the smoothed one: one notch is one image, at once.
fn wheel(context: &Context, at: [f64; 2], carried: &mut f32, actions: &mut Vec<Action>) {
    let mut images = 0;
    let mut thicker = 0;
    let mut zoom = 1.0;
    context.input(|input| {
        for event in &input.events {
            match event {
                Event::MouseWheel {
                    unit,
                    delta,
                    modifiers,
                    ..
                } => {
                    // Some platforms turn the wheel sideways while Shift is held.
                    let turned = if delta.y.abs() >= delta.x.abs() {
                        delta.y
                    } else {
                        delta.x
                    };
                    let notches = match unit {
                        MouseWheelUnit::Line | MouseWheelUnit::Page => turned,
                        MouseWheelUnit::Point => turned / POINTS_AN_IMAGE,
                    };
                    if modifiers.command || modifiers.ctrl {
                        zoom *= WHEEL_ZOOM.powf(f64::from(notches));
                    } else {
                        *carried += notches;
                        let whole = carried.trunc();
                        *carried -= whole;
                        if modifiers.alt {
                            thicker += whole as i64;
                            continue;
                        }
                        let leap = if modifiers.shift { IMAGES_A_LEAP } else { 1 };
                        images -= whole as i64 * leap;
                    }
                }
                Event::Zoom(factor) => zoom *= f64::from(*factor),
                _ => {}
            }
        }
    });
    if thicker != 0 {
        actions.push(Action::Planes(PlanesAction::Thicken(thicker)));
    }
    if images != 0 {
        actions.push(Action::Scroll(images));
    }
    if (zoom - 1.0).abs() > f64::EPSILON {
        actions.push(Action::ZoomBy(Some(at), zoom));
    }
}
