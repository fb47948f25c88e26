//! Regions drawn on an image, and the figures of the modality values inside (rule 33).
//!
//! **Which pixels count**, the same on stacks and on resliced planes: those whose centre lies inside of
//! the region; when no centre does, the one pixel under the middle of the region. Padding (rule 11) and
//! values that are not finite numbers never count. Sums run row by row from the top left, in doubles.

use crate::attributes::FrameAttributes;
use crate::error::ImagingError;
use crate::frame::Frame;
use crate::lut::ModalityLut;

/// Bars of a histogram at most.
const BARS_MAX: usize = 64;

/// An area of an image; points are `[x, y]`, the first pixel covers 0 to 1.
#[derive(Clone, Debug, PartialEq)]
pub enum Region {
    /// Between two opposite corners.
    Rectangle([[f64; 2]; 2]),
    /// The ellipse that touches the sides of the rectangle between two opposite corners.
    Ellipse([[f64; 2]; 2]),
    /// A closed line through these points; where it crosses itself, even-odd.
    Polygon(Vec<[f64; 2]>),
}

impl Region {
    /// Least and greatest corner; `None` without points or with points that are not finite.
    pub fn bounds(&self) -> Option<[[f64; 2]; 2]> {
        let points: &[[f64; 2]] = match self {
            Self::Rectangle(corners) | Self::Ellipse(corners) => corners,
            Self::Polygon(points) => points,
        };
        let first = *points.first()?;
        let finite = points.iter().flatten().all(|value| value.is_finite());
        finite.then(|| {
            points.iter().fold([first, first], |[low, high], point| {
                [
                    [low[0].min(point[0]), low[1].min(point[1])],
                    [high[0].max(point[0]), high[1].max(point[1])],
                ]
            })
        })
    }

    /// True when a point lies inside; the left and upper edges belong to it, the others do not.
    pub fn contains(&self, point: [f64; 2]) -> bool {
        match self {
            Self::Polygon(points) => is_inside_polygon(points, point),
            Self::Rectangle(_) => self.bounds().is_some_and(|[low, high]| {
                (0..2).all(|axis| point[axis] >= low[axis] && point[axis] < high[axis])
            }),
            Self::Ellipse(_) => self.bounds().is_some_and(|[low, high]| {
                let part = |axis: usize| {
                    let radius = (high[axis] - low[axis]) / 2.0;
                    let offset = point[axis] - (low[axis] + radius);
                    (offset / radius) * (offset / radius)
                };
                part(0) + part(1) < 1.0
            }),
        }
    }

    /// What the outline encloses, in pixels; a line that crosses itself by the shoelace formula.
    pub fn area_pixels(&self) -> f64 {
        let box_area = || {
            self.bounds()
                .map_or(0.0, |[low, high]| (high[0] - low[0]) * (high[1] - low[1]))
        };
        match self {
            Self::Rectangle(_) => box_area(),
            Self::Ellipse(_) => box_area() * std::f64::consts::FRAC_PI_4,
            Self::Polygon(points) => {
                let next = points.iter().cycle().skip(1);
                let twice: f64 = points
                    .iter()
                    .zip(next)
                    .map(|(from, to)| from[0] * to[1] - to[0] * from[1])
                    .fold(0.0, |sum, part| sum + part);
                twice.abs() / 2.0
            }
        }
    }
}

fn is_inside_polygon(points: &[[f64; 2]], [x, y]: [f64; 2]) -> bool {
    let next = points.iter().cycle().skip(1);
    points.iter().zip(next).fold(false, |inside, (from, to)| {
        let crosses = (from[1] > y) != (to[1] > y);
        if crosses && x < (to[0] - from[0]) * (y - from[1]) / (to[1] - from[1]) + from[0] {
            !inside
        } else {
            inside
        }
    })
}

/// How often values lie where, in bars of equal width.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    /// Where the first bar begins and the last one ends, in modality units.
    pub range: [f64; 2],
    /// Pixels in each bar; together they are `RegionFigures::pixels`.
    pub counts: Vec<u32>,
}

/// Figures of the modality values in a region.
#[derive(Clone, Debug, PartialEq)]
pub struct RegionFigures {
    /// Pixels that count.
    pub pixels: usize,
    /// Mean, in modality units like all that follow.
    pub mean: f64,
    /// Standard deviation of these pixels (divided by their number).
    pub standard_deviation: f64,
    /// Least value.
    pub minimum: f64,
    /// Greatest value.
    pub maximum: f64,
    /// How the values are spread.
    pub histogram: Histogram,
}

