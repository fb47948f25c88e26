//! Rules of drawing, moving, removing, and of the way back.

use actor_messages::Command;
use kernel_imaging::Severity;

use super::draw::{is_near, to_image, under};
use super::import::import;
use super::{
    Draft, Figures, Kind, MEASUREMENTS_MAX, MeasureAction, Measurement, Measuring, Moving,
    POINTS_MAX, TEXT_MAX, table,
};
use crate::state::{Side, State};
use crate::tools::Tool;
use crate::update::viewing;

/// A freehand line gets a point where the hand is this far from the last one, in image pixels.
const FREEHAND_STEP: f64 = 0.75;

/// Gives up what is being drawn or moved; false when nothing is.
pub fn cancel(measuring: &mut Measuring) -> bool {
    if let Some(moving) = measuring.moving.take() {
        measuring.list = moving.before;
        return true;
    }
    measuring.draft.take().is_some()
}

/// What an action does.
pub fn update(state: &mut State, action: MeasureAction) -> Vec<Command> {
    match action {
        MeasureAction::Press(at) => press(state, at),
        MeasureAction::Move(at) => moved(state, at),
        MeasureAction::Release(at) => release(state, at),
        MeasureAction::Click(at) => click(state, at),
        MeasureAction::Hover(at) => {
            let point = to_image(&state.view, at);
            if let Some(draft) = &mut state.measuring.draft {
                draft.pending = point;
            }
        }
        MeasureAction::Finish => finish(state),
        MeasureAction::Select(chosen) => state.measuring.selected = chosen,
        MeasureAction::GoTo(id) => return go_to(state, id),
        MeasureAction::Rename(id, text) => rename(&mut state.measuring, id, text),
        MeasureAction::Remove(id) => remove(&mut state.measuring, id),
        MeasureAction::RemoveSelected => {
            if let Some(id) = state.measuring.selected {
                remove(&mut state.measuring, id);
            }
        }
        MeasureAction::RemoveAll => {
            if !state.measuring.list.is_empty() {
                let before = std::mem::take(&mut state.measuring.list);
                state.measuring.remember(before);
            }
            state.measuring.selected = None;
        }
        MeasureAction::Undo => step(&mut state.measuring, true),
        MeasureAction::Redo => step(&mut state.measuring, false),
        MeasureAction::Import(path) => return import(state, &path),
        MeasureAction::CopyTable => state.wishes.copy = Some(table::csv(&state.measuring.list)),
    }
    Vec::new()
}

fn kind_in_hand(state: &State) -> Option<Kind> {
    match state.tool {
        Tool::Measure(kind) => Some(kind),
        _ => None,
    }
}

/// Adds a point to the draft, begun where there is none; complete ones become measurements.
fn add(state: &mut State, kind: Kind, point: [f64; 2]) {
    let draft = state.measuring.draft.get_or_insert_with(|| Draft {
        kind,
        points: Vec::new(),
        pending: None,
    });
    draft.pending = Some(point);
    if draft.points.len() < POINTS_MAX {
        draft.points.push(point);
    }
    if kind.points() == Some(draft.points.len()) {
        finish(state);
    }
}

fn press(state: &mut State, at: [f64; 2]) {
    let (Some(kind), Some(point)) = (kind_in_hand(state), to_image(&state.view, at)) else {
        return;
    };
    if state.measuring.draft.is_none() && take_hold(state, at, point) {
        return;
    }
    let arms = state
        .measuring
        .draft
        .as_ref()
        .map_or(0, |it| it.points.len());
    // The second arm of an angle begins at the vertex, not where the hand presses.
    if kind == Kind::Angle && arms == 2 {
        return;
    }
    if !matches!(kind, Kind::Probe | Kind::Text) {
        add(state, kind, point);
    }
}

/// Takes hold of what lies under the press; false when nothing does.
fn take_hold(state: &mut State, at: [f64; 2], point: [f64; 2]) -> bool {
    let Some(shown) = &state.view.shown else {
        return false;
    };
    let found = under(&state.view, state.measuring.on(&shown.reference), at);
    let Some((id, handle)) = found else {
        return false;
    };
    state.measuring.selected = Some(id);
    state.measuring.moving = Some(Moving {
        id,
        handle,
        last: point,
        before: state.measuring.list.clone(),
    });
    true
}

fn moved(state: &mut State, at: [f64; 2]) {
    let Some(point) = to_image(&state.view, at) else {
        return;
    };
    if let Some(moving) = &mut state.measuring.moving {
        let by = [point[0] - moving.last[0], point[1] - moving.last[1]];
        moving.last = point;
        let (id, handle) = (moving.id, moving.handle);
        let Some(shown) = &state.view.shown else {
            return;
        };
        if let Some(one) = state.measuring.list.iter_mut().find(|one| one.id == id) {
            let points = one.points.iter_mut().enumerate();
            for (_, place) in points.filter(|(at, _)| handle.is_none_or(|handle| handle == *at)) {
                *place = [place[0] + by[0], place[1] + by[1]];
            }
            let attributes = shown.reference.attributes();
            one.figures = Figures::new(one.kind, &one.points, &shown.frame, attributes);
        }
        return;
    }
    let Some(draft) = &mut state.measuring.draft else {
        return;
    };
    draft.pending = Some(point);
    if draft.kind == Kind::Freehand && draft.points.len() < POINTS_MAX {
        let far = draft
            .points
            .last()
            .is_none_or(|last| (last[0] - point[0]).hypot(last[1] - point[1]) >= FREEHAND_STEP);
        if far {
            draft.points.push(point);
        }
    }
}

