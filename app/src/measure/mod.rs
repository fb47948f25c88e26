//! Measurements: what there is to draw, what was drawn, and a history that gives every step back.

mod draw;
mod edit;
mod figures;
mod import;
mod restore;
mod table;

use std::path::PathBuf;

use kernel_imaging::{FrameReference, Length, RegionFigures};
pub use kernel_imaging::{
    Mark as Measurement, MarkFigures as Figures, MarkKind as Kind, PixelValues,
};

pub(crate) use draw::outline;
pub use draw::{handles_of, to_image};
pub use edit::{cancel, update};
pub use figures::words;
pub use restore::{frame_arrived, restore};
pub use table::csv;

/// Measurements kept at most.
pub const MEASUREMENTS_MAX: usize = 10_000;
/// Steps that undo goes back at most.
pub const UNDO_MAX: usize = 200;
/// Points of one outline at most.
pub const POINTS_MAX: usize = 4_096;
/// Letters of one text at most.
pub const TEXT_MAX: usize = 200;

/// A drawing that is not complete yet.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// What it becomes.
    pub kind: Kind,
    /// Points that stand.
    pub points: Vec<[f64; 2]>,
    /// The point under the pointer.
    pub pending: Option<[f64; 2]>,
}

/// A measurement, or a point of it, that is being moved.
#[derive(Clone, Debug)]
pub(crate) struct Moving {
    id: u32,
    /// Which point; none moves all of it.
    handle: Option<usize>,
    last: [f64; 2],
    before: Vec<Measurement>,
}

/// What the hands do with measurements; points in screen pixels of the pane.
#[derive(Clone, Debug, PartialEq)]
pub enum MeasureAction {
    /// A drag begins.
    Press([f64; 2]),
    /// It goes on.
    Move([f64; 2]),
    /// It ends.
    Release([f64; 2]),
    /// A press without a drag.
    Click([f64; 2]),
    /// The pointer moves without a button.
    Hover([f64; 2]),
    /// Closes an outline.
    Finish,
    /// Chooses one, or none.
    Select(Option<u32>),
    /// Chooses one and goes to its image.
    GoTo(u32),
    /// Other words for one.
    Rename(u32, String),
    /// Removes one.
    Remove(u32),
    /// Removes the one chosen.
    RemoveSelected,
    /// Removes all.
    RemoveAll,
    /// Takes the last change back.
    Undo,
    /// Does it again.
    Redo,
    /// The table, onto the clipboard.
    CopyTable,
    /// Those of a report that is read, onto their images.
    Import(PathBuf),
}

impl MeasureAction {
    /// Whether it is of the tool in hand: a press, a move, a release on the image, a step back or on.
    pub fn is_of_hand(&self) -> bool {
        matches!(
            self,
            Self::Press(_)
                | Self::Move(_)
                | Self::Release(_)
                | Self::Click(_)
                | Self::Hover(_)
                | Self::Finish
                | Self::Undo
                | Self::Redo
        )
    }
}

/// All measurements.
#[derive(Clone, Debug, Default)]
pub struct Measuring {
    /// In the order of their drawing.
    pub list: Vec<Measurement>,
    /// What is being drawn.
    pub draft: Option<Draft>,
    /// The one chosen.
    pub selected: Option<u32>,
    /// Those that wait for their image to be measured on it.
    unmeasured: std::collections::BTreeSet<u32>,
    /// The last number given.
    last_id: u32,
    moving: Option<Moving>,
    undo: Vec<Vec<Measurement>>,
    redo: Vec<Vec<Measurement>>,
}

impl Measuring {
    /// Those on one image.
    pub fn on<'a>(&'a self, frame: &'a FrameReference) -> impl Iterator<Item = &'a Measurement> {
        self.list
            .iter()
            .filter(|one| crate::stack::same_frame(&one.frame, frame))
    }

    /// Whether there is a step to take back.
    pub fn can_undo(&self) -> bool {
        !self.undo.is_empty()
    }

    /// Whether there is a step to do again.
    pub fn can_redo(&self) -> bool {
        !self.redo.is_empty()
    }

    /// Before a change: the list as it is goes into the history, and what was undone is forgotten.
    fn remember(&mut self, before: Vec<Measurement>) {
        if self.undo.len() == UNDO_MAX {
            self.undo.remove(0);
        }
        self.undo.push(before);
        self.redo.clear();
    }
}

/// A length with its unit and note, as it is written everywhere.
fn said(length: &Length) -> String {
    let digits = if length.unit.ends_with('²') { 0 } else { 1 };
    let value = format!("{:.digits$} {}", length.value, length.unit);
    match length.note.as_str() {
        "" => value,
        note => format!("{value} ({note})"),
    }
}

/// The figures of a region with one decimal where that is worth reading.
fn region_words(found: &RegionFigures, unit: &str) -> [String; 2] {
    let number = crate::theme::parts::number;
    [
        format!(
            "Mean {}{unit}, SD {}",
            number(found.mean),
            number(found.standard_deviation)
        ),
        format!(
            "Least {}, greatest {}, {} px",
            number(found.minimum),
            number(found.maximum),
            found.pixels
        ),
    ]
}
