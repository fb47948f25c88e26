//! What an object without pixels is called, by its SOP Class UID (PS3.6 Table A-1).

use kernel_imaging::ObjectKind;

/// Names of storage classes that hold no image, longest prefix first.
const NAMES: [(&str, &str); 27] = [
    ("1.2.840.10008.1.3.10", "a DICOM directory (DICOMDIR)"),
    ("1.2.840.10008.5.1.4.1.1.88.59", "a key object selection"),
    ("1.2.840.10008.5.1.4.1.1.88.", "a structured report (SR)"),
    (
        "1.2.840.10008.5.1.4.1.1.104.1",
        "an encapsulated PDF document",
    ),
    (
        "1.2.840.10008.5.1.4.1.1.104.2",
        "an encapsulated CDA document",
    ),
    ("1.2.840.10008.5.1.4.1.1.104.", "an encapsulated 3D model"),
    ("1.2.840.10008.5.1.4.1.1.11.", "a presentation state"),
    (
        "1.2.840.10008.5.1.4.1.1.9.",
        "a waveform, for example an ECG",
    ),
    (
        "1.2.840.10008.5.1.4.1.1.481.3",
        "a radiotherapy structure set (RTSTRUCT)",
    ),
    (
        "1.2.840.10008.5.1.4.1.1.481.5",
        "a radiotherapy plan (RTPLAN)",
    ),
    (
        "1.2.840.10008.5.1.4.1.1.481.8",
        "an ion radiotherapy plan (RTPLAN)",
    ),
    (
        "1.2.840.10008.5.1.4.1.1.481.4",
        "a radiotherapy treatment record",
    ),
    (
        "1.2.840.10008.5.1.4.1.1.481.6",
        "a radiotherapy treatment record",
    ),
    (
        "1.2.840.10008.5.1.4.1.1.481.7",
        "a radiotherapy treatment record",
    ),
    (
        "1.2.840.10008.5.1.4.1.1.481.9",
        "a radiotherapy treatment record",
    ),
    ("1.2.840.10008.5.1.4.1.1.66.1", "a spatial registration"),
    ("1.2.840.10008.5.1.4.1.1.66.2", "a set of spatial fiducials"),
    (
        "1.2.840.10008.5.1.4.1.1.66.3",
        "a deformable spatial registration",
    ),
    ("1.2.840.10008.5.1.4.1.1.66.5", "a surface segmentation"),
    (
        "1.2.840.10008.5.1.4.1.1.66.6",
        "a set of tractography results",
    ),
    ("1.2.840.10008.5.1.4.1.1.67", "a real world value mapping"),
    ("1.2.840.10008.5.1.4.1.1.68.", "a surface scan"),
    (
        "1.2.840.10008.5.1.4.1.1.91.1",
        "a set of microscopy annotations",
    ),
    ("1.2.840.10008.5.1.4.38.1", "a hanging protocol"),
    ("1.2.840.10008.5.1.4.39.1", "a colour palette"),
    ("1.2.840.10008.5.1.4.1.1.66", "raw data"),
    ("1.2.840.10008.5.1.4.1.1.4.2", "MR spectroscopy"),
];

/// How an object is read, by its SOP Class UID; `Other` for images and what is only named.
pub(crate) fn object_kind(sop_class_uid: &str) -> ObjectKind {
    const KINDS: [(&str, ObjectKind); 6] = [
        ("1.2.840.10008.5.1.4.1.1.66.4", ObjectKind::Segmentation),
        ("1.2.840.10008.5.1.4.1.1.66.7", ObjectKind::Segmentation),
        ("1.2.840.10008.5.1.4.1.1.481.3", ObjectKind::StructureSet),
        ("1.2.840.10008.5.1.4.1.1.11.", ObjectKind::PresentationState),
        ("1.2.840.10008.5.1.4.1.1.88.", ObjectKind::Report),
        ("1.2.840.10008.5.1.4.1.1.104.", ObjectKind::Document),
    ];
    KINDS
        .iter()
        .find(|(prefix, _)| is_class(sop_class_uid, prefix))
        .map_or(ObjectKind::Other, |(_, kind)| *kind)
}

/// Whether a class is the one named, or begins with a name that ends in a dot.
fn is_class(sop_class_uid: &str, name: &str) -> bool {
    match name.strip_suffix('.') {
        Some(_) => sop_class_uid.starts_with(name),
        None => sop_class_uid == name,
    }
}

/// A name with its article; objects not in the table are images that lack their pixels, or unknown.
pub(crate) fn object_name(sop_class_uid: &str) -> String {
    let known = NAMES
        .iter()
        .find(|(prefix, _)| is_class(sop_class_uid, prefix));
    match known {
        Some((_, name)) => (*name).to_owned(),
        None if sop_class_uid.is_empty() => {
            "an object of no stated kind without pixel data".to_owned()
        }
        None if sop_class_uid.starts_with("1.2.840.10008.5.1.4.1.1.") => {
            format!("an image without its pixel data (SOP class `{sop_class_uid}`)")
        }
        None => format!("an object of class `{sop_class_uid}` without pixel data"),
    }
}
