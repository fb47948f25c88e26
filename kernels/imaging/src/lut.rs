//! Lookup tables of the display pipeline: modality, VOI and palette, PS3.3 C.11.1, C.11.2 and C.7.9.

use std::fmt;
use std::sync::Arc;

use crate::error::ImagingError;

/// A table from integers to unsigned integers, as a LUT Sequence item or a palette holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookupTable {
    /// Input that selects the first entry; signed when the pixels are (2nd descriptor value).
    pub first_mapped: i64,
    /// Bits of an entry, 8 to 16 (3rd descriptor value).
    pub bits: u8,
    /// Entries; the reader has turned a count of 0 into 65,536 and expanded segmented data.
    pub values: Vec<u16>,
}

impl LookupTable {
    /// The entry for an input; inputs below the first and above the last take the end entries.
    /// `None` only for a table without entries.
    pub fn entry(&self, input: i64) -> Option<u16> {
        let last = self.values.len().checked_sub(1)?;
        let index = input.saturating_sub(self.first_mapped).max(0);
        let index = usize::try_from(index).map_or(last, |index| index.min(last));
        self.values.get(index).copied()
    }

    /// The entry that means full brightness: 2^bits - 1, or the true maximum when the data are
    /// narrower or wider than declared (rule 7).
    pub fn full_scale(&self) -> u16 {
        let maximum = self.values.iter().copied().max().unwrap_or(0);
        let bits_used = u16::BITS - maximum.leading_zeros();
        if bits_used == u32::from(self.bits) {
            u16::try_from((1_u32 << bits_used) - 1).unwrap_or(u16::MAX)
        } else {
            maximum
        }
    }
}

/// From stored values to what the modality measures (HU, for CT), PS3.3 C.11.1: one or the other.
#[derive(Clone, Debug, PartialEq)]
pub enum ModalityLut {
    /// slope x stored value + intercept.
    Rescale {
        /// Rescale Slope (0028,1053).
        slope: f64,
        /// Rescale Intercept (0028,1052).
        intercept: f64,
    },
    /// Modality LUT Sequence; its entries are unsigned.
    Table(Arc<LookupTable>),
}

impl ModalityLut {
    /// Stored values are modality values.
    pub const IDENTITY: Self = Self::Rescale {
        slope: 1.0,
        intercept: 0.0,
    };

    /// The modality value of a stored value (rule 2).
    pub fn modality_value(&self, stored: f64) -> f64 {
        match self {
            Self::Rescale { slope, intercept } => stored * slope + intercept,
            Self::Table(table) => table
                .entry(nearest_integer(stored))
                .map_or(stored, f64::from),
        }
    }
}

impl Default for ModalityLut {
    fn default() -> Self {
        Self::IDENTITY
    }
}

/// The integer nearest to a value, halves upwards; beyond 64 bits the ends, and 0 for NaN.
#[inline(always)]
pub(crate) fn nearest_integer(value: f64) -> i64 {
    // Not `floor`, which is a call on processors without an instruction for it.
    let raised = value + 0.5;
    let truncated = raised as i64;
    truncated.saturating_sub(i64::from(truncated as f64 > raised))
}

/// How a window maps modality values, VOI LUT Function (0028,1056).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum VoiFunction {
    /// C.11.2.1.2.1, with the half and the one of integer pixels; the default.
    #[default]
    Linear,
    /// C.11.2.1.3.2, center and width taken exactly.
    LinearExact,
    /// C.11.2.1.3.1, the logistic curve.
    Sigmoid,
}

impl VoiFunction {
    /// From the code string, padded, lower-case or a list (its first value counts); absent means
    /// LINEAR. `None` for a function the standard does not know.
    pub fn from_code(code: &str) -> Option<Self> {
        let first = code.split('\\').next().unwrap_or_default();
        match first
            .trim_matches([' ', '\0'])
            .to_ascii_uppercase()
            .as_str()
        {
            "" | "LINEAR" => Some(Self::Linear),
            "LINEAR_EXACT" => Some(Self::LinearExact),
            "SIGMOID" => Some(Self::Sigmoid),
            _ => None,
        }
    }

