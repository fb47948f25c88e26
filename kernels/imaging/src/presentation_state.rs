//! Presentation states (GSPS, PS3.3 A.33, PS3.4 N): how somebody wanted images to be seen (rule 27).

use crate::attributes::FrameAttributes;
use crate::lut::{LookupTable, ModalityLut, VoiLut};
use crate::object::ImageReference;
use crate::overlay::Overlay;
use crate::phi::Phi;
use crate::shutter::{Shutter, Shutters};
use crate::study::FrameReference;
use crate::view::ViewTransform;

use std::sync::Arc;

/// What coordinates of a graphic count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GraphicUnits {
    /// `PIXEL`: image points, the first pixel covering 0 to 1.
    Pixel,
    /// `DISPLAY`: shares of the displayed area, 0 to 1.
    Display,
}

/// The shape of a graphic (0070,0023), or text.
#[derive(Clone, Debug, PartialEq)]
pub enum GraphicShape {
    /// One point.
    Point([f64; 2]),
    /// Points joined by straight lines.
    Polyline(Vec<[f64; 2]>),
    /// Points that a curve is to go through.
    Interpolated(Vec<[f64; 2]>),
    /// Centre and a point on the circle.
    Circle {
        /// Centre.
        center: [f64; 2],
        /// Any point on the circle.
        on_circle: [f64; 2],
    },
    /// Ends of the major, then of the minor axis.
    Ellipse([[f64; 2]; 4]),
    /// Text in a box, beside an anchor, or both.
    Text {
        /// Unformatted Text Value.
        text: Phi<String>,
        /// Top left and bottom right of the box.
        bounds: Option<[[f64; 2]; 2]>,
        /// What the text is about.
        anchor: Option<[f64; 2]>,
        /// Units of the anchor, which may differ from those of the box.
        anchor_units: GraphicUnits,
    },
}

/// One graphic.
#[derive(Clone, Debug, PartialEq)]
pub struct Graphic {
    /// Graphic Layer it lies in.
    pub layer: String,
    /// The images it is on; all of the state's images when empty.
    pub references: Vec<ImageReference>,
    /// What its coordinates count.
    pub units: GraphicUnits,
    /// Its shape.
    pub shape: GraphicShape,
    /// Graphic Filled (0070,0024) is Y.
    pub is_filled: bool,
}

/// A layer of graphics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphicLayer {
    /// Graphic Layer (0070,0002).
    pub name: String,
    /// Graphic Layer Order: higher ones lie on top.
    pub order: i64,
    /// Recommended colour, else white.
    pub colour: [u8; 3],
}

/// Presentation Size Mode (0070,0100).
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum SizeMode {
    /// `SCALE TO FIT`.
    ScaleToFit,
    /// `TRUE SIZE`.
    TrueSize,
    /// `MAGNIFY` by this many screen pixels for an image pixel.
    Magnify(f64),
}

/// Which part of an image is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct DisplayedArea {
    /// The images it is for; all when empty.
    pub references: Vec<ImageReference>,
    /// Column and row of the top left pixel, from 1; may lie outside of the image.
    pub top_left: [i64; 2],
    /// Column and row of the bottom right pixel, from 1.
    pub bottom_right: [i64; 2],
    /// How large it is shown.
    pub size_mode: SizeMode,
    /// Height of a pixel over its width, when the state says it.
    pub aspect: Option<f64>,
}

/// Windows or tables for some images.
#[derive(Clone, Debug, PartialEq)]
pub struct SoftcopyVoi {
    /// The images it is for; all when empty.
    pub references: Vec<ImageReference>,
    /// Windows and tables, in the file's order.
    pub voi: Vec<VoiLut>,
}

/// Presentation LUT (2050,0010) or its shape.
#[derive(Clone, Debug, PartialEq)]
pub enum PresentationLut {
    /// Shape IDENTITY or INVERSE (`true`).
    Shape(bool),
    /// A table.
    Table(Arc<LookupTable>),
}

/// How images are to be seen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PresentationState {
    /// Content Label (0070,0080).
    pub label: String,
    /// Content Description (0070,0081).
    pub description: Phi<String>,
    /// The images it is for.
    pub references: Vec<ImageReference>,
    /// From stored to modality values, where the state says it.
    pub modality_lut: Option<ModalityLut>,
    /// Windows and tables by image.
    pub voi: Vec<SoftcopyVoi>,
    /// After the window.
    pub presentation_lut: Option<PresentationLut>,
    /// Shutters.
    pub shutters: Option<Arc<Shutters>>,
    /// Overlays of the state itself.
    pub overlays: Vec<Overlay>,
    /// Overlay groups of the images, or of the state, that are shown, by Overlay Activation Layer.
    pub active_overlays: Vec<u16>,
    /// Layers by name.
    pub layers: Vec<GraphicLayer>,
    /// Graphics and text.
    pub graphics: Vec<Graphic>,
    /// Parts shown.
    pub areas: Vec<DisplayedArea>,
    /// Image Rotation (0070,0042): clockwise quarter turns, before the flip.
    pub quarter_turns: u8,
    /// Image Horizontal Flip (0070,0041) is Y.
    pub flip_horizontal: bool,
    /// What it asks for and is not applied, a sentence each.
    pub problems: Vec<String>,
}

fn means(references: &[ImageReference], target: &FrameReference) -> bool {
    references.is_empty() || references.iter().any(|image| image.names(target))
}

