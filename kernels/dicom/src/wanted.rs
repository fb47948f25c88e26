//! Which elements of a file this program reads; all others are passed over unread.

use dicom_core::Tag;
use dicom_dictionary_std::tags;

use crate::limits::{
    ELEMENTS_MAX, HEADER_VALUE_BYTES_MAX, OBJECT_ELEMENTS_MAX, OBJECT_VALUE_BYTES_MAX,
    OVERLAY_BYTES_MAX,
};

/// What a walk hands on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// What an image, and the place of an object in its study, is made of.
    Image,
    /// All public elements that are not bulk: for reports, contours, annotations and the like.
    Object,
}

impl Wanted {
    /// Most elements and items that are visited, apart from those of frames.
    pub fn elements_max(self) -> u64 {
        match self {
            Self::Image => ELEMENTS_MAX,
            Self::Object => OBJECT_ELEMENTS_MAX,
        }
    }

    /// Longest value of this element that is handed on, in bytes.
    pub fn value_bytes_max(self, tag: Tag) -> u64 {
        match self {
            _ if is_overlay(tag) => OVERLAY_BYTES_MAX,
            Self::Image => HEADER_VALUE_BYTES_MAX,
            Self::Object => OBJECT_VALUE_BYTES_MAX,
        }
    }

    /// Whether an element of the root data set is handed on.
    pub fn at_root(self, tag: Tag, sequence: bool) -> bool {
        match self {
            Self::Image => image_at_root(tag, sequence),
            Self::Object => tag != tags::ENCAPSULATED_DOCUMENT && is_public(tag),
        }
    }

    /// Whether an element inside an item that is handed on is handed on as well; `root` is the
    /// sequence of the root data set that all of it stands in.
    pub fn in_item(self, root: Tag, tag: Tag, sequence: bool) -> bool {
        match self {
            Self::Object => is_public(tag),
            Self::Image if sequence && refers_to_images(root) => leads_to_images(tag),
            Self::Image if sequence => image_in_item(tag),
            Self::Image => is_public(tag),
        }
    }
}

/// Not private, and no character set that would change how text is handed on.
fn is_public(tag: Tag) -> bool {
    tag.group().is_multiple_of(2) && tag != tags::SPECIFIC_CHARACTER_SET
}

/// An overlay plane's group, PS3.5 7.6.
pub(crate) fn is_overlay(tag: Tag) -> bool {
    (0x6000..=0x601E).contains(&tag.group()) && tag.group().is_multiple_of(2)
}

fn image_at_root(tag: Tag, sequence: bool) -> bool {
    if sequence {
        return refers_to_images(tag)
            || matches!(
                tag,
                tags::SEQUENCE_OF_ULTRASOUND_REGIONS
                    | tags::MODALITY_LUT_SEQUENCE
                    | tags::VOILUT_SEQUENCE
                    | tags::DETECTOR_INFORMATION_SEQUENCE
                    | tags::REAL_WORLD_VALUE_MAPPING_SEQUENCE
                    | tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE
                    | tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE
                    | tags::OPTICAL_PATH_SEQUENCE
                    | tags::RADIOPHARMACEUTICAL_INFORMATION_SEQUENCE
            );
    }
    let title = matches!(
        tag,
        tags::DOCUMENT_TITLE
            | tags::CONTENT_LABEL
            | tags::CONTENT_DESCRIPTION
            | tags::STRUCTURE_SET_LABEL
            | tags::RT_PLAN_LABEL
    );
    title
        || is_overlay(tag)
        || matches!(
            tag.group(),
            0x0008 | 0x0010 | 0x0012 | 0x0018 | 0x0020 | 0x0028 | 0x0054 | 0x2050 | 0x3004
        )
}

/// Sequences by which an object beside images lists them.
fn refers_to_images(root: Tag) -> bool {
    matches!(
        root,
        tags::REFERENCED_SERIES_SEQUENCE
            | tags::CURRENT_REQUESTED_PROCEDURE_EVIDENCE_SEQUENCE
            | tags::REFERENCED_FRAME_OF_REFERENCE_SEQUENCE
    )
}

fn leads_to_images(tag: Tag) -> bool {
    matches!(
        tag,
        tags::REFERENCED_SERIES_SEQUENCE
            | tags::REFERENCED_INSTANCE_SEQUENCE
            | tags::REFERENCED_IMAGE_SEQUENCE
            | tags::REFERENCED_SOP_SEQUENCE
            | tags::RT_REFERENCED_STUDY_SEQUENCE
            | tags::RT_REFERENCED_SERIES_SEQUENCE
            | tags::CONTOUR_IMAGE_SEQUENCE
    )
}

fn image_in_item(tag: Tag) -> bool {
    matches!(
        tag,
        tags::FRAME_CONTENT_SEQUENCE
            | tags::PLANE_POSITION_SEQUENCE
            | tags::PLANE_ORIENTATION_SEQUENCE
            | tags::PIXEL_MEASURES_SEQUENCE
            | tags::PIXEL_VALUE_TRANSFORMATION_SEQUENCE
            | tags::FRAME_VOILUT_SEQUENCE
            | tags::VOILUT_SEQUENCE
            | tags::FRAME_ANATOMY_SEQUENCE
            | tags::FRAME_DISPLAY_SHUTTER_SEQUENCE
            | tags::MR_ECHO_SEQUENCE
            | tags::SEGMENT_IDENTIFICATION_SEQUENCE
            | tags::TEMPORAL_POSITION_SEQUENCE
            | tags::REAL_WORLD_VALUE_MAPPING_SEQUENCE
            | tags::MEASUREMENT_UNITS_CODE_SEQUENCE
    )
}
