//! The grey stages for one stored value: modality LUT, VOI, inversion, colour map.

use std::sync::Arc;

use crate::attributes::FrameAttributes;
use crate::error::ImagingError;
use crate::exponential::exp;
use crate::frame::{Frame, PhotometricInterpretation};
use crate::lut::{
    LookupTable, ModalityLut, Palette, VoiFunction, VoiLut, WindowLevel, nearest_integer,
};
use crate::pipeline::auto_window;
use crate::presentation::{Presentation, VoiChoice};

/// Padding, values that are not numbers, and whatever lies beside the image.
pub(crate) const BLACK: [u8; 4] = [0, 0, 0, 255];

/// A range that holds no value.
const NOTHING: (f64, f64) = (f64::INFINITY, f64::NEG_INFINITY);

/// Everything between a stored value and its colour.
#[derive(Clone, Debug)]
pub(crate) struct GreyStages {
    modality: ModalityLut,
    voi: Voi,
    inverted: bool,
    colours: [[u8; 4]; 256],
    /// Stored values drawn black whatever the inversion (rule 11), from least to greatest.
    padding: (f64, f64),
    supplement: Option<Supplement>,
}

/// Stored values that a supplemental palette colours, PS3.3 C.7.6.19: those that its tables map.
#[derive(Clone, Debug)]
struct Supplement {
    palette: Arc<Palette>,
    shift: u32,
    range: (f64, f64),
}

impl Supplement {
    fn new(palette: &Arc<Palette>) -> Self {
        let first = palette.red.first_mapped as f64;
        Self {
            palette: Arc::clone(palette),
            shift: palette.shift(),
            range: (first, first + palette.red.values.len() as f64 - 1.0),
        }
    }
}

#[derive(Clone, Debug)]
pub(crate) enum Voi {
    Window(WindowLevel, VoiFunction),
    Table {
        table: Arc<LookupTable>,
        full_scale: f64,
    },
}

impl GreyStages {
    pub(crate) fn new(
        frame: &Frame,
        attributes: &FrameAttributes,
        presentation: &Presentation,
    ) -> Result<Self, ImagingError> {
        if let ModalityLut::Table(table) = &attributes.modality_lut
            && table.values.is_empty()
        {
            return Err(ImagingError::EmptyTable("modality"));
        }
        // Rule 10: Presentation LUT Shape decides when present; the user's inversion comes on top.
        let by_file = attributes
            .presentation_inverse
            .unwrap_or(frame.photometric == PhotometricInterpretation::Monochrome1);
        Ok(Self {
            modality: attributes.modality_lut.clone(),
            voi: Voi::choose(frame, attributes, presentation.voi)?,
            inverted: by_file != presentation.invert,
            colours: presentation.colormap.table(),
            padding: attributes
                .padding_range(frame.samples.is_float())
                .filter(|_| !presentation.show_padding)
                .unwrap_or(NOTHING),
            supplement: attributes
                .supplemental_palette
                .as_ref()
                .filter(|_| !frame.samples.is_float())
                .map(Supplement::new),
        })
    }

    pub(crate) fn voi(&self) -> &Voi {
        &self.voi
    }

    pub(crate) fn is_inverted(&self) -> bool {
        self.inverted
    }

    /// The entries of a table of stored values that are padding: first and last, if there are any.
    pub(crate) fn padding_entries(&self, first: i64, entries: usize) -> Option<(u32, u32)> {
        let last = entries as f64 - 1.0;
        let low = (self.padding.0 - first as f64).ceil().max(0.0);
        let high = (self.padding.1 - first as f64).floor().min(last);
        (low <= high).then_some((low as u32, high as u32))
    }

    /// True for padding and for values that are not numbers.
    #[inline(always)]
    pub(crate) fn is_hidden(&self, stored: f64) -> bool {
        let padded = (stored >= self.padding.0) & (stored <= self.padding.1);
        padded | !stored.is_finite()
    }

    /// True when some values are coloured by a supplemental palette.
    pub(crate) fn has_supplement(&self) -> bool {
        self.supplement.is_some()
    }

    /// True for values that must not be mixed with others: hidden ones and coloured ones.
    #[inline(always)]
    pub(crate) fn is_apart(&self, stored: f64) -> bool {
        let coloured = self
            .supplement
            .as_ref()
            .is_some_and(|supplement| stored >= supplement.range.0 && stored <= supplement.range.1);
        coloured | self.is_hidden(stored)
    }

