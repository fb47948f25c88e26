//! Planes through a volume: they cover it, hold voxels as they are along its axes, and turn without bending.

mod support;

use std::sync::Arc;

use kernel_imaging::{
    Frame, FrameAttributes, ImagePlane, PLANE_SIDE_MAX, ReslicePlane, SLAB_PLANES_MAX, Samples,
    Volume, check_volume, reslice, slab_planes, turned,
};
use support::{grey, rescaled};

const SIZE: [usize; 3] = [5, 6, 8];

/// Slices 4 mm apart, sheared by `shear_mm` a slice, whose values tell column, row and slice.
fn volume(shear_mm: f64) -> Volume {
    let [slices, rows, columns] = SIZE;
    let made: Vec<(Arc<Frame>, FrameAttributes)> = (0..slices)
        .map(|slice| {
            let values = (0..rows * columns)
                .map(|at| (slice * 100 + at / columns * 10 + at % columns) as i16)
                .collect();
            let plane = ImagePlane {
                position_lps_mm: [-9.0, 7.0 + shear_mm * slice as f64, 4.0 * slice as f64],
                row_direction_lps: [1.0, 0.0, 0.0],
                column_direction_lps: [0.0, 1.0, 0.0],
                spacing_mm: [1.5, 0.5],
            };
            let attributes = FrameAttributes {
                plane: Some(plane),
                ..rescaled(1.0, 0.0)
            };
            (
                Arc::new(grey(rows, columns, Samples::I16(values))),
                attributes,
            )
        })
        .collect();
    let slices: Vec<_> = made.iter().map(|(frame, it)| (frame.clone(), it)).collect();
    Volume::from_slices(&slices).expect("even slices")
}

fn values(frame: &Frame) -> Vec<f32> {
    match &frame.samples {
        Samples::F32(values) => values.clone(),
        other => panic!("{other:?}"),
    }
}

const LEFT: [f64; 3] = [1.0, 0.0, 0.0];
const BACK: [f64; 3] = [0.0, 1.0, 0.0];
const FEET: [f64; 3] = [0.0, 0.0, -1.0];

#[test]
fn planes_along_the_axes_hold_the_voxels_as_they_are() {
    let volume = volume(0.0);
    let middle = volume.middle_voxel_lps_mm();
    let axial = ReslicePlane::through(&volume, LEFT, BACK, middle);
    assert_eq!((axial.rows, axial.columns), (6, 8));
    assert_eq!(axial.plane.spacing_mm, [1.5, 0.5]);
    let frame = reslice(&volume, &axial);
    let expected: Vec<f32> = (0..48)
        .map(|at| (200 + at / 8 * 10 + at % 8) as f32)
        .collect();
    assert_eq!(values(&frame), expected);
    // From the head down, as a coronal plane is looked at.
    let coronal = ReslicePlane::through(&volume, LEFT, FEET, middle);
    assert_eq!((coronal.rows, coronal.columns), (5, 8));
    assert_eq!(coronal.plane.spacing_mm, [4.0, 0.5]);
    let frame = reslice(&volume, &coronal);
    assert_eq!(values(&frame)[..3], [430.0, 431.0, 432.0]);
    assert_eq!(values(&frame)[39], 37.0);
}

#[test]
fn an_oblique_plane_reaches_every_corner_of_a_tilted_volume() {
    let volume = volume(1.0);
    let [row, column] = turned(LEFT, FEET, [0.6, 0.0, 0.8], 33.0);
    let point = volume.middle_voxel_lps_mm();
    let wanted = ReslicePlane::through(&volume, row, column, point);
    assert!(wanted.plane.image_from_lps(point).1.abs() < 1e-9);
    for corner in 0..8 {
        let end = |bit: usize, last: usize| {
            if corner >> bit & 1 == 0 {
                0.0
            } else {
                last as f64
            }
        };
        let voxel = [
            end(0, SIZE[2] - 1),
            end(1, SIZE[1] - 1),
            end(2, SIZE[0] - 1),
        ];
        let ([x, y], _) = wanted.plane.image_from_lps(volume.lps_from_voxel(voxel));
        assert!(x > 0.49 && x < wanted.columns as f64, "{x}");
        assert!(y > 0.49 && y < wanted.rows as f64, "{y}");
    }
    // Another point of the same plane gives the same plane.
    let other: [f64; 3] = std::array::from_fn(|at| point[at] + 3.0 * row[at] - 2.0 * column[at]);
    let again = ReslicePlane::through(&volume, row, column, other);
    for axis in 0..3 {
        let apart = again.plane.position_lps_mm[axis] - wanted.plane.position_lps_mm[axis];
        assert!(apart.abs() < 1e-9);
    }
}

#[test]
fn turns_keep_right_angles_and_a_full_turn_comes_back() {
    let axis = [0.0, 0.6, 0.8];
    let (mut row, mut column) = (LEFT, FEET);
    for _ in 0..360 {
        [row, column] = turned(row, column, axis, 1.0);
    }
    let dot =
        |one: [f64; 3], other: [f64; 3]| -> f64 { (0..3).map(|at| one[at] * other[at]).sum() };
    assert!(dot(row, column).abs() < 1e-12);
    assert!((dot(row, LEFT) - 1.0).abs() < 1e-9 && (dot(column, FEET) - 1.0).abs() < 1e-9);
    let [row, _] = turned(LEFT, BACK, [0.0, 0.0, 1.0], 90.0);
    assert!(
        (dot(row, BACK) - 1.0).abs() < 1e-12,
        "towards the back: {row:?}"
    );
}

