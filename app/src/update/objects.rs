//! Rules of what lies beside and over images: objects read and shown, presentation states, tags.

use std::path::PathBuf;
use std::sync::Arc;

use actor_messages::{Attachment, Command, FrameLayers, ObjectContent};
use kernel_imaging::{FrameReference, ObjectKind, Presentation, Severity, VoiChoice};

use crate::action::Action;
use crate::attached::{ATTACHMENTS_KEPT_MAX, Rows};
use crate::state::{Side, State};
use crate::update::viewing;

/// Does what an action about objects or tags says.
pub(super) fn update(state: &mut State, action: Action) -> Vec<Command> {
    match action {
        Action::ToggleObject(path) => toggle(state, path),
        Action::ToggleOverlays => {
            state.over.overlays = !state.over.overlays;
            Vec::new()
        }
        Action::ToggleShutters => {
            state.over.shutters = !state.over.shutters;
            Vec::new()
        }
        Action::ToggleObjects => toggle_all(state),
        Action::SetGraphicsOnly(only) => {
            state.attached.graphics_only = only;
            present(state);
            Vec::new()
        }
        Action::SearchTags(words) => {
            state.tags.words = words;
            Vec::new()
        }
        Action::FindTags => {
            super::open_side(state, Side::Tags);
            state.tags.wants_focus = true;
            follow_tags(state)
        }
        _ => Vec::new(),
    }
}

fn kind(state: &State, path: &PathBuf) -> Option<ObjectKind> {
    let objects = state.objects();
    let found = objects.iter().find(|object| object.path == *path);
    found.map(|object| object.kind)
}

fn toggle(state: &mut State, path: PathBuf) -> Vec<Command> {
    let Some(kind) = kind(state, &path) else {
        return Vec::new();
    };
    let attached = &mut state.attached;
    let was_on = attached.is_on(&path);
    let flipped = |path: &PathBuf| (!was_on).then(|| path.clone());
    match kind {
        ObjectKind::Segmentation | ObjectKind::StructureSet => {
            attached.visible.retain(|one| *one != path);
            attached.visible.extend(flipped(&path));
            state.over.objects = true;
        }
        ObjectKind::PresentationState => {
            attached.applied = flipped(&path);
            state.over.objects = true;
        }
        _ => attached.opened = flipped(&path),
    }
    let mut commands = Vec::new();
    if !was_on {
        commands.extend(read(state, path, kind));
    }
    if kind == ObjectKind::PresentationState {
        present(state);
    }
    commands.extend(layers(state));
    commands
}

/// Reads an object that was not read yet; one that failed is tried again.
fn read(state: &mut State, path: PathBuf, kind: ObjectKind) -> Option<Command> {
    let attached = &mut state.attached;
    if matches!(attached.read.get(&path), Some(Ok(_))) || !attached.asked.insert(path.clone()) {
        return None;
    }
    attached.read.remove(&path);
    Some(Command::ReadObject {
        path,
        kind,
        text: state.text,
    })
}

/// G: what lies over the images, on or off; the first time, all that refers to this series.
fn toggle_all(state: &mut State) -> Vec<Command> {
    if !state.attached.visible.is_empty() || state.attached.applied.is_some() {
        state.over.objects = !state.over.objects;
        return Vec::new();
    }
    let Some(frame) = state.view.wanted() else {
        return Vec::new();
    };
    let (series, image) = (&frame.instance.series_uid, &frame.instance.sop_instance_uid);
    let over = |kind| matches!(kind, ObjectKind::Segmentation | ObjectKind::StructureSet);
    let objects = state.objects();
    let wanted: Vec<PathBuf> = objects
        .iter()
        .filter(|object| over(object.kind) && object.refers_to(series, image))
        .map(|object| object.path.clone())
        .collect();
    if wanted.is_empty() {
        let words = "No segmentation or structure set refers to this series";
        state.say(Severity::Info, words);
    }
    wanted
        .into_iter()
        .flat_map(|path| toggle(state, path))
        .collect()
}

