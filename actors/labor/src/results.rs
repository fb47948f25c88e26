//! Results and receipts under a job's output folder: all of them under their final names, or none.

use std::io;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use actor_messages::CancelFlag;
use kernel_tasks::{Digest, Job, Parameters, RECEIPT_SCHEMA, Receipt, TaskId, TaskOutput};

use crate::error::LaborActorError;
use crate::limits::RESULT_BATCH;
use crate::storage::{Storage, StoredFile, create_part, reason};

/// What every receipt of a job says alike.
#[derive(Clone, Debug)]
pub struct Ground {
    /// The program and its version.
    pub application: String,
    /// The request.
    pub job: Job,
}

/// The result of one slice.
#[derive(Clone, Debug)]
pub struct SliceOutput {
    /// The slice that it is for, or the first of them, counted from 0.
    pub index: usize,
    /// Of the task.
    pub inputs: Vec<Digest>,
    /// Of the task.
    pub parameters: Parameters,
    /// The task that made it; equal slices share it.
    pub task: TaskId,
    /// Canonical bytes.
    pub bytes: Arc<[u8]>,
    /// Their digest.
    pub digest: Digest,
    /// Of the machine that computed it.
    pub numeric_class: Digest,
    /// Members of the epoch in which it was committed.
    pub membership_digest: Digest,
    /// Assignment of that epoch.
    pub assignment_digest: Digest,
}

/// Everything that is written at the end of a job.
#[derive(Clone, Debug)]
pub struct ResultsToWrite {
    /// The folder; without one only the figures are made.
    pub out: Option<PathBuf>,
    /// In slice order.
    pub slices: Vec<SliceOutput>,
    /// For the receipts.
    pub ground: Ground,
    /// Raised to stop.
    pub cancelled: CancelFlag,
}

/// What was written, and the figures over all slices.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Written {
    /// In slice order.
    pub results: Vec<PathBuf>,
    /// In slice order.
    pub receipts: Vec<PathBuf>,
    /// Largest absolute error, in modality units.
    pub max_abs_error: Option<f64>,
    /// Largest relative Frobenius error.
    pub max_relative_error: Option<f64>,
    /// Sum of the volumes, where every slice has one.
    pub volume_ml: Option<f64>,
    /// Voxels of each label, from 0 on; empty for results without labels.
    pub label_counts: Vec<u64>,
    /// Volume of each label in ml, where every slice has a voxel size.
    pub label_volumes_ml: Option<Vec<f64>>,
    /// Bytes of all encoded results.
    pub result_bytes: u64,
}

/// The first result or receipt that a run has left in a folder; none where the folder cannot be listed, which is told when it is written to.
pub fn earlier_result(folder: &Path) -> Option<String> {
    std::fs::read_dir(folder)
        .ok()?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| {
            name.starts_with("slice-")
                && (name.ends_with(".result") || name.ends_with(".receipt.json"))
        })
        .min()
}

/// Refuses a folder with results of another run: they would be lost, or the two be taken for one.
pub fn refuse_earlier(out: &Path) -> Result<(), LaborActorError> {
    match earlier_result(out) {
        None => Ok(()),
        Some(file) => Err(LaborActorError::OutTaken {
            folder: out.to_owned(),
            file,
        }),
    }
}

/// Makes the figures and writes the files. A failure is one sentence and leaves no file of this job behind.
pub fn write_results(
    storage: &mut dyn Storage,
    work: &ResultsToWrite,
) -> Result<Written, LaborActorError> {
    let mut written = figures(work)?;
    let Some(out) = &work.out else {
        return Ok(written);
    };
    let folder_error = |error: io::Error| LaborActorError::OutFolder {
        folder: out.clone(),
        reason: reason(&error),
    };
    let made_folder = storage.create_folder(out).map_err(folder_error)?;
    let digits = work.ground.job.inputs.len().to_string().len().max(4);
    for number in work.slices.iter().map(|slice| slice.index + 1) {
        written
            .results
            .push(out.join(format!("slice-{number:0digits$}.result")));
        written
            .receipts
            .push(out.join(format!("slice-{number:0digits$}.receipt.json")));
    }
    let outcome = write_files(storage, work, &written, out);
    if outcome.is_err() && made_folder {
        // It stays when something else has been put into it meanwhile.
        let _ = storage.remove_folder(out);
    }
    outcome.map(|()| written)
}

fn write_files(
    storage: &mut dyn Storage,
    work: &ResultsToWrite,
    names: &Written,
    out: &Path,
) -> Result<(), LaborActorError> {
    let finals: Vec<&PathBuf> = names
        .results
        .iter()
        .zip(&names.receipts)
        .flat_map(|(result, receipt)| [result, receipt])
        .collect();
    let job = work.ground.job.digest();
    // Another job may have written there since this one was admitted.
    refuse_earlier(out)?;
    let mut parts = Vec::with_capacity(finals.len());
    let written = write_parts(storage, work, names, out, job, &mut parts);
    let renamed = written.and_then(|()| rename_parts(storage, &parts, &finals, out));
    if renamed.is_err() {
        for part in &parts {
            // One that has its final name already is no longer here.
            let _ = storage.remove(part);
        }
    }
    renamed
}

