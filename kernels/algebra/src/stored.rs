//! Stored integers as they lie in a frame, and the rescale that turns them into values.

use crate::AlgebraError;

/// The value of a stored integer: `stored × slope + intercept`, computed in f64 with two roundings and then
/// rounded to f32 (PS3.3 C.11.1.1.2).
#[inline(always)]
pub fn rescale(stored: f64, slope: f64, intercept: f64) -> f32 {
    (stored * slope + intercept) as f32
}

/// How stored integers become values: in f64 as [`rescale`] says, or where that gives the same bits in f32, which is
/// twice as fast.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rescale {
    slope: f64,
    intercept: f64,
    /// One rounding of the exact sum is all that [`rescale`] does too.
    single: bool,
}

impl Rescale {
    pub fn new(slope: f64, intercept: f64) -> Self {
        // Whole multiples of 2⁻²⁰ that are small enough: the product with 16 bits and the sum fit the 53 bits of f64,
        // so that f64 rounds nothing and the one rounding to f32 is that of a fused multiply-add.
        let fits = |value: f64, most: f64| {
            value.abs() <= most
                && (value * 1_048_576.0).fract() == 0.0
                && f64::from(value as f32) == value
        };
        Self {
            slope,
            intercept,
            single: fits(slope, 1024.0) && fits(intercept, 1_048_576.0),
        }
    }

    /// Factor and term in f32, if those give the same bits.
    #[inline(always)]
    pub fn single(self) -> Option<(f32, f32)> {
        self.single
            .then_some((self.slope as f32, self.intercept as f32))
    }
}

/// Samples of a frame or volume in their stored type.
#[derive(Debug, Clone, Copy)]
pub enum StoredSamples<'a> {
    /// 8 bits, unsigned.
    U8(&'a [u8]),
    /// 8 bits, signed.
    I8(&'a [i8]),
    /// 16 bits, unsigned.
    U16(&'a [u16]),
    /// 16 bits, signed.
    I16(&'a [i16]),
}

impl StoredSamples<'_> {
    /// Number of samples.
    pub fn len(&self) -> usize {
        match self {
            Self::U8(samples) => samples.len(),
            Self::I8(samples) => samples.len(),
            Self::U16(samples) => samples.len(),
            Self::I16(samples) => samples.len(),
        }
    }

    /// Whether there is no sample.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Stored samples with a shape of `AXES` lengths, slowest axis first, contiguous.
#[derive(Debug, Clone, Copy)]
pub struct StoredView<'a, const AXES: usize> {
    samples: StoredSamples<'a>,
    /// Invariant: no axis is zero, and the product is the number of samples.
    shape: [usize; AXES],
}

impl<'a, const AXES: usize> StoredView<'a, AXES> {
    /// Gives samples a shape, slowest axis first.
    ///
    /// # Errors
    /// [`AlgebraError::Empty`] if an axis is zero, [`AlgebraError::Length`] if the product of the shape is not the
    /// number of samples.
    pub fn new(samples: StoredSamples<'a>, shape: [usize; AXES]) -> Result<Self, AlgebraError> {
        if shape.contains(&0) {
            return Err(AlgebraError::Empty {
                argument: "stored",
                shape: shape.to_vec(),
            });
        }
        let needed = shape
            .iter()
            .try_fold(1usize, |product, axis| product.checked_mul(*axis));
        match needed {
            Some(needed) if needed == samples.len() => Ok(Self { samples, shape }),
            _ => Err(AlgebraError::Length {
                argument: "stored",
                length: samples.len(),
                shape: shape.to_vec(),
                needed: needed.unwrap_or(usize::MAX),
            }),
        }
    }

    /// The samples.
    pub fn samples(&self) -> StoredSamples<'a> {
        self.samples
    }

    /// The shape, slowest axis first.
    pub fn shape(&self) -> [usize; AXES] {
        self.shape
    }
}

/// Refuses a slope or intercept that is NaN or infinite.
pub(crate) fn check_rescale(slope: f64, intercept: f64) -> Result<(), AlgebraError> {
    for (parameter, value) in [("slope", slope), ("intercept", intercept)] {
        if !value.is_finite() {
            return Err(AlgebraError::parameter(parameter, value, "a finite number"));
        }
    }
    Ok(())
}
