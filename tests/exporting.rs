//! What leaves the program for others: values, pictures, cines, copies, and copies without identities.

#[allow(dead_code, reason = "each file of tests uses a part of it")]
mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use support::{clisonix, json, refusal, sample, text};

struct Room {
    folder: tempfile::TempDir,
}

impl Room {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn clisonix(&self) -> Command {
        let mut command = clisonix();
        command.arg("--home").arg(self.path("home"));
        command
    }

    fn export(&self, what: &str, of: &Path, to: &str) -> Command {
        let mut command = self.clisonix();
        command.args(["export", what]).arg(of);
        command.arg("--out").arg(self.path(to));
        command
    }
}

fn one_file() -> PathBuf {
    sample().join("N2D_0150.dcm")
}

fn modality(room: &Room, file: &Path, to: &str) -> ndarray::Array2<f32> {
    let to = room.path(to);
    json(
        room.clisonix()
            .arg("decode")
            .arg(file)
            .args(["--frame", "0", "--stage", "modality", "--out"])
            .arg(&to),
    );
    ndarray_npy::read_npy(&to).expect("an array")
}

#[test]
fn values_of_16_bits_are_those_of_the_image() {
    let room = Room::new();
    let told = json(&mut room.export("values", &one_file(), "values.png"));
    let expected = modality(&room, &one_file(), "a.npy");
    let file = std::fs::File::open(room.path("values.png")).expect("there");
    let mut reader = png::Decoder::new(std::io::BufReader::new(file))
        .read_info()
        .expect("a PNG");
    let mut bytes = vec![0; reader.output_buffer_size().expect("bounded")];
    reader.next_frame(&mut bytes).expect("a picture");
    let least = expected.iter().copied().fold(f32::INFINITY, f32::min);
    assert!(
        text(&told, "words").contains(&format!("pixel * 1 + {least}")),
        "{told}"
    );
    for (pair, value) in bytes.as_chunks::<2>().0.iter().zip(&expected) {
        assert_eq!(f32::from(u16::from_be_bytes(*pair)) + least, *value);
    }
    json(&mut room.export("values", &one_file(), "values.tif"));
    let begins = std::fs::read(room.path("values.tif")).expect("there");
    assert!(begins.starts_with(b"II*\0") || begins.starts_with(b"MM\0*"));
    let refused = refusal(&mut room.export("values", &one_file(), "values.gif"), 1);
    assert!(refused.contains(".gif"), "{refused}");
    assert!(!room.path("values.gif").exists());
}

#[test]
fn a_picture_may_be_a_jpeg_and_a_cine_moves() {
    let room = Room::new();
    json(&mut room.export("picture", &one_file(), "a.jpg"));
    let jpeg = std::fs::read(room.path("a.jpg")).expect("there");
    assert_eq!(jpeg[..3], [0xFF, 0xD8, 0xFF]);
    let told = json(&mut room.export("cine", &sample(), "cine.png"));
    assert!(text(&told, "words").contains("27 images"), "{told}");
    let file = std::fs::File::open(room.path("cine.png")).expect("there");
    let reader = png::Decoder::new(std::io::BufReader::new(file)).read_info();
    let reader = reader.expect("a PNG");
    let info = reader.info();
    assert_eq!(info.animation_control.expect("it moves").num_frames, 27);
    let said = info.utf8_text[0].get_text().expect("a text");
    assert!(said.contains("Not a medical device"), "{said}");
    let refused = refusal(&mut room.export("cine", &sample(), "cine.png"), 1);
    assert!(refused.contains("cannot be written"), "{refused}");
}

#[test]
fn copies_are_the_same_bytes_under_names_that_tell_nothing() {
    let room = Room::new();
    let told = json(&mut room.export("copies", &sample(), "copies"));
    assert_eq!(told["files"], 27);
    let mut originals: Vec<Vec<u8>> = std::fs::read_dir(sample())
        .expect("there")
        .filter_map(|entry| std::fs::read(entry.expect("listed").path()).ok())
        .filter(|bytes| bytes.get(128..132) == Some(b"DICM".as_slice()))
        .collect();
    let folder = room.path("copies").join("series-001");
    let mut copies: Vec<Vec<u8>> = (1..=27)
        .map(|number| std::fs::read(folder.join(format!("image-{number:04}.dcm"))).expect("there"))
        .collect();
    originals.sort();
    copies.sort();
    assert!(originals == copies);
}

#[test]
fn anonymised_copies_name_nobody_and_stay_one_series_with_the_same_pixels() {
    let room = Room::new();
    let mut export = room.export("copies", &sample(), "anonymised");
    let told = json(export.arg("--anonymise"));
    assert_eq!(told["files"], 27);
    assert!(
        told["notes"]
            .to_string()
            .contains("Pixels are as they were")
    );
    let seen = json(
        room.clisonix()
            .args(["inspect", "--identity"])
            .arg(room.path("anonymised")),
    );
    let words = seen.to_string();
    for word in ["Jane", "Doe", "Hanke"] {
        assert!(!words.contains(word), "`{word}` is still there: {words}");
    }
    assert!(words.contains("ANON-"), "{words}");
    let identity = &seen["patients"][0]["identity"];
    assert_eq!(
        (text(identity, "birth_date"), text(identity, "sex")),
        ("", "")
    );
    let study = &seen["patients"][0]["studies"][0]["identity"];
    assert_eq!((text(study, "date"), text(study, "time")), ("", ""));
    let studies = seen["patients"][0]["studies"].as_array().expect("studies");
    let series = studies[0]["series"].as_array().expect("series");
    assert_eq!((studies.len(), series.len()), (1, 1), "{words}");
    let original = json(room.clisonix().arg("inspect").arg(sample()));
    assert!(!original.to_string().contains("ANON-"));
    let folder = room.path("anonymised").join("series-001");
    let first = json(room.clisonix().arg("inspect").arg(sample()));
    assert!(first.to_string().contains("27"));
    // In both folders the series is in its order, so the same number is the same image.
    let series_dir = |at: &Path, frame: &str, to: &str| {
        let to = room.path(to);
        json(
            room.clisonix()
                .args(["export", "values"])
                .arg(at)
                .args(["--frame", frame, "--out"])
                .arg(&to),
        );
        std::fs::read(to).expect("there")
    };
    for frame in ["0", "13", "26"] {
        let one = series_dir(&folder, frame, &format!("a{frame}.tif"));
        let other = series_dir(&sample(), frame, &format!("b{frame}.tif"));
        assert!(one == other, "image {frame}");
    }
    // The same names once more, and for another home others.
    let mut again = room.export("copies", &sample(), "again");
    json(again.arg("--anonymise"));
    let bytes = |folder: &str| {
        std::fs::read(room.path(folder).join("series-001/image-0003.dcm")).expect("there")
    };
    assert!(bytes("anonymised") == bytes("again"));
}
