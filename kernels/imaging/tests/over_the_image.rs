//! What lies over a picture (rules 12, 13, 22, 23, overlays to masks) and what a reduced picture is made of.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod support;

use std::sync::Arc;

use kernel_imaging::*;
use support::*;

fn blank(width: usize, height: usize) -> Rgba8Image {
    Rgba8Image {
        width,
        height,
        pixels: [0, 0, 0, 255].repeat(width * height),
    }
}

fn overlay(rows: usize, columns: usize, origin: [i64; 2], set: &[usize]) -> Overlay {
    let pixels = (0..rows * columns).map(|pixel| set.contains(&pixel));
    Overlay {
        group: 0x6000,
        rows,
        columns,
        origin,
        bits: OverlayBits::Plane(BitPlane::from_pixels(rows, columns, pixels)),
        kind: OverlayKind::Graphics,
        label: Phi::default(),
    }
}

/// Screen pixels that are not black.
fn drawn(image: &Rgba8Image) -> Vec<(usize, usize)> {
    let places = (0..image.height).flat_map(|y| (0..image.width).map(move |x| (x, y)));
    places
        .filter(|(x, y)| image.pixel(*x, *y) != Some([0, 0, 0, 255]))
        .collect()
}

#[test]
fn rule_22_an_overlay_follows_origin_zoom_turn_and_flip() {
    // One overlay pixel, at image pixel (3, 1) of a 6 x 4 image.
    let one = overlay(1, 2, [2, 1], &[1]);
    for turns in 0..4_u8 {
        for (flip_horizontal, flip_vertical) in [(false, false), (true, false), (false, true)] {
            for zoom in [1.0, 3.0] {
                let view = ViewTransform {
                    zoom,
                    quarter_turns: turns,
                    flip_horizontal,
                    flip_vertical,
                    ..ViewTransform::identity([6, 4])
                };
                let size = [24, 24];
                let mut image = blank(size[0], size[1]);
                draw_overlays(&mut image, [&one], [255, 0, 0], &view, 1.0);
                let expected: Vec<(usize, usize)> = (0..24)
                    .flat_map(|y| (0..24).map(move |x| (x, y)))
                    .filter(|(x, y)| {
                        let centre = [*x as f64 + 0.5, *y as f64 + 0.5];
                        let [u, v] = view.image_from_view(centre, 1.0, size);
                        (3.0..4.0).contains(&u) && (1.0..2.0).contains(&v)
                    })
                    .collect();
                assert_eq!(drawn(&image), expected, "{view:?}");
                assert_eq!(expected.len(), (zoom * zoom) as usize);
            }
        }
    }
}

#[test]
fn rule_22_thin_letters_stay_in_a_reduced_view() {
    let thin = overlay(100, 100, [0, 0], &[37 * 100 + 41]);
    let view = ViewTransform::fit([100, 100], 1.0, [10, 10]);
    let mut image = blank(10, 10);
    draw_overlays(&mut image, [&thin], [0, 255, 0], &view, 1.0);
    assert_eq!(drawn(&image), [(4, 3)]);
}

/// Screen pixels of an identity view of 8 x 8 that the shutters leave.
fn seen(shapes: Vec<Shutter>, overlays: &[Overlay]) -> Vec<(usize, usize)> {
    let mut image = blank(8, 8);
    image.pixels.fill(255);
    let shutters = Shutters {
        shapes,
        ..Shutters::default()
    };
    let view = ViewTransform::identity([8, 8]);
    apply_shutters(&mut image, &shutters, overlays, &view, 1.0);
    drawn(&image)
}

fn where_(visible: impl Fn(f64, f64) -> bool) -> Vec<(usize, usize)> {
    // Column and row of a pixel, from 1.
    (0..8)
        .flat_map(|y| (0..8).map(move |x| (x, y)))
        .filter(|(x, y)| visible(*x as f64 + 1.0, *y as f64 + 1.0))
        .collect()
}

#[test]
fn rule_23_shutters_show_what_lies_in_all_of_them() {
    let rectangle = Shutter::Rectangular {
        left: 2,
        right: 6,
        upper: 3,
        lower: 7,
    };
    let circle = Shutter::Circular {
        center: [5, 4],
        radius: 3,
    };
    let in_rectangle = |x: f64, y: f64| (2.0..=6.0).contains(&x) && (3.0..=7.0).contains(&y);
    let in_circle = |x: f64, y: f64| (x - 4.0) * (x - 4.0) + (y - 5.0) * (y - 5.0) <= 9.0;
    assert_eq!(seen(vec![rectangle.clone()], &[]), where_(in_rectangle));
    assert_eq!(seen(vec![circle.clone()], &[]), where_(in_circle));
    let both = seen(vec![rectangle, circle], &[]);
    assert_eq!(both, where_(|x, y| in_rectangle(x, y) && in_circle(x, y)));
}

