//! Masks of the voxels whose value lies between two limits, from floats or straight from stored integers.

use ndarray::{ArrayView3, Axis};
use rayon::prelude::*;

use crate::instruction_set::Kernel;
use crate::mask::WORD_BITS;
use crate::stored::{check_rescale, rescale};
use crate::threads::one_thread;
use crate::{AlgebraError, BinaryAlgebra, BitMask, StoredSamples, StoredView};

impl BitMask {
    /// The voxels with `low <= value <= high`. The limits may be infinite; a NaN voxel is never in the mask.
    ///
    /// # Errors
    /// An empty volume, a limit that is NaN, `low` above `high`.
    pub fn threshold(view: ArrayView3<'_, f32>, low: f32, high: f32) -> Result<Self, AlgebraError> {
        check_limits(low, high)?;
        let (slices, rows, columns) = view.dim();
        let mut mask = Self::empty([slices, rows, columns])?;
        let row_words = mask.row_words();
        let algebra = BinaryAlgebra::new();
        mask.words_mut()
            .par_chunks_mut(rows * row_words)
            .zip(view.axis_iter(Axis(0)).into_par_iter())
            .for_each(|(words, slice)| {
                for (words, row) in words.chunks_mut(row_words).zip(slice.rows()) {
                    match row.to_slice() {
                        Some(values) => algebra.run(Within {
                            values,
                            low,
                            high,
                            words,
                        }),
                        None => {
                            let values = row.to_vec();
                            algebra.run(Within {
                                values: &values,
                                low,
                                high,
                                words,
                            });
                        }
                    }
                }
            });
        Ok(mask)
    }

    /// The voxels with `low <= stored × slope + intercept <= high`, without making a floating point copy.
    /// The mask equals that of [`Self::threshold`] on the rescaled values, see [`crate::rescale`].
    ///
    /// # Errors
    /// As [`Self::threshold`]; also a slope or intercept that is not finite.
    pub fn threshold_stored(
        stored: StoredView<'_, 3>,
        slope: f64,
        intercept: f64,
        low: f32,
        high: f32,
    ) -> Result<Self, AlgebraError> {
        check_limits(low, high)?;
        check_rescale(slope, intercept)?;
        let mut mask = Self::empty(stored.shape())?;
        macro_rules! threshold {
            ($samples:expr, $type:ty) => {{
                let inside = |stored: i64| {
                    let value = rescale(stored as f64, slope, intercept);
                    low <= value && value <= high
                };
                let value = |stored: i64| rescale(stored as f64, slope, intercept);
                let (least, most) = (i64::from(<$type>::MIN), i64::from(<$type>::MAX));
                // The value is monotone in the stored integer, so the voxels inside are an interval of integers.
                let (first, last) = if slope < 0.0 {
                    (first_where(least, most, |v| value(v) <= high), first_where(least, most, |v| value(v) < low) - 1)
                } else {
                    (first_where(least, most, |v| value(v) >= low), first_where(least, most, |v| value(v) > high) - 1)
                };
                if first <= last && inside(first) {
                    within(&mut mask, $samples, first as $type, last as $type);
                }
            }};
        }
        match stored.samples() {
            StoredSamples::U8(samples) => threshold!(samples, u8),
            StoredSamples::I8(samples) => threshold!(samples, i8),
            StoredSamples::U16(samples) => threshold!(samples, u16),
            StoredSamples::I16(samples) => threshold!(samples, i16),
        }
        Ok(mask)
    }
}

/// The first integer of `least..=most` from which on `holds`, or `most + 1`.
fn first_where(least: i64, most: i64, holds: impl Fn(i64) -> bool) -> i64 {
    let (mut low, mut high) = (least, most + 1);
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle) {
            high = middle
        } else {
            low = middle + 1
        }
    }
    low
}

/// Marks the samples of `low..=high` in a mask of their shape.
fn within<T: Copy + PartialOrd + Sync>(mask: &mut BitMask, samples: &[T], low: T, high: T) {
    let [slices, rows, columns] = mask.shape();
    let row_words = mask.row_words();
    let algebra = BinaryAlgebra::new();
    // Rows that fill their words lie in the mask as they do in the slice: one run over all of them.
    let (words_each, values_each) = match columns % WORD_BITS {
        0 => (rows * row_words, rows * columns),
        _ => (row_words, columns),
    };
    let slice = |(words, slice): (&mut [u64], &[T])| {
        for (words, values) in words.chunks_mut(words_each).zip(slice.chunks(values_each)) {
            algebra.run(Within {
                values,
                low,
                high,
                words,
            });
        }
    };
    let words = mask.words_mut();
    let (words_all, values_all) = (rows * row_words, rows * columns);
    if slices == 1 || one_thread() {
        let both = words.chunks_mut(words_all).zip(samples.chunks(values_all));
        both.for_each(slice);
    } else {
        let words = words.par_chunks_mut(words_all);
        words.zip(samples.par_chunks(values_all)).for_each(slice);
    }
}

fn check_limits(low: f32, high: f32) -> Result<(), AlgebraError> {
    if low.is_nan() {
        return Err(AlgebraError::parameter("low", low, "a number"));
    }
    if high.is_nan() {
        return Err(AlgebraError::parameter("high", high, "a number"));
    }
    if low > high {
        return Err(AlgebraError::parameter(
            "low",
            low,
            format!("at most `high`, which is {high}"),
        ));
    }
    Ok(())
}

/// Writes one row of values as bits.
struct Within<'a, T> {
    values: &'a [T],
    low: T,
    high: T,
    words: &'a mut [u64],
}

impl<T: Copy + PartialOrd> Kernel for Within<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let (low, high) = (self.low, self.high);
        let (chunks, rest) = self.values.as_chunks::<WORD_BITS>();
        for (word, values) in self.words.iter_mut().zip(chunks) {
            *word = pack_bits(values, low, high);
        }
        if !rest.is_empty() {
            let word = rest.iter().enumerate().fold(0, |word, (bit, value)| {
                word | u64::from(low <= *value && *value <= high) << bit
            });
            if let Some(last) = self.words.last_mut() {
                *last = word;
            }
        }
    }
}

/// 64 comparisons as a word. Bytes of 0 or 1 are made first, since those fill vector lanes; a multiplication
/// then gathers eight of them into a byte.
#[inline(always)]
fn pack_bits<T: Copy + PartialOrd>(values: &[T; WORD_BITS], low: T, high: T) -> u64 {
    let mut bytes = [0u8; WORD_BITS];
    for (byte, value) in bytes.iter_mut().zip(values) {
        *byte = u8::from(low <= *value) & u8::from(*value <= high);
    }
    let mut word = 0;
    for (index, bytes) in bytes.as_chunks::<8>().0.iter().enumerate() {
        let gathered = u64::from_le_bytes(*bytes).wrapping_mul(0x0102_0408_1020_4080) >> 56;
        word |= gathered << (8 * index);
    }
    word
}
