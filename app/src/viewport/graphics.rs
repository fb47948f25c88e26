//! Lines and text over the image: contours of structure sets, graphics of the presentation state in force.

use std::f64::consts::TAU;

use eframe::egui::{Align2, Color32, FontId, Painter, Pos2, Rect, Shape, Stroke, pos2};
use kernel_imaging::{
    ContourKind, FrameReference, Graphic, GraphicShape, PresentationState, ViewTransform,
};

use super::paint;
use crate::stack::same_frame;
use crate::state::State;
use crate::theme::colours;

/// Width of contours and graphics, in points.
const LINE: f32 = 1.5;
/// Radius of a point, in points.
const POINT: f32 = 3.0;
/// Straight pieces that a round shape is drawn with.
const PIECES: usize = 64;
/// Straight pieces between two points of a curve.
const CURVE_PIECES: usize = 8;

/// From image points to points of the window.
struct Place<'a> {
    transform: &'a ViewTransform,
    aspect: f64,
    size: [usize; 2],
    rect: Rect,
    scale: f64,
}

impl Place<'_> {
    fn at(&self, point: [f64; 2]) -> Pos2 {
        let [x, y] = self
            .transform
            .view_from_image(point, self.aspect, self.size);
        self.rect.min + pos2((x / self.scale) as f32, (y / self.scale) as f32).to_vec2()
    }

    fn all(&self, points: &[[f64; 2]]) -> Vec<Pos2> {
        points.iter().map(|point| self.at(*point)).collect()
    }
}

/// Draws over a pane; `size` is the pane's in screen pixels.
pub fn draw(
    painter: &Painter,
    rect: Rect,
    state: &State,
    transform: &ViewTransform,
    size: [usize; 2],
    font: &FontId,
) {
    let Some(shown) = &state.view.shown else {
        return;
    };
    let reference = &shown.reference;
    let place = Place {
        transform,
        aspect: reference.attributes().aspect(),
        size,
        rect,
        scale: f64::from(painter.pixels_per_point()),
    };
    let layers = state.view.layers.as_ref();
    let here = layers.filter(|layers| same_frame(&layers.reference, reference));
    for polygon in here.into_iter().flat_map(|layers| &layers.polygons) {
        let points = place.all(&polygon.points);
        let ink = colours::of_file(polygon.colour);
        match polygon.kind {
            ContourKind::Point => dots(painter, &points, ink),
            ContourKind::Open => line(painter, points, ink),
            ContourKind::Closed => closed(painter, points, ink),
        }
    }
    let applied = state.attached.presentation();
    if let Some(applied) = applied.filter(|applied| applied.is_for(reference)) {
        for (graphic, colour) in applied.graphics_on(reference) {
            let ink = colours::of_file(colour);
            one(painter, &place, applied, reference, graphic, ink, font);
        }
    }
}

fn one(
    painter: &Painter,
    place: &Place<'_>,
    applied: &PresentationState,
    reference: &FrameReference,
    graphic: &Graphic,
    ink: Color32,
    font: &FontId,
) {
    let image = |point: [f64; 2]| applied.image_point(point, graphic.units, reference);
    let outline: Vec<[f64; 2]> = match &graphic.shape {
        GraphicShape::Point(point) => {
            dots(painter, &[place.at(image(*point))], ink);
            return;
        }
        GraphicShape::Polyline(points) => points.iter().map(|point| image(*point)).collect(),
        GraphicShape::Interpolated(points) => {
            let points: Vec<[f64; 2]> = points.iter().map(|point| image(*point)).collect();
            curve(&points)
        }
        GraphicShape::Circle { center, on_circle } => {
            let (center, edge) = (image(*center), image(*on_circle));
            let [x, y] = [edge[0] - center[0], edge[1] - center[1]];
            let radius = (x * x + y * y).sqrt();
            round(center, [radius, 0.0], [0.0, radius])
        }
        GraphicShape::Ellipse(ends) => {
            let [from, to, low, high] = ends.map(image);
            let half = |a: [f64; 2], b: [f64; 2]| [(b[0] - a[0]) / 2.0, (b[1] - a[1]) / 2.0];
            let center = [(from[0] + to[0]) / 2.0, (from[1] + to[1]) / 2.0];
            round(center, half(from, to), half(low, high))
        }
        GraphicShape::Text {
            text,
            bounds,
            anchor,
            anchor_units,
        } => {
            let anchor = anchor.map(|point| applied.image_point(point, *anchor_units, reference));
            let corner = bounds.map(|[corner, _]| image(corner));
            let Some(at) = corner.or(anchor).map(|point| place.at(point)) else {
                return;
            };
            if let (Some(_), Some(anchor)) = (corner, anchor) {
                line(painter, vec![place.at(anchor), at], ink);
            }
            let words = text.reveal();
            paint::text(painter, at, Align2::LEFT_TOP, words, font, ink);
            return;
        }
    };
    let points = place.all(&outline);
    if graphic.is_filled && points.len() > 2 {
        let fill = ink.gamma_multiply(0.4);
        painter.add(Shape::convex_polygon(points.clone(), fill, Stroke::NONE));
    }
    line(painter, points, ink);
}

