//! Labels and masks of a job as a DICOM segmentation over the images that they are of.

use std::path::Path;

use actor_messages::{Digest, Receipt, SaveReport, SavedResults};
use actor_models::ModelStore;
use actor_study::{
    Code, Derivation, LabelsToWrite, SegmentToWrite, SegmentationToWrite, save_segmentation,
};
use kernel_imaging::{FrameReference, segment_colour};
use kernel_tasks::TaskOutput;

use super::identity::{now_unix_s, uid};
use super::results::ReadResult;
use super::statement::statements;
use crate::error::EngineError;

/// Whether a result can be a segmentation.
pub fn is_labels(output: &TaskOutput) -> bool {
    match output {
        TaskOutput::Labels { .. } | TaskOutput::Mask { .. } => true,
        TaskOutput::Slab(parts) => parts.first().is_some_and(is_labels),
        TaskOutput::LowRank { .. } | TaskOutput::Image { .. } => false,
    }
}

/// Writes the file.
pub fn save(
    results: &[ReadResult],
    frames: &[FrameReference],
    home: &Path,
    out: &Path,
    application: &str,
) -> Result<SaveReport, EngineError> {
    let first = &results[0].receipt;
    let mut labels = Vec::new();
    for result in results {
        labels.extend(labels_of(&result.output).ok_or_else(|| {
            EngineError::Save(format!(
                "`{}` gives labels for some images and none for others",
                first.operation
            ))
        })?);
    }
    let (segments, algorithm) = segments(first, home)?;
    let mut pixels = vec![0_u64; segments.len()];
    for label in labels.iter().filter(|label| **label > 0) {
        if let Some(count) = pixels.get_mut(usize::from(*label) - 1) {
            *count += 1;
        }
    }
    // Equal results on equal images are the same object, whenever they are saved.
    let content = Digest::of(&labels);
    let images = names(frames);
    let description = format!(
        "{} version {}, job {}",
        first.operation, first.version, first.job
    );
    save_segmentation(
        out,
        &SegmentationToWrite {
            frames,
            labels: LabelsToWrite::Numbers(&labels),
            segments: &segments,
            statements: &statements(results),
        },
        &Derivation {
            application,
            description: &description,
            algorithm: &algorithm,
            uid: &|part| uid(&format!("{} {content} {images} {part}", first.job)),
            made_unix_s: now_unix_s(),
        },
    )
    .map_err(EngineError::Save)?;
    let segments: Vec<(String, u64)> = segments
        .into_iter()
        .map(|segment| segment.label)
        .zip(pixels)
        .collect();
    Ok(SaveReport {
        out: out.to_owned(),
        files: 1,
        words: format!(
            "{} segments over {} images are saved as a DICOM segmentation",
            segments.len(),
            frames.len()
        ),
        notes: Vec::new(),
        results: Some(SavedResults {
            job: first.job,
            images: frames.len(),
            segments,
            rounding_max: None,
        }),
    })
}

/// The images, as they go into the names of what is made of them.
pub fn names(frames: &[FrameReference]) -> String {
    frames
        .iter()
        .map(|frame| frame.instance.sop_instance_uid.as_str())
        .collect()
}

/// The labels of a result, `[slices, rows, columns]`; a mask is label 1.
fn labels_of(output: &TaskOutput) -> Option<Vec<u8>> {
    match output {
        TaskOutput::Slab(parts) => {
            let parts = parts.iter().map(labels_of);
            Some(parts.collect::<Option<Vec<_>>>()?.concat())
        }
        TaskOutput::Labels { labels, .. } => Some(labels.clone()),
        TaskOutput::Mask {
            rows,
            columns,
            words,
            ..
        } => {
            let (rows, columns) = (*rows as usize, *columns as usize);
            let row_words = columns.div_ceil(64);
            let mut labels = Vec::with_capacity(rows * columns);
            for row in words.chunks_exact(row_words.max(1)) {
                labels.extend((0..columns).map(|at| (row[at / 64] >> (at % 64) & 1) as u8));
            }
            Some(labels)
        }
        _ => None,
    }
}

/// What the labels mean, and what found them.
fn segments(receipt: &Receipt, home: &Path) -> Result<(Vec<SegmentToWrite>, String), EngineError> {
    let Some(digest) = receipt.model else {
        let mask = SegmentToWrite {
            label: receipt.operation.clone(),
            colour: segment_colour(1),
            code: None,
        };
        return Ok((
            vec![mask],
            format!("{} {}", receipt.operation, receipt.version),
        ));
    };
    let card = ModelStore::new(home)
        .find(&digest.to_string())
        .map_err(|error| EngineError::Save(error.to_string()))?;
    let labels = card.manifest.output.labels.iter().skip(1);
    let segments = labels
        .map(|label| SegmentToWrite {
            label: label.name.clone(),
            colour: label.colour,
            code: label
                .code
                .as_deref()
                .and_then(|code| code_of(code, &label.name)),
        })
        .collect();
    Ok((segments, card.full_name))
}

/// `SCT:12738006` and what it is called.
fn code_of(code: &str, meaning: &str) -> Option<Code> {
    let (scheme, value) = code.split_once(':')?;
    Some(Code {
        value: value.to_owned(),
        scheme: scheme.to_owned(),
        meaning: meaning.to_owned(),
    })
}
