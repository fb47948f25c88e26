//! What is written into files for others: the wish, how far it is, and how it went.

use std::path::PathBuf;
use std::sync::Arc;

use kernel_imaging::{FrameReference, Mark, Presentation, Rgba8Image};
use kernel_tasks::Digest;

use crate::command::RequestId;
use crate::masks::MaskPlanes;

/// Writings that run at once at most.
pub const SAVES_MAX: usize = 4;

/// The wish to write something into a file or a folder.
#[derive(Clone, Debug)]
pub struct SaveRequest {
    /// Repeated by the events about it.
    pub request: RequestId,
    /// What is written.
    pub what: SaveWish,
    /// The file, or the folder where several files are made; nothing that is there is replaced.
    pub out: PathBuf,
}

/// What is written.
#[derive(Clone, Debug)]
pub enum SaveWish {
    /// Results of a job: labels and masks as a DICOM segmentation, images as a DICOM series.
    Results {
        /// The folder with the results and their receipts.
        results: PathBuf,
        /// The images that the job was run on.
        images: SaveImages,
    },
    /// Measurements on images of one study, as a DICOM structured report.
    Measurements {
        /// What was measured.
        marks: Arc<[Mark]>,
        /// Measurements on images of other studies, which are not in it.
        left_out: usize,
    },
    /// Masks over the images of a series, as a DICOM segmentation.
    Masks {
        /// The images, in display order.
        frames: Arc<[FrameReference]>,
        /// In their order.
        masks: Vec<MaskToSave>,
    },
    /// A file whose bytes are made already: a table, a picture.
    File {
        /// All of it.
        bytes: Arc<[u8]>,
        /// What it is, a sentence.
        words: String,
    },
    /// What is seen, as PNG, JPEG or a page of PDF by the ending of the name.
    Picture {
        /// The picture with all that is on it.
        image: Arc<Rgba8Image>,
        /// What must be said of it, kept among the texts of a PNG.
        marks: Vec<String>,
    },
    /// The modality values of a frame with 16 bits, as PNG or TIFF by the ending of the name.
    Values {
        /// The frame.
        frame: FrameReference,
        /// What must be said of it.
        marks: Vec<String>,
    },
    /// Images one after the other, as an animated PNG.
    Cine(Box<CineToSave>),
    /// DICOM files, into a new folder.
    Copies {
        /// The files of each series.
        series: Vec<Vec<PathBuf>>,
        /// How.
        kind: CopyKind,
    },
}

/// A mask to be written.
#[derive(Clone, Debug)]
pub struct MaskToSave {
    /// Its label.
    pub name: String,
    /// Its colour.
    pub colour: [u8; 3],
    /// Its planes.
    pub planes: MaskPlanes,
}

/// A cine to be written.
#[derive(Clone, Debug)]
pub struct CineToSave {
    /// In their order.
    pub frames: Arc<[FrameReference]>,
    /// Window and colours.
    pub presentation: Presentation,
    /// How long each is seen, seconds.
    pub frame_time_s: f64,
    /// What stands below each image, as wide as they are.
    pub strip: Rgba8Image,
    /// What must be said of it, kept among the texts of the file.
    pub marks: Vec<String>,
}

/// How files are copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CopyKind {
    /// As they are, identities included.
    Exact,
    /// Without identities: the Basic Profile of PS3.15.
    Anonymised {
        /// Also those that say that identities are burned into their pixels.
        burned_in: bool,
    },
}

/// Where the images are that something is saved of.
#[derive(Clone, Debug)]
pub enum SaveImages {
    /// Among these files and folders.
    Among(Vec<PathBuf>),
    /// These, in their order.
    These {
        /// The images.
        frames: Arc<[FrameReference]>,
        /// Distance between slices, mm, where known.
        slice_mm: Option<f64>,
    },
}

/// What was written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SaveReport {
    /// The file or folder.
    pub out: PathBuf,
    /// Files written.
    pub files: usize,
    /// One sentence.
    pub words: String,
    /// What should be known of it, a sentence each.
    pub notes: Vec<String>,
    /// Of results of a job.
    pub results: Option<SavedResults>,
}

/// Results of a job, saved.
#[derive(Clone, Debug, PartialEq)]
pub struct SavedResults {
    /// The job that made them.
    pub job: Digest,
    /// Images that they are of.
    pub images: usize,
    /// Names of the segments, from 1 on, with the pixels of each; empty for images.
    pub segments: Vec<(String, u64)>,
    /// The greatest difference between a computed value and what is written for it, where images are.
    pub rounding_max: Option<f64>,
}
