//! Masks, dense operations, filters and quantised products keep their bits on every instruction set and thread count.
#![allow(clippy::unwrap_used, reason = "a test stops at its first failure")]

mod support;

use kernel_algebra::{BitMask, Border, Dimensions, Extension, Fidelity, Neighbours, SignMatrix};
use ndarray::{Array2, ArrayView2};
use support::golden::{Bytes, check};
use support::{matrix, noise, noise_mask, phantom, phantom_volume};

fn integers(values: ArrayView2<i32>) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect()
}

#[test]
fn morphology_keeps_its_bits() {
    check("morphology", MORPHOLOGY, |_| {
        let mask = noise_mask([20, 60, 150], 200, 1);
        let spacing = [2.5, 0.7, 0.9];
        let masks = [
            mask.erode(Neighbours::Six, 2, Border::Empty),
            mask.dilate(Neighbours::Eighteen, 1),
            mask.open(Neighbours::TwentySix, 1, Border::Full),
            mask.close(Neighbours::Eight, 1),
            mask.shift([1, -2, 67]),
            mask.not().dilate_mm(3.1, spacing).unwrap(),
            mask.erode_mm(1.0, spacing, Border::Empty).unwrap(),
            mask.surface(),
        ];
        masks
            .iter()
            .fold(Bytes::default(), |bytes, mask| bytes.words(mask.words()))
    });
}

#[test]
fn components_and_distances_keep_their_bits() {
    check("components and distances", COMPONENTS, |_| {
        let mask = noise_mask([20, 60, 150], 70, 2);
        let components = mask.components(Neighbours::Six).unwrap();
        let mut bytes = Bytes::default().words(components.largest(3).unwrap().words());
        for component in components.statistics() {
            bytes = bytes
                .words(&[component.voxels])
                .doubles(&component.centroid);
        }
        let other = noise_mask([20, 60, 150], 2, 3);
        let apart = mask.surface_distances(&other, [2.0, 0.7, 0.9]).unwrap();
        bytes
            .words(mask.fill_holes(Neighbours::Six).unwrap().words())
            .floats(&other.distance_mm([2.0, 0.7, 0.9]).unwrap())
            .doubles(&[apart.hausdorff_mm, apart.hausdorff_95_mm, apart.mean_mm])
            .bytes(&mask.to_run_lengths())
    });
}

#[test]
fn dense_operations_keep_their_bits() {
    check("dense operations", DENSE, |algebra| {
        let (a, b) = (matrix(70, 70, 1), matrix(70, 5, 2));
        let wide = matrix(60, 300, 3).mapv(f64::from);
        let symmetric = &a + &a.t();
        let spectral = algebra.spectral_decomposition(symmetric.view()).unwrap();
        let found = algebra.analyse(wide.slice(ndarray::s![.., ..40])).unwrap();
        let solved = algebra.linear_solve(a.view(), b.view()).unwrap();
        let double = algebra.linear_solve(a.mapv(f64::from).view(), b.mapv(f64::from).view());
        let all = |x: &Array2<f64>| x.iter().copied().collect::<Vec<_>>();
        Bytes::default()
            .floats(&solved)
            .doubles(&all(&double.unwrap()))
            .floats(&algebra.matrix_power(a.view(), 5).unwrap())
            .doubles(&all(&spectral.vectors))
            .doubles(&spectral.values.to_vec())
            .doubles(&found.singular_values.to_vec())
            .doubles(&all(&found.covariance))
            .doubles(&all(&found.cosine_similarity))
            .doubles(&[
                algebra.frobenius_norm(wide.view()).unwrap(),
                found.condition_number,
            ])
    });
}

#[test]
fn a_compression_by_error_keeps_its_bits() {
    check("svd_compress_to", COMPRESSED_TO, |algebra| {
        let x = phantom(120, 100);
        let factors = algebra
            .svd_compress_to(x.view(), Fidelity::MaxAbsError(150.0))
            .unwrap();
        Bytes::default()
            .floats(&factors.u)
            .floats(&factors.s)
            .floats(&factors.vt)
    });
}

