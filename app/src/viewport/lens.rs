//! The magnifier: the image around the pointer, larger, and the bar that says which value has which colour.

use eframe::egui::{
    Align2, Color32, Context, FontId, Painter, Pos2, Rect, Stroke, StrokeKind, Vec2, pos2, vec2,
};
use kernel_imaging::{Colormap, Presentation, ViewTransform};

use super::paint;
use super::picture::{Picture, Subject};
use crate::layers::Over;
use crate::stack::StackView;
use crate::theme::parts::number;
use crate::theme::{SPACE, colours};

/// Side of the lens, in points.
const SIDE: f32 = 220.0;
/// How much larger it shows than the pane.
const LARGER: f64 = 2.5;

/// Draws the lens around `at`, which lies `point` on the image.
#[expect(clippy::too_many_arguments, reason = "what a pane is made of")]
pub fn magnifier(
    context: &Context,
    painter: &Painter,
    picture: &mut Picture,
    subject: &Subject,
    presentation: &Presentation,
    transform: &ViewTransform,
    point: [f64; 2],
    at: Pos2,
) {
    let side = (SIDE * painter.pixels_per_point()).round() as usize;
    let near = ViewTransform {
        zoom: transform.zoom * LARGER,
        pan: point,
        ..*transform
    };
    let Ok(texture) = picture.texture(
        context,
        subject,
        &Over::nothing(),
        presentation,
        &near,
        [side; 2],
    ) else {
        return;
    };
    let rect = Rect::from_center_size(at, Vec2::splat(SIDE));
    let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
    painter.image(texture, rect, whole, Color32::WHITE);
    let stroke = Stroke::new(1.5, colours::ACCENT);
    painter.rect_stroke(rect, 2.0, stroke, StrokeKind::Outside);
    let arm = vec2(5.0, 0.0);
    painter.line_segment([at - arm, at + arm], Stroke::new(1.0, colours::ACCENT));
    let arm = vec2(0.0, 5.0);
    painter.line_segment([at - arm, at + arm], Stroke::new(1.0, colours::ACCENT));
}

/// A bar of the colours at the left edge with the window's ends, where the greys are coloured.
pub fn colour_bar(painter: &Painter, pane: Rect, view: &StackView, unit: &str, font: &FontId) {
    let colormap = view.presentation.colormap;
    let Some((level, _)) = view.window().filter(|_| colormap != Colormap::Grey) else {
        return;
    };
    // Below the letter in the middle of the edge, above the lines in the corner.
    let height = (pane.height() * 0.26).min(220.0);
    let top = pane.center().y + font.size * 1.8;
    let left = pane.left() + SPACE;
    const STEPS: usize = 64;
    for step in 0..STEPS {
        let part = 1.0 - (step as f32 + 0.5) / STEPS as f32;
        let grey = (part * 255.0) as u8;
        let grey = if view.presentation.invert {
            255 - grey
        } else {
            grey
        };
        let from = top + height * step as f32 / STEPS as f32;
        let strip = Rect::from_min_size(pos2(left, from), vec2(12.0, height / STEPS as f32 + 0.5));
        painter.rect_filled(strip, 0.0, colours::of_sample(colormap.colour(grey)));
    }
    let frame = Rect::from_min_size(pos2(left, top), vec2(12.0, height));
    let stroke = Stroke::new(1.0, colours::OVERLAY_QUIET);
    painter.rect_stroke(frame, 0.0, stroke, StrokeKind::Outside);
    let ends = [
        (top, level.center() + level.width() / 2.0),
        (top + height / 2.0, level.center()),
        (top + height, level.center() - level.width() / 2.0),
    ];
    for (y, value) in ends {
        let words = format!("{}{unit}", number(value));
        let at = pos2(left + 17.0, y);
        paint::text(
            painter,
            at,
            Align2::LEFT_CENTER,
            &words,
            font,
            colours::OVERLAY,
        );
    }
}
