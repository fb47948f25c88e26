//! The fixed random matrix of the range finder: a counter-based generator of integers, exact in f32.

use ndarray::Array2;

/// Chosen once; part of the definition of a compression.
const SEED: u64 = 0x434c_4953_4f4e_4958;

/// Mixes a counter into 64 even bits (the finaliser of SplitMix64, Steele, Lea and Flood 2014).
fn mix(counter: u64) -> u64 {
    let mut bits = counter
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        .wrapping_add(SEED);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// `[rows, columns]` of nearly normal numbers: the sum of four signed 16-bit integers, over 2¹⁶.
///
/// Each number is an integer below 2²⁴ times a power of two, and so exact.
pub(crate) fn sketch(rows: usize, columns: usize) -> Array2<f32> {
    Array2::from_shape_fn((rows, columns), |(row, column)| {
        let bits = mix(((row as u64) << 40) ^ column as u64);
        let sum: i32 = (0..4)
            .map(|part| i32::from((bits >> (16 * part)) as u16 as i16))
            .sum();
        // Two more than the sum: the mean of a signed 16-bit integer is −1/2.
        (sum + 2) as f32 / 65536.0
    })
}
