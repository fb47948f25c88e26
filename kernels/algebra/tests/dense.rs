//! The dense operations agree with faer and with their definitions, and refuse what has no answer.
#![allow(clippy::unwrap_used, reason = "a test stops at its first failure")]

mod support;

use faer::Mat;
use faer::linalg::solvers::Solve;
use kernel_algebra::{BinaryAlgebra, BinaryTensor, ElementType};
use ndarray::{Array1, Array2, ArrayView2, array, s};
use support::{matrix, noise, product_by_definition};

fn algebra() -> BinaryAlgebra {
    BinaryAlgebra::new()
}

fn wide(rows: usize, columns: usize, seed: usize) -> Array2<f64> {
    matrix(rows, columns, seed).mapv(f64::from)
}

fn faer_of(x: ArrayView2<f64>) -> Mat<f64> {
    Mat::from_fn(x.nrows(), x.ncols(), |i, j| x[[i, j]])
}

#[test]
fn products_follow_their_definitions() {
    let (a, b) = (matrix(5, 7, 1), matrix(5, 7, 2));
    let hadamard = algebra().hadamard(a.view(), b.t().t()).unwrap();
    assert_eq!(hadamard, &a * &b);
    let kronecker = algebra()
        .kronecker(a.view(), b.slice(s![..2, ..;-3]))
        .unwrap();
    assert_eq!(kronecker.dim(), (10, 21));
    for ((i, j), value) in kronecker.indexed_iter() {
        assert_eq!(
            *value,
            a[[i / 2, j / 3]] * b.slice(s![..2, ..;-3])[[i % 2, j % 3]]
        );
    }
    let outer = algebra().outer(a.row(1), b.column(2)).unwrap();
    assert_eq!(outer[[6, 4]], a[[1, 6]] * b[[4, 2]]);
    let norm = algebra().frobenius_norm(a.view()).unwrap();
    assert!((norm - a.iter().map(|v| f64::from(*v).powi(2)).sum::<f64>().sqrt()).abs() < 1e-14);
    let far = array![[3e200, 4e200]];
    let norm = algebra().frobenius_norm(far.view()).unwrap();
    assert!((norm / 5e200 - 1.0).abs() < 1e-15, "{norm}");
    let strided = matrix(40, 70, 3);
    let copied = strided.t().as_standard_layout().into_owned();
    assert_eq!(
        algebra().frobenius_norm(strided.t()),
        algebra().frobenius_norm(copied.view())
    );
}

#[test]
fn powers_multiply_and_the_zeroth_is_the_unit_matrix() {
    let x = matrix(9, 9, 4);
    assert_eq!(algebra().matrix_power(x.view(), 0).unwrap(), Array2::eye(9));
    assert_eq!(algebra().matrix_power(x.view(), 1).unwrap(), x);
    let square = product_by_definition(x.view(), x.t());
    assert_eq!(algebra().matrix_power(x.view(), 2).unwrap(), square);
    let double = x.mapv(f64::from);
    let mut expected = double.clone();
    for exponent in 2..12 {
        expected = expected.dot(&double);
        let power = algebra().matrix_power(double.view(), exponent).unwrap();
        assert!(
            (&power - &expected)
                .iter()
                .all(|d| d.abs() < 1e-10 * 3f64.powi(exponent as i32))
        );
    }
    let error = algebra()
        .matrix_power(matrix(2, 3, 1).view(), 2)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "The parameter `x` is 2 × 3; it must be square"
    );
}

#[test]
fn systems_are_solved_and_singular_ones_refused() {
    for n in [1, 2, 7, 40, 130] {
        let (a, b) = (wide(n, n, n), wide(n, 3, n + 1));
        let x = algebra().linear_solve(a.view(), b.view()).unwrap();
        let expected = faer_of(a.view()).partial_piv_lu().solve(faer_of(b.view()));
        for ((i, j), value) in x.indexed_iter() {
            assert!(
                (value - expected[(i, j)]).abs() < 1e-9 * (1.0 + value.abs()),
                "{n}"
            );
        }
        let (a, b) = (a.mapv(|v| v as f32), b.mapv(|v| v as f32));
        let x = algebra().linear_solve(a.view(), b.view()).unwrap();
        let left = a.mapv(f64::from).dot(&x.mapv(f64::from)) - b.mapv(f64::from);
        let most = x.iter().fold(1f32, |most, value| most.max(value.abs()));
        assert!(
            left.iter()
                .all(|v| v.abs() < 1e-5 * f64::from(most) * n as f64)
        );
    }
    // A zero pivot asks for an exchange of rows; a tiny column is not singular.
    let x = algebra().linear_solve(
        array![[0.0, 2e-30], [4.0, 0.0]].view(),
        array![[1e-30], [2.0]].view(),
    );
    assert_eq!(x.unwrap(), array![[0.5], [0.5]]);
    let error = algebra().linear_solve(
        array![[0.1, 0.3], [0.2, 0.6]].view(),
        array![[1.0], [2.0]].view(),
    );
    assert_eq!(
        error.unwrap_err().to_string(),
        "The matrix `a` is singular: no pivot is left in column 1"
    );
}