#[test]
fn rule_23_a_polygon_of_two_points_is_ignored_and_a_triangle_is_not() {
    let polygon = |vertices: &[[i64; 2]]| Shutter::Polygonal {
        vertices: vertices.to_vec(),
    };
    let all = where_(|_, _| true);
    assert_eq!(seen(vec![polygon(&[[1, 1], [8, 8]])], &[]), all);
    // Row and column: below the diagonal from the top left to the bottom right.
    let triangle = seen(vec![polygon(&[[0, 0], [9, 0], [9, 9]])], &[]);
    assert_eq!(triangle, where_(|x, y| x < y));
}

#[test]
fn rule_23_a_bitmap_hides_where_it_is_set() {
    let marks = overlay(8, 8, [0, 0], &[0, 9]);
    let shape = Shutter::Bitmap { group: 0x6000 };
    let left = seen(vec![shape.clone()], std::slice::from_ref(&marks));
    assert_eq!(left.len(), 62);
    assert!(!left.contains(&(0, 0)) && !left.contains(&(1, 1)));
    assert_eq!(seen(vec![shape], &[]).len(), 64);
}

#[test]
fn a_mask_is_blended_by_its_level() {
    let mask = SegmentMask {
        number: 1,
        colour: [200, 100, 0],
        rows: 1,
        columns: 3,
        levels: Arc::from([0, 255, 128].as_slice()),
    };
    let mut image = blank(3, 1);
    let view = ViewTransform::identity([3, 1]);
    draw_masks(&mut image, [&mask], 0.5, &view, 1.0);
    assert_eq!(image.pixel(0, 0), Some([0, 0, 0, 255]));
    assert_eq!(image.pixel(1, 0), Some([100, 50, 0, 255]));
    assert_eq!(image.pixel(2, 0), Some([50, 25, 0, 255]));
}

#[test]
fn rule_12_supplemental_values_are_coloured_and_not_blended_with_grey() {
    let ramp = |values: &[u16]| LookupTable {
        first_mapped: 100,
        bits: 8,
        values: values.to_vec(),
    };
    let palette = Palette {
        red: ramp(&[255, 0]),
        green: ramp(&[0, 255]),
        blue: ramp(&[0, 0]),
    };
    let attributes = FrameAttributes {
        supplemental_palette: Some(Arc::new(palette)),
        ..FrameAttributes::default()
    };
    let frame = row(Samples::U16(vec![50, 100, 101, 102]));
    let window = manual(50.0, 101.0, VoiFunction::Linear);
    let image = present(&frame, &attributes, &window).unwrap();
    let grey = linear(50.0, 50.0, 101.0);
    assert_eq!(image.pixel(0, 0), Some([grey, grey, grey, 255]));
    assert_eq!(image.pixel(1, 0), Some([255, 0, 0, 255]));
    assert_eq!(image.pixel(2, 0), Some([0, 255, 0, 255]));
    assert_eq!(image.pixel(3, 0), Some([255, 255, 255, 255]));
    let lut = DisplayLut::new(&frame, &attributes, &window).unwrap();
    let view = ViewTransform::fit([4, 1], 1.0, [40, 10]);
    let near = present_viewport(&frame, &attributes, &lut, &view, [40, 10]);
    assert_eq!(near.pixel(9, 5), Some([grey, grey, grey, 255]));
    assert_eq!(near.pixel(10, 5), Some([255, 0, 0, 255]));
}

#[test]
fn rule_13_a_profile_table_is_interpolated_and_applied_to_colours() {
    let halved = |inputs: &[[u8; 3]]| Some(inputs.iter().map(|rgb| rgb.map(|v| v / 2)).collect());
    let table = ColourTable::from_conversion(halved).unwrap();
    assert_eq!(table.greatest_change(), 128);
    let attributes = FrameAttributes {
        colour_profile: Some(Arc::new(table)),
        ..FrameAttributes::default()
    };
    let frame = colour(
        2,
        Samples::U8(vec![0, 100, 255, 37, 201, 9]),
        PhotometricInterpretation::Rgb,
    );
    let image = present(&frame, &attributes, &Presentation::default()).unwrap();
    for (found, stored) in image
        .pixels
        .as_chunks::<4>()
        .0
        .iter()
        .zip([[0, 100, 255], [37, 201, 9]])
    {
        for channel in 0..3 {
            assert!(
                found[channel].abs_diff(stored[channel] / 2) <= 1,
                "{found:?}"
            );
        }
    }
    let same = ColourTable::from_conversion(|inputs| Some(inputs.to_vec())).unwrap();
    assert_eq!(same.greatest_change(), 0);
    for value in 0..=255_u8 {
        assert_eq!(
            same.colour([value, 255 - value, 7]),
            [value, 255 - value, 7]
        );
    }
}

