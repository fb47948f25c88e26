//! Lengths on an image, with the words that say what they mean (rule 16, PS3.3 10.7.1).

use std::fmt;

use crate::attributes::FrameAttributes;
use crate::plane::SpacingCalibration;

/// Shown where grey values are (rule 30): nothing here claims P-values.
pub const CALIBRATION_NOTE: &str = "Display not calibrated to PS3.14";

/// A length and what it means.
#[derive(Clone, Debug, PartialEq)]
pub struct Length {
    /// In `unit`.
    pub value: f64,
    /// `mm`, or `px` where the size of a pixel is not known.
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
    let usable = |spacing: &[f64; 2]| spacing.iter().all(|gap| gap.is_finite() && *gap > 0.0);
    let in_region = || {
        let region = attributes
            .regions
            .iter()
            .find(|region| region.contains(from) && region.contains(to));
        region.map(|region| region.spacing_mm)
    };
    let spacing_mm = match &attributes.calibration {
        calibration if !calibration.is_physical() => None,
        SpacingCalibration::Region if !attributes.regions.is_empty() => in_region(),
        _ => attributes.spacing_mm,
    };
    let (across, down) = (to[0] - from[0], to[1] - from[1]);
    match spacing_mm.filter(usable) {
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
