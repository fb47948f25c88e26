//! Figures and colours of a difference, against their definitions.

use kernel_imaging::*;
use ndarray::{Array2, array};

fn phantom(seed: usize) -> Array2<f32> {
    Array2::from_shape_fn((40, 33), |(row, column)| {
        ((row * 37 + column * 91 + seed * row * column) % 500) as f32 - 100.0
    })
}

#[test]
fn figures_follow_their_definitions() {
    let (reference, other) = (
        array![[0.0_f32, 3.0], [4.0, 10.0]],
        array![[1.0_f32, 3.0], [4.0, 7.0]],
    );
    let figures = difference(reference.view(), other.view()).unwrap();
    let rmse = (10.0_f64 / 4.0).sqrt();
    assert_eq!(figures.max_abs, 3.0);
    assert_eq!(figures.rmse, rmse);
    assert!((figures.relative_frobenius - (10.0_f64 / 125.0).sqrt()).abs() < 1e-15);
    assert!((figures.psnr_db - 20.0 * (10.0 / rmse).log10()).abs() < 1e-12);
}

#[test]
fn structural_similarity_follows_its_formula_window_by_window() {
    let (reference, other) = (phantom(0), phantom(3));
    let figures = difference(reference.view(), other.view()).unwrap();
    let low = reference.iter().copied().fold(f32::MAX, f32::min);
    let high = reference.iter().copied().fold(f32::MIN, f32::max);
    let range = f64::from(high - low);
    let (c1, c2) = ((0.01 * range).powi(2), (0.03 * range).powi(2));
    let (mut sum, mut windows) = (0.0, 0.0);
    for top in 0..=40 - 7 {
        for left in 0..=33 - 7 {
            let cut = |image: &Array2<f32>| -> Vec<f64> {
                image
                    .slice(ndarray::s![top..top + 7, left..left + 7])
                    .iter()
                    .map(|v| f64::from(*v))
                    .collect()
            };
            let (x, y) = (cut(&reference), cut(&other));
            let mean = |values: &[f64]| values.iter().sum::<f64>() / 49.0;
            let (mx, my) = (mean(&x), mean(&y));
            let spread = |a: &[f64], ma: f64, b: &[f64], mb: f64| {
                a.iter()
                    .zip(b)
                    .map(|(a, b)| (a - ma) * (b - mb))
                    .sum::<f64>()
                    / 48.0
            };
            sum += (2.0 * mx * my + c1) * (2.0 * spread(&x, mx, &y, my) + c2)
                / ((mx * mx + my * my + c1)
                    * (spread(&x, mx, &x, mx) + spread(&y, my, &y, my) + c2));
            windows += 1.0;
        }
    }
    assert!(
        (figures.ssim - sum / windows).abs() < 1e-9,
        "{} {}",
        figures.ssim,
        sum / windows
    );
}

#[test]
fn equal_images_have_no_difference() {
    let same = phantom(1);
    let figures = difference(same.view(), same.view()).unwrap();
    assert_eq!(
        (figures.max_abs, figures.relative_frobenius, figures.rmse),
        (0.0, 0.0, 0.0)
    );
    assert_eq!(figures.psnr_db, f64::INFINITY);
    assert!((figures.ssim - 1.0).abs() < 1e-12);
    let flat = Array2::<f32>::zeros((3, 3));
    assert!((difference(flat.view(), flat.view()).unwrap().ssim - 1.0).abs() < 1e-12);
}

#[test]
fn the_bits_do_not_depend_on_the_threads() {
    let (reference, other) = (phantom(2), phantom(5));
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .unwrap();
        let figures = pool.install(|| difference(reference.view(), other.view()).unwrap());
        [
            figures.max_abs,
            figures.relative_frobenius,
            figures.rmse,
            figures.psnr_db,
            figures.ssim,
        ]
        .map(f64::to_bits)
    };
    assert_eq!((on(1), on(1)), (on(2), on(3)));
}

#[test]
fn a_difference_is_drawn_symmetric_about_zero() {
    let reference = array![[0.0_f32, 10.0, 10.0, 10.0, 10.0]];
    let other = array![[0.0_f32, 12.0, 8.0, 18.0, 2.0]];
    let image = difference_image(reference.view(), other.view()).unwrap();
    let pixel = |x| image.pixel(x, 0).unwrap();
    assert_eq!(
        pixel(0),
        [232, 232, 232, 255],
        "no difference is the middle colour"
    );
    assert!(pixel(1)[0] > pixel(1)[2], "more is red");
    assert!(pixel(2)[2] > pixel(2)[0], "less is blue");
    // A difference drawn the other way round changes sides at the same step from the middle.
    let back = difference_image(other.view(), reference.view()).unwrap();
    for x in 0..5 {
        let (there, again) = (pixel(x), back.pixel(x, 0).unwrap());
        assert_eq!(there[0].abs_diff(232) == 0, again[0].abs_diff(232) == 0);
    }
    assert_eq!(back.pixel(3, 0), Some(pixel(4)));
    assert_eq!(back.pixel(4, 0), Some(pixel(3)));
}

#[test]
fn images_that_cannot_be_compared_are_refused() {
    let (small, large) = (Array2::<f32>::zeros((2, 3)), Array2::<f32>::zeros((3, 2)));
    let error = difference(small.view(), large.view()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "Images of [2, 3] and [3, 2] cannot be compared"
    );
    let mut strange = small.clone();
    strange[[1, 1]] = f32::NAN;
    assert_eq!(
        difference(small.view(), strange.view()),
        Err(ImagingError::NotFinite(1))
    );
    let empty = Array2::<f32>::zeros((0, 3));
    assert_eq!(
        difference_image(empty.view(), empty.view()),
        Err(ImagingError::NoPixels([0, 3]))
    );
}
