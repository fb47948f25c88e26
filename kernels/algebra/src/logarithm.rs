//! The decimal logarithm from + − × ÷ alone, since the one of the platform differs between machines.

/// `log10(value)` for a positive finite value; an error below 10⁻¹⁴ of the result or of 1.
pub(crate) fn log10(value: f64) -> f64 {
    if !(value > 0.0 && value < f64::INFINITY) {
        return if value > 0.0 {
            f64::INFINITY
        } else {
            f64::NEG_INFINITY
        };
    }
    // Numbers below the normal range are lifted by 2⁶⁴ first.
    let (value, lifted) = if value < f64::MIN_POSITIVE {
        (value * 18_446_744_073_709_551_616.0, 64)
    } else {
        (value, 0)
    };
    let bits = value.to_bits();
    let mut exponent = (bits >> 52) as i64 - 1023 - lifted;
    let mut mantissa = f64::from_bits((bits & 0x000f_ffff_ffff_ffff) | 0x3ff0_0000_0000_0000);
    if mantissa > std::f64::consts::SQRT_2 {
        mantissa *= 0.5;
        exponent += 1;
    }
    // ln m = 2 (z + z³/3 + z⁵/5 + …) with z = (m − 1) / (m + 1), at most 0.172.
    let z = (mantissa - 1.0) / (mantissa + 1.0);
    let square = z * z;
    let mut series = 0.0;
    for power in (0..14).rev() {
        series = square.mul_add(series, 1.0 / f64::from(2 * power + 1));
    }
    let natural = (exponent as f64).mul_add(std::f64::consts::LN_2, 2.0 * z * series);
    natural * std::f64::consts::LOG10_E
}

#[cfg(test)]
mod tests {
    use super::log10;

    #[test]
    fn the_logarithm_agrees_with_the_standard_library() {
        for value in [
            5e-324, 1e-310, 1e-9, 0.1, 0.5, 0.999, 1.0, 1.001, 1.414, 1.415, 2.0, 65535.0, 1.7e308,
        ] {
            let (own, expected) = (log10(value), value.log10());
            assert!(
                (own - expected).abs() <= 1e-14 * expected.abs().max(1.0),
                "{value}: {own} {expected}"
            );
        }
        assert_eq!(log10(0.0), f64::NEG_INFINITY);
        assert_eq!(log10(f64::INFINITY), f64::INFINITY);
    }
}
