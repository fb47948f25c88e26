//! What a measurement says, in words.

use super::{Measurement, PixelValues, region_words, said};
use crate::theme::parts::number;

/// The lines beside a measurement, the user's own words first.
pub fn words(measurement: &Measurement) -> Vec<String> {
    let figures = &measurement.figures;
    let mut lines = Vec::new();
    if !measurement.text.is_empty() {
        lines.push(measurement.text.clone());
    }
    lines.extend(figures.length.as_ref().map(said));
    lines.extend(
        figures
            .angle_degrees
            .map(|degrees| format!("{degrees:.1}°")),
    );
    if let Some(pixel) = &figures.pixel {
        lines.extend(pixel_words(pixel, &figures.unit));
    }
    let unit = match figures.unit.as_str() {
        "" => String::new(),
        unit => format!(" {unit}"),
    };
    if let Some(found) = &figures.region {
        lines.extend(region_words(found, &unit));
    }
    lines.extend(
        figures
            .area
            .as_ref()
            .map(|area| format!("Area {}", said(area))),
    );
    lines
}

fn pixel_words(pixel: &PixelValues, unit: &str) -> Vec<String> {
    let [column, row] = pixel.place;
    let stored: Vec<String> = pixel.stored.iter().map(f64::to_string).collect();
    let value = match (pixel.modality, pixel.padding) {
        (_, true) => "padding".to_owned(),
        (Some(value), _) => format!("{} {unit}", number(value)).trim_end().to_owned(),
        (None, _) => stored.join(" "),
    };
    vec![
        value,
        format!("stored {} at ({column}, {row})", stored.join(" ")),
    ]
}
