//! Masks that a user draws over a series: what is to be made of them, and what was made.

use std::path::PathBuf;
use std::sync::Arc;

use kernel_imaging::{BitPlane, FrameReference, TextRule};
use kernel_tasks::MaskWork;

use crate::command::RequestId;

/// A plane for each image of the series, none where nothing is marked.
pub type MaskPlanes = Arc<Vec<Option<BitPlane>>>;

/// The wish to make a mask.
#[derive(Clone, Debug)]
pub struct MaskRequest {
    /// Repeated by the answer.
    pub request: RequestId,
    /// What is made.
    pub work: MaskWork,
    /// The images of the series, in display order.
    pub frames: Arc<[FrameReference]>,
    /// Distance between slices, mm, where known.
    pub slice_mm: Option<f64>,
    /// Which images are wanted: all, or one while it is looked at.
    pub wanted: MaskWanted,
    /// The masks that there are, by their names.
    pub masks: Vec<(String, MaskPlanes)>,
}

/// Which images of a mask are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MaskWanted {
    /// The whole series.
    Series,
    /// This image only; a newer wish of this kind supersedes an older one.
    Image(usize),
}

/// The wish to take masks out of a segmentation.
#[derive(Clone, Debug)]
pub struct MaskImport {
    /// Repeated by the answer.
    pub request: RequestId,
    /// The segmentation's file.
    pub path: PathBuf,
    /// How its text is read.
    pub text: TextRule,
    /// The images of the series that it lies over, in display order.
    pub frames: Arc<[FrameReference]>,
    /// Distance between slices, mm, where known.
    pub slice_mm: Option<f64>,
}

/// A mask out of a segmentation.
#[derive(Clone, Debug)]
pub struct ImportedMask {
    /// Its label.
    pub name: String,
    /// Its colour.
    pub colour: [u8; 3],
    /// Its planes.
    pub planes: MaskPlanes,
}

/// A mask that was made.
#[derive(Clone, Debug)]
pub struct MadeMask {
    /// The wish.
    pub request: RequestId,
    /// What was wanted.
    pub wanted: MaskWanted,
    /// A plane for each image that was wanted, or one sentence.
    pub planes: Result<MaskPlanes, String>,
}
