//! The viewport draws what the reference path draws, and the probe points where it draws.

mod support;

use kernel_imaging::*;
use support::*;

fn single_threaded<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    on_threads(1, work)
}

fn on_threads<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> T {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .expect("a pool of a few threads starts")
        .install(work)
}

/// All kinds of frame in all presentations, each with its name.
fn all_cases() -> Vec<(String, Frame, FrameAttributes, Presentation)> {
    let mut cases = Vec::new();
    for (name, frame, attributes) in one_of_each_kind() {
        for (way, presentation) in [
            ("auto", Presentation::default()),
            ("linear", manual(300.0, 2000.0, VoiFunction::Linear)),
            (
                "exact",
                Presentation {
                    invert: true,
                    ..manual(80.0, 150.5, VoiFunction::LinearExact)
                },
            ),
            (
                "sigmoid",
                Presentation {
                    colormap: Colormap::Hot,
                    ..manual(90.0, 90.0, VoiFunction::Sigmoid)
                },
            ),
        ] {
            cases.push((
                format!("{name} {way}"),
                frame.clone(),
                attributes.clone(),
                presentation,
            ));
        }
    }
    cases
}

#[test]
fn present_equals_the_viewport_at_identity_scale_for_one_and_two_threads() {
    let mut digests = Vec::new();
    for (name, frame, attributes, presentation) in all_cases() {
        let whole = single_threaded(|| present(&frame, &attributes, &presentation).unwrap());
        assert_eq!(
            on_threads(2, || present(&frame, &attributes, &presentation).unwrap()),
            whole,
            "{name}"
        );
        let lut = DisplayLut::new(&frame, &attributes, &presentation).unwrap();
        let size = [frame.columns, frame.rows];
        for interpolation in [Interpolation::Nearest, Interpolation::Linear] {
            let view = ViewTransform {
                interpolation,
                ..ViewTransform::identity(size)
            };
            for threads in [1, 2] {
                let seen = on_threads(threads, || {
                    present_viewport(&frame, &attributes, &lut, &view, size)
                });
                assert!(seen == whole, "{name} {interpolation:?} {threads}");
            }
        }
        digests.push(digest(&whole.pixels));
    }
    let bytes: Vec<u8> = digests
        .iter()
        .flat_map(|digest| digest.to_le_bytes())
        .collect();
    assert_eq!(digest(&bytes), GOLDEN_WHOLE, "{:#x}", digest(&bytes));
}

#[test]
fn a_zoomed_and_turned_view_has_the_same_bits_for_one_and_two_threads() {
    let mut digests = Vec::new();
    for (name, frame, attributes, presentation) in all_cases() {
        let lut = DisplayLut::new(&frame, &attributes, &presentation).unwrap();
        let view = ViewTransform {
            zoom: 3.3,
            pan: [11.2, 13.7],
            ..ViewTransform::identity([37, 23])
                .turned_clockwise()
                .flipped_left_right()
        };
        let drawn = |threads| {
            on_threads(threads, || {
                present_viewport(&frame, &attributes, &lut, &view, [90, 70])
            })
        };
        let one = drawn(1);
        assert!(one == drawn(2), "{name}");
        digests.push(digest(&one.pixels));
    }
    let bytes: Vec<u8> = digests
        .iter()
        .flat_map(|digest| digest.to_le_bytes())
        .collect();
    assert_eq!(digest(&bytes), GOLDEN_ZOOMED, "{:#x}", digest(&bytes));
}

#[test]
fn large_frames_are_drawn_in_bands_without_a_seam() {
    let (rows, columns) = (700, 801);
    let samples = Samples::U16(
        (0..rows * columns)
            .map(|index| (index % 4001) as u16)
            .collect(),
    );
    let frame = grey(rows, columns, samples);
    let window = manual(2000.0, 4001.0, VoiFunction::Linear);
    let attributes = FrameAttributes::default();
    let expected: Vec<u8> = (0..rows * columns)
        .map(|index| linear((index % 4001) as f64, 2000.0, 4001.0))
        .collect();
    for threads in [1, 2, 3] {
        assert_eq!(
            on_threads(threads, || shown(&frame, &attributes, &window)),
            expected
        );
    }
    let lut = DisplayLut::new(&frame, &attributes, &window).unwrap();
    let view = ViewTransform::identity([columns, rows]);
    assert_eq!(
        greys(&present_viewport(
            &frame,
            &attributes,
            &lut,
            &view,
            [columns, rows]
        )),
        expected
    );
}

#[test]
fn linear_blends_stored_values_before_the_table() {
    // Halfway between 0 and 200 lies 100, which the window makes white; blending colours would be grey.
    let frame = row(Samples::U16(vec![0, 200]));
    let attributes = FrameAttributes::default();
    let lut = DisplayLut::new(
        &frame,
        &attributes,
        &manual(50.0, 20.0, VoiFunction::Linear),
    )
    .unwrap();
    let view = ViewTransform::fit([2, 1], 1.0, [201, 100]);
    let image = present_viewport(&frame, &attributes, &lut, &view, [201, 100]);
    assert_eq!(image.pixel(100, 50), Some([255; 4]));
    // Colours have no stored scale, so they are blended themselves.
    let frame = colour(
        2,
        Samples::U8(vec![0, 0, 0, 200, 100, 50]),
        PhotometricInterpretation::Rgb,
    );
    let lut = DisplayLut::new(&frame, &attributes, &Presentation::default()).unwrap();
    let image = present_viewport(&frame, &attributes, &lut, &view, [201, 100]);
    assert_eq!(image.pixel(100, 50), Some([100, 50, 25, 255]));
}

