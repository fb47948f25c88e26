//! Objects beside images once read, and what they lay over one frame.

use std::path::PathBuf;

use kernel_imaging::{
    EncapsulatedDocument, FrameReference, Overlay, PresentationState, RegionPolygon, Report,
    SegmentMask, Segmentation, StructureSet,
};

/// What an object says.
#[derive(Clone, Debug, PartialEq)]
pub enum ObjectContent {
    /// SEG.
    Segmentation(Segmentation),
    /// RTSTRUCT.
    StructureSet(StructureSet),
    /// GSPS.
    PresentationState(Box<PresentationState>),
    /// SR.
    Report(Report),
    /// Encapsulated PDF and the like: named, not opened.
    Document(EncapsulatedDocument),
}

/// One object, read.
#[derive(Clone, Debug, PartialEq)]
pub struct Attachment {
    /// The file it is in; may go on within a zip archive.
    pub path: PathBuf,
    /// What it says.
    pub content: ObjectContent,
}

/// What lies over one frame beside its own attributes.
#[derive(Clone, Debug, PartialEq)]
pub struct FrameLayers {
    /// The frame.
    pub reference: FrameReference,
    /// The frame's overlays, when some of them lie in unused bits of its pixels.
    pub overlays: Option<Vec<Overlay>>,
    /// Segments, in the order of the objects.
    pub masks: Vec<SegmentMask>,
    /// Contours, in the order of the objects.
    pub polygons: Vec<RegionPolygon>,
    /// What could not be read, a sentence each.
    pub problems: Vec<String>,
}
