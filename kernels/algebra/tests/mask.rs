//! Masks hold exactly the voxels that a plain loop finds, and their algebra is that of sets.
#![allow(clippy::unwrap_used, reason = "a test stops at its first failure")]

mod support;

use kernel_algebra::{AlgebraError, BitMask, StoredSamples, StoredView, rescale};
use ndarray::{Array3, ArrayView3, s};
use support::{noise, phantom_volume};

const SHAPES: [[usize; 3]; 7] = [
    [1, 1, 1],
    [2, 3, 63],
    [3, 2, 64],
    [2, 5, 65],
    [1, 7, 128],
    [4, 3, 200],
    [2, 33, 512],
];

fn volume([slices, rows, columns]: [usize; 3], seed: usize) -> Array3<f32> {
    Array3::from_shape_fn((slices, rows, columns), |(k, i, j)| {
        (noise(seed + (k * rows + i) * columns + j) >> 20) as f32 - 2048.0
    })
}

fn mask(shape: [usize; 3], seed: usize) -> BitMask {
    BitMask::threshold(volume(shape, seed).view(), -1000.0, 700.0).unwrap()
}

fn check(mask: &BitMask, inside: impl Fn([usize; 3]) -> bool) {
    let [slices, rows, columns] = mask.shape();
    let mut count = 0;
    for at in (0..slices * rows * columns)
        .map(|v| [v / (rows * columns), v / columns % rows, v % columns])
    {
        assert_eq!(mask.get(at), inside(at), "{at:?} of {:?}", mask.shape());
        count += u64::from(inside(at));
    }
    assert_eq!(mask.count(), count);
    assert_eq!(
        BitMask::from_words(mask.shape(), mask.words().to_vec()).as_ref(),
        Ok(mask)
    );
}

fn check_threshold(view: ArrayView3<f32>, low: f32, high: f32) {
    let mask = BitMask::threshold(view, low, high).unwrap();
    check(&mask, |at| low <= view[at] && view[at] <= high);
}

#[test]
fn a_threshold_takes_the_values_from_low_to_high() {
    for shape in SHAPES {
        let volume = volume(shape, 3);
        for (low, high) in [
            (-500.0, 500.0),
            (12.0, 12.0),
            (f32::NEG_INFINITY, 0.0),
            (-2048.0, f32::INFINITY),
            (9e9, 9e9),
        ] {
            check_threshold(volume.view(), low, high);
        }
    }
    let phantom = phantom_volume(3, 100, 130);
    check_threshold(phantom.view(), -200.0, 300.0);
    check_threshold(phantom.slice(s![..;2, ..;-1, 1..;3]), -200.0, 300.0);
    check_threshold(phantom.view().permuted_axes([2, 0, 1]), -200.0, 300.0);
}

#[test]
fn a_value_that_is_not_a_number_is_in_no_mask() {
    let mut volume = volume([1, 2, 70], 4);
    (volume[[0, 1, 3]], volume[[0, 1, 69]]) = (f32::NAN, f32::NAN);
    check_threshold(volume.view(), f32::NEG_INFINITY, f32::INFINITY);
    check_threshold(volume.view(), -100.0, 100.0);
}

