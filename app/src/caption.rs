//! The line under an exported picture: research use, lossy compression, what may name a patient (rules 24, 31, 32).

use eframe::egui::epaint::text::{Fonts, TextOptions};
use eframe::egui::{FontDefinitions, FontId};
use kernel_imaging::{FrameReference, Rgba8Image};

use crate::panels::welcome::RESEARCH_USE;
use crate::theme::colours;
use crate::viewport::overlay;

/// Height of the letters, pixels.
const LETTERS_PIXELS: f32 = 13.0;
/// Pixels around the text.
const MARGIN_PIXELS: usize = 4;

/// What must be said with a picture of this frame; nothing names the patient.
pub fn marks(reference: &FrameReference) -> Vec<String> {
    let of_file = overlay::marks(reference).into_iter().map(|line| line.text);
    std::iter::once(RESEARCH_USE.to_owned())
        .chain(of_file)
        .collect()
}

/// The picture with the marks on a black strip below it; its own pixels stay as they are.
pub fn under(mut image: Rgba8Image, marks: &[String]) -> Rgba8Image {
    let strip = strip(image.width, marks);
    image.height += strip.height;
    image.pixels.extend_from_slice(&strip.pixels);
    image
}

/// The marks on black, as wide as the picture that they belong to.
pub fn strip(width: usize, marks: &[String]) -> Rgba8Image {
    let mut image = Rgba8Image {
        width,
        height: 0,
        pixels: Vec::new(),
    };
    let mut fonts = Fonts::new(TextOptions::default(), FontDefinitions::default());
    let wrap = image.width.saturating_sub(2 * MARGIN_PIXELS).max(1) as f32;
    let ink = colours::AMBER;
    let font = FontId::proportional(LETTERS_PIXELS);
    let text = marks.join(" · ");
    let galley = fonts
        .with_pixels_per_point(1.0)
        .layout(text, font, ink, wrap);
    let letters = fonts.image();
    let strip = galley.size().y.ceil() as usize + 2 * MARGIN_PIXELS;
    let top = image.height;
    image.height += strip;
    image.pixels.resize(image.width * image.height * 4, 0);
    for alpha in image.pixels[top * image.width * 4..]
        .iter_mut()
        .skip(3)
        .step_by(4)
    {
        *alpha = u8::MAX;
    }
    for row in &galley.rows {
        for glyph in &row.glyphs {
            let uv = glyph.uv_rect;
            let place = row.pos + glyph.pos.to_vec2() + uv.offset;
            let (x, y) = (place.x.round() as i64, place.y.round() as i64);
            for v in uv.min[1]..uv.max[1] {
                for u in uv.min[0]..uv.max[0] {
                    let [u_at, v_at] = [u, v].map(usize::from);
                    let cover = letters.pixels.get(v_at * letters.size[0] + u_at);
                    let cover = cover.map_or(0.0, |colour| f32::from(colour.a()) / 255.0);
                    let column = x + i64::from(u - uv.min[0]) + MARGIN_PIXELS as i64;
                    let line = y + i64::from(v - uv.min[1]) + (top + MARGIN_PIXELS) as i64;
                    put(&mut image, [column, line], top, cover, ink.to_array());
                }
            }
        }
    }
    image
}

/// Mixes ink into a pixel below `top`.
fn put(image: &mut Rgba8Image, place: [i64; 2], top: usize, cover: f32, ink: [u8; 4]) {
    let [column, line] = place.map(|at| usize::try_from(at).unwrap_or(usize::MAX));
    if column >= image.width || line >= image.height || line < top {
        return;
    }
    let at = (line * image.width + column) * 4;
    for (channel, ink) in image.pixels[at..at + 3].iter_mut().zip(ink) {
        let mixed = f32::from(*channel) * (1.0 - cover) + f32::from(ink) * cover;
        *channel = mixed.round() as u8;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel_imaging::{Instance, LossyMark, Patient, Phi};
    use std::sync::Arc;

    fn reference(lossy: Option<LossyMark>) -> FrameReference {
        let patient = Patient {
            name: Phi::new("Roe^Jane".to_owned()),
            ..Patient::default()
        };
        FrameReference {
            instance: Arc::new(Instance {
                lossy,
                burned_in: true,
                patient: Arc::new(patient),
                ..Instance::default()
            }),
            frame: 0,
        }
    }

    #[test]
    fn research_use_and_lossy_compression_are_said_and_nobody_is_named() {
        let mark = LossyMark {
            ratio: Some(10.0),
            method: "ISO_10918_1".to_owned(),
        };
        let said = marks(&reference(Some(mark))).join("\n");
        assert!(said.contains("Not a medical device"), "{said}");
        assert!(said.contains("Lossy 10:1 ISO_10918_1"), "{said}");
        assert!(
            said.contains("Burned-in") && !said.contains("Roe"),
            "{said}"
        );
        assert!(!marks(&reference(None)).join("\n").contains("Lossy"));
    }

    #[test]
    fn the_strip_has_letters_and_leaves_the_picture_alone() {
        for (width, height) in [(200, 10), (1, 1)] {
            let image = Rgba8Image {
                width,
                height,
                pixels: vec![77; width * height * 4],
            };
            let captioned = under(image.clone(), &marks(&reference(None)));
            let own = image.pixels.len();
            assert_eq!(captioned.pixels[..own], image.pixels);
            assert_eq!(captioned.pixels.len(), width * captioned.height * 4);
            let strip = captioned.pixels[own..].as_chunks::<4>().0;
            assert!(strip.iter().all(|pixel| pixel[3] == 255));
            let inked = strip.iter().filter(|pixel| pixel[0] > 128).count();
            assert_eq!(inked > 100, width == 200, "{inked}");
        }
    }
}
