//! Writes computed images as DICOM: copies of their sources' headers with other pixels, or secondary captures where that cannot be.

use std::io::{Read, Seek};

use dicom_core::value::PrimitiveValue;
use dicom_core::{Tag, VR};
use dicom_dictionary_std::{tags, uids};
use kernel_imaging::{FrameReference, Instance, LossyMark, VoiLut};

use crate::dataset::Dataset;
use crate::error::DicomError;
use crate::levels::Levels;
use crate::open::read_object;
use crate::whole::copied;
use crate::written::{Code, Derivation, Item, like, paragraph, reference, series_times, short};

/// Modalities whose classes take 16 bits with a rescale of any slope.
const RESCALED: [&str; 4] = [
    uids::CT_IMAGE_STORAGE,
    uids::MR_IMAGE_STORAGE,
    uids::POSITRON_EMISSION_TOMOGRAPHY_IMAGE_STORAGE,
    uids::COMPUTED_RADIOGRAPHY_IMAGE_STORAGE,
];
/// Computed images of one series.
pub struct ImagesToWrite<'a> {
    /// The image that each is of.
    pub frames: &'a [FrameReference],
    /// Rows, then columns of the computed images.
    pub size: [usize; 2],
    /// Least and greatest value of all of them, in modality units.
    pub range: [f32; 2],
    /// Whether pixels are where those of the source are; those of a transform are not.
    pub in_place: bool,
    /// What was done to the images.
    pub code: Option<Code>,
    /// What was lost by it, and by which factor the pixels became smaller.
    pub lossy: Option<LossyMark>,
}

/// One file.
pub struct WrittenImage {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// SOP Instance UID.
    pub sop_instance_uid: String,
    /// The greatest difference between a value and what is written for it, in modality units.
    pub rounding_max: f64,
}

/// The file of image `at` (from 0), with `values` `[rows, columns]` in modality units; `statement` says how it came about,
/// `source` is the file that it is of, with its length.
///
/// # Errors
/// [`DicomError::Unsupported`] with a sentence when the values do not fit the size or are no numbers; those of reading the source.
pub fn write_image<R: Read + Seek>(
    images: &ImagesToWrite<'_>,
    at: usize,
    values: &[f32],
    statement: &str,
    (mut source, length): (R, u64),
    derivation: &Derivation<'_>,
) -> Result<WrittenImage, DicomError> {
    let [rows, columns] = images.size;
    let Some(frame) = images.frames.get(at) else {
        return refuse(format!("image {} of {}", at + 1, images.frames.len()));
    };
    if values.len() != rows * columns || values.iter().any(|value| !value.is_finite()) {
        return refuse(format!(
            "{} values for {rows} x {columns} pixels, or values that are no numbers",
            values.len()
        ));
    }
    let levels = Levels::over(images.range)?;
    let words: Vec<u16> = values.iter().map(|value| levels.bits(*value)).collect();
    let rounding_max = values
        .iter()
        .zip(&words)
        .map(|(value, bits)| (f64::from(*value) - levels.value(*bits)).abs())
        .fold(0.0, f64::max);

    let header = read_object(&mut source, length, kernel_imaging::TextRule::default())?;
    let root = Dataset::new(&header.walked.header, &header.sets);
    let instance = &frame.instance;
    let copy = images.in_place
        && instance.frames.len() == 1
        && is_rescaled(instance)
        && has_its_essentials(&root, instance);
    let item = if copy {
        of_source(&root, derivation)
    } else {
        captured(images, frame, derivation)
    };
    let class = if copy {
        instance.sop_class_uid.as_str()
    } else {
        uids::SECONDARY_CAPTURE_IMAGE_STORAGE
    };
    let sop_instance_uid = (derivation.uid)(&format!("image {at}"));
    let item = identified(item, class, &sop_instance_uid, at, instance, derivation);
    let item = derived(item, images, frame, &root, statement);
    let item = pixels(item, images, levels, frame, words)?;
    Ok(WrittenImage {
        bytes: item.file(class, &sop_instance_uid)?,
        sop_instance_uid,
        rounding_max,
    })
}

