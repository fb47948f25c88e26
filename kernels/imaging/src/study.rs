//! The study tree: patients, studies, series, instances and the frames they are shown by.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use crate::attributes::FrameAttributes;
use crate::frame::PhotometricInterpretation;
use crate::object::{AttachedObject, SeriesReference};
use crate::phi::Phi;

/// Who the images are of.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Patient {
    /// Patient's Name (0010,0010).
    pub name: Phi<String>,
    /// Patient ID (0010,0020).
    pub id: Phi<String>,
    /// Patient's Birth Date (0010,0030), as in the file.
    pub birth_date: Phi<String>,
    /// Patient's Sex (0010,0040).
    pub sex: Phi<String>,
    /// Anatomical Orientation Type (0010,2210) is QUADRUPED: letters change (rule 18).
    pub quadruped: bool,
}

/// What a study is called and when it was made; all of it could name the patient.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct StudyHeader {
    /// Study Instance UID.
    pub uid: String,
    /// Study Date, as in the file.
    pub date: Phi<String>,
    /// Study Time, as in the file.
    pub time: Phi<String>,
    /// Study Description.
    pub description: Phi<String>,
    /// Accession Number.
    pub accession: Phi<String>,
    /// Institution Name.
    pub institution: Phi<String>,
}

/// That values were lost on the way (rule 24): once lossy, always lossy.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LossyMark {
    /// Lossy Image Compression Ratio (0028,2112), the last one when several.
    pub ratio: Option<f64>,
    /// Lossy Image Compression Method (0028,2114), or the transfer syntax's name.
    pub method: String,
}

impl fmt::Display for LossyMark {
    /// The mark on the image: `Lossy 12.5:1 JPEG 2000`, with what is known.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Lossy")?;
        if let Some(ratio) = self.ratio.filter(|ratio| ratio.is_finite()) {
            write!(formatter, " {ratio:.1}:1")?;
        }
        if !self.method.trim().is_empty() {
            write!(formatter, " {}", self.method.trim())?;
        }
        Ok(())
    }
}

/// Which element holds the samples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SampleKind {
    /// Pixel Data (7FE0,0010).
    #[default]
    Integer,
    /// Float Pixel Data (7FE0,0008).
    Float,
    /// Double Float Pixel Data (7FE0,0009).
    Double,
}

/// Some bytes of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByteRange {
    /// From the start of the file (of the inflated stream, for a deflated transfer syntax), bytes.
    pub offset_bytes: u64,
    /// How many bytes.
    pub length_bytes: u64,
}

/// Where the reader finds the samples again, so that one frame costs only its own bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum PixelDataLocation {
    /// The instance has no pixels.
    #[default]
    Absent,
    /// All frames one after the other, uncompressed.
    Native {
        /// The value of the element, all frames.
        value: ByteRange,
        /// Which element it is.
        kind: SampleKind,
    },
    /// Fragments of each frame, in order.
    Encapsulated {
        /// One list of fragments a frame.
        frames: Vec<Vec<ByteRange>>,
    },
}

