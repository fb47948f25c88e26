//! Writes measurements as a structured report (PS3.3 A.35.3 Comprehensive SR) of template TID 1500, with their places on the images.

use dicom_core::{Tag, VR};
use dicom_dictionary_std::{tags, uids};
use kernel_imaging::{Length, Mark, MarkFigures, MarkKind};

use crate::error::DicomError;
use crate::limits::REPORT_MARKS_MAX;
use crate::report_codes::{self as codes, Concept};
use crate::written::{Code, Derivation, IMPLEMENTATION_CLASS_UID, Item, like, reference, short};

/// The bytes of a report of marks that lie on images of one study.
///
/// # Errors
/// [`DicomError::Unsupported`] without a mark, and for marks of several studies, whose patients may differ.
pub fn write_measurement_report(
    marks: &[Mark],
    derivation: &Derivation<'_>,
) -> Result<Vec<u8>, DicomError> {
    let Some(first) = marks.first() else {
        return Err(DicomError::Unsupported("a report of no measurement".into()));
    };
    if marks.len() > REPORT_MARKS_MAX {
        return Err(DicomError::OverLimit {
            what: "The number of measurements of the report",
            value: marks.len() as u64,
            limit: REPORT_MARKS_MAX as u64,
        });
    }
    let source = &first.frame.instance;
    let strange = |mark: &Mark| mark.frame.instance.study_uid != source.study_uid;
    if marks.iter().any(strange) {
        return Err(DicomError::Unsupported(
            "a report of measurements on images of several studies".into(),
        ));
    }
    let uid = |name: &str| (derivation.uid)(name);
    let groups = marks
        .iter()
        .enumerate()
        .map(|(at, mark)| group(mark, &uid(&format!("mark {at}"))))
        .collect();
    let content = vec![
        item("HAS CONCEPT MOD", codes::LANGUAGE).coded(codes::ENGLISH),
        item("HAS OBS CONTEXT", codes::OBSERVER_TYPE).coded(codes::DEVICE),
        item("HAS OBS CONTEXT", codes::DEVICE_UID).named_uid(IMPLEMENTATION_CLASS_UID),
        item("HAS OBS CONTEXT", codes::DEVICE_NAME).worded(derivation.application),
        item("HAS OBS CONTEXT", codes::DEVICE_MAKER).worded("Clisonix"),
        item("HAS OBS CONTEXT", codes::DEVICE_MODEL).worded("Clisonix"),
        item("HAS CONCEPT MOD", codes::PROCEDURE).coded(codes::IMAGING),
        item("CONTAINS", codes::MEASUREMENTS).holding(groups),
    ];
    let instance_uid = uid("instance");
    let series = source.series_number.unwrap_or(0);
    like(source, "SR", derivation)
        .without(tags::FRAME_OF_REFERENCE_UID)
        .without(tags::POSITION_REFERENCE_INDICATOR)
        .text(tags::SOP_CLASS_UID, VR::UI, uids::COMPREHENSIVE_SR_STORAGE)
        .text(tags::SOP_INSTANCE_UID, VR::UI, &instance_uid)
        .whole(
            tags::SERIES_NUMBER,
            series.saturating_mul(100).clamp(0, 99_999_900) + 3,
        )
        .whole(tags::INSTANCE_NUMBER, 1)
        .items(tags::REFERENCED_PERFORMED_PROCEDURE_STEP_SEQUENCE, vec![])
        .items(tags::PERFORMED_PROCEDURE_CODE_SEQUENCE, vec![])
        .text(tags::COMPLETION_FLAG, VR::CS, "COMPLETE")
        .text(tags::VERIFICATION_FLAG, VR::CS, "UNVERIFIED")
        .items(
            tags::CURRENT_REQUESTED_PROCEDURE_EVIDENCE_SEQUENCE,
            vec![evidence(marks, &source.study_uid)],
        )
        .text(tags::VALUE_TYPE, VR::CS, "CONTAINER")
        .items(
            tags::CONCEPT_NAME_CODE_SEQUENCE,
            vec![codes::REPORT.code().item()],
        )
        .text(tags::CONTINUITY_OF_CONTENT, VR::CS, "SEPARATE")
        .items(tags::CONTENT_TEMPLATE_SEQUENCE, vec![template("1500")])
        .items(tags::CONTENT_SEQUENCE, content)
        .file(uids::COMPREHENSIVE_SR_STORAGE, &instance_uid)
}

