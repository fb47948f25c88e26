//! Which elements of a file this program reads; all others are passed over unread.

use dicom_core::Tag;
use dicom_dictionary_std::tags;

/// Whether an element of the root data set is handed on.
pub(crate) fn wanted_at_root(tag: Tag, sequence: bool) -> bool {
    if sequence {
        return matches!(
            tag,
            tags::SEQUENCE_OF_ULTRASOUND_REGIONS
                | tags::MODALITY_LUT_SEQUENCE
                | tags::VOILUT_SEQUENCE
                | tags::DETECTOR_INFORMATION_SEQUENCE
                | tags::REAL_WORLD_VALUE_MAPPING_SEQUENCE
                | tags::SHARED_FUNCTIONAL_GROUPS_SEQUENCE
                | tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE
        );
    }
    matches!(
        tag.group(),
        0x0008 | 0x0010 | 0x0012 | 0x0018 | 0x0020 | 0x0028 | 0x0054 | 0x2050 | 0x3004
    )
}

/// Whether an element inside an item that is handed on is handed on as well.
pub(crate) fn wanted_in_item(tag: Tag, sequence: bool) -> bool {
    if sequence {
        return matches!(
            tag,
            tags::FRAME_CONTENT_SEQUENCE
                | tags::PLANE_POSITION_SEQUENCE
                | tags::PLANE_ORIENTATION_SEQUENCE
                | tags::PIXEL_MEASURES_SEQUENCE
                | tags::PIXEL_VALUE_TRANSFORMATION_SEQUENCE
                | tags::FRAME_VOILUT_SEQUENCE
                | tags::VOILUT_SEQUENCE
                | tags::FRAME_ANATOMY_SEQUENCE
                | tags::MR_ECHO_SEQUENCE
                | tags::SEGMENT_IDENTIFICATION_SEQUENCE
                | tags::TEMPORAL_POSITION_SEQUENCE
                | tags::REAL_WORLD_VALUE_MAPPING_SEQUENCE
                | tags::MEASUREMENT_UNITS_CODE_SEQUENCE
        );
    }
    // Private elements, and a character set that would change how text is handed on.
    tag.group().is_multiple_of(2) && tag != tags::SPECIFIC_CHARACTER_SET
}
