//! What `clisonix render` writes of every public file, beside a picture computed here from the standard's formulas: tags as
//! dicom-rs reads them, stored values as decoded, nothing of the display pipeline. PS3.3 C.7.6.3, C.7.9, C.11.1, C.11.2; PS3.4 N.2.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use dicom_object::open_file;
use kernel_dicom::decode_frame;
use rayon::prelude::*;

mod formulas;
#[path = "../../kernels/dicom/tests/shared/mod.rs"]
mod shared;
mod table;
mod turned;

/// Grey levels that roundings may differ by.
const TOLERANCE: f64 = 1.0;
/// Pictures that must be compared at least, so that nothing falls out unseen.
const COMPARED_MIN: usize = 200;
/// Files that may be left out at most; the test names them.
const LEFT_OUT_MAX: usize = 14;

/// What came of one frame.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    /// Equal within the tolerance: grey, palette or colour.
    Equal(&'static str),
    /// Nothing here to compare it with, and why.
    Left(&'static str),
    /// It differs, and where.
    Wrong(String),
}

/// What the program draws of a frame, through an object where one is named, one pixel each; the caption below the picture is left out.
fn rendered(
    path: &Path,
    number: usize,
    object: Option<&Path>,
    pixels: usize,
) -> Result<Vec<[u8; 3]>, String> {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("frame.png");
    let mut render = Command::new(env!("CARGO_BIN_EXE_clisonix-under-test"));
    render.arg("render").arg(path);
    if let Some(object) = object {
        render.arg("--object").arg(object);
    }
    let output = render
        .args(["--frame", &number.to_string(), "--out"])
        .arg(&out)
        .output()
        .map_err(|error| error.to_string())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let file = std::fs::File::open(out).map_err(|error| error.to_string())?;
    let decoder = png::Decoder::new(std::io::BufReader::new(file));
    let mut reader = decoder.read_info().map_err(|error| error.to_string())?;
    let mut bytes = vec![0; reader.output_buffer_size().unwrap_or(0)];
    let about = reader
        .next_frame(&mut bytes)
        .map_err(|error| error.to_string())?;
    let rgb = match about.color_type {
        png::ColorType::Rgb => bytes.as_chunks::<3>().0.to_vec(),
        png::ColorType::Rgba => bytes
            .as_chunks::<4>()
            .0
            .iter()
            .map(|c| [c[0], c[1], c[2]])
            .collect(),
        other => return Err(format!("a PNG of {other:?}")),
    };
    rgb.get(..pixels)
        .map(<[[u8; 3]]>::to_vec)
        .ok_or_else(|| format!("{} pixels are drawn of {pixels}", rgb.len()))
}

fn compare(path: &Path, number: usize) -> Outcome {
    let Ok((file, length, instance)) = shared::open(path) else {
        return Outcome::Left("refused with a sentence");
    };
    let Ok(root) = open_file(path) else {
        return Outcome::Left("dicom-rs cannot read its tags");
    };
    let attributes = &instance.frames[number];
    // What their own tests look at: profiles and colours laid over greys.
    if attributes.colour_profile.is_some() {
        return Outcome::Left("a colour profile");
    }
    if attributes.supplemental_palette.is_some() {
        return Outcome::Left("a supplemental palette");
    }
    let Ok(decoded) = decode_frame(&file, length, &instance, number) else {
        return Outcome::Left("pixels refused with a sentence");
    };
    let stored: Option<Vec<f64>> = (0..decoded.samples.len())
        .map(|at| decoded.samples.get(at))
        .collect();
    let Some(stored) = stored else {
        return Outcome::Wrong(format!("{}: samples are missing", path.display()));
    };
    let (kind, expected) = formulas::levels(&root, number, &decoded, &stored);
    let Some(expected) = expected else {
        return Outcome::Left("no formula here: a segmented palette");
    };
    let pixels = match rendered(path, number, None, expected.len()) {
        Ok(pixels) => pixels,
        Err(said) => return Outcome::Wrong(format!("{}, frame {number}: {said}", path.display())),
    };
    let worst = pixels
        .iter()
        .zip(&expected)
        .enumerate()
        .map(|(at, (pixel, level))| {
            let off = (0..3).map(|channel| (f64::from(pixel[channel]) - level[channel]).abs());
            (off.fold(0.0, f64::max), at)
        });
    let (off, at) = worst.fold(
        (0.0, 0),
        |most, next| if next.0 > most.0 { next } else { most },
    );
    if off > TOLERANCE {
        return Outcome::Wrong(format!(
            "{}, frame {number}, {kind}: pixel {at} is {:?}, the formulas say {:?} for stored {}",
            path.display(),
            pixels[at],
            expected[at],
            stored[at * decoded.samples_per_pixel],
        ));
    }
    Outcome::Equal(kind)
}

#[test]
fn every_public_picture_is_rendered_within_one_grey_level_of_the_standards_formulas() {
    let Some(root) = shared::public("the pictures") else {
        return;
    };
    let outcomes: Vec<(PathBuf, Outcome)> = shared::paths(&root)
        .par_iter()
        .flat_map_iter(|path| {
            let frames = shared::open(path).map_or(0, |(_, _, instance)| instance.frames.len());
            let mut numbers = vec![0, frames / 2, frames.saturating_sub(1)];
            numbers.dedup();
            numbers.retain(|number| *number < frames);
            numbers
                .into_iter()
                .map(|number| (path.clone(), compare(path, number)))
        })
        .collect();
    let mut left: BTreeMap<&str, BTreeSet<&Path>> = BTreeMap::new();
    for (path, outcome) in &outcomes {
        if let Outcome::Left(reason) = outcome {
            let name = path.strip_prefix(&root).unwrap_or(path);
            left.entry(reason).or_default().insert(name);
        }
    }
    eprintln!("left out, and why: {left:#?}");
    let wrong: Vec<&String> = outcomes
        .iter()
        .filter_map(|(_, outcome)| match outcome {
            Outcome::Wrong(said) => Some(said),
            _ => None,
        })
        .collect();
    assert!(wrong.is_empty(), "{} differ:\n{wrong:#?}", wrong.len());
    let compared = |kind| {
        let equal = |(_, outcome): &&(PathBuf, Outcome)| *outcome == Outcome::Equal(kind);
        outcomes.iter().filter(equal).count()
    };
    let counts = ["grey", "palette", "colour"].map(compared);
    eprintln!("compared {counts:?} frames: grey, palette, colour");
    assert!(counts.iter().sum::<usize>() >= COMPARED_MIN && counts.iter().all(|count| *count > 2));
    let left_out: usize = left.values().map(BTreeSet::len).sum();
    assert!(left_out <= LEFT_OUT_MAX, "{left_out} files are left out");
}
