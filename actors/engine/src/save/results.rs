//! Results of a job as they lie in a folder: each with its receipt, and the images that they are of.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};

use actor_compute::pixel_block;
use actor_messages::{CancelFlag, Digest, Receipt, SaveImages};
use kernel_imaging::FrameReference;
use kernel_tasks::{BLOB_BYTES_MAX, ParameterValue, TaskOutput};

use crate::error::EngineError;
use crate::verify::read_receipt;

/// Files of a folder of results that are looked at.
const RESULTS_MAX: usize = 1_000_000;

/// One result with its receipt.
pub struct ReadResult {
    /// Where it comes from.
    pub receipt: Receipt,
    /// Of the receipt's own bytes.
    pub receipt_digest: Digest,
    /// What was computed.
    pub output: TaskOutput,
}

/// Receipts of one job with their results, in the order of their slices.
pub fn read_results(folder: &Path) -> Result<Vec<ReadResult>, EngineError> {
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
    let mut read: Vec<ReadResult> = Vec::with_capacity(receipts.len());
    for path in receipts {
        let receipt = read_receipt(&path)?;
        if let Some(first) = read.first()
            && first.receipt.job != receipt.job
        {
            return Err(failed("they are of more than one job".to_owned()));
        }
        // Bounded by the reading before.
        let written = std::fs::read(&path).map_err(|error| failed(error.to_string()))?;
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
        read.push(ReadResult {
            receipt,
            receipt_digest: Digest::of(&written),
            output,
        });
    }
    if read.is_empty() {
        return Err(failed("there is no receipt".to_owned()));
    }
    read.sort_by_key(|result| result.receipt.slice_index);
    Ok(read)
}

/// The digests of the images that a result is of: its own slice, or those out of what was read that it is for.
pub fn images_of(result: &ReadResult) -> Vec<Digest> {
    let inputs = &result.receipt.inputs;
    let count = result.output.slices() as usize;
    // Tasks that read neighbouring slices say which of them their result begins with.
    let from = match result.receipt.parameters.get("first") {
        Some(ParameterValue::Integer(first)) => usize::try_from(first).unwrap_or(usize::MAX),
        _ => 0,
    };
    inputs.iter().skip(from).take(count).copied().collect()
}

/// The images that have these digests, in this order. Equal images are told apart by their order.
pub fn find_frames(
    images: &SaveImages,
    wanted: &[Digest],
) -> Result<Vec<FrameReference>, EngineError> {
    let among = match images {
        SaveImages::These { frames, slice_mm } => vec![(frames.to_vec(), *slice_mm)],
        SaveImages::Among(inputs) => series_of(inputs),
    };
    let mut nearest = 0;
    for (series, slice_mm) in &among {
        let mut by_digest: BTreeMap<Digest, VecDeque<&FrameReference>> = BTreeMap::new();
        for reference in series {
            // An image that cannot be read is none of those looked for.
            if let Ok(block) = pixel_block(reference, *slice_mm)
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
        among.len(),
        wanted.len()
    )))
}

/// Every series in these files and folders, with the distance of its slices.
fn series_of(inputs: &[PathBuf]) -> Vec<(Vec<FrameReference>, Option<f64>)> {
    let found = actor_study::scan(
        inputs,
        kernel_imaging::TextRule::default(),
        &CancelFlag::new(),
        |_| {},
    );
    let series = found.studies.into_iter().flat_map(|study| study.series);
    series
        .map(|series| (series.frames, series.voxel_mm.map(|[slice, ..]| slice)))
        .collect()
}
