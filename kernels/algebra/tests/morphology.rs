//! Morphology on words gives what a loop over voxels and their neighbours gives.
#![allow(clippy::unwrap_used, reason = "a test stops at its first failure")]

mod support;

use kernel_algebra::{BitMask, Border, Neighbours};
use support::{ALL_NEIGHBOURS, mask_where, noise_mask, voxels};

const SHAPES: [[usize; 3]; 8] = [
    [1, 1, 1],
    [3, 1, 5],
    [1, 4, 64],
    [2, 3, 63],
    [3, 2, 65],
    [4, 5, 128],
    [5, 4, 130],
    [3, 6, 200],
];

fn offsets(neighbours: Neighbours) -> Vec<[isize; 3]> {
    let all = (0..27).map(|at: isize| [at / 9 - 1, at / 3 % 3 - 1, at % 3 - 1]);
    all.filter(|offset| {
        let steps: isize = offset.iter().map(|step| step.abs()).sum();
        match neighbours {
            Neighbours::Four => offset[0] == 0 && steps <= 1,
            Neighbours::Eight => offset[0] == 0,
            Neighbours::Six => steps <= 1,
            Neighbours::Eighteen => steps <= 2,
            Neighbours::TwentySix => true,
        }
    })
    .collect()
}

/// Whether a voxel that may lie outside the volume is in the mask.
fn at(mask: &BitMask, voxel: [usize; 3], offset: [isize; 3], outside: bool) -> bool {
    let shape = mask.shape();
    let moved: Option<Vec<usize>> = (0..3)
        .map(|axis| {
            voxel[axis]
                .checked_add_signed(offset[axis])
                .filter(|at| *at < shape[axis])
        })
        .collect();
    moved.map_or(outside, |at| mask.get([at[0], at[1], at[2]]))
}

fn eroded(mask: &BitMask, offsets: &[[isize; 3]], outside: bool) -> BitMask {
    mask_where(mask.shape(), |voxel| {
        offsets
            .iter()
            .all(|offset| at(mask, voxel, *offset, outside))
    })
}

fn dilated(mask: &BitMask, offsets: &[[isize; 3]]) -> BitMask {
    mask_where(mask.shape(), |voxel| {
        offsets.iter().any(|offset| at(mask, voxel, *offset, false))
    })
}

#[test]
fn erosion_and_dilation_agree_with_their_definition() {
    for (seed, shape) in SHAPES.into_iter().enumerate() {
        for parts in [20, 128, 240, 256] {
            let mask = noise_mask(shape, parts, seed);
            for neighbours in ALL_NEIGHBOURS {
                let offsets = offsets(neighbours);
                let name = format!("{neighbours:?} of {shape:?}, {parts} of 256");
                let once = [
                    eroded(&mask, &offsets, false),
                    eroded(&mask, &offsets, true),
                    dilated(&mask, &offsets),
                ];
                assert!(
                    mask.erode(neighbours, 1, Border::Empty) == once[0],
                    "{name}"
                );
                assert!(mask.erode(neighbours, 1, Border::Full) == once[1], "{name}");
                assert!(mask.dilate(neighbours, 1) == once[2], "{name}");
                let twice = [
                    eroded(&once[0], &offsets, false),
                    eroded(&once[1], &offsets, true),
                    dilated(&once[2], &offsets),
                ];
                assert!(
                    mask.erode(neighbours, 2, Border::Empty) == twice[0],
                    "{name}"
                );
                assert!(
                    mask.erode(neighbours, 2, Border::Full) == twice[1],
                    "{name}"
                );
                assert!(mask.dilate(neighbours, 2) == twice[2], "{name}");
            }
        }
    }
}

#[test]
fn opening_only_removes_and_closing_only_adds() {
    for (seed, shape) in SHAPES.into_iter().enumerate() {
        let mask = noise_mask(shape, 190, seed);
        for neighbours in ALL_NEIGHBOURS {
            let opened = mask.open(neighbours, 1, Border::Empty);
            assert_eq!(
                opened,
                dilated(
                    &eroded(&mask, &offsets(neighbours), false),
                    &offsets(neighbours)
                )
            );
            assert_eq!(opened.andnot(&mask).unwrap().count(), 0);
            let closed = mask.close(neighbours, 1);
            assert_eq!(
                closed,
                eroded(
                    &dilated(&mask, &offsets(neighbours)),
                    &offsets(neighbours),
                    true
                )
            );
            assert_eq!(mask.andnot(&closed).unwrap().count(), 0);
        }
    }
}

#[test]
fn no_iteration_changes_nothing_and_many_end_with_all_or_nothing() {
    let mask = noise_mask([3, 40, 70], 128, 1);
    assert_eq!(mask.dilate(Neighbours::Six, 0), mask);
    let all = BitMask::empty(mask.shape()).unwrap().not();
    assert_eq!(mask.dilate(Neighbours::Six, usize::MAX), all);
    assert_eq!(
        mask.erode(Neighbours::Six, usize::MAX, Border::Full)
            .count(),
        0
    );
    assert_eq!(
        all.erode(Neighbours::TwentySix, usize::MAX, Border::Full),
        all
    );
    assert_eq!(
        all.erode(Neighbours::Four, usize::MAX, Border::Empty)
            .count(),
        0
    );
}

