//! Why a file or a frame could not be read, in sentences a physician understands.

use thiserror::Error;

/// The reasons a DICOM file or one of its frames is refused.
///
/// No variant carries text out of the data set, so that a message can be shown or logged
/// without naming a patient.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DicomError {
    /// The bytes do not begin like a DICOM file.
    #[error("Not a DICOM file")]
    NotDicom,
    /// The source could not be read.
    #[error("Cannot read the file: {0}")]
    Read(#[from] std::io::Error),
    /// A length reaches past the end of the file.
    #[error(
        "{part} needs {declared} bytes where only {left} are left: the file is cut short or damaged"
    )]
    CutShort {
        /// Element or part of the file, named by tag.
        part: String,
        /// Length stated by the file, in bytes.
        declared: u64,
        /// Bytes that are there.
        left: u64,
    },
    /// A count or size is over a bound of this program.
    #[error("{what} is {value}, more than the {limit} that are accepted")]
    OverLimit {
        /// Name of the quantity.
        what: &'static str,
        /// Value stated by the file.
        value: u64,
        /// The bound, one of [`crate::limits`].
        limit: u64,
    },
    /// The structure of the file contradicts the standard.
    #[error("Damaged DICOM file: {0}")]
    Damaged(String),
    /// Valid, but not handled yet.
    #[error("Not supported yet: {0}")]
    Unsupported(String),
    /// The frame asked for does not exist.
    #[error("Frame {frame} does not exist: the file has {frames}")]
    NoSuchFrame {
        /// Index asked for, from 0.
        frame: usize,
        /// Number of frames.
        frames: usize,
    },
    /// A codec refused the compressed frame.
    #[error("Cannot decode the {codec} frame: {reason}")]
    Codec {
        /// Name of the compression.
        codec: &'static str,
        /// The codec's own words.
        reason: String,
    },
}
