//! A compression by error keeps what was asked for, with the least rank that does.
#![allow(clippy::unwrap_used, reason = "a test stops at its first failure")]

mod support;

use kernel_algebra::{BinaryAlgebra, Fidelity};
use support::{matrix, phantom};

#[test]
fn the_error_asked_for_is_kept_by_the_least_rank() {
    let x = phantom(150, 120);
    let algebra = BinaryAlgebra::new();
    for fidelity in [
        Fidelity::MaxRelativeError(0.2),
        Fidelity::MaxRelativeError(0.02),
        Fidelity::MaxAbsError(100.0),
        Fidelity::Energy(0.99),
        Fidelity::Energy(0.9999),
    ] {
        let allowed = |factors: &kernel_algebra::LowRank| {
            let errors = factors.errors(x.view());
            match fidelity {
                Fidelity::MaxRelativeError(most) => errors.relative_frobenius <= most,
                Fidelity::MaxAbsError(most) => errors.max_abs <= most,
                Fidelity::Energy(least) => 1.0 - errors.relative_frobenius.powi(2) >= least,
            }
        };
        let factors = algebra.svd_compress_to(x.view(), fidelity).unwrap();
        let k = factors.s.len();
        assert!(allowed(&factors), "{fidelity:?}");
        assert!(
            k == 1 || !allowed(&factors.truncated(k - 1)),
            "{fidelity:?}: {k}"
        );
    }
    let errors = algebra.svd_compress_to(matrix(40, 30, 1).view(), Fidelity::MaxRelativeError(0.1));
    assert!(
        errors.unwrap().s.len() > 20,
        "noise needs nearly all of its rank"
    );
}

#[test]
fn an_error_that_cannot_be_kept_is_refused() {
    let algebra = BinaryAlgebra::new();
    let x = matrix(20, 30, 1);
    for (fidelity, message) in [
        (
            Fidelity::MaxRelativeError(1.5),
            "The parameter `max_relative_error` is 1.5; it must be from 0 to 1",
        ),
        (
            Fidelity::MaxAbsError(f32::NAN),
            "The parameter `max_abs_error` is NaN; it must be zero or a positive finite number",
        ),
        (
            Fidelity::Energy(0.0),
            "The parameter `energy` is 0; it must be above 0 and at most 1",
        ),
    ] {
        assert_eq!(
            algebra
                .svd_compress_to(x.view(), fidelity)
                .unwrap_err()
                .to_string(),
            message
        );
    }
    let error = algebra
        .svd_compress_to(x.view(), Fidelity::MaxRelativeError(1e-12))
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("which is what the rounding of f32 leaves"),
        "{error}"
    );
}

#[test]
fn a_region_has_the_bits_of_the_whole() {
    let factors = BinaryAlgebra::new()
        .svd_compress(phantom(90, 110).view(), 20)
        .unwrap();
    let whole = factors.reconstruct();
    for (rows, columns) in [
        (0..90, 0..110),
        (3..4, 5..6),
        (10..75, 100..110),
        (7..7, 0..3),
        (1..5, 9..9),
    ] {
        let region = factors
            .reconstruct_region(rows.clone(), columns.clone())
            .unwrap();
        assert_eq!(region, whole.slice(ndarray::s![rows, columns]));
    }
    let error = factors.reconstruct_region(0..3, 100..111).unwrap_err();
    assert_eq!(
        error.to_string(),
        "The parameter `columns` is 100..111; it must be within 0..110"
    );
}
