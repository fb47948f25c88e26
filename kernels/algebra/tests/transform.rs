//! The product has exactly the bits of its definition, and refuses what it cannot multiply.
#![allow(clippy::unwrap_used, reason = "a test stops at its first failure")]

mod support;

use faer::Mat;
use kernel_algebra::{AlgebraError, BinaryAlgebra, StoredSamples, StoredView, rescale};
use ndarray::{Array2, ArrayView2, s};
use support::{algebras, bits, matrix, noise, product_by_definition};

fn check(data: ArrayView2<f32>, weights: ArrayView2<f32>) {
    let expected = bits(&product_by_definition(data, weights));
    for algebra in algebras() {
        let product = algebra.transform_matrix(data, weights).unwrap();
        assert_eq!(product.dim(), (data.nrows(), weights.nrows()));
        let set = algebra.instruction_set();
        assert!(
            bits(&product) == expected,
            "{set}: {:?} by {:?} has other bits",
            data.shape(),
            weights.shape()
        );
    }
}

#[test]
fn every_shape_has_the_bits_of_the_definition() {
    let sizes = [1, 2, 5, 6, 7, 8, 9, 16, 17, 31, 33, 48, 49];
    for (seed, n) in sizes.into_iter().enumerate() {
        for p in sizes {
            for m in [1, 2, 3, 4, 5, 17, 256, 257] {
                check(matrix(n, m, seed).view(), matrix(p, m, seed + 100).view());
            }
        }
    }
}

#[test]
fn large_products_have_the_bits_of_the_definition() {
    check(matrix(101, 513, 1).view(), matrix(300, 513, 2).view());
    check(matrix(5000, 3, 3).view(), matrix(2, 3, 4).view());
    check(matrix(4100, 259, 5).view(), matrix(7, 259, 6).view());
    check(matrix(2, 1025, 7).view(), matrix(515, 1025, 8).view());
}

#[test]
fn views_need_not_be_contiguous() {
    let (data, weights) = (matrix(140, 600, 9), matrix(70, 600, 10));
    check(data.slice(s![..;2, 3..;2]), weights.slice(s![..;-1, 3..;2]));
    check(data.slice(s![..;-3, ..;-1]), weights.slice(s![4..9, ..]));
    check(data.slice(s![.., 1..301]), weights.slice(s![.., 300..]));
    check(
        data.t().slice(s![.., ..70]),
        weights.t().slice(s![..300, ..]),
    );
    check(data.t().slice(s![.., ..4]), weights.t().slice(s![..3, ..4]));
    let one = matrix(1, 40, 11);
    check(
        one.broadcast((30, 40)).unwrap(),
        one.broadcast((20, 40)).unwrap(),
    );
}

#[test]
fn the_product_is_close_to_one_in_double_precision() {
    let (data, weights) = (matrix(120, 700, 12), matrix(90, 700, 13));
    let exact = |m: &Array2<f32>| Mat::from_fn(m.nrows(), m.ncols(), |i, j| f64::from(m[[i, j]]));
    let expected = exact(&data) * exact(&weights).transpose();
    let product = BinaryAlgebra::new()
        .transform_matrix(data.view(), weights.view())
        .unwrap();
    for ((i, j), value) in product.indexed_iter() {
        assert!((f64::from(*value) - expected[(i, j)]).abs() < 1e-4);
    }
}

#[test]
fn stored_integers_give_the_bits_of_their_values() {
    let (rows, columns) = (301, 270);
    let unsigned: Vec<u16> = (0..rows * columns)
        .map(|index| noise(index) as u16)
        .collect();
    let signed: Vec<i16> = unsigned.iter().map(|value| *value as i16).collect();
    let bytes: Vec<u8> = unsigned.iter().map(|value| *value as u8).collect();
    let signed_bytes: Vec<i8> = unsigned.iter().map(|value| *value as i8).collect();
    let all = [
        (
            StoredSamples::U16(&unsigned),
            unsigned.iter().map(|v| f64::from(*v)).collect::<Vec<_>>(),
        ),
        (
            StoredSamples::I16(&signed),
            signed.iter().map(|v| f64::from(*v)).collect(),
        ),
        (
            StoredSamples::U8(&bytes),
            bytes.iter().map(|v| f64::from(*v)).collect(),
        ),
        (
            StoredSamples::I8(&signed_bytes),
            signed_bytes.iter().map(|v| f64::from(*v)).collect(),
        ),
    ];
    for (samples, values) in all {
        for (slope, intercept, [n, m], p) in [
            (1.0, -1024.0, [rows, columns], 40),
            (-0.37, 12.5, [rows, columns], 3),
            (2.5, 0.1, [rows * columns / 3, 3], 2),
        ] {
            let stored = StoredView::new(samples, [n, m]).unwrap();
            let rescaled = values
                .iter()
                .map(|stored| rescale(*stored, slope, intercept))
                .collect();
            let rescaled = Array2::from_shape_vec((n, m), rescaled).unwrap();
            let weights = matrix(p, m, 14);
            for algebra in algebras() {
                let from_stored = algebra
                    .transform_stored(stored, slope, intercept, weights.view())
                    .unwrap();
                let from_values = algebra
                    .transform_matrix(rescaled.view(), weights.view())
                    .unwrap();
                assert!(bits(&from_stored) == bits(&from_values));
            }
        }
    }
}

