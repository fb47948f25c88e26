//! Why a job cannot be done, as sentences for its user; no path of an image, no name of a person.

use std::path::PathBuf;

use actor_messages::BlobStoreFull;
use kernel_labor::LaborError;
use kernel_tasks::TaskError;

use crate::limits::{JOBS_WAITING_MAX, SENTENCE_CHARS_MAX};
use crate::matrix::MatrixError;
use crate::resumption::ResumptionError;

/// Every failure of this actor.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum LaborActorError {
    /// The name of a job becomes the name of files.
    #[error("A job is named by 16 hexadecimal digits, not `{0}`")]
    JobName(String),
    /// The same name twice.
    #[error("There is a job {0} already")]
    JobTwice(String),
    /// Too many wait.
    #[error("{JOBS_WAITING_MAX} jobs are waiting already; try again when one is done")]
    TooManyJobs,
    /// About the operation, its parameters, or a slice.
    #[error(transparent)]
    Task(#[from] TaskError),
    /// About members and assignments.
    #[error(transparent)]
    Labor(#[from] LaborError),
    /// About a matrix parameter.
    #[error(transparent)]
    Matrix(#[from] MatrixError),
    /// A model cannot be used.
    #[error("Model {model} cannot be used: {reason}")]
    Model {
        /// First digits of its digest.
        model: String,
        /// In words.
        reason: String,
    },
    /// The inputs are too large; the sentence is the store's.
    #[error("{0}")]
    Memory(String),
    /// The inputs have room, and the results besides them have not.
    #[error(
        "The job needs {wanted_bytes} bytes of memory for its inputs and results, and {bytes_max} are allowed"
    )]
    MemoryForResults {
        /// Of all inputs and the largest that the results can be.
        wanted_bytes: u64,
        /// That it may have.
        bytes_max: u64,
    },
    /// A frame cannot be made into a block; the sentence is the compute actor's.
    #[error("{0}")]
    Inputs(String),
    /// The answer has another number of blocks than the job has frames.
    #[error("{prepared} of {frames} slices were prepared")]
    InputCount {
        /// Blocks.
        prepared: usize,
        /// Frames.
        frames: usize,
    },
    /// A task failed here.
    #[error("Slice {slice} cannot be computed: {reason}")]
    TaskFailed {
        /// From 1.
        slice: usize,
        /// The kernel's sentence.
        reason: String,
    },
    /// Two members gave different results and this machine's own one cannot decide.
    #[error("The job is suspended: {0}")]
    Suspended(String),
    /// Another part of the program does not take messages now.
    #[error("The {0} takes no more work now; try again")]
    Busy(&'static str),
    /// Another part of the program is gone.
    #[error("The {0} has stopped; restart the program")]
    Stopped(&'static str),
    /// A thread cannot be started.
    #[error("The {name} thread cannot be started: {reason}")]
    Thread {
        /// Which.
        name: &'static str,
        /// In words.
        reason: String,
    },
    /// The output folder cannot be made or synced.
    #[error("The output folder `{folder}` cannot be used: {reason}", folder = folder.display())]
    OutFolder {
        /// As given by the user.
        folder: PathBuf,
        /// In words.
        reason: String,
    },
    /// The output folder holds what another run has made.
    #[error("The output folder `{folder}` holds results of another run already, such as `{file}`; name another folder", folder = folder.display())]
    OutTaken {
        /// As given by the user.
        folder: PathBuf,
        /// The first of them.
        file: String,
    },
    /// A result or receipt cannot be written.
    #[error("`{file}` cannot be written to the output folder `{folder}`: {reason}; nothing was left there", folder = folder.display())]
    ResultFile {
        /// Name of the file.
        file: String,
        /// As given by the user.
        folder: PathBuf,
        /// In words.
        reason: String,
    },
    /// A file in the home folder cannot be written.
    #[error("The {what} of job {job} cannot be kept: {reason}")]
    HomeFile {
        /// `journal`, `list of sources`, `matrix`.
        what: &'static str,
        /// The job.
        job: String,
        /// In words.
        reason: String,
    },
    /// What an earlier run left cannot be taken up.
    #[error(transparent)]
    Resumption(#[from] ResumptionError),
    /// The user stopped it.
    #[error("The job was cancelled")]
    Cancelled,
}

impl From<BlobStoreFull> for LaborActorError {
    fn from(full: BlobStoreFull) -> Self {
        Self::Memory(full.to_string())
    }
}

impl LaborActorError {
    /// What preparing the inputs failed at, from the sentence of the compute actor for a job that was allowed `bytes_max`.
    pub fn of_preparing(sentence: &str, bytes_max: u64) -> Self {
        let sentence = bounded_sentence(sentence);
        // That actor hands the store's sentence over as it is; only the store knows how many bytes were wanted.
        let wanted_bytes = u64::MAX;
        let full = BlobStoreFull {
            wanted_bytes,
            bytes_max,
        }
        .to_string();
        let is_full = full
            .split_once(&wanted_bytes.to_string())
            .is_some_and(|(before, after)| {
                sentence.starts_with(before) && sentence.ends_with(after)
            });
        if is_full {
            Self::Memory(sentence)
        } else {
            Self::Inputs(sentence)
        }
    }

    /// Whether it is want of memory alone, which other jobs give back when they end.
    pub fn is_memory(&self) -> bool {
        matches!(self, Self::Memory(_) | Self::MemoryForResults { .. })
    }
}

/// The first line of a sentence from elsewhere, bounded.
pub fn bounded_sentence(text: &str) -> String {
    text.lines()
        .next()
        .unwrap_or_default()
        .chars()
        .filter(|character| !character.is_control())
        .take(SENTENCE_CHARS_MAX)
        .collect()
}
