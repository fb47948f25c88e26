//! Draws what was laid out into pixels, without a graphics card: textured triangles, one after the other.

use eframe::egui::epaint::{ClippedPrimitive, ImageData, Mesh, Primitive, Vertex};
use eframe::egui::{
    Color32, ColorImage, Pos2, Rect, TextureFilter, TextureId, TextureOptions, TexturesDelta,
};
use kernel_imaging::Rgba8Image;

/// Textures as they were last told.
#[derive(Default)]
pub struct Textures(Vec<(TextureId, ColorImage, TextureOptions)>);

impl Textures {
    /// Takes in new textures and patches of known ones.
    pub fn apply(&mut self, delta: TexturesDelta) {
        for (id, change) in delta.set {
            let ImageData::Color(image) = &change.image;
            let known = self.0.iter_mut().find(|(known, ..)| *known == id);
            match (known, change.pos) {
                (Some((_, whole, _)), Some([left, top])) => patch(whole, image, left, top),
                (Some(known), None) => *known = (id, (**image).clone(), change.options),
                (None, _) => self.0.push((id, (**image).clone(), change.options)),
            }
        }
        // Those that are freed may still be drawn with in this very frame.
    }

    fn get(&self, id: TextureId) -> Option<(&ColorImage, TextureOptions)> {
        let known = self.0.iter().find(|(known, ..)| *known == id);
        known.map(|(_, image, options)| (image, *options))
    }
}

fn patch(whole: &mut ColorImage, part: &ColorImage, left: usize, top: usize) {
    for row in 0..part.height() {
        for column in 0..part.width() {
            let place = (top + row) * whole.width() + left + column;
            if let Some(pixel) = whole.pixels.get_mut(place) {
                *pixel = part.pixels[row * part.width() + column];
            }
        }
    }
}

/// Draws all triangles in their order onto a ground of one colour; `size` is `[width, height]` in pixels.
pub fn draw(
    primitives: &[ClippedPrimitive],
    textures: &Textures,
    size: [usize; 2],
    pixels_per_point: f32,
    ground: Color32,
) -> Rgba8Image {
    let mut canvas = Canvas {
        size,
        pixels: vec![ground.to_array().map(f32::from); size[0] * size[1]],
    };
    for ClippedPrimitive {
        clip_rect,
        primitive,
    } in primitives
    {
        let Primitive::Mesh(mesh) = primitive else {
            continue;
        };
        let Some((image, options)) = textures.get(mesh.texture_id) else {
            continue;
        };
        let clip = *clip_rect * pixels_per_point;
        let smooth = options.magnification == TextureFilter::Linear;
        canvas.mesh(mesh, clip, pixels_per_point, &Texture { image, smooth });
    }
    let bytes = canvas.pixels.iter().flat_map(|pixel| {
        let [red, green, blue, _] = pixel.map(|value| value.round().clamp(0.0, 255.0) as u8);
        [red, green, blue, u8::MAX]
    });
    Rgba8Image {
        width: size[0],
        height: size[1],
        pixels: bytes.collect(),
    }
}

struct Texture<'a> {
    image: &'a ColorImage,
    smooth: bool,
}

impl Texture<'_> {
    fn texel(&self, column: f32, row: f32) -> [f32; 4] {
        let [width, height] = self.image.size;
        if width == 0 || height == 0 {
            return [0.0; 4];
        }
        let inside = |at: f32, length: usize| (at.max(0.0) as usize).min(length - 1);
        let place = inside(row, height) * width + inside(column, width);
        self.image.pixels[place].to_array().map(f32::from)
    }

    fn at(&self, uv: Pos2) -> [f32; 4] {
        let [width, height] = self.image.size.map(|side| side as f32);
        let (x, y) = (uv.x * width, uv.y * height);
        if !self.smooth {
            return self.texel(x.floor(), y.floor());
        }
        let (left, top) = ((x - 0.5).floor(), (y - 0.5).floor());
        let (across, down) = (x - 0.5 - left, y - 0.5 - top);
        let mix = |a: [f32; 4], b: [f32; 4], part: f32| {
            std::array::from_fn(|at| a[at] + (b[at] - a[at]) * part)
        };
        let above = mix(self.texel(left, top), self.texel(left + 1.0, top), across);
        let below = mix(
            self.texel(left, top + 1.0),
            self.texel(left + 1.0, top + 1.0),
            across,
        );
        mix(above, below, down)
    }
}

struct Canvas {
    size: [usize; 2],
    /// Red, green, blue, alpha from 0 to 255, premultiplied.
    pixels: Vec<[f32; 4]>,
}

impl Canvas {
    fn mesh(&mut self, mesh: &Mesh, clip: Rect, scale: f32, texture: &Texture<'_>) {
        let (triangles, _) = mesh.indices.as_chunks::<3>();
        for corners in triangles {
            let vertices = corners.map(|index| mesh.vertices.get(index as usize));
            if let [Some(a), Some(b), Some(c)] = vertices {
                self.triangle([a, b, c], clip, scale, texture);
            }
        }
    }

