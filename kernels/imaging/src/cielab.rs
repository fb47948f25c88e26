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

/// The Recommended Display CIELab Value of a colour: what [`srgb_from_cielab`] shows as that colour again.
pub fn cielab_from_srgb(colour: [u8; 3]) -> [u16; 3] {
    let [red, green, blue] = colour.map(linear_srgb);
    // From linear sRGB at D65 to XYZ at D50, Bradford adaptation included.
    let x = 0.436_074_7 * red + 0.385_064_9 * green + 0.143_080_4 * blue;
    let y = 0.222_504_5 * red + 0.716_878_6 * green + 0.060_616_9 * blue;
    let z = 0.013_932_2 * red + 0.097_104_5 * green + 0.714_173_3 * blue;
    let [x, y, z] = [x / 0.964_22, y, z / 0.825_21].map(|share| {
        let edge = 6.0 / 29.0;
        if share > edge * edge * edge {
            root(share, 3, 1)
        } else {
            share / (3.0 * edge * edge) + 4.0 / 29.0
        }
    });
    let lightness = (116.0 * y - 16.0) / 100.0;
    let (a, b) = (500.0 * (x - y), 200.0 * (y - z));
    [lightness, (a + 128.0) / 255.0, (b + 128.0) / 255.0]
        .map(|share| (share.clamp(0.0, 1.0) * 65_535.0 + 0.5) as u16)
}

/// The inverse of [`encoded_srgb`].
fn linear_srgb(encoded: u8) -> f64 {
    let encoded = f64::from(encoded) / 255.0;
    if encoded <= 0.040_45 {
        encoded / 12.92
    } else {
        root((encoded + 0.055) / 1.055, 5, 12)
    }
}

/// x to the power of `power / degree` for 0 to 1, by Newton's method: the same bits on every machine.
fn root(x: f64, degree: i32, power: i32) -> f64 {
    let wanted = whole_power(x, power);
    let mut y = 1.0_f64;
    for _ in 0..128 {
        let below = whole_power(y, degree - 1);
        y -= (below * y - wanted) / (f64::from(degree) * below);
    }
    y
}

fn whole_power(x: f64, power: i32) -> f64 {
    (0..power).fold(1.0, |product, _| product * x)
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

#[cfg(test)]
mod tests {
    use super::{cielab_from_srgb, srgb_from_cielab};

    #[test]
    fn a_colour_comes_back_from_its_cielab_value() {
        for red in (0..=255).step_by(15) {
            for green in (0..=255).step_by(15) {
                for blue in (0..=255).step_by(15) {
                    let colour = [red, green, blue];
                    let back = srgb_from_cielab(cielab_from_srgb(colour));
                    let near = colour.iter().zip(back).all(|(a, b)| a.abs_diff(b) <= 1);
                    assert!(near, "{colour:?} came back as {back:?}");
                }
            }
        }
        let [lightness, ..] = cielab_from_srgb([255, 255, 255]);
        assert!(
            lightness > 65_500,
            "white is as light as can be: {lightness}"
        );
    }
}
