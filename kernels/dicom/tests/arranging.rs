//! Stacks made by code: what is uneven, double, missing, tilted or mixed is said, naming both files.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::path::PathBuf;
use std::sync::Arc;

use kernel_dicom::arrange;
use kernel_imaging::{
    ByteRange, FrameAttributes, ImagePlane, Instance, Patient, Phi, PixelDataLocation, SampleKind,
    Series, Severity,
};

const AXIAL: [[f64; 3]; 2] = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]];
const SAGITTAL: [[f64; 3]; 2] = [[0.0, 1.0, 0.0], [0.0, 0.0, -1.0]];

fn slice(number: i64, position: [f64; 3], [row, column]: [[f64; 3]; 2]) -> Instance {
    let plane = ImagePlane {
        position_lps_mm: position,
        row_direction_lps: row,
        column_direction_lps: column,
        spacing_mm: [0.5, 0.25],
    };
    let attributes = FrameAttributes {
        plane: Some(plane),
        spacing_mm: Some([0.5, 0.25]),
        ..FrameAttributes::default()
    };
    Instance {
        path: PathBuf::from(format!("folder/slice{number}.dcm")),
        pixel_data: PixelDataLocation::Native {
            value: ByteRange {
                offset_bytes: 1000,
                length_bytes: 8,
            },
            kind: SampleKind::Integer,
        },
        sop_instance_uid: format!("1.2.3.{number}"),
        study_uid: "1.2".to_owned(),
        series_uid: "1.2.3".to_owned(),
        instance_number: Some(number),
        rows: 2,
        columns: 2,
        samples_per_pixel: 1,
        bits_allocated: 16,
        bits_stored: 16,
        frames: vec![Arc::new(attributes)],
        ..Instance::default()
    }
}

fn axial(heights: &[f64]) -> Vec<Instance> {
    heights
        .iter()
        .zip(1..)
        .map(|(height, number)| slice(number, [0.0, 0.0, *height], AXIAL))
        .collect()
}

fn one_series(instances: Vec<Instance>) -> Series {
    let (mut studies, _) = arrange(instances);
    assert_eq!(studies.len(), 1);
    assert_eq!(studies[0].series.len(), 1, "one stack");
    studies.remove(0).series.remove(0)
}

fn heights(series: &Series) -> Vec<f64> {
    series
        .frames
        .iter()
        .map(|frame| frame.attributes().plane.unwrap().position_lps_mm[2])
        .collect()
}

#[test]
fn rule_19_slices_are_sorted_by_position_not_by_number() {
    let series = one_series(axial(&[4.0, 0.0, 2.0]));
    assert_eq!(heights(&series), [0.0, 2.0, 4.0]);
    assert_eq!(series.voxel_mm, Some([2.0, 0.5, 0.25]));
    assert!(series.warnings.is_empty());
}

#[test]
fn rule_20_an_uneven_gap_names_both_files_and_both_distances() {
    let series = one_series(axial(&[0.0, 2.0, 4.0, 5.1, 7.1]));
    assert_eq!(series.voxel_mm, None);
    let warning = &series.warnings[0];
    assert!(
        warning.text.contains("1.100 mm") && warning.text.contains("2.000 mm"),
        "{}",
        warning.text
    );
    assert_eq!(warning.files, ["slice3.dcm", "slice4.dcm"]);
}

#[test]
fn rule_20_missing_and_double_slices_are_told() {
    let series = one_series(axial(&[0.0, 2.0, 4.0, 10.0]));
    assert!(
        series.warnings[0].text.contains("2 images may be missing"),
        "{}",
        series.warnings[0].text
    );
    assert_eq!(series.warnings[0].files, ["slice3.dcm", "slice4.dcm"]);
    let series = one_series(axial(&[0.0, 2.0, 2.0, 4.0]));
    assert!(
        series.warnings[0].text.contains("same position"),
        "{}",
        series.warnings[0].text
    );
    assert_eq!(series.warnings[0].files, ["slice2.dcm", "slice3.dcm"]);
}

#[test]
fn rule_20_a_tilted_gantry_is_told_and_measured_along_the_normal() {
    let (sine, cosine) = 20.0_f64.to_radians().sin_cos();
    let tilted = [[1.0, 0.0, 0.0], [0.0, cosine, -sine]];
    let series = one_series(
        (1..=4)
            .map(|n| slice(n, [0.0, 0.0, 5.0 * n as f64], tilted))
            .collect(),
    );
    assert!(
        series.warnings[0].text.contains("20.0 degrees"),
        "{}",
        series.warnings[0].text
    );
    assert_eq!(series.warnings[0].files, ["slice1.dcm", "slice4.dcm"]);
    assert!((series.voxel_mm.unwrap()[0] - 5.0 * cosine).abs() < 1e-9);
}

