//! Volumes from slices, and planes through them: exact where the answer is known, nothing beside.

mod support;

use std::sync::Arc;

use kernel_imaging::{
    Frame, FrameAttributes, ImagePlane, LookupTable, ModalityLut, ReslicePlane, Samples,
    SlabProjection, Volume, VolumeError, reslice, reslice_slab,
};
use support::{grey, rescaled};

const SIZE: [usize; 3] = [6, 5, 7];

/// Slices whose values grow by 1 a column, 10 a row and 100 a slice, tilted by `shear_mm` a slice.
fn slices(shear_mm: f64) -> Vec<(Arc<Frame>, FrameAttributes)> {
    let [slices, rows, columns] = SIZE;
    (0..slices)
        .map(|slice| {
            let values = (0..rows * columns)
                .map(|at| (slice * 100 + at / columns * 10 + at % columns) as i16);
            let plane = ImagePlane {
                position_lps_mm: [
                    -20.0,
                    5.0 + shear_mm * slice as f64,
                    30.0 + 3.0 * slice as f64,
                ],
                row_direction_lps: [1.0, 0.0, 0.0],
                column_direction_lps: [0.0, 1.0, 0.0],
                spacing_mm: [2.0, 0.5],
            };
            let attributes = FrameAttributes {
                plane: Some(plane),
                spacing_mm: Some([2.0, 0.5]),
                ..rescaled(1.0, 0.0)
            };
            (
                Arc::new(grey(rows, columns, Samples::I16(values.collect()))),
                attributes,
            )
        })
        .collect()
}

fn volume_of(slices: &[(Arc<Frame>, FrameAttributes)]) -> Result<Volume, VolumeError> {
    let slices: Vec<_> = slices
        .iter()
        .map(|(frame, attributes)| (frame.clone(), attributes))
        .collect();
    Volume::from_slices(&slices)
}

fn volume(shear_mm: f64) -> Volume {
    volume_of(&slices(shear_mm)).expect("even slices")
}

fn values(frame: &Frame) -> Vec<f32> {
    match &frame.samples {
        Samples::F32(values) => values.clone(),
        other => panic!("{other:?}"),
    }
}

/// What the linear phantom is at a patient coordinate.
fn expected(volume: &Volume, lps_mm: [f64; 3]) -> f64 {
    let [column, row, slice] = volume.voxel_from_lps(lps_mm);
    column + 10.0 * row + 100.0 * slice
}

fn oblique() -> ReslicePlane {
    let half = std::f64::consts::FRAC_1_SQRT_2;
    ReslicePlane {
        plane: ImagePlane {
            position_lps_mm: [-18.9, 8.1, 34.3],
            row_direction_lps: [half, half, 0.0],
            column_direction_lps: [0.0, 0.0, 1.0],
            spacing_mm: [0.7, 0.3],
        },
        rows: 9,
        columns: 4,
    }
}

#[test]
fn a_linear_field_comes_back_on_an_oblique_plane() {
    for shear_mm in [0.0, 0.9] {
        let volume = volume(shear_mm);
        let wanted = oblique();
        let frame = reslice(&volume, &wanted);
        for (at, value) in values(&frame).into_iter().enumerate() {
            let point = [(at % 4) as f64 + 0.5, (at / 4) as f64 + 0.5];
            let expected = expected(&volume, wanted.plane.lps_from_image(point));
            assert!(
                (f64::from(value) - expected).abs() < 1e-3,
                "shear {shear_mm}, {at}: {value} {expected}"
            );
        }
    }
}

#[test]
fn a_plane_on_a_slice_gives_its_stored_values() {
    let slices = slices(0.9);
    let volume = volume_of(&slices).expect("even slices");
    for (frame, attributes) in &slices {
        let wanted = ReslicePlane {
            plane: attributes.plane.expect("a plane"),
            rows: SIZE[1],
            columns: SIZE[2],
        };
        let found = values(&reslice(&volume, &wanted));
        let Samples::I16(stored) = &frame.samples else {
            panic!("16 bits")
        };
        let stored: Vec<f32> = stored.iter().map(|value| f32::from(*value)).collect();
        assert_eq!(found, stored);
    }
}

#[test]
fn beside_the_volume_there_is_nothing() {
    let volume = volume(0.0);
    let mut wanted = oblique();
    wanted.plane.position_lps_mm = [1_000.0, 0.0, 0.0];
    assert!(
        values(&reslice(&volume, &wanted))
            .iter()
            .all(|value| value.is_nan())
    );
    // Half a voxel around the outermost centres still belongs to the volume.
    let edge = ReslicePlane {
        plane: ImagePlane {
            position_lps_mm: [-20.5, 5.0, 30.0],
            row_direction_lps: [1.0, 0.0, 0.0],
            column_direction_lps: [0.0, 1.0, 0.0],
            spacing_mm: [1.0, 0.25],
        },
        rows: 1,
        columns: 4,
    };
    let found = values(&reslice(&volume, &edge));
    assert!(
        found[0].is_nan() && found[1] == 0.0 && found[2] == 0.0 && found[3] == 0.5,
        "{found:?}"
    );
}

