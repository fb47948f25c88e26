//! Copies without identities: nothing of the patient is left, what belongs together stays together, pixels are the same.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::io::Cursor;
use std::path::{Path, PathBuf};

use kernel_dicom::*;
use kernel_imaging::TextRule;
use kernel_imaging::*;
use shared::build::{image, sequence, text};

mod shared;

const SIZE: [u16; 2] = [2, 3];
const PIXELS: [u16; 6] = [1, 2, 3, 4, 5, 6];

fn names() -> (impl Fn(&str) -> String, impl Fn(&str) -> String) {
    let sum = |text: &str| {
        text.bytes()
            .fold(7_u64, |sum, byte| sum.wrapping_mul(31) + u64::from(byte))
    };
    (
        move |uid: &str| format!("2.25.{}", sum(uid)),
        move |word: &str| format!("P{:08X}", sum(word) as u32),
    )
}

fn original(number: usize) -> Vec<u8> {
    let referenced = sequence(
        0x0008,
        0x1140,
        &[[
            text(0x0008, 0x1150, b"UI", "1.2.840.10008.5.1.4.1.1.2"),
            text(0x0008, 0x1155, b"UI", "9.9.700"),
        ]
        .concat()],
    );
    let before = [
        text(0x0008, 0x0005, b"CS", "ISO_IR 100"),
        text(0x0008, 0x0016, b"UI", "1.2.840.10008.5.1.4.1.1.2"),
        text(0x0008, 0x0018, b"UI", &format!("9.9.{}", 700 + number)),
        text(0x0008, 0x0020, b"DA", "20240131"),
        text(0x0008, 0x0050, b"SH", "ACC77"),
        text(0x0008, 0x0060, b"CS", "CT"),
        text(0x0008, 0x0080, b"LO", "Secret Hospital"),
        text(0x0008, 0x0090, b"PN", "Doctor^Secret"),
        text(0x0008, 0x1030, b"LO", "Secret study"),
        referenced,
        text(0x0009, 0x0010, b"LO", "SECRET VENDOR"),
        text(0x0009, 0x1001, b"LO", "Secret private"),
        text(0x0010, 0x0010, b"PN", "Secret^Patient"),
        text(0x0010, 0x0020, b"LO", "SECRET-4711"),
        text(0x0010, 0x0030, b"DA", "19601224"),
        text(0x0010, 0x1010, b"AS", "063Y"),
        text(0x0010, 0x4000, b"LT", "Secret comment"),
        text(0x0018, 0x0060, b"DS", "120"),
        text(0x0020, 0x000D, b"UI", "9.9.11"),
        text(0x0020, 0x000E, b"UI", "9.9.12"),
        text(0x0020, 0x0032, b"DS", "-1.5\\2\\7"),
        text(0x0020, 0x0037, b"DS", "1\\0\\0\\0\\1\\0"),
        text(0x0020, 0x0052, b"UI", "9.9.13"),
    ];
    let after = [
        text(0x0028, 0x0030, b"DS", "0.7\\0.5"),
        text(0x0028, 0x0301, b"CS", "NO"),
    ];
    image(SIZE, 12, &before, &after, &PIXELS)
}

