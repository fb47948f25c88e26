//! Grey levels and planes: what the standard and the geometry say, and the same bits on every instruction set.
#![allow(clippy::unwrap_used, reason = "a test stops at its first failure")]

mod support;

use kernel_algebra::{
    AlgebraError, BinaryAlgebra, Interpolation, PlaneGeometry, StoredSamples, StoredView,
};
use ndarray::{Array3, s};
use support::golden::{Bytes, check};
use support::phantom_volume;

const ALL: [Interpolation; 4] = [
    Interpolation::Nearest,
    Interpolation::Linear,
    Interpolation::Cubic,
    Interpolation::Lanczos,
];

fn oblique() -> PlaneGeometry {
    PlaneGeometry {
        origin: [-1.5, 3.0, 7.25],
        row_step: [0.31, 0.9, -0.2],
        column_step: [0.05, 0.33, 0.71],
        shape: [41, 67],
    }
}

#[test]
fn grey_levels_and_planes_keep_their_bits() {
    check("sampling", SAMPLING, |algebra| {
        let volume = phantom_volume(20, 50, 60);
        let stored: Vec<i16> = volume.iter().map(|value| *value as i16).collect();
        let view = StoredView::new(StoredSamples::I16(&stored), [20, 50, 60]).unwrap();
        let levels = algebra.window_stored(view, 1.1, -24.7, 40.0, 400.0);
        ALL.iter()
            .map(|kind| algebra.plane(volume.view(), &oblique(), *kind, -1000.0))
            .fold(Bytes::default().bytes(&levels.unwrap()), |bytes, plane| {
                bytes.floats(&plane.unwrap())
            })
    });
}

const SAMPLING: &str = "096618990d422856251366bc996249c04fa744fc0e883376d6421dd127196d8f";

#[test]
fn a_plane_along_the_voxels_gives_the_voxels() {
    let volume = phantom_volume(5, 30, 40);
    let geometry = PlaneGeometry {
        origin: [2.0, 0.0, 0.0],
        row_step: [0.0, 1.0, 0.0],
        column_step: [0.0, 0.0, 1.0],
        shape: [30, 40],
    };
    for kind in ALL {
        let plane = BinaryAlgebra::new()
            .plane(volume.view(), &geometry, kind, 0.0)
            .unwrap();
        assert_eq!(plane, volume.slice(s![2, .., ..]), "{kind:?}");
    }
}

#[test]
fn half_a_voxel_beyond_the_edge_still_counts_and_no_more() {
    let volume = Array3::from_elem((1, 1, 3), 5.0);
    let geometry = PlaneGeometry {
        origin: [0.0, 0.0, -1.0],
        row_step: [0.0; 3],
        column_step: [0.0, 0.0, 0.5],
        shape: [1, 9],
    };
    for kind in ALL {
        let plane = BinaryAlgebra::new()
            .plane(volume.view(), &geometry, kind, -1.0)
            .unwrap();
        let inside: Vec<bool> = plane.iter().map(|value| *value > 0.0).collect();
        let expected = [false, true, true, true, true, true, true, true, false];
        assert_eq!(inside, expected, "{kind:?}: {plane}");
    }
}

#[test]
fn a_plane_that_cannot_be_is_refused() {
    let volume = Array3::from_elem((2, 2, 2), 1.0);
    let refused = |change: &dyn Fn(&mut PlaneGeometry)| {
        let mut geometry = oblique();
        change(&mut geometry);
        let kind = Interpolation::Linear;
        BinaryAlgebra::new().plane(volume.view(), &geometry, kind, 0.0)
    };
    let parameter = |result| match result {
        Err(AlgebraError::Parameter { parameter, .. }) => parameter,
        other => panic!("{other:?}"),
    };
    assert_eq!(parameter(refused(&|plane| plane.shape = [0, 4])), "shape");
    assert_eq!(
        parameter(refused(&|plane| plane.shape[1] = usize::MAX)),
        "shape"
    );
    let corner = "corner of the plane";
    assert_eq!(
        parameter(refused(&|plane| plane.origin[1] = f64::NAN)),
        corner
    );
    assert_eq!(
        parameter(refused(&|plane| plane.row_step[0] = 1e300)),
        corner
    );
    let far = refused(&|plane| {
        (plane.origin, plane.row_step) = ([0.0; 3], [0.0; 3]);
        (plane.column_step, plane.shape) = ([1.6e7; 3], [1, 1]);
    });
    assert_eq!(far.unwrap().iter().copied().collect::<Vec<_>>(), [1.0]);
    let mut with_nan = volume.clone();
    with_nan[[1, 0, 1]] = f32::NAN;
    let geometry = PlaneGeometry {
        origin: [1.0, 0.0, 0.0],
        row_step: [0.0, 1.0, 0.0],
        column_step: [0.0, 0.0, 1.0],
        shape: [2, 2],
    };
    let found = BinaryAlgebra::new().plane(with_nan.view(), &geometry, Interpolation::Nearest, 0.0);
    assert!(
        matches!(
            found,
            Err(AlgebraError::VoxelNotFinite { at: [1, 0, 1], .. })
        ),
        "{found:?}"
    );
}

#[test]
fn the_window_of_the_standard_is_cut_off_at_both_ends() {
    let stored: Vec<u8> = (0..=255).collect();
    let view = StoredView::new(StoredSamples::U8(&stored), [256]).unwrap();
    let algebra = BinaryAlgebra::new();
    let levels = algebra.window_stored(view, 1.0, 0.0, 128.0, 256.0).unwrap();
    assert_eq!(levels, stored);
    let levels = algebra.window_stored(view, 1.0, 0.0, 100.5, 2.0).unwrap();
    assert_eq!((levels[99], levels[101]), (0, 255));
    let steep = algebra.window_stored(view, 1e30, 0.0, 0.0, 1.5).unwrap();
    assert_eq!((steep[1], steep[255]), (255, 255));
    for (center, width) in [(0.0, 1.0), (f64::NAN, 10.0), (0.0, f64::INFINITY)] {
        assert!(
            algebra
                .window_stored(view, 1.0, 0.0, center, width)
                .is_err()
        );
    }
}