#[test]
fn slabs_are_the_greatest_the_least_and_the_mean_of_their_planes() {
    let volume = volume(0.0);
    let wanted = ReslicePlane {
        plane: ImagePlane {
            position_lps_mm: [-20.0, 5.0, 36.0],
            row_direction_lps: [1.0, 0.0, 0.0],
            column_direction_lps: [0.0, 1.0, 0.0],
            spacing_mm: [2.0, 0.5],
        },
        rows: SIZE[1],
        columns: SIZE[2],
    };
    let slab = |projection| values(&reslice_slab(&volume, &wanted, 3, 3.0, projection));
    // Slices 1, 2 and 3.
    assert_eq!(slab(SlabProjection::Maximum)[8], 311.0);
    assert_eq!(slab(SlabProjection::Minimum)[8], 111.0);
    assert_eq!(slab(SlabProjection::Mean)[8], 211.0);
    // Planes beyond the end count for nothing: slices 0 to 3 of nine planes around slice 0.
    let mut first = wanted;
    first.plane.position_lps_mm[2] = 30.0;
    let mean = values(&reslice_slab(&volume, &first, 7, 3.0, SlabProjection::Mean));
    assert_eq!(mean[0], 150.0);
}

#[test]
fn padding_bleeds_into_no_neighbour() {
    let mut slices = slices(0.0);
    for (frame, attributes) in &mut slices {
        attributes.padding = Some((-2_000, -2_000));
        let mut padded = (**frame).clone();
        if let Samples::I16(values) = &mut padded.samples {
            values[3] = -2_000;
        }
        *frame = Arc::new(padded);
    }
    let volume = volume_of(&slices).expect("even slices");
    let along = ReslicePlane {
        plane: ImagePlane {
            position_lps_mm: [-20.0, 5.0, 30.0],
            row_direction_lps: [1.0, 0.0, 0.0],
            column_direction_lps: [0.0, 1.0, 0.0],
            spacing_mm: [2.0, 0.1],
        },
        rows: 1,
        columns: 31,
    };
    let found = values(&reslice(&volume, &along));
    let allowed = |value: &f32| *value == -2_000.0 || (0.0..=6.0).contains(value);
    assert!(found.iter().all(allowed), "{found:?}");
    assert!(found.contains(&-2_000.0));
}

#[test]
fn the_thread_count_changes_no_bit() {
    let volume = volume(0.4);
    let mut wanted = oblique();
    (wanted.rows, wanted.columns) = (120, 90);
    wanted.plane.spacing_mm = [0.05, 0.02];
    let bits = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("a pool");
        pool.install(|| {
            let plane = values(&reslice(&volume, &wanted));
            let slab = values(&reslice_slab(
                &volume,
                &wanted,
                5,
                0.3,
                SlabProjection::Mean,
            ));
            plane
                .into_iter()
                .chain(slab)
                .map(f32::to_bits)
                .collect::<Vec<u32>>()
        })
    };
    let one = bits(1);
    assert_eq!(one, bits(2));
    assert_eq!(one, bits(7));
}

#[test]
fn slices_that_are_no_volume_are_refused_with_the_slice_named() {
    let refused = |change: fn(&mut Vec<(Arc<Frame>, FrameAttributes)>)| {
        let mut slices = slices(0.0);
        change(&mut slices);
        volume_of(&slices).expect_err("no volume").to_string()
    };
    assert_eq!(
        refused(|slices| slices.truncate(1)),
        "A volume needs two slices or more, found `1`"
    );
    assert_eq!(
        refused(|slices| slices[2].1.plane = None),
        "Slice 3 has no position in the patient"
    );
    assert_eq!(
        refused(|slices| {
            slices.remove(2);
        }),
        "Slice 2 lies 0.75 mm from its place on an even grid"
    );
    assert_eq!(
        refused(|slices| slices[1].1 = FrameAttributes {
            modality_lut: ModalityLut::Table(Arc::new(LookupTable {
                first_mapped: 0,
                bits: 8,
                values: vec![1, 2],
            })),
            ..slices[1].1.clone()
        }),
        "Slice 2 has another modality table than the first"
    );
    assert_eq!(
        refused(|slices| slices[4].0 = Arc::new(grey(1, 1, Samples::I16(vec![0])))),
        "Slice 5 has another matrix or another kind of values than the first"
    );
}

#[test]
fn slices_of_differing_rescales_share_their_unit_and_padding_is_nothing() {
    let mut slices = slices(0.0);
    slices[1].1.modality_lut = rescaled(2.0, 1.0).modality_lut;
    slices[2].1.padding = Some((210, 210));
    let volume = volume_of(&slices).expect("a volume");
    assert_eq!(volume.attributes.modality_lut, ModalityLut::IDENTITY);
    let Samples::F32(values) = &volume.samples else {
        panic!("{:?}", volume.samples)
    };
    let at = |slice: usize, row: usize, column: usize| {
        values[(slice * SIZE[1] + row) * SIZE[2] + column]
    };
    assert_eq!(at(0, 3, 4), 34.0);
    assert_eq!(at(1, 3, 4), 2.0 * 134.0 + 1.0);
    assert!(at(2, 1, 0).is_nan());
    assert_eq!(at(2, 1, 1), 211.0);
}