impl PresentationState {
    /// True when the state is for this frame.
    pub fn is_for(&self, target: &FrameReference) -> bool {
        self.references.iter().any(|image| image.names(target))
    }

    /// The frame's attributes as the state wants them seen: its own modality LUT, windows, polarity,
    /// shutters and overlays in place of the file's.
    pub fn attributes(&self, target: &FrameReference) -> FrameAttributes {
        let mut attributes = target.attributes().clone();
        if let Some(lut) = &self.modality_lut {
            attributes.modality_lut = lut.clone();
        }
        if let Some(found) = self.voi.iter().find(|voi| means(&voi.references, target)) {
            attributes.voi.clone_from(&found.voi);
        }
        // The state's shape replaces the image's; MONOCHROME1 is then not inverted again (N.2.1.3).
        match &self.presentation_lut {
            Some(PresentationLut::Shape(inverse)) => {
                attributes.presentation_inverse = Some(*inverse);
            }
            Some(PresentationLut::Table(_)) => attributes.presentation_inverse = Some(false),
            None => {}
        }
        if self.shutters.is_some() {
            attributes.shutters.clone_from(&self.shutters);
        }
        // Overlays of the state come before those of the image in the same group.
        let own = |group: u16| self.overlays.iter().any(|overlay| overlay.group == group);
        attributes.overlays.retain(|overlay| !own(overlay.group));
        attributes.overlays.extend(self.overlays.iter().cloned());
        let shutters = attributes.shutters.clone();
        let hides = |group: u16| {
            let bitmap = Shutter::Bitmap { group };
            shutters
                .as_ref()
                .is_some_and(|all| all.shapes.contains(&bitmap))
        };
        attributes.overlays.retain(|overlay| {
            self.active_overlays.contains(&overlay.group) || hides(overlay.group)
        });
        attributes
    }

    /// The part shown of this frame.
    pub fn area(&self, target: &FrameReference) -> Option<&DisplayedArea> {
        self.areas
            .iter()
            .find(|area| means(&area.references, target))
    }

    /// Height of a pixel over its width in this state.
    pub fn aspect(&self, target: &FrameReference) -> f64 {
        self.area(target)
            .and_then(|area| area.aspect)
            .unwrap_or_else(|| target.attributes().aspect())
    }

    /// The view of a frame: turned, flipped and with the displayed area as large as it goes in
    /// `view_size` (or magnified as asked for).
    pub fn view(&self, target: &FrameReference, view_size: [usize; 2]) -> ViewTransform {
        let image = [target.instance.columns, target.instance.rows];
        let (top_left, bottom_right, mode) = match self.area(target) {
            Some(area) => (area.top_left, area.bottom_right, area.size_mode),
            None => (
                [1, 1],
                image.map(|length| length as i64),
                SizeMode::ScaleToFit,
            ),
        };
        let length = |axis: usize| {
            let pixels = bottom_right[axis].saturating_sub(top_left[axis]);
            usize::try_from(pixels.saturating_add(1).clamp(1, 65_535)).unwrap_or(1)
        };
        let size = [length(0), length(1)];
        let mut view = self
            .turned_and_flipped(image)
            .fitted(size, self.aspect(target), view_size);
        if let SizeMode::Magnify(ratio) = mode
            && ratio.is_finite()
            && ratio > 0.0
        {
            view.zoom = ratio;
        }
        view.pan = std::array::from_fn(|axis| {
            (top_left[axis] as f64 - 1.0 + bottom_right[axis] as f64) / 2.0
        });
        view
    }

    /// A view of `[columns, rows]` that is turned, then flipped as it is seen (C.10.6).
    fn turned_and_flipped(&self, image: [usize; 2]) -> ViewTransform {
        let turned = ViewTransform {
            quarter_turns: self.quarter_turns % 4,
            ..ViewTransform::identity(image)
        };
        if self.flip_horizontal {
            turned.flipped_left_right()
        } else {
            turned
        }
    }

    /// The graphics on a frame, those of lower layers first, each with its colour.
    pub fn graphics_on(&self, target: &FrameReference) -> Vec<(&Graphic, [u8; 3])> {
        let layer = |graphic: &Graphic| {
            let found = self.layers.iter().find(|layer| layer.name == graphic.layer);
            found.map_or((0, [255; 3]), |layer| (layer.order, layer.colour))
        };
        let mut shown: Vec<&Graphic> = self
            .graphics
            .iter()
            .filter(|graphic| means(&graphic.references, target))
            .collect();
        shown.sort_by_key(|graphic| layer(graphic).0);
        shown
            .into_iter()
            .map(|graphic| (graphic, layer(graphic).1))
            .collect()
    }

    /// The image point of a graphic's point.
    pub fn image_point(
        &self,
        point: [f64; 2],
        units: GraphicUnits,
        target: &FrameReference,
    ) -> [f64; 2] {
        if units == GraphicUnits::Pixel {
            return point;
        }
        let whole = [target.instance.columns, target.instance.rows];
        let (first, last) = self.area(target).map_or_else(
            || ([1, 1], whole.map(|length| length as i64)),
            |area| (area.top_left, area.bottom_right),
        );
        // Display units run over the area as it is seen: turned and flipped with it.
        let seen = self.turned_and_flipped([1, 1]);
        let share = seen.image_from_view(point, 1.0, [1, 1]);
        std::array::from_fn(|axis| {
            let start = first[axis] as f64 - 1.0;
            start + share[axis] * (last[axis] as f64 - start)
        })
    }
}
