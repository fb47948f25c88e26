//! Reads the header of one file into an Instance.

use std::io::{Read, Seek};
use std::path::Path;
use std::sync::Arc;

use dicom_core::Tag;
use dicom_dictionary_std::{tags, uids};
use kernel_imaging::{
    Instance, LossyMark, Patient, Phi, PhotometricInterpretation, PixelDataLocation, StudyHeader,
    TextRule, laterality_conflict,
};

use crate::attributes::all_frames;
use crate::cine::recommended_rate_hz;
use crate::codec;
use crate::cursor::Ahead;
use crate::dataset::Dataset;
use crate::element::Encoding;
use crate::error::DicomError;
use crate::locate::{check_budget, locate};
use crate::open::{open, read_header};
use crate::pixel_element::{PixelLocation, SampleKind};
use crate::problems::Problems;
use crate::references;
use crate::wanted::Wanted;

/// Reads the header of a DICOM file: no pixels, and for all but deflated files only header bytes.
///
/// `length` is the number of bytes of `source`; `path` is kept in the instance and not opened; `text` says how text is read
/// where the file leaves that open.
/// Objects without pixels (reports, structure sets, directories) come back without frames.
///
/// # Errors
/// [`DicomError::NotDicom`] when the bytes are something else; otherwise a sentence that says which
/// bound or rule the file breaks. What is valid but not handled is in [`Instance::problems`] instead.
pub fn read_instance<R: Read + Seek>(
    source: R,
    length: u64,
    path: &Path,
    text: TextRule,
) -> Result<Instance, DicomError> {
    let mut source = Ahead::new(source);
    let opened = open(&mut source, length)?;
    let header = read_header(&mut source, length, &opened, Wanted::Image, text)?;
    let root = Dataset::new(&header.walked.header, &header.sets);
    let mut problems = Problems::default();
    if let Some(PixelLocation::Fragments { ended: false, .. }) = &header.walked.pixels {
        problems.add("The end of the compressed pixel data is not marked".to_owned());
    }
    for set in &header.unknown_sets {
        problems.add(format!(
            "Character set `{set}` is not known: names may be wrong"
        ));
    }
    let or = |code: String, other: &str| {
        if code.is_empty() {
            other.to_owned()
        } else {
            code
        }
    };
    let integer_kind = !matches!(
        header.walked.pixels,
        Some(PixelLocation::Native(
            SampleKind::Float | SampleKind::Double,
            _
        ))
    );
    let mut instance = Instance {
        path: path.to_owned(),
        sop_class_uid: or(root.code(tags::SOP_CLASS_UID), &opened.sop_class_uid),
        sop_instance_uid: or(root.code(tags::SOP_INSTANCE_UID), &opened.sop_instance_uid),
        study_uid: root.code(tags::STUDY_INSTANCE_UID),
        series_uid: root.code(tags::SERIES_INSTANCE_UID),
        transfer_syntax_uid: transfer_syntax(&opened.transfer_syntax_uid, header.walked.encoding),
        modality: root.code(tags::MODALITY),
        series_number: root.integer(tags::SERIES_NUMBER),
        instance_number: root.integer(tags::INSTANCE_NUMBER),
        acquisition_number: root.integer(tags::ACQUISITION_NUMBER),
        echo_number: root.integer(tags::ECHO_NUMBERS),
        temporal_position: root.integer(tags::TEMPORAL_POSITION_IDENTIFIER),
        spacing_between_slices_mm: root.number(tags::SPACING_BETWEEN_SLICES),
        burned_in: root
            .code(tags::BURNED_IN_ANNOTATION)
            .eq_ignore_ascii_case("YES"),
        identity_removed: yes_or_no(&root, tags::PATIENT_IDENTITY_REMOVED),
        deidentification_method: root.texts(tags::DEIDENTIFICATION_METHOD).join(", "),
        recognizable_features: yes_or_no(&root, tags::RECOGNIZABLE_VISUAL_FEATURES),
        frame_of_reference_uid: root.code(tags::FRAME_OF_REFERENCE_UID),
        recommended_rate_hz: recommended_rate_hz(&root),
        title: references::title(&root),
        references: references::series(&root),
        patient: Arc::new(patient(&root)),
        study: Arc::new(study(&root)),
        series_description: phi(&root, tags::SERIES_DESCRIPTION),
        body_part: root.code(tags::BODY_PART_EXAMINED),
        view_position: root.code(tags::VIEW_POSITION),
        presentation_intent: root.code(tags::PRESENTATION_INTENT_TYPE),
        ..Instance::default()
    };
    instance.lossy = lossy(&root, &instance.transfer_syntax_uid);
    if let Some(found) = &header.walked.pixels {
        let frames = image_attributes(&root, &mut instance, integer_kind)?;
        check_budget(&instance, frames)?;
        instance.pixel_data = locate(found, &instance, frames)?;
        if let Err(error) = codec::supported(&instance) {
            problems.add(error.to_string());
        }
        // Within FRAMES_MAX by check_budget.
        let frames = usize::try_from(frames).unwrap_or(0);
        instance.frames = all_frames(root, &instance, frames, &mut problems);
        sides(&root, &instance, &mut problems);
    }
    instance.problems = problems.into_sentences();
    Ok(instance)
}

