//! The exponential function from + − × ÷ alone, since the one of the platform differs between machines.

/// `e^(−value)` for a value from zero on; an error below 10⁻¹⁵ of the result.
pub(crate) fn exp_minus(value: f64) -> f64 {
    if value > 700.0 {
        return 0.0;
    }
    let steps = (value / std::f64::consts::LN_2) as i64;
    // ln 2 in two parts, so that the remainder is exact to the last bits.
    const HIGH: f64 = f64::from_bits(0x3fe6_2e42_fee0_0000);
    const LOW: f64 = 1.908_214_929_270_587_7e-10;
    let rest = -((-(steps as f64)).mul_add(LOW, (-(steps as f64)).mul_add(HIGH, value)));
    let mut series = 1.0;
    for power in (1..=18).rev() {
        series = (rest * series).mul_add(1.0 / f64::from(power), 1.0);
    }
    series * f64::from_bits(((1023 - steps) as u64) << 52)
}

#[cfg(test)]
mod tests {
    use super::exp_minus;

    #[test]
    fn the_exponential_agrees_with_the_standard_library() {
        for value in [
            0.0, 1e-9, 0.3, 0.346, 0.347, 0.69, 0.7, 1.0, 2.5, 17.3, 200.0, 699.0,
        ] {
            let (own, expected) = (exp_minus(value), f64::exp(-value));
            assert!(
                (own - expected).abs() <= 1e-14 * expected,
                "{value}: {own} {expected}"
            );
        }
        assert_eq!(exp_minus(1e9), 0.0);
    }
}