#[test]
fn rule_19_orientations_matrices_echoes_and_times_are_shown_apart() {
    let mut instances = axial(&[0.0, 2.0]);
    instances.push(slice(3, [0.0, 0.0, 0.0], SAGITTAL));
    instances.push(Instance {
        rows: 4,
        ..slice(4, [0.0, 0.0, 0.0], AXIAL)
    });
    instances.push(Instance {
        echo_number: Some(2),
        ..slice(5, [0.0, 0.0, 0.0], AXIAL)
    });
    instances.push(Instance {
        temporal_position: Some(7),
        ..slice(6, [0.0, 0.0, 0.0], AXIAL)
    });
    let (studies, _) = arrange(instances);
    let series = &studies[0].series;
    assert_eq!(series.len(), 5);
    assert_eq!(
        series
            .iter()
            .map(|series| series.frames.len())
            .sum::<usize>(),
        6
    );
    let warned = |word: &str| {
        series.iter().any(|series| {
            series
                .warnings
                .iter()
                .any(|warning| warning.text.contains(word))
        })
    };
    assert!(warned("mixes matrices") && warned("mixes orientations"));
    let mut keys: Vec<&str> = series.iter().map(|series| series.key.as_str()).collect();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), 5);
}

#[test]
fn repeated_volumes_are_taken_apart() {
    let mut instances = axial(&[0.0, 2.0, 4.0]);
    instances.extend((4..=6).map(|n| slice(n, [0.0, 0.0, 2.0 * (n - 4) as f64], AXIAL)));
    let (studies, _) = arrange(instances);
    let numbers: Vec<Vec<Option<i64>>> = studies[0]
        .series
        .iter()
        .map(|series| {
            series
                .frames
                .iter()
                .map(|frame| frame.instance.instance_number)
                .collect()
        })
        .collect();
    assert_eq!(
        numbers,
        [[Some(1), Some(2), Some(3)], [Some(4), Some(5), Some(6)]]
    );
}

#[test]
fn without_positions_the_instance_number_decides_then_the_path() {
    let projection = |number: i64, shown: Option<i64>| Instance {
        instance_number: shown,
        frames: vec![Arc::new(FrameAttributes::default())],
        ..slice(number, [0.0; 3], AXIAL)
    };
    let series = one_series(vec![
        projection(1, None),
        projection(2, Some(9)),
        projection(3, Some(4)),
        projection(0, None),
    ]);
    let paths: Vec<String> = series
        .frames
        .iter()
        .map(|frame| {
            frame
                .instance
                .path
                .file_name()
                .unwrap()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    assert_eq!(
        paths,
        ["slice3.dcm", "slice2.dcm", "slice0.dcm", "slice1.dcm"]
    );
}

#[test]
fn rule_25_two_patients_with_one_study_uid_are_not_mixed() {
    let mut other = slice(2, [0.0, 0.0, 2.0], AXIAL);
    other.patient = Arc::new(Patient {
        id: Phi::new("B".to_owned()),
        ..Patient::default()
    });
    let (studies, notices) = arrange(vec![slice(1, [0.0; 3], AXIAL), other]);
    assert_eq!(studies.len(), 2);
    assert!(
        notices
            .iter()
            .any(|notice| notice.text.contains("Two patients"))
    );
}

#[test]
fn a_copy_is_left_out_and_a_changed_copy_is_shown() {
    let original = slice(1, [0.0; 3], AXIAL);
    let copy = Instance {
        path: PathBuf::from("folder/z.dcm"),
        ..original.clone()
    };
    let (studies, notices) = arrange(vec![copy.clone(), original.clone()]);
    assert_eq!(studies[0].series[0].frames.len(), 1);
    assert_eq!(
        (notices.len(), notices[0].severity, notices[0].path.clone()),
        (1, Severity::Info, Some(copy.path.clone()))
    );
    let (studies, notices) = arrange(vec![Instance { rows: 4, ..copy }, original]);
    assert_eq!(
        studies[0]
            .series
            .iter()
            .map(|series| series.frames.len())
            .sum::<usize>(),
        2
    );
    assert_eq!(notices[0].severity, Severity::Warning);
}

#[test]
fn objects_without_pixels_are_named() {
    let object = |class: &str| Instance {
        sop_class_uid: class.to_owned(),
        pixel_data: PixelDataLocation::Absent,
        frames: Vec::new(),
        ..slice(1, [0.0; 3], AXIAL)
    };
    for (class, word) in [
        ("1.2.840.10008.5.1.4.1.1.88.33", "structured report"),
        ("1.2.840.10008.5.1.4.1.1.481.3", "RTSTRUCT"),
        ("1.2.840.10008.5.1.4.1.1.11.1", "presentation state"),
        ("1.2.840.10008.5.1.4.1.1.104.1", "PDF"),
    ] {
        let mut all = axial(&[0.0, 1.0]);
        all.push(object(class));
        let (studies, notices) = arrange(all);
        let [study] = &studies[..] else {
            panic!("{word}: {} studies", studies.len())
        };
        assert!(study.objects[0].name.contains(word), "{:?}", study.objects);
        assert!(notices.is_empty(), "{notices:?}");
        // Without images of its study it is still listed.
        let (alone, _) = arrange(vec![object(class)]);
        assert_eq!(alone[0].objects.len(), 1);
        assert!(alone[0].series.is_empty());
    }
    for (class, word) in [
        ("1.2.840.10008.1.3.10", "DICOMDIR"),
        ("1.2.840.10008.5.1.4.1.1.2", "without its pixel data"),
    ] {
        let (studies, notices) = arrange(vec![object(class)]);
        assert!(studies.is_empty());
        assert!(notices[0].text.contains(word), "{}", notices[0].text);
    }
}
