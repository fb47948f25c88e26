//! A compression is close to the best one there is, orthonormal, and works on matrices without full rank.
#![allow(clippy::unwrap_used, reason = "a test stops at its first failure")]

mod support;

use faer::Mat;
use kernel_algebra::{AlgebraError, BinaryAlgebra, LowRank};
use ndarray::{Array1, Array2, ArrayView2};
use support::{bits, matrix, phantom};

fn compress(x: ArrayView2<f32>, k: usize) -> LowRank {
    BinaryAlgebra::new().svd_compress(x, k).unwrap()
}

/// The Frobenius norm of what the best rank-k matrix leaves (Eckart and Young 1936), and of the whole.
fn least_error(x: ArrayView2<f32>, k: usize) -> (f64, f64) {
    let values = Mat::from_fn(x.nrows(), x.ncols(), |i, j| f64::from(x[[i, j]]))
        .singular_values()
        .unwrap();
    let norm = |values: &[f64]| values.iter().map(|value| value * value).sum::<f64>().sqrt();
    (norm(&values[k..]), norm(&values))
}

fn check_orthonormal(low_rank: &LowRank) {
    let k = low_rank.s.len();
    let (u, vt) = (low_rank.u.mapv(f64::from), low_rank.vt.mapv(f64::from));
    for (name, gram) in [("u", u.t().dot(&u)), ("vt", vt.dot(&vt.t()))] {
        for ((i, j), value) in gram.indexed_iter() {
            let expected = if i == j { 1.0 } else { 0.0 };
            assert!(
                (value - expected).abs() < 2e-5,
                "{name} of rank {k}: {value} at {i}, {j}"
            );
        }
    }
    for (s, next) in low_rank.s.iter().zip(low_rank.s.iter().skip(1)) {
        assert!(s >= next && *next >= 0.0);
    }
    for column in low_rank.u.columns() {
        let most = column.iter().fold(0f32, |most, value| {
            if value.abs() > most.abs() {
                *value
            } else {
                most
            }
        });
        assert!(most > 0.0);
    }
}

fn check(name: &str, x: &Array2<f32>, ranks: &[usize]) {
    for k in ranks {
        let low_rank = compress(x.view(), *k);
        assert_eq!(
            (low_rank.u.dim(), low_rank.vt.dim()),
            ((x.nrows(), *k), (*k, x.ncols()))
        );
        check_orthonormal(&low_rank);
        let (least, norm) = least_error(x.view(), *k);
        let error = low_rank.errors(x.view()).relative_frobenius * norm;
        // 2e-6 of the whole is what the rounding of f32 leaves.
        assert!(
            error <= 1.01 * least + 2e-6 * norm,
            "{name}, k = {k}: {error} where {least} is possible"
        );
    }
}

#[test]
fn the_error_is_within_a_hundredth_of_the_least_possible() {
    check("phantom", &phantom(512, 512), &[1, 8, 32, 64]);
    check("tall phantom", &phantom(300, 90), &[1, 32, 79, 80, 90]);
    check("wide phantom", &phantom(90, 300), &[1, 32, 79, 80, 90]);
    check("noise", &matrix(200, 120, 1), &[1, 32, 109, 110, 120]);
    check("wide noise", &matrix(120, 200, 1), &[1, 32, 120]);
    check("small", &matrix(3, 5, 2), &[1, 2, 3]);
    check("column", &matrix(40, 1, 3), &[1]);
    check("row", &matrix(1, 40, 3), &[1]);
    let decaying = Array2::from_shape_fn((150, 130), |(i, j)| 1.0 / (1 + i + 3 * j) as f32);
    check("Hilbert-like", &decaying, &[1, 4, 32, 130]);
}

#[test]
fn all_singular_vectors_give_the_matrix_back() {
    for x in [phantom(128, 128), matrix(100, 140, 4), matrix(140, 100, 5)] {
        let errors = compress(x.view(), x.nrows().min(x.ncols())).errors(x.view());
        assert!(errors.relative_frobenius < 2e-6, "{errors:?}");
        assert!(errors.psnr_db > 90.0, "{errors:?}");
    }
}

#[test]
fn singular_values_agree_with_a_full_decomposition() {
    let x = phantom(256, 200);
    let expected = Mat::from_fn(256, 200, |i, j| f64::from(x[[i, j]]))
        .singular_values()
        .unwrap();
    for k in [32, 200] {
        for (own, expected) in compress(x.view(), k).s.iter().zip(&expected) {
            let allowed = if k == 32 {
                0.02 * expected
            } else {
                1e-5 * expected + 2.0
            };
            assert!(
                (f64::from(*own) - expected).abs() < allowed,
                "{own} {expected}"
            );
        }
    }
}

