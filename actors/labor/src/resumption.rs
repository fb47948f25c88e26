//! What a job leaves beside its journal until it has ended well: its wish and the outputs it committed, so that it can go on after a crash.
//!
//! The wish is a file of JSON; the process that runs the job holds a lock on it, which ends with that process however it ends. The
//! outputs are one append-only file, synced before the journal commits them: task, numeric class and digest of 32 bytes each, length
//! u64 little-endian, bytes. What is taken from it again is what the journal committed and what has the digest that it is named by.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use actor_messages::{JobId, ResumableJob};
use kernel_labor::{Input, LaborArray};
use kernel_tasks::{Determinism, Digest, TaskId};
use serde::{Deserialize, Serialize};

use crate::journal::{Record, read_journal};
use crate::limits::{RESUMABLE_MAX, WISH_BYTES_MAX};
use crate::sources::{exact_length, exact_path, journal_path};
use crate::storage::{Storage, StoredFile, reason};

/// The version of both forms.
const WISH_SCHEMA: u32 = 1;
const HEAD_BYTES: usize = 3 * 32 + 8;

/// What the user asked for; kept on this machine only, since paths may name a patient.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    /// Version of this form.
    pub schema: u32,
    /// Name of the operation.
    pub operation: String,
    /// As typed, with the paths of matrices from the root.
    pub parameters: Vec<(String, String)>,
    /// In display order.
    pub frames: Vec<WishFrame>,
    /// Distance between slices, mm, where it is known.
    #[serde(with = "exact_length")]
    pub slice_mm: Option<f64>,
    /// What must hold of the answer's bits.
    pub level: Determinism,
    /// Whether paired workstations may help.
    pub mesh: bool,
    /// Where results are to be written, from the root.
    pub out: Option<WishPath>,
}

/// One frame of one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WishFrame {
    /// The file, from the root.
    #[serde(with = "exact_path")]
    pub path: PathBuf,
    /// Frame within it, from 0.
    pub frame: usize,
}

/// A path that reads back as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WishPath(#[serde(with = "exact_path")] pub PathBuf);

/// An output that the journal is about to commit.
#[derive(Clone, Debug)]
pub struct KeptOutput {
    /// Of which task.
    pub task: TaskId,
    /// Of the machine that computed it.
    pub numeric_class: Digest,
    /// Of the bytes.
    pub digest: Digest,
    /// Canonical bytes.
    pub bytes: Arc<[u8]>,
}

/// Outputs of an earlier run of a job, by task.
pub type Earlier = BTreeMap<TaskId, KeptOutput>;

/// Why a job cannot be resumed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ResumptionError {
    /// It ended well, was cancelled, or never was.
    #[error("The job {job} has nothing to resume; `clisonix jobs` lists those that have")]
    Nothing {
        /// The job.
        job: String,
    },
    /// Another process has it.
    #[error("The job {job} is running in another process; it can be resumed once that has ended")]
    Running {
        /// The job.
        job: String,
    },
    /// A file cannot be read.
    #[error("The job {job} cannot be resumed: {reason}")]
    Unreadable {
        /// The job.
        job: String,
        /// In words.
        reason: String,
    },
}

/// `home/journals/JOB.wish`.
pub fn wish_path(home: &Path, job: &JobId) -> PathBuf {
    journal_path(home, job).with_extension("wish")
}

/// `home/journals/JOB.outputs`.
pub fn outputs_path(home: &Path, job: &JobId) -> PathBuf {
    journal_path(home, job).with_extension("outputs")
}

impl Wish {
    /// The wish behind a request.
    pub fn of(request: &actor_messages::JobRequest, parameters: Vec<(String, String)>) -> Self {
        let from_root = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let frames = request.frames.iter().map(|reference| WishFrame {
            path: from_root(&reference.instance.path),
            frame: reference.frame,
        });
        Self {
            schema: WISH_SCHEMA,
            operation: request.operation.clone(),
            parameters,
            frames: frames.collect(),
            slice_mm: request.slice_mm,
            level: request.level,
            mesh: request.mesh,
            out: request.out.as_deref().map(|out| WishPath(from_root(out))),
        }
    }

    /// Reads the wish of a job; bounded.
    pub fn read(home: &Path, job: &JobId) -> Result<Self, ResumptionError> {
        let file = match File::open(wish_path(home, job)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(ResumptionError::Nothing { job: job.0.clone() });
            }
            Err(error) => return Err(unreadable(job, reason(&error))),
        };
        let mut bytes = Vec::new();
        file.take(WISH_BYTES_MAX)
            .read_to_end(&mut bytes)
            .map_err(|error| unreadable(job, reason(&error)))?;
        let wish: Self = serde_json::from_slice(&bytes)
            .map_err(|error| unreadable(job, format!("its wish is not whole, {error}")))?;
        if wish.schema == WISH_SCHEMA {
            Ok(wish)
        } else {
            let text = format!(
                "its wish has version {}, and version {WISH_SCHEMA} is read",
                wish.schema
            );
            Err(unreadable(job, text))
        }
    }
}

fn unreadable(job: &JobId, reason: String) -> ResumptionError {
    ResumptionError::Unreadable {
        job: job.0.clone(),
        reason,
    }
}