#[test]
fn arguments_that_cannot_be_multiplied_are_named() {
    let algebra = BinaryAlgebra::new();
    let refuse = |data: &Array2<f32>, weights: &Array2<f32>| {
        algebra
            .transform_matrix(data.view(), weights.view())
            .unwrap_err()
    };
    let data = matrix(60, 20, 15);
    let error = refuse(&Array2::zeros((0, 20)), &data);
    assert_eq!(
        error,
        AlgebraError::Empty {
            argument: "data",
            shape: vec![0, 20]
        }
    );
    assert_eq!(
        refuse(&data, &Array2::zeros((3, 0))),
        AlgebraError::Empty {
            argument: "weights",
            shape: vec![3, 0]
        }
    );
    assert_eq!(
        refuse(&data, &matrix(3, 19, 0)).to_string(),
        "The matrices cannot be multiplied: `data` has 20 columns and `weights` has 19"
    );
    for weights in [matrix(3, 20, 1), matrix(50, 20, 1)] {
        for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let mut bad = data.clone();
            (bad[[57, 3]], bad[[41, 19]]) = (value, value);
            let error = refuse(&bad, &weights);
            assert!(
                matches!(
                    error,
                    AlgebraError::NotFinite {
                        argument: "data",
                        row: 41,
                        column: 19,
                        ..
                    }
                ),
                "{error}"
            );
            let mut bad = weights.clone();
            bad[[2, 7]] = value;
            let error = refuse(&data, &bad);
            assert!(
                matches!(
                    error,
                    AlgebraError::NotFinite {
                        argument: "weights",
                        row: 2,
                        column: 7,
                        ..
                    }
                ),
                "{error}"
            );
        }
        let mut zero = weights.clone();
        zero.fill(0.0);
        let mut bad = data.clone();
        bad[[5, 6]] = f32::INFINITY;
        let error = refuse(&bad, &zero);
        assert!(
            matches!(
                error,
                AlgebraError::NotFinite {
                    argument: "data",
                    row: 5,
                    column: 6,
                    ..
                }
            ),
            "{error}"
        );
    }
}

#[test]
fn a_result_beyond_the_range_of_f32_is_an_error_with_its_place() {
    for p in [2, 40] {
        let (mut data, mut weights) = (matrix(100, 5, 16), matrix(p, 5, 17));
        data[[77, 2]] = 3e38;
        weights[[1, 2]] = 10.0;
        for algebra in algebras() {
            let error = algebra
                .transform_matrix(data.view(), weights.view())
                .unwrap_err();
            assert_eq!(error, AlgebraError::Overflow { row: 77, column: 1 });
        }
    }
}

#[test]
fn sizes_that_memory_cannot_hold_are_refused() {
    let one = matrix(1, 1, 18);
    let tall = one.broadcast((1 << 40, 1)).unwrap();
    let error = BinaryAlgebra::new()
        .transform_matrix(tall, tall)
        .unwrap_err();
    assert_eq!(
        error,
        AlgebraError::TooLarge {
            what: "product",
            shape: vec![1 << 40, 1 << 40]
        }
    );
    let error = BinaryAlgebra::new()
        .transform_matrix(tall, one.view())
        .unwrap_err();
    assert!(matches!(error, AlgebraError::TooLarge { .. }));
}

#[test]
fn stored_views_and_rescales_are_checked() {
    let samples = [1u8, 2, 3, 4, 5, 6];
    let error = StoredView::new(StoredSamples::U8(&samples), [2, 2]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "The buffer `stored` has 6 elements; the shape [2, 2] needs 4"
    );
    assert!(StoredView::new(StoredSamples::U8(&samples), [usize::MAX, 4]).is_err());
    assert!(StoredView::new(StoredSamples::U8(&[]), [0, 4]).is_err());
    let view = StoredView::new(StoredSamples::U8(&samples), [2, 3]).unwrap();
    let error = BinaryAlgebra::new()
        .transform_stored(view, f64::NAN, 0.0, matrix(2, 3, 0).view())
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "The parameter `slope` is NaN; it must be a finite number"
    );
    let error = BinaryAlgebra::new()
        .transform_stored(view, 1e300, 0.0, matrix(2, 3, 0).view())
        .unwrap_err();
    assert!(
        matches!(
            error,
            AlgebraError::NotFinite {
                argument: "stored",
                row: 0,
                column: 0,
                ..
            }
        ),
        "{error}"
    );
}

#[test]
fn every_stored_integer_has_the_bits_of_its_rescaled_value() {
    let stored: Vec<i16> = (i16::MIN..=i16::MAX).collect();
    let view = StoredView::new(StoredSamples::I16(&stored), [65_536, 1]).unwrap();
    let one = Array2::from_elem((1, 1), 1.0);
    for slope in [1.0, -0.25, 1.5, 1000.0, 1.0 / 1_048_576.0, 0.1, 1e-30] {
        for intercept in [0.0, -1024.0, 1_048_575.5, -0.3, 1e20] {
            let found = BinaryAlgebra::new()
                .transform_stored(view, slope, intercept, one.view())
                .unwrap();
            for (value, stored) in found.iter().zip(&stored) {
                let expected = kernel_algebra::rescale(f64::from(*stored), slope, intercept);
                // A product with one is zero plus the value, so that a negative zero becomes a positive one.
                assert_eq!(
                    value.to_bits(),
                    (expected + 0.0).to_bits(),
                    "{stored} × {slope} + {intercept}"
                );
            }
        }
    }
}
