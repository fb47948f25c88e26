//! Where image points fall on the screen, and that the probe points where the viewport draws.

mod support;

use kernel_imaging::*;
use support::*;

#[test]
fn nearest_draws_the_pixel_under_the_probe() {
    let (rows, columns) = (9, 7);
    let frame = grey(rows, columns, Samples::U8((1..=63).collect()));
    let attributes = FrameAttributes {
        pixel_aspect: [3.0, 2.0],
        ..FrameAttributes::default()
    };
    // LINEAR with center 128 and width 256 shows every byte as itself.
    let lut = DisplayLut::new(
        &frame,
        &attributes,
        &manual(128.0, 256.0, VoiFunction::Linear),
    )
    .unwrap();
    let size = [60, 50];
    let mut views = vec![ViewTransform {
        zoom: 4.3,
        ..ViewTransform::identity([columns, rows])
    }];
    for _ in 0..3 {
        views.push(views[views.len() - 1].turned_clockwise());
    }
    for view in views.clone() {
        views.extend([view.flipped_left_right(), view.flipped_top_bottom()]);
    }
    for view in views {
        let view = ViewTransform {
            interpolation: Interpolation::Nearest,
            ..view
        };
        let image = present_viewport(&frame, &attributes, &lut, &view, size);
        let mut inside = 0;
        for y in 0..size[1] {
            for x in 0..size[0] {
                let point = [x as f64 + 0.5, y as f64 + 0.5];
                let [column, row] = view.image_from_view(point, 1.5, size).map(f64::floor);
                let stored = if column >= 0.0 && row >= 0.0 {
                    frame.stored_value(row as usize, column as usize, 0)
                } else {
                    None
                };
                inside += usize::from(stored.is_some());
                assert_eq!(
                    f64::from(image.pixel(x, y).unwrap()[0]),
                    stored.unwrap_or(0.0),
                    "{view:?}"
                );
            }
        }
        assert!(inside > 1000, "{inside}");
    }
}

#[test]
fn turns_and_flips_move_the_corners_as_the_user_sees_them() {
    // 1 2
    // 3 4
    let frame = grey(2, 2, Samples::U8(vec![1, 2, 3, 4]));
    let lut = DisplayLut::new(
        &frame,
        &FrameAttributes::default(),
        &manual(128.0, 256.0, VoiFunction::Linear),
    )
    .unwrap();
    let start = ViewTransform {
        interpolation: Interpolation::Nearest,
        ..ViewTransform::identity([2, 2])
    };
    let drawn = |view: ViewTransform| {
        greys(&present_viewport(
            &frame,
            &FrameAttributes::default(),
            &lut,
            &view,
            [2, 2],
        ))
    };
    assert_eq!(drawn(start), [1, 2, 3, 4]);
    assert_eq!(drawn(start.turned_clockwise()), [3, 1, 4, 2]);
    assert_eq!(
        drawn(start.turned_clockwise().flipped_left_right()),
        [1, 3, 2, 4]
    );
    assert_eq!(
        drawn(start.turned_clockwise().flipped_top_bottom()),
        [4, 2, 3, 1]
    );
    assert_eq!(
        drawn(start.flipped_left_right().turned_clockwise()),
        [4, 2, 3, 1]
    );
    assert_eq!(drawn(start.flipped_top_bottom()), [3, 4, 1, 2]);
}

#[test]
fn points_go_to_the_view_and_back() {
    let size = [640, 480];
    for turns in 0..4 {
        for (flip_horizontal, flip_vertical) in
            [(false, false), (true, false), (false, true), (true, true)]
        {
            let view = ViewTransform {
                zoom: 2.5,
                pan: [100.0, 40.0],
                quarter_turns: turns,
                flip_horizontal,
                flip_vertical,
                interpolation: Interpolation::Linear,
            };
            let there = view.view_from_image([12.25, 99.5], 0.7, size);
            let back = view.image_from_view(there, 0.7, size);
            assert!(
                (back[0] - 12.25).abs() < 1e-9 && (back[1] - 99.5).abs() < 1e-9,
                "{view:?}"
            );
            assert_eq!(
                view.view_from_image([100.0, 40.0], 0.7, size),
                [320.0, 240.0]
            );
            let zoomed = view.zoomed_at([17.0, 33.0], 1.8, 0.7, size);
            let (before, after) = (
                view.image_from_view([17.0, 33.0], 0.7, size),
                zoomed.image_from_view([17.0, 33.0], 0.7, size),
            );
            assert!((before[0] - after[0]).abs() < 1e-9 && (before[1] - after[1]).abs() < 1e-9);
        }
    }
}

