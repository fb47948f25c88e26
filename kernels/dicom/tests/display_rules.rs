//! Rules 1, 8, 12, 13, 21, 22, 23, 29 and 31 on files written element by element, and on public ones.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::io::Cursor;
use std::path::Path;

use kernel_dicom::{DicomError, decode_frame, decode_overlays, read_instance};
use kernel_imaging::{Instance, Overlay, OverlayKind, Samples, Shutter, TextRule, VoiLut};
use shared::build::{element, image, sequence, text, words};

mod shared;

fn read(bytes: &[u8]) -> Result<Instance, DicomError> {
    read_instance(
        Cursor::new(bytes),
        bytes.len() as u64,
        Path::new("test.dcm"),
        TextRule::default(),
    )
}

fn set(overlay: &Overlay) -> Vec<(i64, i64)> {
    let size = 8_i64;
    (-size..size)
        .flat_map(|y| (-size..size).map(move |x| (x, y)))
        .filter(|(x, y)| overlay.covers(*x, *y))
        .collect()
}

#[test]
fn rule_08_each_frame_has_its_own_window() {
    let window = |center: &str| {
        sequence(
            0x0028,
            0x9132,
            &[[
                text(0x0028, 0x1050, b"DS", center),
                text(0x0028, 0x1051, b"DS", "100"),
            ]
            .concat()],
        )
    };
    let mut bytes = image(
        [1, 1],
        16,
        &[],
        &[
            text(0x0028, 0x0008, b"IS", "2"),
            sequence(0x5200, 0x9230, &[window("10"), window("20")]),
        ],
        &[1, 2],
    );
    // Number of Frames belongs before Rows; readers take it anywhere.
    let instance = read(&bytes).unwrap();
    let centers: Vec<f64> = instance
        .frames
        .iter()
        .map(|frame| match &frame.voi[0] {
            VoiLut::Window { level, .. } => level.center(),
            VoiLut::Table { .. } => f64::NAN,
        })
        .collect();
    assert_eq!(centers, [10.0, 20.0]);
    bytes.truncate(bytes.len() - 4);
    assert!(read(&bytes).is_err());
}

#[test]
fn rule_22_an_overlay_lies_at_its_own_origin() {
    // Origin row 2, column 0 (from 1): the first overlay pixel lies left of the image, in its second row.
    let bytes = image(
        [4, 4],
        12,
        &[],
        &[
            words(0x6002, 0x0010, b"US", &[2]),
            words(0x6002, 0x0011, b"US", &[3]),
            text(0x6002, 0x0040, b"CS", "R"),
            words(0x6002, 0x0050, b"SS", &[2, 0]),
            words(0x6002, 0x0100, b"US", &[1]),
            words(0x6002, 0x0102, b"US", &[0]),
            text(0x6002, 0x1500, b"LO", "Mark"),
            // Rows 1 0 1 and 0 1 0, the first pixel in the lowest bit.
            words(0x6002, 0x3000, b"OW", &[0b01_0101]),
        ],
        &[0; 16],
    );
    let instance = read(&bytes).unwrap();
    let overlay = &instance.frames[0].overlays[0];
    assert_eq!((overlay.group, overlay.kind), (0x6002, OverlayKind::Roi));
    assert_eq!(
        (overlay.origin, overlay.label.reveal().as_str()),
        ([-1, 1], "Mark")
    );
    assert_eq!(set(overlay), [(-1, 1), (1, 1), (0, 2)]);
}

#[test]
fn rule_22_overlay_frames_begin_at_their_image_frame() {
    let bytes = image(
        [1, 2],
        16,
        &[],
        &[
            text(0x0028, 0x0008, b"IS", "3"),
            words(0x6000, 0x0010, b"US", &[1]),
            words(0x6000, 0x0011, b"US", &[2]),
            text(0x6000, 0x0015, b"IS", "2"),
            words(0x6000, 0x0051, b"US", &[2]),
            words(0x6000, 0x3000, b"OW", &[0b0110]),
        ],
        &[0; 6],
    );
    let instance = read(&bytes).unwrap();
    let each: Vec<Vec<(i64, i64)>> = instance
        .frames
        .iter()
        .map(|frame| frame.overlays.iter().flat_map(set).collect())
        .collect();
    assert_eq!(each, [vec![], vec![(1, 0)], vec![(0, 0)]]);
}

