//! Products of small integers and of signs are those of a plain loop.
#![allow(clippy::unwrap_used, reason = "a test stops at its first failure")]

mod support;

use kernel_algebra::{QUANTISED_COLUMNS_MAX, SignMatrix};
use ndarray::Array2;
use support::{algebras, matrix, noise};

fn bytes(rows: usize, columns: usize, seed: usize) -> Array2<i8> {
    Array2::from_shape_fn((rows, columns), |(i, j)| {
        noise(seed * 977 + i * columns + j) as i8
    })
}

#[test]
fn integers_are_multiplied_exactly() {
    for (n, m, p) in [
        (1, 1, 1),
        (3, 64, 5),
        (4, 65, 2),
        (9, 130, 7),
        (6, 1000, 11),
    ] {
        let (a, b) = (bytes(n, m, 1), bytes(p, m, 2));
        let expected = a.mapv(i32::from).dot(&b.mapv(i32::from).t());
        for algebra in algebras() {
            assert_eq!(
                algebra.transform_i8(a.view(), b.view()).unwrap(),
                expected,
                "{n} {m} {p}"
            );
            let strided = a.t().as_standard_layout().into_owned();
            assert_eq!(
                algebra.transform_i8(strided.t(), b.view()).unwrap(),
                expected
            );
        }
    }
}

#[test]
fn the_longest_sum_of_integers_still_fits() {
    let least = Array2::from_elem((1, QUANTISED_COLUMNS_MAX), i8::MIN);
    for algebra in algebras() {
        let product = algebra.transform_i8(least.view(), least.view()).unwrap();
        assert_eq!(product[[0, 0]], 16384 * QUANTISED_COLUMNS_MAX as i32);
    }
    let longer = Array2::from_elem((1, QUANTISED_COLUMNS_MAX + 1), i8::MIN);
    let error = algebras()[0]
        .transform_i8(longer.view(), longer.view())
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "The parameter `columns of data` is 131072; it must be at most 131071, or a sum could leave 32 bits"
    );
}

#[test]
fn signs_are_multiplied_exactly() {
    for (n, m, p) in [(1, 1, 1), (3, 64, 5), (4, 65, 2), (9, 513, 7)] {
        let (a, b) = (matrix(n, m, 3), matrix(p, m, 4));
        let signs = |x: &Array2<f32>| x.mapv(|value| if value >= 0.0 { 1i32 } else { -1 });
        let expected = signs(&a).dot(&signs(&b).t());
        let (a_bits, b_bits) = (
            SignMatrix::of(a.view()).unwrap(),
            SignMatrix::of(b.view()).unwrap(),
        );
        assert_eq!(a_bits.sign(n - 1, m - 1), signs(&a)[[n - 1, m - 1]]);
        for algebra in algebras() {
            assert_eq!(
                algebra.transform_signs(&a_bits, &b_bits).unwrap(),
                expected,
                "{n} {m} {p}"
            );
        }
    }
}
