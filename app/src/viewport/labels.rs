//! Labels over an image: a texture of exactly the pane's pixels, made again only when something changed.

use std::sync::Arc;

use eframe::egui::{Color32, ColorImage, Context, TextureHandle, TextureId, TextureOptions};
use kernel_imaging::ViewTransform;

use crate::models::LabelImage;
use crate::theme::colours::veil;

/// What is laid over an image.
#[derive(Clone)]
pub struct Overlay {
    /// The labels.
    pub image: Arc<LabelImage>,
    /// Colours by label, the background's first, which is never drawn.
    pub palette: Vec<[u8; 3]>,
    /// 0 to 1.
    pub opacity: f32,
}

/// One pane's overlay.
#[derive(Default)]
pub struct LabelPicture {
    drawn: Option<Drawn>,
    texture: Option<TextureHandle>,
}

struct Drawn {
    overlay: Overlay,
    transform: ViewTransform,
    size: [usize; 2],
}

impl LabelPicture {
    /// The texture of an overlay at `size` screen pixels. `aspect` is the image's.
    pub fn texture(
        &mut self,
        context: &Context,
        overlay: &Overlay,
        transform: &ViewTransform,
        aspect: f64,
        size: [usize; 2],
    ) -> Option<TextureId> {
        let same = |drawn: &Drawn| {
            Arc::ptr_eq(&drawn.overlay.image, &overlay.image)
                && drawn.overlay.palette == overlay.palette
                && drawn.overlay.opacity == overlay.opacity
                && drawn.transform == *transform
                && drawn.size == size
        };
        if !self.drawn.as_ref().is_some_and(same) {
            let image = painted(overlay, transform, aspect, size);
            match &mut self.texture {
                Some(texture) => texture.set(image, TextureOptions::NEAREST),
                None => {
                    let options = TextureOptions::NEAREST;
                    self.texture = Some(context.load_texture("labels", image, options));
                }
            }
            self.drawn = Some(Drawn {
                overlay: overlay.clone(),
                transform: *transform,
                size,
            });
        }
        self.texture.as_ref().map(TextureHandle::id)
    }
}

/// Each screen pixel takes the label of the image pixel under its centre: a label is never mixed with its neighbour.
fn painted(
    overlay: &Overlay,
    transform: &ViewTransform,
    aspect: f64,
    size: [usize; 2],
) -> ColorImage {
    let alpha = (overlay.opacity * 255.0).round() as u8;
    let colours: Vec<Color32> = (0..=u8::MAX)
        .map(|label| {
            let colour = overlay
                .palette
                .get(usize::from(label))
                .copied()
                .unwrap_or_else(|| further(label));
            match label {
                0 => Color32::TRANSPARENT,
                _ => veil(colour, alpha),
            }
        })
        .collect();
    let LabelImage {
        rows,
        columns,
        labels,
    } = &*overlay.image;
    // The way from screen to image is linear: two steps tell all of it.
    let at = |x: f64, y: f64| transform.image_from_view([x, y], aspect, size);
    let origin = at(0.5, 0.5);
    let (right, down) = (at(1.5, 0.5), at(0.5, 1.5));
    let across = [right[0] - origin[0], right[1] - origin[1]];
    let along = [down[0] - origin[0], down[1] - origin[1]];
    let mut pixels = Vec::with_capacity(size[0] * size[1]);
    for row in 0..size[1] {
        for column in 0..size[0] {
            let place = |axis: usize| {
                origin[axis] + across[axis] * column as f64 + along[axis] * row as f64
            };
            let (x, y) = (place(0), place(1));
            let inside = x >= 0.0 && y >= 0.0 && x < *columns as f64 && y < *rows as f64;
            let label = match inside {
                true => labels
                    .get(y as usize * columns + x as usize)
                    .copied()
                    .unwrap_or(0),
                false => 0,
            };
            pixels.push(colours[usize::from(label)]);
        }
    }
    ColorImage::new(size, pixels)
}

/// A colour for a label that its model gave none.
fn further(label: u8) -> [u8; 3] {
    [
        label.wrapping_mul(97) | 64,
        label.wrapping_mul(57) | 64,
        label.wrapping_mul(151) | 64,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_screen_pixel_has_the_label_under_it_and_the_background_is_clear() {
        let overlay = Overlay {
            image: Arc::new(LabelImage {
                rows: 2,
                columns: 2,
                labels: vec![0, 1, 2, 0],
            }),
            palette: vec![[0; 3], [255, 0, 0], [0, 255, 0]],
            opacity: 1.0,
        };
        let transform = ViewTransform::identity([2, 2]);
        let image = painted(&overlay, &transform, 1.0, [2, 2]);
        let (red, green) = (Color32::from_rgb(255, 0, 0), Color32::from_rgb(0, 255, 0));
        let clear = Color32::TRANSPARENT;
        assert_eq!(image.pixels, [clear, red, green, clear]);
    }
}
