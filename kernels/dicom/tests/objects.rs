//! What is no image: reports, documents, directories, archives, and lists of tags.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::io::{Cursor, Write};
use std::path::PathBuf;

use kernel_dicom::*;
use kernel_imaging::TextRule;
use kernel_imaging::*;
use shared::build::{element, file, sequence, text, words};
use shared::{bytes_of, open_all};

mod shared;

#[test]
fn a_report_is_an_indented_tree_of_text() {
    let Some(root) = shared::public("a_report_is_an_indented_tree") else {
        return;
    };
    let bytes = bytes_of(&root, "test-SR.dcm");
    let report = read_report(Cursor::new(&bytes), bytes.len() as u64, TextRule::default()).unwrap();
    assert_eq!(report.title, "Diagnosis");
    let place = |words: &str| {
        let line = report
            .lines
            .iter()
            .find(|line| line.value.reveal().starts_with(words));
        line.map(|line| (line.depth, line.concept.as_str()))
    };
    assert_eq!(place("A mass of"), Some((1, "Text Code")));
    assert!(report.lines.iter().any(|line| {
        line.concept == "Diameter"
            && line.depth == 2
            && line
                .value
                .reveal()
                .chars()
                .any(|letter| letter.is_ascii_digit())
    }));
    assert!(report.lines.len() > 20 && !report.is_cut);
}

#[test]
fn a_document_is_named_and_not_read() {
    let bytes = file(&[
        text(0x0042, 0x0010, b"ST", "Letter"),
        element(0x0042, 0x0011, b"OB", b"%PDF-1.7 x"),
        text(0x0042, 0x0012, b"LO", "application/pdf"),
        element(0x0042, 0x0015, b"UL", &[9, 0, 0, 0]),
    ]);
    let document =
        read_document(Cursor::new(&bytes), bytes.len() as u64, TextRule::default()).unwrap();
    assert_eq!(
        (document.title.reveal().as_str(), document.length_bytes),
        ("Letter", 9)
    );
    assert_eq!(document.mime_type, "application/pdf");
}

#[test]
fn a_directory_lists_its_files_and_nothing_outside() {
    let record = |path: &str| {
        [
            text(0x0004, 0x1430, b"CS", "IMAGE"),
            text(0x0004, 0x1500, b"CS", path),
        ]
        .concat()
    };
    let items: Vec<Vec<u8>> = ["A\\B", "..\\C", "/ETC\\PASSWD", "A\\B", "C:\\D", "E"]
        .map(record)
        .to_vec();
    let bytes = file(&[sequence(0x0004, 0x1220, &items)]);
    let directory =
        read_dicomdir(Cursor::new(&bytes), bytes.len() as u64, TextRule::default()).unwrap();
    let expected = [PathBuf::from("A").join("B"), PathBuf::from("E")];
    assert_eq!(directory.files, expected);
    assert_eq!(directory.refused.len(), 1);
    assert!(
        directory.refused[0].contains("3 files outside"),
        "{:?}",
        directory.refused
    );
    let Some(root) = shared::public("a_directory_lists_its_files") else {
        return;
    };
    for (name, count) in [
        ("DICOMDIR-implicit", 31),
        ("DICOMDIR-bigEnd", 31),
        ("DICOMDIR", 11),
    ] {
        let bytes = bytes_of(&root, name);
        let directory =
            read_dicomdir(Cursor::new(&bytes), bytes.len() as u64, TextRule::default()).unwrap();
        assert_eq!(
            (directory.files.len(), directory.refused.len()),
            (count, 0),
            "{name}"
        );
    }
}

