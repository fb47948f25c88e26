//! Finds NaN and infinities before they can spread.

use std::array::from_fn;

use ndarray::ArrayView2;

use crate::BinaryAlgebra;
use crate::instruction_set::Kernel;

/// The bits of an infinity without its sign; every NaN is above it, every finite number below.
const INFINITY_BITS: u32 = 0x7f80_0000;

/// Whether every value is finite.
#[inline(always)]
pub(crate) fn all_finite(values: &[f32]) -> bool {
    largest_bits(values) < INFINITY_BITS
}

/// The largest bit pattern without its sign, which is that of the largest absolute value.
#[inline(always)]
fn largest_bits(values: &[f32]) -> u32 {
    let (chunks, rest) = values.as_chunks::<32>();
    let mut largest = [0u32; 32];
    for chunk in chunks {
        // Made anew and not changed in place, so that the lanes stay in registers.
        largest = from_fn(|lane| largest[lane].max(chunk[lane].to_bits() & 0x7fff_ffff));
    }
    let rest = rest
        .iter()
        .map(|value| value.to_bits() & 0x7fff_ffff)
        .max()
        .unwrap_or(0);
    largest.into_iter().fold(rest, u32::max)
}

/// The largest absolute value of a matrix; NaN or infinity if one is in it.
pub(crate) fn largest(algebra: BinaryAlgebra, x: &ArrayView2<'_, f32>) -> f32 {
    let most = match x.as_slice_memory_order() {
        Some(values) => algebra.run(LargestBits(values)),
        None => x
            .iter()
            .map(|value| value.to_bits() & 0x7fff_ffff)
            .max()
            .unwrap_or(0),
    };
    f32::from_bits(most)
}

struct LargestBits<'a>(&'a [f32]);

impl Kernel for LargestBits<'_> {
    type Output = u32;

    #[inline(always)]
    fn run(self) -> u32 {
        largest_bits(self.0)
    }
}
