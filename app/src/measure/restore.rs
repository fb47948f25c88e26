//! Measurements that come back from an earlier session: drawn at once, measured anew when their image is there.

use kernel_imaging::{Frame, FrameReference};

use super::{Figures, Kind, MEASUREMENTS_MAX, Measurement, Measuring, POINTS_MAX};
use crate::stack::same_frame;

/// Adds measurements without their figures. Answers with the images that they lie on, each once.
pub fn restore(
    measuring: &mut Measuring,
    kept: impl Iterator<Item = (Kind, Vec<[f64; 2]>, FrameReference)>,
) -> Vec<FrameReference> {
    let mut frames: Vec<FrameReference> = Vec::new();
    for (kind, points, frame) in kept {
        let complete = kind
            .points()
            .map_or(points.len() >= 3, |needed| needed == points.len());
        let room = measuring.list.len() < MEASUREMENTS_MAX;
        if !complete || !room || points.len() > POINTS_MAX {
            continue;
        }
        measuring.last_id += 1;
        measuring.unmeasured.insert(measuring.last_id);
        if !frames.iter().any(|known| same_frame(known, &frame)) {
            frames.push(frame.clone());
        }
        measuring.list.push(Measurement {
            id: measuring.last_id,
            kind,
            points,
            frame,
            text: match kind {
                // Words are not kept: they could name somebody.
                Kind::Text => "Note (its words were not kept)".to_owned(),
                _ => String::new(),
            },
            figures: Figures::default(),
        });
    }
    frames
}

/// An image was decoded: what waits for it is measured.
pub fn frame_arrived(measuring: &mut Measuring, reference: &FrameReference, frame: &Frame) {
    if measuring.unmeasured.is_empty() {
        return;
    }
    let unmeasured = &mut measuring.unmeasured;
    for one in &mut measuring.list {
        if unmeasured.contains(&one.id) && same_frame(&one.frame, reference) {
            unmeasured.remove(&one.id);
            let attributes = reference.attributes();
            one.figures = Figures::new(one.kind, &one.points, frame, attributes);
        }
    }
}
