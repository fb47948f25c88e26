//! Rules 15 to 17: the shape of pixels and the length of lines.

use kernel_imaging::*;

use crate::support::*;

#[test]
fn rule_15_pixels_that_are_not_square_change_the_drawn_shape() {
    // Rows twice as far apart as columns: a square matrix is drawn twice as high as wide.
    let frame = grey(8, 8, Samples::U8(vec![200; 64]));
    let window = manual(100.0, 50.0, VoiFunction::Linear);
    let size = [160, 80];
    let drawn = |attributes: &FrameAttributes| {
        let lut = DisplayLut::new(&frame, attributes, &window).unwrap();
        let view = ViewTransform::fit([8, 8], attributes.aspect(), size);
        let image = present_viewport(&frame, attributes, &lut, &view, size);
        let lit = |x: usize, y: usize| image.pixel(x, y).unwrap()[0] == 255;
        let width = (0..size[0]).filter(|x| lit(*x, 40)).count();
        let height = (0..size[1]).filter(|y| lit(80, *y)).count();
        [width, height]
    };
    let spaced = FrameAttributes {
        spacing_mm: Some([2.0, 1.0]),
        ..FrameAttributes::default()
    };
    let ratio = FrameAttributes {
        pixel_aspect: [2.0, 1.0],
        ..FrameAttributes::default()
    };
    let flat = FrameAttributes {
        pixel_aspect: [1.0, 2.0],
        ..FrameAttributes::default()
    };
    let broken = FrameAttributes {
        spacing_mm: Some([0.0, -1.0]),
        ..FrameAttributes::default()
    };
    assert_eq!(drawn(&spaced), [40, 80]);
    assert_eq!(drawn(&ratio), [40, 80]);
    assert_eq!(drawn(&flat), [160, 80]);
    assert_eq!(drawn(&broken), [80, 80]);
    let small = thumbnail(&frame, &spaced, 32).unwrap();
    assert_eq!((small.width, small.height), (16, 32));
}

#[test]
fn rule_16_a_length_says_what_it_means_and_is_never_mm_without_calibration() {
    use SpacingCalibration as C;
    let text = |calibration: C, spacing_mm| {
        let attributes = FrameAttributes {
            spacing_mm,
            calibration,
            ..FrameAttributes::default()
        };
        length_between(&attributes, [0.0, 0.0], [3.0, 4.0]).to_string()
    };
    let half = Some([0.5, 0.5]);
    assert_eq!(text(C::Patient, half), "2.5 mm");
    assert_eq!(text(C::Detector, half), "2.5 mm (at detector)");
    assert_eq!(
        text(C::Magnified("ERMF 1.20".into()), half),
        "2.5 mm (magnified, ERMF 1.20)"
    );
    assert_eq!(
        text(C::Magnified(String::new()), half),
        "2.5 mm (magnified)"
    );
    assert_eq!(text(C::Fiducial(" ".into()), half), "2.5 mm (fiducials)");
    for calibration in [C::AspectOnly, C::Unknown] {
        assert_eq!(text(calibration, half), "5.0 px (uncalibrated)");
    }
    for spacing_mm in [None, Some([0.0, 0.5]), Some([f64::NAN, 0.5])] {
        assert_eq!(text(C::Patient, spacing_mm), "5.0 px (uncalibrated)");
    }
    let region = CalibratedRegion {
        first: [10, 10],
        last: [19, 19],
        spacing_mm: [0.1, 0.1],
    };
    let attributes = FrameAttributes {
        regions: vec![region],
        calibration: C::Region,
        ..FrameAttributes::default()
    };
    let length = |to| length_between(&attributes, [10.5, 10.5], to).to_string();
    assert_eq!(length([15.5, 10.5]), "0.5 mm (ultrasound region)");
    assert_eq!(
        length([25.5, 10.5]),
        "15.0 px (uncalibrated)",
        "leaves the region"
    );
}

#[test]
fn rule_17_the_first_spacing_is_vertical() {
    let spacing_mm = Some([2.0, 0.5]);
    let attributes = FrameAttributes {
        spacing_mm,
        calibration: SpacingCalibration::Patient,
        ..FrameAttributes::default()
    };
    assert_eq!(
        length_between(&attributes, [0.0, 0.0], [0.0, 10.0]).value,
        20.0,
        "down a column"
    );
    assert_eq!(
        length_between(&attributes, [0.0, 0.0], [10.0, 0.0]).value,
        5.0,
        "along a row"
    );
    let plane = ImagePlane {
        position_lps_mm: [1.0, 2.0, 3.0],
        row_direction_lps: [1.0, 0.0, 0.0],
        column_direction_lps: [0.0, 1.0, 0.0],
        spacing_mm: [2.0, 0.5],
    };
    assert_eq!(plane.lps_from_image([0.5, 0.5]), [1.0, 2.0, 3.0]);
    assert_eq!(plane.lps_from_image([1.5, 2.5]), [1.5, 6.0, 3.0]);
    assert_eq!(plane.image_from_lps([1.5, 6.0, 7.0]), ([1.5, 2.5], 4.0));
    assert_eq!(
        (plane.normal(), plane.distance_along_normal_mm()),
        ([0.0, 0.0, 1.0], 3.0)
    );
}