/// The closed outline around a centre, from its two half axes.
fn round(center: [f64; 2], major: [f64; 2], minor: [f64; 2]) -> Vec<[f64; 2]> {
    (0..=PIECES)
        .map(|piece| {
            let (sine, cosine) = (TAU * piece as f64 / PIECES as f64).sin_cos();
            std::array::from_fn(|axis| center[axis] + major[axis] * cosine + minor[axis] * sine)
        })
        .collect()
}

/// A Catmull-Rom curve through the points, PS3.3 C.10.5 leaves the kind of curve open.
fn curve(points: &[[f64; 2]]) -> Vec<[f64; 2]> {
    let Some(last) = points.len().checked_sub(1) else {
        return Vec::new();
    };
    let mut drawn = Vec::new();
    for index in 0..last {
        let near = |at: usize| points[at.min(last)];
        let (before, from) = (points[index.saturating_sub(1)], near(index));
        let (to, after) = (near(index + 1), near(index + 2));
        for piece in 0..CURVE_PIECES {
            let t = piece as f64 / CURVE_PIECES as f64;
            drawn.push(std::array::from_fn(|axis| {
                let (p0, p1, p2, p3) = (before[axis], from[axis], to[axis], after[axis]);
                let cubic = 3.0 * p1 - p0 - 3.0 * p2 + p3;
                let square = 2.0 * p0 - 5.0 * p1 + 4.0 * p2 - p3;
                0.5 * (2.0 * p1 + (p2 - p0) * t + square * t * t + cubic * t * t * t)
            }));
        }
    }
    drawn.extend(points.last());
    drawn
}

fn dots(painter: &Painter, points: &[Pos2], ink: Color32) {
    for point in points {
        painter.circle_stroke(*point, POINT, Stroke::new(LINE, ink));
    }
}

fn line(painter: &Painter, points: Vec<Pos2>, ink: Color32) {
    painter.add(Shape::line(
        points.clone(),
        Stroke::new(LINE + 1.5, colours::OVERLAY_EDGE),
    ));
    painter.add(Shape::line(points, Stroke::new(LINE, ink)));
}

fn closed(painter: &Painter, points: Vec<Pos2>, ink: Color32) {
    painter.add(Shape::closed_line(
        points.clone(),
        Stroke::new(LINE + 1.5, colours::OVERLAY_EDGE),
    ));
    painter.add(Shape::closed_line(points, Stroke::new(LINE, ink)));
}

#[cfg(test)]
mod tests {
    use super::{curve, round};

    #[test]
    fn a_curve_goes_through_its_points_and_an_ellipse_through_its_ends() {
        let points = [[0.0, 0.0], [4.0, 2.0], [8.0, -2.0]];
        let drawn = curve(&points);
        for point in points {
            assert!(drawn.contains(&point), "{point:?} in {drawn:?}");
        }
        assert!(curve(&[]).is_empty());
        let ellipse = round([5.0, 5.0], [3.0, 0.0], [0.0, 1.0]);
        assert_eq!(ellipse[0], [8.0, 5.0]);
        assert!((ellipse[16][1] - 6.0).abs() < 1e-12);
    }
}