/// One SOP instance: a file's header, without its pixels.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Instance {
    /// The file it was read from.
    pub path: PathBuf,
    /// Where its pixels are in that file.
    pub pixel_data: PixelDataLocation,
    /// SOP Class UID.
    pub sop_class_uid: String,
    /// SOP Instance UID.
    pub sop_instance_uid: String,
    /// Study Instance UID.
    pub study_uid: String,
    /// Series Instance UID.
    pub series_uid: String,
    /// Transfer Syntax UID.
    pub transfer_syntax_uid: String,
    /// Modality (0008,0060).
    pub modality: String,
    /// Series Number.
    pub series_number: Option<i64>,
    /// Instance Number.
    pub instance_number: Option<i64>,
    /// Acquisition Number.
    pub acquisition_number: Option<i64>,
    /// Echo Number(s), the first.
    pub echo_number: Option<i64>,
    /// Temporal Position Identifier.
    pub temporal_position: Option<i64>,
    /// Spacing Between Slices (0018,0088), signed for nuclear medicine (rule 19), mm.
    pub spacing_between_slices_mm: Option<f64>,
    /// Rows.
    pub rows: usize,
    /// Columns.
    pub columns: usize,
    /// Samples per Pixel.
    pub samples_per_pixel: usize,
    /// Photometric Interpretation, as the file declares it.
    pub photometric: PhotometricInterpretation,
    /// Bits Allocated.
    pub bits_allocated: u16,
    /// Bits Stored.
    pub bits_stored: u16,
    /// High Bit.
    pub high_bit: u16,
    /// Pixel Representation: two's complement.
    pub signed: bool,
    /// Planar Configuration.
    pub planar: u16,
    /// Body Part Examined (0018,0015), or empty.
    pub body_part: String,
    /// View Position (0018,5101), such as `CC`, or empty.
    pub view_position: String,
    /// Presentation Intent Type (0008,0068): `FOR PRESENTATION`, `FOR PROCESSING`, or empty.
    pub presentation_intent: String,
    /// Set when the image was ever compressed with loss.
    pub lossy: Option<LossyMark>,
    /// Burned In Annotation is YES (rule 31).
    pub burned_in: bool,
    /// Patient Identity Removed (0012,0062); `None` when the file does not say.
    pub identity_removed: Option<bool>,
    /// De-identification Method (0012,0063), or empty.
    pub deidentification_method: String,
    /// Recognizable Visual Features (0028,0302); `None` when the file does not say.
    pub recognizable_features: Option<bool>,
    /// Frame of Reference UID: positions may be compared within one.
    pub frame_of_reference_uid: String,
    /// Recommended Display Frame Rate (0008,2144) or else Cine Rate, frames a second (rule 29).
    pub recommended_rate_hz: Option<f64>,
    /// Title or label of an object beside images, or empty.
    pub title: Phi<String>,
    /// Series and images that an object beside images refers to.
    pub references: Vec<SeriesReference>,
    /// Who it is of.
    pub patient: Arc<Patient>,
    /// The study it belongs to.
    pub study: Arc<StudyHeader>,
    /// Series Description.
    pub series_description: Phi<String>,
    /// One for each frame; frames alike share the same `Arc`.
    pub frames: Vec<Arc<FrameAttributes>>,
    /// What is not handled yet or looked wrong; shown as notices, named without identity.
    pub problems: Vec<String>,
}

impl Instance {
    /// What must be said before its pixels are exported or shared (rule 31), a sentence each.
    pub fn sharing_flags(&self) -> Vec<String> {
        let mut flags = Vec::new();
        if self.burned_in {
            flags.push("Identity may be burned into the picture".to_owned());
        }
        if self.recognizable_features == Some(true) {
            flags.push("The patient's features may be recognizable".to_owned());
        }
        match self.identity_removed {
            Some(true) if self.deidentification_method.is_empty() => {
                flags.push("Marked as de-identified, no method stated".to_owned());
            }
            Some(true) => flags.push(format!(
                "Marked as de-identified: {}",
                self.deidentification_method
            )),
            Some(false) => flags.push("Not de-identified".to_owned()),
            None => flags.push("The file does not say that it was de-identified".to_owned()),
        }
        flags
    }
}

/// What must be said before the pixels of these frames leave the machine (rule 31), each sentence once.
pub fn sharing_flags(frames: &[FrameReference]) -> Vec<String> {
    let mut flags: Vec<String> = Vec::new();
    let mut last = None;
    for reference in frames {
        // Frames of one instance stand together.
        if last.is_some_and(|last| Arc::ptr_eq(last, &reference.instance)) {
            continue;
        }
        last = Some(&reference.instance);
        for flag in reference.instance.sharing_flags() {
            if !flags.contains(&flag) {
                flags.push(flag);
            }
        }
    }
    flags
}

