//! What is written as a segmentation is read back as it was, over the images that it was made of.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;

use kernel_dicom::*;
use kernel_imaging::TextRule;
use kernel_imaging::*;
use shared::build::{image, text};

mod shared;

/// Frames of 35 bits do not end on a byte.
const SIZE: [u16; 2] = [5, 7];
const PIXELS: usize = 35;

fn slice(number: usize, position: &str, size: [u16; 2]) -> FrameReference {
    let before = [
        text(0x0008, 0x0016, b"UI", "1.2.840.10008.5.1.4.1.1.2"),
        text(0x0008, 0x0018, b"UI", &format!("2.25.{}", 700 + number)),
        text(0x0008, 0x0060, b"CS", "CT"),
        text(0x0010, 0x0010, b"PN", "Nobody^At All"),
        text(0x0020, 0x000D, b"UI", "2.25.11"),
        text(0x0020, 0x000E, b"UI", "2.25.12"),
        text(0x0020, 0x0032, b"DS", position),
        text(0x0020, 0x0037, b"DS", "1\\0\\0\\0\\1\\0"),
        text(0x0020, 0x0052, b"UI", "2.25.13"),
    ];
    let after = [text(0x0028, 0x0030, b"DS", "0.7\\0.333333333333")];
    let pixels = vec![0; usize::from(size[0]) * usize::from(size[1])];
    let bytes = image(size, 12, &before, &after, &pixels);
    let length = bytes.len() as u64;
    FrameReference {
        instance: Arc::new(
            read_instance(
                Cursor::new(bytes),
                length,
                Path::new("slice.dcm"),
                TextRule::default(),
            )
            .unwrap(),
        ),
        frame: 0,
    }
}

fn series() -> Vec<FrameReference> {
    ["-1.5\\2\\0", "-1.5\\2\\2.5", "-1.5\\2\\5"]
        .iter()
        .enumerate()
        .map(|(at, position)| slice(at, position, SIZE))
        .collect()
}

fn segments() -> Vec<SegmentToWrite> {
    let code = Code {
        value: "10200004".to_owned(),
        scheme: "SCT".to_owned(),
        meaning: "Liver".to_owned(),
    };
    vec![
        SegmentToWrite {
            label: "Leber, 肝臓".to_owned(),
            colour: [200, 30, 90],
            code: Some(code),
        },
        SegmentToWrite {
            label: "rest".to_owned(),
            colour: [0, 255, 0],
            code: None,
        },
    ]
}

fn written(frames: &[FrameReference], labels: &[u8]) -> Result<Vec<u8>, DicomError> {
    write_segmentation(
        &SegmentationToWrite {
            frames,
            labels: LabelsToWrite::Numbers(labels),
            segments: &segments(),
            statements: &[],
        },
        &Derivation {
            application: "clisonix 0.1.0",
            description: "threshold version 1",
            algorithm: "threshold 1",
            uid: &|part| format!("2.25.{}", part.len()),
            made_unix_s: 1_795_514_400,
        },
    )
}

/// Segment 1 on the first two slices, segment 2 on the last pixel of the third.
fn labels() -> Vec<u8> {
    let mut labels = vec![0; 3 * PIXELS];
    for pixel in [0, 3, 34, 35, 36, 52] {
        labels[pixel] = 1;
    }
    labels[3 * PIXELS - 1] = 2;
    labels
}

#[test]
fn labels_come_back_on_the_images_they_are_of() {
    let (frames, labels) = (series(), labels());
    let bytes = written(&frames, &labels).unwrap();
    let length = bytes.len() as u64;
    let path = Path::new("seg.dcm");
    let read = read_segmentation(Cursor::new(&bytes), length, path, TextRule::default()).unwrap();
    assert_eq!(read.kind, SegmentationKind::Binary);
    let about: Vec<(u32, String, String, [u8; 3])> = read
        .segments
        .iter()
        .map(|s| {
            (
                s.number,
                s.label.reveal().clone(),
                s.property.clone(),
                s.colour,
            )
        })
        .collect();
    assert_eq!(
        about[0],
        (
            1,
            "Leber, 肝臓".to_owned(),
            "Liver".to_owned(),
            [200, 30, 90]
        )
    );
    assert_eq!(
        about[1],
        (2, "rest".to_owned(), "Tissue".to_owned(), [0, 255, 0])
    );
    assert_eq!(read.instance.patient.name.reveal(), "Nobody^At All");
    assert_eq!(read.instance.study_uid, "2.25.11");
    let mut back = vec![0_u8; labels.len()];
    for (at, frame) in frames.iter().enumerate() {
        for index in read.frames_over(frame, Some(2.5)) {
            let named = &read.frames[index].references[0].sop_instance_uid;
            assert_eq!(*named, frame.instance.sop_instance_uid);
            let decoded = decode_frame(Cursor::new(&bytes), length, &read.instance, index).unwrap();
            for mask in read.masks(index, &decoded, frame) {
                for (pixel, level) in mask.levels.iter().enumerate() {
                    if *level == 255 {
                        back[at * PIXELS + pixel] = mask.number as u8;
                    }
                }
            }
        }
    }
    assert_eq!(back, labels);
}

