//! Results of a job as a DICOM object: which image each of them is of, what its labels mean, and where it comes from.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use actor_compute::pixel_block;
use actor_messages::{CancelFlag, Digest, Receipt};
use actor_models::ModelStore;
use actor_study::{Code, Derivation, SegmentToWrite, SegmentationToWrite, save_segmentation};
use kernel_imaging::{FrameReference, TextRule, segment_colour};
use kernel_tasks::{BLOB_BYTES_MAX, TaskOutput};

use crate::error::EngineError;
use crate::verify::read_receipt;

/// Domain of the UIDs of objects made here.
const UID_DOMAIN: &str = "clisonix 2026-11 derived object v1";
/// Files of a folder of results that are looked at.
const RESULTS_MAX: usize = 1_000_000;

/// What was saved.
#[derive(Clone, Debug)]
pub struct Saved {
    /// Images with labels of their own.
    pub images: usize,
    /// Names of the segments, from 1 on.
    pub segments: Vec<String>,
    /// Pixels of each segment.
    pub pixels: Vec<u64>,
    /// The job that made the results.
    pub job: Digest,
}

/// Saves the labels or masks in a folder of results as a DICOM segmentation. The images are looked for among `inputs`, and are
/// found by the digests in the receipts; a result whose bytes are not its receipt's is refused.
pub fn save_results(
    results: &Path,
    inputs: &[PathBuf],
    home: &Path,
    out: &Path,
    application: &str,
) -> Result<Saved, EngineError> {
    let read = read_results(results)?;
    let first = &read[0].0;
    let wanted: Vec<Digest> = read
        .iter()
        .flat_map(|(receipt, output)| images_of(receipt, output))
        .collect();
    let frames = find_frames(inputs, &wanted)?;
    let mut labels = Vec::new();
    for (receipt, output) in &read {
        labels.extend(labels_of(output).ok_or_else(|| {
            EngineError::Save(format!(
                "`{}` gives no labels and no masks; a DICOM segmentation is made of those",
                receipt.operation
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
    let uid = |part: &str| {
        let images: String = frames
            .iter()
            .map(|frame| frame.instance.sop_instance_uid.as_str())
            .collect();
        uid(&format!("{} {content} {images} {part}", first.job))
    };
    let description = format!(
        "{} version {}, job {}",
        first.operation, first.version, first.job
    );
    save_segmentation(
        out,
        &SegmentationToWrite {
            frames: &frames,
            labels: &labels,
            segments: &segments,
        },
        &Derivation {
            application,
            description: &description,
            algorithm: &algorithm,
            uid: &uid,
            made_unix_s: now_unix_s(),
        },
    )
    .map_err(EngineError::Save)?;
    Ok(Saved {
        images: frames.len(),
        segments: segments.into_iter().map(|segment| segment.label).collect(),
        pixels,
        job: first.job,
    })
}

/// Receipts of one job with their results, in the order of their slices.
fn read_results(folder: &Path) -> Result<Vec<(Receipt, TaskOutput)>, EngineError> {
    let failed = |reason: String| {
        EngineError::Save(format!(
            "The results in `{}` cannot be read: {reason}",
            folder.display()
        ))
    };
    let entries = std::fs::read_dir(folder).map_err(|error| failed(error.to_string()))?;
    let mut receipts: Vec<PathBuf> = entries
        .take(RESULTS_MAX)
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.to_string_lossy().ends_with(".receipt.json"))
        .collect();
    receipts.sort();
    let mut read: Vec<(Receipt, TaskOutput)> = Vec::with_capacity(receipts.len());
    for path in receipts {
        let receipt = read_receipt(&path)?;
        if let Some((first, _)) = read.first()
            && first.job != receipt.job
        {
            return Err(failed("they are of more than one job".to_owned()));
        }
        let name = path.to_string_lossy().replace(".receipt.json", ".result");
        let length = std::fs::metadata(&name)
            .map_err(|error| failed(error.to_string()))?
            .len();
        if length > BLOB_BYTES_MAX {
            return Err(failed(format!("{length} bytes are more than a result has")));
        }
        let bytes = std::fs::read(&name).map_err(|error| failed(error.to_string()))?;
        if Digest::of(&bytes) != receipt.output {
            let slice = receipt.slice_index + 1;
            return Err(failed(format!(
                "the result of slice {slice} is not the one that its receipt names"
            )));
        }
        let output = TaskOutput::decode(&bytes).map_err(|error| failed(error.to_string()))?;
        read.push((receipt, output));
    }
    if read.is_empty() {
        return Err(failed("there is no receipt".to_owned()));
    }
    read.sort_by_key(|(receipt, _)| receipt.slice_index);
    Ok(read)
}

/// The digests of the images that a result is of: its own slice, or those out of the whole series that it covers.
fn images_of(receipt: &Receipt, output: &TaskOutput) -> Vec<Digest> {
    let count = match output {
        TaskOutput::Labels { slices, .. } => *slices as usize,
        _ => 1,
    };
    let from = if receipt.inputs.len() == count {
        0
    } else {
        receipt.slice_index as usize
    };
    receipt
        .inputs
        .iter()
        .skip(from)
        .take(count)
        .copied()
        .collect()
}

/// The labels of a result, `[slices, rows, columns]`; a mask is label 1.
fn labels_of(output: &TaskOutput) -> Option<Vec<u8>> {
    match output {
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

/// The series whose images have these digests in this order. Equal images are told apart by their order.
fn find_frames(inputs: &[PathBuf], wanted: &[Digest]) -> Result<Vec<FrameReference>, EngineError> {
    let found = actor_study::scan(inputs, TextRule::default(), &CancelFlag::new(), |_| {});
    let mut nearest = 0;
    for series in found.studies.iter().flat_map(|study| &study.series) {
        let slice_mm = series.voxel_mm.map(|[slice, ..]| slice);
        let mut by_digest: BTreeMap<Digest, VecDeque<&FrameReference>> = BTreeMap::new();
        for reference in &series.frames {
            // An image that cannot be read is none of those looked for.
            if let Ok(block) = pixel_block(reference, slice_mm)
                && let Ok(bytes) = block.encode()
            {
                by_digest
                    .entry(Digest::of(&bytes))
                    .or_default()
                    .push_back(reference);
            }
        }
        let frames: Vec<FrameReference> = wanted
            .iter()
            .map_while(|digest| by_digest.get_mut(digest)?.pop_front().cloned())
            .collect();
        if frames.len() == wanted.len() {
            return Ok(frames);
        }
        nearest = nearest.max(frames.len());
    }
    Err(EngineError::Save(format!(
        "None of the {} series given holds the {} images of the results; the nearest holds the first {nearest}",
        found
            .studies
            .iter()
            .map(|study| study.series.len())
            .sum::<usize>(),
        wanted.len()
    )))
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

/// By this machine's clock, which is in no digest.
fn now_unix_s() -> i64 {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .ok()
        .and_then(|since| i64::try_from(since.as_secs()).ok())
        .unwrap_or_default()
}

/// A UID out of a UUID of version 8 (PS3.5 B.2), which is a digest of what it is of.
fn uid(of: &str) -> String {
    let mut hasher = blake3::Hasher::new_derive_key(UID_DOMAIN);
    hasher.update(of.as_bytes());
    let mut bytes = [0_u8; 16];
    bytes.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    bytes[6] = bytes[6] & 0x0F | 0x80;
    bytes[8] = bytes[8] & 0x3F | 0x80;
    format!("2.25.{}", u128::from_be_bytes(bytes))
}