/// The images, by their series.
fn evidence(marks: &[Mark], study_uid: &str) -> Item {
    let mut series: Vec<(&str, Vec<&Mark>)> = Vec::new();
    for mark in marks {
        let instance = &mark.frame.instance;
        let uid = instance.series_uid.as_str();
        let at = series.iter().position(|(known, _)| *known == uid);
        let at = at.unwrap_or_else(|| {
            series.push((uid, Vec::new()));
            series.len() - 1
        });
        let images = &mut series[at].1;
        let same =
            |known: &&Mark| known.frame.instance.sop_instance_uid == instance.sop_instance_uid;
        if !images.iter().any(same) {
            images.push(mark);
        }
    }
    let series = series.into_iter().map(|(uid, images)| {
        let images = images.iter().map(|mark| reference(&mark.frame.instance));
        Item::new()
            .text(tags::SERIES_INSTANCE_UID, VR::UI, uid)
            .items(tags::REFERENCED_SOP_SEQUENCE, images.collect())
    });
    Item::new()
        .text(tags::STUDY_INSTANCE_UID, VR::UI, study_uid)
        .items(tags::REFERENCED_SERIES_SEQUENCE, series.collect())
}

/// One mark: TID 1410 where it encloses a region, else TID 1501.
fn group(mark: &Mark, uid: &str) -> Item {
    let name = short(&format!("{} {}", mark.kind.label(), mark.id));
    let mut content = vec![
        item("HAS OBS CONTEXT", codes::TRACKING_NAME).worded(&name),
        item("HAS OBS CONTEXT", codes::TRACKING_UID).named_uid(uid),
    ];
    let region = mark.kind.region(&mark.points).is_some();
    if region {
        content.extend(
            places(mark)
                .into_iter()
                .map(|place| place.related("CONTAINS").called(codes::IMAGE_REGION)),
        );
    }
    content.extend(numbers(mark, region));
    let words = matches!(mark.kind, MarkKind::Text | MarkKind::Arrow);
    if words || !mark.text.is_empty() {
        let text = item("CONTAINS", codes::COMMENT).worded(match mark.text.as_str() {
            "" => mark.kind.label(),
            text => text,
        });
        content.push(match words {
            true => text.items(tags::CONTENT_SEQUENCE, inferred(mark)),
            false => text,
        });
    }
    let identifier = if region { "1410" } else { "1501" };
    item("CONTAINS", codes::GROUP)
        .holding(content)
        .items(tags::CONTENT_TEMPLATE_SEQUENCE, vec![template(identifier)])
}

fn template(identifier: &str) -> Item {
    Item::new()
        .text(tags::MAPPING_RESOURCE, VR::CS, "DCMR")
        .text(tags::TEMPLATE_IDENTIFIER, VR::CS, identifier)
}

/// What was measured. Lines and angles say where; what lies in a region has the region beside it.
fn numbers(mark: &Mark, region: bool) -> Vec<Item> {
    let figures = &mark.figures;
    let place = || if region { Vec::new() } else { inferred(mark) };
    let mut found = Vec::new();
    if let Some(length) = &figures.length {
        found.push(size(codes::LENGTH, length, place()));
    }
    if let Some(degrees) = figures.angle_degrees {
        let concept = match mark.kind {
            MarkKind::Cobb => codes::COBB,
            _ => codes::ANGLE,
        };
        found.push(number(concept, degrees, codes::unit("°"), place()));
    }
    if let Some(area) = &figures.area {
        found.push(size(codes::AREA, area, place()));
    }
    found.extend(values(mark, figures, place));
    found
}

/// Figures of modality values.
fn values(mark: &Mark, figures: &MarkFigures, place: impl Fn() -> Vec<Item>) -> Vec<Item> {
    let modality = mark.frame.instance.modality.as_str();
    let concept = codes::of_values(modality, &figures.unit);
    let unit = || codes::unit(&figures.unit);
    let mut found = Vec::new();
    if let Some(region) = &figures.region {
        for (derived, value) in [
            (codes::MEAN, region.mean),
            (codes::DEVIATION, region.standard_deviation),
            (codes::MINIMUM, region.minimum),
            (codes::MAXIMUM, region.maximum),
        ] {
            let by = item("HAS CONCEPT MOD", codes::DERIVATION).coded(derived);
            found.push(number(concept, value, unit(), vec![by]));
        }
        let count = region.pixels as f64;
        found.push(number(codes::PIXEL_COUNT, count, codes::unit("px"), vec![]));
    }
    if let Some(pixel) = &figures.pixel {
        if let Some(value) = pixel.modality {
            found.push(number(concept, value, unit(), place()));
        }
        for stored in &pixel.stored {
            let stored = number(codes::STORED_VALUE, *stored, codes::unit(""), place());
            found.push(stored);
        }
    }
    found
}

/// A length or an area; what qualifies it stands below it.
fn size(concept: Concept, length: &Length, mut below: Vec<Item>) -> Item {
    if !length.note.is_empty() {
        below.push(item("HAS PROPERTIES", codes::COMMENT).worded(&length.note));
    }
    number(concept, length.value, codes::unit(length.unit), below)
}

