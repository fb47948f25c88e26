//! Lengths on an image, with the words that say what they mean (rule 16, PS3.3 10.7.1).

use std::fmt;

use crate::attributes::{CalibratedRegion, FrameAttributes};
use crate::plane::SpacingCalibration;

/// Shown where grey values are (rule 30): nothing here claims P-values.
pub const CALIBRATION_NOTE: &str = "Display not calibrated to PS3.14";

/// A length and what it means.
#[derive(Clone, Debug, PartialEq)]
pub struct Length {
    /// In `unit`.
    pub value: f64,
    /// `mm` or `mm²`, or `px` and `px²` where the size of a pixel is not known.
    pub unit: &'static str,
    /// What qualifies it: `at detector`, `magnified, …`, `fiducials`; empty in the patient.
    pub note: String,
}

impl fmt::Display for Length {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:.1} {}", self.value, self.unit)?;
        if !self.note.is_empty() {
            write!(formatter, " ({})", self.note)?;
        }
        Ok(())
    }
}

/// The length between two image points `[x, y]`: in mm where the file's calibration allows it, else
/// in px and never in mm.
///
/// The first spacing is vertical, the second horizontal (rule 17). In ultrasound both points must
/// lie in the same calibrated region.
pub fn length_between(attributes: &FrameAttributes, from: [f64; 2], to: [f64; 2]) -> Length {
    let (across, down) = (to[0] - from[0], to[1] - from[1]);
    match physical_spacing_mm(attributes, &[from, to]) {
        Some([row_mm, column_mm]) => {
            let (across_mm, down_mm) = (across * column_mm, down * row_mm);
            let value = (across_mm * across_mm + down_mm * down_mm).sqrt();
            Length {
                value,
                unit: "mm",
                note: attributes.calibration.label(),
            }
        }
        None => {
            let value = (across * across + down * down).sqrt();
            Length {
                value,
                unit: "px",
                note: SpacingCalibration::Unknown.label(),
            }
        }
    }
}

/// Distance between rows, then between columns, mm, that holds for all of these image points; `None`
/// where a measure in mm would be a guess. In ultrasound all points lie in one calibrated region.
pub fn physical_spacing_mm(attributes: &FrameAttributes, points: &[[f64; 2]]) -> Option<[f64; 2]> {
    let usable = |spacing: &[f64; 2]| spacing.iter().all(|gap| gap.is_finite() && *gap > 0.0);
    let in_region = || {
        let holds = |region: &&CalibratedRegion| points.iter().all(|point| region.contains(*point));
        let region = attributes.regions.iter().find(holds);
        region.map(|region| region.spacing_mm)
    };
    let spacing_mm = match &attributes.calibration {
        calibration if !calibration.is_physical() => None,
        SpacingCalibration::Region if !attributes.regions.is_empty() => in_region(),
        _ => attributes.spacing_mm,
    };
    spacing_mm.filter(usable)
}

/// An area of `pixels` image pixels around these points: in mm² where the calibration allows it,
/// else in px².
pub fn area_of(attributes: &FrameAttributes, points: &[[f64; 2]], pixels: f64) -> Length {
    match physical_spacing_mm(attributes, points) {
        Some([row_mm, column_mm]) => Length {
            value: pixels * row_mm * column_mm,
            unit: "mm²",
            note: attributes.calibration.label(),
        },
        None => Length {
            value: pixels,
            unit: "px²",
            note: SpacingCalibration::Unknown.label(),
        },
    }
}

/// The angle between two directions on the image, degrees, 0 to 180; pixels that are not square are
/// taken as they are drawn. `None` when a direction has no length.
///
/// Not one of the exact kernels: the arc tangent is the platform's.
pub fn angle_between_degrees(
    attributes: &FrameAttributes,
    one: [f64; 2],
    other: [f64; 2],
) -> Option<f64> {
    let aspect = attributes.aspect();
    let [one, other] = [one, other].map(|[across, down]| [across, down * aspect]);
    let along = one[0] * other[0] + one[1] * other[1];
    let beside = one[0] * other[1] - one[1] * other[0];
    let lengths = [one, other].map(|[across, down]| across * across + down * down);
    let has_length = |square: &f64| square.is_finite() && *square > 0.0;
    lengths
        .iter()
        .all(has_length)
        .then(|| beside.abs().atan2(along).to_degrees())
}
