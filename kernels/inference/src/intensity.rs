//! From modality values to what a model was trained on, and back: one multiplication and one addition, fixed for a series.

use serde::{Deserialize, Serialize};

use crate::InferenceError;

/// How a model wants its intensities.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Intensity {
    /// As they are, in modality units.
    AsIs,
    /// `low` becomes 0 and `high` becomes 1 (modality units); values outside are cut off.
    Window {
        /// Becomes 0.
        low: f32,
        /// Becomes 1.
        high: f32,
    },
    /// The least value of the slice (2-D) or series (3-D) becomes 0, the greatest 1.
    MinMax,
    /// The value below which `low` percent of the slice (2-D) or series (3-D) lie becomes 0, that of `high` percent 1;
    /// values outside are cut off. A few bright voxels then do not darken all others.
    Percentile {
        /// 0 to 100.
        low: f32,
        /// 0 to 100, more than `low`.
        high: f32,
    },
    /// Mean 0 and standard deviation 1 over the slice (2-D) or series (3-D).
    ZScore,
}

impl Intensity {
    /// Whether the numbers make sense.
    pub fn check(&self) -> Result<(), InferenceError> {
        match self {
            Self::Window { low, high } if !(low.is_finite() && high.is_finite() && low < high) => {
                Err(InferenceError::manifest(format_args!(
                    "an intensity window from {low} to {high} is none"
                )))
            }
            Self::Percentile { low, high } if !(0.0 <= *low && low < high && *high <= 100.0) => {
                Err(InferenceError::manifest(format_args!(
                    "intensity percentiles from {low} to {high} are none"
                )))
            }
            _ => Ok(()),
        }
    }

    /// The transform for these values, which are read in order: sums are in f64, slice by slice.
    pub fn normaliser<'a>(&self, slices: impl Iterator<Item = &'a [f32]>) -> Normaliser {
        let line = |low: f32, high: f32| Normaliser {
            offset: low,
            scale: if high > low { high - low } else { 1.0 },
            bounds: None,
        };
        match self {
            Self::AsIs => line(0.0, 1.0),
            Self::Window { low, high } => Normaliser {
                bounds: Some((*low, *high)),
                ..line(*low, *high)
            },
            Self::MinMax => {
                let (mut low, mut high) = (f32::INFINITY, f32::NEG_INFINITY);
                for value in slices.flatten() {
                    low = low.min(*value);
                    high = high.max(*value);
                }
                if low <= high {
                    line(low, high)
                } else {
                    line(0.0, 1.0)
                }
            }
            Self::Percentile { low, high } => {
                let mut values: Vec<f32> = slices.flatten().copied().collect();
                let mut at = |percent: f32| {
                    let last = values.len().saturating_sub(1);
                    let place = (f64::from(percent) / 100.0 * last as f64).floor() as usize;
                    let found = (!values.is_empty()).then(|| {
                        *values
                            .select_nth_unstable_by(place.min(last), f32::total_cmp)
                            .1
                    });
                    found.unwrap_or(0.0)
                };
                let (low, high) = (at(*low), at(*high));
                Normaliser {
                    bounds: (low <= high).then_some((low, high)),
                    ..line(low, high)
                }
            }
            Self::ZScore => {
                let (mut count, mut sum, mut squares) = (0_u64, 0.0_f64, 0.0_f64);
                for slice in slices {
                    let (mut slice_sum, mut slice_squares) = (0.0_f64, 0.0_f64);
                    for value in slice {
                        let value = f64::from(*value);
                        slice_sum += value;
                        slice_squares += value * value;
                    }
                    count += slice.len() as u64;
                    sum += slice_sum;
                    squares += slice_squares;
                }
                let mean = sum / count.max(1) as f64;
                let variance = (squares / count.max(1) as f64 - mean * mean).max(0.0);
                let deviation = variance.sqrt() as f32;
                Normaliser {
                    offset: mean as f32,
                    scale: if deviation > 0.0 { deviation } else { 1.0 },
                    bounds: None,
                }
            }
        }
    }
}

/// `(value - offset) / scale`, cut off at `bounds` before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Normaliser {
    offset: f32,
    scale: f32,
    bounds: Option<(f32, f32)>,
}

impl Normaliser {
    /// What the model sees of a modality value.
    pub fn apply(&self, value: f32) -> f32 {
        let value = match self.bounds {
            Some((low, high)) => value.clamp(low, high),
            None => value,
        };
        (value - self.offset) / self.scale
    }

    /// The modality value that the model means.
    pub fn undo(&self, value: f32) -> f32 {
        value * self.scale + self.offset
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_applied_is_undone_and_a_flat_slice_divides_by_nothing() {
        let values = [3.0_f32, -7.0, 1.0];
        for kind in [Intensity::AsIs, Intensity::MinMax, Intensity::ZScore] {
            let normaliser = kind.normaliser(std::iter::once(&values[..]));
            for value in values {
                assert!((normaliser.undo(normaliser.apply(value)) - value).abs() < 1e-5);
            }
        }
        let flat = [5.0_f32; 4];
        for kind in [Intensity::MinMax, Intensity::ZScore] {
            assert_eq!(kind.normaliser(std::iter::once(&flat[..])).apply(5.0), 0.0);
        }
        let window = Intensity::Window {
            low: 0.0,
            high: 2.0,
        };
        assert_eq!(window.normaliser(std::iter::empty()).apply(9.0), 1.0);
        assert!(
            Intensity::Window {
                low: 2.0,
                high: 2.0
            }
            .check()
            .is_err()
        );
        let ramp: Vec<f32> = (0..101).rev().map(|value| value as f32).collect();
        let percentile = Intensity::Percentile {
            low: 10.0,
            high: 90.0,
        };
        let normaliser = percentile.normaliser(std::iter::once(&ramp[..]));
        assert_eq!(
            [5.0, 50.0, 95.0].map(|value| normaliser.apply(value)),
            [0.0, 0.5, 1.0]
        );
        assert!(
            Intensity::Percentile {
                low: 9.0,
                high: 9.0
            }
            .check()
            .is_err()
        );
    }
}
