//! Filters agree with a plain loop over each neighbourhood, for every extension beyond the edges.
#![allow(clippy::unwrap_used, reason = "a test stops at its first failure")]

mod support;

use kernel_algebra::{BinaryAlgebra, Dimensions, Extension};
use ndarray::{Array3, s};
use support::noise;

const EXTENSIONS: [Extension; 5] = [
    Extension::Reflect,
    Extension::Mirror,
    Extension::Nearest,
    Extension::Wrap,
    Extension::Constant(-3.5),
];

fn volume(slices: usize, rows: usize, columns: usize) -> Array3<f32> {
    Array3::from_shape_fn((slices, rows, columns), |(k, i, j)| {
        (noise((k * rows + i) * columns + j) >> 20) as f32 - 2048.0
    })
}

/// The value at an index that may be outside, by walking step by step.
fn at(x: &Array3<f32>, index: [isize; 3], extension: Extension) -> f32 {
    let shape = [x.dim().0, x.dim().1, x.dim().2];
    let mut inside = [0usize; 3];
    for axis in 0..3 {
        let (mut at, size) = (index[axis], shape[axis] as isize);
        while !(0..size).contains(&at) {
            at = match extension {
                Extension::Constant(value) => return value,
                Extension::Nearest => at.clamp(0, size - 1),
                Extension::Wrap => {
                    if at < 0 {
                        at + size
                    } else {
                        at - size
                    }
                }
                Extension::Reflect => {
                    if at < 0 {
                        -1 - at
                    } else {
                        2 * size - 1 - at
                    }
                }
                Extension::Mirror => match (size, at < 0) {
                    (1, _) => 0,
                    (_, true) => -at,
                    (_, false) => 2 * (size - 1) - at,
                },
            };
        }
        inside[axis] = at as usize;
    }
    x[inside]
}

/// The sum over a box of weights along each axis, in f64.
fn correlated(x: &Array3<f32>, weights: [&[f64]; 3], extension: Extension) -> Array3<f64> {
    let reach = weights.map(|weights| weights.len() as isize / 2);
    Array3::from_shape_fn(x.dim(), |(k, i, j)| {
        let mut sum = 0.0;
        for (dz, wz) in weights[0].iter().enumerate() {
            for (dy, wy) in weights[1].iter().enumerate() {
                for (dx, wx) in weights[2].iter().enumerate() {
                    let index = [
                        k as isize + dz as isize - reach[0],
                        i as isize + dy as isize - reach[1],
                        j as isize + dx as isize - reach[2],
                    ];
                    sum += wz * wy * wx * f64::from(at(x, index, extension));
                }
            }
        }
        sum
    })
}

fn near(found: &Array3<f32>, expected: &Array3<f64>, allowed: f64, name: &str) {
    for (at, value) in found.indexed_iter() {
        let difference = (f64::from(*value) - expected[at]).abs();
        assert!(
            difference <= allowed,
            "{name} at {at:?}: {value} {}",
            expected[at]
        );
    }
}

fn gaussian_weights(sigma: f64) -> Vec<f64> {
    let radius = (4.0 * sigma + 0.5) as isize;
    let values: Vec<f64> = (-radius..=radius)
        .map(|at| (-0.5 * (at as f64 / sigma).powi(2)).exp())
        .collect();
    let sum: f64 = values.iter().sum();
    values.iter().map(|value| value / sum).collect()
}

#[test]
fn linear_filters_agree_with_their_weights() {
    let algebra = BinaryAlgebra::new();
    for (slices, rows, columns) in [(1, 1, 1), (3, 4, 5), (2, 5, 70), (5, 3, 130)] {
        let x = volume(slices, rows, columns);
        for extension in EXTENSIONS {
            let name = format!("{slices} × {rows} × {columns}, {extension:?}");
            let sigma = [0.5, 1.0, 0.8];
            let weights = sigma.map(gaussian_weights);
            let expected = correlated(&x, [&weights[0], &weights[1], &weights[2]], extension);
            let found = algebra.gaussian(x.view(), sigma, extension).unwrap();
            near(&found, &expected, 2e-3, &name);
            let mm = algebra
                .gaussian_mm(x.view(), 1.0, [2.0, 1.0, 1.25], extension)
                .unwrap();
            assert_eq!(mm, found);
            let third: &[f64] = &[1.0 / 3.0; 3];
            let expected = correlated(&x, [&[1.0], third, &[0.2; 5]], extension);
            near(
                &algebra.mean(x.view(), [0, 1, 2], extension).unwrap(),
                &expected,
                2e-3,
                &name,
            );
            let (step, smooth): (&[f64], &[f64]) = (&[-1.0, 0.0, 1.0], &[1.0, 2.0, 1.0]);
            let gradients = [
                correlated(&x, [step, smooth, smooth], extension),
                correlated(&x, [smooth, step, smooth], extension),
                correlated(&x, [smooth, smooth, step], extension),
            ];
            for (axis, expected) in gradients.iter().enumerate() {
                let found = algebra
                    .sobel(x.view(), axis, Dimensions::Volume, extension)
                    .unwrap();
                near(&found, expected, 0.0, &name);
            }
            let length = Array3::from_shape_fn(x.dim(), |at| {
                gradients
                    .iter()
                    .map(|part| part[at] * part[at])
                    .sum::<f64>()
                    .sqrt()
            });
            let found = algebra
                .sobel_magnitude(x.view(), Dimensions::Volume, extension)
                .unwrap();
            near(&found, &length, 2e-2, &name);
            let flat = algebra
                .sobel(x.view(), 2, Dimensions::Plane, extension)
                .unwrap();
            near(
                &flat,
                &correlated(&x, [&[1.0], smooth, step], extension),
                0.0,
                &name,
            );
            let second: &[f64] = &[1.0, -2.0, 1.0];
            let expected = correlated(&x, [second, &[1.0], &[1.0]], extension)
                + correlated(&x, [&[1.0], second, &[1.0]], extension)
                + correlated(&x, [&[1.0], &[1.0], second], extension);
            let found = algebra
                .laplacian(x.view(), Dimensions::Volume, extension)
                .unwrap();
            near(&found, &expected, 0.0, &name);
        }
    }
}

