//! Frames, geometry, the display pipeline and the study tree: what an image is and how it is shown.
//!
//! Kernels are pure: values come in, values go out, and the same values give the same bits on every machine.

mod attributes;
mod colormap;
mod difference;
mod display_lut;
mod error;
mod exponential;
mod frame;
mod grey;
mod length;
mod lut;
mod notice;
mod orientation;
mod phi;
mod pipeline;
mod plane;
mod presentation;
mod stored;
mod study;
mod view;
mod viewport;

pub use attributes::{CalibratedRegion, FrameAttributes, RealWorldMapping};
pub use colormap::{Colormap, UnknownColormap};
pub use difference::{ErrorFigures, difference, difference_image};
pub use display_lut::DisplayLut;
pub use error::ImagingError;
pub use frame::{Frame, PhotometricInterpretation, Rgba8Image, Samples};
pub use length::{CALIBRATION_NOTE, Length, length_between};
pub use lut::{LookupTable, ModalityLut, Palette, VoiFunction, VoiLut, WindowLevel};
pub use notice::{Notice, Severity};
pub use orientation::{Letters, orientation_letters, patient_orientation_letters};
pub use phi::Phi;
pub use pipeline::{auto_window, modality_range, modality_values, present, thumbnail};
pub use plane::{ImagePlane, SpacingCalibration};
pub use presentation::{Presentation, VoiChoice};
pub use study::{
    ByteRange, FrameReference, GeometryWarning, Instance, LossyMark, Patient, PixelDataLocation,
    SampleKind, Series, Study, StudyHeader,
};
pub use view::{Interpolation, ViewTransform};
pub use viewport::present_viewport;
