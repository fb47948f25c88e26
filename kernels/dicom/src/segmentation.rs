//! Reads what a SEG file says about its segments and frames (PS3.3 C.8.20); its pixels are frames as any others.

use std::io::{Read, Seek};
use std::path::Path;
use std::sync::Arc;

use dicom_dictionary_std::tags;
use kernel_imaging::{
    ImageReference, Instance, Phi, Segment, SegmentFrame, Segmentation, SegmentationKind, TextRule,
    segment_colour, srgb_from_cielab,
};

use crate::dataset::Dataset;
use crate::error::DicomError;
use crate::instance::read_instance;
use crate::layers::Layers;
use crate::open::read_object;
use crate::references::images;

/// Reads a segmentation's segments, and of each frame the segment and the images it was made from.
///
/// # Errors
/// Those of [`read_instance`]; [`DicomError::Unsupported`] when the file is no segmentation.
pub fn read_segmentation<R: Read + Seek>(
    mut source: R,
    length: u64,
    path: &Path,
    text: TextRule,
) -> Result<Segmentation, DicomError> {
    let instance = read_instance(&mut source, length, path, text)?;
    let header = read_object(&mut source, length, text)?;
    let root = Dataset::new(&header.walked.header, &header.sets);
    let kind = match root
        .code(tags::SEGMENTATION_TYPE)
        .to_ascii_uppercase()
        .as_str()
    {
        "BINARY" => SegmentationKind::Binary,
        "FRACTIONAL" => {
            let maximum = root.integer(tags::MAXIMUM_FRACTIONAL_VALUE).unwrap_or(255);
            SegmentationKind::Fractional {
                maximum: u32::try_from(maximum).unwrap_or(255).max(1),
            }
        }
        "LABELMAP" => SegmentationKind::Labelmap,
        "" => {
            return Err(DicomError::Unsupported(
                "an object that is no segmentation".to_owned(),
            ));
        }
        other => {
            return Err(DicomError::Unsupported(format!(
                "a segmentation of type {other}"
            )));
        }
    };
    let segments = root
        .items(tags::SEGMENT_SEQUENCE)
        .iter()
        .filter_map(|item| segment(item, &instance))
        .collect();
    let shared = root.item(tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE);
    let per_frame = root.items(tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE);
    let frames = (0..instance.frames.len())
        .map(|index| {
            let layers = Layers {
                root,
                shared,
                frame: per_frame.get(index).copied(),
            };
            frame(&layers, kind)
        })
        .collect();
    Ok(Segmentation {
        instance: Arc::new(instance),
        kind,
        segments,
        frames,
    })
}

fn segment(item: &Dataset<'_>, instance: &Instance) -> Option<Segment> {
    let number = u32::try_from(item.integer(tags::SEGMENT_NUMBER)?).ok()?;
    let lab = item.words(tags::RECOMMENDED_DISPLAY_CIE_LAB_VALUE);
    let palette = || {
        let palette = instance.frames.first()?.palette.as_ref()?;
        palette.colour(i64::from(number))
    };
    let colour = match lab.first_chunk::<3>() {
        Some(lab) => srgb_from_cielab(*lab),
        None => palette().unwrap_or_else(|| segment_colour(number)),
    };
    let meaning = |sequence| {
        item.item(sequence)
            .and_then(|code| code.text(tags::CODE_MEANING))
    };
    let algorithm = [
        item.text(tags::SEGMENT_ALGORITHM_TYPE),
        item.text(tags::SEGMENT_ALGORITHM_NAME),
    ];
    Some(Segment {
        number,
        label: Phi::new(item.text(tags::SEGMENT_LABEL).unwrap_or_default()),
        property: meaning(tags::SEGMENTED_PROPERTY_TYPE_CODE_SEQUENCE).unwrap_or_default(),
        colour,
        algorithm: algorithm
            .into_iter()
            .flatten()
            .collect::<Vec<String>>()
            .join(" "),
    })
}

fn frame(layers: &Layers<'_>, kind: SegmentationKind) -> SegmentFrame {
    let number = layers
        .group(tags::SEGMENT_IDENTIFICATION_SEQUENCE)
        .and_then(|item| item.integer(tags::REFERENCED_SEGMENT_NUMBER))
        .and_then(|number| u32::try_from(number).ok());
    let derivations = layers.items(tags::DERIVATION_IMAGE_SEQUENCE);
    let references: Vec<ImageReference> = derivations
        .iter()
        .flat_map(|derivation| images(derivation, tags::SOURCE_IMAGE_SEQUENCE))
        .collect();
    SegmentFrame {
        segment: number.filter(|_| kind != SegmentationKind::Labelmap),
        references,
    }
}
