//! Reads the contours of a radiotherapy structure set (PS3.3 C.8.8.5, C.8.8.6, C.8.8.8).

use std::collections::BTreeMap;
use std::io::{Read, Seek};

use dicom_dictionary_std::tags;
use kernel_imaging::{
    Contour, ContourKind, Phi, StructureRegion, StructureSet, TextRule, segment_colour,
};

use crate::dataset::Dataset;
use crate::error::DicomError;
use crate::limits::CONTOUR_POINTS_MAX;
use crate::open::read_object;
use crate::references::images;

/// Reads a structure set's regions with their colours and contours.
///
/// # Errors
/// [`DicomError::Unsupported`] when the file is no structure set; a sentence for a damaged file.
pub fn read_structure_set<R: Read + Seek>(
    mut source: R,
    length: u64,
    text: TextRule,
) -> Result<StructureSet, DicomError> {
    let header = read_object(&mut source, length, text)?;
    let root = Dataset::new(&header.walked.header, &header.sets);
    let regions = root.items(tags::STRUCTURE_SET_ROI_SEQUENCE);
    if regions.is_empty() && root.items(tags::ROI_CONTOUR_SEQUENCE).is_empty() {
        return Err(DicomError::Unsupported(
            "an object that is no structure set".to_owned(),
        ));
    }
    let mut set = StructureSet {
        label: Phi::new(root.text(tags::STRUCTURE_SET_LABEL).unwrap_or_default()),
        regions: Vec::new(),
    };
    let mut place: BTreeMap<i64, usize> = BTreeMap::new();
    for item in regions {
        let number = item.integer(tags::ROI_NUMBER).unwrap_or(0);
        place.insert(number, set.regions.len());
        set.regions.push(StructureRegion {
            number,
            name: Phi::new(item.text(tags::ROI_NAME).unwrap_or_default()),
            colour: segment_colour(u32::try_from(number).unwrap_or(1)),
            frame_of_reference_uid: item.code(tags::REFERENCED_FRAME_OF_REFERENCE_UID),
            ..StructureRegion::default()
        });
    }
    let mut points = 0;
    for item in root.items(tags::ROI_CONTOUR_SEQUENCE) {
        let number = item.integer(tags::REFERENCED_ROI_NUMBER).unwrap_or(0);
        let Some(region) = place
            .get(&number)
            .and_then(|index| set.regions.get_mut(*index))
        else {
            continue;
        };
        if let Some(colour) = item.vector::<3>(tags::ROI_DISPLAY_COLOR) {
            region.colour = colour.map(|value| value.clamp(0.0, 255.0) as u8);
        }
        for contour in item.items(tags::CONTOUR_SEQUENCE) {
            let contour = read_contour(&contour);
            points += contour.points_lps_mm.len();
            if points > CONTOUR_POINTS_MAX {
                return Err(DicomError::OverLimit {
                    what: "The number of contour points",
                    value: points as u64,
                    limit: CONTOUR_POINTS_MAX as u64,
                });
            }
            region.contours.push(contour);
        }
    }
    for item in root.items(tags::RTROI_OBSERVATIONS_SEQUENCE) {
        let number = item.integer(tags::REFERENCED_ROI_NUMBER).unwrap_or(0);
        if let Some(region) = place
            .get(&number)
            .and_then(|index| set.regions.get_mut(*index))
        {
            region.interpreted_type = item.code(tags::RTROI_INTERPRETED_TYPE);
        }
    }
    Ok(set)
}

fn read_contour(item: &Dataset<'_>) -> Contour {
    let kind = match item.code(tags::CONTOUR_GEOMETRIC_TYPE).as_str() {
        "POINT" => ContourKind::Point,
        "OPEN_PLANAR" | "OPEN_NONPLANAR" => ContourKind::Open,
        _ => ContourKind::Closed,
    };
    let coordinates = item.numbers(tags::CONTOUR_DATA);
    Contour {
        kind,
        points_lps_mm: coordinates.as_chunks::<3>().0.to_vec(),
        references: images(item, tags::CONTOUR_IMAGE_SEQUENCE),
    }
}