fn copied(bytes: &[u8]) -> Result<Deidentified, DicomError> {
    let (uid, word) = names();
    let names = Pseudonyms {
        uid: &uid,
        word: &word,
    };
    deidentify(Cursor::new(bytes), bytes.len() as u64, &names)
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

fn pixels(bytes: &[u8], frame: usize) -> Frame {
    decode_frame(
        Cursor::new(bytes),
        bytes.len() as u64,
        &opened(bytes),
        frame,
    )
    .unwrap()
}

#[test]
fn nothing_of_the_patient_is_left_in_the_bytes() {
    let copy = copied(&original(0)).unwrap();
    let text = String::from_utf8_lossy(&copy.bytes).to_lowercase();
    for word in ["secret", "20240131", "19601224", "063y", "acc77", "9.9."] {
        assert!(!text.contains(word), "`{word}` is still there");
    }
    let read = opened(&copy.bytes);
    assert_eq!(read.identity_removed, Some(true));
    assert!(read.deidentification_method.contains("PS3.15"));
    assert!(!copy.burned_in);
    // What is needed to read the image is there.
    assert_eq!(pixels(&copy.bytes, 0), pixels(&original(0), 0));
    assert_eq!(read.frames[0].plane, opened(&original(0)).frames[0].plane);
}

#[test]
fn what_belongs_together_stays_together_under_other_names() {
    let [one, two] = [0, 1].map(|number| copied(&original(number)).unwrap());
    let [first, second] = [&one, &two].map(|copy| opened(&copy.bytes));
    assert_eq!(first.study_uid, second.study_uid);
    assert_eq!(first.series_uid, second.series_uid);
    assert_eq!(first.frame_of_reference_uid, second.frame_of_reference_uid);
    assert_ne!(first.sop_instance_uid, second.sop_instance_uid);
    assert_eq!(first.sop_instance_uid, one.sop_instance_uid);
    assert_eq!(first.patient.id, second.patient.id);
    assert!(!first.patient.id.reveal().is_empty());
    // The reference of both is the first.
    let rows = read_tags(
        Cursor::new(&two.bytes),
        two.bytes.len() as u64,
        TextRule::default(),
    )
    .unwrap();
    let referenced = rows
        .iter()
        .find(|row| row.name == "ReferencedSOPInstanceUID");
    assert_eq!(referenced.unwrap().value.reveal(), &one.sop_instance_uid);
}

#[test]
fn reports_are_refused_and_burned_in_words_are_told() {
    let report = shared::build::file(&[
        text(0x0008, 0x0016, b"UI", "1.2.840.10008.5.1.4.1.1.88.11"),
        text(0x0008, 0x0018, b"UI", "9.9.1"),
        sequence(0x0040, 0xA730, &[text(0x0040, 0xA160, b"UT", "Secret")]),
    ]);
    let refused = copied(&report).err().unwrap().to_string();
    assert!(refused.contains("a report or document"), "{refused}");
    let after = [text(0x0028, 0x0301, b"CS", "YES")];
    let before = [
        text(0x0008, 0x0016, b"UI", "1.2.840.10008.5.1.4.1.1.7"),
        text(0x0008, 0x0018, b"UI", "9.9.1"),
    ];
    let burned = image(SIZE, 12, &before, &after, &PIXELS);
    assert!(copied(&burned).unwrap().burned_in);
}

/// Pixels of every public file, whatever its compression, are those of the copy.
#[test]
fn pixels_of_every_encoding_stay_as_they_are() {
    let folder = std::env::var_os("CLISONIX_SHARED").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let Ok(manifest) = std::fs::read(folder.join("public/manifest.json")) else {
        eprintln!("SKIPPED pixels of every encoding: the public files are absent");
        return;
    };
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
    let mut compared = std::collections::BTreeMap::<String, usize>::new();
    for entry in manifest["files"].as_array().unwrap() {
        let path = folder.join("public").join(entry["path"].as_str().unwrap());
        let bytes = std::fs::read(&path).unwrap();
        let length = bytes.len() as u64;
        if length > 4 << 20 {
            continue;
        }
        let Ok(instance) = read_instance(Cursor::new(&bytes), length, &path, TextRule::default())
        else {
            continue;
        };
        let seen = compared
            .entry(instance.transfer_syntax_uid.clone())
            .or_default();
        if *seen >= 6 || instance.frames.is_empty() {
            continue;
        }
        let last = instance.frames.len() - 1;
        let Ok(frame) = decode_frame(Cursor::new(&bytes), length, &instance, last) else {
            continue;
        };
        let Ok(copy) = copied(&bytes) else { continue };
        assert_eq!(
            pixels(&copy.bytes, last),
            frame,
            "{}",
            instance.transfer_syntax_uid
        );
        *seen += 1;
    }
    compared.retain(|_, count| *count > 0);
    eprintln!("{compared:?}");
    assert!(compared.len() >= 8, "{compared:?}");
}
