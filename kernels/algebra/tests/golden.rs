//! Fixed inputs give fixed bits, on every instruction set and with 1, 2 and 7 threads.
#![allow(clippy::unwrap_used, reason = "a test stops at its first failure")]

mod support;

use kernel_algebra::{BinaryAlgebra, BitMask, LowRank, StoredSamples, StoredView};
use ndarray::{Array2, s};
use support::golden::{Bytes, check};
use support::{matrix, noise, phantom, phantom_volume};

fn transformed(algebra: BinaryAlgebra, data: Array2<f32>, weights: Array2<f32>) -> Bytes {
    Bytes::default().floats(
        &algebra
            .transform_matrix(data.view(), weights.view())
            .unwrap(),
    )
}

fn factors(low_rank: &LowRank) -> Bytes {
    Bytes::default()
        .floats(&low_rank.u)
        .floats(&low_rank.s)
        .floats(&low_rank.vt)
}

#[test]
fn the_square_product_keeps_its_bits() {
    check("transform 300 × 600 × 290", SQUARE, |algebra| {
        transformed(algebra, matrix(300, 600, 1), matrix(290, 600, 2))
    });
}

#[test]
fn the_unmixing_of_pixels_keeps_its_bits() {
    check("transform 20000 × 3 × 2", UNMIXING, |algebra| {
        transformed(algebra, matrix(20_000, 3, 3), matrix(2, 3, 4))
    });
}

#[test]
fn the_product_of_a_casorati_matrix_keeps_its_bits() {
    check("transform 9000 × 300 × 5", CASORATI, |algebra| {
        transformed(algebra, matrix(9000, 300, 5), matrix(5, 300, 6))
    });
}

#[test]
fn the_product_of_stored_integers_keeps_its_bits() {
    let samples: Vec<u16> = (0..500 * 400).map(|index| noise(index) as u16).collect();
    check("transform of u16", STORED, |algebra| {
        let stored = StoredView::new(StoredSamples::U16(&samples), [500, 400]).unwrap();
        Bytes::default().floats(
            &algebra
                .transform_stored(stored, 0.37, -1024.0, matrix(30, 400, 7).view())
                .unwrap(),
        )
    });
}

#[test]
fn a_compressed_slice_keeps_its_bits() {
    let x = phantom(256, 200);
    check("svd_compress 256 × 200, k = 32", COMPRESSED, |algebra| {
        let low_rank = algebra.svd_compress(x.view(), 32).unwrap();
        let errors = low_rank.errors(x.view());
        factors(&low_rank)
            .doubles(&[errors.relative_frobenius, errors.psnr_db])
            .floats(&[errors.max_abs])
            .floats(&low_rank.reconstruct())
    });
}

#[test]
fn compressed_noise_keeps_its_bits() {
    check("svd_compress of noise", NOISE, |algebra| {
        factors(
            &algebra
                .svd_compress(matrix(120, 180, 8).view(), 10)
                .unwrap(),
        )
    });
}

#[test]
fn all_singular_vectors_keep_their_bits() {
    check("svd_compress, all", ALL, |algebra| {
        factors(&algebra.svd_compress(matrix(90, 70, 9).view(), 70).unwrap())
    });
    check("svd_compress, all of rank 2", RANK_TWO, |algebra| {
        let two = algebra
            .transform_matrix(matrix(60, 2, 10).view(), matrix(50, 2, 11).view())
            .unwrap();
        factors(&algebra.svd_compress(two.view(), 50).unwrap())
    });
}

#[test]
fn masks_keep_their_bits() {
    let volume = phantom_volume(5, 90, 130);
    let stored: Vec<i16> = volume.iter().map(|value| *value as i16).collect();
    check("masks", MASKS, |_| {
        let tissue = BitMask::threshold(volume.view(), -200.0, 300.0).unwrap();
        let view = StoredView::new(StoredSamples::I16(&stored), [5, 90, 130]).unwrap();
        let stored = BitMask::threshold_stored(view, 0.5, 3.0, -400.0, 20.0).unwrap();
        let part = BitMask::threshold(volume.slice(s![.., .., ..;-1]), 30.0, 2000.0).unwrap();
        let combined = tissue
            .and(&stored)
            .unwrap()
            .xor(&part.not())
            .unwrap()
            .andnot(&part)
            .unwrap();
        Bytes::default()
            .words(tissue.words())
            .words(stored.words())
            .words(combined.words())
            .doubles(&[tissue.volume_ml(0.7)])
    });
}

const SQUARE: &str = "2e22c9ce22c64b198c78e57928e0d5d993d9e4e8a1e6de80fae53c3190d09006";
const UNMIXING: &str = "42e202eac525a62a68b3f3d33813f8012a3c2c962ed0ba22fb56b77b292df4b8";
const CASORATI: &str = "94ddfe2ff65ff80a259b4a99c3fbdd8f293aab55e6a95097ef9314283356f068";
const STORED: &str = "3835a02e5eac055e395264e2d5e9b593732be77aaa73b1d6ea42ea440ccd4803";
const COMPRESSED: &str = "bffc28cf83f28be611334c2190f2577568971e0afd9509b66f48972539b9d4f0";
const NOISE: &str = "feffcd11d32471091e34d35b7c3553f7b87c93a06d6120faceeca3820956ac67";
const ALL: &str = "8b7d83fdcfb0229b380cc470133bb95d06f2a154085318506f58b1d988f98f21";
const RANK_TWO: &str = "a4d85cebb71700062b304b63612822da342a7a651d0ff908b0c8bc62a5a788bb";
const MASKS: &str = "3edc9d88ae6e8c68b2718c03c70784f4720d723f514bab1f7d0e01db50ce1ce1";
