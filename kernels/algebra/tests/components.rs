//! Components, holes, overlaps, distances and run lengths agree with plain loops over voxels.
#![allow(clippy::unwrap_used, reason = "a test stops at its first failure")]

mod support;

use std::collections::VecDeque;

use kernel_algebra::{AlgebraError, BitMask, Neighbours};
use ndarray::Array3;
use support::{ALL_NEIGHBOURS, mask_where, noise_mask, voxels};

const SHAPES: [[usize; 3]; 6] = [
    [1, 1, 1],
    [1, 20, 64],
    [3, 9, 65],
    [20, 7, 12],
    [9, 11, 130],
    [17, 3, 63],
];

fn touch(neighbours: Neighbours, [z, y, x]: [isize; 3]) -> bool {
    let steps = z.abs() + y.abs() + x.abs();
    match neighbours {
        Neighbours::Four => z == 0 && steps == 1,
        Neighbours::Eight => z == 0 && steps >= 1,
        Neighbours::Six => steps == 1,
        Neighbours::Eighteen => steps == 1 || steps == 2,
        Neighbours::TwentySix => steps >= 1,
    }
}

/// Labels by flood filling from each voxel in order.
fn flooded(mask: &BitMask, neighbours: Neighbours) -> Array3<u32> {
    let mut labels = Array3::<u32>::zeros(mask.shape());
    let mut next = 0;
    for seed in voxels(mask.shape()) {
        if !mask.get(seed) || labels[seed] > 0 {
            continue;
        }
        next += 1;
        labels[seed] = next;
        let mut queue = VecDeque::from([seed]);
        while let Some([z, y, x]) = queue.pop_front() {
            for step in 0..27isize {
                let by = [step / 9 - 1, step / 3 % 3 - 1, step % 3 - 1];
                let moved = [
                    z.wrapping_add_signed(by[0]),
                    y.wrapping_add_signed(by[1]),
                    x.wrapping_add_signed(by[2]),
                ];
                if touch(neighbours, by) && mask.get(moved) && labels[moved] == 0 {
                    labels[moved] = next;
                    queue.push_back(moved);
                }
            }
        }
    }
    labels
}

#[test]
fn components_are_those_of_a_flood_fill() {
    for (seed, shape) in SHAPES.into_iter().enumerate() {
        for parts in [0, 30, 90, 128, 200, 256] {
            let mask = noise_mask(shape, parts, seed + 3);
            for neighbours in ALL_NEIGHBOURS {
                let components = mask.components(neighbours).unwrap();
                let expected = flooded(&mask, neighbours);
                assert!(
                    components.labels() == expected,
                    "{neighbours:?} of {shape:?}, {parts}"
                );
                check_statistics(&components, &expected);
                assert_eq!(components.keep(|_| true).unwrap(), mask);
            }
        }
    }
}

fn check_statistics(components: &kernel_algebra::Components, labels: &Array3<u32>) {
    let most = labels.iter().copied().max().unwrap();
    assert_eq!(components.len(), most as usize);
    assert_eq!(components.is_empty(), most == 0);
    for (index, component) in components.statistics().iter().enumerate() {
        assert_eq!(component.label as usize, index + 1);
        let of: Vec<[usize; 3]> = labels
            .indexed_iter()
            .filter(|(_, label)| **label == component.label)
            .map(|((k, i, j), _)| [k, i, j])
            .collect();
        assert_eq!(
            (component.voxels, component.first),
            (of.len() as u64, of[0])
        );
        for axis in 0..3 {
            let along = of.iter().map(|voxel| voxel[axis]);
            assert_eq!(Some(component.least[axis]), along.clone().min());
            assert_eq!(Some(component.greatest[axis]), along.clone().max());
            let mean = along.sum::<usize>() as f64 / of.len() as f64;
            assert!((component.centroid[axis] - mean).abs() < 1e-12);
        }
        assert_eq!(component.volume_ml(500.0), of.len() as f64 / 2.0);
    }
}