    /// The code string of the standard.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Linear => "LINEAR",
            Self::LinearExact => "LINEAR_EXACT",
            Self::Sigmoid => "SIGMOID",
        }
    }

    /// The least width the function is used with: 1 for LINEAR; the others take any width above 0,
    /// and a billionth is where dragging stops.
    pub const fn width_min(self) -> f64 {
        match self {
            Self::Linear => 1.0,
            Self::LinearExact | Self::Sigmoid => 1e-9,
        }
    }
}

impl fmt::Display for VoiFunction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

/// A window: which modality values spread over the grey scale.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct WindowLevel {
    center: f64,
    /// Invariant: finite and above zero.
    width: f64,
}

impl WindowLevel {
    /// A window of any positive width, in modality units.
    pub fn new(center: f64, width: f64) -> Result<Self, ImagingError> {
        Self::with_function(center, width, VoiFunction::LinearExact)
    }

    /// A window for a given function: width 1 or more for LINEAR, above 0 for the others.
    pub fn with_function(
        center: f64,
        width: f64,
        function: VoiFunction,
    ) -> Result<Self, ImagingError> {
        if !center.is_finite() || !width.is_finite() {
            return Err(ImagingError::WindowNotFinite { center, width });
        }
        if width <= 0.0 || (function == VoiFunction::Linear && width < 1.0) {
            return Err(ImagingError::WindowWidth { width, function });
        }
        Ok(Self { center, width })
    }

    /// Middle of the window, in modality units.
    pub const fn center(self) -> f64 {
        self.center
    }

    /// Extent of the window, in modality units; always above zero.
    pub const fn width(self) -> f64 {
        self.width
    }

    /// This window moved by a drag, stopped where the function's least width is reached.
    pub fn moved(self, center_by: f64, width_by: f64, function: VoiFunction) -> Self {
        let width = (self.width + width_by).max(function.width_min());
        Self::with_function(self.center + center_by, width, function).unwrap_or(self)
    }
}

/// One way the file offers to see it (rule 7: windows and tables are alternatives).
#[derive(Clone, Debug, PartialEq)]
pub enum VoiLut {
    /// Window Center and Width.
    Window {
        /// Center and width.
        level: WindowLevel,
        /// How it maps.
        function: VoiFunction,
        /// Window Center & Width Explanation (0028,1055), or empty.
        name: String,
    },
    /// An item of the VOI LUT Sequence.
    Table {
        /// From rounded modality values.
        table: Arc<LookupTable>,
        /// LUT Explanation (0028,3003), or empty.
        name: String,
    },
}

impl VoiLut {
    /// The file's own name for it, or what it is.
    pub fn title(&self) -> String {
        match self {
            Self::Window { name, .. } | Self::Table { name, .. } if !name.trim().is_empty() => {
                name.trim().to_owned()
            }
            Self::Window { level, .. } => format!("C {} W {}", level.center(), level.width()),
            Self::Table { .. } => "VOI LUT".to_owned(),
        }
    }
}

/// Three tables from a stored value to a colour, PS3.3 C.7.9; no window applies (rule 12).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Palette {
    /// Red entries.
    pub red: LookupTable,
    /// Green entries.
    pub green: LookupTable,
    /// Blue entries.
    pub blue: LookupTable,
}

impl Palette {
    /// The colour of a stored value, eight bits a channel; `None` for a table without entries.
    pub fn colour(&self, stored: i64) -> Option<[u8; 3]> {
        self.shifted(stored, self.shift())
    }

    /// As `colour`, with `shift` found once for many values.
    pub(crate) fn shifted(&self, stored: i64, shift: u32) -> Option<[u8; 3]> {
        let channel = |table: &LookupTable| {
            table
                .entry(stored)
                .map(|entry| (entry >> shift).min(255) as u8)
        };
        Some([
            channel(&self.red)?,
            channel(&self.green)?,
            channel(&self.blue)?,
        ])
    }

    /// Bits dropped to reach eight; tables declared wider that hold bytes only are taken as bytes.
    pub(crate) fn shift(&self) -> u32 {
        let tables = [&self.red, &self.green, &self.blue];
        let widest = tables
            .iter()
            .flat_map(|table| table.values.iter())
            .max()
            .copied()
            .unwrap_or(0);
        let bits = tables
            .iter()
            .map(|table| u32::from(table.bits))
            .max()
            .unwrap_or(8);
        if widest <= 255 {
            0
        } else {
            bits.clamp(8, 16) - 8
        }
    }
}
