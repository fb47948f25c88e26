//! Rules of colours, interpolation, cine (rule 29) and key images.

use std::collections::BTreeSet;

use actor_messages::Command;
use kernel_imaging::{Colormap, FrameReference, Interpolation};

use crate::stack::StackView;
use crate::state::State;
use crate::update::viewing;

/// Images a second where the file states no time.
pub const CINE_RATE_DEFAULT_HZ: f64 = 10.0;
/// Key images kept at most.
pub const KEY_IMAGES_MAX: usize = 10_000;
/// Faster than a screen can be, and slower than anyone waits.
const FACTOR: [f64; 2] = [0.1, 10.0];
/// A pause longer than this is a pause of the machine, not of the loop, seconds.
const STALL_S: f64 = 1.0;

/// Colours, interpolation, cine, key images.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LookAction {
    /// Colours for the greys.
    UseColours(Colormap),
    /// The next colours.
    NextColours,
    /// Between pixels: interpolated or not.
    ToggleInterpolation,
    /// Start or stop.
    ToggleCine,
    /// The clock, seconds; only while the cine plays.
    CineTick(f64),
    /// More images a second.
    Faster,
    /// Fewer images a second.
    Slower,
    /// Mark this image, or not.
    ToggleKeyImage,
    /// To the next marked image of the series.
    NextKeyImage,
}

/// Cine and key images.
#[derive(Clone, Debug, Default)]
pub struct Looking {
    /// A loop that plays.
    pub cine: Option<Cine>,
    /// SOP Instance UID and frame of each marked image.
    pub key_images: BTreeSet<(String, usize)>,
}

/// A loop that plays.
#[derive(Clone, Debug, PartialEq)]
pub struct Cine {
    /// The user's part of the file's rate.
    pub factor: f64,
    /// When the next image is due, seconds; none before the first tick.
    due_s: Option<f64>,
    /// When the last images came, newest last, seconds.
    shown_s: Vec<f64>,
    /// Images left out because the one before was not there in time.
    pub dropped: usize,
}

impl Cine {
    /// Images a second as they came, once there are some.
    pub fn real_rate_hz(&self) -> Option<f64> {
        let (first, last) = (self.shown_s.first()?, self.shown_s.last()?);
        (last > first).then(|| (self.shown_s.len() - 1) as f64 / (last - first))
    }
}

/// How long an image is shown, seconds, and where that comes from (rule 29).
pub fn frame_time_s(reference: &FrameReference) -> (f64, &'static str) {
    let usable = |seconds: &f64| seconds.is_finite() && *seconds > 0.0;
    let stated = reference.attributes().frame_time_ms.map(|ms| ms / 1_000.0);
    let rate = reference.instance.recommended_rate_hz.map(|hz| 1.0 / hz);
    match (stated.filter(usable), rate.filter(usable)) {
        (Some(seconds), _) => (seconds, "the file's frame time"),
        (None, Some(seconds)) => (seconds, "the file's display rate"),
        (None, None) => (1.0 / CINE_RATE_DEFAULT_HZ, "default"),
    }
}

/// Seconds until the next image of a playing loop is due.
pub fn wait_s(looking: &Looking, now_s: f64) -> Option<f64> {
    let cine = looking.cine.as_ref()?;
    Some(cine.due_s.map_or(0.0, |due| (due - now_s).max(0.0)))
}

/// The line on the image while a loop plays.
pub fn cine_words(looking: &Looking, view: &StackView) -> Option<String> {
    let cine = looking.cine.as_ref()?;
    let (seconds, source) = frame_time_s(view.wanted()?);
    let wanted = cine.factor / seconds;
    let real = cine
        .real_rate_hz()
        .map_or("–".to_owned(), |rate| format!("{rate:.1}"));
    Some(format!(
        "Cine {real} of {wanted:.1} a second ({source}), {} dropped",
        cine.dropped
    ))
}

/// Whether an image is marked.
pub fn is_key_image(looking: &Looking, reference: &FrameReference) -> bool {
    looking.key_images.contains(&name(reference))
}

/// Stops a loop; false when none plays.
pub fn stop(looking: &mut Looking) -> bool {
    looking.cine.take().is_some()
}

