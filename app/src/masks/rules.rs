//! Rules of masks: making, changing, and the way back.

use std::sync::Arc;

use actor_messages::{Command, MaskImport, MaskRequest, MaskWanted, MaskWork, RequestId};
use kernel_imaging::Severity;

use super::{
    COLOURS, MASKS_MAX, Making, Mask, MaskAction, Masks, NAME_MAX, Purpose, RADIUS_PIXELS_MAX,
    brush, empty,
};
use crate::state::State;

/// What an action does.
pub fn update(state: &mut State, action: MaskAction) -> Vec<Command> {
    match action {
        MaskAction::Add => {
            let planes = state.view.stack.as_ref().map(|it| empty(it.frames.len()));
            if let Some(planes) = planes {
                add(state, None, None, planes);
            }
        }
        MaskAction::Remove(letter) => change(&mut state.masks, |list| {
            list.retain(|mask| mask.letter != letter);
        }),
        MaskAction::Choose(letter) => state.masks.chosen = Some(letter),
        MaskAction::Rename(letter, name) => {
            let name: String = name.chars().take(NAME_MAX).collect();
            one(&mut state.masks, letter, |mask| mask.name = name);
        }
        MaskAction::Colour(letter, colour) => {
            one(&mut state.masks, letter, |mask| mask.colour = colour);
        }
        MaskAction::Toggle(letter) => {
            one(&mut state.masks, letter, |mask| {
                mask.visible = !mask.visible
            });
        }
        MaskAction::Opacity(opacity) => state.masks.opacity = opacity.clamp(0.0, 1.0),
        MaskAction::Radius(radius) => state.masks.radius = radius.clamp(0.5, RADIUS_PIXELS_MAX),
        MaskAction::Formula(text) => {
            state.masks.formula = text;
            return follow(state).into_iter().collect();
        }
        MaskAction::Look(look) => {
            state.masks.look = look;
            state.masks.version += 1;
            return follow(state).into_iter().collect();
        }
        MaskAction::Range(range) => state.masks.range = range,
        MaskAction::UseRange => {
            let [low, high] = state.masks.range.each_ref().map(|text| text.trim());
            state.masks.formula = format!("image >= {low} and image <= {high}");
            state.masks.look = true;
            return follow(state).into_iter().collect();
        }
        MaskAction::Make => {
            let text = state.masks.formula.trim().to_owned();
            return make(state, MaskWork::Formula(text), Purpose::New);
        }
        MaskAction::Grow(mm) => {
            let (word, mm) = if mm < 0.0 {
                ("erode", -mm)
            } else {
                ("dilate", mm)
            };
            return in_hand(state, |letter| {
                MaskWork::Formula(format!("{word}({letter}, {mm} mm)"))
            });
        }
        MaskAction::Smooth => {
            return in_hand(state, |letter| {
                MaskWork::Formula(format!("close(open({letter}, 1 mm), 1 mm)"))
            });
        }
        MaskAction::Fill => return in_hand(state, |_| MaskWork::FillHoles),
        MaskAction::Largest => return in_hand(state, |_| MaskWork::KeepLargest(1)),
        MaskAction::TakeOutline => take_outline(state),
        MaskAction::Import(path) => {
            let Some(stack) = state.view.stack.clone() else {
                return Vec::new();
            };
            let request = state.next_request();
            state.masks.importing = Some(request);
            return vec![Command::ImportMasks(MaskImport {
                request,
                path,
                text: state.text,
                frames: stack.frames,
                slice_mm: stack.slice_mm,
            })];
        }
        MaskAction::Cancel => {
            let making = state.masks.making.as_ref();
            let request = making.map(|making| making.request);
            return request.map(Command::CancelMask).into_iter().collect();
        }
        MaskAction::Undo => step(&mut state.masks, true),
        MaskAction::Redo => step(&mut state.masks, false),
    }
    // Formulas look at the masks: what they mark may be something else now.
    follow(state).into_iter().collect()
}

fn change(masks: &mut Masks, by: impl FnOnce(&mut Vec<Mask>)) {
    let before = masks.list.clone();
    by(&mut masks.list);
    masks.remember(before);
}

pub(super) fn one(masks: &mut Masks, letter: char, by: impl FnOnce(&mut Mask)) {
    if masks.list.iter().any(|mask| mask.letter == letter) {
        change(masks, |list| {
            if let Some(mask) = list.iter_mut().find(|mask| mask.letter == letter) {
                by(mask);
            }
        });
    }
}

