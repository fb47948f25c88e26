//! Rule 33: which pixels of a region count, and the figures of those that do.

mod support;

use kernel_imaging::{
    FrameAttributes, PhotometricInterpretation, Region, RegionFigures, Samples, SpacingCalibration,
    angle_between_degrees, area_of, region_figures,
};
use support::{colour, grey, rescaled};

fn ramp() -> kernel_imaging::Frame {
    grey(4, 5, Samples::U16((0..20).collect()))
}

fn figures(attributes: &FrameAttributes, region: &Region) -> Option<RegionFigures> {
    region_figures(&ramp(), attributes, region).expect("a grey frame")
}

#[test]
fn rule_33_pixels_count_by_their_centres() {
    // Columns 1 and 2 (centres 1.5, 2.5), rows 1 and 2: 6, 7, 11, 12.
    let region = Region::Rectangle([[1.4, 2.6], [2.6, 1.4]]);
    let found = figures(&rescaled(2.0, -10.0), &region).expect("four pixels");
    assert_eq!(found.pixels, 4);
    assert_eq!((found.minimum, found.maximum), (2.0, 14.0));
    assert_eq!(found.mean, 8.0);
    // Deviations -6, -4, 4, 6: squares 104, over four.
    assert_eq!(found.standard_deviation, 26.0_f64.sqrt());
    let below = Region::Rectangle([[1.6, 1.4], [2.6, 2.6]]);
    assert_eq!(
        figures(&rescaled(1.0, 0.0), &below).map(|it| it.pixels),
        Some(2)
    );
}

#[test]
fn rule_33_a_region_without_a_centre_counts_the_pixel_under_its_middle() {
    let small = Region::Ellipse([[3.6, 0.6], [3.9, 0.9]]);
    let found = figures(&rescaled(1.0, 0.0), &small).expect("one pixel");
    assert_eq!(
        (found.pixels, found.mean, found.standard_deviation),
        (1, 3.0, 0.0)
    );
    let beside = Region::Rectangle([[-9.0, -9.0], [-8.0, -8.0]]);
    assert_eq!(figures(&rescaled(1.0, 0.0), &beside), None);
}

#[test]
fn rule_33_padding_and_what_is_no_number_do_not_count() {
    let whole = Region::Rectangle([[0.0, 0.0], [5.0, 4.0]]);
    let padded = FrameAttributes {
        padding: Some((10, 19)),
        ..rescaled(1.0, 0.0)
    };
    let found = figures(&padded, &whole).expect("ten pixels");
    assert_eq!((found.pixels, found.maximum), (10, 9.0));
    let frame = grey(1, 3, Samples::F32(vec![1.0, f32::NAN, f32::INFINITY]));
    let found = region_figures(
        &frame,
        &rescaled(1.0, 0.0),
        &Region::Rectangle([[0.0, 0.0], [3.0, 1.0]]),
    );
    let found = found.expect("a grey frame").expect("one value");
    assert_eq!((found.pixels, found.mean), (1, 1.0));
    let all_padding = FrameAttributes {
        padding: Some((0, 19)),
        ..rescaled(1.0, 0.0)
    };
    assert_eq!(figures(&all_padding, &whole), None);
}

#[test]
fn neighbouring_regions_share_no_pixel_and_miss_none() {
    let attributes = rescaled(1.0, 0.0);
    let left = Region::Rectangle([[0.0, 0.0], [2.5, 4.0]]);
    let right = Region::Rectangle([[2.5, 0.0], [5.0, 4.0]]);
    let count = |region| figures(&attributes, region).map_or(0, |it| it.pixels);
    assert_eq!(count(&left) + count(&right), 20);
    let below = Region::Polygon(vec![[0.0, 0.0], [5.0, 4.0], [0.0, 4.0]]);
    let above = Region::Polygon(vec![[0.0, 0.0], [5.0, 0.0], [5.0, 4.0]]);
    assert_eq!(count(&below) + count(&above), 20);
}