    /// True when the grey of a value between two stored values is found by evaluation; else the
    /// nearest stored value is looked up.
    pub(crate) fn is_smooth(&self) -> bool {
        let windowed = matches!(
            self.voi,
            Voi::Window(_, VoiFunction::Linear | VoiFunction::LinearExact)
        );
        windowed && matches!(self.modality, ModalityLut::Rescale { .. })
    }

    /// The colour of a stored value.
    #[inline]
    pub(crate) fn rgba(&self, stored: f64) -> [u8; 4] {
        if let Some(supplement) = &self.supplement
            && stored >= supplement.range.0
            && stored <= supplement.range.1
        {
            let stored = nearest_integer(stored);
            let colour = supplement.palette.shifted(stored, supplement.shift);
            return colour.map_or(BLACK, |[red, green, blue]| [red, green, blue, 255]);
        }
        if self.is_hidden(stored) {
            BLACK
        } else {
            self.shown(stored)
        }
    }

    /// The colour of a stored value that is known not to be padding.
    #[inline]
    pub(crate) fn shown(&self, stored: f64) -> [u8; 4] {
        let grey = self.voi.grey(self.modality.modality_value(stored));
        self.colours[usize::from(if self.inverted { 255 - grey } else { grey })]
    }
}

impl Voi {
    fn choose(
        frame: &Frame,
        attributes: &FrameAttributes,
        choice: VoiChoice,
    ) -> Result<Self, ImagingError> {
        let automatic = || Self::Window(auto_window(frame, attributes), VoiFunction::LinearExact);
        match choice {
            VoiChoice::Auto => Ok(automatic()),
            VoiChoice::Manual(level, function) => {
                let level = WindowLevel::with_function(level.center(), level.width(), function)?;
                Ok(Self::Window(level, function))
            }
            VoiChoice::File(index) => match attributes.voi.get(index) {
                None => Ok(automatic()),
                // LINEAR below a width of 1 is not allowed, but written for small real values.
                Some(VoiLut::Window {
                    level,
                    function: VoiFunction::Linear,
                    ..
                }) if level.width() < 1.0 => Ok(Self::Window(*level, VoiFunction::LinearExact)),
                Some(VoiLut::Window {
                    level, function, ..
                }) => Ok(Self::Window(*level, *function)),
                Some(VoiLut::Table { table, .. }) if table.values.is_empty() => {
                    Err(ImagingError::EmptyTable("VOI"))
                }
                Some(VoiLut::Table { table, .. }) => {
                    let full_scale = f64::from(table.full_scale().max(1));
                    Ok(Self::Table {
                        table: Arc::clone(table),
                        full_scale,
                    })
                }
            },
        }
    }

    /// The grey level of a modality value, before inversion, PS3.3 C.11.2.1 with y from 0 to 255.
    #[inline(always)]
    fn grey(&self, x: f64) -> u8 {
        let y = match self {
            Self::Window(level, function) => {
                let (center, width) = (level.center(), level.width());
                match function {
                    VoiFunction::Linear => {
                        let (middle, reach) = (center - 0.5, width - 1.0);
                        let ramp = ((x - middle) / reach + 0.5) * 255.0;
                        stepped(x, middle - reach / 2.0, middle + reach / 2.0, ramp)
                    }
                    VoiFunction::LinearExact => {
                        let ramp = ((x - center) / width + 0.5) * 255.0;
                        stepped(x, center - width / 2.0, center + width / 2.0, ramp)
                    }
                    VoiFunction::Sigmoid => {
                        // Beyond 12 the curve is within a two-hundredth of a grey level of its ends.
                        let steepness = 4.0 * (x - center) / width;
                        if steepness < -12.0 {
                            0.0
                        } else if steepness > 12.0 {
                            255.0
                        } else {
                            255.0 / (1.0 + exp(-steepness))
                        }
                    }
                }
            }
            Self::Table { table, full_scale } => {
                let entry = table.entry(nearest_integer(x)).unwrap_or(0);
                f64::from(entry) / full_scale * 255.0
            }
        };
        // Clamped before the cast: a saturating cast alone keeps the loop from using vectors.
        (y.clamp(0.0, 255.0) + 0.5) as u8
    }
}

/// Black up to `low`, white above `high`, `ramp` between: total even where the ramp divides by zero.
#[inline(always)]
fn stepped(x: f64, low: f64, high: f64, ramp: f64) -> f64 {
    if x <= low {
        0.0
    } else if x > high {
        255.0
    } else {
        ramp
    }
}