#[test]
fn an_archive_is_listed_with_bounds_and_read_by_entry() {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let deflated = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated);
    let noise: Vec<u8> = (0..5000_u32).map(|n| (n * n % 251) as u8).collect();
    for (name, content) in [("a/1.dcm", noise.as_slice()), ("../2.dcm", b"out")] {
        writer.start_file(name, deflated).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.start_file("bomb", deflated).unwrap();
    writer.write_all(&vec![0; 8 << 20]).unwrap();
    let bytes = writer.finish().unwrap().into_inner();
    let mut files = zip_entries(Cursor::new(&bytes)).unwrap();
    let paths: Vec<PathBuf> = files
        .entries
        .iter()
        .map(|entry| entry.path.clone())
        .collect();
    assert_eq!(paths.first(), Some(&PathBuf::from("a").join("1.dcm")));
    assert!(
        !paths
            .iter()
            .any(|path| path.to_string_lossy().contains(".."))
    );
    let first = files.entries[0].clone();
    assert_eq!(files.read(&first).unwrap(), noise);
    assert!(
        files.refused.iter().any(|text| text.contains("outside")),
        "{:?}",
        files.refused
    );
    for cut in [0, 10, bytes.len() / 2] {
        assert!(zip_entries(Cursor::new(&bytes[..cut])).is_err());
    }
}

#[test]
fn tags_are_listed_with_sequences_private_ones_and_their_character_set() {
    let bytes = file(&[
        text(0x0008, 0x0005, b"CS", "ISO_IR 192"),
        sequence(0x0008, 0x1115, &[text(0x0020, 0x000E, b"UI", "1.2")]),
        text(0x0009, 0x0010, b"LO", "ACME"),
        text(0x0009, 0x1001, b"LO", "own"),
        text(0x0010, 0x0010, b"PN", "Äneas"),
        words(0x7FE0, 0x0010, b"OW", &[0; 2000]),
        text(0xFFFC, 0xFFFC, b"LO", "after"),
    ]);
    let rows = read_tags(Cursor::new(&bytes), bytes.len() as u64, TextRule::default()).unwrap();
    let seen: Vec<(usize, &str, &str)> = rows
        .iter()
        .map(|row| (row.depth, row.name.as_str(), row.value.reveal().as_str()))
        .collect();
    assert_eq!(
        seen[..8],
        [
            (0, "TransferSyntaxUID", "1.2.840.10008.1.2.1"),
            (0, "SpecificCharacterSet", "ISO_IR 192"),
            (0, "ReferencedSeriesSequence", ""),
            (1, "Item 1", ""),
            (2, "SeriesInstanceUID", "1.2"),
            (0, "PrivateCreator", "ACME"),
            (0, "Private ACME", "own"),
            (0, "PatientName", "Äneas"),
        ]
    );
    assert_eq!((rows[8].length_bytes, rows.len()), (Some(4000), 10));
    assert!(rows[7].matches("patient") && rows[7].matches("(0010,0010)") && !rows[7].matches("x"));
}

#[test]
fn no_public_file_breaks_the_readers_of_objects() {
    let Some(root) = shared::public("no_public_file_breaks") else {
        return;
    };
    for path in shared::paths(&root) {
        let bytes = std::fs::read(&path).unwrap();
        for cut in [bytes.len(), bytes.len() / 2] {
            let (source, length) = (|| Cursor::new(&bytes[..cut]), cut as u64);
            let _ = read_tags(source(), length, TextRule::default());
            let _ = read_structure_set(source(), length, TextRule::default());
            let _ = read_presentation_state(source(), length, TextRule::default());
            let _ = read_report(source(), length, TextRule::default());
            let _ = read_dicomdir(source(), length, TextRule::default());
            let _ = read_segmentation(source(), length, &path, TextRule::default());
            let _ = zip_entries(source());
        }
    }
}

#[test]
fn objects_beside_images_are_listed_with_what_they_refer_to() {
    let Some(root) = shared::public("objects_beside_images") else {
        return;
    };
    let instances: Vec<Instance> = open_all(&root, "segmentations/23x38x3")
        .iter()
        .map(|instance| Instance::clone(instance))
        .collect();
    let objects = attached_objects(&instances);
    assert_eq!(objects.len(), 1);
    assert_eq!(objects[0].kind, ObjectKind::Segmentation);
    let image = instances
        .iter()
        .find(|instance| instance.modality == "CT" && instance.frames.len() == 1)
        .unwrap();
    assert!(objects[0].refers_to(&image.series_uid, ""));
}
