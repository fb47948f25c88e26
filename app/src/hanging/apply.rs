//! Fills the views by a protocol: when a study has been read, or when one is chosen.

use actor_messages::{Command, RequestId};
use kernel_imaging::{Severity, VoiChoice, VoiFunction, WindowLevel};

use super::matching::Opened;
use super::{Cell, Edge, HangingProtocol, Place, fill, fits};
use crate::layout::{self, LayoutAction};
use crate::planes;
use crate::stack::{Justify, StackView};
use crate::state::State;
use crate::update::viewing;

/// A scan is over: its first study is hung by the first protocol that fits and hangs by itself. Who has
/// arranged views by then keeps them.
pub fn follow(state: &mut State, request: RequestId) -> Vec<Command> {
    let newest = state.scans.last().and_then(|scan| scan.request) == Some(request);
    let shows = |view: &StackView| {
        let stack = view.stack.as_ref();
        stack.is_some_and(|stack| stack.scan == Some(request))
    };
    let untouched = state.layout.count() == 1
        && !state.planes.is_open()
        && state.planes.building.is_none()
        && shows(&state.view);
    if !newest || !untouched {
        return Vec::new();
    }
    let protocols = state.hanging.protocols.clone();
    let automatic = protocols.iter().filter(|protocol| protocol.automatic);
    for protocol in automatic {
        let places = places(state, protocol);
        if fits(protocol, &places) {
            return hang(state, protocol, &places);
        }
    }
    Vec::new()
}

/// Hangs the study in view by the protocol of a name, or says why not.
pub fn choose(state: &mut State, name: &str) -> Vec<Command> {
    let Some(protocol) = state.hanging.named(name).cloned() else {
        return Vec::new();
    };
    // From planes it goes back to the series first, so that the study in view is known.
    let mut commands = planes::cancel(state);
    commands.extend(planes::leave(state));
    let places = places(state, &protocol);
    if !fits(&protocol, &places) {
        let words = format!("`{name}` does not fit the study in view");
        state.say(Severity::Warning, words.clone());
        state.planes.refusal = Some(words);
        return commands;
    }
    commands.extend(hang(state, &protocol, &places));
    commands
}

/// The places that a protocol finds in the study in view and its priors.
fn places(state: &State, protocol: &HangingProtocol) -> Vec<Option<Place>> {
    let all: Vec<Opened<'_>> = state
        .scans
        .iter()
        .flat_map(|scan| scan.studies.iter().map(move |study| (scan.request, study)))
        .collect();
    let in_view = state.view.stack.as_ref().and_then(|stack| {
        let holds = |study: &Opened<'_>| {
            let series = study.1.series.iter();
            study.0 == stack.scan && series.map(|it| &it.key).any(|key| *key == stack.key)
        };
        all.iter().copied().find(holds)
    });
    in_view.map_or_else(Vec::new, |hung| fill(protocol, &all, hung))
}

fn hang(state: &mut State, protocol: &HangingProtocol, places: &[Option<Place>]) -> Vec<Command> {
    let grid = match protocol.layout.planes {
        true => (1, 1),
        false => (protocol.layout.rows, protocol.layout.columns),
    };
    // One view first, so that all others begin empty.
    for (rows, columns) in [(1, 1), grid] {
        layout::update(state, LayoutAction::Grid(rows, columns));
    }
    let mut commands = Vec::new();
    for (slot, (cell, place)) in protocol.cells.iter().zip(places).enumerate() {
        layout::update(state, LayoutAction::Activate(slot));
        match place {
            Some(place) => {
                commands.extend(viewing::show_series_at(
                    state,
                    place.scan,
                    &place.key,
                    place.index,
                ));
                look(&mut state.view, cell);
            }
            None => state.view.empty(),
        }
    }
    // The first view that has an image takes the keys.
    let first = places.iter().position(Option::is_some).unwrap_or(0);
    layout::update(state, LayoutAction::Activate(first));
    if protocol.layout.linked {
        let linking = &mut state.linking;
        (linking.scroll, linking.zoom, linking.window) = (true, true, true);
    }
    if protocol.layout.planes {
        commands.extend(planes::start(state));
    }
    state.hanging.applied = Some(protocol.name.clone());
    commands
}

/// How the image of a cell is seen.
fn look(view: &mut StackView, cell: &Cell) {
    if let Some(window) = cell.window
        && let Ok(level) = WindowLevel::new(window.center, window.width)
    {
        view.presentation.voi = VoiChoice::Manual(level, VoiFunction::LinearExact);
    }
    let Some(edge) = cell.chest_wall else {
        return;
    };
    view.justify = match edge {
        Edge::Left => Justify::Left,
        Edge::Right => Justify::Right,
    };
    let attributes = view.wanted().map(|frame| frame.attributes());
    let rows_run = attributes
        .and_then(|attributes| attributes.patient_orientation.as_ref())
        .and_then(|[rows, _]| rows.trim().chars().next());
    // Rows that run to the back have the chest wall at their end.
    let lies = match rows_run {
        Some('P') => Some(Edge::Right),
        Some('A') => Some(Edge::Left),
        // Unknown: nothing is flipped on a guess.
        _ => None,
    };
    view.transform.flip_horizontal = lies.is_some_and(|lies| lies != edge);
}
