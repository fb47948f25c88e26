//! Bilateral filter, histograms, noise removal, unmixing and factors that grow keep what they promise.
#![allow(clippy::unwrap_used, reason = "a test stops at its first failure")]

mod support;

use kernel_algebra::{BinaryAlgebra, Extension, StreamingLowRank};
use ndarray::{Array2, Array3, Array4, s};
use support::{matrix, noise, phantom_volume};

/// Noise of a standard deviation of one, from twelve uniform numbers.
fn gaussian_noise(seed: usize) -> f32 {
    (0..12)
        .map(|at| (noise(seed * 12 + at) % 65_536) as f32 / 65_536.0)
        .sum::<f32>()
        - 6.0
}

#[test]
fn the_bilateral_filter_is_the_sum_of_its_definition() {
    let x = phantom_volume(4, 9, 13);
    let (sigma, sigma_value) = ([0.5f64, 1.0, 0.8], 60.0f64);
    let found = BinaryAlgebra::new()
        .bilateral(x.view(), sigma, sigma_value, Extension::Nearest)
        .unwrap();
    let radius = sigma.map(|sigma| (2.0 * sigma).ceil() as isize);
    let shape: [usize; 3] = x.dim().into();
    let clamp = |at: usize, by: isize, axis: usize| {
        (at as isize + by).clamp(0, shape[axis] as isize - 1) as usize
    };
    for ((z, y, c), value) in found.indexed_iter() {
        let (mut sum, mut weights) = (0.0f64, 0.0f64);
        for dz in -radius[0]..=radius[0] {
            for dy in -radius[1]..=radius[1] {
                for dc in -radius[2]..=radius[2] {
                    let other = f64::from(x[[clamp(z, dz, 0), clamp(y, dy, 1), clamp(c, dc, 2)]]);
                    let near = [dz, dy, dc]
                        .iter()
                        .zip(sigma)
                        .map(|(step, sigma)| (*step as f64 / sigma).powi(2))
                        .sum::<f64>();
                    let alike = ((other - f64::from(x[[z, y, c]])) / sigma_value).powi(2);
                    let weight = (-0.5 * (near + alike)).exp();
                    sum += weight * other;
                    weights += weight;
                }
            }
        }
        let expected = sum / weights;
        assert!(
            (f64::from(*value) - expected).abs() < 0.05,
            "{value} {expected}"
        );
    }
}

#[test]
fn percentiles_and_otsu_are_those_of_the_sorted_values() {
    let algebra = BinaryAlgebra::new();
    let x = Array3::from_shape_fn((1, 10, 11), |(_, row, column)| (row * 11 + column) as f32);
    assert_eq!(algebra.percentile(x.view(), 0.0).unwrap(), 0.0);
    assert_eq!(algebra.percentile(x.view(), 100.0).unwrap(), 109.0);
    assert!((algebra.percentile(x.view(), 25.0).unwrap() - 27.25).abs() < 1e-12);
    let two = x.mapv(|value| {
        if value < 40.0 {
            value / 10.0
        } else {
            200.0 + value / 10.0
        }
    });
    let limit = algebra.otsu(two.view(), 256).unwrap();
    assert!((3.3..204.0).contains(&limit), "{limit}");
    let counts = algebra.histogram(x.view(), 0.0, 109.0, 10).unwrap();
    assert_eq!(counts.iter().sum::<u64>(), 110);
    assert_eq!(
        algebra.otsu(Array3::ones((1, 2, 2)).view(), 256).unwrap(),
        1.0
    );
    assert!(algebra.histogram(x.view(), 5.0, 5.0, 10).is_err());
    assert!(algebra.percentile(x.view(), 100.1).is_err());
}

