//! The brush in the hand: strokes on the image on screen.

use std::sync::Arc;

use actor_messages::Command;
use kernel_imaging::Severity;

use super::rules::{follow, update};
use super::{Hand, MaskAction, brush};
use crate::measure::{MeasureAction, to_image};
use crate::state::State;
use crate::tools::Tool;

/// What the hand does with a brush: the same presses and moves as for drawing a measurement.
pub fn hand(state: &mut State, action: &MeasureAction) -> Vec<Command> {
    let Tool::Mask(tool) = state.tool else {
        return Vec::new();
    };
    if state.view.is_made() {
        // A pixel of a plane is no pixel of an image.
        if matches!(action, MeasureAction::Press(_) | MeasureAction::Click(_)) {
            state.say(
                Severity::Info,
                "The brush draws on the images of the series: leave the planes first",
            );
        }
        return Vec::new();
    }
    match action {
        MeasureAction::Press(at) => {
            if state.mask_in_hand().is_none() {
                update(state, MaskAction::Add);
            }
            state.masks.stroke = Some(state.masks.list.clone());
            paint(state, tool, *at);
        }
        MeasureAction::Move(at) if state.masks.stroke.is_some() => paint(state, tool, *at),
        MeasureAction::Release(at) if state.masks.stroke.is_some() => {
            paint(state, tool, *at);
            state.masks.last = None;
            if let Some(before) = state.masks.stroke.take() {
                state.masks.remember(before);
            }
            return follow(state).into_iter().collect();
        }
        MeasureAction::Undo => return update(state, MaskAction::Undo),
        MeasureAction::Redo => return update(state, MaskAction::Redo),
        MeasureAction::Click(at) => {
            hand(state, &MeasureAction::Press(*at));
            return hand(state, &MeasureAction::Release(*at));
        }
        _ => {}
    }
    Vec::new()
}

fn paint(state: &mut State, tool: Hand, at: [f64; 2]) {
    let Some(point) = to_image(&state.view, at) else {
        return;
    };
    let from = state.masks.last.replace(point).unwrap_or(point);
    let (Some(shown), Some(letter)) = (&state.view.shown, state.masks.chosen) else {
        return;
    };
    let (index, size) = (shown.index, [shown.frame.rows, shown.frame.columns]);
    let masks = &mut state.masks;
    let radius = masks.radius;
    if let Some(mask) = masks.list.iter_mut().find(|mask| mask.letter == letter) {
        let planes = Arc::make_mut(&mut mask.planes);
        if let Some(plane) = planes.get_mut(index) {
            let mark = tool == Hand::Brush;
            *plane = brush::stroke(plane.as_ref(), size, [from, point], radius, mark);
        }
        masks.version += 1;
    }
}
