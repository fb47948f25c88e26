//! Linear interpolation along three axes, with the products and sums in one order.

/// The one or two samples that a position lies between, and how much each counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Taps {
    low: usize,
    high: usize,
    /// Of `high`; 0 where the position is on a sample.
    fraction: f32,
}

impl Taps {
    /// For a position, kept within `0..length`; indices are told from `origin`.
    pub fn new(position: f64, length: usize, origin: usize) -> Self {
        let last = length - 1;
        let position = position.clamp(0.0, last as f64);
        // What lies on a sample but for a rounding error is that sample.
        let nearest = position.round();
        let (low, fraction) = if (position - nearest).abs() < 1e-6 {
            (nearest as usize, 0.0)
        } else {
            (
                position.floor() as usize,
                (position - position.floor()) as f32,
            )
        };
        Self {
            low: low.min(last) - origin,
            high: (low + usize::from(fraction > 0.0)).min(last) - origin,
            fraction,
        }
    }

    fn each(&self) -> [(usize, f32); 2] {
        [(self.low, 1.0 - self.fraction), (self.high, self.fraction)]
    }

    fn count(&self) -> usize {
        if self.fraction > 0.0 { 2 } else { 1 }
    }
}

/// The value between the samples of `values`, where an axis' neighbours are `strides` apart.
pub(crate) fn sample(values: &[f32], taps: [Taps; 3], strides: [usize; 3]) -> f32 {
    let [first, second, third] = taps;
    if taps.iter().all(|taps| taps.fraction == 0.0) {
        return values[first.low * strides[0] + second.low * strides[1] + third.low * strides[2]];
    }
    let mut sum = 0.0_f32;
    for (i, weight_i) in first.each().into_iter().take(first.count()) {
        for (j, weight_j) in second.each().into_iter().take(second.count()) {
            for (k, weight_k) in third.each().into_iter().take(third.count()) {
                let value = values[i * strides[0] + j * strides[1] + k * strides[2]];
                sum += value * (weight_i * weight_j * weight_k);
            }
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_linear_field_is_kept_and_the_edge_is_not_left() {
        let values: Vec<f32> = (0..24).map(|index| index as f32).collect();
        let strides = [12, 4, 1];
        let at = |z: f64, y: f64, x: f64| {
            sample(
                &values,
                [Taps::new(z, 2, 0), Taps::new(y, 3, 0), Taps::new(x, 4, 0)],
                strides,
            )
        };
        assert_eq!(at(0.5, 1.25, 2.5), 6.0 + 5.0 + 2.5);
        assert_eq!(at(1.0, 2.0, 3.0), 23.0);
        assert_eq!(at(-4.0, 9.0, 0.0), 8.0);
    }
}
