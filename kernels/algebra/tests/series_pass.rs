//! A series that goes by slice by slice gives what the kernels give on the whole volume, bit for bit.
#![allow(clippy::unwrap_used, reason = "a test stops at its first failure")]

mod support;

use kernel_algebra::{
    AlgebraError, BinaryAlgebra, BitMask, Border, Extension, Neighbours, SeriesComponents,
    SeriesPass, SeriesPlan, SliceFactors,
};
use ndarray::{Array3, ArrayView3, Axis};
use support::{algebras, noise, phantom};

const PLAN: SeriesPlan = SeriesPlan {
    sigma_voxels: [1.0, 0.8, 1.1],
    rank: Some(5),
    limits: Some((300.0, f32::MAX)),
    opening: Some((1.0, [1.0; 3])),
    neighbours: Neighbours::TwentySix,
};

/// A phantom with spots that come and go along the slices.
fn series(slices: usize) -> Array3<f32> {
    let slice = phantom(50, 70);
    Array3::from_shape_fn((slices, 50, 70), |(k, i, j)| {
        let spot = noise((k / 5 * 11 + i / 9) * 13 + j / 9).is_multiple_of(4);
        slice[[i, j]] + if spot { 700.0 } else { 0.0 } + (noise(k * 5000 + i * 70 + j) >> 27) as f32
    })
}

fn passed(
    algebra: BinaryAlgebra,
    plan: SeriesPlan,
    series: ArrayView3<'_, f32>,
) -> (Vec<SliceFactors>, Option<SeriesComponents>) {
    let mut pass = SeriesPass::new(algebra, plan, [50, 70]).unwrap();
    let mut factors = Vec::new();
    for slice in series.outer_iter() {
        factors.extend(pass.push(slice).unwrap());
    }
    let (last, components) = pass.finish().unwrap();
    factors.extend(last);
    (factors, components)
}

#[test]
fn a_series_in_one_pass_has_the_bits_of_the_kernels_on_the_whole_volume() {
    for slices in [1, 2, 7, 13, 31] {
        let series = series(slices);
        for algebra in algebras() {
            let smooth = algebra.gaussian(series.view(), PLAN.sigma_voxels, Extension::Reflect);
            let smooth = smooth.unwrap();
            let mask = BitMask::threshold(smooth.view(), 300.0, f32::MAX).unwrap();
            let mask = mask.open(Neighbours::Six, 1, Border::Empty);
            let whole = mask.components(Neighbours::TwentySix).unwrap();
            let (factors, components) = passed(algebra, PLAN, series.view());
            let components = components.unwrap();
            assert_eq!(components.mask(), &mask, "{slices} slices");
            assert_eq!(components.statistics(), whole.statistics());
            assert!(slices < 7 || whole.len() > 1, "the phantom has components");
            let labels = whole.labels();
            let mut of_slice = vec![9; 50 * 70];
            for (slice, labels) in labels.outer_iter().enumerate() {
                components.labels_of_slice(slice, &mut of_slice).unwrap();
                assert!(labels.iter().eq(&of_slice));
            }
            for (component, figures) in components.statistics().iter().zip(components.figures()) {
                let values = labels.iter().zip(&smooth);
                let values = values.filter(|(label, _)| **label == component.label);
                let values: Vec<f64> = values.map(|(_, value)| f64::from(*value)).collect();
                let mean = values.iter().sum::<f64>() / values.len() as f64;
                let spread = values.iter().map(|value| (value - mean) * (value - mean));
                let deviation = (spread.sum::<f64>() / values.len() as f64).sqrt();
                assert!((figures.mean - mean).abs() < 1e-9 * mean);
                assert!((figures.standard_deviation - deviation).abs() < 1e-5);
            }
            assert_eq!(factors.len(), slices);
            for (slice, found) in factors.iter().enumerate() {
                let image = smooth.index_axis(Axis(0), slice);
                assert_eq!(found.slice, slice);
                assert_eq!(found.factors, algebra.svd_compress(image, 5).unwrap());
                let square: f64 = image.iter().map(|v| f64::from(*v) * f64::from(*v)).sum();
                assert!((found.square - square).abs() <= 1e-9 * square);
            }
        }
    }
}

#[test]
fn no_bit_depends_on_the_number_of_threads() {
    let series = series(21);
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        let pool = pool.build().unwrap();
        pool.install(|| passed(BinaryAlgebra::new(), PLAN, series.view()))
    };
    let one = on(1);
    for threads in [2, 3, 7] {
        let other = on(threads);
        assert_eq!(one, other, "{threads} threads");
        let bits = |components: &Option<SeriesComponents>| {
            let figures = components.iter().flat_map(|found| found.figures());
            figures
                .map(|figures| figures.mean.to_bits())
                .collect::<Vec<_>>()
        };
        assert_eq!(bits(&one.1), bits(&other.1));
    }
}

#[test]
fn what_is_left_out_is_not_done() {
    let series = series(10);
    let plan = SeriesPlan {
        sigma_voxels: [0.0; 3],
        rank: None,
        opening: None,
        ..PLAN
    };
    let (factors, components) = passed(BinaryAlgebra::new(), plan, series.view());
    assert!(factors.is_empty());
    let mask = BitMask::threshold(series.view(), 300.0, f32::MAX).unwrap();
    assert_eq!(components.unwrap().mask(), &mask);
    let plan = SeriesPlan {
        limits: None,
        ..PLAN
    };
    let (factors, components) = passed(BinaryAlgebra::new(), plan, series.view());
    assert_eq!((factors.len(), components), (10, None));
}

#[test]
fn a_pass_says_what_it_refuses() {
    let algebra = BinaryAlgebra::new();
    let refused = |plan, shape| match SeriesPass::new(algebra, plan, shape) {
        Err(error) => error.to_string(),
        Ok(_) => String::new(),
    };
    assert!(refused(PLAN, [0, 70]).contains("0"));
    let of_rank = |rank| SeriesPlan { rank, ..PLAN };
    assert!(refused(of_rank(Some(51)), [50, 70]).contains("51"));
    assert!(refused(of_rank(Some(0)), [50, 70]).contains("rank"));
    let sigma = SeriesPlan {
        sigma_voxels: [-1.0; 3],
        ..PLAN
    };
    assert!(refused(sigma, [50, 70]).contains("-1"));
    let limits = SeriesPlan {
        limits: Some((2.0, 1.0)),
        ..PLAN
    };
    assert!(refused(limits, [50, 70]).contains("low"));
    let opening = SeriesPlan {
        opening: Some((1.0, [0.0, 1.0, 1.0])),
        ..PLAN
    };
    assert!(!refused(opening, [50, 70]).is_empty());

    let mut pass = SeriesPass::new(algebra, PLAN, [50, 70]).unwrap();
    let series = series(12);
    let narrow = series.slice(ndarray::s![0, .., ..60]);
    assert!(
        pass.push(narrow)
            .unwrap_err()
            .to_string()
            .contains("50 × 60")
    );
    assert!(matches!(pass.finish(), Err(AlgebraError::Empty { .. })));

    let mut pass = SeriesPass::new(algebra, PLAN, [50, 70]).unwrap();
    let mut broken = series.clone();
    broken[[11, 3, 4]] = f32::NAN;
    let pushed = broken
        .outer_iter()
        .try_for_each(|slice| pass.push(slice).map(drop));
    let error = pushed.and_then(|()| pass.finish().map(drop)).unwrap_err();
    assert!(
        matches!(error, AlgebraError::VoxelNotFinite { at: [11, 3, 4], .. }),
        "{error}"
    );
}
