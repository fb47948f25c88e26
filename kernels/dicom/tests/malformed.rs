//! Broken and hostile bytes get a sentence: no panic, no endless work, no memory the file does not justify.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use kernel_dicom::{DicomError, arrange, decode_frame, limits, read_instance};
use kernel_imaging::{Instance, PixelDataLocation, TextRule};
use rayon::prelude::*;

mod shared;

/// A file that takes longer than this is stuck.
const LONGEST: Duration = Duration::from_secs(20);

/// Most memory all tests of this file may have taken at once.
const RESIDENT_BYTES_MAX: u64 = 1024 * 1024 * 1024;

fn read(bytes: &[u8]) -> Result<Instance, DicomError> {
    read_instance(
        Cursor::new(bytes),
        bytes.len() as u64,
        Path::new("test.dcm"),
        TextRule::default(),
    )
}

/// Reads and decodes like the application; a panic is left to the caller.
fn exercise(bytes: &[u8]) -> Result<(), DicomError> {
    let instance = read(bytes)?;
    let frames = instance.frames.len();
    let mut last = Ok(());
    for frame in [0, frames / 2, frames.saturating_sub(1)] {
        if frames > 0 {
            last = decode_frame(Cursor::new(bytes), bytes.len() as u64, &instance, frame).map(
                |frame| {
                    frame
                        .checked()
                        .expect("a frame that decodes fills its matrix");
                },
            );
        }
    }
    let _ = arrange(vec![instance]);
    last
}

/// Runs `exercise` and says what broke, if a promise did.
fn promise(name: &str, bytes: &[u8]) -> Option<String> {
    let begin = Instant::now();
    let result = std::panic::catch_unwind(|| exercise(bytes));
    let elapsed = begin.elapsed();
    if elapsed > LONGEST {
        return Some(format!("{name} took {elapsed:?}"));
    }
    match result {
        Err(_) => Some(format!("{name} panicked")),
        Ok(Err(error)) if error.to_string().len() < 8 => {
            Some(format!("{name} has no sentence: {error}"))
        }
        Ok(_) => None,
    }
}

fn resident_bytes_max() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|text| text.trim().trim_end_matches(" kB").parse::<u64>().ok())
        .unwrap_or(0)
        * 1024
}