#[test]
fn the_largest_component_is_kept_and_of_equal_ones_the_first() {
    let mask = mask_where([1, 5, 70], |[_, row, column]| match row {
        0 => column < 3,
        2 => (62..67).contains(&column) || column < 2,
        4 => (10..15).contains(&column),
        _ => false,
    });
    let largest = mask.keep_largest(Neighbours::Six).unwrap();
    assert_eq!(
        largest,
        mask_where([1, 5, 70], |[_, row, column]| row == 2
            && (62..67).contains(&column))
    );
    let two = mask
        .components(Neighbours::Six)
        .unwrap()
        .largest(2)
        .unwrap();
    assert_eq!(two.count(), 10);
    let empty = BitMask::empty([2, 3, 4]).unwrap();
    assert_eq!(empty.keep_largest(Neighbours::Six), Ok(empty.clone()));
}

#[test]
fn holes_are_what_no_way_leads_to_from_an_edge() {
    let shell = |voxel: [usize; 3]| {
        let far = voxel.iter().map(|at| at.abs_diff(4)).max().unwrap();
        far == 2 || far == 3
    };
    let box_of_7 = |voxel: [usize; 3]| voxel.iter().all(|at| at.abs_diff(4) <= 3);
    let mask = mask_where([9, 9, 9], shell);
    assert_eq!(
        mask.fill_holes(Neighbours::Six).unwrap(),
        mask_where([9, 9, 9], box_of_7)
    );
    // A tunnel along the slices opens the hole, but not within a slice.
    let tunnel = mask_where([9, 9, 9], |[k, i, j]| shell([k, i, j]) && (i, j) != (4, 4));
    assert_eq!(tunnel.fill_holes(Neighbours::Six).unwrap(), tunnel);
    assert_eq!(
        tunnel.fill_holes(Neighbours::Four).unwrap(),
        mask_where([9, 9, 9], box_of_7)
    );
    for seed in 0..4 {
        let mask = noise_mask([5, 12, 70], 170, seed);
        for background in ALL_NEIGHBOURS {
            let labels = flooded(&mask.not(), background);
            let flat = matches!(background, Neighbours::Four | Neighbours::Eight);
            let mut open = vec![false; labels.iter().copied().max().unwrap() as usize + 1];
            for at @ [k, i, j] in voxels(mask.shape()) {
                if i == 0 || i == 11 || j == 0 || j == 69 || (!flat && (k == 0 || k == 4)) {
                    open[labels[at] as usize] = true;
                }
            }
            let expected = mask_where(mask.shape(), |at| {
                mask.get(at) || !open[labels[at] as usize]
            });
            assert!(
                mask.fill_holes(background).unwrap() == expected,
                "{background:?} {seed}"
            );
        }
    }
}

#[test]
fn dice_and_jaccard_count_shared_voxels() {
    let a = mask_where([1, 1, 100], |[_, _, column]| column < 60);
    let b = mask_where([1, 1, 100], |[_, _, column]| column >= 40);
    let overlap = a.overlap(&b).unwrap();
    assert_eq!((overlap.intersection, overlap.union), (20, 100));
    assert_eq!((overlap.dice, overlap.jaccard), (40.0 / 120.0, 0.2));
    let empty = BitMask::empty([1, 1, 100]).unwrap();
    assert_eq!(empty.overlap(&empty).unwrap().dice, 1.0);
    assert_eq!(empty.overlap(&a).unwrap().jaccard, 0.0);
}

#[test]
fn distances_are_those_to_the_nearest_voxel() {
    for (seed, shape) in SHAPES.into_iter().enumerate() {
        for (parts, spacing) in [
            (2, [1.0, 1.0, 1.0]),
            (20, [2.0, 3.0, 1.0]),
            (3, [2.5, 0.7, 0.3]),
        ] {
            let mask = noise_mask(shape, parts, seed + 20);
            let inside: Vec<_> = voxels(shape).filter(|voxel| mask.get(*voxel)).collect();
            let squares = mask.squared_distance(spacing).unwrap();
            let distances = mask.distance_mm(spacing).unwrap();
            for voxel in voxels(shape) {
                let least = inside
                    .iter()
                    .map(|other| {
                        (0..3)
                            .map(|axis| {
                                (voxel[axis].abs_diff(other[axis]) as f64 * spacing[axis]).powi(2)
                            })
                            .sum::<f64>()
                    })
                    .fold(f64::INFINITY, f64::min);
                let found = squares[voxel];
                let whole = spacing.iter().all(|mm| mm.fract() == 0.0);
                let allowed = if whole { 0.0 } else { 1e-12 * least };
                assert!(
                    found == least || (found - least).abs() <= allowed,
                    "{voxel:?} of {shape:?}: {found} {least}"
                );
                assert_eq!(distances[voxel], found.sqrt() as f32);
            }
        }
    }
}

