//! Several series side by side: a grid of views of which one is active, and the rules of moving between them.
//!
//! The active view lies in `State::view`, where every tool finds it; the others wait here.

use actor_messages::{Command, RequestId, ViewportId};
use kernel_imaging::Severity;

use crate::planes;
use crate::stack::StackView;
use crate::state::State;
use crate::tools;
use crate::update::viewing;

/// Views in a row, and rows.
pub const SIDE_MAX: usize = 4;

/// What the hands do with the grid; slots count from 0, row by row.
#[derive(Clone, Debug, PartialEq)]
pub enum LayoutAction {
    /// So many rows and columns.
    Grid(usize, usize),
    /// Another view takes the keys and tools.
    Activate(usize),
    /// The next view that is shown, around the end.
    NextView,
    /// Only the active view, or all.
    ToggleSingle,
    /// A series into a view: slot, scan, series key.
    ShowIn(usize, Option<RequestId>, String),
    /// A view that is not active is drawn at this size in screen pixels.
    Resized(usize, [usize; 2]),
    /// Every view as at the beginning.
    ResetAll,
}

/// A series held by the pointer on its way into a view.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesInHand {
    /// The scan it came with.
    pub scan: Option<RequestId>,
    /// `Series::key`.
    pub key: String,
}

/// How the slots lie.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Arrangement {
    /// Row by row, all of one size.
    #[default]
    Grid,
    /// The first at the left, the two others one above the other at the right.
    OneAndTwo,
}

/// The grid.
#[derive(Clone, Debug)]
pub struct Layout {
    /// How the slots lie.
    pub arrangement: Arrangement,
    /// Rows, 1 to [`SIDE_MAX`].
    pub rows: usize,
    /// Views in a row, 1 to [`SIDE_MAX`].
    pub columns: usize,
    /// The slot of the active view.
    pub active: usize,
    /// Only the active view is shown.
    pub single: bool,
    /// One for each slot; the active one's is a placeholder.
    waiting: Vec<StackView>,
}

impl Default for Layout {
    fn default() -> Self {
        Self {
            arrangement: Arrangement::Grid,
            rows: 1,
            columns: 1,
            active: 0,
            single: false,
            waiting: vec![StackView::default()],
        }
    }
}

impl Layout {
    /// Slots there are.
    pub fn count(&self) -> usize {
        self.rows * self.columns
    }

    /// Whether more than one view is on screen.
    pub fn is_grid(&self) -> bool {
        self.count() > 1 && !self.single
    }

    /// Three views, the first of them large and active, which comes back beside the layout.
    pub fn three_planes(views: [StackView; 3]) -> (Self, StackView) {
        let [active, second, third] = views;
        let layout = Self {
            arrangement: Arrangement::OneAndTwo,
            rows: 1,
            columns: 3,
            active: 0,
            single: false,
            waiting: vec![StackView::default(), second, third],
        };
        (layout, active)
    }

    /// Three planes and one view more, all of one size.
    pub fn add_fourth(&mut self, view: StackView) {
        self.waiting.push(view);
        (self.rows, self.columns) = (2, 2);
        self.arrangement = Arrangement::Grid;
    }

    /// The last of four views goes; where it was the active one, the first takes its place.
    pub fn remove_fourth(&mut self, active: &mut StackView) {
        if self.active + 1 == self.waiting.len() {
            *active = std::mem::take(&mut self.waiting[0]);
            self.active = 0;
        }
        self.waiting.pop();
        (self.rows, self.columns) = (1, 3);
        self.arrangement = Arrangement::OneAndTwo;
    }

    /// The view in a slot, to be changed; `active` is the state's own.
    pub fn view_mut<'a>(&'a mut self, slot: usize, active: &'a mut StackView) -> &'a mut StackView {
        match self.waiting.get_mut(slot) {
            Some(view) if slot != self.active => view,
            _ => active,
        }
    }

    /// The view in a slot; `active` is the state's own.
    pub fn view<'a>(&'a self, slot: usize, active: &'a StackView) -> &'a StackView {
        match self.waiting.get(slot) {
            Some(view) if slot != self.active => view,
            _ => active,
        }
    }
}

