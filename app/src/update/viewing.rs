//! Rules of looking: series, images, how they lie, how their greys are chosen.

use actor_messages::{Command, Generation, RequestId};
use kernel_imaging::{
    Presentation, ViewTransform, VoiChoice, VoiFunction, WindowLevel, modality_range,
};

use crate::action::Action;
use crate::layout;
use crate::planes;
use crate::presets::{self, PresetWindow};
use crate::stack::{READ_AHEAD, READ_BEHIND, Stack, StackView};
use crate::state::State;
use crate::update::{compute, models, objects};

/// One step of the plus and minus keys.
const ZOOM_STEP: f64 = 1.25;

/// Shows a series: volumes from their middle, where the anatomy is, others from their first image.
pub(crate) fn show_series(state: &mut State, scan: Option<RequestId>, key: &str) -> Vec<Command> {
    show_series_at(state, scan, key, None)
}

/// The same at an image of the caller's choice.
pub(crate) fn show_series_at(
    state: &mut State,
    scan: Option<RequestId>,
    key: &str,
    index: Option<usize>,
) -> Vec<Command> {
    let found = state
        .series()
        .find(|(request, _, series)| *request == scan && series.key == key);
    let Some(stack) = found.and_then(|(request, _, series)| Stack::new(request, series)) else {
        return Vec::new();
    };
    let usual = if stack.slice_mm.is_some() {
        stack.frames.len() / 2
    } else {
        0
    };
    let first = index.map_or(usual, |index| index.min(stack.frames.len() - 1));
    let attributes = stack.frames[first].attributes();
    state.view = StackView {
        id: state.view.id,
        generation: state.view.generation,
        size: state.view.size,
        presentation: Presentation::initial(attributes, &stack.modality),
        index: first,
        stack: Some(stack),
        ..StackView::default()
    };
    layout::keep_one_patient(state);
    let mut commands = request_frame(state);
    commands.extend(compute::follow(state));
    commands
}

/// The series so many places further in the list.
pub(super) fn step_series(state: &mut State, by: isize) -> Vec<Command> {
    let keys: Vec<(Option<RequestId>, String)> = state
        .series()
        .filter(|(_, _, series)| !series.frames.is_empty())
        .map(|(scan, _, series)| (scan, series.key.clone()))
        .collect();
    let Some(stack) = &state.view.stack else {
        return Vec::new();
    };
    let Some(at) = keys
        .iter()
        .position(|(scan, key)| *scan == stack.scan && *key == stack.key)
    else {
        return Vec::new();
    };
    let next = at.saturating_add_signed(by).min(keys.len() - 1);
    if next == at {
        return Vec::new();
    }
    let (scan, key) = keys[next].clone();
    show_series(state, scan, &key)
}

/// Moves by so many images and stops at the ends.
pub(super) fn scroll(state: &mut State, by: i64) -> Vec<Command> {
    if planes::scroll(state, by) {
        return Vec::new();
    }
    let index = state.view.index as i64;
    scroll_to(
        state,
        usize::try_from(index.saturating_add(by)).unwrap_or(0),
    )
}

/// Moves to an image, the last one at most.
pub(crate) fn scroll_to(state: &mut State, index: usize) -> Vec<Command> {
    let view = &mut state.view;
    if view.is_made() {
        let ends = match index {
            0 => i64::MIN,
            usize::MAX => i64::MAX,
            _ => 0,
        };
        planes::scroll(state, ends);
        return Vec::new();
    }
    if view.is_empty() {
        return Vec::new();
    }
    let index = index.min(view.len() - 1);
    if index == view.index {
        return Vec::new();
    }
    view.backwards = index < view.index;
    view.index = index;
    let mut commands = request_frame(state);
    commands.extend(compute::follow(state));
    commands
}

/// Asks for the frame wanted and those likely wanted next; the newest request wins.
pub(crate) fn request_frame(state: &mut State) -> Vec<Command> {
    let Some(command) = request_of(&mut state.view) else {
        return Vec::new();
    };
    let mut commands = vec![command];
    commands.extend(objects::follow_tags(state));
    commands.extend(models::follow(state));
    commands.extend(crate::masks::follow(state));
    commands
}

/// The same for one view, whichever it is.
pub(crate) fn request_of(view: &mut StackView) -> Option<Command> {
    let frame = view.wanted().cloned()?;
    view.generation = Generation(view.generation.0 + 1);
    view.failure = None;
    Some(Command::ShowFrame {
        viewport: view.id,
        generation: view.generation,
        frame,
        read_ahead: read_ahead(view),
    })
}

