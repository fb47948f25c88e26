//! What a measurement says: computed once from the image that it lies on.

use kernel_imaging::{
    Frame, FrameAttributes, Length, RegionFigures, angle_between_degrees, area_of, length_between,
    region_figures,
};

use super::{Kind, Measurement, region_words, said};
use crate::theme::parts::number;

/// What was measured; what does not apply is empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    /// Between the two points, or around the outline.
    pub length: Option<Length>,
    /// Degrees.
    pub angle_degrees: Option<f64>,
    /// Within the outline.
    pub area: Option<Length>,
    /// Of the modality values inside; none for colour, or where no pixel counts.
    pub region: Option<RegionFigures>,
    /// Of one pixel.
    pub pixel: Option<PixelValues>,
    /// Unit of modality values, or empty.
    pub unit: String,
}

/// The values of one pixel.
#[derive(Clone, Debug, PartialEq)]
pub struct PixelValues {
    /// Column and row from 0.
    pub place: [usize; 2],
    /// As in the file, a value a sample.
    pub stored: Vec<f64>,
    /// After the modality LUT; none for colour and for padding.
    pub modality: Option<f64>,
    /// Whether it is padding.
    pub padding: bool,
}

impl PixelValues {
    /// The values of the pixel under an image point.
    pub fn at(frame: &Frame, attributes: &FrameAttributes, point: [f64; 2]) -> Option<Self> {
        if point[0] < 0.0 || point[1] < 0.0 {
            return None;
        }
        let (column, row) = (point[0] as usize, point[1] as usize);
        let first = frame.stored_value(row, column, 0)?;
        let stored = (0..frame.samples_per_pixel)
            .filter_map(|sample| frame.stored_value(row, column, sample))
            .collect();
        let padding = frame.samples_per_pixel == 1 && attributes.is_padding(first);
        let measures = frame.photometric.is_monochrome() && !padding;
        Some(Self {
            place: [column, row],
            stored,
            modality: measures
                .then(|| attributes.modality_lut.modality_value(first))
                .filter(|value| value.is_finite()),
            padding,
        })
    }
}

impl Figures {
    /// Measures what these points mean on this image.
    pub fn new(
        kind: Kind,
        points: &[[f64; 2]],
        frame: &Frame,
        attributes: &FrameAttributes,
    ) -> Self {
        let unit = match attributes.rescale_unit.as_str() {
            "US" => String::new(),
            unit => unit.to_owned(),
        };
        let mut figures = Self {
            unit,
            ..Self::default()
        };
        let way = |from: [f64; 2], to: [f64; 2]| [to[0] - from[0], to[1] - from[1]];
        match (kind, points) {
            (Kind::Probe, [point]) => {
                figures.pixel = PixelValues::at(frame, attributes, *point);
            }
            (Kind::Length, [from, to]) => {
                figures.length = Some(length_between(attributes, *from, *to));
            }
            (Kind::Angle, [one, vertex, other]) => {
                figures.angle_degrees =
                    angle_between_degrees(attributes, way(*vertex, *one), way(*vertex, *other));
            }
            (Kind::Cobb, [a, b, c, d]) => {
                // Between lines, not arms: never more than a right angle.
                figures.angle_degrees = angle_between_degrees(attributes, way(*a, *b), way(*c, *d))
                    .map(|degrees| degrees.min(180.0 - degrees));
            }
            _ => {}
        }
        if let Some(region) = kind.region(points) {
            figures.area = Some(area_of(attributes, points, region.area_pixels()));
            figures.region = region_figures(frame, attributes, &region).ok().flatten();
        }
        figures
    }
}

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