/// An object was read.
pub(super) fn arrived(
    state: &mut State,
    path: PathBuf,
    read: Result<Arc<Attachment>, String>,
) -> Vec<Command> {
    let attached = &mut state.attached;
    attached.asked.remove(&path);
    if let Err(reason) = &read {
        let text = format!("An object beside the images cannot be shown: {reason}");
        let notice = kernel_imaging::Notice::new(Severity::Error, text).about(&path);
        state.notify(notice);
    }
    let attached = &mut state.attached;
    if attached.read.len() >= ATTACHMENTS_KEPT_MAX {
        let seen = attached.clone();
        attached.read.retain(|one, _| seen.is_on(one));
    }
    let problems = match &read {
        Ok(attachment) => match &attachment.content {
            ObjectContent::PresentationState(shown) => shown.problems.clone(),
            _ => Vec::new(),
        },
        Err(_) => Vec::new(),
    };
    attached.read.insert(path.clone(), read);
    for problem in problems {
        let notice = kernel_imaging::Notice::new(Severity::Warning, problem).about(&path);
        state.notify(notice);
    }
    if state.attached.applied.as_ref() == Some(&path) {
        present(state);
    }
    layers(state)
}

/// The image on screen as the presentation state in force wants it, or as the file does.
fn present(state: &mut State) {
    let base = |state: &State| -> Option<FrameReference> {
        let index = state.view.shown.as_ref()?.index;
        state.view.stack.as_ref()?.frames.get(index).cloned()
    };
    let Some(reference) = base(state) else {
        return;
    };
    let presented = state.attached.presented(reference.clone());
    let applied = state
        .attached
        .presentation()
        .filter(|shown| !state.attached.graphics_only && shown.is_for(&reference));
    let seen = applied.map(|shown| shown.view(&reference, state.view.size));
    let view = &mut state.view;
    if let Some(shown) = &mut view.shown {
        shown.reference = presented.clone();
    }
    match seen {
        Some(transform) => {
            view.transform = transform;
            view.fitted = false;
            let offers = !presented.attributes().voi.is_empty();
            view.presentation = Presentation {
                voi: if offers {
                    VoiChoice::File(0)
                } else {
                    VoiChoice::Auto
                },
                ..Presentation::default()
            };
        }
        None => viewing::reset(view),
    }
}

/// Asks what lies over the image on screen, where anything may.
pub(super) fn layers(state: &mut State) -> Vec<Command> {
    let objects = state.attached.over_images();
    let view = &mut state.view;
    let slice_mm = view.stack.as_ref().and_then(|stack| stack.slice_mm);
    let Some(shown) = view.shown.as_ref() else {
        view.layers = None;
        return Vec::new();
    };
    let mut overlays = shown.reference.attributes().overlays.iter();
    let embedded = overlays.any(|overlay| overlay.plane().is_none());
    if objects.is_empty() && !embedded {
        view.layers = None;
        return Vec::new();
    }
    vec![Command::ReadLayers {
        viewport: view.id,
        generation: view.generation,
        frame: shown.reference.clone(),
        slice_mm,
        objects,
    }]
}

/// The layers of a frame came.
pub(super) fn layers_ready(state: &mut State, layers: Arc<FrameLayers>) {
    for problem in &layers.problems {
        if state.notices.iter().all(|notice| notice.text != *problem) {
            state.say(Severity::Warning, problem.clone());
        }
    }
    state.view.layers = Some(layers);
}

/// The inspector shows the file of the image on screen: one reading at a time.
pub(super) fn follow_tags(state: &mut State) -> Vec<Command> {
    let open = state.panels.side_open && state.panels.side == Side::Tags;
    let Some(frame) = state.view.wanted().filter(|_| open) else {
        return Vec::new();
    };
    let path = frame.instance.path.clone();
    let here = state.tags.read.as_ref().is_some_and(|(of, _)| *of == path);
    if here || state.tags.asked.is_some() {
        return Vec::new();
    }
    state.tags.asked = Some(path.clone());
    vec![Command::ReadTags {
        path,
        text: state.text,
    }]
}

/// The tags of a file came; meanwhile another one may be wanted.
pub(super) fn tags_read(state: &mut State, path: PathBuf, rows: Rows) -> Vec<Command> {
    if state.tags.asked.as_ref() == Some(&path) {
        state.tags.asked = None;
    }
    state.tags.read = Some((path, rows));
    follow_tags(state)
}
