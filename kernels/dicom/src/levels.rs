//! Levels of 16 bits for computed values: the step is a power of two, and zero is a level.

use crate::error::DicomError;

/// Levels of 16 bits to either side of zero, or above it.
const SIGNED_LEVELS: f64 = 32_767.0;
const UNSIGNED_LEVELS: f64 = 65_535.0;
/// Powers of two that are steps between levels.
const STEP_EXPONENT_MIN: i32 = -24;
const STEP_EXPONENT_MAX: i32 = 96;

/// What 16 bits mean: `value = stored * step`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Levels {
    /// Distance of two levels: a power of two, so that it is exact in text and in numbers.
    pub step: f64,
    /// Whether there are levels below zero.
    pub signed: bool,
}

impl Levels {
    /// The finest levels that reach from the least value to the greatest; zero is always one of them, as PET wants it.
    ///
    /// # Errors
    /// [`DicomError::Unsupported`] for values that are no numbers, or too large for any step.
    pub fn over([low, high]: [f32; 2]) -> Result<Self, DicomError> {
        let (low, high) = (f64::from(low), f64::from(high));
        if !low.is_finite() || !high.is_finite() || low > high {
            return refuse("images with values that are no numbers".to_owned());
        }
        let signed = low < 0.0;
        let levels = if signed {
            SIGNED_LEVELS
        } else {
            UNSIGNED_LEVELS
        };
        let reach = low.abs().max(high.abs());
        let step = (STEP_EXPONENT_MIN..=STEP_EXPONENT_MAX)
            .map(|exponent| 2.0_f64.powi(exponent))
            .find(|step| reach / step <= levels);
        match step {
            Some(step) => Ok(Self { step, signed }),
            None => refuse(format!("images with values up to {reach:e}")),
        }
    }

    /// The level nearest to a value.
    pub(crate) fn bits(self, value: f32) -> u16 {
        let level = (f64::from(value) / self.step).round_ties_even();
        if self.signed {
            (level.clamp(-SIGNED_LEVELS - 1.0, SIGNED_LEVELS) as i16).cast_unsigned()
        } else {
            level.clamp(0.0, UNSIGNED_LEVELS) as u16
        }
    }

    /// What a level means.
    pub(crate) fn value(self, bits: u16) -> f64 {
        let level = if self.signed {
            f64::from(bits.cast_signed())
        } else {
            f64::from(bits)
        };
        level * self.step
    }
}

fn refuse<T>(reason: String) -> Result<T, DicomError> {
    Err(DicomError::Unsupported(reason))
}
