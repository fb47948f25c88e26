//! Stored value to pixel: a table where there are few enough values, evaluation where there are not.

use std::sync::Arc;

use rayon::prelude::*;

use crate::attributes::FrameAttributes;
use crate::colour_table::ColourTable;
use crate::error::ImagingError;
use crate::frame::{Frame, PhotometricInterpretation, Rgba8Image, Samples, with_samples};
use crate::grey::{BLACK, GreyStages, Voi};
use crate::lut::{Palette, VoiFunction, WindowLevel, nearest_integer};
use crate::presentation::Presentation;
use crate::stored::Stored;

/// Pixels that one task draws; constant, so that nothing depends on the number of threads. An image
/// of 512 x 512 is one task: waking a second thread would cost more than it saves.
const BAND_PIXELS: usize = 256 * 1024;

/// Stored value to pixel, built once for a kind of frame, its attributes and a presentation.
///
/// Integer samples up to 16 bits go through a table of 65,536 entries at most; wider and float
/// samples are evaluated. It may draw any frame with the same attributes and type of samples.
#[derive(Clone, Debug)]
pub struct DisplayLut {
    pub(crate) stages: Stages,
    table: Option<StoredTable>,
}

#[derive(Clone, Debug)]
pub(crate) enum Stages {
    Grey(Box<GreyStages>),
    Palette {
        palette: Arc<Palette>,
        shift: u32,
        profile: Option<Arc<ColourTable>>,
    },
    Colour(ColourStages),
}

/// Three samples to a colour.
#[derive(Clone, Debug)]
pub(crate) struct ColourStages {
    luminance_chrominance: bool,
    /// What a sample is divided by to reach eight bits.
    divisor: f64,
    profile: Option<Arc<ColourTable>>,
}

/// A colour as its profile means it.
#[inline(always)]
fn profiled(profile: Option<&ColourTable>, rgb: [u8; 3]) -> [u8; 4] {
    let [red, green, blue] = profile.map_or(rgb, |table| table.colour(rgb));
    [red, green, blue, 255]
}

/// Colours of all values of a sample type, from the least value on.
#[derive(Clone, Debug)]
struct StoredTable {
    first: i64,
    pixels: Vec<[u8; 4]>,
}

impl DisplayLut {
    /// Builds the stages and, for integers up to 16 bits, their table.
    ///
    /// Errors: a photometric interpretation that is not displayed, a missing or empty table, a window
    /// too narrow for its function. `VoiChoice::Auto` reads the frame's range, everything else only
    /// its type.
    pub fn new(
        frame: &Frame,
        attributes: &FrameAttributes,
        presentation: &Presentation,
    ) -> Result<Self, ImagingError> {
        use PhotometricInterpretation as P;
        let stages = match (&frame.photometric, frame.samples_per_pixel) {
            (P::Monochrome1 | P::Monochrome2, 1) => {
                Stages::Grey(Box::new(GreyStages::new(frame, attributes, presentation)?))
            }
            (P::PaletteColor, 1) => {
                let palette = attributes
                    .palette
                    .clone()
                    .ok_or(ImagingError::MissingPalette)?;
                palette
                    .colour(0)
                    .ok_or(ImagingError::EmptyTable("palette"))?;
                Stages::Palette {
                    shift: palette.shift(),
                    palette,
                    profile: attributes.colour_profile.clone(),
                }
            }
            (P::Rgb | P::YbrRct | P::YbrIct, 3) => {
                Stages::Colour(ColourStages::new(frame, attributes, false))
            }
            (P::YbrFull | P::YbrFull422, 3) => {
                Stages::Colour(ColourStages::new(frame, attributes, true))
            }
            (other, samples_per_pixel) => {
                let code = other.code().to_owned();
                return Err(ImagingError::Photometric {
                    code,
                    samples_per_pixel,
                });
            }
        };
        let (first, entries) = match with_samples!(&frame.samples, values => table_of(values)) {
            Some(bounds) if !matches!(stages, Stages::Colour(_)) => bounds,
            _ => {
                return Ok(Self {
                    stages,
                    table: None,
                });
            }
        };
        let pixels = (0..entries)
            .map(|entry| stages.rgba((first + entry as i64) as f64))
            .collect();
        Ok(Self {
            stages,
            table: Some(StoredTable { first, pixels }),
        })
    }

    /// The window in effect, for the text beside the image; `None` with a table or in colour.
    pub fn window(&self) -> Option<(WindowLevel, VoiFunction)> {
        match &self.stages {
            Stages::Grey(grey) => match grey.voi() {
                Voi::Window(level, function) => Some((*level, *function)),
                Voi::Table { .. } => None,
            },
            _ => None,
        }
    }

    /// True when high values are drawn dark, by the file or by the user.
    pub fn is_inverted(&self) -> bool {
        matches!(&self.stages, Stages::Grey(grey) if grey.is_inverted())
    }

    /// Draws a whole frame, one pixel for each image pixel.
    ///
    /// Errors: samples that do not fill the matrix, or a frame of another kind than this was built for.
    pub fn apply(&self, frame: &Frame) -> Result<Rgba8Image, ImagingError> {
        frame.checked()?;
        if !self.is_for(frame) {
            return Err(ImagingError::Photometric {
                code: frame.photometric.code().to_owned(),
                samples_per_pixel: frame.samples_per_pixel,
            });
        }
        let mut pixels = vec![0_u8; frame.rows * frame.columns * 4];
        with_samples!(&frame.samples, values => self.fill(values, &mut pixels));
        Ok(Rgba8Image {
            width: frame.columns,
            height: frame.rows,
            pixels,
        })
    }