#[test]
fn a_shifted_mask_holds_the_moved_voxels() {
    for (seed, shape) in SHAPES.into_iter().enumerate() {
        let mask = noise_mask(shape, 128, seed);
        for by in [
            [0, 0, 0],
            [1, 0, 0],
            [0, -1, 0],
            [0, 0, 1],
            [0, 0, -1],
            [-1, 1, 63],
            [0, 0, 64],
            [0, 0, -65],
            [1, -2, 130],
            [isize::MIN, isize::MAX, isize::MIN],
            [0, 0, isize::MIN],
        ] {
            let moved = mask.shift(by);
            for voxel in voxels(shape) {
                let back = by.map(|steps: isize| steps.saturating_neg());
                let expected = (0..3)
                    .all(|axis| voxel[axis].checked_add_signed(back[axis]).is_some())
                    && at(&mask, voxel, back, false);
                assert_eq!(
                    moved.get(voxel),
                    expected,
                    "{shape:?} by {by:?} at {voxel:?}"
                );
            }
            assert_eq!(
                BitMask::from_words(shape, moved.words().to_vec()).as_ref(),
                Ok(&moved)
            );
        }
    }
}

#[test]
fn a_radius_takes_the_voxels_within_it_for_any_spacing() {
    let cases = [
        (
            [5, 7, 70],
            [1.0, 1.0, 1.0],
            vec![0.0, 0.99, 1.0, 1.5, 2.0, 3.0, 100.0],
        ),
        ([4, 9, 66], [2.5, 0.7, 0.7], vec![0.6, 0.7, 2.1, 2.5, 4.0]),
        ([3, 3, 130], [0.5, 3.0, 0.1], vec![0.3, 1.0, 7.0]),
        ([1, 12, 64], [1e9, 1.0, 2.0], vec![1.0, 2.0, 3.5]),
    ];
    for (shape, spacing, radii) in cases {
        let mask = noise_mask(shape, 3, 5);
        let inside: Vec<_> = voxels(shape).filter(|voxel| mask.get(*voxel)).collect();
        let near = |centre: [usize; 3], list: &[[usize; 3]], radius: f64| {
            list.iter().any(|other| {
                let square: f64 = (0..3)
                    .map(|axis| (centre[axis].abs_diff(other[axis]) as f64 * spacing[axis]).powi(2))
                    .sum();
                square <= radius * radius * (1.0 + 1e-9)
            })
        };
        for radius in radii {
            let name = format!("{radius} mm of {shape:?}");
            let wide = mask.dilate_mm(radius, spacing).unwrap();
            assert!(
                wide == mask_where(shape, |voxel| near(voxel, &inside, radius)),
                "{name}"
            );
            let gaps: Vec<_> = voxels(shape).filter(|voxel| !wide.get(*voxel)).collect();
            let full = wide.erode_mm(radius, spacing, Border::Full).unwrap();
            assert!(
                full == mask_where(shape, |voxel| !near(voxel, &gaps, radius)),
                "{name}"
            );
            assert_eq!(mask.close_mm(radius, spacing).unwrap(), full);
            assert_eq!(mask.andnot(&full).unwrap().count(), 0, "{name}");
            let edge = |voxel: [usize; 3]| {
                (0..3).any(|axis| {
                    let steps = (voxel[axis] + 1).min(shape[axis] - voxel[axis]) as f64;
                    (steps * spacing[axis]).powi(2) <= radius * radius * (1.0 + 1e-9)
                })
            };
            let empty = wide.erode_mm(radius, spacing, Border::Empty).unwrap();
            assert!(
                empty == mask_where(shape, |v| !edge(v) && !near(v, &gaps, radius)),
                "{name}"
            );
            let opened = wide.open_mm(radius, spacing, Border::Full).unwrap();
            assert_eq!(opened, wide, "what was dilated is open: {name}");
        }
    }
}

#[test]
fn a_radius_or_spacing_that_is_no_length_is_refused() {
    let mask = noise_mask([2, 3, 4], 128, 1);
    for (radius, spacing, message) in [
        (
            -1.0,
            [1.0; 3],
            "The parameter `radius_mm` is -1; it must be zero or a positive finite number",
        ),
        (
            f64::NAN,
            [1.0; 3],
            "The parameter `radius_mm` is NaN; it must be zero or a positive finite number",
        ),
        (
            1.0,
            [1.0, 0.0, 1.0],
            "The parameter `spacing_mm` is [1.0, 0.0, 1.0]; it must be three positive finite numbers",
        ),
    ] {
        assert_eq!(
            mask.dilate_mm(radius, spacing).unwrap_err().to_string(),
            message
        );
        assert_eq!(
            mask.erode_mm(radius, spacing, Border::Empty)
                .unwrap_err()
                .to_string(),
            message
        );
    }
}

#[test]
fn the_surface_is_what_an_erosion_takes_away() {
    let mask = mask_where([5, 6, 7], |_| true);
    assert_eq!(mask.surface().count(), 5 * 6 * 7 - 3 * 4 * 5);
}