/// Writes every file under a temporary name, which is told in `parts`; syncs in groups, so that the disk orders the writes of a group itself.
fn write_parts(
    storage: &mut dyn Storage,
    work: &ResultsToWrite,
    names: &Written,
    out: &Path,
    job: Digest,
    parts: &mut Vec<PathBuf>,
) -> Result<(), LaborActorError> {
    let paths: Vec<(&PathBuf, &PathBuf)> = names.results.iter().zip(&names.receipts).collect();
    let indexed: Vec<(usize, &SliceOutput)> = work.slices.iter().enumerate().collect();
    for group in indexed.chunks(RESULT_BATCH) {
        let mut open: Vec<(Box<dyn StoredFile>, &Path)> = Vec::with_capacity(2 * group.len());
        for (index, slice) in group {
            if work.cancelled.is_cancelled() {
                return Err(LaborActorError::Cancelled);
            }
            let (result, receipt) = paths[*index];
            open.push((
                write_part(storage, result, &slice.bytes, out, parts)?,
                result,
            ));
            let text = receipt_of(&work.ground, job, slice).to_json();
            open.push((
                write_part(storage, receipt, text.as_bytes(), out, parts)?,
                receipt,
            ));
        }
        for (mut file, path) in open {
            file.sync().map_err(|error| file_error(path, out, &error))?;
        }
    }
    Ok(())
}

fn write_part(
    storage: &mut dyn Storage,
    path: &Path,
    bytes: &[u8],
    out: &Path,
    parts: &mut Vec<PathBuf>,
) -> Result<Box<dyn StoredFile>, LaborActorError> {
    let failed = |error: io::Error| file_error(path, out, &error);
    let (part, mut file) = create_part(storage, path).map_err(failed)?;
    parts.push(part);
    file.write_all(bytes)
        .and_then(|()| file.flush())
        .map_err(failed)?;
    Ok(file)
}

/// Gives all files their final names, or takes the names back.
fn rename_parts(
    storage: &mut dyn Storage,
    parts: &[PathBuf],
    finals: &[&PathBuf],
    out: &Path,
) -> Result<(), LaborActorError> {
    for (index, (part, path)) in parts.iter().zip(finals).enumerate() {
        // A folder that may not be listed can hold the name nevertheless.
        let renamed = if path.symlink_metadata().is_ok() {
            Err(io::ErrorKind::AlreadyExists.into())
        } else {
            storage.rename(part, path)
        };
        if let Err(error) = renamed {
            for renamed in &finals[..index] {
                let _ = storage.remove(renamed);
            }
            return Err(file_error(path, out, &error));
        }
    }
    storage
        .sync_folder(out)
        .map_err(|error| LaborActorError::OutFolder {
            folder: out.to_owned(),
            reason: reason(&error),
        })
}

fn file_error(path: &Path, out: &Path, error: &io::Error) -> LaborActorError {
    LaborActorError::ResultFile {
        file: path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
        folder: out.to_owned(),
        reason: reason(error),
    }
}

fn receipt_of(ground: &Ground, job: Digest, slice: &SliceOutput) -> Receipt {
    Receipt {
        schema: RECEIPT_SCHEMA,
        application: ground.application.clone(),
        job,
        slice_index: u32::try_from(slice.index).unwrap_or(u32::MAX),
        task: slice.task,
        operation: ground.job.operation.clone(),
        version: ground.job.version,
        parameters: slice.parameters.clone(),
        inputs: slice.inputs.clone(),
        model: slice.parameters.model(),
        level: ground.job.level,
        membership_digest: slice.membership_digest,
        assignment_digest: slice.assignment_digest,
        output: slice.digest,
        numeric_class: slice.numeric_class,
    }
}

fn figures(work: &ResultsToWrite) -> Result<Written, LaborActorError> {
    let mut written = Written::default();
    let mut volume_ml = Some(0.0);
    let mut masks = 0_usize;
    let mut label_volumes_ml = Some(Vec::new());
    let larger = |held: Option<f64>, value: f64| Some(held.map_or(value, |held| held.max(value)));
    for slice in &work.slices {
        if work.cancelled.is_cancelled() {
            return Err(LaborActorError::Cancelled);
        }
        written.result_bytes += slice.bytes.len() as u64;
        let output = TaskOutput::decode(&slice.bytes)?;
        if let TaskOutput::Labels { counts, .. } = &output {
            let volumes_ml = output.label_volumes_ml();
            label_volumes_ml = match (label_volumes_ml, volumes_ml) {
                (Some(sums), Some(volumes_ml)) => Some(added(sums, &volumes_ml)),
                _ => None,
            };
            written.label_counts = added(std::mem::take(&mut written.label_counts), counts);
        }
        if let TaskOutput::Slab(parts) = &output {
            for part in parts {
                if let TaskOutput::Mask {
                    volume_ml: volume, ..
                } = part
                {
                    masks += 1;
                    volume_ml = volume_ml.zip(*volume).map(|(sum, volume)| sum + volume);
                }
            }
        }
        match output {
            TaskOutput::LowRank {
                relative_frobenius,
                max_abs,
                ..
            } => {
                written.max_abs_error = larger(written.max_abs_error, f64::from(max_abs));
                written.max_relative_error = larger(written.max_relative_error, relative_frobenius);
            }
            TaskOutput::Mask {
                volume_ml: volume, ..
            } => {
                masks += 1;
                volume_ml = volume_ml.zip(volume).map(|(sum, volume)| sum + volume);
            }
            TaskOutput::Image { .. } | TaskOutput::Labels { .. } | TaskOutput::Slab(_) => {}
        }
    }
    // A sum over only some of the slices would be read as the whole.
    written.volume_ml = volume_ml.filter(|_| masks > 0);
    written.label_volumes_ml = label_volumes_ml.filter(|_| !written.label_counts.is_empty());
    Ok(written)
}

/// Sums place by place; the shorter one is filled up with zeros.
fn added<T: Copy + Default + std::ops::AddAssign>(mut sums: Vec<T>, values: &[T]) -> Vec<T> {
    sums.resize(sums.len().max(values.len()), T::default());
    sums.iter_mut()
        .zip(values)
        .for_each(|(sum, value)| *sum += *value);
    sums
}
