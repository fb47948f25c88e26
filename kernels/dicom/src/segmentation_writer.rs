//! Writes labels of a series as a SEG file (PS3.3 A.51): binary segments, one frame a segment and image, on the planes of the images.

use dicom_core::VR;
use dicom_dictionary_std::{tags, uids};
use kernel_imaging::{FrameReference, ImagePlane, cielab_from_srgb};

use crate::error::DicomError;
use crate::segment_planes::{LabelsToWrite, Place, bits, marked, planes};
use crate::written::{
    Code, Derivation, Item, like, paragraph, reference, referenced_series, short,
};

/// What is known about one label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentToWrite {
    /// In words.
    pub label: String,
    /// Red, green, blue.
    pub colour: [u8; 3],
    /// What it is, where it is coded.
    pub code: Option<Code>,
}

/// Labels of a series.
pub struct SegmentationToWrite<'a> {
    /// The images, in the order of their labels.
    pub frames: &'a [FrameReference],
    /// Which pixels are in which segment.
    pub labels: LabelsToWrite<'a>,
    /// Segment 1 comes first.
    pub segments: &'a [SegmentToWrite],
    /// How the labels of each image came about; empty where there is nothing to say.
    pub statements: &'a [String],
}

/// The bytes of the file.
///
/// # Errors
/// [`DicomError::Unsupported`] with a sentence when the labels do not fit the images, the images have no common geometry, or no pixel
/// has a label: an empty SEG is none (PS3.3 C.8.20.2).
pub fn write_segmentation(
    segmentation: &SegmentationToWrite<'_>,
    derivation: &Derivation<'_>,
) -> Result<Vec<u8>, DicomError> {
    let planes = planes(segmentation)?;
    let source = &segmentation.frames[0].instance;
    let (rows, columns) = (source.rows, source.columns);
    let marked = marked(segmentation, rows * columns)?;
    let uid = |name: &str| (derivation.uid)(name);
    let instance_uid = uid("instance");
    let organization = uid("dimensions");
    let side = |length: usize| {
        u16::try_from(length)
            .map_err(|_| DicomError::Unsupported(format!("an image {length} pixels wide or high")))
    };
    let (algorithm_type, overlap) = match segmentation.labels {
        LabelsToWrite::Numbers(_) => ("AUTOMATIC", "NO"),
        LabelsToWrite::Planes(_) => ("SEMIAUTOMATIC", "UNDEFINED"),
    };
    let per_frame = marked
        .iter()
        .map(|place| frame_item(segmentation, &planes, *place))
        .collect();
    let index = |pointer, group| {
        Item::new()
            .text(tags::DIMENSION_ORGANIZATION_UID, VR::UI, &organization)
            .tag(tags::DIMENSION_INDEX_POINTER, pointer)
            .tag(tags::FUNCTIONAL_GROUP_POINTER, group)
    };
    like(source, "SEG", derivation)
        .text(tags::SOP_CLASS_UID, VR::UI, uids::SEGMENTATION_STORAGE)
        .text(tags::SOP_INSTANCE_UID, VR::UI, &instance_uid)
        .whole(
            tags::SERIES_NUMBER,
            source
                .series_number
                .unwrap_or(0)
                .saturating_mul(100)
                .clamp(0, 99_999_900)
                + 1,
        )
        .whole(tags::INSTANCE_NUMBER, 1)
        .texts(tags::IMAGE_TYPE, VR::CS, &["DERIVED", "PRIMARY"])
        .text(tags::CONTENT_LABEL, VR::CS, "SEGMENTATION")
        .text(
            tags::CONTENT_DESCRIPTION,
            VR::LO,
            &short(derivation.description),
        )
        .text(tags::CONTENT_CREATOR_NAME, VR::PN, "")
        .short(tags::SAMPLES_PER_PIXEL, &[1])
        .text(tags::PHOTOMETRIC_INTERPRETATION, VR::CS, "MONOCHROME2")
        .short(tags::ROWS, &[side(rows)?])
        .short(tags::COLUMNS, &[side(columns)?])
        .short(tags::BITS_ALLOCATED, &[1])
        .short(tags::BITS_STORED, &[1])
        .short(tags::HIGH_BIT, &[0])
        .short(tags::PIXEL_REPRESENTATION, &[0])
        .text(tags::LOSSY_IMAGE_COMPRESSION, VR::CS, lossy(segmentation))
        .text(tags::SEGMENTATION_TYPE, VR::CS, "BINARY")
        .text(tags::SEGMENTS_OVERLAP, VR::CS, overlap)
        .whole(tags::NUMBER_OF_FRAMES, marked.len() as i64)
        .items(
            tags::SEGMENT_SEQUENCE,
            segments(segmentation, derivation, algorithm_type),
        )
        .items(
            tags::DIMENSION_ORGANIZATION_SEQUENCE,
            vec![Item::new().text(tags::DIMENSION_ORGANIZATION_UID, VR::UI, &organization)],
        )
        .text(tags::DIMENSION_ORGANIZATION_TYPE, VR::CS, "3D")
        .items(
            tags::DIMENSION_INDEX_SEQUENCE,
            vec![
                index(
                    tags::REFERENCED_SEGMENT_NUMBER,
                    tags::SEGMENT_IDENTIFICATION_SEQUENCE,
                ),
                index(tags::IMAGE_POSITION_PATIENT, tags::PLANE_POSITION_SEQUENCE),
            ],
        )
        .items(
            tags::REFERENCED_SERIES_SEQUENCE,
            vec![referenced_series(segmentation.frames)],
        )
        .items(
            tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE,
            vec![shared(segmentation, &planes)],
        )
        .items(tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE, per_frame)
        .bytes(
            tags::PIXEL_DATA,
            VR::OB,
            bits(segmentation, &marked, rows * columns),
        )
        .file(uids::SEGMENTATION_STORAGE, &instance_uid)
}