    /// The colour of one pixel: red, green and blue as displayed; `None` beside the image, or for a frame
    /// of another kind than this was built for.
    pub fn colour_at(&self, frame: &Frame, row: usize, column: usize) -> Option<[u8; 3]> {
        let sample = |at| frame.stored_value(row, column, at);
        let first = sample(0).filter(|_| self.is_for(frame))?;
        let [red, green, blue, _] = match &self.stages {
            Stages::Colour(colour) => colour.rgba([first, sample(1)?, sample(2)?]),
            stages => stages.rgba(first),
        };
        Some([red, green, blue])
    }

    /// True when the frame has as many samples a pixel as these stages take.
    pub(crate) fn is_for(&self, frame: &Frame) -> bool {
        frame.samples_per_pixel
            == if matches!(self.stages, Stages::Colour(_)) {
                3
            } else {
                1
            }
    }

    /// The table for samples of type `T`, when that is what it was built for.
    pub(crate) fn table_for<T: Stored>(&self) -> Option<&[[u8; 4]]> {
        let table = self.table.as_ref()?;
        (T::TABLE == Some((table.first, table.pixels.len()))).then_some(table.pixels.as_slice())
    }

    /// The table for samples of the type of `_values`.
    pub(crate) fn colours_of<T: Stored>(&self, _values: &[T]) -> Option<&[[u8; 4]]> {
        self.table_for::<T>()
    }

    /// Its length, and the stored value of its first entry.
    pub(crate) fn table_of<T: Stored>(&self, _values: &[T]) -> Option<(usize, i64)> {
        let (first, _) = T::TABLE?;
        Some((self.table_for::<T>()?.len(), first))
    }

    fn fill<T: Stored>(&self, values: &[T], pixels: &mut [u8]) {
        if pixels.len() <= BAND_PIXELS * 4 {
            return self.fill_band(values, pixels);
        }
        let samples_per_pixel = if matches!(self.stages, Stages::Colour(_)) {
            3
        } else {
            1
        };
        let bands = pixels.par_chunks_mut(BAND_PIXELS * 4);
        bands
            .zip(values.par_chunks(BAND_PIXELS * samples_per_pixel))
            .for_each(|(band, values)| self.fill_band(values, band));
    }

    fn fill_band<T: Stored>(&self, values: &[T], band: &mut [u8]) {
        let (pixels, _) = band.as_chunks_mut::<4>();
        match (&self.stages, self.table_for::<T>()) {
            (Stages::Colour(colour), _) => {
                let (triples, _) = values.as_chunks::<3>();
                for (pixel, triple) in pixels.iter_mut().zip(triples) {
                    *pixel = colour.rgba(triple.map(Stored::value));
                }
            }
            (_, Some(table)) => {
                for (pixel, value) in pixels.iter_mut().zip(values) {
                    *pixel = table[value.index()];
                }
            }
            (stages, None) => {
                for (pixel, value) in pixels.iter_mut().zip(values) {
                    *pixel = stages.rgba(value.value());
                }
            }
        }
    }
}

impl Stages {
    /// The colour of a stored value of a frame with one sample a pixel.
    #[inline]
    pub(crate) fn rgba(&self, stored: f64) -> [u8; 4] {
        match self {
            Self::Grey(grey) => grey.rgba(stored),
            Self::Palette {
                palette,
                shift,
                profile,
            } => palette
                .shifted(nearest_integer(stored), *shift)
                .map_or(BLACK, |rgb| profiled(profile.as_deref(), rgb)),
            Self::Colour(_) => BLACK,
        }
    }
}

impl ColourStages {
    fn new(frame: &Frame, attributes: &FrameAttributes, luminance_chrominance: bool) -> Self {
        let container = match frame.samples {
            Samples::U8(_) | Samples::I8(_) => 8,
            Samples::U16(_) | Samples::I16(_) => 16,
            Samples::U32(_) | Samples::I32(_) => 32,
            Samples::F32(_) | Samples::F64(_) => 8,
        };
        let stored = u32::from(attributes.bits_stored);
        let bits = if stored == 0 {
            container
        } else {
            stored.clamp(8, container)
        };
        Self {
            luminance_chrominance,
            divisor: f64::from(1_u32 << (bits - 8)),
            profile: attributes.colour_profile.clone(),
        }
    }

    /// Eight-bit colour of three samples; YBR_FULL by PS3.3 C.7.6.3.1.2.
    #[inline(always)]
    pub(crate) fn rgba(&self, samples: [f64; 3]) -> [u8; 4] {
        if !self.luminance_chrominance {
            let rgb = samples.map(|sample| (sample / self.divisor).clamp(0.0, 255.0) as u8);
            return profiled(self.profile.as_deref(), rgb);
        }
        let [luminance, blue, red] = samples.map(|sample| (sample / self.divisor).floor());
        let (blue, red) = (blue - 128.0, red - 128.0);
        let byte = |value: f64| (value.clamp(0.0, 255.0) + 0.5) as u8;
        let rgb = [
            byte(luminance + 1.402 * red),
            byte(luminance - 0.344_136 * blue - 0.714_136 * red),
            byte(luminance + 1.772 * blue),
        ];
        profiled(self.profile.as_deref(), rgb)
    }
}

fn table_of<T: Stored>(_values: &[T]) -> Option<(i64, usize)> {
    T::TABLE
}
