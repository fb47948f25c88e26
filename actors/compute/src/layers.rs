//! What lies over one frame: overlays in unused bits, segments and contours of the objects that are to be seen.

use std::sync::Arc;

use actor_messages::{Attachment, FrameLayers, ObjectContent};
use kernel_imaging::{FrameReference, SegmentMask, Segmentation};

use crate::decode::{decode, overlays};

/// Frames of one segmentation that are laid over one image at most.
pub const MASK_FRAMES_MAX: usize = 256;

/// Finds the layers of a frame. Objects that say nothing about it give nothing.
pub fn layers(
    reference: &FrameReference,
    slice_mm: Option<f64>,
    objects: &[Arc<Attachment>],
) -> FrameLayers {
    let mut layers = FrameLayers {
        reference: reference.clone(),
        overlays: None,
        masks: Vec::new(),
        polygons: Vec::new(),
        problems: Vec::new(),
    };
    let own = &reference.attributes().overlays;
    if own.iter().any(|overlay| overlay.plane().is_none()) {
        match overlays(reference) {
            Ok(overlays) => layers.overlays = Some(overlays),
            Err(reason) => layers
                .problems
                .push(format!("The overlays cannot be shown: {reason}")),
        }
    }
    for object in objects {
        match &object.content {
            ObjectContent::Segmentation(segmentation) => {
                match masks(segmentation, reference, slice_mm) {
                    Ok(masks) => layers.masks.extend(masks),
                    Err(reason) => layers
                        .problems
                        .push(format!("The segmentation cannot be shown: {reason}")),
                }
            }
            ObjectContent::StructureSet(structures) => {
                layers
                    .polygons
                    .extend(structures.polygons_on(reference, slice_mm));
            }
            _ => {}
        }
    }
    layers
}

fn masks(
    segmentation: &Segmentation,
    reference: &FrameReference,
    slice_mm: Option<f64>,
) -> Result<Vec<SegmentMask>, String> {
    let frames = segmentation.frames_over(reference, slice_mm);
    if frames.len() > MASK_FRAMES_MAX {
        return Err(format!(
            "{} of its frames lie over this image, more than the {MASK_FRAMES_MAX} that are laid over one",
            frames.len()
        ));
    }
    let mut masks = Vec::new();
    for index in frames {
        let frame = decode(&FrameReference {
            instance: segmentation.instance.clone(),
            frame: index,
        })?;
        masks.extend(segmentation.masks(index, &frame, reference));
    }
    Ok(masks)
}