fn segments(
    segmentation: &SegmentationToWrite<'_>,
    derivation: &Derivation<'_>,
    algorithm_type: &str,
) -> Vec<Item> {
    let tissue = Code::new("85756007", "SCT", "Tissue");
    let anatomy = Code::new("123037004", "SCT", "Anatomical Structure");
    segmentation
        .segments
        .iter()
        .enumerate()
        .map(|(at, segment)| {
            let (category, kind) = match &segment.code {
                Some(code) => (&anatomy, code),
                None => (&tissue, &tissue),
            };
            let mut item = Item::new()
                .short(tags::SEGMENT_NUMBER, &[at as u16 + 1])
                .text(tags::SEGMENT_LABEL, VR::LO, &short(&segment.label))
                .text(tags::SEGMENT_ALGORITHM_TYPE, VR::CS, algorithm_type);
            if !derivation.algorithm.is_empty() {
                let name = short(derivation.algorithm);
                item = item.text(tags::SEGMENT_ALGORITHM_NAME, VR::LO, &name);
            }
            item.items(
                tags::SEGMENTED_PROPERTY_CATEGORY_CODE_SEQUENCE,
                vec![category.item()],
            )
            .items(
                tags::SEGMENTED_PROPERTY_TYPE_CODE_SEQUENCE,
                vec![kind.item()],
            )
            .short(
                tags::RECOMMENDED_DISPLAY_CIE_LAB_VALUE,
                &cielab_from_srgb(segment.colour),
            )
        })
        .collect()
}

/// What all frames have in common.
fn shared(segmentation: &SegmentationToWrite<'_>, planes: &[&ImagePlane]) -> Item {
    let first = planes[0];
    let gap = planes.get(1).map(|second| {
        let (a, b) = (first.position_lps_mm, second.position_lps_mm);
        let normal = first.normal();
        (0..3)
            .map(|axis| (b[axis] - a[axis]) * normal[axis])
            .sum::<f64>()
            .abs()
    });
    let thickness = segmentation.frames[0].attributes().slice_thickness_mm;
    let mut measures = Item::new().decimals(tags::PIXEL_SPACING, &first.spacing_mm);
    if let Some(thickness_mm) = thickness.or(gap) {
        measures = measures.decimals(tags::SLICE_THICKNESS, &[thickness_mm]);
    }
    if let Some(gap_mm) = gap {
        measures = measures.decimals(tags::SPACING_BETWEEN_SLICES, &[gap_mm]);
    }
    let directions = [first.row_direction_lps, first.column_direction_lps].concat();
    Item::new()
        .items(tags::PIXEL_MEASURES_SEQUENCE, vec![measures])
        .items(
            tags::PLANE_ORIENTATION_SEQUENCE,
            vec![Item::new().decimals(tags::IMAGE_ORIENTATION_PATIENT, &directions)],
        )
}

/// Where a frame is, which segment it shows, and of which image.
fn frame_item(
    segmentation: &SegmentationToWrite<'_>,
    planes: &[&ImagePlane],
    (label, image): Place,
) -> Item {
    let frame = &segmentation.frames[image];
    let mut source = reference(&frame.instance)
        .items(
            tags::PURPOSE_OF_REFERENCE_CODE_SEQUENCE,
            vec![
                Code::new(
                    "121322",
                    "DCM",
                    "Source image for image processing operation",
                )
                .item(),
            ],
        )
        .text(tags::SPATIAL_LOCATIONS_PRESERVED, VR::CS, "YES");
    if frame.instance.frames.len() > 1 {
        source = source.whole(tags::REFERENCED_FRAME_NUMBER, frame.frame as i64 + 1);
    }
    let mut derivation = Item::new();
    if let Some(statement) = segmentation.statements.get(image) {
        let text = paragraph(statement);
        derivation = derivation.text(tags::DERIVATION_DESCRIPTION, VR::ST, &text);
    }
    let derivation = derivation
        .items(tags::SOURCE_IMAGE_SEQUENCE, vec![source])
        .items(
            tags::DERIVATION_CODE_SEQUENCE,
            vec![Code::new("113076", "DCM", "Segmentation").item()],
        );
    Item::new()
        .items(
            tags::FRAME_CONTENT_SEQUENCE,
            vec![Item::new().long(
                tags::DIMENSION_INDEX_VALUES,
                &[u32::from(label), image as u32 + 1],
            )],
        )
        .items(
            tags::PLANE_POSITION_SEQUENCE,
            vec![
                Item::new().decimals(tags::IMAGE_POSITION_PATIENT, &planes[image].position_lps_mm),
            ],
        )
        .items(
            tags::SEGMENT_IDENTIFICATION_SEQUENCE,
            vec![Item::new().short(tags::REFERENCED_SEGMENT_NUMBER, &[u16::from(label)])],
        )
        .items(tags::DERIVATION_IMAGE_SEQUENCE, vec![derivation])
}

/// What was lost in a source is lost in what was made of it (rule 24).
fn lossy(segmentation: &SegmentationToWrite<'_>) -> &'static str {
    let lost = |frame: &FrameReference| frame.instance.lossy.is_some();
    if segmentation.frames.iter().any(lost) {
        "01"
    } else {
        "00"
    }
}
