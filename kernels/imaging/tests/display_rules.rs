//! The display rules this crate holds, by number; expected values come from the standard's formulas.
//! Rule 18 has a file of its own, `orientation.rs`.

mod support;

#[path = "display_rules/colour.rs"]
mod colour;
#[path = "display_rules/geometry.rs"]
mod geometry;
#[path = "display_rules/modality.rs"]
mod modality;
#[path = "display_rules/polarity.rs"]
mod polarity;
#[path = "display_rules/voi.rs"]
mod voi;

use kernel_imaging::*;
use support::*;

#[test]
fn rule_24_the_lossy_mark_says_ratio_and_method() {
    let mark = |ratio, method: &str| {
        LossyMark {
            ratio,
            method: method.to_owned(),
        }
        .to_string()
    };
    assert_eq!(mark(Some(12.54), "JPEG 2000"), "Lossy 12.5:1 JPEG 2000");
    assert_eq!(mark(None, ""), "Lossy");
}

#[test]
fn rule_30_the_display_is_said_not_to_be_calibrated() {
    assert_eq!(CALIBRATION_NOTE, "Display not calibrated to PS3.14");
}

#[test]
fn rule_33_values_that_are_not_numbers_are_never_shown_as_grey() {
    let frame = row(Samples::F64(vec![
        f64::NAN,
        f64::INFINITY,
        f64::NEG_INFINITY,
        1.0,
    ]));
    let presentation = Presentation {
        invert: true,
        ..manual(0.0, 1.0, VoiFunction::LinearExact)
    };
    assert_eq!(
        shown(&frame, &FrameAttributes::default(), &presentation),
        [0, 0, 0, 0]
    );
    let dark = Presentation {
        invert: true,
        ..manual(5.0, 1.0, VoiFunction::LinearExact)
    };
    assert_eq!(
        shown(&frame, &FrameAttributes::default(), &dark),
        [0, 0, 0, 255]
    );
}

#[test]
fn rule_35_the_stored_array_keeps_its_type_and_every_value() {
    let wide = vec![i32::MIN, -16_777_217, 16_777_217, i32::MAX];
    let frame = row(Samples::I32(wide.clone()));
    let before = frame.clone();
    present(
        &frame,
        &FrameAttributes::default(),
        &Presentation::default(),
    )
    .unwrap();
    assert_eq!(frame, before);
    let exact: Vec<f64> = (0..4)
        .map(|column| frame.stored_value(0, column, 0).unwrap())
        .collect();
    assert_eq!(
        exact,
        wide.iter()
            .map(|value| f64::from(*value))
            .collect::<Vec<_>>()
    );
    assert_eq!(
        frame.samples.little_endian_bytes()[..8],
        [0, 0, 0, 0x80, 0xff, 0xff, 0xff, 0xfe]
    );
    assert_eq!(
        (frame.samples.bytes(), frame.samples.min_max()),
        (16, Some((f64::from(i32::MIN), f64::from(i32::MAX))))
    );
    // A 32-bit window is not squeezed through 16 bits first.
    let window = manual(16_777_216.0, 8.0, VoiFunction::LinearExact);
    let frame = row(Samples::I32(vec![16_777_215, 16_777_216, 16_777_217]));
    let expected =
        [16_777_215.0, 16_777_216.0, 16_777_217.0].map(|x| linear_exact(x, 16_777_216.0, 8.0));
    assert_eq!(
        shown(&frame, &FrameAttributes::default(), &window),
        expected
    );
}