#[test]
fn stored_integers_give_the_mask_of_their_values() {
    let shape = [3, 20, 301];
    let length = shape.iter().product();
    let unsigned: Vec<u16> = (0..length).map(|index| noise(index) as u16).collect();
    let signed: Vec<i16> = unsigned.iter().map(|value| *value as i16).collect();
    let bytes: Vec<u8> = unsigned.iter().map(|value| *value as u8).collect();
    let signed_bytes: Vec<i8> = unsigned.iter().map(|value| *value as i8).collect();
    let all = [
        (
            StoredSamples::U16(&unsigned),
            unsigned.iter().map(|v| f64::from(*v)).collect::<Vec<_>>(),
        ),
        (
            StoredSamples::I16(&signed),
            signed.iter().map(|v| f64::from(*v)).collect(),
        ),
        (
            StoredSamples::U8(&bytes),
            bytes.iter().map(|v| f64::from(*v)).collect(),
        ),
        (
            StoredSamples::I8(&signed_bytes),
            signed_bytes.iter().map(|v| f64::from(*v)).collect(),
        ),
    ];
    let limits = [
        (-200.0, 300.0),
        (40.0, 40.0),
        (0.5, 0.6),
        (f32::NEG_INFINITY, 17.25),
        (1000.0, f32::INFINITY),
        (f32::NEG_INFINITY, f32::INFINITY),
        (1e8, 1e9),
        (-1e9, -1e8),
    ];
    for (samples, stored) in all {
        let view = StoredView::new(samples, shape).unwrap();
        for (slope, intercept) in [
            (1.0, 0.0),
            (1.0, -1024.0),
            (0.1, 3.7),
            (-2.5, 100.0),
            (0.0, 40.0),
            (1e-9, 0.55),
            (-1e38, 0.0),
        ] {
            let values: Vec<f32> = stored
                .iter()
                .map(|value| rescale(*value, slope, intercept))
                .collect();
            let values = Array3::from_shape_vec(shape, values).unwrap();
            for (low, high) in limits {
                let from_stored =
                    BitMask::threshold_stored(view, slope, intercept, low, high).unwrap();
                let from_values = BitMask::threshold(values.view(), low, high).unwrap();
                assert!(
                    from_stored == from_values,
                    "{slope} {intercept} {low} {high}"
                );
            }
        }
    }
}

#[test]
fn masks_combine_like_sets() {
    for shape in SHAPES {
        let (a, b) = (mask(shape, 5), mask(shape, 77));
        check(&a.and(&b).unwrap(), |at| a.get(at) && b.get(at));
        check(&a.or(&b).unwrap(), |at| a.get(at) || b.get(at));
        check(&a.xor(&b).unwrap(), |at| a.get(at) != b.get(at));
        check(&a.andnot(&b).unwrap(), |at| a.get(at) && !b.get(at));
        check(&a.not(), |at| !a.get(at));
        assert_eq!(a.not().not(), a);
        assert_eq!(a.and(&b).unwrap().not(), a.not().or(&b.not()).unwrap());
    }
}

#[test]
fn masks_of_different_shapes_do_not_combine() {
    let (a, b) = (mask([2, 3, 64], 1), mask([2, 3, 65], 1));
    let message = "The shapes differ: `self` is [2, 3, 64] and `other` is [2, 3, 65]";
    for outcome in [a.and(&b), a.or(&b), a.xor(&b), a.andnot(&b)] {
        assert_eq!(outcome.unwrap_err().to_string(), message);
    }
}

#[test]
fn volumes_are_in_millilitres() {
    let all = BitMask::empty([10, 10, 10]).unwrap().not();
    assert_eq!((all.count(), all.volume_ml(0.5)), (1000, 0.5));
}

#[test]
fn words_that_are_no_mask_are_refused() {
    let error = BitMask::from_words([1, 2, 65], vec![0; 3]).unwrap_err();
    assert_eq!(
        error,
        AlgebraError::Length {
            argument: "words",
            length: 3,
            shape: vec![1, 2, 65],
            needed: 4
        }
    );
    let error = BitMask::from_words([1, 2, 65], vec![u64::MAX, 1, 0, 2]).unwrap_err();
    assert_eq!(error, AlgebraError::Padding { index: 3, word: 2 });
    assert!(BitMask::from_words([1, 2, 64], vec![u64::MAX; 2]).is_ok());
    assert!(BitMask::empty([0, 1, 1]).is_err());
    assert!(matches!(
        BitMask::empty([usize::MAX, 2, 64]).unwrap_err(),
        AlgebraError::TooLarge { .. }
    ));
    assert!(matches!(
        BitMask::empty([1, 1, usize::MAX]).unwrap_err(),
        AlgebraError::TooLarge { .. }
    ));
}

#[test]
fn limits_that_bound_nothing_are_refused() {
    let volume = volume([1, 1, 8], 1);
    for (low, high) in [(f32::NAN, 1.0), (1.0, f32::NAN), (2.0, 1.0)] {
        assert!(BitMask::threshold(volume.view(), low, high).is_err());
    }
    let error = BitMask::threshold(volume.view(), 2.0, 1.0).unwrap_err();
    assert_eq!(
        error.to_string(),
        "The parameter `low` is 2; it must be at most `high`, which is 1"
    );
}