#[test]
fn symmetric_matrices_are_decomposed() {
    for n in [1, 2, 5, 33, 90] {
        let half = wide(n, n, n);
        let x = &half + &half.t();
        let spectral = algebra().spectral_decomposition(x.view()).unwrap();
        let expected = faer_of(x.view())
            .self_adjoint_eigenvalues(faer::Side::Lower)
            .unwrap();
        for (own, expected) in spectral.values.iter().zip(expected.iter().rev()) {
            assert!(
                (own - expected).abs() < 1e-12 * n as f64,
                "{own} {expected}"
            );
        }
        let unit = spectral.vectors.t().dot(&spectral.vectors) - Array2::<f64>::eye(n);
        assert!(unit.iter().all(|v| v.abs() < 1e-12));
        let back = (&spectral.vectors * &spectral.values).dot(&spectral.vectors.t()) - &x;
        assert!(back.iter().all(|v| v.abs() < 1e-12 * n as f64));
    }
    let error = algebra().spectral_decomposition(array![[1f32, 2.0], [3.0, 1.0]].view());
    assert_eq!(
        error.unwrap_err().to_string(),
        "The matrix `x` is not symmetric: 3 at row 1, column 0, but 2 across the diagonal"
    );
}

#[test]
fn a_set_of_vectors_is_described() {
    let mut x = wide(30, 6, 3);
    for row in 0..30 {
        x[[row, 5]] = x[[row, 0]] - x[[row, 1]];
    }
    x.row_mut(7).fill(0.0);
    let found = algebra().analyse(x.view()).unwrap();
    let mean = x.mean_axis(ndarray::Axis(0)).unwrap();
    assert!((&found.mean - &mean).iter().all(|v| v.abs() < 1e-14));
    let centred = &x - &mean;
    let covariance = centred.t().dot(&centred) / 29.0;
    assert!(
        (&found.covariance - &covariance)
            .iter()
            .all(|v| v.abs() < 1e-13)
    );
    let trace: f64 = covariance.diag().sum();
    assert!((found.explained_variance.sum() - trace).abs() < 1e-12);
    assert!((found.explained_variance_ratio.sum() - 1.0).abs() < 1e-12);
    assert_eq!((found.rank, found.condition_number), (5, f64::INFINITY));
    let singular = faer_of(x.view()).singular_values().unwrap();
    for (own, expected) in found.singular_values.iter().zip(&singular) {
        assert!((own - expected).abs() < 1e-7);
    }
    for ((i, j), cosine) in found.cosine_similarity.indexed_iter() {
        let length = |at: usize| x.row(at).dot(&x.row(at)).sqrt();
        let both = length(i) * length(j);
        let expected = if both > 0.0 {
            x.row(i).dot(&x.row(j)) / both
        } else {
            0.0
        };
        assert!((cosine - expected).abs() < 1e-12);
    }
    let whole = algebra().analyse(x.slice(s![.., ..5])).unwrap();
    let singular = faer_of(x.slice(s![.., ..5])).singular_values().unwrap();
    assert_eq!(whole.rank, 5);
    assert!((whole.condition_number - singular[0] / singular[4]).abs() < 1e-7);
    assert!(algebra().analyse(x.slice(s![..1, ..])).is_err());
}

#[test]
fn values_that_are_not_finite_are_named() {
    let mut x = matrix(3, 3, 1);
    x[[1, 2]] = f32::NAN;
    let message = "The value in `a` at row 1, column 2 is NaN; only finite numbers can be used";
    let good = matrix(3, 3, 2);
    assert_eq!(
        algebra()
            .hadamard(x.view(), good.view())
            .unwrap_err()
            .to_string(),
        message
    );
    assert_eq!(
        algebra()
            .linear_solve(x.view(), good.view())
            .unwrap_err()
            .to_string(),
        message
    );
    let huge = array![[f64::MAX, 1.0], [1.0, 1.0]];
    assert_eq!(
        algebra()
            .matrix_power(huge.view(), 2)
            .unwrap_err()
            .to_string(),
        "The result at row 0, column 0 is too large for a 32-bit floating point number"
    );
}

#[test]
fn a_tensor_comes_back_from_bytes_and_from_bit_planes() {
    for count in [0usize, 1, 7, 8, 9, 100] {
        let values: Array1<i16> = (0..count).map(|at| noise(at) as i16).collect();
        let tensor = BinaryTensor::from_array(values.view().into_dyn()).unwrap();
        check_tensor(&tensor);
        assert_eq!(tensor.to_array::<i16>().unwrap(), values.clone().into_dyn());
        let planes = algebra().binary_encode(&tensor);
        for bit in 0..16 {
            let plane = planes.plane(bit).unwrap();
            for (at, value) in values.iter().enumerate() {
                assert_eq!(plane[at / 8] >> (at % 8) & 1 == 1, value >> bit & 1 == 1);
            }
        }
        assert!(planes.plane(16).is_none());
    }
    let floats = matrix(5, 9, 1);
    let tensor = BinaryTensor::from_array(floats.t().into_dyn()).unwrap();
    check_tensor(&tensor);
    assert_eq!(
        tensor.to_array::<f32>().unwrap(),
        floats.t().to_owned().into_dyn()
    );
    assert!(tensor.to_array::<i32>().is_err());
    assert!(BinaryTensor::new(ElementType::U16, vec![3], vec![0; 5]).is_err());
    assert!(BinaryTensor::new(ElementType::U8, vec![u64::MAX, 2], vec![]).is_err());
    let error = BinaryTensor::decode(b"CXBT\x01\x0b\x00")
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "The tensor cannot be decoded at byte 6: the element type 11 is not known"
    );
}

fn check_tensor(tensor: &BinaryTensor) {
    assert_eq!(
        algebra().binary_decode(&algebra().binary_encode(tensor)),
        *tensor
    );
    let bytes = tensor.encode();
    assert_eq!(BinaryTensor::decode(&bytes).as_ref(), Ok(tensor));
    for length in 0..bytes.len() {
        assert!(BinaryTensor::decode(&bytes[..length]).is_err());
    }
}
