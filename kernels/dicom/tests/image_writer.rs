//! What is written as a computed image is read back as it was computed, where its source is, and says what it is.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;

use kernel_dicom::*;
use kernel_imaging::TextRule;
use kernel_imaging::*;
use shared::build::{image, sequence, text};

mod shared;

const SIZE: [u16; 2] = [2, 3];
const CT: &str = "1.2.840.10008.5.1.4.1.1.2";

fn source(class: &str) -> Vec<u8> {
    let before = [
        text(0x0008, 0x0008, b"CS", "ORIGINAL\\PRIMARY\\AXIAL"),
        text(0x0008, 0x0016, b"UI", class),
        text(0x0008, 0x0018, b"UI", "2.25.700"),
        text(0x0008, 0x0060, b"CS", "CT"),
        text(0x0008, 0x1030, b"LO", "Head"),
        text(0x0009, 0x0010, b"LO", "NOBODY 1.0"),
        text(0x0009, 0x1001, b"LO", "private"),
        text(0x0010, 0x0010, b"PN", "Nobody^At All"),
        text(0x0018, 0x0060, b"DS", "120"),
        text(0x0020, 0x000D, b"UI", "2.25.11"),
        text(0x0020, 0x000E, b"UI", "2.25.12"),
        text(0x0020, 0x0011, b"IS", "4"),
        text(0x0020, 0x0013, b"IS", "9"),
        text(0x0020, 0x0032, b"DS", "-1.5\\2\\7"),
        text(0x0020, 0x0037, b"DS", "1\\0\\0\\0\\1\\0"),
        text(0x0020, 0x0052, b"UI", "2.25.13"),
    ];
    let after = [
        text(0x0028, 0x0030, b"DS", "0.7\\0.5"),
        text(0x0028, 0x1050, b"DS", "40"),
        text(0x0028, 0x1051, b"DS", "400"),
        text(0x0028, 0x1052, b"DS", "-1024"),
        text(0x0028, 0x1053, b"DS", "1"),
        text(0x0028, 0x2110, b"CS", "01"),
        text(0x0028, 0x2112, b"DS", "3.5"),
        text(0x0028, 0x2114, b"CS", "ISO_10918_1"),
        sequence(0x0028, 0x3010, &[text(0x0028, 0x3003, b"LO", "gone")]),
    ];
    image(SIZE, 12, &before, &after, &[0; 6])
}

fn opened(bytes: &[u8]) -> Instance {
    read_instance(
        Cursor::new(bytes),
        bytes.len() as u64,
        Path::new("a.dcm"),
        TextRule::default(),
    )
    .unwrap()
}

fn frame(bytes: &[u8]) -> FrameReference {
    FrameReference {
        instance: Arc::new(opened(bytes)),
        frame: 0,
    }
}

fn written(
    class: &str,
    values: &[f32],
    size: [usize; 2],
    in_place: bool,
) -> Result<WrittenImage, DicomError> {
    let bytes = source(class);
    let frames = [frame(&bytes)];
    let fold = |with: fn(f32, f32) -> f32| values.iter().copied().reduce(with).unwrap();
    let images = ImagesToWrite {
        frames: &frames,
        size,
        range: [fold(f32::min), fold(f32::max)],
        in_place,
        code: None,
        lossy: Some(LossyMark {
            ratio: Some(12.0),
            method: "LOW_RANK".to_owned(),
        }),
    };
    let derivation = Derivation {
        application: "clisonix 0.1.0",
        description: "svd-compress k=2",
        algorithm: "svd-compress 2",
        uid: &|part| format!("2.25.{}", 90 + part.len()),
        made_unix_s: 1_795_514_400,
    };
    let length = bytes.len() as u64;
    let source = (Cursor::new(&bytes), length);
    write_image(&images, 0, values, "receipt abc", source, &derivation)
}

fn modality(bytes: &[u8]) -> Vec<f32> {
    let instance = opened(bytes);
    let frame = decode_frame(Cursor::new(bytes), bytes.len() as u64, &instance, 0).unwrap();
    let values = modality_values(&frame, &instance.frames[0]).unwrap();
    values.into_raw_vec_and_offset().0
}

fn rows(bytes: &[u8]) -> Vec<(String, String)> {
    let rows = read_tags(Cursor::new(bytes), bytes.len() as u64, TextRule::default()).unwrap();
    rows.into_iter()
        .map(|row| (row.name, row.value.reveal().clone()))
        .collect()
}