fn refuse<T>(reason: String) -> Result<T, DicomError> {
    Err(DicomError::Unsupported(reason))
}

fn is_rescaled(instance: &Instance) -> bool {
    RESCALED.contains(&instance.sop_class_uid.as_str())
}

/// Whether a source has what its class cannot be without; what lacks it is no model for another object of that class.
fn has_its_essentials(root: &Dataset<'_>, instance: &Instance) -> bool {
    let essentials: &[Tag] = match instance.sop_class_uid.as_str() {
        uids::MR_IMAGE_STORAGE => &[tags::SCANNING_SEQUENCE, tags::SEQUENCE_VARIANT],
        uids::POSITRON_EMISSION_TOMOGRAPHY_IMAGE_STORAGE => &[
            tags::UNITS,
            tags::SERIES_TYPE,
            tags::DECAY_CORRECTION,
            tags::FRAME_REFERENCE_TIME,
        ],
        // Projections have no plane and need no more than this.
        uids::COMPUTED_RADIOGRAPHY_IMAGE_STORAGE => return root.has_value(tags::IMAGE_TYPE),
        _ => &[],
    };
    let placed = instance.frames.first().is_some_and(|it| it.plane.is_some());
    let kinds = root.codes(tags::IMAGE_TYPE).len() >= 3;
    placed && kinds && essentials.iter().all(|tag| root.has_value(*tag))
}

/// The source's header without what belongs to its own pixels and to the file itself.
fn of_source(root: &Dataset<'_>, derivation: &Derivation<'_>) -> Item {
    let item = copied(root, &|tag| !is_of_pixels(tag));
    let item = item
        .text(tags::SPECIFIC_CHARACTER_SET, VR::CS, "ISO_IR 192")
        .text(
            tags::SERIES_DESCRIPTION,
            VR::LO,
            &short(derivation.description),
        );
    let mut equipment: Vec<Item> = root
        .items(tags::CONTRIBUTING_EQUIPMENT_SEQUENCE)
        .iter()
        .map(|one| copied(one, &|_| true))
        .collect();
    equipment.push(processing(derivation));
    series_times(item, derivation).items(tags::CONTRIBUTING_EQUIPMENT_SEQUENCE, equipment)
}

/// What is said of this program beside the machine that made the source.
fn processing(derivation: &Derivation<'_>) -> Item {
    let version = derivation.application.split_whitespace().last();
    Item::new()
        .text(tags::MANUFACTURER, VR::LO, "Clisonix")
        .text(tags::MANUFACTURER_MODEL_NAME, VR::LO, "Clisonix")
        .text(tags::SOFTWARE_VERSIONS, VR::LO, version.unwrap_or_default())
        .text(
            tags::CONTRIBUTION_DESCRIPTION,
            VR::ST,
            &paragraph(derivation.algorithm),
        )
        .items(
            tags::PURPOSE_OF_REFERENCE_CODE_SEQUENCE,
            vec![Code::new("109102", "DCM", "Processing Equipment").item()],
        )
}

/// Elements that are true of the source's pixels or of its file only.
fn is_of_pixels(tag: Tag) -> bool {
    let of_file = matches!(
        tag,
        tags::INSTANCE_CREATION_DATE
            | tags::INSTANCE_CREATION_TIME
            | tags::DERIVATION_DESCRIPTION
            | tags::DERIVATION_CODE_SEQUENCE
            | tags::SOURCE_IMAGE_SEQUENCE
            | tags::ICON_IMAGE_SEQUENCE
            | tags::REAL_WORLD_VALUE_MAPPING_SEQUENCE
            | tags::PRESENTATION_LUT_SEQUENCE
            | tags::ENCRYPTED_ATTRIBUTES_SEQUENCE
            | tags::ORIGINAL_ATTRIBUTES_SEQUENCE
    );
    let of_pixels = matches!(
        tag,
        tags::NUMBER_OF_FRAMES
            | tags::FRAME_INCREMENT_POINTER
            | tags::PLANAR_CONFIGURATION
            | tags::SMALLEST_IMAGE_PIXEL_VALUE
            | tags::LARGEST_IMAGE_PIXEL_VALUE
            | tags::SMALLEST_PIXEL_VALUE_IN_SERIES
            | tags::LARGEST_PIXEL_VALUE_IN_SERIES
            | tags::PIXEL_PADDING_VALUE
            | tags::PIXEL_PADDING_RANGE_LIMIT
            | tags::MODALITY_LUT_SEQUENCE
            | tags::VOILUT_SEQUENCE
            | tags::LOSSY_IMAGE_COMPRESSION
            | tags::LOSSY_IMAGE_COMPRESSION_RATIO
            | tags::LOSSY_IMAGE_COMPRESSION_METHOD
    );
    let palette = tag.group() == 0x0028 && (0x1100..0x1300).contains(&tag.element());
    of_file || of_pixels || palette || tag.group() == 0x0400 || tag.group() >= 0x5000
}

