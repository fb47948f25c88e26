//! What lies over an image's pixels: masks of segments, then shutters, then overlay planes, each with its switch.

use std::sync::Arc;

use actor_messages::FrameLayers;
use kernel_imaging::{
    FrameAttributes, Overlay, Rgba8Image, Shutter, ViewTransform, apply_shutters, draw_masks,
    draw_overlays,
};

/// How much of a segment's colour is laid over the image.
pub const MASK_OPACITY: f64 = 0.4;

/// Which layers are to be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// Overlay planes (60xx).
    pub overlays: bool,
    /// Display shutters.
    pub shutters: bool,
    /// Segments, contours and graphics of objects.
    pub objects: bool,
}

impl Default for Shown {
    fn default() -> Self {
        Self {
            overlays: true,
            shutters: true,
            objects: true,
        }
    }
}

/// The layers of one picture.
#[derive(Clone, Debug, Default)]
pub struct Over {
    /// Which of them are to be seen.
    pub shown: Shown,
    /// What objects lay over the frame, and overlays that were read with its pixels.
    pub layers: Option<Arc<FrameLayers>>,
}

impl Over {
    /// No layer at all.
    pub fn nothing() -> Self {
        Self {
            shown: Shown {
                overlays: false,
                shutters: false,
                objects: false,
            },
            layers: None,
        }
    }

    /// Whether both would draw the same over one frame.
    pub fn is(&self, other: &Self) -> bool {
        let same = match (&self.layers, &other.layers) {
            (Some(left), Some(right)) => Arc::ptr_eq(left, right),
            (None, None) => true,
            _ => false,
        };
        same && self.shown == other.shown
    }

    /// Draws over a view of a frame with these attributes. `aspect` is that of the view.
    pub fn draw(
        &self,
        image: &mut Rgba8Image,
        attributes: &FrameAttributes,
        view: &ViewTransform,
        aspect: f64,
        ink: [u8; 3],
    ) {
        let layers = self.layers.as_deref();
        if let (true, Some(layers)) = (self.shown.objects, layers) {
            draw_masks(image, &layers.masks, MASK_OPACITY, view, aspect);
        }
        let read = layers.and_then(|layers| layers.overlays.as_ref());
        let overlays = |group: u16| {
            let of_group = |all: &[Overlay]| {
                let mut planes = all.iter().filter(|overlay| overlay.group == group);
                planes.find(|overlay| overlay.plane().is_some()).cloned()
            };
            of_group(&attributes.overlays).or_else(|| of_group(read?))
        };
        let mut groups: Vec<u16> = attributes.overlays.iter().map(|it| it.group).collect();
        groups.dedup();
        let planes: Vec<Overlay> = groups.into_iter().filter_map(overlays).collect();
        let shutters = attributes.shutters.as_deref();
        if let (true, Some(shutters)) = (self.shown.shutters, shutters) {
            apply_shutters(image, shutters, &planes, view, aspect);
        }
        if self.shown.overlays {
            // The plane of a bitmap shutter hides; it is no drawing.
            let hides = |group: u16| {
                let bitmap = Shutter::Bitmap { group };
                shutters.is_some_and(|shutters| shutters.shapes.contains(&bitmap))
            };
            let drawn = planes.iter().filter(|overlay| !hides(overlay.group));
            draw_overlays(image, drawn, ink, view, aspect);
        }
    }
}
