//! What the file says about one frame: geometry, tables, padding, orientation.

use std::sync::Arc;

use crate::colour_table::ColourTable;
use crate::lut::{ModalityLut, Palette, VoiLut};
use crate::orientation::{Letters, orientation_letters, patient_orientation_letters};
use crate::overlay::Overlay;
use crate::plane::{ImagePlane, SpacingCalibration};
use crate::shutter::Shutters;
use crate::view::ViewTransform;

/// Everything beside the samples that the display pipeline needs, for one frame (rules 3 and 8:
/// per-frame values win over shared ones; the reader has merged them).
#[derive(Clone, Debug, PartialEq)]
pub struct FrameAttributes {
    /// Where the frame lies in the patient; `None` for projections and the unknown.
    pub plane: Option<ImagePlane>,
    /// Distance between rows, then between columns, mm; what it means is in `calibration`.
    pub spacing_mm: Option<[f64; 2]>,
    /// What a length on this frame means (rule 16).
    pub calibration: SpacingCalibration,
    /// Ultrasound regions, each with its own spacing; empty for everything else.
    pub regions: Vec<CalibratedRegion>,
    /// Pixel Aspect Ratio (0028,0034): vertical, then horizontal size of a pixel; `[1, 1]` when absent.
    pub pixel_aspect: [f64; 2],
    /// Bits Stored of a sample; 0 when unknown, then the container's width counts.
    pub bits_stored: u16,
    /// From stored to modality values.
    pub modality_lut: ModalityLut,
    /// Unit of modality values, as shown (`HU`), or empty.
    pub rescale_unit: String,
    /// Real World Value Mappings, apart from the modality LUT (rule 4).
    pub real_world: Vec<RealWorldMapping>,
    /// What a modality value in Bq/ml is multiplied by to be a standardised uptake value by body weight, g/ml;
    /// `None` where the file does not say all that this needs (rule 28).
    pub suv_factor: Option<f64>,
    /// Windows and tables the file offers, in its order.
    pub voi: Vec<VoiLut>,
    /// Presentation LUT Shape (2050,0020): `true` INVERSE, `false` IDENTITY, `None` absent.
    pub presentation_inverse: Option<bool>,
    /// Pixel Padding Value and Range Limit: both ends inclusive, in stored values (rule 11).
    pub padding: Option<(i64, i64)>,
    /// Float or Double Float Pixel Padding Value and Range Limit, both ends inclusive.
    pub float_padding: Option<(f64, f64)>,
    /// Tables of a PALETTE COLOR frame; absent when they belong to something else.
    pub palette: Option<Arc<Palette>>,
    /// Supplemental palette of a grey frame: the values it maps are coloured, the others grey (rule 12).
    pub supplemental_palette: Option<Arc<Palette>>,
    /// What the ICC profile makes of the frame's colours; `None` without one or for sRGB (rule 13).
    pub colour_profile: Option<Arc<ColourTable>>,
    /// Overlay planes of the frame (rule 22).
    pub overlays: Vec<Overlay>,
    /// Display shutters of the frame (rule 23).
    pub shutters: Option<Arc<Shutters>>,
    /// Patient Orientation (0020,0020): the way rows, then columns run.
    pub patient_orientation: Option<[String; 2]>,
    /// How long the frame is shown in a cine loop, ms.
    pub frame_time_ms: Option<f64>,
    /// Image, Frame or series Laterality: `L`, `R`, `B`, `U` or empty (rule 21).
    pub laterality: String,
    /// Slice Thickness, mm; never a spacing (rule 20).
    pub slice_thickness_mm: Option<f64>,
    /// Stack ID (0020,9056) of an enhanced frame, or empty.
    pub stack_id: String,
    /// In-Stack Position Number (0020,9057).
    pub in_stack_position: Option<i64>,
    /// Temporal Position Index (0020,9128) or Identifier (0020,0100).
    pub temporal_position: Option<i64>,
    /// Dimension Index Values (0020,9157), in the file's order of dimensions; or empty.
    pub dimension_index: Vec<i64>,
}

