//! Computes the result of a receipt again, from the images that it was made of.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use actor_compute::pixel_block;
use actor_labor::{SourceFrame, Sources, blob_path};
use actor_messages::{BlobStore, Digest, JobId, Receipt, model_path};
use kernel_imaging::{FrameReference, TextRule};
use kernel_tasks::{BLOB_BYTES_MAX, Blobs, RECEIPT_BYTES_MAX, Verdict};

use crate::error::EngineError;

/// What computing again showed.
#[derive(Clone, Debug)]
pub struct Verified {
    /// The receipt.
    pub receipt: Receipt,
    /// Whether the bits are the same.
    pub equal: bool,
    /// The digest of the result computed now.
    pub recomputed: Digest,
}

/// Reads a receipt, finds its inputs, computes again, compares.
///
/// The images are looked for in `inputs` where any are given, otherwise where `home` remembers them.
/// An image that has changed since is not accepted: its block has another digest.
pub fn verify(receipt: &Path, home: &Path, inputs: &[PathBuf]) -> Result<Verified, EngineError> {
    let receipt = read_receipt(receipt)?;
    let blobs = BlobStore::new(u64::MAX);
    let wanted: BTreeSet<Digest> = receipt.task().blobs().into_iter().collect();
    for digest in &wanted {
        take_stored(&blob_path(home, digest), digest, &blobs);
        take_stored(&model_path(home, digest), digest, &blobs);
    }
    if inputs.is_empty() {
        from_sources(home, &wanted, &blobs);
    } else {
        from_paths(inputs, &wanted, &blobs);
    }
    if let Some(missing) = wanted.iter().find(|digest| blobs.get(digest).is_none()) {
        let hint = if inputs.is_empty() {
            "; name the folder of its images with --input"
        } else {
            " among the images given"
        };
        return Err(EngineError::Verify(format!(
            "The input {missing} of the receipt was not found{hint}"
        )));
    }
    let verdict = receipt
        .verify(&blobs)
        .map_err(|error| EngineError::Verify(error.to_string()))?;
    let (equal, recomputed) = match verdict {
        Verdict::Equal => (true, receipt.output),
        Verdict::NotEqual { computed, .. } => (false, computed),
    };
    Ok(Verified {
        receipt,
        equal,
        recomputed,
    })
}

pub(crate) fn read_receipt(path: &Path) -> Result<Receipt, EngineError> {
    let unreadable =
        |reason: String| EngineError::Verify(format!("The receipt cannot be read: {reason}"));
    let file = fs::metadata(path).map_err(|error| unreadable(error.to_string()))?;
    if !file.is_file() {
        return Err(unreadable("it is no file".to_owned()));
    }
    let length = file.len();
    if length > RECEIPT_BYTES_MAX as u64 {
        return Err(unreadable(format!(
            "{length} bytes are more than a receipt has"
        )));
    }
    let text = fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))?;
    Receipt::from_json(&text).map_err(|error| EngineError::Verify(error.to_string()))
}

/// Matrix parameters and models are kept under their digest; a file with other bytes is no such blob.
fn take_stored(path: &Path, digest: &Digest, blobs: &BlobStore) {
    let fits = fs::metadata(path).is_ok_and(|file| file.is_file() && file.len() <= BLOB_BYTES_MAX);
    if !fits {
        return;
    }
    if let Ok(bytes) = fs::read(path)
        && Digest::of(&bytes) == *digest
    {
        keep(blobs, *digest, bytes);
    }
}

fn from_sources(home: &Path, wanted: &BTreeSet<Digest>, blobs: &BlobStore) {
    let Ok(folder) = fs::read_dir(home.join("sources")) else {
        return;
    };
    let mut jobs: Vec<JobId> = folder
        .flatten()
        .filter_map(|entry| Some(JobId(entry.path().file_stem()?.to_str()?.to_owned())))
        .collect();
    jobs.sort();
    for job in jobs {
        let Ok(sources) = Sources::read(home, &job) else {
            continue;
        };
        for (digest, source) in sources.inputs {
            if wanted.contains(&digest) && !blobs.contains(&digest) {
                from_source(&source, &digest, blobs);
            }
        }
    }
}

fn from_source(source: &SourceFrame, digest: &Digest, blobs: &BlobStore) {
    let found = actor_study::scan(
        std::slice::from_ref(&source.path),
        TextRule::default(),
        &actor_messages::CancelFlag::new(),
        |_| {},
    );
    let frames = found
        .studies
        .into_iter()
        .flat_map(|study| study.series)
        .flat_map(|s| s.frames);
    for reference in frames.filter(|reference| reference.frame == source.frame) {
        keep_if_wanted(&reference, source.slice_mm, |made| made == digest, blobs);
    }
}

fn from_paths(inputs: &[PathBuf], wanted: &BTreeSet<Digest>, blobs: &BlobStore) {
    let found = actor_study::scan(
        inputs,
        TextRule::default(),
        &actor_messages::CancelFlag::new(),
        |_| {},
    );
    for series in found.studies.iter().flat_map(|study| &study.series) {
        let slice_mm = series.voxel_mm.map(|[slice, ..]| slice);
        for reference in &series.frames {
            keep_if_wanted(reference, slice_mm, |made| wanted.contains(made), blobs);
        }
    }
}

fn keep_if_wanted(
    reference: &FrameReference,
    slice_mm: Option<f64>,
    wanted: impl Fn(&Digest) -> bool,
    blobs: &BlobStore,
) {
    // A frame that cannot be read is not the one looked for; the missing digest is named later.
    let Ok(bytes) = pixel_block(reference, slice_mm)
        .and_then(|block| block.encode().map_err(|error| error.to_string()))
    else {
        return;
    };
    let made = Digest::of(&bytes);
    if wanted(&made) {
        keep(blobs, made, bytes);
    }
}

fn keep(blobs: &BlobStore, digest: Digest, bytes: Vec<u8>) {
    // The store is unbounded here: one task's inputs, each bounded by its reader.
    let _ = blobs.insert_verified(digest, Arc::from(bytes));
}