/// Files to break: every small one, and one of each transfer syntax.
fn specimens(root: &Path) -> Vec<PathBuf> {
    let manifest = shared::manifest(root);
    let mut chosen: BTreeMap<PathBuf, ()> = BTreeMap::new();
    let mut of_syntax: BTreeMap<String, u64> = BTreeMap::new();
    for entry in manifest["files"].as_array().unwrap() {
        let size = entry["size"].as_u64().unwrap();
        let syntax = entry["transfer_syntax"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        let count = of_syntax.entry(syntax).or_default();
        if size < 20_000 || (size < 2_000_000 && *count < 3) {
            *count += 1;
            chosen.insert(root.join(entry["path"].as_str().unwrap()), ());
        }
    }
    chosen.into_keys().collect()
}

#[test]
fn a_file_cut_short_anywhere_gets_a_sentence() {
    let Some(root) = shared::public("a_file_cut_short_anywhere_gets_a_sentence") else {
        return;
    };
    let broken: Vec<String> = specimens(&root)
        .par_iter()
        .flat_map_iter(|path| {
            let bytes = std::fs::read(path).unwrap();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (0..16)
                .filter_map(|part| {
                    let cut = bytes.len() * part / 16;
                    promise(&format!("{name} cut at {part}/16"), &bytes[..cut])
                })
                .collect::<Vec<_>>()
        })
        .collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    assert!(
        resident_bytes_max() < RESIDENT_BYTES_MAX,
        "{} bytes resident",
        resident_bytes_max()
    );
}

/// Set `CLISONIX_MUTANTS` to break each file more often.
#[test]
fn a_file_with_changed_bytes_gets_a_picture_or_a_sentence() {
    let Some(root) = shared::public("a_file_with_changed_bytes_gets_a_picture_or_a_sentence")
    else {
        return;
    };
    let mutants: u64 = std::env::var("CLISONIX_MUTANTS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(4);
    let broken: Vec<String> = specimens(&root)
        .par_iter()
        .enumerate()
        .flat_map_iter(|(index, path)| {
            let bytes = std::fs::read(path).unwrap();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (0..mutants)
                .filter_map(|mutant| {
                    let seed = index as u64 * 1_000_003 + mutant;
                    promise(&format!("{name} with seed {seed}"), &mutated(&bytes, seed))
                })
                .collect::<Vec<_>>()
        })
        .collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    assert!(
        resident_bytes_max() < RESIDENT_BYTES_MAX,
        "{} bytes resident",
        resident_bytes_max()
    );
}

/// Changes 1 to 8 bytes, most of them in the header, to values that break lengths and counts.
fn mutated(bytes: &[u8], seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut out = bytes.to_vec();
    for _ in 0..=next() % 8 {
        let end = if next() % 4 == 0 {
            out.len()
        } else {
            out.len().min(4096)
        };
        let place = next() as usize % end;
        out[place] = match next() % 4 {
            0 => 0,
            1 => 0xFF,
            2 => out[place] ^ 1 << (next() % 8),
            _ => next() as u8,
        };
    }
    out
}

#[test]
fn files_that_are_something_else_are_told_apart() {
    for bytes in [
        b"".as_slice(),
        b"DICM",
        b"hello world, this is a text file and no image at all",
        &[0; 400],
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0",
        b"PK\x03\x04\x14\0\0\0\x08\0\0\0!\0\0\0\0\0\0\0\0\0\0\0\0\0",
        b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0>\0\x01\0\0\0",
    ] {
        let error = read(bytes).unwrap_err();
        assert!(
            matches!(error, DicomError::NotDicom | DicomError::Damaged(_)),
            "{error}"
        );
        if bytes.len() > 4 && bytes[0] != 0 {
            assert!(matches!(error, DicomError::NotDicom), "{error}");
        }
    }
}

/// An explicit little-endian element with a short or long length.
fn element(group: u16, number: u16, vr: &[u8; 2], value: &[u8]) -> Vec<u8> {
    let mut out = header(group, number, vr);
    if matches!(vr, b"SQ" | b"OB" | b"OW" | b"UN" | b"UT" | b"OF") {
        out.extend([0, 0]);
        out.extend((value.len() as u32).to_le_bytes());
    } else {
        out.extend((value.len() as u16).to_le_bytes());
    }
    out.extend(value);
    out
}

fn header(group: u16, number: u16, vr: &[u8; 2]) -> Vec<u8> {
    let mut out = group.to_le_bytes().to_vec();
    out.extend(number.to_le_bytes());
    out.extend(vr);
    out
}

fn us(value: u16) -> [u8; 2] {
    value.to_le_bytes()
}

/// A file of one frame whose matrix, bits and pixel bytes are stated freely.
fn image(rows: u16, columns: u16, allocated: u16, stored: u16, pixels: &[u8]) -> Vec<u8> {
    let mut out = vec![0; 128];
    out.extend(b"DICM");
    out.extend(element(0x0002, 0x0010, b"UI", b"1.2.840.10008.1.2.1\0"));
    out.extend(element(0x0008, 0x0060, b"CS", b"OT"));
    out.extend(element(0x0028, 0x0002, b"US", &us(1)));
    out.extend(element(0x0028, 0x0004, b"CS", b"MONOCHROME2 "));
    out.extend(element(0x0028, 0x0010, b"US", &us(rows)));
    out.extend(element(0x0028, 0x0011, b"US", &us(columns)));
    out.extend(element(0x0028, 0x0100, b"US", &us(allocated)));
    out.extend(element(0x0028, 0x0101, b"US", &us(stored)));
    out.extend(element(0x0028, 0x0102, b"US", &us(stored.wrapping_sub(1))));
    out.extend(element(0x0028, 0x0103, b"US", &us(0)));
    out.extend(element(0x7FE0, 0x0010, b"OW", pixels));
    out
}

fn refused(bytes: &[u8]) -> String {
    let begin = Instant::now();
    let text = exercise(bytes).expect_err("refused").to_string();
    assert!(begin.elapsed() < Duration::from_secs(5), "{text}");
    text
}

#[test]
fn a_plain_image_is_read_and_absurd_ones_are_refused() {
    let bytes = image(2, 2, 16, 12, &[1, 0, 2, 0, 3, 0xF0, 4, 0]);
    let instance = read(&bytes).unwrap();
    let frame = decode_frame(Cursor::new(&bytes), bytes.len() as u64, &instance, 0).unwrap();
    assert_eq!(
        frame.samples,
        kernel_imaging::Samples::U16(vec![1, 2, 3, 4]),
        "bits above Bits Stored are no pixels"
    );
    assert!(refused(&image(65_535, 65_535, 16, 12, &[0; 8])).contains("more than"));
    assert!(refused(&image(200, 200, 16, 12, &[0; 8])).contains("need 80000 bytes"));
    assert!(refused(&image(0, 2, 16, 12, &[0; 8])).contains("Rows is 0"));
    assert!(refused(&image(2, 2, 16, 0, &[0; 8])).contains("Bits Stored is 0"));
    assert!(refused(&image(2, 2, 16, 17, &[0; 8])).contains("Bits Stored is 17"));
    assert!(refused(&image(2, 2, 24, 24, &[0; 12])).contains("24 bits"));
}

#[test]
fn deep_nesting_and_endless_items_are_refused() {
    let undefined = [0_u8, 0, 0xFF, 0xFF, 0xFF, 0xFF];
    let item = [0xFE, 0xFF, 0x00, 0xE0, 0xFF, 0xFF, 0xFF, 0xFF];
    let mut deep = image(2, 2, 16, 12, &[0; 8]);
    deep.truncate(deep.len() - 20);
    for _ in 0..100_000 {
        deep.extend(header(0x0040, 0xA730, b"SQ"));
        deep.extend(undefined);
        deep.extend(item);
    }
    assert!(refused(&deep).contains("nesting"));

    let mut wide = image(2, 2, 16, 12, &[0; 8]);
    wide.truncate(wide.len() - 20);
    wide.extend(header(0x0028, 0x3010, b"SQ"));
    wide.extend(undefined);
    for _ in 0..500_000 {
        wide.extend([0xFE, 0xFF, 0x00, 0xE0, 0, 0, 0, 0]);
    }
    assert!(refused(&wide).contains("number of elements"));
}

#[test]
fn a_number_of_half_its_length_is_passed_over() {
    let mut bytes = image(2, 2, 16, 12, &[0; 8]);
    let pixels = bytes.split_off(bytes.len() - 20);
    bytes.extend(element(0x0018, 0x9073, b"FD", &[0; 6]));
    bytes.extend(element(0x0020, 0x0010, b"SL", b"1 "));
    bytes.extend(pixels);
    assert!(exercise(&bytes).is_ok());
}

#[test]
fn a_length_beyond_the_end_is_refused_before_anything_is_allocated() {
    let mut bytes = image(2, 2, 16, 12, &[0; 8]);
    let length = bytes.len();
    bytes[length - 12..length - 8].copy_from_slice(&0xFFFF_FFF0_u32.to_le_bytes());
    assert!(refused(&bytes).contains("(7FE0,0010) needs 4294967280 bytes where only 8 are left"));
}

#[test]
fn a_deflate_bomb_stops_at_the_cap() {
    use std::io::Write;
    let mut bytes = vec![0; 128];
    bytes.extend(b"DICM");
    bytes.extend(element(0x0002, 0x0010, b"UI", b"1.2.840.10008.1.2.1.99"));
    let mut encoder = flate2::write::DeflateEncoder::new(bytes, flate2::Compression::fast());
    let block = vec![0; 1 << 20];
    for _ in 0..=limits::INFLATED_BYTES_MAX >> 20 {
        encoder.write_all(&block).unwrap();
    }
    let bytes = encoder.finish().unwrap();
    assert!(refused(&bytes).contains("deflated data set"));
}

#[test]
fn fragments_that_do_not_match_the_frames_are_refused() {
    let mut bytes = image(2, 2, 16, 12, &[]);
    bytes.truncate(bytes.len() - 12);
    bytes.extend(element(0x0028, 0x0008, b"IS", b"3 "));
    bytes.extend(header(0x7FE0, 0x0010, b"OB"));
    bytes.extend([0, 0, 0xFF, 0xFF, 0xFF, 0xFF]);
    for length in [0_u32, 2, 2] {
        bytes.extend([0xFE, 0xFF, 0x00, 0xE0]);
        bytes.extend(length.to_le_bytes());
        bytes.extend(vec![0; length as usize]);
    }
    bytes.extend([0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0]);
    assert!(refused(&bytes).contains("3 frames do not match the 2 fragments"));
}

#[test]
fn frames_without_offset_table_begin_where_images_begin() {
    let mut bytes = image(2, 2, 8, 8, &[]);
    bytes.truncate(bytes.len() - 12);
    bytes.extend(element(0x0028, 0x0008, b"IS", b"2 "));
    bytes.extend(header(0x7FE0, 0x0010, b"OB"));
    bytes.extend([0, 0, 0xFF, 0xFF, 0xFF, 0xFF]);
    for fragment in [
        b"".as_slice(),
        b"\xFF\xD8\xFF\xC0",
        b"more",
        b"\xFF\xD8\xFF\xC0",
    ] {
        bytes.extend([0xFE, 0xFF, 0x00, 0xE0]);
        bytes.extend((fragment.len() as u32).to_le_bytes());
        bytes.extend(fragment);
    }
    bytes.extend([0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0]);
    let PixelDataLocation::Encapsulated { frames } = read(&bytes).unwrap().pixel_data else {
        panic!("fragments");
    };
    assert_eq!(frames.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1]);
}

#[test]
fn the_two_files_that_exhaust_other_readers_are_quick() {
    let Some(root) = shared::public("the_two_files_that_exhaust_other_readers_are_quick") else {
        return;
    };
    for name in ["UN_sequence.dcm", "SC_rgb_jpeg.dcm"] {
        let bytes = std::fs::read(shared::find(&root, name).unwrap()).unwrap();
        let begin = Instant::now();
        assert!(exercise(&bytes).is_ok(), "{name}");
        assert!(
            begin.elapsed() < Duration::from_secs(2),
            "{name} took {:?}",
            begin.elapsed()
        );
    }
}
