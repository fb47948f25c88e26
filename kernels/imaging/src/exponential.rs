//! Exponential and logarithm of our own, whose bits are the same on every machine.
//!
//! Only multiplications, additions and divisions of doubles in a fixed order: each of them is rounded
//! as IEEE 754 says on every platform, and Rust never contracts or reorders them. The standard
//! library's `exp` and `log10` come from the platform and differ in their last bits.

/// ln 2 split in two, so that multiples of the first part are exact.
const LN_2_HIGH: f64 = 6.931_471_803_691_238e-1;
const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;

/// e^x within two units in the last place; 0 and infinity where a double ends.
pub(crate) fn exp(x: f64) -> f64 {
    if x.is_nan() {
        return x;
    }
    if x > 709.78 {
        return f64::INFINITY;
    }
    if x < -745.0 {
        return 0.0;
    }
    // x = k ln 2 + rest, with |rest| <= ln 2 / 2; then e^x = 2^k e^rest, e^rest by its Taylor series.
    let k = (x * std::f64::consts::LOG2_E + 0.5).floor();
    let rest = (x - k * LN_2_HIGH) - k * LN_2_LOW;
    let mut sum = 1.0;
    for term in (1..=14).rev() {
        sum = 1.0 + rest * sum / f64::from(term);
    }
    let k = k as i32;
    // In two steps, so that results below the least normal double still come out.
    sum * power_of_two(k / 2) * power_of_two(k - k / 2)
}

/// Logarithm to the base ten of a positive, normal double; -infinity for zero.
pub(crate) fn log10(x: f64) -> f64 {
    if x == 0.0 {
        return f64::NEG_INFINITY;
    }
    if !x.is_finite() || x < 0.0 {
        return if x == f64::INFINITY { x } else { f64::NAN };
    }
    let (x, shifted) = if x < f64::MIN_POSITIVE {
        (x * power_of_two(64), 64)
    } else {
        (x, 0)
    };
    // x = 2^k m, with m between sqrt(1/2) and sqrt(2).
    let bits = x.to_bits();
    let exponent = ((bits >> 52) & 0x7ff) as i32 - 1023;
    let mantissa = f64::from_bits((bits & 0x000f_ffff_ffff_ffff) | 0x3ff0_0000_0000_0000);
    let (mantissa, exponent) = if mantissa > std::f64::consts::SQRT_2 {
        (mantissa / 2.0, exponent + 1)
    } else {
        (mantissa, exponent)
    };
    // ln m = 2 artanh((m - 1) / (m + 1)), by its series.
    let ratio = (mantissa - 1.0) / (mantissa + 1.0);
    let square = ratio * ratio;
    let mut sum = 0.0;
    for odd in (0..=12).rev() {
        sum = sum * square + 1.0 / f64::from(2 * odd + 1);
    }
    f64::from(exponent - shifted) * std::f64::consts::LOG10_2
        + 2.0 * ratio * sum * std::f64::consts::LOG10_E
}

/// 2^k for k within the exponents of normal doubles.
fn power_of_two(k: i32) -> f64 {
    f64::from_bits(u64::from((k + 1023).clamp(1, 2046) as u32) << 52)
}

#[cfg(test)]
mod tests {
    use super::{exp, log10};

    #[test]
    fn the_exponential_is_right_to_the_last_digits() {
        for step in -7000..=7000_i32 {
            let x = f64::from(step) / 10.0 + 0.037;
            let expected = x.exp();
            assert!(
                (exp(x) - expected).abs() <= expected * 4.5e-16,
                "{x}: {} {expected}",
                exp(x)
            );
        }
        assert_eq!(exp(0.0), 1.0);
        assert_eq!((exp(-1000.0), exp(1000.0)), (0.0, f64::INFINITY));
        assert!(exp(f64::NAN).is_nan());
    }

    #[test]
    fn the_logarithm_is_right_to_the_last_digits() {
        for step in 1..20_000_i32 {
            let x = f64::from(step) * f64::from(step) * 1e-4;
            let expected = x.log10();
            assert!(
                (log10(x) - expected).abs() <= 1e-15 * expected.abs().max(1.0),
                "{x}"
            );
        }
        assert_eq!(log10(0.0), f64::NEG_INFINITY);
    }

    #[test]
    fn the_bits_are_those_of_every_machine() {
        let mut digest = 0xcbf2_9ce4_8422_2325_u64;
        for step in -2000..=2000_i32 {
            for value in [
                exp(f64::from(step) * 0.01),
                log10(f64::from(step + 2001) * 0.37),
            ] {
                digest = (digest ^ value.to_bits()).wrapping_mul(0x0000_0100_0000_01b3);
            }
        }
        assert_eq!(digest, GOLDEN, "{digest:#x}");
    }

    const GOLDEN: u64 = 0xb02f_8e16_ca8f_1b60;
}
