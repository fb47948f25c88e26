//! What a mark says: computed once from the image that it lies on.

use crate::attributes::FrameAttributes;
use crate::frame::Frame;
use crate::length::{Length, angle_between_degrees, area_of, length_between};
use crate::mark::MarkKind;
use crate::region::{RegionFigures, region_figures};

/// What was measured; what does not apply is empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MarkFigures {
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

impl MarkFigures {
    /// Measures what these points mean on this image.
    pub fn new(
        kind: MarkKind,
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
            (MarkKind::Probe, [point]) => {
                figures.pixel = PixelValues::at(frame, attributes, *point);
            }
            (MarkKind::Length, [from, to]) => {
                figures.length = Some(length_between(attributes, *from, *to));
            }
            (MarkKind::Angle, [one, vertex, other]) => {
                figures.angle_degrees =
                    angle_between_degrees(attributes, way(*vertex, *one), way(*vertex, *other));
            }
            (MarkKind::Cobb, [a, b, c, d]) => {
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
