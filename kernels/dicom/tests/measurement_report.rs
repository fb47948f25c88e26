//! Measurements that are written as a report are read back as they were, on the images that they lie on.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;

use kernel_dicom::*;
use kernel_imaging::TextRule;
use kernel_imaging::*;
use shared::build::{image, text};

mod shared;

const SIZE: [u16; 2] = [40, 50];

/// A grey image of which every pixel differs.
fn picture(number: usize, study: &str) -> (FrameReference, Frame) {
    let before = [
        text(0x0008, 0x0016, b"UI", "1.2.840.10008.5.1.4.1.1.2"),
        text(0x0008, 0x0018, b"UI", &format!("2.25.{}", 700 + number)),
        text(0x0008, 0x0060, b"CS", "CT"),
        text(0x0010, 0x0010, b"PN", "Nobody^At All"),
        text(0x0020, 0x000D, b"UI", study),
        text(0x0020, 0x000E, b"UI", "2.25.12"),
        text(0x0020, 0x0032, b"DS", "-1.5\\2\\7"),
        text(0x0020, 0x0037, b"DS", "1\\0\\0\\0\\1\\0"),
    ];
    let after = [
        text(0x0028, 0x0030, b"DS", "0.7\\0.333333333333"),
        text(0x0028, 0x1052, b"DS", "-1024"),
        text(0x0028, 0x1053, b"DS", "1"),
        text(0x0028, 0x1054, b"LO", "HU"),
    ];
    let pixels: Vec<u16> = (0..2000).map(|value| value * 2).collect();
    let bytes = image(SIZE, 12, &before, &after, &pixels);
    let length = bytes.len() as u64;
    let instance = read_instance(
        Cursor::new(&bytes),
        length,
        Path::new("a.dcm"),
        TextRule::default(),
    )
    .unwrap();
    let frame = decode_frame(Cursor::new(&bytes), length, &instance, 0).unwrap();
    let instance = Arc::new(instance);
    (FrameReference { instance, frame: 0 }, frame)
}

fn points(kind: MarkKind) -> Vec<[f64; 2]> {
    let all = [
        [3.25, 4.5],
        [20.125, 9.75],
        [30.0, 30.5],
        [7.5, 33.0],
        [5.0, 12.0],
    ];
    all[..kind.points().unwrap_or(5)].to_vec()
}

fn marks() -> Vec<Mark> {
    let pictures = [picture(0, "2.25.11"), picture(1, "2.25.11")];
    MarkKind::ALL
        .into_iter()
        .enumerate()
        .map(|(at, kind)| {
            let (reference, frame) = &pictures[at % 2];
            let points = points(kind);
            Mark {
                id: at as u32 + 1,
                kind,
                figures: MarkFigures::new(kind, &points, frame, reference.attributes()),
                points,
                frame: reference.clone(),
                text: match kind {
                    MarkKind::Text => "Läsion, 病変".to_owned(),
                    MarkKind::Length => "short axis".to_owned(),
                    _ => String::new(),
                },
            }
        })
        .collect()
}

fn written(marks: &[Mark]) -> Result<Vec<u8>, DicomError> {
    let derivation = Derivation {
        application: "clisonix 0.1.0",
        description: "Measurements",
        algorithm: "",
        uid: &|part| format!("2.25.{}", 90 + part.len()),
        made_unix_s: 1_795_514_400,
    };
    write_measurement_report(marks, &derivation)
}

#[test]
fn every_kind_of_measurement_comes_back_with_its_figures_and_words() {
    let marks = marks();
    let bytes = written(&marks).unwrap();
    let length = bytes.len() as u64;
    let read = read_report(Cursor::new(&bytes), length, TextRule::default()).unwrap();
    assert_eq!(read.title, "Imaging Measurement Report");
    assert_eq!(read.marks.len(), marks.len());
    for (read, mark) in read.marks.iter().zip(&marks) {
        assert_eq!(read.kind, mark.kind);
        assert_eq!(read.points, mark.points, "{:?}", mark.kind);
        assert_eq!(read.text, mark.text, "{:?}", mark.kind);
        let uid = &mark.frame.instance.sop_instance_uid;
        assert_eq!(read.image.sop_instance_uid, *uid);
        let mut expected = mark.figures.clone();
        if let Some(region) = &mut expected.region {
            region.histogram = Histogram {
                range: [0.0, 0.0],
                counts: Vec::new(),
            };
        }
        if matches!(
            mark.kind,
            MarkKind::Length | MarkKind::Angle | MarkKind::Cobb | MarkKind::Text | MarkKind::Arrow
        ) {
            expected.unit = String::new();
        }
        assert_eq!(read.figures, expected, "{:?}", mark.kind);
    }
    let instance = read_instance(
        Cursor::new(&bytes),
        length,
        Path::new("sr.dcm"),
        TextRule::default(),
    )
    .unwrap();
    assert_eq!(instance.modality, "SR");
    assert_eq!(instance.study_uid, "2.25.11");
    assert_eq!(instance.references[0].instances.len(), 2);
}

#[test]
fn measurements_of_several_studies_are_not_mixed_in_one_report() {
    let mut marks = marks();
    let (other, _) = picture(5, "2.25.99");
    marks[3].frame = other;
    let refused = written(&marks).unwrap_err().to_string();
    assert!(refused.contains("several studies"), "{refused}");
    let none = written(&[]).unwrap_err().to_string();
    assert!(none.contains("no measurement"), "{none}");
}

#[test]
fn a_report_without_measurements_has_no_marks() {
    let reference = [
        text(0x0008, 0x0016, b"UI", "1.2.840.10008.5.1.4.1.1.88.11"),
        text(0x0040, 0xA040, b"CS", "CONTAINER"),
    ];
    let bytes = shared::build::file(&reference);
    let read = read_report(Cursor::new(&bytes), bytes.len() as u64, TextRule::default()).unwrap();
    assert!(read.marks.is_empty());
}

/// Written for the validators of others where `CLISONIX_KEEP` names a folder.
#[test]
fn equal_measurements_make_equal_files() {
    let bytes = written(&marks()).unwrap();
    assert_eq!(bytes, written(&marks()).unwrap());
    if let Some(folder) = std::env::var_os("CLISONIX_KEEP") {
        std::fs::write(Path::new(&folder).join("report.dcm"), bytes).unwrap();
    }
}
