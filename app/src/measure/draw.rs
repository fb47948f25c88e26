//! From the hand to image points: where a press lands, and which measurement lies under it.

use super::{Kind, Measurement};
use crate::stack::StackView;

/// How near the pointer must be, in screen pixels.
const REACH_PIXELS: f64 = 9.0;

/// The image point under a screen pixel of the pane.
pub fn to_image(view: &StackView, at: [f64; 2]) -> Option<[f64; 2]> {
    let (image, aspect) = view.image()?;
    let transform = view.transform_for(image, aspect, view.size);
    Some(transform.image_from_view(at, aspect, view.size))
}

fn to_view(view: &StackView, point: [f64; 2]) -> Option<[f64; 2]> {
    let (image, aspect) = view.image()?;
    let transform = view.transform_for(image, aspect, view.size);
    Some(transform.view_from_image(point, aspect, view.size))
}

/// The points that can be taken hold of; a freehand line is moved as a whole.
pub fn handles_of(measurement: &Measurement) -> &[[f64; 2]] {
    match measurement.kind {
        Kind::Freehand => &[],
        _ => &measurement.points,
    }
}

/// Whether two screen places are within reach of each other.
pub(super) fn is_near(view: &StackView, point: [f64; 2], at: [f64; 2]) -> bool {
    to_view(view, point).is_some_and(|place| distance(place, at) <= REACH_PIXELS)
}

/// The measurement under a screen pixel, newest first, with the point taken hold of.
pub(super) fn under<'a>(
    view: &StackView,
    list: impl Iterator<Item = &'a Measurement>,
    at: [f64; 2],
) -> Option<(u32, Option<usize>)> {
    let list: Vec<&Measurement> = list.collect();
    let newest_first = || list.iter().rev();
    let handle = newest_first().find_map(|one| {
        let handle = handles_of(one)
            .iter()
            .position(|point| is_near(view, *point, at))?;
        Some((one.id, Some(handle)))
    });
    handle.or_else(|| {
        newest_first()
            .find(|one| touches(view, one, at))
            .map(|one| (one.id, None))
    })
}

/// Whether a screen pixel lies on the outline.
fn touches(view: &StackView, one: &Measurement, at: [f64; 2]) -> bool {
    let outline = outline(one.kind, &one.points);
    let places: Vec<[f64; 2]> = outline
        .iter()
        .filter_map(|point| to_view(view, *point))
        .collect();
    let pairs = places.windows(2);
    match (one.kind, pairs.len()) {
        (_, 0) => places
            .first()
            .is_some_and(|place| distance(*place, at) <= REACH_PIXELS),
        _ => pairs
            .into_iter()
            .any(|ends| distance_from_line(ends[0], ends[1], at) <= REACH_PIXELS),
    }
}

/// The line that is drawn, closed where the measurement is; an ellipse as a polygon.
pub(crate) fn outline(kind: Kind, points: &[[f64; 2]]) -> Vec<[f64; 2]> {
    const STEPS: usize = 72;
    match (kind, points) {
        (Kind::Rectangle, [a, b]) => vec![*a, [b[0], a[1]], *b, [a[0], b[1]], *a],
        (Kind::Ellipse, [a, b]) => {
            let centre = [(a[0] + b[0]) / 2.0, (a[1] + b[1]) / 2.0];
            let radius = [(b[0] - a[0]) / 2.0, (b[1] - a[1]) / 2.0];
            (0..=STEPS)
                .map(|step| {
                    let angle = std::f64::consts::TAU * step as f64 / STEPS as f64;
                    [
                        centre[0] + radius[0] * angle.cos(),
                        centre[1] + radius[1] * angle.sin(),
                    ]
                })
                .collect()
        }
        (Kind::Polygon | Kind::Freehand, points) => {
            points.iter().chain(points.first()).copied().collect()
        }
        _ => points.to_vec(),
    }
}

fn distance(one: [f64; 2], other: [f64; 2]) -> f64 {
    (one[0] - other[0]).hypot(one[1] - other[1])
}

fn distance_from_line(from: [f64; 2], to: [f64; 2], at: [f64; 2]) -> f64 {
    let way = [to[0] - from[0], to[1] - from[1]];
    let square = way[0] * way[0] + way[1] * way[1];
    let part = if square > 0.0 {
        ((at[0] - from[0]) * way[0] + (at[1] - from[1]) * way[1]) / square
    } else {
        0.0
    };
    let part = part.clamp(0.0, 1.0);
    distance([from[0] + way[0] * part, from[1] + way[1] * part], at)
}