#[test]
fn rule_22_an_embedded_overlay_is_what_the_pixels_do_not_use() {
    let bytes = image(
        [1, 3],
        12,
        &[],
        &[
            words(0x6000, 0x0010, b"US", &[1]),
            words(0x6000, 0x0011, b"US", &[3]),
            words(0x6000, 0x0100, b"US", &[16]),
            words(0x6000, 0x0102, b"US", &[12]),
        ],
        &[0x1FFF, 0x0FFF, 0x1000],
    );
    let instance = read(&bytes).unwrap();
    assert!(instance.frames[0].overlays[0].plane().is_none());
    let source = Cursor::new(&bytes);
    let overlays = decode_overlays(source, bytes.len() as u64, &instance, 0).unwrap();
    assert_eq!(set(&overlays[0]), [(0, 0), (2, 0)]);
}

#[test]
fn rule_22_overlays_of_public_files_have_the_bits_that_another_reader_finds() {
    let Some(root) = shared::public("rule_22") else {
        return;
    };
    for (name, counts) in [
        ("ovly_p01.dcm", vec![532, 537, 603, 606]),
        ("I10", vec![2361]),
    ] {
        let all: Vec<_> = shared::paths(&root)
            .into_iter()
            .filter(|path| path.ends_with(name))
            .filter_map(|path| {
                let (file, length, instance) = shared::open(&path).ok()?;
                let overlays = decode_overlays(&file, length, &instance, 0).ok()?;
                let bits: Vec<usize> = overlays
                    .iter()
                    .filter_map(|overlay| overlay.plane().map(kernel_imaging::BitPlane::count))
                    .collect();
                Some(bits)
            })
            .collect();
        assert!(all.contains(&counts), "{name}: {all:?}");
    }
}

#[test]
fn rule_23_shutters_are_read_and_an_invalid_polygon_is_ignored() {
    let shutter = |vertices: &str| {
        let before = [
            text(0x0018, 0x1600, b"CS", "RECTANGULAR\\CIRCULAR\\POLYGONAL"),
            text(0x0018, 0x1602, b"IS", "2"),
            text(0x0018, 0x1604, b"IS", "3"),
            text(0x0018, 0x1606, b"IS", "1"),
            text(0x0018, 0x1608, b"IS", "4"),
            text(0x0018, 0x1610, b"IS", "2\\3"),
            text(0x0018, 0x1612, b"IS", "2"),
            text(0x0018, 0x1620, b"IS", vertices),
            words(0x0018, 0x1622, b"US", &[0x8000]),
        ];
        read(&image([4, 4], 12, &before, &[], &[0; 16])).unwrap()
    };
    let instance = shutter("1\\1\\1\\4\\4\\1");
    let shutters = instance.frames[0].shutters.clone().unwrap();
    assert_eq!(shutters.shapes.len(), 3);
    assert_eq!(
        shutters.shapes[2],
        Shutter::Polygonal {
            vertices: vec![[1, 1], [1, 4], [4, 1]]
        }
    );
    assert_eq!(shutters.colour(), [128; 3]);
    let invalid = shutter("1\\1\\1\\4\\4");
    assert_eq!(invalid.frames[0].shutters.as_ref().unwrap().shapes.len(), 2);
    assert!(
        invalid.problems[0].contains("5 coordinates"),
        "{:?}",
        invalid.problems
    );
}

#[test]
fn rule_21_sides_that_contradict_each_other_are_told() {
    let sided = |position: &str, stated: &[Vec<u8>]| {
        let mut before = vec![text(0x0008, 0x0060, b"CS", "MR")];
        before.extend(stated.to_vec());
        before.push(text(0x0020, 0x0032, b"DS", position));
        before.push(text(0x0020, 0x0037, b"DS", "1\\0\\0\\0\\1\\0"));
        let spacing = [text(0x0028, 0x0030, b"DS", "1\\1")];
        read(&image([2, 2], 12, &before, &spacing, &[0; 4]))
            .unwrap()
            .problems
    };
    let right = [text(0x0020, 0x0060, b"CS", "R")];
    assert!(sided("-60\\0\\0", &right).is_empty());
    assert!(sided("-5\\0\\0", &right).is_empty());
    assert!(sided("60\\0\\0", &right)[0].contains("left side"));
    let both = [
        text(0x0020, 0x0060, b"CS", "R"),
        text(0x0020, 0x0062, b"CS", "L"),
    ];
    assert!(sided("60\\0\\0", &both)[0].contains("series' is R"));
}