/// Takes the lock of a job; it is held as long as the file is open, and no longer than the process lives.
pub fn lock(home: &Path, job: &JobId) -> Result<File, ResumptionError> {
    let file = File::open(wish_path(home, job)).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => ResumptionError::Nothing { job: job.0.clone() },
        _ => unreadable(job, reason(&error)),
    })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(ResumptionError::Running { job: job.0.clone() }),
        Err(TryLockError::Error(error)) => Err(unreadable(job, reason(&error))),
    }
}

/// Jobs that ended with their process, in the order of their names; those whose files cannot be read are left out.
pub fn resumable(home: &Path) -> Vec<ResumableJob> {
    let mut jobs: Vec<JobId> = wishes(home).into_iter().map(|(_, job)| job).collect();
    jobs.sort();
    let told = |job: JobId| {
        let _lock = lock(home, &job).ok()?;
        let wish = Wish::read(home, &job).ok()?;
        let array = array_of(home, &job).ok()?;
        Some(ResumableJob {
            job,
            operation: wish.operation,
            slices: wish.frames.len(),
            committed: array.committed(),
            tasks: array.total(),
        })
    };
    jobs.into_iter().filter_map(told).collect()
}

/// Wishes in the folder, oldest first.
fn wishes(home: &Path) -> Vec<(SystemTime, JobId)> {
    let Ok(folder) = fs::read_dir(home.join("journals")) else {
        return Vec::new();
    };
    let told = |entry: fs::DirEntry| {
        let path = entry.path();
        let is_wish = path.extension().is_some_and(|ending| ending == "wish");
        let job = JobId(path.file_stem()?.to_str()?.to_owned());
        let since = entry.metadata().ok()?.modified().ok()?;
        is_wish.then_some((since, job))
    };
    let mut found: Vec<_> = folder.flatten().filter_map(told).collect();
    found.sort();
    found
}

/// The array as the journal left it.
fn array_of(home: &Path, job: &JobId) -> Result<LaborArray, ResumptionError> {
    let (header, records, _) = read_journal(&journal_path(home, job))
        .map_err(|error| unreadable(job, error.to_string()))?;
    let mut array = LaborArray::new();
    array.apply(Input::Open(header.opening));
    for record in records {
        if let Record::Input(input) = record {
            array.apply(input);
        }
    }
    Ok(array)
}

/// The outputs that the journal of a job committed and that are whole. `bytes_max` bounds them together.
pub fn read_outputs(home: &Path, job: &JobId, bytes_max: u64) -> Result<Earlier, ResumptionError> {
    let committed: BTreeMap<TaskId, Digest> = array_of(home, job)?
        .results()
        .into_iter()
        .map(|(task, output)| (task.into(), output.into()))
        .collect();
    let file = match File::open(outputs_path(home, job)) {
        Ok(file) => file,
        // It was killed before anything was committed.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Earlier::new()),
        Err(error) => return Err(unreadable(job, reason(&error))),
    };
    let mut from = BufReader::new(file);
    let (mut earlier, mut left) = (Earlier::new(), bytes_max);
    while let Some(output) = next_output(&mut from, left) {
        left -= output.bytes.len() as u64;
        if committed.get(&output.task) == Some(&output.digest) {
            earlier.insert(output.task, output);
        }
    }
    Ok(earlier)
}

/// The next whole output; none at the end, at a torn tail, and where the bytes are not those of the digest.
fn next_output(from: &mut impl Read, bytes_max: u64) -> Option<KeptOutput> {
    let mut head = [0; HEAD_BYTES];
    from.read_exact(&mut head).ok()?;
    let part = |at: usize| {
        let mut id = [0; 32];
        id.copy_from_slice(&head[at * 32..at * 32 + 32]);
        id
    };
    let mut length = [0; 8];
    length.copy_from_slice(&head[96..]);
    let length = u64::from_le_bytes(length);
    if length > bytes_max {
        return None;
    }
    let mut bytes = Vec::new();
    from.take(length).read_to_end(&mut bytes).ok()?;
    let digest = Digest::from(part(2));
    (bytes.len() as u64 == length && Digest::of(&bytes) == digest).then(|| KeptOutput {
        task: part(0).into(),
        numeric_class: part(1).into(),
        digest,
        bytes: bytes.into(),
    })
}

/// Appends outputs and returns once they are on the disk.
pub fn append_outputs(file: &mut dyn StoredFile, outputs: &[KeptOutput]) -> io::Result<()> {
    for output in outputs {
        let mut head = Vec::with_capacity(HEAD_BYTES);
        head.extend_from_slice(output.task.bytes());
        head.extend_from_slice(output.numeric_class.bytes());
        head.extend_from_slice(output.digest.bytes());
        head.extend_from_slice(&(output.bytes.len() as u64).to_le_bytes());
        file.write_all(&head)?;
        file.write_all(&output.bytes)?;
    }
    file.sync()
}

/// Removes what a job that has ended no longer needs; its journal stays.
pub fn forget(storage: &mut dyn Storage, home: &Path, job: &JobId) {
    // One that is not there was never made.
    let _ = storage.remove(&wish_path(home, job));
    let _ = storage.remove(&outputs_path(home, job));
}

/// Leaves room for one more: the oldest that nobody runs are forgotten.
pub fn make_room(storage: &mut dyn Storage, home: &Path) {
    let found = wishes(home);
    let beyond = (found.len() + 1).saturating_sub(RESUMABLE_MAX);
    for (_, job) in found.into_iter().take(beyond) {
        if let Ok(_lock) = lock(home, &job) {
            forget(storage, home, &job);
        }
    }
}
