//! Colour and opacity of values in volume rendering.

/// One corner of a transfer function; between corners everything runs straight.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TransferPoint {
    /// Modality value.
    pub value: f32,
    /// Red, green, blue, 0 to 1.
    pub colour: [f32; 3],
    /// How much light is taken away on a way of 1 mm, per mm; 0 is not seen.
    pub opacity_per_mm: f32,
}

/// Which colour and opacity a modality value has; below the first corner nothing is seen, above the last
/// corner everything is like it.
#[derive(Clone, Debug, PartialEq)]
pub struct TransferFunction(Vec<TransferPoint>);

const fn point(value: f32, colour: [f32; 3], opacity_per_mm: f32) -> TransferPoint {
    TransferPoint {
        value,
        colour,
        opacity_per_mm,
    }
}

impl TransferFunction {
    /// A function through these corners, in the order of their values; NaN is left out.
    pub fn new(mut points: Vec<TransferPoint>) -> Self {
        points.retain(|point| !point.value.is_nan());
        points.sort_by(|left, right| left.value.total_cmp(&right.value));
        Self(points)
    }

    /// Bone of a CT, from 150 HU.
    pub fn ct_bone() -> Self {
        Self::new(vec![
            point(150.0, [0.72, 0.42, 0.30], 0.0),
            point(250.0, [0.86, 0.68, 0.52], 0.12),
            point(500.0, [0.95, 0.90, 0.80], 0.8),
            point(1_500.0, [1.0, 1.0, 0.97], 2.0),
        ])
    }

    /// Skin, fat, muscle and what is denser of a CT, from -250 HU.
    pub fn ct_soft_tissue() -> Self {
        Self::new(vec![
            point(-250.0, [0.80, 0.55, 0.42], 0.0),
            point(-100.0, [0.90, 0.72, 0.55], 0.06),
            point(20.0, [0.78, 0.40, 0.32], 0.25),
            point(120.0, [0.80, 0.45, 0.36], 0.5),
            point(300.0, [0.95, 0.88, 0.78], 1.2),
            point(1_500.0, [1.0, 1.0, 0.97], 2.0),
        ])
    }

    /// Lung of a CT, from -950 to -250 HU, with faint denser tissue around it.
    pub fn ct_lung() -> Self {
        Self::new(vec![
            point(-950.0, [0.35, 0.45, 0.60], 0.0),
            point(-850.0, [0.45, 0.60, 0.75], 0.015),
            point(-650.0, [0.80, 0.62, 0.60], 0.05),
            point(-350.0, [0.90, 0.50, 0.45], 0.12),
            point(-150.0, [0.85, 0.70, 0.60], 0.004),
            point(2_000.0, [0.95, 0.90, 0.85], 0.01),
        ])
    }

    /// Grey, from nothing at the lower end of a window to dense at its upper end: for any modality.
    pub fn of_window(low: f32, high: f32) -> Self {
        let at = |share: f32| low + (high - low) * share;
        Self::new(vec![
            point(at(0.1), [0.30, 0.30, 0.30], 0.0),
            point(at(0.5), [0.62, 0.62, 0.62], 0.12),
            point(high, [1.0, 1.0, 1.0], 0.8),
        ])
    }

    /// Colour and opacity per mm of a value.
    pub fn at(&self, value: f32) -> ([f32; 3], f32) {
        let after = self.0.iter().position(|point| point.value > value);
        let (left, right) = match (after, self.0.last()) {
            (Some(0), _) | (_, None) => return ([0.0; 3], 0.0),
            (None, Some(last)) => return (last.colour, last.opacity_per_mm),
            (Some(after), _) => (&self.0[after - 1], &self.0[after]),
        };
        let share = (value - left.value) / (right.value - left.value);
        let mix = |from: f32, to: f32| from + (to - from) * share;
        let colour = std::array::from_fn(|part| mix(left.colour[part], right.colour[part]));
        (colour, mix(left.opacity_per_mm, right.opacity_per_mm))
    }
}

/// The light that a way of this length takes: `1 - exp(-x)`, by multiplications alone, so that its bits are
/// the same on every machine.
pub(crate) fn absorbed(opacity_per_mm: f32, length_mm: f32) -> f32 {
    let mut kept = (1.0 - opacity_per_mm * length_mm / 1_024.0).clamp(0.0, 1.0);
    for _ in 0..10 {
        kept *= kept;
    }
    1.0 - kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_between_corners_run_straight_and_below_them_nothing_is_seen() {
        let bone = TransferFunction::ct_bone();
        assert_eq!(bone.at(149.0).1, 0.0);
        let (colour, opacity) = bone.at(200.0);
        assert!((opacity - 0.06).abs() < 1e-6, "{opacity}");
        assert!((colour[0] - 0.79).abs() < 1e-6, "{colour:?}");
        assert_eq!(bone.at(9_000.0).1, 2.0);
        assert_eq!(TransferFunction::new(Vec::new()).at(0.0).1, 0.0);
    }

    #[test]
    fn two_short_ways_take_as_much_light_as_a_long_one() {
        let short = absorbed(0.8, 0.5);
        let long = absorbed(0.8, 1.0);
        assert!((1.0 - (1.0 - short) * (1.0 - short) - long).abs() < 1e-3);
        assert!((long - (1.0 - (-0.8_f32).exp())).abs() < 1e-3);
        assert_eq!(absorbed(0.0, 1.0), 0.0);
    }
}
