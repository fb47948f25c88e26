//! Objects beside the images of a study: what they are and which images they are about.

use std::path::PathBuf;

use crate::phi::Phi;
use crate::study::FrameReference;

/// What an object is and so how it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ObjectKind {
    /// SEG: `kernel_dicom::read_segmentation`.
    Segmentation,
    /// RTSTRUCT: `kernel_dicom::read_structure_set`.
    StructureSet,
    /// GSPS and its colour relatives: `kernel_dicom::read_presentation_state`.
    PresentationState,
    /// SR and key object selections: `kernel_dicom::read_report`.
    Report,
    /// Encapsulated PDF, CDA or model: `kernel_dicom::read_document`.
    Document,
    /// Anything else; its tags can be looked at.
    Other,
}

/// An object that is no picture by itself, or that belongs over other pictures.
#[derive(Clone, Debug, PartialEq)]
pub struct AttachedObject {
    /// What it is.
    pub kind: ObjectKind,
    /// Its name with an article, as in `a structured report (SR)`; never a patient's.
    pub name: String,
    /// The file it is in.
    pub path: PathBuf,
    /// SOP Instance UID.
    pub sop_instance_uid: String,
    /// Series Instance UID.
    pub series_uid: String,
    /// Title, label or description; may be empty.
    pub description: Phi<String>,
    /// The series and images it refers to, as far as its header lists them.
    pub references: Vec<SeriesReference>,
}

impl AttachedObject {
    /// True when it names the series or one of the images in its references.
    pub fn refers_to(&self, series_uid: &str, sop_instance_uid: &str) -> bool {
        self.references.iter().any(|series| {
            series.series_uid == series_uid
                || series.instances.iter().any(|uid| uid == sop_instance_uid)
        })
    }
}

/// Images of one series that an object refers to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeriesReference {
    /// Series Instance UID, or empty.
    pub series_uid: String,
    /// SOP Instance UIDs; empty when the whole series is meant.
    pub instances: Vec<String>,
}

/// One image, or some frames of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageReference {
    /// Referenced SOP Instance UID.
    pub sop_instance_uid: String,
    /// Frames from 0; empty when all frames are meant.
    pub frames: Vec<usize>,
}

impl ImageReference {
    /// True when it means this frame.
    pub fn names(&self, target: &FrameReference) -> bool {
        self.sop_instance_uid == target.instance.sop_instance_uid
            && (self.frames.is_empty() || self.frames.contains(&target.frame))
    }
}
