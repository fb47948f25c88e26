//! Rules 10 and 11: what is inverted, and what stays black.

use kernel_imaging::*;

use crate::support::*;

#[test]
fn rule_10_inversion_comes_after_the_window_and_two_cancel() {
    use PhotometricInterpretation::{Monochrome1, Monochrome2};
    let stored: Vec<u8> = (0..=255).collect();
    let window = manual(100.0, 120.0, VoiFunction::Linear);
    let upright: Vec<u8> = stored
        .iter()
        .map(|x| linear(f64::from(*x), 100.0, 120.0))
        .collect();
    let inverse: Vec<u8> = upright.iter().map(|level| 255 - level).collect();
    for (photometric, shape, by_user, inverted) in [
        (Monochrome2, None, false, false),
        (Monochrome1, None, false, true),
        (Monochrome1, Some(true), false, true),
        (Monochrome1, Some(false), false, false),
        (Monochrome2, Some(true), false, true),
        (Monochrome2, Some(true), true, false),
        (Monochrome1, None, true, false),
        (Monochrome2, None, true, true),
    ] {
        let frame = Frame {
            photometric: photometric.clone(),
            ..row(Samples::U8(stored.clone()))
        };
        let attributes = FrameAttributes {
            presentation_inverse: shape,
            ..FrameAttributes::default()
        };
        let presentation = Presentation {
            invert: by_user,
            ..window
        };
        let expected = if inverted { &inverse } else { &upright };
        let case = format!("{photometric} {shape:?} {by_user}");
        assert_eq!(
            &shown(&frame, &attributes, &presentation),
            expected,
            "{case}"
        );
        let lut = DisplayLut::new(&frame, &attributes, &presentation).unwrap();
        assert_eq!(lut.is_inverted(), inverted, "{case}");
    }
}

#[test]
fn rule_11_padding_is_black_whatever_the_inversion() {
    use PhotometricInterpretation::{Monochrome1, Monochrome2};
    // The range limit may be the lower or the upper end.
    for padding in [(1000, 1010), (1010, 1000)] {
        let attributes = FrameAttributes {
            padding: Some(padding),
            ..FrameAttributes::default()
        };
        for photometric in [Monochrome1, Monochrome2] {
            for invert in [false, true] {
                for samples in [
                    Samples::I16(vec![999, 1000, 1005, 1010, 1011]),
                    Samples::I32(vec![999, 1000, 1005, 1010, 1011]),
                ] {
                    let frame = Frame {
                        photometric: photometric.clone(),
                        ..row(samples)
                    };
                    let presentation = Presentation {
                        invert,
                        ..manual(1000.0, 100.0, VoiFunction::Linear)
                    };
                    let levels = shown(&frame, &attributes, &presentation);
                    assert_eq!(levels[1..4], [0, 0, 0], "{photometric} {invert}");
                    let inverted = invert != (photometric == Monochrome1);
                    let expected = linear(999.0, 1000.0, 100.0);
                    assert_eq!(levels[0], if inverted { 255 - expected } else { expected });
                    let off = Presentation {
                        show_padding: true,
                        ..presentation
                    };
                    assert_ne!(
                        shown(&frame, &attributes, &off)[1..4],
                        [0, 0, 0],
                        "the off switch"
                    );
                }
            }
        }
    }
}

#[test]
fn rule_11_padding_is_known_from_either_end() {
    let attributes = FrameAttributes {
        padding: Some((-1900, -2000)),
        float_padding: Some((0.25, 0.25)),
        ..FrameAttributes::default()
    };
    let found =
        [-2000.0, -1950.5, -1900.0, 0.25, -1899.0, 0.0].map(|stored| attributes.is_padding(stored));
    assert_eq!(found, [true, true, true, true, false, false]);
    assert!(!FrameAttributes::default().is_padding(0.0));
}

#[test]
fn rule_11_padding_bleeds_into_no_neighbour() {
    let frame = row(Samples::I16(vec![-2000, 100, 100, 100]));
    let attributes = FrameAttributes {
        padding: Some((-2000, -2000)),
        ..FrameAttributes::default()
    };
    let lut = DisplayLut::new(
        &frame,
        &attributes,
        &manual(100.0, 201.0, VoiFunction::Linear),
    )
    .unwrap();
    let view = ViewTransform::fit([4, 1], 1.0, [64, 16]);
    let image = present_viewport(&frame, &attributes, &lut, &view, [64, 16]);
    let inside = linear(100.0, 100.0, 201.0);
    assert!(
        greys(&image)
            .iter()
            .all(|level| *level == 0 || *level == inside)
    );
}