fn yes_or_no(root: &Dataset<'_>, tag: Tag) -> Option<bool> {
    match root.code(tag).to_ascii_uppercase().as_str() {
        "YES" => Some(true),
        "NO" => Some(false),
        _ => None,
    }
}

/// Says when the sides that the file states contradict each other or the image's place (rule 21).
fn sides(root: &Dataset<'_>, instance: &Instance, problems: &mut Problems) {
    let (image, series) = (
        root.code(tags::IMAGE_LATERALITY),
        root.code(tags::LATERALITY),
    );
    let opposite = [("R", "L"), ("L", "R")];
    if opposite.contains(&(image.as_str(), series.as_str())) {
        problems.add(format!(
            "The image's laterality is {image}, its series' is {series}"
        ));
    }
    let mut last = None;
    for frame in &instance.frames {
        // Frames alike share their attributes and are looked at once.
        if last.is_none_or(|last| !Arc::ptr_eq(last, frame))
            && let Some(text) = laterality_conflict(frame, [instance.columns, instance.rows])
        {
            problems.add(text);
        }
        last = Some(frame);
    }
}

/// The syntax the file is really in: what it declares, unless the native encoding shows otherwise.
fn transfer_syntax(declared: &str, encoding: Encoding) -> String {
    let native = match encoding {
        Encoding::ImplicitLittle => uids::IMPLICIT_VR_LITTLE_ENDIAN,
        Encoding::ExplicitLittle => uids::EXPLICIT_VR_LITTLE_ENDIAN,
        Encoding::ExplicitBig => codec::EXPLICIT_BIG_ENDIAN,
    };
    match declared {
        ""
        | uids::IMPLICIT_VR_LITTLE_ENDIAN
        | uids::EXPLICIT_VR_LITTLE_ENDIAN
        | codec::EXPLICIT_BIG_ENDIAN => native.to_owned(),
        other => other.to_owned(),
    }
}