    fn triangle(
        &mut self,
        [a, mut b, mut c]: [&Vertex; 3],
        clip: Rect,
        scale: f32,
        texture: &Texture<'_>,
    ) {
        let place = |vertex: &Vertex| [vertex.pos.x * scale, vertex.pos.y * scale].map(f64::from);
        let mut area = edge(place(a), place(b), place(c));
        if area < 0.0 {
            std::mem::swap(&mut b, &mut c);
            area = -area;
        }
        if area == 0.0 || !area.is_finite() {
            return;
        }
        let [pa, pb, pc] = [place(a), place(b), place(c)];
        let span = |axis: usize, low: f32, high: f32| {
            let values = [pa[axis], pb[axis], pc[axis]];
            let least = values.iter().copied().fold(f64::INFINITY, f64::min);
            let greatest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let limit = self.size[axis] as f64;
            let first = least.max(f64::from(low)).floor().clamp(0.0, limit);
            let last = greatest.min(f64::from(high)).ceil().clamp(0.0, limit);
            first as usize..last as usize
        };
        let (columns, rows) = (
            span(0, clip.min.x.round(), clip.max.x.round()),
            span(1, clip.min.y.round(), clip.max.y.round()),
        );
        let owned = [
            owns_its_edge(pb, pc),
            owns_its_edge(pc, pa),
            owns_its_edge(pa, pb),
        ];
        let colours = [a, b, c].map(|vertex| vertex.color.to_array().map(f32::from));
        for row in rows {
            for column in columns.clone() {
                let middle = [column as f64 + 0.5, row as f64 + 0.5];
                let parts = [
                    edge(pb, pc, middle),
                    edge(pc, pa, middle),
                    edge(pa, pb, middle),
                ];
                let inside = parts
                    .iter()
                    .zip(owned)
                    .all(|(part, owned)| *part > 0.0 || (*part == 0.0 && owned));
                if !inside {
                    continue;
                }
                let parts = parts.map(|part| (part / area) as f32);
                let mix = |values: [f32; 3]| {
                    values[0] * parts[0] + values[1] * parts[1] + values[2] * parts[2]
                };
                let uv = Pos2::new(mix([a.uv.x, b.uv.x, c.uv.x]), mix([a.uv.y, b.uv.y, c.uv.y]));
                let texel = texture.at(uv);
                let source: [f32; 4] = std::array::from_fn(|at| {
                    mix([colours[0][at], colours[1][at], colours[2][at]]) * texel[at] / 255.0
                });
                let pixel = &mut self.pixels[row * self.size[0] + column];
                let behind = 1.0 - source[3] / 255.0;
                *pixel = std::array::from_fn(|at| source[at] + pixel[at] * behind);
            }
        }
    }
}

/// Twice the area of a triangle, positive when it turns with the pixels' axes.
fn edge(a: [f64; 2], b: [f64; 2], c: [f64; 2]) -> f64 {
    (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
}

/// Of two triangles that share an edge, the one below or right of it has the pixels on it.
fn owns_its_edge(from: [f64; 2], to: [f64; 2]) -> bool {
    let (across, down) = (to[0] - from[0], to[1] - from[1]);
    down < 0.0 || (down == 0.0 && across > 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use eframe::egui::pos2;

    /// A square of two triangles with one colour over a texture of four texels.
    fn square(colour: Color32, smooth: bool) -> Rgba8Image {
        let texture = ColorImage::new(
            [2, 2],
            vec![Color32::WHITE, Color32::RED, Color32::BLUE, Color32::BLACK],
        );
        let id = TextureId::Managed(7);
        let filter = match smooth {
            true => TextureOptions::LINEAR,
            false => TextureOptions::NEAREST,
        };
        let mut mesh = Mesh::with_texture(id);
        mesh.add_rect_with_uv(
            Rect::from_min_max(pos2(1.0, 1.0), pos2(5.0, 5.0)),
            Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0)),
            colour,
        );
        let clip_rect = Rect::from_min_max(pos2(0.0, 0.0), pos2(4.0, 6.0));
        let textures = Textures(vec![(id, texture, filter)]);
        let primitive = ClippedPrimitive {
            clip_rect,
            primitive: Primitive::Mesh(mesh),
        };
        draw(&[primitive], &textures, [6, 6], 1.0, Color32::BLACK)
    }

    fn pixel(image: &Rgba8Image, column: usize, row: usize) -> [u8; 4] {
        image.pixels.as_chunks::<4>().0[row * image.width + column]
    }

    #[test]
    fn texels_are_where_they_belong_and_the_clip_holds() {
        let image = square(Color32::WHITE, false);
        assert_eq!(pixel(&image, 1, 1), [255, 255, 255, 255]);
        assert_eq!(pixel(&image, 3, 2), [255, 0, 0, 255]);
        assert_eq!(pixel(&image, 2, 4), [0, 0, 255, 255]);
        assert_eq!(pixel(&image, 0, 0), [0, 0, 0, 255], "beside it");
        assert_eq!(pixel(&image, 4, 2), [0, 0, 0, 255], "clipped");
    }

    #[test]
    fn pixels_on_the_edge_between_two_triangles_are_drawn_once() {
        let image = square(Color32::from_white_alpha(128), false);
        let half = pixel(&image, 1, 1);
        assert_eq!(
            half,
            [128, 128, 128, 255],
            "a second layer would be lighter"
        );
        let all = (1..4).map(|at| pixel(&image, at, at)[2]);
        assert_eq!(all.collect::<Vec<_>>()[0], 128);
    }

    #[test]
    fn smooth_textures_are_mixed() {
        let image = square(Color32::WHITE, true);
        let [red, green, ..] = pixel(&image, 2, 1);
        assert!(red == 255 && green > 0 && green < 255, "{green}");
    }
}
