//! Images that a job computed, as a DICOM series beside the images that they are of.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use actor_messages::{CancelFlag, Digest, SaveReport, SavedResults};
use actor_study::{Code, Derivation, ImagesToWrite, save_images};
use kernel_imaging::{FrameReference, LossyMark};
use kernel_tasks::TaskOutput;

use super::identity::{now_unix_s, uid};
use super::results::ReadResult;
use super::segmentation::names;
use super::statement::statements;
use crate::error::EngineError;

/// What an operation does to an image, as DICOM codes it (PS3.16 CID 7203), by the operation's name.
const DERIVATIONS: [(&str, &str, &str); 9] = [
    ("svd-compress", "113040", "Lossy Compression"),
    ("gaussian", "113088", "Gaussian blur"),
    ("mean", "113087", "Smoothing"),
    ("median", "113087", "Smoothing"),
    ("bilateral", "113087", "Smoothing"),
    ("mp-pca", "113087", "Smoothing"),
    ("unsharp", "113089", "Unsharp mask"),
    ("sobel", "113086", "Edge enhancement"),
    ("laplacian", "113086", "Edge enhancement"),
];

/// The method of low-rank compression, for Lossy Image Compression Method (0028,2114), which has defined terms only for codecs.
const LOW_RANK_METHOD: &str = "LOW_RANK";

/// Writes the folder.
pub fn save(
    results: &[ReadResult],
    frames: &[FrameReference],
    out: &Path,
    application: &str,
    told: &(dyn Fn(usize, usize) + Sync),
    cancelled: &CancelFlag,
) -> Result<SaveReport, EngineError> {
    let first = &results[0].receipt;
    let slices: Vec<&TaskOutput> = results
        .iter()
        .flat_map(|result| {
            (0..result.output.slices() as usize).filter_map(|at| result.output.slice(at))
        })
        .collect();
    let size = slices[0].shape().map(|side| side as usize);
    if let Some(at) = slices
        .iter()
        .position(|slice| slice.shape().map(|side| side as usize) != size)
    {
        return Err(EngineError::Save(format!(
            "Image {} of the results has another size than the first",
            at + 1
        )));
    }
    let in_place = first.operation != "transform-matrix"
        && frames
            .iter()
            .all(|frame| [frame.instance.rows, frame.instance.columns] == size);
    let images = ImagesToWrite {
        frames,
        size,
        range: range(&slices, cancelled)?,
        in_place,
        code: DERIVATIONS
            .iter()
            .find(|(name, ..)| *name == first.operation)
            .map(|(_, value, meaning)| Code {
                value: (*value).to_owned(),
                scheme: "DCM".to_owned(),
                meaning: (*meaning).to_owned(),
            }),
        lossy: loss(&slices, frames),
    };
    let content: Vec<String> = results
        .iter()
        .map(|result| result.receipt.output.to_string())
        .collect();
    let content = Digest::of(content.join(" ").as_bytes());
    let sources = names(frames);
    let parameters: Vec<String> = first
        .parameters
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let description = format!("{} {}", first.operation, parameters.join(" "));
    let algorithm = format!("{} version {}", first.operation, first.version);
    let made_by = |part: &str| uid(&format!("{} {content} {sources} {part}", first.job));
    let done = AtomicUsize::new(0);
    let rounding_max = save_images(
        out,
        &images,
        &statements(results),
        &Derivation {
            application,
            description: &description,
            algorithm: &algorithm,
            uid: &made_by,
            made_unix_s: now_unix_s(),
        },
        &|at| {
            if cancelled.is_cancelled() {
                return Err("The writing was cancelled".to_owned());
            }
            told(done.fetch_add(1, Ordering::Relaxed), frames.len());
            values(slices[at])
        },
    )
    .map_err(EngineError::Save)?;
    Ok(SaveReport {
        out: out.to_owned(),
        files: frames.len(),
        words: format!(
            "{} images are saved as a derived DICOM series; values are kept to {rounding_max}",
            frames.len()
        ),
        notes: images.lossy.iter().map(ToString::to_string).collect(),
        results: Some(SavedResults {
            job: first.job,
            images: frames.len(),
            segments: Vec::new(),
            rounding_max: Some(rounding_max),
        }),
    })
}

/// The values `[rows, columns]` of a slice.
fn values(slice: &TaskOutput) -> Result<Vec<f32>, String> {
    let image = slice.image().map_err(|error| error.to_string())?;
    Ok(image.as_standard_layout().iter().copied().collect())
}

/// The least and the greatest value of all slices.
fn range(slices: &[&TaskOutput], cancelled: &CancelFlag) -> Result<[f32; 2], EngineError> {
    let mut range = [f32::INFINITY, f32::NEG_INFINITY];
    for (at, slice) in slices.iter().enumerate() {
        if cancelled.is_cancelled() {
            return Err(EngineError::Save("The writing was cancelled".to_owned()));
        }
        for value in values(slice).map_err(EngineError::Save)? {
            if !value.is_finite() {
                return Err(EngineError::Save(format!(
                    "Image {} of the results has values that are no numbers, which DICOM images cannot say",
                    at + 1
                )));
            }
            range = [range[0].min(value), range[1].max(value)];
        }
    }
    Ok(range)
}

/// The mark of a compression that lost something (rule 24), with the bytes of the pixels over those of the factors.
fn loss(slices: &[&TaskOutput], frames: &[FrameReference]) -> Option<LossyMark> {
    let is_lost = slices.iter().any(|slice| {
        matches!(slice, TaskOutput::LowRank { relative_frobenius, .. } if *relative_frobenius > 0.0)
    });
    let factors: u64 = slices.iter().map(|slice| slice.bytes()).sum();
    let pixels: u64 = frames
        .iter()
        .map(|frame| {
            let instance = &frame.instance;
            (instance.rows * instance.columns) as u64 * u64::from(instance.bits_allocated) / 8
        })
        .sum();
    is_lost.then(|| LossyMark {
        ratio: Some((pixels as f64 / factors.max(1) as f64 * 1000.0).round() / 1000.0),
        method: LOW_RANK_METHOD.to_owned(),
    })
}