#[test]
fn what_cannot_be_a_segmentation_is_refused_in_a_sentence() {
    let said = |frames: &[FrameReference], labels: &[u8]| {
        written(frames, labels).expect_err("refused").to_string()
    };
    let frames = series();
    assert!(said(&frames, &[0; 3 * PIXELS]).contains("without a single labelled pixel"));
    assert!(said(&frames, &[1; 7]).contains("7 labels for 3 images"));
    assert!(said(&frames, &[3; 3 * PIXELS]).contains("label 3 where 2 are named"));
    assert!(said(&[], &[]).contains("no image"));
    let mut mixed = series();
    mixed[2] = slice(2, "-1.5\\2\\5", [7, 5]);
    assert!(said(&mixed, &labels()).contains("several sizes, such as image 3"));
    let mut unknown = series();
    unknown[1] = slice(1, "", SIZE);
    assert!(said(&unknown, &labels()).contains("place is not known, such as image 2"));
}

#[test]
fn equal_labels_make_equal_files() {
    let frames = series();
    assert_eq!(
        written(&frames, &labels()).unwrap(),
        written(&frames, &labels()).unwrap()
    );
}

#[test]
fn masks_that_overlap_come_back_one_by_one() {
    let frames = series();
    let plane = |set: &[usize]| {
        Some(BitPlane::from_pixels(
            5,
            7,
            (0..PIXELS).map(|at| set.contains(&at)),
        ))
    };
    let one = [plane(&[0, 3, 34]), None, None];
    let two = [plane(&[3, 4]), plane(&[]), plane(&[7])];
    let planes: [&[Option<BitPlane>]; 2] = [&one, &two];
    let bytes = write_segmentation(
        &SegmentationToWrite {
            frames: &frames,
            labels: LabelsToWrite::Planes(&planes),
            segments: &segments(),
            statements: &[],
        },
        &Derivation {
            application: "clisonix 0.1.0",
            description: "masks",
            algorithm: "mask tools",
            uid: &|part| format!("2.25.{}", part.len()),
            made_unix_s: 1_795_514_400,
        },
    )
    .unwrap();
    let length = bytes.len() as u64;
    let read = read_segmentation(
        Cursor::new(&bytes),
        length,
        Path::new("seg.dcm"),
        TextRule::default(),
    )
    .unwrap();
    // A plane without a pixel is no frame.
    assert_eq!(read.frames.len(), 3);
    let mut back = Vec::new();
    for (at, frame) in frames.iter().enumerate() {
        for index in read.frames_over(frame, Some(2.5)) {
            let decoded = decode_frame(Cursor::new(&bytes), length, &read.instance, index).unwrap();
            for mask in read.masks(index, &decoded, frame) {
                let set = mask
                    .levels
                    .iter()
                    .enumerate()
                    .filter(|(_, level)| **level == 255);
                back.extend(set.map(|(pixel, _)| (mask.number, at, pixel)));
            }
        }
    }
    back.sort_unstable();
    let expected = [
        (1, 0, 0),
        (1, 0, 3),
        (1, 0, 34),
        (2, 0, 3),
        (2, 0, 4),
        (2, 2, 7),
    ];
    assert_eq!(back, expected);
    if let Some(folder) = std::env::var_os("CLISONIX_KEEP") {
        std::fs::write(Path::new(&folder).join("masks.dcm"), bytes).unwrap();
    }
}