#[test]
fn quantised_products_keep_their_bits() {
    check("quantised products", QUANTISED, |algebra| {
        let bytes = |seed: usize| {
            Array2::from_shape_fn((33, 200), |(i, j)| noise(seed + i * 200 + j) as i8)
        };
        let signs = |seed| SignMatrix::of(matrix(33, 200, seed).view()).unwrap();
        Bytes::default()
            .bytes(&integers(
                algebra
                    .transform_i8(bytes(1).view(), bytes(9).view())
                    .unwrap()
                    .view(),
            ))
            .bytes(&integers(
                algebra
                    .transform_signs(&signs(1), &signs(2))
                    .unwrap()
                    .view(),
            ))
    });
}

#[test]
fn edge_keeping_and_noise_removing_filters_keep_their_bits() {
    check("denoising", DENOISING, |algebra| {
        let x = phantom_volume(5, 30, 70);
        let view = x.view();
        let series = x.clone().into_shape_with_order((5, 2, 15, 70)).unwrap();
        let (clean, sigma) = algebra.mp_pca(series.view(), [1, 1, 2]).unwrap();
        let channels = x.to_shape((5250, 2)).unwrap();
        let spectra = matrix(3, 2, 4);
        Bytes::default()
            .floats(
                &algebra
                    .bilateral(view, [0.8, 1.5, 1.1], 70.0, Extension::Reflect)
                    .unwrap(),
            )
            .floats(&algebra.clahe(view, 6, 2.5).unwrap())
            .floats(&algebra.mp_pca_slices(view, 2, 1).unwrap())
            .floats(&clean)
            .floats(&sigma)
            .doubles(&[
                f64::from(algebra.otsu(view, 256).unwrap()),
                algebra.percentile(view, 37.3).unwrap(),
            ])
            .words(&algebra.histogram(view, -500.0, 900.0, 77).unwrap())
            .floats(
                &algebra
                    .unmix(channels.view(), spectra.view(), true)
                    .unwrap(),
            )
    });
}

#[test]
fn filters_keep_their_bits() {
    check("filters", FILTERS, |algebra| {
        let x = phantom_volume(6, 50, 150);
        let view = x.view();
        Bytes::default()
            .floats(
                &algebra
                    .gaussian(view, [1.0, 1.3, 0.7], Extension::Reflect)
                    .unwrap(),
            )
            .floats(&algebra.mean(view, [1, 2, 3], Extension::Nearest).unwrap())
            .floats(&algebra.median(view, [1, 1, 1], Extension::Mirror).unwrap())
            .floats(
                &algebra
                    .sobel_magnitude(view, Dimensions::Volume, Extension::Wrap)
                    .unwrap(),
            )
            .floats(
                &algebra
                    .laplacian(view, Dimensions::Plane, Extension::Constant(0.5))
                    .unwrap(),
            )
            .floats(
                &algebra
                    .unsharp(view, [0.0, 2.0, 2.0], 1.5, Extension::Reflect)
                    .unwrap(),
            )
    });
}

#[test]
fn the_first_bytes_of_a_stored_mask_do_not_change() {
    let mask = BitMask::empty([2, 3, 200]).unwrap();
    assert_eq!(mask.to_run_lengths(), b"CXRL\x01\x02\x03\xc8\x01\xb0\x09");
}

const MORPHOLOGY: &str = "fec48f914869814e4ae5ec9ae92aeabbb39f7c1d9d0784a84eb6f525e0dd526b";
const COMPONENTS: &str = "184546e06fd6239254cb19b342c4dcd9097b03605aea11929d149138e4a24fe2";
const DENSE: &str = "36f25ab51bee1664f82c4cac323d59080d2a470b1541fa519da4deead7a04f0d";
const COMPRESSED_TO: &str = "f48d1785622f163a824b3a7d95bb916b0ef77504cafab1d95fe71354a7c05713";
const QUANTISED: &str = "ce2833fe6a8cc1b24ed0427dcdb36453885bce6b3732bea8bdc52fbdae5b09f1";
const DENOISING: &str = "5c63ec8bea89eab4c6fa94c3480e8ac9f56763ba5070855df33ff4cf78cb8096";
const FILTERS: &str = "00f80f26c723ae4973e88c40a55757c549c8d423ce2892347291d8ebbaea24fa";
