//! DICOM bytes to instances, frames and studies: bounded reading of files that may be broken or hostile.
//!
//! [`read_instance`] reads a header, [`decode_frame`] one frame, [`arrange`] makes studies of instances.
//! Nothing here opens a path, and no value of a patient is in any error.

mod archive;
mod arrange;
mod attributes;
mod cine;
mod codec;
mod colours;
mod cursor;
mod dataset;
mod decode;
mod directory;
mod document;
mod element;
mod error;
mod geometry;
mod graphics;
mod header_writer;
mod instance;
mod jpeg;
mod jpeg2000;
mod jpeg_ls;
mod jpeg_markers;
mod jpeg_xl;
mod layers;
pub mod limits;
mod locate;
mod object_names;
mod open;
mod overlays;
mod pixel_element;
mod presentation_state;
mod problems;
mod references;
mod report;
mod rle;
mod segmentation;
mod series;
mod shutters;
mod slices;
mod source;
mod stored;
mod structure_set;
mod tables;
mod tag_rows;
mod tag_text;
mod text;
mod values;
mod voi;
mod walk;
mod wanted;

pub use archive::{ZipEntry, ZipFiles, zip_entries};
pub use arrange::{arrange, attached_objects};
pub use decode::decode_frame;
pub use directory::{DicomDirectory, read_dicomdir};
pub use document::read_document;
pub use error::DicomError;
pub use instance::read_instance;
pub use overlays::decode_overlays;
pub use presentation_state::read_presentation_state;
pub use report::read_report;
pub use segmentation::read_segmentation;
pub use source::{Source, is_zip, open_source};
pub use structure_set::read_structure_set;
pub use tag_rows::read_tags;
