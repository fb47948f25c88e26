//! Matrices and volumes made by integer formulas, so that every machine makes the same ones.
#![allow(dead_code, reason = "each test file uses some of these")]
#![allow(clippy::unwrap_used, reason = "a test stops at its first failure")]

pub mod golden;

use kernel_algebra::{BinaryAlgebra, BitMask, InstructionSet, Neighbours};
use ndarray::{Array2, Array3, ArrayView2};

/// Every neighbourhood, in a slice and in a volume.
pub const ALL_NEIGHBOURS: [Neighbours; 5] = [
    Neighbours::Four,
    Neighbours::Eight,
    Neighbours::Six,
    Neighbours::Eighteen,
    Neighbours::TwentySix,
];

/// Whole numbers that look random, from a counter.
pub fn noise(index: usize) -> u32 {
    let mut bits = (index as u32).wrapping_mul(0x9e37_79b9) ^ 0x85eb_ca6b;
    bits = (bits ^ (bits >> 16)).wrapping_mul(0x7feb_352d);
    bits = (bits ^ (bits >> 15)).wrapping_mul(0x846c_a68b);
    bits ^ (bits >> 16)
}

/// Values in −1..1 with 24 bits.
pub fn matrix(rows: usize, columns: usize, seed: usize) -> Array2<f32> {
    Array2::from_shape_fn((rows, columns), |(i, j)| {
        (noise(seed * 1_000_003 + i * columns + j) >> 8) as f32 / 8_388_608.0 - 1.0
    })
}

/// A slice like those of computed tomography, in HU: body, bone, lung and noise, from integers only.
pub fn phantom(rows: usize, columns: usize) -> Array2<f32> {
    Array2::from_shape_fn((rows, columns), |(i, j)| {
        let y = (2000 * i / rows) as i64 - 1000;
        let x = (2000 * j / columns) as i64 - 1000;
        let body = if x * x * 10 / 7 + y * y * 2 < 1_000_000 {
            1040
        } else {
            0
        };
        let bone = if x * x + (y - 400) * (y - 400) < 10_000 {
            900
        } else {
            0
        };
        let lung = if (x.abs() - 350) * (x.abs() - 350) * 25 + y * y * 11 < 1_000_000 {
            -850
        } else {
            0
        };
        (body + bone + lung - 1000 + i64::from(noise(i * columns + j) >> 27)) as f32
    })
}

pub fn phantom_volume(slices: usize, rows: usize, columns: usize) -> Array3<f32> {
    let slice = phantom(rows, columns);
    Array3::from_shape_fn((slices, rows, columns), |(k, i, j)| {
        slice[[i, j]] + (k * 7) as f32
    })
}

/// Every algebra that this machine can run.
pub fn algebras() -> Vec<BinaryAlgebra> {
    InstructionSet::available()
        .into_iter()
        .map(|set| BinaryAlgebra::with_instruction_set(set).unwrap())
        .collect()
}

/// The definition of the product: chains of fused multiply-adds over blocks of 256 columns, block sums in order.
pub fn product_by_definition(data: ArrayView2<f32>, weights: ArrayView2<f32>) -> Array2<f32> {
    Array2::from_shape_fn((data.nrows(), weights.nrows()), |(i, j)| {
        let mut total = None;
        for first in (0..data.ncols()).step_by(256) {
            let last = data.ncols().min(first + 256);
            let block =
                (first..last).fold(0f32, |sum, k| data[[i, k]].mul_add(weights[[j, k]], sum));
            total = Some(total.map_or(block, |total: f32| total + block));
        }
        total.unwrap()
    })
}

pub fn bits(values: &Array2<f32>) -> Vec<u32> {
    values.iter().map(|value| value.to_bits()).collect()
}

/// A mask of noise: each voxel is in it with `parts` chances of 256.
pub fn noise_mask([slices, rows, columns]: [usize; 3], parts: u32, seed: usize) -> BitMask {
    let volume = Array3::from_shape_fn((slices, rows, columns), |(k, i, j)| {
        (noise(seed * 7919 + (k * rows + i) * columns + j) >> 24) as f32
    });
    BitMask::threshold(volume.view(), -1.0, parts as f32 - 0.5).unwrap()
}

/// A mask that holds the voxels for which `inside` is true.
pub fn mask_where(shape: [usize; 3], inside: impl Fn([usize; 3]) -> bool) -> BitMask {
    let volume = Array3::from_shape_fn(shape, |(k, i, j)| f32::from(u8::from(inside([k, i, j]))));
    BitMask::threshold(volume.view(), 1.0, 1.0).unwrap()
}

/// Every voxel of a shape, in order.
pub fn voxels([slices, rows, columns]: [usize; 3]) -> impl Iterator<Item = [usize; 3]> {
    (0..slices * rows * columns)
        .map(move |at| [at / (rows * columns), at / columns % rows, at % columns])
}
