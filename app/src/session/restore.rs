//! From what was kept back to the state: the same paths are opened, and when they are read all is as it was.

use std::collections::BTreeMap;
use std::path::PathBuf;

use actor_messages::{Command, Generation, RequestId, ViewportId};
use kernel_imaging::{FrameReference, Severity};

use super::{KeptImage, KeptView, MEASURED_AT_ONCE_MAX, Session, SessionAction};
use crate::action::Action;
use crate::layout::{self, LayoutAction};
use crate::measure::{self, Kind};
use crate::planes;
use crate::stack::{Justify, StackView};
use crate::state::State;
use crate::update::viewing;

/// What an action does.
pub fn update(state: &mut State, action: SessionAction) -> Vec<Command> {
    let Some(left) = state.sessions.left.take() else {
        return Vec::new();
    };
    match action {
        SessionAction::Forget => {
            state.wishes.forget_session = Some(left.file);
            Vec::new()
        }
        SessionAction::Restore => {
            state.wishes.replace_session = Some(left.file);
            start(state, left.session)
        }
    }
}

fn start(state: &mut State, session: Session) -> Vec<Command> {
    let mut commands = Vec::new();
    let mut requests = Vec::new();
    for paths in &session.scans {
        commands.extend(crate::update::update(state, Action::Open(paths.clone())));
        requests.extend(state.scans.last().and_then(|scan| scan.request));
    }
    state.sessions.restoring = Some((session, requests));
    commands
}

/// Whether a session is coming back.
pub fn is_restoring(state: &State) -> bool {
    state.sessions.restoring.is_some()
}

/// A scan is over: when all of the session are, it comes back.
pub fn follow(state: &mut State) -> Vec<Command> {
    let waits = |request: &RequestId| {
        let mut scans = state.scans.iter();
        scans.any(|scan| scan.request == Some(*request) && !scan.finished)
    };
    let Some((_, requests)) = &state.sessions.restoring else {
        return Vec::new();
    };
    if requests.iter().any(waits) {
        return Vec::new();
    }
    match state.sessions.restoring.take() {
        Some((session, requests)) => restore(state, session, &requests),
        None => Vec::new(),
    }
}

/// Where the images of all open files are: scan, series key, place in it, frame.
type Images = BTreeMap<(PathBuf, usize), Vec<(Option<RequestId>, String, usize, FrameReference)>>;

fn images(state: &State) -> Images {
    let mut images = Images::new();
    for (scan, _, series) in state.series() {
        for (index, frame) in series.frames.iter().enumerate() {
            let key = (frame.instance.path.clone(), frame.frame);
            let place = (scan, series.key.clone(), index, frame.clone());
            images.entry(key).or_default().push(place);
        }
    }
    images
}

fn restore(state: &mut State, session: Session, requests: &[RequestId]) -> Vec<Command> {
    let images = images(state);
    let [rows, columns] = session.grid;
    for (rows, columns) in [(1, 1), (rows, columns)] {
        layout::update(state, LayoutAction::Grid(rows, columns));
    }
    let mut commands = Vec::new();
    let mut missing = 0;
    for (slot, kept) in session.views.iter().enumerate().take(state.layout.count()) {
        layout::update(state, LayoutAction::Activate(slot));
        state.view.empty();
        let Some(kept) = kept else { continue };
        let scan = requests.get(kept.scan).copied();
        let found = images
            .get(&(kept.image.file.clone(), kept.image.frame))
            .and_then(|all| all.iter().find(|one| one.0 == scan).or(all.first()));
        match found {
            Some((scan, key, index, _)) => {
                let shown = viewing::show_series_at(state, *scan, key, Some(*index));
                commands.extend(shown);
                look(&mut state.view, kept);
            }
            None => missing += 1,
        }
    }
    layout::update(state, LayoutAction::Activate(session.active));
    if session.single {
        layout::update(state, LayoutAction::ToggleSingle);
    }
    let linking = &mut state.linking;
    [linking.scroll, linking.zoom, linking.window] = session.linked;
    let frame_of = |image: &KeptImage| {
        let all = images.get(&(image.file.clone(), image.frame))?;
        all.first().map(|(.., frame)| frame.clone())
    };
    for frame in session.key_images.iter().filter_map(frame_of) {
        let name = (frame.instance.sop_instance_uid.clone(), frame.frame);
        state.looking.key_images.insert(name);
    }
    let kept = session.measurements.into_iter().filter_map(|one| {
        let kind = Kind::ALL.get(one.kind).copied();
        match (kind, frame_of(&one.image)) {
            (Some(kind), Some(frame)) => Some((kind, one.points, frame)),
            _ => {
                missing += 1;
                None
            }
        }
    });
    let frames = measure::restore(&mut state.measuring, kept);
    commands.extend(decode(state, frames));
    if missing > 0 {
        let words = format!(
            "{missing} views or measurements of the last session did not come back: their files are not there any more"
        );
        state.say(Severity::Warning, words);
    }
    if let Some(pose) = session.planes {
        commands.extend(planes::start_at(state, pose));
    }
    commands
}

/// Asks for the images that are measured, each under a name of its own.
fn decode(state: &mut State, frames: Vec<FrameReference>) -> Vec<Command> {
    let frames = frames.into_iter().take(MEASURED_AT_ONCE_MAX);
    frames
        .map(|frame| {
            state.views_made += 1;
            Command::ShowFrame {
                viewport: ViewportId(state.views_made),
                generation: Generation(1),
                frame,
                read_ahead: Vec::new(),
            }
        })
        .collect()
}

fn look(view: &mut StackView, kept: &KeptView) {
    view.fitted = kept.fitted;
    view.transform = kept.transform;
    view.justify = match kept.justify {
        -1 => Justify::Left,
        1 => Justify::Right,
        _ => Justify::Centre,
    };
    view.presentation = kept.look.presentation();
}
