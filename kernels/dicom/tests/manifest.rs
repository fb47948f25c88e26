//! Every public file opens and its frames equal the manifest's digests, or `GAPS.md` names it.

#![allow(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::path::Path;

use kernel_dicom::decode_frame;
use kernel_imaging::{Frame, Samples};
use rayon::prelude::*;
use serde_json::Value;
use sha2::{Digest, Sha256};

mod shared;

/// Files whose decoders disagree in the manifest (lossy JPEG) may differ by this much, in stored values.
const DISPUTED_MEAN_MAX: f64 = 0.05;
const DISPUTED_EXTREME_MAX: f64 = 3.0;

fn dtype(samples: &Samples) -> &'static str {
    match samples {
        Samples::U8(_) => "|u1",
        Samples::I8(_) => "|i1",
        Samples::U16(_) => "<u2",
        Samples::I16(_) => "<i2",
        Samples::U32(_) => "<u4",
        Samples::I32(_) => "<i4",
        Samples::F32(_) => "<f4",
        Samples::F64(_) => "<f8",
    }
}

fn digest(samples: &Samples) -> String {
    Sha256::digest(samples.little_endian_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn mean(samples: &Samples) -> f64 {
    let count = samples.len();
    (0..count)
        .map(|index| samples.get(index).unwrap())
        .sum::<f64>()
        / count as f64
}

fn compare(frame: &Frame, truth: &Value, disputed: bool) -> Result<(), String> {
    frame.checked().map_err(|error| error.to_string())?;
    let mut shape = vec![frame.rows, frame.columns];
    if frame.samples_per_pixel > 1 {
        shape.push(frame.samples_per_pixel);
    }
    let expected = truth["shape"]
        .as_array()
        .unwrap()
        .iter()
        .map(|n| n.as_u64().unwrap() as usize);
    if !expected.clone().eq(shape.iter().copied()) {
        return Err(format!(
            "shape {shape:?} for {:?}",
            expected.collect::<Vec<_>>()
        ));
    }
    if truth["dtype"] != dtype(&frame.samples) {
        return Err(format!(
            "type {} for {}",
            dtype(&frame.samples),
            truth["dtype"]
        ));
    }
    if truth["sha256"] == digest(&frame.samples).as_str() {
        return Ok(());
    }
    let (low, high) = frame.samples.min_max().unwrap();
    let found = [mean(&frame.samples), low, high];
    let told = ["mean", "min", "max"].map(|name| truth[name].as_f64().unwrap());
    let limits = [
        DISPUTED_MEAN_MAX,
        DISPUTED_EXTREME_MAX,
        DISPUTED_EXTREME_MAX,
    ];
    let near = (0..3).all(|i| (found[i] - told[i]).abs() <= limits[i]);
    if disputed && near {
        return Ok(());
    }
    Err(format!(
        "other values: mean, least, greatest {found:?} for {told:?}"
    ))
}

/// Opens a file and compares its first and last frame; decodes all frames when the manifest knows no truth.
fn check(root: &Path, entry: &Value) -> Result<(), String> {
    let path = root.join(entry["path"].as_str().unwrap());
    let (file, length, instance) = shared::open(&path).map_err(|error| error.to_string())?;
    let truth = entry["truth"].as_object().unwrap();
    let disputed = entry["disputed"].as_bool().unwrap();
    for (frame, truth) in truth {
        let frame: usize = frame.parse().unwrap();
        let decoded =
            decode_frame(&file, length, &instance, frame).map_err(|error| error.to_string())?;
        compare(&decoded, truth, disputed).map_err(|text| format!("frame {frame}: {text}"))?;
    }
    if truth.is_empty() {
        for frame in 0..instance.frames.len() {
            let decoded =
                decode_frame(&file, length, &instance, frame).map_err(|error| error.to_string())?;
            decoded.checked().map_err(|error| error.to_string())?;
        }
    }
    Ok(())
}

/// Differences between the manifest's attributes of a file and what was read from its header.
fn attributes(root: &Path, entry: &Value) -> Vec<String> {
    let path = root.join(entry["path"].as_str().unwrap());
    let Ok((_, _, instance)) = shared::open(&path) else {
        return Vec::new();
    };
    let mut read = vec![
        ("modality", instance.modality.clone()),
        ("series", instance.series_uid.clone()),
        ("sop_class", instance.sop_class_uid.clone()),
    ];
    if !instance.frames.is_empty() {
        read.extend([
            ("rows", instance.rows.to_string()),
            ("columns", instance.columns.to_string()),
            ("frames", instance.frames.len().to_string()),
            ("bits_allocated", instance.bits_allocated.to_string()),
            ("bits_stored", instance.bits_stored.to_string()),
            (
                "pixel_representation",
                u8::from(instance.signed).to_string(),
            ),
            ("samples", instance.samples_per_pixel.to_string()),
            ("planar", instance.planar.to_string()),
            ("photometric", instance.photometric.code().to_owned()),
        ]);
        let position = instance.frames[0].plane.map(|plane| plane.position_lps_mm);
        if let (Some(position), 1) = (position, instance.frames.len()) {
            let told: Vec<f64> =
                serde_json::from_str(entry["ipp"].as_str().unwrap()).unwrap_or_default();
            if !told.is_empty() && told != position {
                return vec![format!(
                    "{}: position {position:?} for {told:?}",
                    path.display()
                )];
            }
        }
    }
    let told = |name: &str| entry[name].as_str().unwrap_or_default();
    let differ = read
        .into_iter()
        .filter(|(name, value)| !told(name).is_empty() && told(name) != value);
    differ
        .map(|(name, value)| format!("{}: {name} {value} for {}", path.display(), told(name)))
        .collect()
}

#[test]
fn headers_say_what_the_manifest_says() {
    let Some(root) = shared::public("headers_say_what_the_manifest_says") else {
        return;
    };
    let manifest = shared::manifest(&root);
    let files = manifest["files"].as_array().unwrap();
    let wrong: Vec<String> = files
        .par_iter()
        .flat_map_iter(|entry| attributes(&root, entry))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Rows of the tables of `GAPS.md`: end of a path, and words of the sentence it must fail with.
fn gaps() -> Vec<(&'static str, &'static str)> {
    let rows = include_str!("../GAPS.md")
        .lines()
        .filter_map(|line| line.strip_prefix("| `"));
    rows.map(|row| {
        let (file, rest) = row.split_once("` | ").unwrap();
        (file, rest.trim_end_matches('|').trim())
    })
    .collect()
}

#[test]
fn every_public_file_gives_its_true_frames_or_is_a_named_gap() {
    let Some(root) = shared::public("every_public_file_gives_its_true_frames_or_is_a_named_gap")
    else {
        return;
    };
    let manifest = shared::manifest(&root);
    let files = manifest["files"].as_array().unwrap();
    let gaps = gaps();
    let mut wrong: Vec<String> = files
        .par_iter()
        .filter_map(|entry| {
            let path = entry["path"].as_str().unwrap();
            let gap = gaps.iter().find(|(file, _)| path.ends_with(file));
            match (check(&root, entry), gap) {
                (Ok(()), None) => None,
                (Err(text), Some((_, words))) if text.contains(words) => None,
                (Ok(()), Some(_)) => Some(format!("{path} works now: take it out of GAPS.md")),
                (Err(text), Some((_, words))) => {
                    Some(format!("{path} fails with `{text}`, not `{words}`"))
                }
                (Err(text), None) => Some(format!("{path}: {text}")),
            }
        })
        .collect();
    for (file, _) in &gaps {
        let known = files
            .iter()
            .any(|entry| entry["path"].as_str().unwrap().ends_with(file));
        if !known {
            wrong.push(format!(
                "{file} is in GAPS.md and not among the public files"
            ));
        }
    }
    println!(
        "{} files, {} named gaps, {} wrong",
        files.len(),
        gaps.len(),
        wrong.len()
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn one_image_has_the_same_bits_in_every_encoding() {
    let Some(root) = shared::public("one_image_has_the_same_bits_in_every_encoding") else {
        return;
    };
    for (plain, packed) in [
        ("liver_expb.dcm", "liver_rle.dcm"),
        ("liver_expb.dcm", "liver_deflate.dcm"),
        ("liver_expb.dcm", "liver_j2k.dcm"),
        (
            "liver_nonbyte_aligned_j2k.dcm",
            "liver_nonbyte_aligned_deflate.dcm",
        ),
    ] {
        let find = |name: &str| shared::find(&root, name).unwrap();
        let (file, length, instance) = shared::open(&find(plain)).unwrap();
        let (other_file, other_length, other) = shared::open(&find(packed)).unwrap();
        assert_eq!(instance.frames.len(), other.frames.len());
        for frame in 0..instance.frames.len() {
            let frames = (
                decode_frame(&file, length, &instance, frame).unwrap(),
                decode_frame(&other_file, other_length, &other, frame).unwrap(),
            );
            assert_eq!(frames.0.samples, frames.1.samples, "{packed} frame {frame}");
        }
    }
}
