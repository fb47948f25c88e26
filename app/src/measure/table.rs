//! Measurements as a comma-separated table: one row each, numbers with a point, no identity of a patient.

use super::Measurement;

const HEADINGS: [&str; 17] = [
    "number",
    "kind",
    "text",
    "sop_instance_uid",
    "frame",
    "length",
    "length_unit",
    "angle_degrees",
    "area",
    "area_unit",
    "calibration",
    "mean",
    "standard_deviation",
    "minimum",
    "maximum",
    "pixels",
    "unit",
];

/// The table with its headings. Frames count from 1, as in the standard.
pub fn csv(list: &[Measurement]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing into memory cannot fail.
    let _ = writer.write_record(HEADINGS);
    for one in list {
        let _ = writer.write_record(row(one));
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}

fn row(one: &Measurement) -> [String; 17] {
    let figures = &one.figures;
    let number = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
    let length = figures.length.as_ref();
    let area = figures.area.as_ref();
    let region = figures.region.as_ref();
    let pixel = figures.pixel.as_ref();
    let one_value = pixel.and_then(|pixel| pixel.modality);
    let note = length.or(area).map(|length| length.note.clone());
    [
        one.id.to_string(),
        one.kind.label().to_owned(),
        one.text.clone(),
        one.frame.instance.sop_instance_uid.clone(),
        (one.frame.frame + 1).to_string(),
        number(length.map(|length| length.value)),
        length
            .map(|length| length.unit.to_owned())
            .unwrap_or_default(),
        number(figures.angle_degrees),
        number(area.map(|area| area.value)),
        area.map(|area| area.unit.to_owned()).unwrap_or_default(),
        note.unwrap_or_default(),
        number(region.map(|found| found.mean).or(one_value)),
        number(region.map(|found| found.standard_deviation)),
        number(region.map(|found| found.minimum)),
        number(region.map(|found| found.maximum)),
        region
            .map(|found| found.pixels.to_string())
            .unwrap_or_default(),
        figures.unit.clone(),
    ]
}