#[test]
fn the_histogram_holds_every_pixel_that_counts() {
    let whole = Region::Rectangle([[0.0, 0.0], [5.0, 4.0]]);
    for slope in [1.0, 1_000.0, 0.37] {
        let found = figures(&rescaled(slope, 5.0), &whole).expect("twenty pixels");
        let sum: u32 = found.histogram.counts.iter().sum();
        assert_eq!(sum as usize, found.pixels, "slope {slope}");
        assert!(found.histogram.range[0] <= found.minimum);
        assert!(found.histogram.range[1] >= found.maximum);
    }
    let one = figures(&rescaled(1.0, 0.0), &whole)
        .expect("twenty pixels")
        .histogram;
    assert_eq!(one.counts, vec![1; 20]);
}

#[test]
fn a_large_offset_costs_no_digits_of_the_deviation() {
    let values: Vec<f64> = [4.0, 7.0, 13.0, 16.0].map(|value| value + 1e9).to_vec();
    let frame = grey(1, 4, Samples::F64(values));
    let region = Region::Rectangle([[0.0, 0.0], [4.0, 1.0]]);
    let found = region_figures(&frame, &rescaled(1.0, 0.0), &region).expect("a grey frame");
    let found = found.expect("four pixels");
    assert_eq!(found.mean, 1e9 + 10.0);
    assert_eq!(found.standard_deviation, 22.5_f64.sqrt());
}

#[test]
fn areas_follow_the_outline_and_the_calibration() {
    let polygon = Region::Polygon(vec![[0.0, 0.0], [4.0, 0.0], [4.0, 3.0]]);
    assert_eq!(polygon.area_pixels(), 6.0);
    let ellipse = Region::Ellipse([[0.0, 0.0], [4.0, 2.0]]);
    assert!((ellipse.area_pixels() - std::f64::consts::PI * 2.0).abs() < 1e-12);
    let known = FrameAttributes {
        spacing_mm: Some([0.5, 2.0]),
        calibration: SpacingCalibration::Patient,
        ..FrameAttributes::default()
    };
    let corners = [[0.0, 0.0], [4.0, 3.0]];
    let area = area_of(&known, &corners, 6.0);
    assert_eq!((area.value, area.unit), (6.0, "mm²"));
    let area = area_of(&FrameAttributes::default(), &corners, 6.0);
    assert_eq!(
        (area.value, area.unit, area.note.as_str()),
        (6.0, "px²", "uncalibrated")
    );
}

#[test]
fn angles_are_those_on_the_screen_also_with_tall_pixels() {
    let tall = FrameAttributes {
        spacing_mm: Some([2.0, 1.0]),
        ..FrameAttributes::default()
    };
    let angle = angle_between_degrees(&tall, [2.0, 0.0], [2.0, 1.0]).expect("two directions");
    assert!((angle - 45.0).abs() < 1e-9, "{angle}");
    assert_eq!(angle_between_degrees(&tall, [0.0, 0.0], [2.0, 1.0]), None);
}

#[test]
fn a_colour_image_has_no_figures() {
    let frame = colour(
        1,
        Samples::U8(vec![1, 2, 3]),
        PhotometricInterpretation::Rgb,
    );
    let region = Region::Rectangle([[0.0, 0.0], [1.0, 1.0]]);
    assert!(region_figures(&frame, &FrameAttributes::default(), &region).is_err());
}

#[test]
fn broken_outlines_give_no_figures_and_no_panic() {
    let broken = [
        Region::Polygon(Vec::new()),
        Region::Polygon(vec![[f64::NAN, 0.0], [1.0, 1.0], [2.0, 0.0]]),
        Region::Rectangle([[f64::INFINITY, 0.0], [1.0, 1.0]]),
        Region::Ellipse([[1e300, 1e300], [1e301, 1e301]]),
    ];
    for region in broken {
        assert_eq!(figures(&rescaled(1.0, 0.0), &region), None, "{region:?}");
    }
}
