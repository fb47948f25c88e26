//! Draws measurements on the image: outlines with a dark edge, handles of the chosen one, words beside them.

use eframe::egui::{Align2, FontId, Painter, Pos2, Rect, Shape, Stroke, pos2, vec2};
use kernel_imaging::ViewTransform;

use super::paint;
use crate::measure::{Kind, Measuring, handles_of, outline, words};
use crate::stack::{Shown, StackView};
use crate::theme::colours;

/// Where image points lie on a pane.
struct Places<'a> {
    rect: Rect,
    transform: &'a ViewTransform,
    aspect: f64,
    size: [usize; 2],
    scale: f32,
}

impl Places<'_> {
    fn at(&self, point: [f64; 2]) -> Pos2 {
        let [x, y] = self
            .transform
            .view_from_image(point, self.aspect, self.size);
        self.rect.min + vec2(x as f32 / self.scale, y as f32 / self.scale)
    }
}

/// Measurements of the image on screen, and in the `active` view the drawing that is under way.
pub fn show(
    painter: &Painter,
    rect: Rect,
    view: &StackView,
    (measuring, active): (&Measuring, bool),
    transform: &ViewTransform,
    size: [usize; 2],
    font: &FontId,
) {
    let Some(Shown { reference, .. }) = &view.shown else {
        return;
    };
    let places = Places {
        rect,
        transform,
        aspect: reference.attributes().aspect(),
        size,
        scale: painter.pixels_per_point(),
    };
    for one in measuring.on(reference) {
        let chosen = measuring.selected == Some(one.id);
        draw(painter, &places, one.kind, &one.points, chosen);
        if chosen {
            for point in handles_of(one) {
                painter.circle_filled(places.at(*point), 3.5, colours::ACCENT);
            }
        }
        label(painter, &places, one.kind, &one.points, &words(one), font);
    }
    if let Some(draft) = measuring.draft.as_ref().filter(|_| active) {
        let mut points = draft.points.clone();
        if draft.kind != Kind::Freehand {
            points.extend(draft.pending);
        }
        draw(painter, &places, draft.kind, &points, true);
    }
}

fn draw(painter: &Painter, places: &Places<'_>, kind: Kind, points: &[[f64; 2]], chosen: bool) {
    let ink = if chosen {
        colours::ACCENT
    } else {
        colours::MEASURE
    };
    let lines: Vec<Vec<Pos2>> = match (kind, points) {
        (Kind::Probe | Kind::Text, [point]) => {
            let at = places.at(*point);
            let arm = 6.0;
            vec![
                vec![at - vec2(arm, 0.0), at + vec2(arm, 0.0)],
                vec![at - vec2(0.0, arm), at + vec2(0.0, arm)],
            ]
        }
        (Kind::Cobb, [a, b, rest @ ..]) if !rest.is_empty() => {
            let first = vec![places.at(*a), places.at(*b)];
            let second: Vec<Pos2> = rest.iter().map(|point| places.at(*point)).collect();
            vec![first, second]
        }
        (Kind::Arrow, [tail, tip]) => arrow(places.at(*tail), places.at(*tip)),
        _ => vec![
            outline(kind, points)
                .into_iter()
                .map(|point| places.at(point))
                .collect(),
        ],
    };
    for (colour, width) in [(colours::OVERLAY_EDGE, 3.5), (ink, 1.5)] {
        for line in &lines {
            painter.add(Shape::line(line.clone(), Stroke::new(width, colour)));
        }
    }
}

fn arrow(tail: Pos2, tip: Pos2) -> Vec<Vec<Pos2>> {
    let way = (tip - tail).normalized() * 11.0;
    let side = vec2(-way.y, way.x) * 0.5;
    vec![
        vec![tail, tip],
        vec![tip - way + side, tip, tip - way - side],
    ]
}

/// Words to the right of the rightmost point, within the pane.
fn label(
    painter: &Painter,
    places: &Places<'_>,
    kind: Kind,
    points: &[[f64; 2]],
    words: &[String],
    font: &FontId,
) {
    let ends = outline(kind, points);
    let right = ends
        .iter()
        .map(|point| places.at(*point))
        .max_by(|one, other| one.x.total_cmp(&other.x));
    let Some(mut at) = right.map(|end| end + vec2(8.0, -font.size * 0.6)) else {
        return;
    };
    let step = font.size * 1.25;
    let widest = words
        .iter()
        .map(|line| {
            painter
                .layout_no_wrap(line.clone(), font.clone(), colours::MEASURE)
                .size()
                .x
        })
        .fold(0.0, f32::max);
    let rect = places.rect;
    at.x = at.x.min(rect.right() - widest - 6.0).max(rect.left() + 4.0);
    at.y =
        at.y.min(rect.bottom() - step * words.len() as f32 - 4.0)
            .max(rect.top() + 4.0);
    for (row, line) in words.iter().enumerate() {
        let place = pos2(at.x, at.y + step * row as f32);
        paint::text(
            painter,
            place,
            Align2::LEFT_TOP,
            line,
            font,
            colours::MEASURE,
        );
    }
}
