//! Lays the view out once more, as large as on screen, and draws it.

use eframe::egui::{CentralPanel, Context, Frame, Pos2, RawInput, Rect, Vec2};
use kernel_imaging::Rgba8Image;

use super::raster::{Textures, draw};
use crate::caption;
use crate::state::{Annotations, State};
use crate::theme::{self, colours};
use crate::viewport::Viewport;

/// Layouts before the picture is taken: the first one chooses fonts and sizes.
const PASSES: usize = 3;
/// Longest side of a picture, pixels.
const SIDE_PIXELS_MAX: usize = 8_192;

/// The view as a picture with the marks that must be said below it; nothing of the state stays changed.
///
/// With `identity` the patient and the study are on it; without they are not, and that is said on it.
///
/// # Errors
/// A sentence when nothing is on screen, or the view is too large.
pub fn picture(
    state: &mut State,
    size_points: Vec2,
    pixels_per_point: f32,
    identity: bool,
) -> Result<(Rgba8Image, Vec<String>), String> {
    let Some(shown) = &state.view.shown else {
        return Err("there is no image on screen".to_owned());
    };
    let marks = caption::marks(&shown.reference);
    let size = [size_points.x, size_points.y]
        .map(|points| (points * pixels_per_point).round().max(1.0) as usize);
    if size.iter().any(|side| *side > SIDE_PIXELS_MAX) {
        return Err(format!(
            "the view has {} x {} pixels, more than a picture of it may have",
            size[0], size[1]
        ));
    }
    let before = state.annotations;
    state.annotations = match (identity, before) {
        (true, _) => Annotations::Full,
        (false, Annotations::Full) => Annotations::Minimal,
        (false, other) => other,
    };
    let image = drawn(state, size, pixels_per_point);
    state.annotations = before;
    Ok((caption::under(image, &marks), marks))
}

fn drawn(state: &State, size: [usize; 2], pixels_per_point: f32) -> Rgba8Image {
    let context = Context::default();
    context.set_pixels_per_point(pixels_per_point);
    theme::apply(&context, theme::Shade::Dark);
    let points = size.map(|side| side as f32 / pixels_per_point);
    let mut input = RawInput {
        screen_rect: Some(Rect::from_min_size(
            Pos2::ZERO,
            Vec2::new(points[0], points[1]),
        )),
        ..RawInput::default()
    };
    if let Some(root) = input.viewports.get_mut(&input.viewport_id) {
        root.native_pixels_per_point = Some(1.0);
    }
    let mut viewport = Viewport::default();
    let mut textures = Textures::default();
    let mut primitives = Vec::new();
    for _ in 0..PASSES {
        let output = context.run_ui(input.clone(), |ui| {
            let ground = Frame::new().fill(colours::VIEWPORT);
            CentralPanel::default().frame(ground).show(ui, |ui| {
                // What hands want is of the window, not of its picture.
                viewport.show(ui, state, &mut Vec::new());
            });
        });
        textures.apply(output.textures_delta);
        primitives = context.tessellate(output.shapes, output.pixels_per_point);
    }
    draw(
        &primitives,
        &textures,
        size,
        pixels_per_point,
        colours::VIEWPORT,
    )
}
