//! Frames, geometry, the display pipeline and the study tree: what an image is and how it is shown.
//!
//! Kernels are pure: values come in, values go out, and the same values give the same bits on every machine.

mod attributes;
mod cielab;
mod colormap;
mod colour_table;
mod cut;
mod difference;
mod display_lut;
mod document;
mod error;
mod exponential;
mod footprint;
mod frame;
mod grey;
mod laterality;
mod length;
mod lut;
mod mark;
mod mark_figures;
mod notice;
mod object;
mod occupancy;
mod orientation;
mod overlay;
mod phi;
mod pipeline;
mod plane;
mod presentation;
mod presentation_state;
mod rays;
mod reduce;
mod region;
mod render;
mod reslice;
mod sampled_view;
mod segmentation;
mod shutter;
mod stored;
mod structure_set;
mod study;
mod text_rule;
mod transfer;
mod view;
mod viewport;
mod volume;
mod voxel_path;

pub use attributes::{CalibratedRegion, FrameAttributes, RealWorldMapping};
pub use cielab::{cielab_from_srgb, srgb_from_cielab};
pub use colormap::{Colormap, UnknownColormap};
pub use colour_table::ColourTable;
pub use cut::{PLANE_SIDE_MAX, slab_planes, turned};
pub use difference::{ErrorFigures, difference, difference_image};
pub use display_lut::DisplayLut;
pub use document::{EncapsulatedDocument, Report, ReportLine, TagRow};
pub use error::ImagingError;
pub use frame::{Frame, PhotometricInterpretation, Rgba8Image, Samples};
pub use laterality::laterality_conflict;
pub use length::{
    CALIBRATION_NOTE, Length, angle_between_degrees, area_of, length_between, physical_spacing_mm,
};
pub use lut::{LookupTable, ModalityLut, Palette, VoiFunction, VoiLut, WindowLevel};
pub use mark::{Mark, MarkKind, ReportedMark};
pub use mark_figures::{MarkFigures, PixelValues};
pub use notice::{Notice, Severity};
pub use object::{AttachedObject, ImageReference, ObjectKind, SeriesReference};
pub use occupancy::Occupancy;
pub use orientation::{Letters, orientation_letters, patient_orientation_letters};
pub use overlay::{BitPlane, Overlay, OverlayBits, OverlayKind, draw_overlays};
pub use phi::Phi;
pub use pipeline::{
    auto_window, modality_range, modality_values, modality_values_into, present, thumbnail,
};
pub use plane::{ImagePlane, SpacingCalibration};
pub use presentation::{Presentation, VoiChoice};
pub use presentation_state::{
    DisplayedArea, Graphic, GraphicLayer, GraphicShape, GraphicUnits, PresentationLut,
    PresentationState, SizeMode, SoftcopyVoi,
};
pub use region::{Histogram, Region, RegionFigures, region_figures};
pub use render::{Camera, RENDER_SIDE_MAX, Rendering, render_volume};
pub use reslice::{ReslicePlane, SLAB_PLANES_MAX, SlabProjection, reslice, reslice_slab};
pub use sampled_view::SampledView;
pub use segmentation::{
    Segment, SegmentFrame, SegmentMask, Segmentation, SegmentationKind, draw_masks, segment_colour,
};
pub use shutter::{Shutter, Shutters, apply_shutters};
pub use structure_set::{Contour, ContourKind, RegionPolygon, StructureRegion, StructureSet};
pub use study::{
    ByteRange, FrameReference, GeometryWarning, Instance, LossyMark, Patient, PixelDataLocation,
    SampleKind, Series, Study, StudyHeader, sharing_flags,
};
pub use text_rule::{FallbackCharacterSet, TextRule};
pub use transfer::{TransferFunction, TransferPoint};
pub use view::{Interpolation, ViewTransform};
pub use viewport::present_viewport;
pub use volume::{Volume, VolumeError, check_volume};
