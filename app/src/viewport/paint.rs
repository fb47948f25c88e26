//! Draws what lies on an image: corners, letters, the scale, each readable on black and on white.

use eframe::egui::{Align2, Color32, FontId, Painter, Pos2, Rect, Stroke, Vec2, pos2, vec2};
use kernel_imaging::{FrameAttributes, Letters, ViewTransform, length_between};

use super::overlay::{Corners, Line, Tone, scale_note};
use crate::theme::{SPACE, colours};

fn ink(tone: Tone) -> Color32 {
    match tone {
        Tone::Plain => colours::OVERLAY,
        Tone::Quiet => colours::OVERLAY_QUIET,
        Tone::Mark => colours::AMBER,
    }
}

/// Text with a dark edge.
pub fn text(
    painter: &Painter,
    at: Pos2,
    align: Align2,
    words: &str,
    font: &FontId,
    ink: Color32,
) -> Rect {
    for offset in [vec2(1.0, 1.0), vec2(-1.0, 0.0), vec2(0.0, -1.0)] {
        painter.text(
            at + offset,
            align,
            words,
            font.clone(),
            colours::OVERLAY_EDGE,
        );
    }
    painter.text(at, align, words, font.clone(), ink)
}

/// The four corners of a pane.
pub fn corners(painter: &Painter, pane: Rect, corners: &Corners, font: &FontId) {
    let inner = pane.shrink(SPACE);
    let step = font.size * 1.28;
    let width = inner.width() * 0.48;
    let down = |lines: &[Line], at: Pos2, align: Align2| {
        for (row, line) in lines.iter().enumerate() {
            let at = at + Vec2::DOWN * step * row as f32;
            clipped(painter, at, align, line, font, width);
        }
    };
    let up = |lines: &[Line], at: Pos2, align: Align2| {
        for (row, line) in lines.iter().rev().enumerate() {
            let at = at + Vec2::UP * step * row as f32;
            clipped(painter, at, align, line, font, width);
        }
    };
    down(&corners.top_left, inner.left_top(), Align2::LEFT_TOP);
    down(&corners.top_right, inner.right_top(), Align2::RIGHT_TOP);
    up(
        &corners.bottom_left,
        inner.left_bottom(),
        Align2::LEFT_BOTTOM,
    );
    up(
        &corners.bottom_right,
        inner.right_bottom(),
        Align2::RIGHT_BOTTOM,
    );
}

/// A line that ends in an ellipsis rather than run into the other corner.
fn clipped(painter: &Painter, at: Pos2, align: Align2, line: &Line, font: &FontId, width: f32) {
    let fits = |words: &str| {
        let galley = painter.layout_no_wrap(words.to_owned(), font.clone(), ink(line.tone));
        galley.size().x <= width
    };
    if fits(&line.text) {
        text(painter, at, align, &line.text, font, ink(line.tone));
        return;
    }
    let mut letters: Vec<char> = line.text.chars().collect();
    while letters.len() > 1 {
        letters.pop();
        let words: String = letters.iter().chain(&['…']).collect();
        if fits(&words) {
            text(painter, at, align, &words, font, ink(line.tone));
            return;
        }
    }
}

/// The letters in the middle of the four edges; none where they are not known (rule 18).
pub fn letters(painter: &Painter, pane: Rect, letters: &Letters, font: &FontId) {
    let font = FontId::new(font.size + 2.0, font.family.clone());
    let inner = pane.shrink(SPACE);
    // In a narrow pane the lowest line of the corners reaches the middle.
    let lift = if pane.width() < 560.0 {
        font.size * 1.2
    } else {
        0.0
    };
    let places = [
        (&letters.left, inner.left_center(), Align2::LEFT_CENTER),
        (&letters.right, inner.right_center(), Align2::RIGHT_CENTER),
        (&letters.top, inner.center_top(), Align2::CENTER_TOP),
        (
            &letters.bottom,
            inner.center_bottom() - vec2(0.0, lift),
            Align2::CENTER_BOTTOM,
        ),
    ];
    for (words, at, align) in places {
        if !words.is_empty() {
            text(painter, at, align, words, &font, colours::OVERLAY);
        }
    }
}

/// A bar of a round length in mm; nothing where a length in mm would be a guess (rule 16).
/// `size` is the pane's in screen pixels.
pub fn scale(
    painter: &Painter,
    pane: Rect,
    attributes: &FrameAttributes,
    transform: &ViewTransform,
    size: [usize; 2],
    font: &FontId,
) {
    const PROBE_PIXELS: f64 = 100.0;
    let aspect = attributes.aspect();
    let centre = [size[0] as f64 / 2.0, size[1] as f64 / 2.0];
    let from = transform.image_from_view(centre, aspect, size);
    let to = transform.image_from_view([centre[0], centre[1] + PROBE_PIXELS], aspect, size);
    let length = length_between(attributes, from, to);
    if length.unit != "mm" || length.value <= 0.0 || !length.value.is_finite() {
        return;
    }
    let pixels_a_mm = PROBE_PIXELS / length.value;
    let Some(length_mm) = round_length_mm(size[1] as f64 * 0.3 / pixels_a_mm) else {
        return;
    };
    let points = (length_mm * pixels_a_mm) as f32 / painter.pixels_per_point();
    // On the right edge below the letter, clear of the corner.
    let x = pane.right() - SPACE - 4.0;
    let top = pane.center().y + font.size * 1.6;
    if top + points > pane.bottom() - font.size * 5.2 {
        return;
    }
    for (colour, width) in [(colours::OVERLAY_EDGE, 3.0), (colours::OVERLAY, 1.0)] {
        let stroke = Stroke::new(width, colour);
        painter.vline(x, top..=top + points, stroke);
        painter.hline(x - 4.0..=x + 4.0, top, stroke);
        painter.hline(x - 4.0..=x + 4.0, top + points, stroke);
        painter.hline(x - 2.0..=x + 2.0, top + points / 2.0, stroke);
    }
    let words = match length_mm {
        mm if mm >= 10.0 => format!("{:.0} cm", mm / 10.0),
        mm => format!("{mm} mm"),
    };
    let words = format!("{words}{}", scale_note(&attributes.calibration));
    let at = pos2(x - 9.0, top + points / 2.0);
    text(
        painter,
        at,
        Align2::RIGHT_CENTER,
        &words,
        font,
        colours::OVERLAY,
    );
}

/// The greatest of 1, 2, 5 times a power of ten that is not more than `most_mm`.
fn round_length_mm(most_mm: f64) -> Option<f64> {
    const LENGTHS_MM: [f64; 10] = [0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0];
    LENGTHS_MM
        .into_iter()
        .rev()
        .find(|length_mm| *length_mm <= most_mm)
}

#[cfg(test)]
mod tests {
    use super::round_length_mm;

    #[test]
    fn a_scale_is_a_round_length_that_fits() {
        assert_eq!(round_length_mm(63.0), Some(50.0));
        assert_eq!(round_length_mm(0.2), None);
    }
}