#[test]
fn a_fitted_image_touches_two_edges_and_passes_none() {
    let view = ViewTransform::fit([200, 100], 1.0, [100, 100]);
    assert_eq!((view.zoom, view.pan), (0.5, [100.0, 50.0]));
    assert_eq!(
        view.turned_clockwise()
            .fitted([200, 100], 1.0, [100, 300])
            .zoom,
        1.0
    );
    assert_eq!(ViewTransform::fit([200, 100], 4.0, [100, 100]).zoom, 0.25);
    assert!(ViewTransform::fit([0, 0], f64::NAN, [0, 0]).zoom > 0.0);
}

#[test]
fn a_view_that_was_looked_up_is_drawn_through_any_window_as_if_it_were_drawn_anew() {
    let (rows, columns) = (70, 50);
    let values = || (0..rows * columns).map(|at| (at * 2_654_435_761) >> 5);
    let frames = [
        Samples::U16(values().map(|value| value as u16).collect()),
        Samples::I16(values().map(|value| value as i16).collect()),
    ];
    let padded = FrameAttributes {
        padding: Some((0, 9000)),
        pixel_aspect: [4.0, 3.0],
        ..FrameAttributes::default()
    };
    let windows = [(200.0, 500.0), (-900.0, 30_000.0), (30_000.0, 1.0)];
    let mut drawn = 0;
    for samples in frames {
        let frame = grey(rows, columns, samples);
        for attributes in [FrameAttributes::default(), padded.clone()] {
            for (zoom, size) in [(0.21, [31, 29]), (0.7, [40, 60]), (3.3, [80, 90])] {
                for interpolation in [Interpolation::Linear, Interpolation::Nearest] {
                    let whole = ViewTransform {
                        zoom,
                        interpolation,
                        ..ViewTransform::identity([columns, rows])
                    };
                    for view in [whole, whole.turned_clockwise().flipped_left_right()] {
                        let lut = |(center, width)| {
                            let window = manual(center, width, VoiFunction::Linear);
                            DisplayLut::new(&frame, &attributes, &window).unwrap()
                        };
                        let sampled =
                            SampledView::new(&frame, &attributes, &lut(windows[0]), &view, size)
                                .expect("16-bit grey");
                        for window in windows {
                            let lut = lut(window);
                            let anew = present_viewport(&frame, &attributes, &lut, &view, size);
                            assert_eq!(sampled.draw(&frame, &lut).as_ref(), Some(&anew));
                            drawn += 1;
                        }
                    }
                }
            }
        }
    }
    assert_eq!(drawn, 144);
}

#[test]
fn a_view_that_was_looked_up_refuses_a_table_that_shows_other_padding() {
    let frame = grey(8, 8, Samples::U16((0..64).collect()));
    let attributes = FrameAttributes {
        padding: Some((0, 9)),
        ..FrameAttributes::default()
    };
    let hidden = manual(30.0, 60.0, VoiFunction::Linear);
    let shown = Presentation {
        show_padding: true,
        ..hidden
    };
    let lut = |presentation| DisplayLut::new(&frame, &attributes, presentation).unwrap();
    let view = ViewTransform::identity([8, 8]);
    let sampled = SampledView::new(&frame, &attributes, &lut(&hidden), &view, [8, 8]).unwrap();
    assert!(sampled.draw(&frame, &lut(&hidden)).is_some());
    assert!(sampled.draw(&frame, &lut(&shown)).is_none());
    let bytes = grey(8, 8, Samples::U8((0..64).collect()));
    let lut = DisplayLut::new(&bytes, &attributes, &hidden).unwrap();
    assert!(SampledView::new(&bytes, &attributes, &lut, &view, [8, 8]).is_none());
}
