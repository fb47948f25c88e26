//! Masks over a series: named, coloured, drawn by hand or made by a formula, with volumes, and a history that gives every step back.

mod arrivals;
mod brush;
mod hand;
mod rules;
mod seen;

use std::sync::Arc;

use actor_messages::{MaskPlanes, RequestId};
use kernel_imaging::{BitPlane, FrameReference};

pub use arrivals::{arrived, imported, progressed};
pub use hand::hand;
pub use rules::{follow, update};
pub use seen::labels;

use crate::state::State;

/// Masks of one series at most: each has a letter.
pub const MASKS_MAX: usize = 26;
/// Steps that undo goes back at most.
pub const UNDO_MAX: usize = 100;
/// Letters of a name at most.
pub const NAME_MAX: usize = 40;
/// Radius of the brush at most, pixels.
pub const RADIUS_PIXELS_MAX: f64 = 200.0;

/// Colours of new masks, one after the other.
const COLOURS: [[u8; 3]; 6] = [
    [230, 80, 70],
    [80, 190, 110],
    [90, 140, 240],
    [235, 190, 60],
    [190, 110, 220],
    [70, 200, 210],
];

/// What a left drag does to the mask in hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hand {
    /// Marks.
    Brush,
    /// Unmarks.
    Erase,
}

/// One mask.
#[derive(Clone, Debug)]
pub struct Mask {
    /// The letter that formulas call it by.
    pub letter: char,
    /// The user's own name.
    pub name: String,
    /// `Series::key` of the series that it lies over.
    pub series: String,
    /// Its colour.
    pub colour: [u8; 3],
    /// Whether it is seen.
    pub visible: bool,
    /// A plane an image, in display order.
    pub planes: MaskPlanes,
}

/// What is to become of a mask that is being made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A new one.
    New,
    /// This one, changed.
    Change(char),
}

/// A mask that is being made over the whole series.
#[derive(Clone, Debug)]
pub struct Making {
    /// Its request.
    pub request: RequestId,
    /// The series.
    pub series: String,
    /// What it becomes.
    pub purpose: Purpose,
    /// Images done, and all of them.
    pub progress: Option<(usize, usize)>,
}

/// What a formula marks on the image on screen.
#[derive(Clone, Debug)]
pub struct Preview {
    /// The image.
    pub frame: FrameReference,
    /// What is marked; none when nothing is.
    pub plane: Option<BitPlane>,
}

/// What the user does with masks.
#[derive(Clone, Debug, PartialEq)]
pub enum MaskAction {
    /// An empty one.
    Add,
    /// Removes one.
    Remove(char),
    /// Takes one in hand.
    Choose(char),
    /// Another name.
    Rename(char, String),
    /// Another colour.
    Colour(char, [u8; 3]),
    /// Seen or not.
    Toggle(char),
    /// How much of all masks is seen, 0 to 1.
    Opacity(f32),
    /// Radius of the brush in image pixels.
    Radius(f64),
    /// The formula as typed.
    Formula(String),
    /// Shows what the formula marks while one scrolls, or not.
    Look(bool),
    /// The least and the greatest value as typed.
    Range([String; 2]),
    /// The range becomes the formula.
    UseRange,
    /// A new mask of what the formula marks, over the series.
    Make,
    /// The mask in hand grown by mm, or shrunk by a negative number.
    Grow(f64),
    /// The mask in hand without what is thinner than 1 mm, and with gaps of that size closed.
    Smooth,
    /// The mask in hand without holes.
    Fill,
    /// The largest part of the mask in hand.
    Largest,
    /// The outline chosen among the measurements, into the mask in hand.
    TakeOutline,
    /// Masks out of the segmentation that is seen.
    Import(std::path::PathBuf),
    /// Stops the mask that is being made.
    Cancel,
    /// Takes the last change back.
    Undo,
    /// Does it again.
    Redo,
}

/// All masks, and how they are made.
#[derive(Clone, Debug)]
pub struct Masks {
    /// In the order of their making.
    pub list: Vec<Mask>,
    /// The one in hand, by its letter.
    pub chosen: Option<char>,
    /// 0 to 1.
    pub opacity: f32,
    /// Radius of the brush, image pixels.
    pub radius: f64,
    /// The formula as typed.
    pub formula: String,
    /// Whether what it marks is seen while one scrolls.
    pub look: bool,
    /// Least and greatest value as typed.
    pub range: [String; 2],
    /// What the formula marks on the image on screen.
    pub preview: Option<Preview>,
    /// What went wrong with the formula.
    pub failure: Option<String>,
    /// What is being made.
    pub making: Option<Making>,
    /// Counts the changes of what is seen.
    pub version: u64,
    asked: Option<(RequestId, FrameReference)>,
    importing: Option<RequestId>,
    stroke: Option<Vec<Mask>>,
    last: Option<[f64; 2]>,
    undo: Vec<Vec<Mask>>,
    redo: Vec<Vec<Mask>>,
}

impl Default for Masks {
    fn default() -> Self {
        Self {
            list: Vec::new(),
            chosen: None,
            opacity: 0.5,
            radius: 6.0,
            formula: String::new(),
            look: false,
            range: ["40".to_owned(), "400".to_owned()],
            preview: None,
            failure: None,
            making: None,
            version: 0,
            asked: None,
            importing: None,
            stroke: None,
            last: None,
            undo: Vec::new(),
            redo: Vec::new(),
        }
    }
}

impl Masks {
    /// Those over a series.
    pub fn of<'a>(&'a self, series: &'a str) -> impl Iterator<Item = &'a Mask> {
        self.list.iter().filter(move |mask| mask.series == series)
    }

    /// Whether there is a step to take back.
    pub fn can_undo(&self) -> bool {
        !self.undo.is_empty()
    }

    /// Whether there is a step to do again.
    pub fn can_redo(&self) -> bool {
        !self.redo.is_empty()
    }

    /// Before a change: the masks as they are go into the history. Planes are shared, so a step costs little.
    fn remember(&mut self, before: Vec<Mask>) {
        if self.undo.len() == UNDO_MAX {
            self.undo.remove(0);
        }
        self.undo.push(before);
        self.redo.clear();
        self.version += 1;
    }
}

impl State {
    /// The masks over the series on screen.
    pub fn masks_here(&self) -> impl Iterator<Item = &Mask> {
        let key = self.view.stack.as_ref().map_or("", |it| it.key.as_str());
        self.masks.of(key)
    }

    /// The mask in hand, if it lies over the series on screen.
    pub fn mask_in_hand(&self) -> Option<&Mask> {
        let chosen = self.masks.chosen?;
        self.masks_here().find(|mask| mask.letter == chosen)
    }

    /// Volume of a mask of the series on screen, ml; none where the size of a voxel is not known.
    pub fn mask_volume_ml(&self, mask: &Mask) -> Option<f64> {
        let stack = self.view.stack.as_ref()?;
        let plane = stack.frames.first()?.attributes().plane.as_ref()?;
        let voxel_mm3 = stack.slice_mm? * plane.spacing_mm[0] * plane.spacing_mm[1];
        let voxels: usize = mask.planes.iter().flatten().map(BitPlane::count).sum();
        Some(voxels as f64 * voxel_mm3 / 1000.0)
    }
}

/// Nothing marked on any image.
fn empty(images: usize) -> MaskPlanes {
    Arc::new(vec![None; images])
}
