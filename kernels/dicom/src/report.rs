//! Reads a structured report (SR) as an indented tree of text (PS3.3 C.17).

use std::io::{Read, Seek};

use dicom_dictionary_std::tags;
use kernel_imaging::{Phi, Report, ReportLine, TextRule};

use crate::dataset::Dataset;
use crate::error::DicomError;
use crate::limits::REPORT_LINES_MAX;
use crate::object_names::object_name;
use crate::open::read_object;
use crate::report_marks::marks;

/// Reads a report's content items from the top down.
///
/// # Errors
/// [`DicomError::Unsupported`] when the file has no content tree.
pub fn read_report<R: Read + Seek>(
    mut source: R,
    length: u64,
    text: TextRule,
) -> Result<Report, DicomError> {
    let header = read_object(&mut source, length, text)?;
    let root = Dataset::new(&header.walked.header, &header.sets);
    if root.items(tags::CONTENT_SEQUENCE).is_empty() && !root.has_value(tags::VALUE_TYPE) {
        return Err(DicomError::Unsupported(
            "an object that is no structured report".to_owned(),
        ));
    }
    let mut report = Report {
        title: concept(&root),
        completion: root.code(tags::COMPLETION_FLAG),
        verification: root.code(tags::VERIFICATION_FLAG),
        ..Report::default()
    };
    descend(&root, 0, &mut report);
    report.marks = marks(&root);
    Ok(report)
}

fn descend(item: &Dataset<'_>, depth: usize, report: &mut Report) {
    for child in item.items(tags::CONTENT_SEQUENCE) {
        if report.lines.len() >= REPORT_LINES_MAX {
            report.is_cut = true;
            return;
        }
        let name = concept(&child);
        report.lines.push(ReportLine {
            depth,
            concept: if name.is_empty() {
                child.code(tags::RELATIONSHIP_TYPE)
            } else {
                name
            },
            value: Phi::new(value(&child)),
        });
        descend(&child, depth + 1, report);
    }
}

fn meaning(item: &Dataset<'_>, sequence: dicom_core::Tag) -> String {
    let Some(code) = item.item(sequence) else {
        return String::new();
    };
    let found = [tags::CODE_MEANING, tags::CODE_VALUE, tags::LONG_CODE_VALUE];
    found
        .into_iter()
        .find_map(|tag| code.text(tag))
        .unwrap_or_default()
}

fn concept(item: &Dataset<'_>) -> String {
    meaning(item, tags::CONCEPT_NAME_CODE_SEQUENCE)
}

fn value(item: &Dataset<'_>) -> String {
    let text = |tag| item.text(tag).unwrap_or_default();
    match item.code(tags::VALUE_TYPE).as_str() {
        "TEXT" => text(tags::TEXT_VALUE),
        "CODE" => meaning(item, tags::CONCEPT_CODE_SEQUENCE),
        "NUM" => number(item),
        "DATE" => text(tags::DATE),
        "TIME" => text(tags::TIME),
        "DATETIME" => text(tags::DATE_TIME),
        "PNAME" => text(tags::PERSON_NAME),
        "UIDREF" => text(tags::UID),
        "IMAGE" | "COMPOSITE" | "WAVEFORM" => reference(item),
        "SCOORD" | "SCOORD3D" => {
            let count = item.numbers(tags::GRAPHIC_DATA).len();
            format!("{} of {count} coordinates", text(tags::GRAPHIC_TYPE))
        }
        "TCOORD" => text(tags::TEMPORAL_RANGE_TYPE),
        "CONTAINER" => String::new(),
        "" if item.has_value(tags::REFERENCED_CONTENT_ITEM_IDENTIFIER) => {
            let path = item.integers(tags::REFERENCED_CONTENT_ITEM_IDENTIFIER);
            let path: Vec<String> = path.iter().map(i64::to_string).collect();
            format!("see item {}", path.join("."))
        }
        other => other.to_owned(),
    }
}

fn number(item: &Dataset<'_>) -> String {
    let Some(measured) = item.item(tags::MEASURED_VALUE_SEQUENCE) else {
        let qualifier = meaning(item, tags::NUMERIC_VALUE_QUALIFIER_CODE_SEQUENCE);
        return if qualifier.is_empty() {
            "no value".to_owned()
        } else {
            qualifier
        };
    };
    let value = measured.text(tags::NUMERIC_VALUE).unwrap_or_default();
    let unit = measured
        .item(tags::MEASUREMENT_UNITS_CODE_SEQUENCE)
        .and_then(|unit| unit.text(tags::CODE_VALUE))
        .unwrap_or_default();
    // UCUM writes the absence of a unit as 1.
    if unit.is_empty() || unit == "1" {
        value
    } else {
        format!("{value} {unit}")
    }
}

fn reference(item: &Dataset<'_>) -> String {
    let Some(image) = item.item(tags::REFERENCED_SOP_SEQUENCE) else {
        return String::new();
    };
    let class = image.code(tags::REFERENCED_SOP_CLASS_UID);
    let frames: Vec<String> = image
        .integers(tags::REFERENCED_FRAME_NUMBER)
        .iter()
        .map(i64::to_string)
        .collect();
    let what = match item.code(tags::VALUE_TYPE).as_str() {
        "IMAGE" => "an image".to_owned(),
        _ => object_name(&class),
    };
    let uid = image.code(tags::REFERENCED_SOP_INSTANCE_UID);
    if frames.is_empty() {
        format!("{what}, {uid}")
    } else {
        format!("{what}, {uid}, frame {}", frames.join(", "))
    }
}
