//! Rules of decoded images and planes: the newest answer of each view takes its place.

use std::sync::Arc;

use actor_messages::{Command, Generation, ViewportId};
use kernel_imaging::{Frame, FrameReference};

use crate::layout::view_named;
use crate::stack::Shown;
use crate::state::State;
use crate::update::objects;
use crate::{fusion, measure, planes};

/// An image or a plane is there.
pub(super) fn ready(
    state: &mut State,
    (viewport, generation): (ViewportId, Generation),
    reference: FrameReference,
    frame: Arc<Frame>,
) -> Vec<Command> {
    let over = Ok((reference.clone(), frame.clone()));
    if fusion::arrived(state, viewport, generation, over) {
        return Vec::new();
    }
    measure::frame_arrived(&mut state.measuring, &reference, &frame);
    let reference = state.attached.presented(reference);
    let meeting = state.planes.cut.as_ref().map(|cut| cut.point_lps_mm);
    let view = view_named(state, viewport);
    let Some(view) = view.filter(|view| view.generation == generation) else {
        return Vec::new();
    };
    view.failure = None;
    if let (Some(point), Some(_)) = (meeting, &view.plane) {
        planes::keep_place(view, &reference, point);
    }
    view.shown = Some(Shown {
        reference,
        index: view.index,
        frame,
    });
    let mut commands = fusion::settle(state);
    if meeting.is_some() {
        // The first plane tells the window that all of them have.
        commands.extend(planes::settle(state));
    } else if viewport == state.view.id {
        commands.extend(objects::layers(state));
    }
    commands
}

/// There is none, and why.
pub(super) fn failed(
    state: &mut State,
    (viewport, generation): (ViewportId, Generation),
    reason: String,
) -> Vec<Command> {
    if fusion::arrived(state, viewport, generation, Err(reason.clone())) {
        return Vec::new();
    }
    if let Some(view) = view_named(state, viewport)
        && generation == view.generation
    {
        // The old picture goes: it must not pass for the one that failed.
        view.shown = None;
        view.failure = Some(reason);
    }
    Vec::new()
}