fn release(state: &mut State, at: [f64; 2]) {
    if let Some(moving) = state.measuring.moving.take() {
        state.measuring.remember(moving.before);
        return;
    }
    let Some(point) = to_image(&state.view, at) else {
        return;
    };
    match (kind_in_hand(state), state.measuring.draft.is_some()) {
        (Some(Kind::Freehand), true) => finish(state),
        // Dragged instead of clicked: it is meant where the hand lets go.
        (Some(kind @ (Kind::Probe | Kind::Text)), _) => add(state, kind, point),
        (Some(kind), true) => add(state, kind, point),
        _ => {}
    }
}

fn click(state: &mut State, at: [f64; 2]) {
    let (Some(kind), Some(point)) = (kind_in_hand(state), to_image(&state.view, at)) else {
        return;
    };
    if state.measuring.draft.is_none()
        && let Some(shown) = &state.view.shown
        && let Some((id, _)) = under(&state.view, state.measuring.on(&shown.reference), at)
    {
        state.measuring.selected = Some(id);
        return;
    }
    let closes = state.measuring.draft.as_ref().is_some_and(|draft| {
        let first = draft.points.first();
        draft.kind == Kind::Polygon
            && draft.points.len() >= 3
            && first.is_some_and(|first| is_near(&state.view, *first, at))
    });
    if closes {
        finish(state);
    } else if kind != Kind::Freehand {
        add(state, kind, point);
    }
}

/// Makes a measurement of the draft; one with too few points goes on being drawn.
fn finish(state: &mut State) {
    let Some(draft) = &state.measuring.draft else {
        return;
    };
    let needed = draft.kind.points().unwrap_or(3);
    let Some(shown) = state.view.shown.clone() else {
        return;
    };
    if draft.points.len() < needed {
        if draft.kind == Kind::Freehand {
            state.measuring.draft = None;
        }
        return;
    }
    let Some(draft) = state.measuring.draft.take() else {
        return;
    };
    if state.measuring.list.len() == MEASUREMENTS_MAX {
        let words = format!("No more than {MEASUREMENTS_MAX} measurements are kept; remove some");
        state.say(Severity::Warning, words);
        return;
    }
    let measuring = &mut state.measuring;
    measuring.remember(measuring.list.clone());
    measuring.last_id += 1;
    let attributes = shown.reference.attributes();
    let text = match draft.kind {
        Kind::Text => "Note".to_owned(),
        _ => String::new(),
    };
    measuring.list.push(Measurement {
        id: measuring.last_id,
        kind: draft.kind,
        figures: Figures::new(draft.kind, &draft.points, &shown.frame, attributes),
        points: draft.points,
        frame: shown.reference,
        text,
    });
    measuring.selected = Some(measuring.last_id);
    if draft.kind == Kind::Text && !state.panels.maximised {
        state.panels.side = Side::Measurements;
        state.panels.side_open = true;
    }
}

fn go_to(state: &mut State, id: u32) -> Vec<Command> {
    let Some(frame) = state
        .measuring
        .list
        .iter()
        .find(|one| one.id == id)
        .map(|one| one.frame.clone())
    else {
        return Vec::new();
    };
    state.measuring.selected = Some(id);
    let here = |state: &State| state.view.stack.as_ref()?.position(&frame);
    let mut commands = Vec::new();
    if here(state).is_none() {
        let found = state
            .series()
            .find(|(_, _, series)| {
                let same = |known| crate::stack::same_frame(known, &frame);
                series.frames.iter().any(same)
            })
            .map(|(scan, _, series)| (scan, series.key.clone()));
        if let Some((scan, key)) = found {
            commands = viewing::show_series(state, scan, &key);
        }
    }
    if let Some(index) = here(state) {
        commands.extend(viewing::scroll_to(state, index));
    }
    commands
}

fn rename(measuring: &mut Measuring, id: u32, text: String) {
    let before = measuring.list.clone();
    let Some(one) = measuring.list.iter_mut().find(|one| one.id == id) else {
        return;
    };
    one.text = text.chars().take(TEXT_MAX).collect();
    measuring.remember(before);
}

fn remove(measuring: &mut Measuring, id: u32) {
    let before = measuring.list.clone();
    measuring.list.retain(|one| one.id != id);
    if measuring.list.len() != before.len() {
        measuring.remember(before);
    }
    measuring.selected = measuring.selected.filter(|chosen| *chosen != id);
}

fn step(measuring: &mut Measuring, back: bool) {
    // A point of the draft is the innermost step.
    if back && let Some(draft) = &mut measuring.draft {
        draft.points.pop();
        if draft.points.is_empty() {
            measuring.draft = None;
        }
        return;
    }
    let (from, to) = if back {
        (&mut measuring.undo, &mut measuring.redo)
    } else {
        (&mut measuring.redo, &mut measuring.undo)
    };
    if let Some(other) = from.pop() {
        to.push(std::mem::replace(&mut measuring.list, other));
    }
    let list = &measuring.list;
    measuring.selected = measuring
        .selected
        .filter(|id| list.iter().any(|one| one.id == *id));
}