fn number(concept: Concept, value: f64, unit: Code, below: Vec<Item>) -> Item {
    let measured = Item::new()
        .decimals(tags::NUMERIC_VALUE, &[value])
        // The text has 16 characters; this has all of it.
        .double(tags::FLOATING_POINT_VALUE, value)
        .items(tags::MEASUREMENT_UNITS_CODE_SEQUENCE, vec![unit.item()]);
    let found = item("CONTAINS", concept)
        .text(tags::VALUE_TYPE, VR::CS, "NUM")
        .items(tags::MEASURED_VALUE_SEQUENCE, vec![measured]);
    match below.is_empty() {
        true => found,
        false => found.items(tags::CONTENT_SEQUENCE, below),
    }
}

fn inferred(mark: &Mark) -> Vec<Item> {
    let places = places(mark).into_iter();
    places.map(|place| place.related("INFERRED FROM")).collect()
}

/// The coordinates on the image, without the relation to what they belong to. The two lines of a Cobb angle are two.
fn places(mark: &Mark) -> Vec<Item> {
    let lines: Vec<(&str, Vec<[f64; 2]>)> = match (mark.kind, mark.points.as_slice()) {
        (MarkKind::Cobb, [a, b, c, d]) => {
            vec![("POLYLINE", vec![*a, *b]), ("POLYLINE", vec![*c, *d])]
        }
        (MarkKind::Rectangle, [a, b]) => {
            let corners = vec![*a, [b[0], a[1]], *b, [a[0], b[1]], *a];
            vec![("POLYLINE", corners)]
        }
        (MarkKind::Ellipse, [a, b]) => vec![("ELLIPSE", axes(*a, *b))],
        (MarkKind::Polygon | MarkKind::Freehand, points) => {
            let closed = points.iter().chain(points.first()).copied();
            vec![("POLYLINE", closed.collect())]
        }
        (_, [point]) => vec![("POINT", vec![*point])],
        (_, points) => vec![("POLYLINE", points.to_vec())],
    };
    let instance = &mark.frame.instance;
    let mut image = reference(instance);
    if instance.frames.len() > 1 {
        image = image.whole(tags::REFERENCED_FRAME_NUMBER, mark.frame.frame as i64 + 1);
    }
    lines
        .into_iter()
        .map(|(kind, points)| {
            let image = item("SELECTED FROM", codes::SOURCE)
                .text(tags::VALUE_TYPE, VR::CS, "IMAGE")
                .items(tags::REFERENCED_SOP_SEQUENCE, vec![image.clone()]);
            let values: Vec<f32> = points.iter().flatten().map(|at| *at as f32).collect();
            Item::new()
                .text(tags::VALUE_TYPE, VR::CS, "SCOORD")
                .text(tags::GRAPHIC_TYPE, VR::CS, kind)
                .floats(tags::GRAPHIC_DATA, &values)
                .items(tags::CONTENT_SEQUENCE, vec![image])
        })
        .collect()
}

/// The ends of the longer axis of the ellipse in a box, then those of the shorter one.
fn axes(a: [f64; 2], b: [f64; 2]) -> Vec<[f64; 2]> {
    let middle = [(a[0] + b[0]) / 2.0, (a[1] + b[1]) / 2.0];
    let across = [[a[0], middle[1]], [b[0], middle[1]]];
    let down = [[middle[0], a[1]], [middle[0], b[1]]];
    let wide = (a[0] - b[0]).abs() >= (a[1] - b[1]).abs();
    if wide {
        [across, down].concat()
    } else {
        [down, across].concat()
    }
}

/// A content item: its relation and its concept.
fn item(relation: &str, concept: Concept) -> Item {
    Item::new().related(relation).called(concept)
}

impl Item {
    fn related(self, relation: &str) -> Self {
        self.text(tags::RELATIONSHIP_TYPE, VR::CS, relation)
    }

    fn called(self, concept: Concept) -> Self {
        let code = vec![concept.code().item()];
        self.items(tags::CONCEPT_NAME_CODE_SEQUENCE, code)
    }

    fn coded(self, value: Concept) -> Self {
        self.text(tags::VALUE_TYPE, VR::CS, "CODE")
            .items(tags::CONCEPT_CODE_SEQUENCE, vec![value.code().item()])
    }

    fn worded(self, text: &str) -> Self {
        self.text(tags::VALUE_TYPE, VR::CS, "TEXT")
            .text(tags::TEXT_VALUE, VR::UT, text)
    }

    fn named_uid(self, uid: &str) -> Self {
        self.text(tags::VALUE_TYPE, VR::CS, "UIDREF")
            .text(tags::UID, VR::UI, uid)
    }

    fn holding(self, content: Vec<Item>) -> Self {
        self.text(tags::VALUE_TYPE, VR::CS, "CONTAINER")
            .text(tags::CONTINUITY_OF_CONTENT, VR::CS, "SEPARATE")
            .items(tags::CONTENT_SEQUENCE, content)
    }

    fn double(self, tag: Tag, value: f64) -> Self {
        self.with(tag, VR::FD, value)
    }

    fn floats(self, tag: Tag, values: &[f32]) -> Self {
        self.with(tag, VR::FL, dicom_core::PrimitiveValue::F32(values.into()))
    }
}