#[test]
fn an_unsharp_mask_adds_what_a_gaussian_takes_away() {
    let algebra = BinaryAlgebra::new();
    let x = volume(3, 9, 70);
    let smooth = algebra
        .gaussian(x.view(), [0.0, 1.5, 1.5], Extension::Reflect)
        .unwrap();
    let sharp = algebra
        .unsharp(x.view(), [0.0, 1.5, 1.5], 0.7, Extension::Reflect)
        .unwrap();
    for (at, value) in sharp.indexed_iter() {
        assert_eq!(*value, 0.7f32.mul_add(x[at] - smooth[at], x[at]));
    }
    let same = algebra
        .gaussian(x.view(), [0.0; 3], Extension::Reflect)
        .unwrap();
    assert_eq!(same, x);
}

#[test]
fn the_median_is_the_middle_of_the_sorted_box() {
    let algebra = BinaryAlgebra::new();
    for (radius, shape) in [
        ([0, 0, 0], (2, 3, 33)),
        ([0, 1, 0], (2, 3, 5)),
        ([0, 1, 1], (2, 6, 70)),
        ([1, 1, 1], (4, 5, 40)),
        ([1, 2, 3], (3, 4, 31)),
    ] {
        let x = volume(shape.0, shape.1, shape.2).mapv(|value| (value / 64.0).round());
        for extension in EXTENSIONS {
            let found = algebra.median(x.view(), radius, extension).unwrap();
            let reach = radius.map(|radius| radius as isize);
            for ((k, i, j), value) in found.indexed_iter() {
                let mut all = Vec::new();
                for z in -reach[0]..=reach[0] {
                    for y in -reach[1]..=reach[1] {
                        for dx in -reach[2]..=reach[2] {
                            let index = [k as isize + z, i as isize + y, j as isize + dx];
                            all.push(at(&x, index, extension));
                        }
                    }
                }
                all.sort_by(f32::total_cmp);
                assert_eq!(
                    *value,
                    all[all.len() / 2],
                    "{radius:?} {extension:?} at {k} {i} {j}"
                );
            }
        }
    }
}

#[test]
fn strided_views_are_filtered_like_their_copies() {
    let algebra = BinaryAlgebra::new();
    let x = volume(4, 10, 140);
    let view = x.slice(s![..;-1, 1..;2, ..;3]);
    let copy = view.as_standard_layout().into_owned();
    for extension in EXTENSIONS {
        let filtered = algebra.gaussian(view, [1.0; 3], extension);
        assert_eq!(filtered, algebra.gaussian(copy.view(), [1.0; 3], extension));
        let filtered = algebra.median(view, [1; 3], extension);
        assert_eq!(filtered, algebra.median(copy.view(), [1; 3], extension));
    }
}

#[test]
fn values_and_parameters_that_make_no_sense_are_refused() {
    let algebra = BinaryAlgebra::new();
    let mut x = volume(2, 3, 4);
    x[[1, 2, 3]] = f32::NAN;
    let message =
        "The voxel in `view` at slice 1, row 2, column 3 is NaN; only finite numbers can be used";
    let extension = Extension::Nearest;
    let outcomes = [
        algebra.gaussian(x.view(), [1.0; 3], extension),
        algebra.mean(x.view(), [1; 3], extension),
        algebra.median(x.view(), [1; 3], extension),
        algebra.laplacian(x.view(), Dimensions::Plane, extension),
    ];
    for outcome in outcomes {
        assert_eq!(outcome.unwrap_err().to_string(), message);
    }
    let x = volume(2, 3, 4);
    for (outcome, message) in [
        (
            algebra.gaussian(x.view(), [1.0, -1.0, 1.0], extension),
            "The parameter `sigma` is -1; it must be from 0 to 64 voxels",
        ),
        (
            algebra.median(x.view(), [4; 3], extension),
            "The parameter `radius` is [4, 4, 4]; it must be of a box of at most 343 voxels",
        ),
        (
            algebra.sobel(x.view(), 0, Dimensions::Plane, extension),
            "The parameter `axis` is 0; it must be within 1..3",
        ),
        (
            algebra.mean(x.view(), [1; 3], Extension::Constant(f32::INFINITY)),
            "The parameter `extension` is inf; it must be a finite number",
        ),
    ] {
        assert_eq!(outcome.unwrap_err().to_string(), message);
    }
}