/// The figures of a region of a grey frame; `None` when no pixel counts: beside the image, or padding only.
///
/// Errors: a colour image, samples that do not fill the matrix, or a modality table without entries.
pub fn region_figures(
    frame: &Frame,
    attributes: &FrameAttributes,
    region: &Region,
) -> Result<Option<RegionFigures>, ImagingError> {
    frame.checked()?;
    if frame.samples_per_pixel != 1 || !frame.photometric.is_monochrome() {
        return Err(ImagingError::NotMonochrome(frame.samples_per_pixel));
    }
    if matches!(&attributes.modality_lut, ModalityLut::Table(table) if table.values.is_empty()) {
        return Err(ImagingError::EmptyTable("modality"));
    }
    Ok(figures_of(&values_inside(frame, attributes, region)))
}

/// Modality values of the pixels that count, row by row.
fn values_inside(frame: &Frame, attributes: &FrameAttributes, region: &Region) -> Vec<f64> {
    let Some([low, high]) = region.bounds() else {
        return Vec::new();
    };
    let padding = attributes.padding_range(frame.samples.is_float());
    let is_padding =
        |stored: f64| padding.is_some_and(|(first, last)| stored >= first && stored <= last);
    let value = |row: usize, column: usize| {
        let stored = frame.stored_value(row, column, 0)?;
        let value = attributes.modality_lut.modality_value(stored);
        (!is_padding(stored) && value.is_finite()).then_some(value)
    };
    let span = |axis: usize, length: usize| {
        let first = low[axis].floor().clamp(0.0, length as f64) as usize;
        let last = high[axis].ceil().clamp(0.0, length as f64) as usize;
        first..last
    };
    let mut has_centre = false;
    let mut values = Vec::new();
    for row in span(1, frame.rows) {
        for column in span(0, frame.columns) {
            if region.contains([column as f64 + 0.5, row as f64 + 0.5]) {
                has_centre = true;
                values.extend(value(row, column));
            }
        }
    }
    let middle = [(low[0] + high[0]) / 2.0, (low[1] + high[1]) / 2.0];
    if !has_centre && middle[0] >= 0.0 && middle[1] >= 0.0 {
        values.extend(value(middle[1] as usize, middle[0] as usize));
    }
    values
}

fn figures_of(values: &[f64]) -> Option<RegionFigures> {
    let first = *values.first()?;
    let count = values.len() as f64;
    // Deviations from the first value first: a large offset then costs no digits.
    let shifted: f64 = values.iter().fold(0.0, |sum, value| sum + (value - first));
    let mean = first + shifted / count;
    let squares = values
        .iter()
        .fold(0.0, |sum, value| sum + (value - mean) * (value - mean));
    let (minimum, maximum) = values.iter().fold((first, first), |(low, high), value| {
        (low.min(*value), high.max(*value))
    });
    Some(RegionFigures {
        pixels: values.len(),
        mean,
        standard_deviation: (squares / count).sqrt(),
        minimum,
        maximum,
        histogram: histogram(values, minimum, maximum),
    })
}

/// Whole numbers get bars of whole width, so that no bar is empty for its narrowness alone.
fn histogram(values: &[f64], minimum: f64, maximum: f64) -> Histogram {
    let whole = values.iter().all(|value| value.fract() == 0.0);
    let extent = maximum - minimum;
    let (width, bars) = match (whole, extent > 0.0) {
        (true, _) => {
            let width = ((extent + 1.0) / BARS_MAX as f64).ceil();
            (width, ((extent + 1.0) / width).ceil() as usize)
        }
        (false, true) => (extent / BARS_MAX as f64, BARS_MAX),
        (false, false) => (1.0, 1),
    };
    let bars = bars.clamp(1, BARS_MAX);
    let mut counts = vec![0_u32; bars];
    for value in values {
        let bar = ((value - minimum) / width) as usize;
        let bar = &mut counts[bar.min(bars - 1)];
        *bar = bar.saturating_add(1);
    }
    Histogram {
        range: [minimum, minimum + width * bars as f64],
        counts,
    }
}
