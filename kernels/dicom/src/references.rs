//! What an object beside images is called, and which images its header lists.

use dicom_core::Tag;
use dicom_dictionary_std::tags;
use kernel_imaging::{ImageReference, Phi, SeriesReference};

use crate::dataset::Dataset;
use crate::limits::REFERENCES_MAX;

/// Title, label or description of an object's content.
pub(crate) fn title(root: &Dataset<'_>) -> Phi<String> {
    let places = [
        tags::DOCUMENT_TITLE,
        tags::STRUCTURE_SET_LABEL,
        tags::RT_PLAN_LABEL,
        tags::CONTENT_DESCRIPTION,
        tags::CONTENT_LABEL,
    ];
    let found = places.into_iter().find_map(|tag| root.text(tag));
    Phi::new(found.unwrap_or_default())
}

/// Series and images out of the sequences by which objects list them.
pub(crate) fn series(root: &Dataset<'_>) -> Vec<SeriesReference> {
    let mut items = root.items(tags::REFERENCED_SERIES_SEQUENCE);
    let evidence = root.items(tags::CURRENT_REQUESTED_PROCEDURE_EVIDENCE_SEQUENCE);
    for study in evidence {
        items.extend(study.items(tags::REFERENCED_SERIES_SEQUENCE));
    }
    for space in root.items(tags::REFERENCED_FRAME_OF_REFERENCE_SEQUENCE) {
        for study in space.items(tags::RT_REFERENCED_STUDY_SEQUENCE) {
            items.extend(study.items(tags::RT_REFERENCED_SERIES_SEQUENCE));
        }
    }
    let lists = [
        tags::REFERENCED_INSTANCE_SEQUENCE,
        tags::REFERENCED_IMAGE_SEQUENCE,
        tags::REFERENCED_SOP_SEQUENCE,
        tags::CONTOUR_IMAGE_SEQUENCE,
    ];
    let mut kept = 0;
    let mut all: Vec<SeriesReference> = Vec::new();
    for item in items {
        let uids = lists.iter().flat_map(|list| item.items(*list));
        let instances: Vec<String> = uids
            .map(|image| image.code(tags::REFERENCED_SOP_INSTANCE_UID))
            .filter(|uid| !uid.is_empty())
            .take(REFERENCES_MAX - kept)
            .collect();
        kept += instances.len();
        all.push(SeriesReference {
            series_uid: item.code(tags::SERIES_INSTANCE_UID),
            instances,
        });
    }
    all
}

/// Images of a sequence, each with its frames counted from 0.
pub(crate) fn images(item: &Dataset<'_>, sequence: Tag) -> Vec<ImageReference> {
    let references = item.items(sequence).into_iter().take(REFERENCES_MAX);
    references
        .map(|image| ImageReference {
            sop_instance_uid: image.code(tags::REFERENCED_SOP_INSTANCE_UID),
            frames: image
                .integers(tags::REFERENCED_FRAME_NUMBER)
                .into_iter()
                .filter_map(|number| usize::try_from(number - 1).ok())
                .collect(),
        })
        .filter(|reference| !reference.sop_instance_uid.is_empty())
        .collect()
}