/// Nearest first, more of them in the direction of scrolling.
pub(super) fn read_ahead(view: &StackView) -> Vec<kernel_imaging::FrameReference> {
    let Some(stack) = &view.stack else {
        return Vec::new();
    };
    let sign = if view.backwards { -1 } else { 1 };
    let ahead = (1..=READ_AHEAD as isize).map(|step| step * sign);
    let behind = (1..=READ_BEHIND as isize).map(|step| -step * sign);
    let mut steps: Vec<isize> = ahead.chain(behind).collect();
    steps.sort_by_key(|step| step.abs());
    steps
        .into_iter()
        .filter_map(|step| view.index.checked_add_signed(step))
        .filter_map(|index| stack.frames.get(index).cloned())
        .collect()
}

/// Changes how the image lies or how its greys are chosen; false when the action is about something else.
pub(super) fn changes_view(state: &mut State, action: &Action) -> bool {
    let view = &mut state.view;
    match action {
        Action::Resized(size) => view.size = *size,
        Action::ZoomBy(at, factor) => zoom(view, *at, *factor),
        Action::ZoomIn => zoom(view, None, ZOOM_STEP),
        Action::ZoomOut => zoom(view, None, 1.0 / ZOOM_STEP),
        Action::Fit => view.fitted = true,
        Action::Reset => reset(view),
        Action::Invert => view.presentation.invert = !view.presentation.invert,
        Action::FlipHorizontal => view.transform = view.transform.flipped_left_right(),
        Action::FlipVertical => view.transform = view.transform.flipped_top_bottom(),
        Action::RotateRight => view.transform = view.transform.turned_clockwise(),
        Action::RotateLeft => {
            let half = view.transform.turned_clockwise().turned_clockwise();
            view.transform = half.turned_clockwise();
        }
        Action::WindowDigit(digit) => window_digit(view, *digit),
        Action::WindowFile(index) => window_file(view, *index),
        Action::WindowPreset(name) => {
            let modality = view
                .stack
                .as_ref()
                .map_or("", |stack| stack.modality.as_str());
            let preset = presets::for_modality(modality)
                .iter()
                .find(|preset| preset.name == *name);
            if let Some(preset) = preset {
                window_preset(view, preset.window);
            }
        }
        _ => return false,
    }
    true
}

fn zoom(view: &mut StackView, at: Option<[f64; 2]>, factor: f64) {
    view.unfit();
    let at = at.unwrap_or([view.size[0] as f64 / 2.0, view.size[1] as f64 / 2.0]);
    if let Some((_, aspect)) = view.image() {
        view.transform = view.transform.zoomed_at(at, factor, aspect, view.size);
    }
}

pub(crate) fn reset(view: &mut StackView) {
    view.transform = ViewTransform::identity([1, 1]);
    view.fitted = true;
    if let (Some(stack), Some(frame)) = (&view.stack, view.wanted()) {
        view.presentation = Presentation::initial(frame.attributes(), &stack.modality);
    }
}

fn window_digit(view: &mut StackView, digit: u8) {
    let modality = view
        .stack
        .as_ref()
        .map_or("", |stack| stack.modality.as_str());
    match digit {
        0 => view.presentation.voi = VoiChoice::Auto,
        1 | 2 => window_file(view, usize::from(digit) - 1),
        _ => {
            if let Some(preset) = presets::by_digit(modality, digit) {
                window_preset(view, preset.window);
            }
        }
    }
}

fn window_file(view: &mut StackView, index: usize) {
    let offered = view
        .wanted()
        .map_or(0, |frame| frame.attributes().voi.len());
    if index < offered {
        view.presentation.voi = VoiChoice::File(index);
    }
}

fn window_preset(view: &mut StackView, window: PresetWindow) {
    let (center, width) = match window {
        PresetWindow::Absolute { center, width } => (center, width),
        PresetWindow::Relative { center, width } => {
            let range = view
                .shown
                .as_ref()
                .and_then(|shown| modality_range(&shown.frame, shown.reference.attributes()));
            let Some((low, high)) = range else { return };
            (low + (high - low) * center, (high - low) * width)
        }
    };
    if let Ok(level) = WindowLevel::with_function(center, width, VoiFunction::LinearExact) {
        view.presentation.voi = VoiChoice::Manual(level, VoiFunction::LinearExact);
    }
}