#[test]
fn a_linear_view_is_within_one_level_of_the_formula() {
    let (rows, columns) = (12_usize, 15_usize);
    let value = |row: usize, column: usize| ((row * 311 + column * 173) % 1000) as f64;
    let each = (0..rows * columns).map(|index| value(index / columns, index % columns));
    let kinds = [
        Samples::U16(each.clone().map(|value| value as u16).collect()),
        Samples::F32(each.map(|value| value as f32).collect()),
    ];
    let (size, view) = (
        [140, 120],
        ViewTransform::fit([columns, rows], 1.0, [140, 120]),
    );
    for samples in kinds {
        let frame = grey(rows, columns, samples);
        let attributes = FrameAttributes::default();
        let lut = DisplayLut::new(
            &frame,
            &attributes,
            &manual(500.0, 1000.0, VoiFunction::Linear),
        )
        .unwrap();
        let image = present_viewport(&frame, &attributes, &lut, &view, size);
        for y in 0..size[1] {
            for x in 0..size[0] {
                let [u, v] = view.image_from_view([x as f64 + 0.5, y as f64 + 0.5], 1.0, size);
                if !(0.0..columns as f64).contains(&u) || !(0.0..rows as f64).contains(&v) {
                    assert_eq!(image.pixel(x, y), Some([0, 0, 0, 255]));
                    continue;
                }
                let (u, v) = (
                    (u - 0.5).clamp(0.0, columns as f64 - 1.0),
                    (v - 0.5).clamp(0.0, rows as f64 - 1.0),
                );
                let (left, top) = (u.floor() as usize, v.floor() as usize);
                let (right, bottom) = ((left + 1).min(columns - 1), (top + 1).min(rows - 1));
                let (fx, fy) = (u.fract(), v.fract());
                let upper = value(top, left) * (1.0 - fx) + value(top, right) * fx;
                let lower = value(bottom, left) * (1.0 - fx) + value(bottom, right) * fx;
                let expected = linear(upper * (1.0 - fy) + lower * fy, 500.0, 1000.0);
                let found = image.pixel(x, y).unwrap()[0];
                assert!(found.abs_diff(expected) <= 1, "{x} {y}: {found} {expected}");
            }
        }
    }
}

#[test]
fn broken_frames_and_strange_views_are_black_and_harmless() {
    let attributes = FrameAttributes::default();
    let frame = row(Samples::U8(vec![9, 200]));
    let lut = DisplayLut::new(&frame, &attributes, &Presentation::default()).unwrap();
    let view = ViewTransform::identity([2, 1]);
    let black = |frame: &Frame, view: &ViewTransform| {
        let image = present_viewport(frame, &attributes, &lut, view, [3, 3]);
        image.pixels == [0, 0, 0, 255].repeat(9)
    };
    assert!(
        black(
            &Frame {
                columns: 5,
                ..frame.clone()
            },
            &view
        ),
        "too few samples"
    );
    assert!(black(
        &Frame {
            rows: 0,
            samples: Samples::U8(vec![]),
            ..frame.clone()
        },
        &view
    ));
    assert!(black(
        &colour(
            1,
            Samples::U8(vec![1, 2, 3]),
            PhotometricInterpretation::Rgb
        ),
        &view
    ));
    assert!(black(
        &frame,
        &ViewTransform {
            pan: [f64::NAN, 0.0],
            ..view
        }
    ));
    assert!(black(
        &frame,
        &ViewTransform {
            pan: [1e300, -1e300],
            ..view
        }
    ));
    assert!(!black(
        &frame,
        &ViewTransform {
            zoom: f64::INFINITY,
            ..view
        }
    ));
    assert!(
        present_viewport(&frame, &attributes, &lut, &view, [0, 7])
            .pixels
            .is_empty()
    );
    // A table built for bytes is not used for words.
    let words = row(Samples::U16(vec![9, 60_000]));
    let image = present_viewport(&words, &attributes, &lut, &view, [2, 1]);
    assert_eq!(greys(&image), [0, 255]);
    let error = present(
        &Frame {
            columns: 5,
            ..frame
        },
        &attributes,
        &Presentation::default(),
    )
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        "A frame of 1 x 5 x 1 needs 5 samples, found `2`"
    );
}

#[test]
fn the_greatest_values_blend_to_themselves() {
    for samples in [Samples::U16(vec![65_535; 4]), Samples::I16(vec![32_767; 4])] {
        let frame = grey(2, 2, samples);
        let attributes = FrameAttributes::default();
        let top = frame.stored_value(0, 0, 0).unwrap();
        // White is the greatest value alone.
        let threshold = manual(top, 1.0, VoiFunction::Linear);
        let lut = DisplayLut::new(&frame, &attributes, &threshold).unwrap();
        let view = ViewTransform::fit([2, 2], 1.0, [50, 50]);
        let image = present_viewport(&frame, &attributes, &lut, &view, [50, 50]);
        assert!(greys(&image).iter().all(|level| *level == 255));
    }
}

const GOLDEN_WHOLE: u64 = 0xc1ba_12f8_a2cf_5c6a;
const GOLDEN_ZOOMED: u64 = 0xe7ab_4808_f815_b9c4;
