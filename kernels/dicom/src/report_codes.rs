//! Codes of measurement reports: concepts of PS3.16 TID 1500 and its parts, units of UCUM, in one table.

use kernel_imaging::MarkKind;

use crate::written::Code;

/// A coded concept that does not change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Concept(pub &'static str, pub &'static str, pub &'static str);

impl Concept {
    /// As it is written.
    pub fn code(self) -> Code {
        Code::new(self.0, self.1, self.2)
    }

    /// Whether a value and scheme that were read are this one.
    pub fn is(self, value: &str, scheme: &str) -> bool {
        self.0 == value && self.1 == scheme
    }
}

/// Scheme of what the standard has no code for.
const OWN: &str = "99CLISONIX";

pub(crate) const REPORT: Concept = Concept("126000", "DCM", "Imaging Measurement Report");
pub(crate) const LANGUAGE: Concept =
    Concept("121049", "DCM", "Language of Content Item and Descendants");
pub(crate) const ENGLISH: Concept = Concept("en", "RFC5646", "English");
pub(crate) const OBSERVER_TYPE: Concept = Concept("121005", "DCM", "Observer Type");
pub(crate) const DEVICE: Concept = Concept("121007", "DCM", "Device");
pub(crate) const DEVICE_UID: Concept = Concept("121012", "DCM", "Device Observer UID");
pub(crate) const DEVICE_NAME: Concept = Concept("121013", "DCM", "Device Observer Name");
pub(crate) const DEVICE_MAKER: Concept = Concept("121014", "DCM", "Device Observer Manufacturer");
pub(crate) const DEVICE_MODEL: Concept = Concept("121015", "DCM", "Device Observer Model Name");
pub(crate) const PROCEDURE: Concept = Concept("121058", "DCM", "Procedure reported");
pub(crate) const IMAGING: Concept = Concept("363679005", "SCT", "Imaging procedure");
pub(crate) const MEASUREMENTS: Concept = Concept("126010", "DCM", "Imaging Measurements");
pub(crate) const GROUP: Concept = Concept("125007", "DCM", "Measurement Group");
pub(crate) const TRACKING_NAME: Concept = Concept("112039", "DCM", "Tracking Identifier");
pub(crate) const TRACKING_UID: Concept = Concept("112040", "DCM", "Tracking Unique Identifier");
pub(crate) const IMAGE_REGION: Concept = Concept("111030", "DCM", "Image Region");
pub(crate) const SOURCE: Concept = Concept("111040", "DCM", "Original Source");
pub(crate) const COMMENT: Concept = Concept("121106", "DCM", "Comment");
pub(crate) const DERIVATION: Concept = Concept("121401", "DCM", "Derivation");

pub(crate) const LENGTH: Concept = Concept("410668003", "SCT", "Length");
pub(crate) const ANGLE: Concept = Concept("1483009", "SCT", "Angle");
pub(crate) const COBB: Concept = Concept("285285000", "SCT", "Cobb angle");
pub(crate) const AREA: Concept = Concept("42798000", "SCT", "Area");
pub(crate) const MEAN: Concept = Concept("373098007", "SCT", "Mean");
pub(crate) const DEVIATION: Concept = Concept("386136009", "SCT", "Standard Deviation");
pub(crate) const MINIMUM: Concept = Concept("255605001", "SCT", "Minimum");
pub(crate) const MAXIMUM: Concept = Concept("56851009", "SCT", "Maximum");
pub(crate) const ATTENUATION: Concept = Concept("112031", "DCM", "Attenuation Coefficient");
pub(crate) const MR_SIGNAL: Concept = Concept("110852", "DCM", "MR signal intensity");
pub(crate) const PIXEL_VALUE: Concept = Concept("PIXEL_VALUE", OWN, "Pixel value");
pub(crate) const STORED_VALUE: Concept = Concept("STORED_VALUE", OWN, "Stored pixel value");
pub(crate) const PIXEL_COUNT: Concept = Concept("PIXEL_COUNT", OWN, "Number of pixels");

/// What a mean, a least or greatest value is of.
pub(crate) fn of_values(modality: &str, unit: &str) -> Concept {
    match (unit, modality) {
        ("HU", _) => ATTENUATION,
        (_, "MR") => MR_SIGNAL,
        _ => PIXEL_VALUE,
    }
}

/// Whether a concept is one of [`of_values`].
pub(crate) fn is_of_values(value: &str, scheme: &str) -> bool {
    let all = [ATTENUATION, MR_SIGNAL, PIXEL_VALUE];
    all.iter().any(|concept| concept.is(value, scheme))
}

/// Units as they are shown, as UCUM writes them, and as they are called.
const UNITS: [(&str, &str, &str); 8] = [
    ("mm", "mm", "millimeter"),
    ("mm²", "mm2", "square millimeter"),
    ("px", "{pixels}", "pixels"),
    ("px²", "{squarepixels}", "square pixels"),
    ("°", "deg", "degree"),
    ("HU", "[hnsf'U]", "Hounsfield unit"),
    ("BQML", "Bq/ml", "Becquerels/milliliter"),
    ("", "1", "no units"),
];

/// The unit that is shown as this.
pub(crate) fn unit(shown: &str) -> Code {
    match UNITS.iter().find(|(known, ..)| *known == shown) {
        Some((_, value, meaning)) => Code::new(value, "UCUM", meaning),
        // UCUM takes any word in braces, without blanks, of at most 16 characters here.
        None => {
            let word: String = shown
                .chars()
                .filter(|letter| letter.is_ascii_graphic() && !"{}".contains(*letter))
                .take(14)
                .collect();
            Code::new(&format!("{{{word}}}"), "UCUM", shown)
        }
    }
}

/// How a unit that was read is shown.
pub(crate) fn shown_unit(value: &str) -> String {
    match UNITS.iter().find(|(_, known, _)| *known == value) {
        Some((shown, ..)) => (*shown).to_owned(),
        None => value.trim_matches(['{', '}']).to_owned(),
    }
}

/// The unit of a length or an area; `None` for one that this program does not measure in.
pub(crate) fn length_unit(value: &str) -> Option<&'static str> {
    let known = UNITS[..4].iter().find(|(_, known, _)| *known == value);
    known.map(|(shown, ..)| *shown)
}

/// The kind that a tracking identifier of this program begins with.
pub(crate) fn kind_named(tracking: &str) -> Option<MarkKind> {
    let mut kinds = MarkKind::ALL.into_iter();
    kinds.find(|kind| tracking.starts_with(kind.label()))
}