#[test]
fn surfaces_are_as_far_apart_as_their_farthest_voxels() {
    let spacing = [2.0, 1.0, 0.5];
    let (a, b) = (noise_mask([4, 9, 70], 4, 1), noise_mask([4, 9, 70], 5, 2));
    let list = |mask: &BitMask| {
        voxels([4, 9, 70])
            .filter(|voxel| mask.get(*voxel))
            .collect::<Vec<_>>()
    };
    let directed = |from: &[[usize; 3]], to: &[[usize; 3]]| {
        let mut distances: Vec<f64> = from
            .iter()
            .map(|voxel| {
                to.iter()
                    .map(|other| {
                        (0..3)
                            .map(|axis| {
                                (voxel[axis].abs_diff(other[axis]) as f64 * spacing[axis]).powi(2)
                            })
                            .sum::<f64>()
                            .sqrt()
                    })
                    .fold(f64::INFINITY, f64::min)
            })
            .collect();
        distances.sort_by(f64::total_cmp);
        distances
    };
    let (surface_a, surface_b) = (list(&a.surface()), list(&b.surface()));
    let (there, back) = (
        directed(&surface_a, &surface_b),
        directed(&surface_b, &surface_a),
    );
    let found = a.surface_distances(&b, spacing).unwrap();
    assert!((found.hausdorff_mm - there.last().unwrap().max(*back.last().unwrap())).abs() < 1e-12);
    let percentile = |list: &[f64]| {
        let at = 0.95 * (list.len() - 1) as f64;
        let low = list[at.floor() as usize];
        low + (list[at.ceil() as usize] - low) * at.fract()
    };
    assert!((found.hausdorff_95_mm - percentile(&there).max(percentile(&back))).abs() < 1e-9);
    let mean =
        (there.iter().sum::<f64>() + back.iter().sum::<f64>()) / (there.len() + back.len()) as f64;
    assert!((found.mean_mm - mean).abs() < 1e-9);
    assert_eq!(
        b.surface_distances(&a, spacing).unwrap().hausdorff_mm,
        found.hausdorff_mm
    );
    assert_eq!(a.surface_distances(&a, spacing).unwrap().hausdorff_mm, 0.0);
    let empty = BitMask::empty([4, 9, 70]).unwrap();
    assert_eq!(
        a.surface_distances(&empty, spacing).unwrap().hausdorff_mm,
        f64::INFINITY
    );
    assert_eq!(
        empty
            .surface_distances(&empty, spacing)
            .unwrap()
            .hausdorff_95_mm,
        0.0
    );
}

#[test]
fn run_lengths_give_the_mask_back_and_nothing_else_does() {
    for (seed, shape) in SHAPES.into_iter().enumerate() {
        for parts in [0, 10, 128, 250, 256] {
            let mask = noise_mask(shape, parts, seed);
            let bytes = mask.to_run_lengths();
            let count = shape.iter().product::<usize>() as u64;
            assert_eq!(
                BitMask::from_run_lengths(&bytes, count),
                Ok(mask),
                "{shape:?} {parts}"
            );
            for length in 0..bytes.len() {
                assert!(BitMask::from_run_lengths(&bytes[..length], count).is_err());
            }
            let mut longer = bytes.clone();
            longer.push(1);
            assert!(BitMask::from_run_lengths(&longer, count).is_err());
            assert!(matches!(
                BitMask::from_run_lengths(&bytes, count - 1),
                Err(AlgebraError::TooLarge { .. })
            ));
            // Whatever changed bytes decode to is encoded as these bytes.
            for index in 0..bytes.len().min(40) {
                for change in [1, 2, 0x40, 0x80] {
                    let mut changed = bytes.clone();
                    changed[index] ^= change;
                    if let Ok(mask) = BitMask::from_run_lengths(&changed, 1 << 20) {
                        assert_eq!(mask.to_run_lengths(), changed);
                    }
                }
            }
        }
    }
    let error = BitMask::from_run_lengths(b"CXRL\x01\x01\x01\x08\x03\x09", 100).unwrap_err();
    assert_eq!(
        error.to_string(),
        "The mask cannot be decoded at byte 10: the lengths exceed the 8 voxels"
    );
}
