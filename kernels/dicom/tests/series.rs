//! Real series come out with the spacing their positions give, in one order whatever order they came in.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::path::Path;

use kernel_dicom::arrange;
use kernel_imaging::{Instance, Series};

mod shared;

fn instances(root: &Path, under: &str) -> Vec<Instance> {
    let folder = root.join(under);
    shared::paths(root)
        .into_iter()
        .filter(|path| path.starts_with(&folder))
        .filter_map(|path| shared::open(&path).ok())
        .map(|(_, _, instance)| instance)
        .collect()
}

/// A fixed shuffle: the seed is in the test's text.
fn shuffled<T>(mut items: Vec<T>, seed: u64) -> Vec<T> {
    let mut state = seed;
    for last in (1..items.len()).rev() {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        items.swap(last, (state >> 33) as usize % (last + 1));
    }
    items
}

fn near(found: f64, expected: f64, tolerance: f64) -> bool {
    (found - expected).abs() <= tolerance
}

#[test]
fn the_public_series_have_the_spacing_of_their_positions() {
    let Some(root) = shared::public("the_public_series_have_the_spacing_of_their_positions") else {
        return;
    };
    let manifest = shared::manifest(&root);
    for told in manifest["series"].as_array().unwrap() {
        let uid = told["uid"].as_str().unwrap();
        let folder = told["dir"].as_str().unwrap();
        let of_series = instances(&root, folder)
            .into_iter()
            .filter(|instance| instance.series_uid == uid)
            .collect();
        let (studies, _) = arrange(of_series);
        let series: Vec<&Series> = studies.iter().flat_map(|study| &study.series).collect();
        let frames: usize = series.iter().map(|series| series.frames.len()).sum();
        assert_eq!(frames as u64, told["n"].as_u64().unwrap(), "{folder}");
        let positions = told["spacing"]["positions"].as_u64().unwrap() as usize;
        let between_mm = told["spacing"]["slice_spacing_median"].as_f64().unwrap();
        let pixel_mm: Vec<f64> =
            serde_json::from_str(told["spacing"]["pixel_spacing"].as_str().unwrap()).unwrap();
        for series in series {
            assert_eq!(series.frames.len(), positions, "{folder} {}", series.key);
            let voxel_mm = series
                .voxel_mm
                .unwrap_or_else(|| panic!("{folder}: {:?}", series.warnings));
            println!("{folder} {} {voxel_mm:?} {:?}", series.key, series.warnings);
            assert!(
                near(voxel_mm[0], between_mm, 0.001),
                "{folder}: {voxel_mm:?}"
            );
            assert!(near(voxel_mm[1], pixel_mm[0], 1e-9) && near(voxel_mm[2], pixel_mm[1], 1e-9));
        }
    }
}

#[test]
fn the_order_of_files_does_not_change_the_studies() {
    let Some(root) = shared::public("the_order_of_files_does_not_change_the_studies") else {
        return;
    };
    let all = instances(&root, "");
    let (studies, notices) = arrange(all.clone());
    let frames: usize = studies
        .iter()
        .flat_map(|study| &study.series)
        .map(|series| series.frames.len())
        .sum();
    println!(
        "{} instances, {} studies, {frames} frames, {} notices",
        all.len(),
        studies.len(),
        notices.len()
    );
    for study in &studies {
        for series in &study.series {
            if !series.warnings.is_empty() || series.key != series.uid {
                println!(
                    "{} {} frames {:?} {:?}",
                    series.key,
                    series.frames.len(),
                    series.voxel_mm,
                    series.warnings.first()
                );
            }
        }
    }
    for notice in &notices {
        println!(
            "{:?} {} {:?}",
            notice.severity,
            notice.text,
            notice.path.as_ref().and_then(|p| p.file_name())
        );
    }
    for seed in 1..=5 {
        let again = arrange(shuffled(all.clone(), seed));
        assert_eq!(again.0, studies, "seed {seed}");
        assert_eq!(again.1, notices, "seed {seed}");
    }
    let mut keys: Vec<(&str, &str)> = studies
        .iter()
        .flat_map(|study| {
            study
                .series
                .iter()
                .map(|series| (study.uid.as_str(), series.key.as_str()))
        })
        .collect();
    let count = keys.len();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), count, "series keys are unique in their study");
}
