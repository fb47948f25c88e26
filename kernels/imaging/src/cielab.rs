//! Recommended display colours: CIELab as DICOM writes it (PS3.3 C.10.7.1.1) to sRGB.

/// The colour of a Recommended Display CIELab Value: L* over 0 to 100, a* and b* over -128 to 127,
/// each as 0 to 65,535, white point D50. What sRGB cannot show is clipped.
pub fn srgb_from_cielab(encoded: [u16; 3]) -> [u8; 3] {
    let share = encoded.map(|value| f64::from(value) / 65_535.0);
    let lightness = share[0] * 100.0;
    let (a, b) = (share[1] * 255.0 - 128.0, share[2] * 255.0 - 128.0);
    let y = (lightness + 16.0) / 116.0;
    let [x, y, z] = [y + a / 500.0, y, y - b / 200.0].map(|f| {
        if f > 6.0 / 29.0 {
            f * f * f
        } else {
            3.0 * (6.0 / 29.0) * (6.0 / 29.0) * (f - 4.0 / 29.0)
        }
    });
    let (x, z) = (x * 0.964_22, z * 0.825_21);
    // From XYZ at D50 to linear sRGB at D65, Bradford adaptation included.
    [
        3.133_856_1 * x - 1.616_866_7 * y - 0.490_614_6 * z,
        -0.978_768_4 * x + 1.916_141_5 * y + 0.033_454_0 * z,
        0.071_945_3 * x - 0.228_991_4 * y + 1.405_242_7 * z,
    ]
    .map(encoded_srgb)
}

/// The transfer function of IEC 61966-2-1, eight bits.
fn encoded_srgb(linear: f64) -> u8 {
    let linear = linear.clamp(0.0, 1.0);
    let encoded = if linear <= 0.003_130_8 {
        12.92 * linear
    } else {
        1.055 * power_five_twelfths(linear) - 0.055
    };
    (encoded.clamp(0.0, 1.0) * 255.0 + 0.5) as u8
}

/// x to the power of 1/2.4 for 0.003 to 1, by Newton's method: the same bits on every machine.
fn power_five_twelfths(x: f64) -> f64 {
    let fifth = x * x * x * x * x;
    let mut y = 1.0_f64;
    for _ in 0..64 {
        let squared = y * y;
        let fourth = squared * squared;
        let eleventh = fourth * fourth * squared * y;
        y -= (eleventh * y - fifth) / (12.0 * eleventh);
    }
    y
}