/// A secondary capture: the patient and the study, and the place where the pixels keep it.
fn captured(
    images: &ImagesToWrite<'_>,
    frame: &FrameReference,
    derivation: &Derivation<'_>,
) -> Item {
    let instance = &frame.instance;
    let mut item = like(instance, &instance.modality, derivation)
        .text(tags::CONVERSION_TYPE, VR::CS, "WSD")
        .text(tags::PATIENT_ORIENTATION, VR::CS, "")
        .text(tags::LATERALITY, VR::CS, "");
    let attributes = frame.attributes();
    if images.in_place {
        if let Some(plane) = &attributes.plane {
            let directions = [plane.row_direction_lps, plane.column_direction_lps].concat();
            item = item
                .decimals(tags::IMAGE_POSITION_PATIENT, &plane.position_lps_mm)
                .decimals(tags::IMAGE_ORIENTATION_PATIENT, &directions)
                .decimals(tags::PIXEL_SPACING, &plane.spacing_mm);
        } else if let Some(spacing_mm) = attributes.spacing_mm {
            item = item.decimals(tags::PIXEL_SPACING, &spacing_mm);
        }
        if let Some(thickness_mm) = attributes.slice_thickness_mm {
            item = item.decimals(tags::SLICE_THICKNESS, &[thickness_mm]);
        }
        let window = attributes.voi.iter().find_map(|voi| match voi {
            VoiLut::Window { level, .. } => Some(level),
            VoiLut::Table { .. } => None,
        });
        if let Some(level) = window {
            item = item
                .decimals(tags::WINDOW_CENTER, &[level.center()])
                .decimals(tags::WINDOW_WIDTH, &[level.width()]);
        }
    } else {
        // Coefficients have no place in the patient.
        item = item
            .without(tags::FRAME_OF_REFERENCE_UID)
            .without(tags::POSITION_REFERENCE_INDICATOR);
    }
    item
}

/// Its own names, beside its source's series.
fn identified(
    item: Item,
    class: &str,
    sop_instance_uid: &str,
    at: usize,
    source: &Instance,
    derivation: &Derivation<'_>,
) -> Item {
    let series = source.series_number.unwrap_or(0);
    item.text(tags::SOP_CLASS_UID, VR::UI, class)
        .text(tags::SOP_INSTANCE_UID, VR::UI, sop_instance_uid)
        .text(
            tags::SERIES_INSTANCE_UID,
            VR::UI,
            &(derivation.uid)("series"),
        )
        .whole(
            tags::SERIES_NUMBER,
            series.saturating_mul(100).clamp(0, 99_999_900) + 2,
        )
        .whole(tags::INSTANCE_NUMBER, at as i64 + 1)
}

