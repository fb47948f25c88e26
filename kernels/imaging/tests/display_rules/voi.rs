//! Rules 5 to 9: windows, their functions and tables, and the automatic window.

use kernel_imaging::*;

use crate::support::*;

#[test]
fn rule_05_linear_window_follows_the_standard() {
    let stored: Vec<i16> = (-1200..=1200).collect();
    let frame = row(Samples::I16(stored.clone()));
    for (center, width) in [
        (40.0, 400.0),
        (0.0, 1.0),
        (0.5, 2.0),
        (-600.0, 1500.0),
        (50.25, 3.5),
    ] {
        for intercept in [0.0, -24.0] {
            let attributes = rescaled(1.0, intercept);
            let expected: Vec<u8> = stored
                .iter()
                .map(|x| linear(f64::from(*x) + intercept, center, width))
                .collect();
            let window = manual(center, width, VoiFunction::Linear);
            assert_eq!(
                shown(&frame, &attributes, &window),
                expected,
                "C {center} W {width}"
            );
        }
    }
    // The standard's own example: c = 2048, w = 4096 spreads 12 bits from 0 to 4095.
    let frame = row(Samples::U16(vec![0, 2047, 2048, 4095]));
    let window = manual(2048.0, 4096.0, VoiFunction::Linear);
    assert_eq!(
        shown(&frame, &FrameAttributes::default(), &window),
        [0, 127, 128, 255]
    );
    // c = 0, w = 1 is a threshold: black up to -0.5, white above.
    let frame = row(Samples::F32(vec![-1.0, -0.5, -0.499, 0.0]));
    let window = manual(0.0, 1.0, VoiFunction::Linear);
    assert_eq!(
        shown(&frame, &FrameAttributes::default(), &window),
        [0, 0, 255, 255]
    );
}

#[test]
fn rule_05_a_width_below_one_is_refused() {
    let refused = |width, function| WindowLevel::with_function(10.0, width, function).is_err();
    assert!(refused(0.99, VoiFunction::Linear) && refused(0.0, VoiFunction::LinearExact));
    assert!(refused(-5.0, VoiFunction::Sigmoid) && refused(f64::NAN, VoiFunction::Sigmoid));
    assert!(!refused(1.0, VoiFunction::Linear) && !refused(0.01, VoiFunction::Sigmoid));
    let narrow = WindowLevel::new(0.2, 0.5).unwrap();
    let presentation = Presentation {
        voi: VoiChoice::Manual(narrow, VoiFunction::Linear),
        ..Presentation::default()
    };
    let frame = row(Samples::U8(vec![0, 1]));
    let error = present(&frame, &FrameAttributes::default(), &presentation).unwrap_err();
    assert_eq!(
        error.to_string(),
        "Window width `0.5` is too small for LINEAR"
    );
    // Dragging stops at the least width.
    assert_eq!(narrow.moved(0.0, -9.0, VoiFunction::Linear).width(), 1.0);
    assert!(narrow.moved(0.0, -9.0, VoiFunction::LinearExact).width() > 0.0);
}

#[test]
fn rule_06_linear_exact_and_sigmoid_follow_the_standard() {
    let stored: Vec<u16> = (0..4096).collect();
    let frame = row(Samples::U16(stored.clone()));
    let plain = FrameAttributes::default();
    for (center, width) in [
        (2048.0, 4096.0),
        (40.0, 400.0),
        (1000.5, 0.75),
        (300.0, 90.0),
    ] {
        let expected = |formula: fn(f64, f64, f64) -> u8| -> Vec<u8> {
            stored
                .iter()
                .map(|x| formula(f64::from(*x), center, width))
                .collect()
        };
        let exact = manual(center, width, VoiFunction::LinearExact);
        assert_eq!(
            shown(&frame, &plain, &exact),
            expected(linear_exact),
            "C {center} W {width}"
        );
        let curve = manual(center, width, VoiFunction::Sigmoid);
        assert_eq!(
            shown(&frame, &plain, &curve),
            expected(sigmoid),
            "C {center} W {width}"
        );
    }
}

#[test]
fn rule_06_padded_lower_case_and_list_values_name_the_function() {
    let read = VoiFunction::from_code;
    assert_eq!(read(" sigmoid "), Some(VoiFunction::Sigmoid));
    assert_eq!(read("Linear_Exact\\LINEAR"), Some(VoiFunction::LinearExact));
    assert_eq!(read("LINEAR\0"), Some(VoiFunction::Linear));
    assert_eq!((read(""), read("GAMMA")), (Some(VoiFunction::Linear), None));
}

#[test]
fn rule_07_a_voi_table_takes_modality_values_and_offers_its_name() {
    // First mapped -10, twelve declared bits; inputs are rounded modality values.
    let voi = VoiLut::Table {
        table: table(-10, 12, &[0, 1000, 4095]),
        name: "BONE ".to_owned(),
    };
    let attributes = FrameAttributes {
        voi: vec![voi.clone()],
        ..rescaled(1.0, -100.0)
    };
    let frame = row(Samples::U8(vec![0, 90, 91, 92, 255]));
    let presentation = Presentation {
        voi: VoiChoice::File(0),
        ..Presentation::default()
    };
    let expected =
        [0.0, 0.0, 1000.0, 4095.0, 4095.0].map(|entry: f64| (entry / 4095.0 * 255.0).round() as u8);
    assert_eq!(shown(&frame, &attributes, &presentation), expected);
    assert_eq!(voi.title(), "BONE");
}

