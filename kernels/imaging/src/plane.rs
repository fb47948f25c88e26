//! Where an image lies in the patient, and what a length on it means.

/// The plane of one frame in patient coordinates (LPS, mm), PS3.3 C.7.6.2.1.1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ImagePlane {
    /// Centre of the first pixel, Image Position (Patient), mm.
    pub position_lps_mm: [f64; 3],
    /// Unit vector along a row: the way the column index grows.
    pub row_direction_lps: [f64; 3],
    /// Unit vector down a column: the way the row index grows.
    pub column_direction_lps: [f64; 3],
    /// Distance between rows (vertical), then between columns (horizontal), mm (rule 17).
    pub spacing_mm: [f64; 2],
}

impl ImagePlane {
    /// Row x column: the normal of the plane, of unit length when the directions are.
    pub fn normal(&self) -> [f64; 3] {
        let (row, column) = (self.row_direction_lps, self.column_direction_lps);
        [
            row[1] * column[2] - row[2] * column[1],
            row[2] * column[0] - row[0] * column[2],
            row[0] * column[1] - row[1] * column[0],
        ]
    }

    /// n . position: what slices are sorted by (rule 19), mm.
    pub fn distance_along_normal_mm(&self) -> f64 {
        dot(self.normal(), self.position_lps_mm)
    }

    /// The patient coordinate (mm) of an image point `[x, y]`, where the first pixel covers 0 to 1
    /// and its centre is (0.5, 0.5).
    pub fn lps_from_image(&self, point: [f64; 2]) -> [f64; 3] {
        let along_row_mm = (point[0] - 0.5) * self.spacing_mm[1];
        let down_column_mm = (point[1] - 0.5) * self.spacing_mm[0];
        std::array::from_fn(|axis| {
            self.position_lps_mm[axis]
                + self.row_direction_lps[axis] * along_row_mm
                + self.column_direction_lps[axis] * down_column_mm
        })
    }

    /// The image point `[x, y]` nearest to a patient coordinate, and its distance from the plane in mm.
    pub fn image_from_lps(&self, lps_mm: [f64; 3]) -> ([f64; 2], f64) {
        let offset: [f64; 3] =
            std::array::from_fn(|axis| lps_mm[axis] - self.position_lps_mm[axis]);
        let x = dot(offset, self.row_direction_lps) / self.spacing_mm[1] + 0.5;
        let y = dot(offset, self.column_direction_lps) / self.spacing_mm[0] + 0.5;
        ([x, y], dot(offset, self.normal()))
    }
}

fn dot(left: [f64; 3], right: [f64; 3]) -> f64 {
    left[0] * right[0] + left[1] * right[1] + left[2] * right[2]
}

/// What a spacing means, and so what a length may be called (rule 16, PS3.3 10.7.1).
///
/// A length is given in mm except for the last two: `AspectOnly` and `Unknown` are lengths in px.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SpacingCalibration {
    /// In the patient: cross-sectional Pixel Spacing.
    Patient,
    /// At the detector: only Imager Pixel Spacing, not corrected for magnification.
    Detector,
    /// Corrected for magnification; the text says how (`geometry`, `ERMF 1.20`, or the file's own words).
    Magnified(String),
    /// Measured on objects of known size; the text is the file's own description, or empty.
    Fiducial(String),
    /// Ultrasound region calibration: mm inside of `FrameAttributes::regions` only.
    Region,
    /// In the patient, on a plane interpolated from slices: measures are approximate (rule 34).
    Reformatted,
    /// The spacing tells the shape of a pixel, not its size.
    AspectOnly,
    /// Nothing is known.
    #[default]
    Unknown,
}

impl SpacingCalibration {
    /// True when a length on the image may be given in mm.
    pub fn is_physical(&self) -> bool {
        !matches!(self, Self::AspectOnly | Self::Unknown)
    }

    /// The words put beside a length, empty for lengths in the patient.
    pub fn label(&self) -> String {
        let named = |word: &str, text: &str| match text.trim() {
            "" => word.to_owned(),
            text => format!("{word}, {text}"),
        };
        match self {
            Self::Patient => String::new(),
            Self::Detector => "at detector".to_owned(),
            Self::Magnified(text) => named("magnified", text),
            Self::Fiducial(text) => named("fiducials", text),
            Self::Region => "ultrasound region".to_owned(),
            Self::Reformatted => "approximate, reformatted".to_owned(),
            Self::AspectOnly | Self::Unknown => "uncalibrated".to_owned(),
        }
    }
}