/// That it is derived: from what, by what, and with which loss.
fn derived(
    item: Item,
    images: &ImagesToWrite<'_>,
    frame: &FrameReference,
    root: &Dataset<'_>,
    statement: &str,
) -> Item {
    let instance = &frame.instance;
    let kind = root.codes(tags::IMAGE_TYPE);
    let further = kind.iter().skip(2).map(String::as_str);
    let image_type: Vec<&str> = ["DERIVED", "SECONDARY"]
        .into_iter()
        .chain(further)
        .collect();
    let purpose = Code::new(
        "121322",
        "DCM",
        "Source image for image processing operation",
    );
    let mut source = reference(instance)
        .items(
            tags::PURPOSE_OF_REFERENCE_CODE_SEQUENCE,
            vec![purpose.item()],
        )
        .text(
            tags::SPATIAL_LOCATIONS_PRESERVED,
            VR::CS,
            if images.in_place { "YES" } else { "NO" },
        );
    if instance.frames.len() > 1 {
        source = source.whole(tags::REFERENCED_FRAME_NUMBER, frame.frame as i64 + 1);
    }
    let item = item
        .texts(tags::IMAGE_TYPE, VR::CS, &image_type)
        .text(tags::DERIVATION_DESCRIPTION, VR::ST, &paragraph(statement))
        .items(tags::SOURCE_IMAGE_SEQUENCE, vec![source]);
    let item = match &images.code {
        Some(code) => item.items(tags::DERIVATION_CODE_SEQUENCE, vec![code.item()]),
        None => item,
    };
    lossy(item, images, instance, root)
}

/// Once lossy, always lossy (rule 24): the source's losses first, then those of the operation.
fn lossy(item: Item, images: &ImagesToWrite<'_>, instance: &Instance, root: &Dataset<'_>) -> Item {
    if images.lossy.is_none() && instance.lossy.is_none() {
        return item.text(tags::LOSSY_IMAGE_COMPRESSION, VR::CS, "00");
    }
    let mut ratios = root.numbers(tags::LOSSY_IMAGE_COMPRESSION_RATIO);
    let mut methods = root.codes(tags::LOSSY_IMAGE_COMPRESSION_METHOD);
    if let Some(mark) = &images.lossy {
        ratios.extend(mark.ratio);
        methods.push(mark.method.clone());
    }
    let mut item = item.text(tags::LOSSY_IMAGE_COMPRESSION, VR::CS, "01");
    if !ratios.is_empty() {
        item = item.decimals(tags::LOSSY_IMAGE_COMPRESSION_RATIO, &ratios);
    }
    if ratios.len() == methods.len() && !methods.is_empty() {
        let methods: Vec<&str> = methods.iter().map(String::as_str).collect();
        item = item.texts(tags::LOSSY_IMAGE_COMPRESSION_METHOD, VR::CS, &methods);
    }
    item
}

fn pixels(
    item: Item,
    images: &ImagesToWrite<'_>,
    levels: Levels,
    frame: &FrameReference,
    words: Vec<u16>,
) -> Result<Item, DicomError> {
    let side = |length: usize| {
        u16::try_from(length)
            .map_err(|_| DicomError::Unsupported(format!("an image {length} pixels wide or high")))
    };
    let [rows, columns] = images.size;
    let unit = match frame.attributes().rescale_unit.as_str() {
        unit if images.in_place && !unit.is_empty() => unit,
        _ => "US",
    };
    let photometric = match (&frame.instance.photometric, images.in_place) {
        (kernel_imaging::PhotometricInterpretation::Monochrome1, true) => "MONOCHROME1",
        _ => "MONOCHROME2",
    };
    Ok(item
        .short(tags::SAMPLES_PER_PIXEL, &[1])
        .text(tags::PHOTOMETRIC_INTERPRETATION, VR::CS, photometric)
        .short(tags::ROWS, &[side(rows)?])
        .short(tags::COLUMNS, &[side(columns)?])
        .short(tags::BITS_ALLOCATED, &[16])
        .short(tags::BITS_STORED, &[16])
        .short(tags::HIGH_BIT, &[15])
        .short(tags::PIXEL_REPRESENTATION, &[u16::from(levels.signed)])
        .decimals(tags::RESCALE_INTERCEPT, &[0.0])
        .decimals(tags::RESCALE_SLOPE, &[levels.step])
        .text(tags::RESCALE_TYPE, VR::LO, unit)
        .with(tags::PIXEL_DATA, VR::OW, PrimitiveValue::U16(words.into())))
}
