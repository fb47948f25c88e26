//! Draws the second series of a fusion over the image of a view, and says what it is and which value lies there.

use eframe::egui::{Align2, Context, FontId, Painter, Rect, pos2, vec2};
use kernel_imaging::ViewTransform;

use super::paint;
use super::picture::{Picture, Subject};
use crate::layers::Over;
use crate::stack::StackView;
use crate::state::State;
use crate::theme::colours;

/// Lays it over a pane of `size` screen pixels.
pub fn draw(
    context: &Context,
    painter: &Painter,
    rect: Rect,
    (state, view): (&State, &StackView),
    picture: &mut Picture,
    transform: &ViewTransform,
    size: [usize; 2],
) {
    let Some((over, reference, frame)) = state.fusion.over(view) else {
        return;
    };
    let subject = Subject::of(reference, frame);
    let nothing = Over::nothing();
    let look = &over.presentation;
    // What cannot be drawn is said by the image below.
    let Ok(texture) = picture.texture(context, &subject, &nothing, look, transform, size) else {
        return;
    };
    let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
    let tint = colours::veil([255; 3], (over.opacity * 255.0).round() as u8);
    painter.image(texture, rect, whole, tint);
    let font = crate::theme::overlay_font(rect.height());
    let at = rect.center_top() + vec2(0.0, font.size * 1.8);
    let words = over.words();
    paint::text(
        painter,
        at,
        Align2::CENTER_TOP,
        &words,
        &font,
        colours::AMBER,
    );
}

/// The value of the second series under the pointer.
pub fn probe(
    painter: &Painter,
    rect: Rect,
    state: &State,
    view: &StackView,
    point: [f64; 2],
    font: &FontId,
) {
    let words = state
        .fusion
        .over(view)
        .and_then(|(over, reference, frame)| over.value(reference, frame, point));
    if let Some(words) = words {
        let at = rect.center_top() + vec2(0.0, crate::theme::SPACE + font.size * 4.7);
        paint::text(
            painter,
            at,
            Align2::CENTER_TOP,
            &words,
            font,
            colours::OVERLAY,
        );
    }
}