/// Fills matrix, bits and photometric interpretation; returns the number of frames.
fn image_attributes(
    root: &Dataset<'_>,
    instance: &mut Instance,
    integer_kind: bool,
) -> Result<u64, DicomError> {
    let required = |tag: Tag, name: &str, low: i64, high: i64| match root.integer(tag) {
        Some(value) if (low..=high).contains(&value) => Ok(value as u64),
        Some(value) => Err(DicomError::Damaged(format!("{name} is {value}"))),
        None => Err(DicomError::Damaged(format!(
            "{name} is missing or cannot be read"
        ))),
    };
    let optional = |tag: Tag, name: &str, low: i64, high: i64, default: u64| {
        if root.has_value(tag) {
            required(tag, name, low, high)
        } else {
            Ok(default)
        }
    };
    instance.rows = required(tags::ROWS, "Rows", 1, 65_535)? as usize;
    instance.columns = required(tags::COLUMNS, "Columns", 1, 65_535)? as usize;
    instance.samples_per_pixel =
        optional(tags::SAMPLES_PER_PIXEL, "Samples per Pixel", 1, 4, 1)? as usize;
    instance.bits_allocated = required(tags::BITS_ALLOCATED, "Bits Allocated", 1, 64)? as u16;
    let allocated = u64::from(instance.bits_allocated);
    if integer_kind {
        instance.bits_stored = optional(
            tags::BITS_STORED,
            "Bits Stored",
            1,
            allocated as i64,
            allocated,
        )? as u16;
        let high_bit = u64::from(instance.bits_stored) - 1;
        instance.high_bit = optional(
            tags::HIGH_BIT,
            "High Bit",
            high_bit as i64,
            allocated as i64 - 1,
            high_bit,
        )? as u16;
    } else {
        instance.bits_stored = instance.bits_allocated;
        instance.high_bit = instance.bits_allocated - 1;
    }
    instance.signed = optional(tags::PIXEL_REPRESENTATION, "Pixel Representation", 0, 1, 0)? == 1;
    instance.planar = optional(tags::PLANAR_CONFIGURATION, "Planar Configuration", 0, 1, 0)? as u16;
    let code = root.code(tags::PHOTOMETRIC_INTERPRETATION);
    instance.photometric = if code.is_empty() && instance.samples_per_pixel == 1 {
        PhotometricInterpretation::Monochrome2
    } else {
        PhotometricInterpretation::from_code(&code)
    };
    optional(tags::NUMBER_OF_FRAMES, "Number of Frames", 1, i64::MAX, 1)
}

fn phi(root: &Dataset<'_>, tag: Tag) -> Phi<String> {
    Phi::new(root.text(tag).unwrap_or_default())
}

fn patient(root: &Dataset<'_>) -> Patient {
    Patient {
        name: phi(root, tags::PATIENT_NAME),
        id: phi(root, tags::PATIENT_ID),
        birth_date: phi(root, tags::PATIENT_BIRTH_DATE),
        sex: phi(root, tags::PATIENT_SEX),
        quadruped: root
            .code(tags::ANATOMICAL_ORIENTATION_TYPE)
            .eq_ignore_ascii_case("QUADRUPED"),
    }
}

fn study(root: &Dataset<'_>) -> StudyHeader {
    StudyHeader {
        uid: root.code(tags::STUDY_INSTANCE_UID),
        date: phi(root, tags::STUDY_DATE),
        time: phi(root, tags::STUDY_TIME),
        description: phi(root, tags::STUDY_DESCRIPTION),
        accession: phi(root, tags::ACCESSION_NUMBER),
        institution: phi(root, tags::INSTITUTION_NAME),
    }
}

/// Lossy Image Compression, by the attribute or by a transfer syntax that may lose values (rule 24).
fn lossy(root: &Dataset<'_>, transfer_syntax_uid: &str) -> Option<LossyMark> {
    let stated = root.code(tags::LOSSY_IMAGE_COMPRESSION);
    let syntax = codec::loss(transfer_syntax_uid);
    let marked = match stated.as_str() {
        "01" => true,
        "00" => syntax == codec::Loss::Always,
        _ => syntax != codec::Loss::Never,
    };
    marked.then(|| {
        let method = root
            .codes(tags::LOSSY_IMAGE_COMPRESSION_METHOD)
            .pop()
            .unwrap_or_default();
        LossyMark {
            ratio: root
                .numbers(tags::LOSSY_IMAGE_COMPRESSION_RATIO)
                .last()
                .copied(),
            method: if method.is_empty() {
                codec::name(transfer_syntax_uid).to_owned()
            } else {
                method
            },
        }
    })
}

/// Whether an instance has pixels at all.
pub(crate) fn has_pixels(instance: &Instance) -> bool {
    instance.pixel_data != PixelDataLocation::Absent
}
