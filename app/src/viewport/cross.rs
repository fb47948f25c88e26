//! The crosshair on planes: where the other two planes cut the one on screen, and where all meet.

use eframe::egui::{Painter, Pos2, Rect, Shape, Stroke, Vec2, vec2};
use kernel_imaging::ViewTransform;

use crate::planes::{Grip, PlaneKind};
use crate::stack::StackView;
use crate::state::State;
use crate::theme::colours;

/// Around the centre nothing is drawn, so that what lies there can be seen; in points.
const GAP: f32 = 16.0;
/// Longer than any screen, in points.
const FAR: f32 = 20_000.0;

/// Draws the crosshair over a pane of `size` screen pixels.
pub fn draw(
    painter: &Painter,
    rect: Rect,
    state: &State,
    view: &StackView,
    transform: &ViewTransform,
    size: [usize; 2],
) {
    let Some(cut) = state.planes.cut.as_deref() else {
        return;
    };
    let (Some(own), Some((_, aspect))) = (&view.plane, view.image()) else {
        return;
    };
    let shown = view.shown.as_ref().map(|shown| &shown.reference);
    let plane = shown.and_then(|reference| reference.attributes().plane);
    let Some(plane) = plane.filter(|_| !state.planes.crosshair_hidden) else {
        return;
    };
    // The colour of this plane's lines on the other two.
    let edge = Stroke::new(2.0, colours::plane(own.kind as usize));
    painter.hline(rect.x_range(), rect.top() + 1.0, edge);
    let scale = painter.pixels_per_point();
    let place = |point: [f64; 2]| -> Pos2 {
        let [x, y] = transform.view_from_image(point, aspect, size);
        rect.min + vec2(x as f32 / scale, y as f32 / scale)
    };
    let point = cut.on(&plane);
    let centre = place(point);
    for kind in PlaneKind::ALL.into_iter().filter(|kind| *kind != own.kind) {
        let Some(along) = plane.cut_direction(cut.normal(kind)) else {
            continue;
        };
        let way = (place([point[0] + along[0], point[1] + along[1]]) - centre).normalized();
        let held = cut.grip == Some(Grip::Line(kind)) || matches!(cut.grip, Some(Grip::Turn(_)));
        let width = if held { 2.0 } else { 1.0 };
        for end in [way, -way] {
            line(painter, centre, end, width, colours::plane(kind as usize));
        }
    }
    if cut.grip == Some(Grip::Centre) {
        painter.circle_stroke(centre, GAP * 0.5, Stroke::new(1.0, colours::ACCENT));
    }
}

fn line(painter: &Painter, centre: Pos2, way: Vec2, width: f32, ink: eframe::egui::Color32) {
    if !way.is_finite() {
        return;
    }
    let ends = vec![centre + way * GAP, centre + way * FAR];
    for (colour, width) in [(colours::OVERLAY_EDGE, width + 1.5), (ink, width)] {
        painter.add(Shape::line(ends.clone(), Stroke::new(width, colour)));
    }
}
