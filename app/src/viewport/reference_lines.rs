//! Where the images of the other views cut the one on a pane: one frame of reference, or no line.

use eframe::egui::{Painter, Pos2, Rect, Shape, Stroke, vec2};
use kernel_imaging::ViewTransform;

use crate::stack::StackView;
use crate::state::State;
use crate::theme::colours;

/// Draws the lines over a pane of `size` screen pixels: the active view's strong, the others' quiet.
pub fn draw(
    painter: &Painter,
    rect: Rect,
    state: &State,
    slot: usize,
    transform: &ViewTransform,
    size: [usize; 2],
) {
    let layout = &state.layout;
    if state.planes.is_open() || state.planes.crosshair_hidden || !layout.is_grid() {
        return;
    }
    let own = layout.view(slot, &state.view);
    let Some((_, aspect)) = own.image() else {
        return;
    };
    let scale = painter.pixels_per_point();
    let place = |point: [f64; 2]| -> Pos2 {
        let [x, y] = transform.view_from_image(point, aspect, size);
        rect.min + vec2(x as f32 / scale, y as f32 / scale)
    };
    // The active one's line is drawn last, over the others.
    let others = (0..layout.count()).filter(|other| *other != slot && *other != layout.active);
    let active = Some(layout.active).filter(|active| *active != slot);
    for other in others.chain(active) {
        let Some(ends) = cut(own, layout.view(other, &state.view)) else {
            continue;
        };
        let ends = ends.map(place).to_vec();
        let (ink, width) = match other == layout.active {
            true => (colours::ACCENT, 1.5),
            false => (colours::OVERLAY_QUIET, 1.0),
        };
        for (colour, width) in [(colours::OVERLAY_EDGE, width + 1.5), (ink, width)] {
            painter.add(Shape::line(ends.clone(), Stroke::new(width, colour)));
        }
    }
}

/// The line along which the image of another view cuts a view's own, in image points.
fn cut(own: &StackView, other: &StackView) -> Option<[[f64; 2]; 2]> {
    let (own, other) = (own.shown.as_ref()?, other.shown.as_ref()?);
    let uid = |shown: &crate::stack::Shown| {
        let uid = &shown.reference.instance.frame_of_reference_uid;
        Some(uid.clone()).filter(|uid| !uid.is_empty())
    };
    if uid(own).is_none() || uid(own) != uid(other) {
        return None;
    }
    let plane = own.reference.attributes().plane?;
    let theirs = other.reference.attributes().plane?;
    // Nearly parallel images cut each other far away, in a line that says nothing.
    plane.cut_direction(theirs.normal())?;
    plane.cut_by(&theirs, [other.frame.columns, other.frame.rows])
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use kernel_imaging::{
        Frame, FrameAttributes, FrameReference, ImagePlane, Instance, PhotometricInterpretation,
        Samples,
    };

    use super::*;
    use crate::stack::Shown;

    fn view(uid: &str, column_direction_lps: [f64; 3]) -> StackView {
        let plane = ImagePlane {
            position_lps_mm: [
                -4.0,
                -4.0 * column_direction_lps[1],
                4.0 * -column_direction_lps[2],
            ],
            row_direction_lps: [1.0, 0.0, 0.0],
            column_direction_lps,
            spacing_mm: [1.0, 1.0],
        };
        let attributes = FrameAttributes {
            plane: Some(plane),
            ..FrameAttributes::default()
        };
        let instance = Instance {
            frames: vec![Arc::new(attributes)],
            frame_of_reference_uid: uid.to_owned(),
            ..Instance::default()
        };
        let frame = Frame {
            rows: 8,
            columns: 8,
            samples_per_pixel: 1,
            samples: Samples::U8(vec![0; 64]),
            photometric: PhotometricInterpretation::Monochrome2,
        };
        StackView {
            shown: Some(Shown {
                reference: FrameReference {
                    instance: Arc::new(instance),
                    frame: 0,
                },
                index: 0,
                frame: Arc::new(frame),
            }),
            ..StackView::default()
        }
    }

    #[test]
    fn lines_are_drawn_within_one_frame_of_reference_only() {
        let axial = view("1.9", [0.0, 1.0, 0.0]);
        let coronal = view("1.9", [0.0, 0.0, -1.0]);
        let ends = cut(&axial, &coronal).expect("they cross");
        assert!(
            ends.iter().all(|end| (end[1] - 4.5).abs() < 1e-9),
            "{ends:?}"
        );
        assert_eq!(cut(&axial, &view("1.8", [0.0, 0.0, -1.0])), None);
        assert_eq!(
            cut(&view("", [0.0, 1.0, 0.0]), &view("", [0.0, 0.0, -1.0])),
            None
        );
        assert_eq!(cut(&axial, &axial.clone()), None, "parallel");
    }
}
