//! Windows by modality, as radiologists know them; relative ones where values have no common unit.

/// A window under a digit key.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Preset {
    /// The digit that chooses it; none for those only in the menu.
    pub digit: Option<u8>,
    /// Its name.
    pub name: &'static str,
    /// What it means.
    pub window: PresetWindow,
}

/// Center and width.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum PresetWindow {
    /// In modality units: HU for CT.
    Absolute {
        /// Center.
        center: f64,
        /// Width.
        width: f64,
    },
    /// In parts of the image's own range from least to greatest.
    Relative {
        /// Center, 0 to 1.
        center: f64,
        /// Width, above 0.
        width: f64,
    },
}

const fn absolute(digit: Option<u8>, name: &'static str, width: f64, center: f64) -> Preset {
    Preset {
        digit,
        name,
        window: PresetWindow::Absolute { center, width },
    }
}

const fn relative(digit: Option<u8>, name: &'static str, width: f64, center: f64) -> Preset {
    Preset {
        digit,
        name,
        window: PresetWindow::Relative { center, width },
    }
}

const CT: [Preset; 8] = [
    absolute(Some(3), "Brain", 80.0, 40.0),
    absolute(Some(4), "Subdural", 200.0, 75.0),
    absolute(Some(5), "Stroke", 40.0, 40.0),
    absolute(Some(6), "Soft tissue", 400.0, 40.0),
    absolute(Some(7), "Mediastinum", 400.0, 80.0),
    absolute(Some(8), "Lung", 1_500.0, -600.0),
    absolute(Some(9), "Bone", 2_000.0, 350.0),
    absolute(None, "Liver", 150.0, 90.0),
];

const OTHERS: [Preset; 4] = [
    relative(Some(3), "Half range", 0.5, 0.25),
    relative(Some(4), "Shadows", 0.25, 0.125),
    relative(Some(5), "Midtones", 0.5, 0.5),
    relative(Some(6), "Highlights", 0.5, 0.75),
];

/// The presets of a modality.
pub fn for_modality(modality: &str) -> &'static [Preset] {
    match modality {
        "CT" => &CT,
        _ => &OTHERS,
    }
}

/// The preset under a digit.
pub fn by_digit(modality: &str, digit: u8) -> Option<&'static Preset> {
    for_modality(modality)
        .iter()
        .find(|preset| preset.digit == Some(digit))
}