/// The view that asked under this name, active or waiting.
pub fn view_named(state: &mut State, id: ViewportId) -> Option<&mut StackView> {
    if state.view.id == id {
        return Some(&mut state.view);
    }
    let active = state.layout.active;
    let waiting = state.layout.waiting.iter_mut().enumerate();
    waiting
        .filter(|(slot, _)| *slot != active)
        .map(|(_, view)| view)
        .find(|view| view.id == id)
}

/// What an action does.
pub fn update(state: &mut State, action: LayoutAction) -> Vec<Command> {
    match action {
        LayoutAction::Grid(rows, columns) => grid(state, rows, columns),
        LayoutAction::Activate(slot) => activate(state, slot),
        LayoutAction::NextView => {
            let layout = &state.layout;
            let next = (layout.active + 1) % layout.count();
            activate(state, next);
        }
        LayoutAction::ToggleSingle => {
            state.layout.single = state.layout.count() > 1 && !state.layout.single;
        }
        LayoutAction::ShowIn(slot, scan, key) => {
            activate(state, slot);
            return viewing::show_series(state, scan, &key);
        }
        LayoutAction::Resized(slot, size) => {
            let is_waiting = slot != state.layout.active;
            if let Some(view) = state.layout.waiting.get_mut(slot).filter(|_| is_waiting) {
                view.size = size;
            }
        }
        LayoutAction::ResetAll => {
            planes::update(state, planes::PlanesAction::Straighten);
            let active = state.layout.active;
            viewing::reset(&mut state.view);
            for (slot, view) in state.layout.waiting.iter_mut().enumerate() {
                if slot != active {
                    viewing::reset(view);
                }
            }
        }
    }
    Vec::new()
}

/// Empties the other views that show somebody else than the active one: patients are never side by side (rule 25).
pub(crate) fn keep_one_patient(state: &mut State) {
    let shown = |view: &StackView| {
        let first = view.stack.as_ref()?.frames.first()?;
        let patient = &first.instance.patient;
        Some((
            patient.id.clone(),
            patient.name.clone(),
            patient.birth_date.clone(),
        ))
    };
    let mine = shown(&state.view);
    let active = state.layout.active;
    let mut emptied = false;
    for (slot, view) in state.layout.waiting.iter_mut().enumerate() {
        let theirs = shown(view);
        if slot == active || theirs.is_none() || theirs == mine {
            continue;
        }
        state.views_made += 1;
        *view = StackView {
            id: ViewportId(state.views_made),
            size: view.size,
            ..StackView::default()
        };
        emptied = true;
    }
    if emptied {
        let words =
            "The views of another patient were emptied: patients are never shown side by side";
        state.say(Severity::Info, words);
    }
}

/// Views keep their slots; those beyond the new grid go, and the active one is kept in any case.
fn grid(state: &mut State, rows: usize, columns: usize) {
    let (rows, columns) = (rows.clamp(1, SIDE_MAX), columns.clamp(1, SIDE_MAX));
    // Other views are no longer those that a protocol filled.
    state.hanging.applied = None;
    let count = rows * columns;
    let layout = &mut state.layout;
    if layout.active >= count {
        // The active view takes the last slot that is left.
        layout.active = count - 1;
    }
    (layout.rows, layout.columns, layout.single) = (rows, columns, false);
    layout.arrangement = Arrangement::Grid;
    layout.waiting.truncate(count);
    while layout.waiting.len() < count {
        // Names are not used twice: an answer to a view that is gone finds nobody.
        state.views_made += 1;
        layout.waiting.push(StackView {
            id: ViewportId(state.views_made),
            ..StackView::default()
        });
    }
}

fn activate(state: &mut State, slot: usize) {
    let layout = &mut state.layout;
    if slot == layout.active || slot >= layout.count() {
        return;
    }
    // What is in hand belongs to the view that is left.
    tools::end(&mut state.view);
    state.measuring.draft = None;
    state.looking.cine = None;
    std::mem::swap(&mut state.view, &mut layout.waiting[slot]);
    layout.waiting.swap(slot, layout.active);
    layout.active = slot;
}