#[test]
fn rule_29_the_increment_pointer_chooses_between_time_and_vector() {
    let times = |pointer: u16| {
        let before = [
            text(0x0008, 0x2144, b"IS", "12"),
            text(0x0018, 0x0040, b"IS", "30"),
            text(0x0018, 0x1063, b"DS", "40"),
            text(0x0018, 0x1065, b"DS", "0\\10\\20"),
        ];
        let after = [
            text(0x0028, 0x0008, b"IS", "3"),
            words(0x0028, 0x0009, b"AT", &[0x0018, pointer]),
        ];
        read(&image([1, 1], 16, &before, &after, &[0; 3])).unwrap()
    };
    let shown = |instance: &Instance| -> Vec<Option<f64>> {
        instance
            .frames
            .iter()
            .map(|frame| frame.frame_time_ms)
            .collect()
    };
    assert_eq!(shown(&times(0x1063)), [Some(40.0); 3]);
    // An entry is the time since the frame before.
    assert_eq!(shown(&times(0x1065)), [Some(10.0), Some(20.0), Some(20.0)]);
    assert_eq!(times(0x1063).recommended_rate_hz, Some(12.0));
}

#[test]
fn rule_31_flags_are_sentences() {
    let before = [
        text(0x0012, 0x0062, b"CS", "YES"),
        text(0x0012, 0x0063, b"LO", "dcanon"),
    ];
    let after = [
        text(0x0028, 0x0301, b"CS", "YES"),
        text(0x0028, 0x0302, b"CS", "YES"),
    ];
    let flags = read(&image([1, 1], 16, &before, &after, &[0]))
        .unwrap()
        .sharing_flags();
    assert_eq!(flags.len(), 3);
    assert!(
        flags[0].contains("burned in") && flags[2].contains("dcanon"),
        "{flags:?}"
    );
    let plain = read(&image([1, 1], 16, &[], &[], &[0]))
        .unwrap()
        .sharing_flags();
    assert_eq!(plain, ["The file does not say that it was de-identified"]);
}

#[test]
fn rule_12_a_supplemental_palette_is_read_where_it_is_announced() {
    let Some(root) = shared::public("rule_12") else {
        return;
    };
    let path = shared::find(&root, "eCT_Supplemental.dcm").unwrap();
    let (_, _, instance) = shared::open(&path).unwrap();
    let palette = instance.frames[0].supplemental_palette.as_ref().unwrap();
    assert_eq!(
        (palette.red.values.len(), palette.red.first_mapped),
        (100, 1024)
    );
    assert!(instance.frames[0].palette.is_none());
}

#[test]
fn rule_13_a_damaged_profile_is_told_and_colours_stay() {
    let profile = element(0x0028, 0x2000, b"OB", b"no profile at all");
    let mut bytes = image([1, 1], 16, &[], &[profile], &[0]);
    let place = bytes
        .windows(12)
        .position(|w| w.starts_with(b"MONOCHROME2"))
        .unwrap();
    bytes[place..place + 12].copy_from_slice(b"PALETTE COLO");
    let grey = read(&image([1, 1], 16, &[], &[], &[0])).unwrap();
    assert!(grey.frames[0].colour_profile.is_none());
    assert!(read(&bytes).is_ok());
}

#[test]
fn rule_01_samples_are_masked_to_bits_stored_and_sign_extended() {
    let pixels = [0x0FFF, 0xF800, 0x17FF, 0x8001];
    let unsigned = image([1, 4], 12, &[], &[], &pixels);
    let decoded = |bytes: &[u8]| {
        let instance = read(bytes).unwrap();
        decode_frame(Cursor::new(bytes), bytes.len() as u64, &instance, 0)
            .unwrap()
            .samples
    };
    let expected = vec![0x0FFF, 0x0800, 0x07FF, 0x0001];
    assert_eq!(decoded(&unsigned), Samples::U16(expected));
    // Pixel Representation 0 made 1.
    let element = |value| words(0x0028, 0x0103, b"US", &[value]);
    let (old, new) = (element(0), element(1));
    let at = unsigned.windows(old.len()).position(|part| part == old);
    let mut signed = unsigned.clone();
    signed[at.unwrap()..][..new.len()].copy_from_slice(&new);
    assert_eq!(decoded(&signed), Samples::I16(vec![-1, -2048, 2047, 1]));
}
