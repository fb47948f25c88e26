//! Why an image could not be presented, in a sentence a physician understands.

use crate::lut::VoiFunction;

/// What can go wrong between stored values and pixels.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ImagingError {
    /// PS3.3 C.11.2.1.2: LINEAR needs a width of 1 or more, the others more than 0.
    #[error("Window width `{width}` is too small for {function}")]
    WindowWidth {
        /// The width that was asked for, in modality units.
        width: f64,
        /// The function it was meant for.
        function: VoiFunction,
    },
    /// A centre or width that is not a number.
    #[error("Window center `{center}` and width `{width}` must be finite numbers")]
    WindowNotFinite {
        /// Window center as given.
        center: f64,
        /// Window width as given.
        width: f64,
    },
    /// The samples do not fill the matrix.
    #[error(
        "A frame of {rows} x {columns} x {samples_per_pixel} needs {needed} samples, found `{found}`"
    )]
    SampleCount {
        /// Rows of the frame.
        rows: usize,
        /// Columns of the frame.
        columns: usize,
        /// Samples of one pixel.
        samples_per_pixel: usize,
        /// rows x columns x samples per pixel.
        needed: usize,
        /// Samples there are.
        found: usize,
    },
    /// A photometric interpretation that is not displayed, or not with this many samples a pixel.
    #[error(
        "Unsupported photometric interpretation `{code}` with {samples_per_pixel} samples a pixel"
    )]
    Photometric {
        /// The code string of (0028,0004).
        code: String,
        /// Samples of one pixel.
        samples_per_pixel: usize,
    },
    /// PALETTE COLOR without its tables.
    #[error("PALETTE COLOR without red, green and blue lookup tables")]
    MissingPalette,
    /// A lookup table without entries.
    #[error("The {0} lookup table has no entries")]
    EmptyTable(&'static str),
    /// Modality values exist for one sample a pixel only.
    #[error("A colour image has no modality values, it has `{0}` samples a pixel")]
    NotMonochrome(usize),
    /// Two images that cannot be compared.
    #[error("Images of {0:?} and {1:?} cannot be compared")]
    DifferentShapes([usize; 2], [usize; 2]),
    /// Nothing to compare or to show.
    #[error("The image of {0:?} has no pixels")]
    NoPixels([usize; 2]),
    /// NaN or infinity where a number is needed.
    #[error("The images hold `{0}` values that are not finite numbers")]
    NotFinite(usize),
}