impl Default for FrameAttributes {
    fn default() -> Self {
        Self {
            plane: None,
            spacing_mm: None,
            calibration: SpacingCalibration::Unknown,
            regions: Vec::new(),
            pixel_aspect: [1.0, 1.0],
            bits_stored: 0,
            modality_lut: ModalityLut::IDENTITY,
            rescale_unit: String::new(),
            real_world: Vec::new(),
            suv_factor: None,
            voi: Vec::new(),
            presentation_inverse: None,
            padding: None,
            float_padding: None,
            palette: None,
            supplemental_palette: None,
            colour_profile: None,
            overlays: Vec::new(),
            shutters: None,
            patient_orientation: None,
            frame_time_ms: None,
            laterality: String::new(),
            slice_thickness_mm: None,
            stack_id: String::new(),
            in_stack_position: None,
            temporal_position: None,
            dimension_index: Vec::new(),
        }
    }
}

impl FrameAttributes {
    /// Height of a pixel over its width (rule 15), from the spacing or else the aspect ratio; 1 when
    /// neither is usable.
    pub fn aspect(&self) -> f64 {
        let ratio = |pair: [f64; 2]| {
            let aspect = pair[0] / pair[1];
            (pair[0] > 0.0 && pair[1] > 0.0 && aspect.is_finite() && aspect > 0.0).then_some(aspect)
        };
        self.spacing_mm
            .and_then(ratio)
            .or_else(|| ratio(self.pixel_aspect))
            .unwrap_or(1.0)
    }

    /// The stored values that are padding, least and greatest, for float or for integer samples.
    pub fn padding_range(&self, is_float: bool) -> Option<(f64, f64)> {
        let integers = self
            .padding
            .map(|(first, last)| (first as f64, last as f64));
        let range = if is_float {
            self.float_padding.or(integers)
        } else {
            integers
        };
        // Rule 11: for MONOCHROME1 the limit is the lower end.
        range.map(|(first, last)| (first.min(last), first.max(last)))
    }

    /// True when a stored value is padding, of integers or of floats, and not part of the patient.
    pub fn is_padding(&self, stored: f64) -> bool {
        [false, true].into_iter().any(|is_float| {
            self.padding_range(is_float)
                .is_some_and(|(low, high)| stored >= low && stored <= high)
        })
    }

    /// The letters at the four edges of a view of this frame (rule 18): from the plane, or else from
    /// Patient Orientation; empty when neither is known.
    pub fn letters(&self, view: &ViewTransform, quadruped: bool) -> Letters {
        if let Some(plane) = &self.plane {
            return orientation_letters(
                plane.row_direction_lps,
                plane.column_direction_lps,
                view,
                quadruped,
            );
        }
        match &self.patient_orientation {
            Some(codes) => patient_orientation_letters(codes, view, quadruped),
            None => Letters::default(),
        }
    }
}

/// Part of an ultrasound image with a spacing of its own, PS3.3 C.8.5.5.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CalibratedRegion {
    /// First column and first row of the region, zero based.
    pub first: [u32; 2],
    /// Last column and last row, inclusive.
    pub last: [u32; 2],
    /// Distance between rows, then between columns, mm.
    pub spacing_mm: [f64; 2],
}

impl CalibratedRegion {
    /// True when the image point `[x, y]` lies in the region.
    pub fn contains(&self, point: [f64; 2]) -> bool {
        (0..2).all(|axis| {
            point[axis] >= f64::from(self.first[axis])
                && point[axis] <= f64::from(self.last[axis]) + 1.0
        })
    }
}

/// A linear Real World Value Mapping, PS3.3 C.7.6.16.2.11: a measure of its own beside the modality's.
#[derive(Clone, Debug, PartialEq)]
pub struct RealWorldMapping {
    /// First and last stored value it holds for.
    pub stored_range: (f64, f64),
    /// Real World Value Slope.
    pub slope: f64,
    /// Real World Value Intercept.
    pub intercept: f64,
    /// Unit as shown, from Measurement Units Code Sequence.
    pub unit: String,
    /// LUT Label (0040,9210), or empty.
    pub label: String,
}

impl RealWorldMapping {
    /// The real world value of a stored value, or `None` outside of the range it holds for.
    pub fn value(&self, stored: f64) -> Option<f64> {
        let (first, last) = self.stored_range;
        (stored >= first && stored <= last).then_some(stored * self.slope + self.intercept)
    }
}