fn value<'a>(rows: &'a [(String, String)], name: &str) -> &'a str {
    let found = rows.iter().find(|(known, _)| known == name);
    found.map_or("absent", |(_, value)| value)
}

#[test]
fn values_come_back_where_the_source_is() {
    let values = [-1024.0, 0.25, 3071.0, 17.5, -0.125, 1.0];
    let made = written(CT, &values, [2, 3], true).unwrap();
    assert_eq!(modality(&made.bytes), values);
    assert_eq!(made.rounding_max, 0.0);
    let (derived, of) = (opened(&made.bytes), opened(&source(CT)));
    assert_eq!(derived.frames[0].plane, of.frames[0].plane);
    assert_eq!(derived.frame_of_reference_uid, "2.25.13");
    assert_eq!(derived.study_uid, of.study_uid);
    assert_ne!(derived.series_uid, of.series_uid);
    assert_ne!(derived.sop_instance_uid, of.sop_instance_uid);
    assert_eq!(derived.patient.name.reveal(), "Nobody^At All");
    let rows = rows(&made.bytes);
    assert_eq!(value(&rows, "ImageType"), "DERIVED\\SECONDARY\\AXIAL");
    assert_eq!(value(&rows, "KVP"), "120");
    assert_eq!(value(&rows, "DerivationDescription"), "receipt abc");
    assert_eq!(value(&rows, "ReferencedSOPInstanceUID"), "2.25.700");
    assert_eq!(value(&rows, "WindowWidth"), "400");
    assert_eq!(value(&rows, "LossyImageCompression"), "01");
    assert_eq!(value(&rows, "LossyImageCompressionRatio"), "3.5\\12");
    assert_eq!(
        value(&rows, "LossyImageCompressionMethod"),
        "ISO_10918_1\\LOW_RANK"
    );
    let told = format!("{rows:?}");
    assert!(
        !told.contains("private") && !told.contains("gone"),
        "{told}"
    );
}

#[test]
fn values_between_the_levels_are_rounded_by_half_a_step_at_most() {
    let values = [-40_000.3, 0.1, 0.2, 12.7, 39_999.9, 1.0];
    let made = written(CT, &values, [2, 3], true).unwrap();
    let levels = Levels::over([-40_000.3, 39_999.9]).unwrap();
    assert_eq!(levels.step, 2.0);
    assert!(
        made.rounding_max <= levels.step / 2.0,
        "{}",
        made.rounding_max
    );
    let read = modality(&made.bytes);
    let worst = read
        .iter()
        .zip(values)
        .map(|(read, value)| f64::from((read - value).abs()))
        .fold(0.0, f64::max);
    assert!((worst - made.rounding_max).abs() < 1e-9);
    assert_eq!(Levels::over([0.0, 65_535.0]).unwrap().step, 1.0);
    assert!(Levels::over([f32::NAN, 1.0]).is_err());
    assert!(Levels::over([0.0, f32::INFINITY]).is_err());
}

#[test]
fn a_class_that_takes_no_rescale_becomes_a_secondary_capture_in_the_same_place() {
    let values = [0.0, 1.0, 2.0, 3.0, 4.5, 5.0];
    let ultrasound = "1.2.840.10008.5.1.4.1.1.6.1";
    let made = written(ultrasound, &values, [2, 3], true).unwrap();
    assert_eq!(modality(&made.bytes), values);
    let (derived, of) = (opened(&made.bytes), opened(&source(ultrasound)));
    assert_eq!(derived.sop_class_uid, "1.2.840.10008.5.1.4.1.1.7");
    assert_eq!(derived.frames[0].plane, of.frames[0].plane);
}

#[test]
fn coefficients_of_a_transform_have_no_place_in_the_patient() {
    let values = [1.0, -2.0];
    let made = written(CT, &values, [1, 2], false).unwrap();
    assert_eq!(modality(&made.bytes), values);
    let derived = opened(&made.bytes);
    assert_eq!(derived.frames[0].plane, None);
    assert_eq!(derived.frame_of_reference_uid, "");
    let refused = written(CT, &[1.0], [1, 2], false).err().unwrap();
    assert!(refused.to_string().contains("1 values for 1 x 2 pixels"));
}