#[test]
fn matrices_without_full_rank_are_compressed() {
    let two = matrix(80, 2, 6).dot(&matrix(2, 60, 7));
    let mut holes = matrix(70, 70, 8);
    holes.row_mut(3).fill(0.0);
    holes.column_mut(69).fill(0.0);
    let spike = Array2::from_shape_fn((50, 50), |at| if at == (7, 9) { -5.0 } else { 0.0 });
    let constant = Array2::from_elem((64, 90), -1024.0);
    for (x, k) in [
        (&two, 2),
        (&two, 5),
        (&two, 60),
        (&holes, 70),
        (&spike, 4),
        (&spike, 50),
        (&constant, 1),
        (&constant, 20),
        (&constant, 64),
    ] {
        let low_rank = compress(x.view(), k);
        check_orthonormal(&low_rank);
        assert!(
            low_rank.errors(x.view()).relative_frobenius < 3e-6 + if k == 4 { 0.0 } else { 1e-12 }
        );
    }
    for k in [1, 7, 30] {
        let zero = Array2::<f32>::zeros((30, 40));
        let low_rank = compress(zero.view(), k);
        check_orthonormal(&low_rank);
        assert_eq!(low_rank.s, Array1::zeros(k));
        let errors = low_rank.errors(zero.view());
        assert_eq!(
            (errors.relative_frobenius, errors.max_abs, errors.psnr_db),
            (0.0, 0.0, f64::INFINITY)
        );
    }
}

#[test]
fn very_large_and_very_small_values_are_compressed_alike() {
    let x = phantom(100, 80);
    let plain = compress(x.view(), 10);
    for exponent in [-130i32, -40, 100] {
        let factor = 2f64.powi(exponent);
        let scaled = x.mapv(|value| (f64::from(value) * factor) as f32);
        let low_rank = compress(scaled.view(), 10);
        if exponent > -100 {
            assert_eq!(
                (bits(&low_rank.u), bits(&low_rank.vt)),
                (bits(&plain.u), bits(&plain.vt))
            );
        }
        let allowed = 1.01 * plain.errors(x.view()).relative_frobenius;
        assert!(low_rank.errors(scaled.view()).relative_frobenius <= allowed);
    }
    let largest = Array2::from_elem((20, 20), f32::MAX);
    let error = BinaryAlgebra::new()
        .svd_compress(largest.view(), 2)
        .unwrap_err();
    assert_eq!(error, AlgebraError::Overflow { row: 0, column: 0 });
}

#[test]
fn views_in_any_layout_give_the_same_factors() {
    let x = phantom(90, 70);
    let (by_column, padded) = (
        x.t().as_standard_layout().into_owned(),
        Array2::from_shape_fn((180, 140), |(i, j)| x[[i / 2, j / 2]]),
    );
    for k in [5, 70] {
        let expected = compress(x.view(), k);
        assert_eq!(compress(by_column.t(), k), expected);
        assert_eq!(compress(padded.slice(ndarray::s![..;2, ..;2]), k), expected);
    }
}

#[test]
fn a_rank_outside_the_matrix_is_refused_with_the_limit() {
    let x = phantom(20, 30);
    let refuse = |k| {
        BinaryAlgebra::new()
            .svd_compress(x.view(), k)
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        refuse(0),
        "The parameter `k` is 0; it must be from 1 to 20, the smaller side of a 20 × 30 matrix"
    );
    assert_eq!(
        refuse(21),
        "The parameter `k` is 21; it must be from 1 to 20, the smaller side of a 20 × 30 matrix"
    );
    let empty = BinaryAlgebra::new()
        .svd_compress(Array2::zeros((0, 4)).view(), 1)
        .unwrap_err();
    assert_eq!(
        empty,
        AlgebraError::Empty {
            argument: "x",
            shape: vec![0, 4]
        }
    );
    for value in [f32::NAN, f32::INFINITY] {
        let mut bad = x.clone();
        bad[[4, 5]] = value;
        let error = BinaryAlgebra::new()
            .svd_compress(bad.view(), 3)
            .unwrap_err();
        assert!(matches!(
            error,
            AlgebraError::NotFinite {
                argument: "x",
                row: 4,
                column: 5,
                ..
            }
        ));
    }
}

#[test]
fn rows_are_reconstructed_with_the_bits_of_the_whole() {
    let x = phantom(130, 100);
    let low_rank = compress(x.view(), 12);
    let whole = low_rank.reconstruct();
    for rows in [0..130, 0..1, 63..65, 17..130, 40..40] {
        let part = low_rank.reconstruct_rows(rows.clone());
        assert_eq!(
            bits(&part),
            bits(&whole.slice(ndarray::s![rows, ..]).to_owned())
        );
    }
    assert!(low_rank.try_reconstruct_rows(100..131).is_err());
    assert_eq!(low_rank.bytes(), 4 * (130 * 12 + 12 + 12 * 100));
}

#[test]
fn errors_are_those_of_the_reconstruction() {
    let x = phantom(130, 100);
    let low_rank = compress(x.view(), 4);
    let difference = (&x - &low_rank.reconstruct()).mapv(f64::from);
    let square = difference.mapv(|value| value * value).sum();
    let errors = low_rank.errors(x.view());
    let relative = (square / x.mapv(|value| f64::from(value).powi(2)).sum()).sqrt();
    assert!((errors.relative_frobenius - relative).abs() < 1e-6 * relative);
    let most = difference
        .iter()
        .fold(0.0, |most: f64, value| most.max(value.abs()));
    assert!((f64::from(errors.max_abs) - most).abs() < 1e-3);
    let range =
        x.iter().fold(f32::MIN, |a, b| a.max(*b)) - x.iter().fold(f32::MAX, |a, b| a.min(*b));
    let psnr = 10.0 * (f64::from(range).powi(2) / (square / 13_000.0)).log10();
    assert!(
        (errors.psnr_db - psnr).abs() < 1e-4,
        "{} {psnr}",
        errors.psnr_db
    );
    assert!(low_rank.try_errors(phantom(130, 99).view()).is_err());
}
