//! What the engine made of masks: it becomes a mask, or is seen, or says why not; what is stale is dropped.

use std::sync::Arc;

use actor_messages::{ImportedMask, MadeMask, MaskWanted, RequestId};
use kernel_imaging::Severity;

use super::rules::{add, one};
use super::{Preview, Purpose};
use crate::state::State;

/// A mask goes on.
pub fn progressed(state: &mut State, request: RequestId, done: usize, total: usize) {
    if let Some(making) = &mut state.masks.making
        && making.request == request
    {
        making.progress = Some((done, total));
    }
}

/// A mask was made, or one sentence says why not.
pub fn arrived(state: &mut State, made: &MadeMask) {
    let masks = &mut state.masks;
    if let MaskWanted::Image(_) = made.wanted {
        let Some((asked, frame)) = masks.asked.clone() else {
            return;
        };
        if asked != made.request || !masks.look {
            return;
        }
        masks.version += 1;
        match &made.planes {
            Ok(planes) => {
                masks.failure = None;
                let plane = planes.first().cloned().flatten();
                masks.preview = Some(Preview { frame, plane });
            }
            Err(reason) => {
                // What lies on screen must not pass for what failed.
                masks.preview = None;
                masks.failure = Some(reason.clone());
            }
        }
        return;
    }
    let Some(making) = masks.making.take_if(|it| it.request == made.request) else {
        return;
    };
    let planes = match &made.planes {
        Ok(planes) => Arc::clone(planes),
        Err(reason) => {
            state.say(Severity::Error, format!("No mask was made: {reason}"));
            return;
        }
    };
    match making.purpose {
        Purpose::Change(letter) => one(masks, letter, |mask| mask.planes = planes),
        Purpose::New => {
            let here = state.view.stack.as_ref().map(|it| &it.key);
            if here == Some(&making.series) {
                add(state, None, None, planes);
                // What was looked at is a mask now.
                state.masks.look = false;
                state.masks.preview = None;
            } else {
                let words = "The mask is dropped: another series is on screen now";
                state.say(Severity::Warning, words);
            }
        }
    }
}

/// Masks came out of a segmentation, or one sentence.
pub fn imported(
    state: &mut State,
    request: RequestId,
    masks: Result<Arc<Vec<ImportedMask>>, String>,
) {
    if state.masks.importing.take_if(|it| *it == request).is_none() {
        return;
    }
    match masks {
        Ok(found) => {
            for mask in found.iter() {
                add(
                    state,
                    Some(mask.name.clone()),
                    Some(mask.colour),
                    Arc::clone(&mask.planes),
                );
            }
        }
        Err(reason) => state.say(Severity::Error, format!("No masks were taken: {reason}")),
    }
}