/// One frame of one instance.
#[derive(Clone, Debug, PartialEq)]
pub struct FrameReference {
    /// The instance it is in.
    pub instance: Arc<Instance>,
    /// Zero-based number of the frame in the instance.
    pub frame: usize,
}

impl FrameReference {
    /// What the file says about this frame; plain defaults when the instance has no such frame.
    pub fn attributes(&self) -> &FrameAttributes {
        static NOTHING_KNOWN: LazyLock<FrameAttributes> = LazyLock::new(FrameAttributes::default);
        self.instance
            .frames
            .get(self.frame)
            .map_or(&*NOTHING_KNOWN, Arc::as_ref)
    }

    /// What a stored value can be, least and greatest, from Bits Stored and Pixel Representation.
    pub fn stored_range(&self) -> (f64, f64) {
        let bits = i32::from(self.instance.bits_stored.clamp(1, 32));
        if self.instance.signed {
            (-(2.0_f64.powi(bits - 1)), 2.0_f64.powi(bits - 1) - 1.0)
        } else {
            (0.0, 2.0_f64.powi(bits) - 1.0)
        }
    }
}

/// Something about a series' geometry that a reader must know (rule 20).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GeometryWarning {
    /// What is wrong and the values, for example both gaps in mm.
    pub text: String,
    /// The two files it lies between.
    pub files: [String; 2],
}

/// Frames that are scrolled through together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// Series UID and what split it off (orientation, echo, time); unique in the study.
    pub key: String,
    /// Series Instance UID.
    pub uid: String,
    /// Series Number.
    pub number: Option<i64>,
    /// Modality.
    pub modality: String,
    /// Series Description.
    pub description: Phi<String>,
    /// In display order.
    pub frames: Vec<FrameReference>,
    /// Distances between slices, rows and columns, mm, from positions; `None` when not a volume.
    pub voxel_mm: Option<[f64; 3]>,
    /// What a reader must know about its geometry.
    pub warnings: Vec<GeometryWarning>,
}

impl Series {
    /// Least and greatest modality value the stored bits could give in any frame: the ends of a
    /// window slider, known before a pixel is decoded. `None` for a series without frames.
    pub fn modality_range(&self) -> Option<(f64, f64)> {
        use crate::lut::ModalityLut;
        self.frames.iter().fold(None, |range, reference| {
            let (stored_low, stored_high) = reference.stored_range();
            let ends = match &reference.attributes().modality_lut {
                ModalityLut::Table(table) => {
                    let entries = || table.values.iter().map(|value| f64::from(*value));
                    [
                        entries().fold(f64::INFINITY, f64::min),
                        entries().fold(f64::NEG_INFINITY, f64::max),
                    ]
                }
                lut @ ModalityLut::Rescale { .. } => [
                    lut.modality_value(stored_low),
                    lut.modality_value(stored_high),
                ],
            };
            let (low, high) = (ends[0].min(ends[1]), ends[0].max(ends[1]));
            if !low.is_finite() || !high.is_finite() {
                return range;
            }
            Some(range.map_or((low, high), |(least, greatest): (f64, f64)| {
                (least.min(low), greatest.max(high))
            }))
        })
    }

    /// The frame in the middle, a good one for a first view.
    pub fn middle(&self) -> Option<&FrameReference> {
        self.frames.get(self.frames.len() / 2)
    }
}

/// One examination of one patient.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Study {
    /// Study Instance UID.
    pub uid: String,
    /// Who it is of.
    pub patient: Arc<Patient>,
    /// What it is called.
    pub header: Arc<StudyHeader>,
    /// In the order of their numbers.
    pub series: Vec<Series>,
    /// Reports, contours, presentation states, documents and segmentations, in the order of their paths.
    pub objects: Vec<AttachedObject>,
}