/// A new mask over the series on screen, with the first letter that is free.
pub(super) fn add(
    state: &mut State,
    name: Option<String>,
    colour: Option<[u8; 3]>,
    planes: actor_messages::MaskPlanes,
) {
    let Some(stack) = &state.view.stack else {
        return;
    };
    let masks = &mut state.masks;
    let free = ('A'..='Z').find(|letter| masks.list.iter().all(|mask| mask.letter != *letter));
    let Some(letter) = free else {
        let words = format!("No more than {MASKS_MAX} masks are kept; remove some");
        state.say(Severity::Warning, words);
        return;
    };
    let number = letter as usize - 'A' as usize;
    let mask = Mask {
        letter,
        name: name.unwrap_or_else(|| format!("Mask {letter}")),
        series: stack.key.clone(),
        colour: colour.unwrap_or(COLOURS[number % COLOURS.len()]),
        visible: true,
        planes,
    };
    change(masks, |list| list.push(mask));
    masks.chosen = Some(letter);
}

/// Asks for a change of the mask in hand.
fn in_hand(state: &mut State, work: impl FnOnce(char) -> MaskWork) -> Vec<Command> {
    match state.mask_in_hand().map(|mask| mask.letter) {
        Some(letter) => make(state, work(letter), Purpose::Change(letter)),
        None => {
            state.say(Severity::Info, "Choose a mask of this series first");
            Vec::new()
        }
    }
}

/// The masks of the series on screen; the one in hand first.
fn request(
    state: &State,
    id: RequestId,
    work: MaskWork,
    wanted: MaskWanted,
) -> Option<MaskRequest> {
    let stack = state.view.stack.as_ref()?;
    let mut masks: Vec<&Mask> = state.masks_here().collect();
    masks.sort_by_key(|mask| (Some(mask.letter) != state.masks.chosen, mask.letter));
    Some(MaskRequest {
        request: id,
        work,
        frames: Arc::clone(&stack.frames),
        slice_mm: stack.slice_mm,
        wanted,
        masks: masks
            .into_iter()
            .map(|mask| (mask.letter.to_string(), Arc::clone(&mask.planes)))
            .collect(),
    })
}

fn make(state: &mut State, work: MaskWork, purpose: Purpose) -> Vec<Command> {
    if state.masks.making.is_some() {
        state.say(Severity::Info, "A mask is being made already");
        return Vec::new();
    }
    let id = state.next_request();
    let Some(wish) = request(state, id, work, MaskWanted::Series) else {
        state.say(
            Severity::Info,
            "Open a study first, then there is something to mark",
        );
        return Vec::new();
    };
    state.masks.making = Some(Making {
        request: id,
        series: state
            .view
            .stack
            .as_ref()
            .map(|it| it.key.clone())
            .unwrap_or_default(),
        purpose,
        progress: None,
    });
    vec![Command::MakeMask(wish)]
}

/// Asks what the formula marks on the image wanted; the newest wish wins.
pub fn follow(state: &mut State) -> Option<Command> {
    let text = state.masks.formula.trim().to_owned();
    if !state.masks.look || text.is_empty() {
        state.masks.preview = None;
        state.masks.failure = None;
        return None;
    }
    let frame = state.view.wanted()?.clone();
    let index = state.view.index;
    let id = state.next_request();
    let work = MaskWork::Formula(text);
    let wish = request(state, id, work, MaskWanted::Image(index))?;
    state.masks.asked = Some((id, frame));
    Some(Command::MakeMask(wish))
}

fn take_outline(state: &mut State) {
    let chosen = state.measuring.selected;
    let found = state
        .measuring
        .list
        .iter()
        .find(|one| Some(one.id) == chosen);
    let region = found.and_then(|one| Some((one.kind.region(&one.points)?, one.frame.clone())));
    let Some((region, frame)) = region else {
        let words = "Choose a rectangle, ellipse, polygon or freehand outline in Measure first";
        state.say(Severity::Info, words);
        return;
    };
    if state.mask_in_hand().is_none() {
        update(state, MaskAction::Add);
    }
    let place = state
        .view
        .stack
        .as_ref()
        .and_then(|stack| stack.position(&frame));
    let (Some(index), Some(letter)) = (place, state.masks.chosen) else {
        state.say(Severity::Info, "The outline lies on another series");
        return;
    };
    let size = [frame.instance.rows, frame.instance.columns];
    one(&mut state.masks, letter, |mask| {
        let planes = Arc::make_mut(&mut mask.planes);
        if let Some(plane) = planes.get_mut(index) {
            *plane = brush::region(plane.as_ref(), size, &region);
        }
    });
}

fn step(masks: &mut Masks, back: bool) {
    let (from, to) = if back {
        (&mut masks.undo, &mut masks.redo)
    } else {
        (&mut masks.redo, &mut masks.undo)
    };
    if let Some(other) = from.pop() {
        to.push(std::mem::replace(&mut masks.list, other));
        masks.version += 1;
    }
    let list = &masks.list;
    let there = |letter: &char| list.iter().any(|mask| mask.letter == *letter);
    masks.chosen = masks
        .chosen
        .filter(there)
        .or(list.last().map(|it| it.letter));
}