#[test]
fn local_contrast_keeps_the_range_and_widens_a_flat_part() {
    let algebra = BinaryAlgebra::new();
    let mut x = Array3::from_shape_fn((1, 64, 64), |(_, row, column)| {
        (noise(row * 64 + column) % 16) as f32
    });
    x[[0, 0, 0]] = 1000.0;
    let y = algebra.clahe(x.view(), 4, 1000.0).unwrap();
    let spread = |view: ndarray::ArrayView2<f32>| {
        view.fold(f32::MIN, |most, value| most.max(*value))
            - view.fold(f32::MAX, |least, value| least.min(*value))
    };
    let part = |x: &Array3<f32>| spread(x.slice(s![0, 32.., 32..]));
    assert!(part(&y) > 10.0 * part(&x), "{} {}", part(&x), part(&y));
    assert!(y.iter().all(|value| (0.0..=1000.0).contains(value)));
    let little = algebra.clahe(x.view(), 4, 1.0).unwrap();
    assert!(part(&little) < part(&y));
    assert!(algebra.clahe(x.view(), 65, 3.0).is_err());
}

#[test]
fn noise_is_removed_and_its_deviation_is_told() {
    // Three patterns over thirty images, and noise of a known deviation.
    let (images, slices, rows, columns, deviation) = (30, 3, 9, 9, 5.0f32);
    let clean = Array4::from_shape_fn((images, slices, rows, columns), |(t, z, y, x)| {
        let t = t as f32;
        100.0 + 40.0 * (t / 7.0).sin() * (x as f32) + 25.0 * (t / 3.0).cos() * (y + z) as f32
    });
    let mut seed = 0;
    let noisy = clean.mapv(|value| {
        seed += 1;
        value + deviation * gaussian_noise(seed)
    });
    let (found, sigma) = BinaryAlgebra::new()
        .mp_pca(noisy.view(), [1, 2, 2])
        .unwrap();
    let rms = |a: &Array4<f32>| {
        let squares: f32 = (a - &clean).iter().map(|value| value * value).sum();
        (squares / clean.len() as f32).sqrt()
    };
    let (before, after) = (rms(&noisy), rms(&found));
    assert!((before - deviation).abs() < 0.3, "{before}");
    assert!(after < before / 1.8, "{before} {after}");
    let mean = sigma.mean().unwrap();
    assert!((mean - deviation).abs() < 0.6, "{mean}");
}

#[test]
fn two_energies_tell_three_materials_apart() {
    let spectra = ndarray::array![[0.0f32, 0.0], [300.0, 150.0], [60.0, 55.0]];
    let shares = Array2::from_shape_fn((5000, 3), |(pixel, material)| {
        let a = (noise(pixel) % 1000) as f32 / 1000.0;
        let b = (noise(pixel + 9000) % 1000) as f32 / 1000.0 * (1.0 - a);
        [1.0 - a - b, a, b][material]
    });
    let algebra = BinaryAlgebra::new();
    let found = algebra
        .unmix(shares.dot(&spectra).view(), spectra.view(), true)
        .unwrap();
    let worst = (&found - &shares)
        .iter()
        .fold(0f32, |most, value| most.max(value.abs()));
    assert!(worst < 1e-4, "{worst}");
    let said = algebra
        .unmix(shares.dot(&spectra).view(), spectra.view(), false)
        .unwrap_err()
        .to_string();
    assert!(said.contains("spectra"), "{said}");
}

#[test]
fn factors_that_grow_are_those_of_the_whole() {
    let x = matrix(90, 5, 1).dot(&matrix(5, 60, 2));
    let algebra = BinaryAlgebra::new();
    let mut stream = StreamingLowRank::new(algebra, 5).unwrap();
    for rows in [0..7, 7..8, 8..60, 60..90] {
        stream.push(x.slice(s![rows, ..])).unwrap();
    }
    let factors = stream.factors().unwrap();
    assert_eq!(factors.u.dim(), (90, 5));
    let errors = factors.errors(x.view());
    assert!(errors.relative_frobenius < 1e-5, "{errors:?}");
    assert!(stream.push(matrix(3, 59, 3).view()).is_err());
    let series = Array4::from_shape_fn((12, 2, 5, 6), |(t, z, y, x)| {
        (t as f32 * 0.7).sin() * (z * 30 + y * 6 + x) as f32 + t as f32
    });
    let kept = algebra.casorati_compress(series.view(), 2).unwrap();
    let flat = series.into_shape_with_order((12, 60)).unwrap();
    assert!(kept.errors(flat.view()).relative_frobenius < 1e-5);
}