#[test]
fn a_slab_lies_evenly_around_its_plane_and_is_bounded() {
    assert_eq!(slab_planes(0.0, 4.0), (1, 4.0));
    assert_eq!(slab_planes(4.0, 4.0), (1, 4.0));
    assert_eq!(slab_planes(12.0, 4.0), (3, 4.0));
    assert_eq!(slab_planes(10.0, 4.0), (3, 10.0 / 3.0));
    assert_eq!(slab_planes(13.0, 4.0).0, 5);
    assert_eq!(slab_planes(1e9, 0.1).0, SLAB_PLANES_MAX - 1);
    assert_eq!(slab_planes(f64::NAN, 4.0).0, 1);
}

#[test]
fn two_planes_cut_each_other_along_a_step_of_one_mm() {
    let volume = volume(0.0);
    let middle = volume.middle_voxel_lps_mm();
    let axial = ReslicePlane::through(&volume, LEFT, BACK, middle).plane;
    // The coronal plane cuts the axial one along a row: two columns of half a mm.
    let along = axial.cut_direction(BACK).expect("not parallel");
    assert!(
        (along[0].abs() - 2.0).abs() < 1e-12 && along[1].abs() < 1e-12,
        "{along:?}"
    );
    assert_eq!(axial.cut_direction([0.0, 0.0, 1.0]), None);
}

#[test]
fn what_headers_can_tell_is_told_before_decoding() {
    let plane = |z: f64| FrameAttributes {
        plane: Some(ImagePlane {
            position_lps_mm: [0.0, 0.0, z],
            row_direction_lps: LEFT,
            column_direction_lps: BACK,
            spacing_mm: [1.0, 1.0],
        }),
        ..rescaled(1.0, 0.0)
    };
    let check = |places: &[f64]| {
        let slices: Vec<FrameAttributes> = places.iter().map(|z| plane(*z)).collect();
        check_volume(&slices).map_err(|error| error.to_string())
    };
    assert_eq!(check(&[0.0, 2.0, 4.0]), Ok(()));
    let gap = check(&[0.0, 2.0, 6.0, 8.0]).expect_err("a gap");
    assert!(gap.contains("from its place on an even grid"), "{gap}");
    assert!(check(&[0.0]).is_err() && check(&[]).is_err());
    let projection = [FrameAttributes::default(), FrameAttributes::default()];
    assert!(check_volume(&projection).is_err());
}

#[test]
fn a_long_side_is_sampled_more_coarsely() {
    let rows = 6_000;
    let made: Vec<(Arc<Frame>, FrameAttributes)> = (0..2)
        .map(|slice| {
            let plane = ImagePlane {
                position_lps_mm: [0.0, 0.0, f64::from(slice)],
                row_direction_lps: LEFT,
                column_direction_lps: BACK,
                spacing_mm: [0.1, 1.0],
            };
            let attributes = FrameAttributes {
                plane: Some(plane),
                ..rescaled(1.0, 0.0)
            };
            (
                Arc::new(grey(rows, 2, Samples::U8(vec![0; rows * 2]))),
                attributes,
            )
        })
        .collect();
    let slices: Vec<_> = made.iter().map(|(frame, it)| (frame.clone(), it)).collect();
    let volume = Volume::from_slices(&slices).expect("even slices");
    let wanted = ReslicePlane::through(&volume, LEFT, BACK, [0.0; 3]);
    assert_eq!(wanted.rows, PLANE_SIDE_MAX);
    let reach_mm = wanted.plane.spacing_mm[0] * (wanted.rows - 1) as f64;
    assert!((reach_mm - 599.9).abs() < 1e-6, "{reach_mm}");
}

#[test]
fn an_image_cuts_another_plane_along_its_own_width() {
    let axial = ImagePlane {
        position_lps_mm: [-10.0, -10.0, 5.0],
        row_direction_lps: LEFT,
        column_direction_lps: BACK,
        spacing_mm: [1.0, 1.0],
    };
    // A coronal image 8 mm wide and high around the axial one's height, at the back of it.
    let coronal = ImagePlane {
        position_lps_mm: [-3.5, 2.0, 8.5],
        row_direction_lps: LEFT,
        column_direction_lps: FEET,
        spacing_mm: [1.0, 1.0],
    };
    let [from, to] = axial.cut_by(&coronal, [8, 8]).expect("they cross");
    let mut ends = [from, to];
    ends.sort_by(|one, other| one[0].total_cmp(&other[0]));
    assert_eq!(ends, [[6.5, 12.5], [14.5, 12.5]]);
    let higher = ImagePlane {
        position_lps_mm: [-3.5, 2.0, 18.5],
        ..coronal
    };
    assert_eq!(axial.cut_by(&higher, [8, 8]), None, "it ends above");
    let parallel = ImagePlane {
        position_lps_mm: [-10.0, -10.0, 9.0],
        ..axial
    };
    assert_eq!(axial.cut_by(&parallel, [8, 8]), None);
}