#[test]
fn rule_07_a_table_narrower_than_declared_still_reaches_white() {
    let narrow = VoiLut::Table {
        table: table(0, 16, &[0, 512, 1023]),
        name: String::new(),
    };
    let full = VoiLut::Table {
        table: table(0, 10, &[0, 512, 1000]),
        name: String::new(),
    };
    let frame = row(Samples::U8(vec![0, 1, 2]));
    let shown_with = |voi| {
        let attributes = FrameAttributes {
            voi: vec![voi],
            ..FrameAttributes::default()
        };
        let presentation = Presentation {
            voi: VoiChoice::File(0),
            ..Presentation::default()
        };
        shown(&frame, &attributes, &presentation)
    };
    let level = |entry: f64, scale: f64| (entry / scale * 255.0).round() as u8;
    assert_eq!(shown_with(narrow), [0, level(512.0, 1023.0), 255]);
    assert_eq!(
        shown_with(full),
        [0, level(512.0, 1023.0), level(1000.0, 1023.0)]
    );
}

#[test]
fn rule_07_presented_radiographs_start_with_the_table() {
    let window = VoiLut::Window {
        level: WindowLevel::new(40.0, 400.0).unwrap(),
        function: VoiFunction::Linear,
        name: String::new(),
    };
    let lut = VoiLut::Table {
        table: table(0, 8, &[0, 255]),
        name: String::new(),
    };
    let attributes = FrameAttributes {
        voi: vec![window, lut],
        ..FrameAttributes::default()
    };
    assert_eq!(VoiChoice::initial(&attributes, "DX"), VoiChoice::File(1));
    assert_eq!(VoiChoice::initial(&attributes, "CT"), VoiChoice::File(0));
    assert_eq!(
        VoiChoice::initial(&FrameAttributes::default(), "MG"),
        VoiChoice::Auto
    );
}

#[test]
fn rule_09_the_automatic_window_spans_the_values_without_padding() {
    let frame = row(Samples::I16(vec![-2000, -100, 300, 900, -2000]));
    let attributes = FrameAttributes {
        padding: Some((-2000, -2000)),
        ..FrameAttributes::default()
    };
    assert_eq!(modality_range(&frame, &attributes), Some((-100.0, 900.0)));
    let level = auto_window(&frame, &attributes);
    assert_eq!((level.center(), level.width()), (400.0, 1000.0));
    let expected = [0, 0, linear_exact(300.0, 400.0, 1000.0), 255, 0];
    assert_eq!(
        shown(&frame, &attributes, &Presentation::default()),
        expected
    );
    // Values that are not numbers count as little as padding.
    let frame = row(Samples::F32(vec![
        f32::NAN,
        0.25,
        0.75,
        f32::INFINITY,
        -9.0,
    ]));
    let attributes = FrameAttributes {
        float_padding: Some((-9.0, -9.0)),
        ..FrameAttributes::default()
    };
    assert_eq!(modality_range(&frame, &attributes), Some((0.25, 0.75)));
    assert_eq!(
        shown(&frame, &attributes, &Presentation::default()),
        [0, 0, 255, 0, 0]
    );
}

#[test]
fn rule_09_a_negative_slope_and_a_table_keep_the_range_in_order() {
    let frame = row(Samples::U8(vec![1, 2, 3]));
    assert_eq!(
        modality_range(&frame, &rescaled(-2.0, 0.0)),
        Some((-6.0, -2.0))
    );
    let lut = ModalityLut::Table(table(1, 16, &[500, 9, 300]));
    let attributes = FrameAttributes {
        modality_lut: lut,
        ..FrameAttributes::default()
    };
    assert_eq!(modality_range(&frame, &attributes), Some((9.0, 500.0)));
}

#[test]
fn rule_09_values_far_below_one_still_spread_over_all_greys() {
    let frame = row(Samples::F64(vec![0.0, 0.001, 0.002, 0.003]));
    let plain = FrameAttributes::default();
    assert_eq!(
        shown(&frame, &plain, &Presentation::default()),
        [0, 85, 170, 255]
    );
    let lut = DisplayLut::new(&frame, &plain, &Presentation::default()).unwrap();
    let (level, function) = lut.window().unwrap();
    assert_eq!((level.center(), level.width()), (0.0015, 0.003));
    assert_eq!(function, VoiFunction::LinearExact);
}

#[test]
fn rule_09_a_constant_image_does_not_divide_by_zero() {
    for (value, grey) in [(0, 0), (700, 255), (-700, 0)] {
        let frame = row(Samples::I16(vec![value; 3]));
        let level = auto_window(&frame, &FrameAttributes::default());
        assert!(level.center().is_finite() && level.width() >= 1.0);
        assert_eq!(
            shown(
                &frame,
                &FrameAttributes::default(),
                &Presentation::default()
            ),
            [grey; 3]
        );
    }
    let frame = row(Samples::I16(vec![5, 5]));
    let all_padding = FrameAttributes {
        padding: Some((5, 5)),
        ..FrameAttributes::default()
    };
    assert_eq!(auto_window(&frame, &all_padding).width(), 1.0);
    assert_eq!(
        shown(&frame, &all_padding, &Presentation::default()),
        [0, 0]
    );
}