/// What an action does.
pub fn update(state: &mut State, action: LookAction) -> Vec<Command> {
    let view = &mut state.view;
    match action {
        LookAction::UseColours(colours) => view.presentation.colormap = colours,
        LookAction::NextColours => {
            let at = Colormap::ALL
                .iter()
                .position(|colours| *colours == view.presentation.colormap);
            let next = at.map_or(0, |at| (at + 1) % Colormap::ALL.len());
            view.presentation.colormap = Colormap::ALL[next];
        }
        LookAction::ToggleInterpolation => {
            let interpolation = &mut view.transform.interpolation;
            *interpolation = match interpolation {
                Interpolation::Linear => Interpolation::Nearest,
                Interpolation::Nearest => Interpolation::Linear,
            };
        }
        LookAction::ToggleCine => {
            let plays = state.looking.cine.is_some();
            state.looking.cine = (!plays && view.len() > 1 && !view.is_made()).then_some(Cine {
                factor: 1.0,
                due_s: None,
                shown_s: Vec::new(),
                dropped: 0,
            });
        }
        LookAction::CineTick(now_s) => return tick(state, now_s),
        LookAction::Faster => hurry(&mut state.looking, 4.0 / 3.0),
        LookAction::Slower => hurry(&mut state.looking, 3.0 / 4.0),
        LookAction::ToggleKeyImage => mark(state),
        LookAction::NextKeyImage => return next_key_image(state),
    }
    Vec::new()
}

fn hurry(looking: &mut Looking, by: f64) {
    if let Some(cine) = &mut looking.cine {
        cine.factor = (cine.factor * by).clamp(FACTOR[0], FACTOR[1]);
        cine.shown_s.clear();
    }
}

/// Paced by the clock: images whose time is over before they could be shown are left out and counted.
fn tick(state: &mut State, now_s: f64) -> Vec<Command> {
    let count = state.view.len();
    let Some(cine) = state.looking.cine.as_mut().filter(|_| count > 1) else {
        state.looking.cine = None;
        return Vec::new();
    };
    let stack = state.view.stack.as_ref();
    let time_s = |index: usize| {
        let frame = stack.and_then(|stack| stack.frames.get(index));
        let seconds = frame.map_or(1.0 / CINE_RATE_DEFAULT_HZ, |frame| frame_time_s(frame).0);
        (seconds / cine.factor).max(0.001)
    };
    let mut index = state.view.index;
    let mut due_s = match cine.due_s {
        Some(due_s) if now_s - due_s < STALL_S => due_s,
        _ => now_s + time_s(index),
    };
    let mut steps = 0_usize;
    while due_s <= now_s && steps < count {
        index = (index + 1) % count;
        due_s += time_s(index);
        steps += 1;
    }
    let is_late = !state.view.is_current() && state.view.failure.is_none();
    cine.due_s = Some(due_s);
    if steps == 0 {
        return Vec::new();
    }
    if is_late {
        // The image asked for is still being decoded: its turn is given to it, the others are lost.
        cine.dropped = cine.dropped.saturating_add(steps);
        return Vec::new();
    }
    cine.dropped = cine.dropped.saturating_add(steps - 1);
    cine.shown_s.push(now_s);
    if cine.shown_s.len() > 20 {
        cine.shown_s.remove(0);
    }
    viewing::scroll_to(state, index)
}

fn name(reference: &FrameReference) -> (String, usize) {
    (reference.instance.sop_instance_uid.clone(), reference.frame)
}

fn mark(state: &mut State) {
    // A plane through a volume is no image of the file.
    let wanted = state.view.wanted().filter(|_| !state.view.is_made());
    let Some(name) = wanted.map(name) else {
        return;
    };
    let marks = &mut state.looking.key_images;
    if !marks.remove(&name) && marks.len() < KEY_IMAGES_MAX {
        marks.insert(name);
    }
}

fn next_key_image(state: &mut State) -> Vec<Command> {
    let view = &state.view;
    let Some(stack) = view.stack.as_ref().filter(|_| !view.is_made()) else {
        return Vec::new();
    };
    let count = view.len();
    let next = (1..=count)
        .map(|step| (view.index + step) % count)
        .find(|index| is_key_image(&state.looking, &stack.frames[*index]));
    next.map_or_else(Vec::new, |index| viewing::scroll_to(state, index))
}
