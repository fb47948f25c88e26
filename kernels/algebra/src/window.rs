//! Stored integers through a window to grey levels of eight bits, without a floating point copy.

use std::mem::MaybeUninit;

use rayon::prelude::*;

use crate::instruction_set::Kernel;
use crate::memory::written;
use crate::stored::check_rescale;
use crate::threads::one_thread;
use crate::{AlgebraError, BinaryAlgebra, StoredSamples, StoredView};

/// Samples that one task takes. A slice of 512 × 512 is one task, so that it never waits for another thread.
const TASK_SAMPLES: usize = 1 << 18;
/// Samples that fill vectors together.
const LANES: usize = 64;
/// Adding it leaves a number below 2²² as a whole number in the lowest bits of an f32, rounded to the nearest, halves to even.
const TO_WHOLE: f32 = 12_582_912.0;

impl BinaryAlgebra {
    /// Grey levels 0 to 255 of stored samples, by the linear window of PS3.3 C.11.2.1.2.1 on `stored × slope + intercept`:
    /// `((value − (center − 0.5)) / (width − 1) + 0.5) × 255`, cut off at 0 and 255 and rounded.
    ///
    /// Slope, intercept and window are joined in f64 to one factor and one term, so that a level is one fused
    /// multiply-add in f32 and its rounding.
    ///
    /// # Errors
    /// A slope, intercept or center that is not finite, a width that is not finite or not above 1.
    pub fn window_stored<const AXES: usize>(
        &self,
        stored: StoredView<'_, AXES>,
        slope: f64,
        intercept: f64,
        center: f64,
        width: f64,
    ) -> Result<Vec<u8>, AlgebraError> {
        check_rescale(slope, intercept)?;
        if !center.is_finite() {
            return Err(AlgebraError::parameter("center", center, "a finite number"));
        }
        if !(width > 1.0 && width.is_finite()) {
            let rule = "a finite number above 1";
            return Err(AlgebraError::parameter("width", width, rule));
        }
        let factor = (slope * 255.0 / (width - 1.0)) as f32;
        let term = (((intercept - (center - 0.5)) / (width - 1.0) + 0.5) * 255.0) as f32;
        Ok(match stored.samples() {
            StoredSamples::U8(samples) => self.levels(samples, factor, term),
            StoredSamples::I8(samples) => self.levels(samples, factor, term),
            StoredSamples::U16(samples) => self.levels(samples, factor, term),
            StoredSamples::I16(samples) => self.levels(samples, factor, term),
        })
    }

    fn levels<T: Copy + Into<f32> + Sync>(self, samples: &[T], factor: f32, term: f32) -> Vec<u8> {
        let task = |samples: &[T], levels: &mut [MaybeUninit<u8>]| {
            self.run(Levels {
                samples,
                factor,
                term,
                levels,
            });
        };
        let write = |levels: &mut [MaybeUninit<u8>]| {
            if samples.len() <= TASK_SAMPLES || one_thread() {
                return task(samples, levels);
            }
            levels
                .par_chunks_mut(TASK_SAMPLES)
                .zip(samples.par_chunks(TASK_SAMPLES))
                .for_each(|(levels, samples)| task(samples, levels));
        };
        // SAFETY: there are as many levels as samples, and a task writes the level of each of its samples.
        unsafe { written(samples.len(), write) }
    }
}

struct Levels<'a, T> {
    samples: &'a [T],
    factor: f32,
    term: f32,
    levels: &'a mut [MaybeUninit<u8>],
}

impl<T: Copy + Into<f32>> Kernel for Levels<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let (factor, term) = (self.factor, self.term);
        // Compared and chosen, since `clamp` and a saturating `as u8` keep the loop from using vectors. An overflow to
        // infinity is cut off like any value, and finite factors leave no NaN.
        let level = |stored: T| {
            let value = factor.mul_add(stored.into(), term);
            let value = if value > 0.0 { value } else { 0.0 };
            let value = if value < 255.0 { value } else { 255.0 };
            (value + TO_WHOLE).to_bits() as u8
        };
        let (samples, rest) = self.samples.as_chunks::<LANES>();
        let (levels, rest_levels) = self.levels.as_chunks_mut::<LANES>();
        for (levels, samples) in levels.iter_mut().zip(samples) {
            for lane in 0..LANES {
                levels[lane].write(level(samples[lane]));
            }
        }
        for (out, stored) in rest_levels.iter_mut().zip(rest) {
            out.write(level(*stored));
        }
    }
}
