//! Rules of opening and closing: what is scanned, what is remembered.

use std::path::PathBuf;

use actor_messages::{Command, Generation};
use kernel_imaging::{Severity, TextRule};

use crate::attached::Attached;
use crate::layout::Layout;
use crate::masks::Masks;
use crate::planes;
use crate::stack::StackView;
use crate::state::{Scan, State};

/// Entries of the recent list.
pub const RECENT_MAX: usize = 8;

/// Scans paths. Opening again what is open replaces it, so that no series is listed twice.
pub(super) fn open(state: &mut State, paths: Vec<PathBuf>) -> Vec<Command> {
    if paths.is_empty() {
        return Vec::new();
    }
    let mut commands = Vec::new();
    state.scans.retain(|scan| {
        let again = scan.paths == paths;
        if let (true, false, Some(request)) = (again, scan.finished, scan.request) {
            commands.push(Command::CancelOpen(request));
        }
        !again
    });
    let request = state.next_request();
    remember(state, &paths);
    state.scans.push(Scan {
        request: Some(request),
        paths: paths.clone(),
        ..Scan::default()
    });
    state.panels.studies = true;
    commands.push(Command::Open {
        request,
        paths,
        text: state.text,
    });
    commands
}

/// Reads text by another rule from now on, and what is open once more.
pub(super) fn read_text_as(state: &mut State, text: TextRule) -> Vec<Command> {
    if state.text == text {
        return Vec::new();
    }
    state.text = text;
    state.wishes.save_text = true;
    let open_paths: Vec<Vec<PathBuf>> = state.scans.iter().map(|scan| scan.paths.clone()).collect();
    let mut commands = close(state);
    for paths in open_paths {
        commands.extend(open(state, paths));
    }
    commands
}

/// Newest first, without doubles, bounded. Of several files their folder is kept; the sample has a place of its own.
fn remember(state: &mut State, paths: &[PathBuf]) {
    let kept = match paths {
        [one] => Some(one.clone()),
        [first, ..] => first.parent().map(PathBuf::from),
        [] => None,
    };
    let Some(path) = kept.filter(|path| state.sample.as_ref() != Some(path)) else {
        return;
    };
    state.recent.retain(|known| *known != path);
    state.recent.insert(0, path);
    state.recent.truncate(RECENT_MAX);
    state.wishes.save_recent = true;
}

/// Says that there is no sample study, and where it was looked for.
pub(super) fn no_sample(state: &mut State) -> Vec<Command> {
    state.say(
        Severity::Warning,
        "The sample study was not found beside the program; `CLISONIX_SAMPLE` may name its folder",
    );
    Vec::new()
}

/// Stops the running scan; what was found stays.
pub(super) fn cancel(state: &mut State) -> Vec<Command> {
    let request = state.running_scan().and_then(|scan| scan.request);
    request.map(Command::CancelOpen).into_iter().collect()
}

/// Forgets all studies, stops what works for them, and goes back to the welcome screen.
pub(super) fn close(state: &mut State) -> Vec<Command> {
    let running = |scan: &Scan| if scan.finished { None } else { scan.request };
    let mut commands: Vec<Command> = state
        .scans
        .iter()
        .filter_map(running)
        .map(Command::CancelOpen)
        .collect();
    commands.extend(planes::close(state));
    commands.extend(crate::fusion::stop(state));
    state.scans.clear();
    state.thumbnails.clear();
    state.thumbnails_asked.clear();
    state.comparison = None;
    state.masks = Masks::default();
    state.attached = Attached::default();
    state.tags.read = None;
    // Views that wait go with their names, so that nothing of these studies stays on screen.
    state.layout = Layout::default();
    state.linking.anchors.clear();
    state.hanging.applied = None;
    // The generation counts on, so that an answer under way is known to be stale.
    let generation = Generation(state.view.generation.0 + 1);
    state.view = StackView {
        id: state.view.id,
        generation,
        ..StackView::default()
    };
    commands
}