#[test]
fn recommended_colours_are_cielab_at_d50() {
    // PS3.3 C.10.7.1.1: L* 100 and a*, b* 0 are white; a* and b* of 0 are 0x8080.
    assert_eq!(srgb_from_cielab([0, 0x8080, 0x8080]), [0, 0, 0]);
    let white = srgb_from_cielab([65_535, 0x8080, 0x8080]);
    assert!(white.iter().all(|channel| *channel >= 254), "{white:?}");
    // sRGB red is L* 54.29, a* 80.81, b* 69.89 at D50.
    let encode = |l: f64, a: f64, b: f64| {
        [l / 100.0, (a + 128.0) / 255.0, (b + 128.0) / 255.0].map(|s| (s * 65_535.0).round() as u16)
    };
    let red = srgb_from_cielab(encode(54.29, 80.81, 69.89));
    assert!(red[0] >= 254 && red[1] <= 2 && red[2] <= 2, "{red:?}");
}

/// The mean of the stored values in a box, padding left out, or `None` when most of it is padding.
fn mean(values: &[f64], padding: Option<f64>) -> Option<f64> {
    let counted: Vec<f64> = values
        .iter()
        .copied()
        .filter(|value| Some(*value) != padding)
        .collect();
    (counted.len() * 2 >= values.len() && !counted.is_empty())
        .then(|| counted.iter().sum::<f64>() / counted.len() as f64)
}

#[test]
fn a_reduced_view_is_the_mean_of_the_pixels_under_it() {
    let (rows, columns) = (48_usize, 64_usize);
    let value = |row: usize, column: usize| {
        if (row / 3 + column / 5).is_multiple_of(4) {
            7
        } else {
            (row * 613 + column * 131) % 1000
        }
    };
    let each = || (0..rows * columns).map(|pixel| value(pixel / columns, pixel % columns));
    let kinds = [
        Samples::U16(each().map(|value| value as u16).collect()),
        Samples::I32(each().map(|value| value as i32).collect()),
        Samples::F32(each().map(|value| value as f32).collect()),
        Samples::U8(each().map(|value| (value % 256) as u8).collect()),
    ];
    for samples in kinds {
        for padding in [None, Some(7_i64)] {
            for turned in [false, true] {
                let attributes = FrameAttributes {
                    padding: padding.map(|value| (value, value)),
                    ..FrameAttributes::default()
                };
                let frame = grey(rows, columns, samples.clone());
                let window = manual(500.0, 1000.0, VoiFunction::Linear);
                let lut = DisplayLut::new(&frame, &attributes, &window).unwrap();
                // Four pixels to one, each way.
                let mut view = ViewTransform {
                    zoom: 0.25,
                    ..ViewTransform::identity([columns, rows])
                };
                let mut size = [columns / 4, rows / 4];
                if turned {
                    view = view.turned_clockwise().flipped_left_right();
                    size.reverse();
                }
                let image = present_viewport(&frame, &attributes, &lut, &view, size);
                for y in 0..size[1] {
                    for x in 0..size[0] {
                        let centre = [x as f64 + 0.5, y as f64 + 0.5];
                        let [u, v] = view.image_from_view(centre, 1.0, size);
                        let (left, top) = ((u - 2.0).round() as usize, (v - 2.0).round() as usize);
                        let under: Vec<f64> = (0..16)
                            .map(|n| frame.stored_value(top + n / 4, left + n % 4, 0).unwrap())
                            .collect();
                        let expected = mean(&under, padding.map(|value| value as f64))
                            .map_or(0, |mean| linear(mean, 500.0, 1000.0));
                        let found = image.pixel(x, y).unwrap()[0];
                        assert!(
                            found.abs_diff(expected) <= 1,
                            "{x} {y} {turned} {padding:?}: {found} {expected}"
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn a_fine_pattern_does_not_alias_in_a_thumbnail() {
    let (rows, columns) = (512, 512);
    let stripes = (0..rows * columns).map(|pixel| (pixel % 2 * 1000) as u16);
    let frame = grey(rows, columns, Samples::U16(stripes.collect()));
    let small = thumbnail(&frame, &FrameAttributes::default(), 96).unwrap();
    let shown = greys(&small);
    let (low, high) = (shown.iter().min().unwrap(), shown.iter().max().unwrap());
    assert!(
        high - low < 60,
        "stripes of one pixel are grey, {low} to {high}"
    );
}

#[test]
fn a_reduced_view_has_the_same_bits_for_every_number_of_threads() {
    for (name, frame, attributes) in one_of_each_kind() {
        let lut = DisplayLut::new(&frame, &attributes, &Presentation::default()).unwrap();
        let view = ViewTransform {
            zoom: 0.21,
            ..ViewTransform::identity([37, 23]).turned_clockwise()
        };
        let drawn = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            pool.unwrap()
                .install(|| present_viewport(&frame, &attributes, &lut, &view, [9, 11]))
        };
        assert!(drawn(1) == drawn(3), "{name}");
    }
}
