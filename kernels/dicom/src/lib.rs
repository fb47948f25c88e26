//! DICOM bytes to instances, frames and studies: bounded reading of files that may be broken or hostile.
//!
//! [`read_instance`] reads a header, [`decode_frame`] one frame, [`arrange`] makes studies of instances.
//! Nothing here opens a path, and no value of a patient is in any error.

mod arrange;
mod attributes;
mod codec;
mod cursor;
mod dataset;
mod decode;
mod element;
mod error;
mod geometry;
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
mod pixel_element;
mod problems;
mod rle;
mod series;
mod slices;
mod stored;
mod tables;
mod text;
mod walk;
mod wanted;

pub use arrange::arrange;
pub use decode::decode_frame;
pub use error::DicomError;
pub use instance::read_instance;
