//! A job as the user sees it: the wish, the state of its tasks, the outcome.

use std::path::PathBuf;
use std::sync::Arc;

use kernel_imaging::{ErrorFigures, FrameReference};
use kernel_labor::Priority;
use kernel_tasks::{Determinism, Digest};
use ndarray::Array2;

use crate::command::RequestId;
use crate::timeline::Timeline;

/// Names a job on this machine: 16 hexadecimal digits, new for every run.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct JobId(pub String);

/// The wish to run one operation over frames.
#[derive(Clone, Debug)]
pub struct JobRequest {
    /// Repeated by the events about this job.
    pub request: RequestId,
    /// `OperationSpec::name`.
    pub operation: String,
    /// As typed: name and value. A model is the digest of one in the registry. A matrix parameter is the path of a `.npy` file, or `dct:P` for the
    /// first P rows of the orthonormal cosine basis.
    pub parameters: Vec<(String, String)>,
    /// In display order: one task a frame.
    pub frames: Vec<FrameReference>,
    /// `Series::voxel_mm`'s distance between slices, mm, where it is known.
    pub slice_mm: Option<f64>,
    /// What must hold of the answer's bits.
    pub level: Determinism,
    /// Whether paired workstations may help.
    pub mesh: bool,
    /// Where results and receipts are written; none keeps them in memory for display only.
    pub out: Option<PathBuf>,
}

/// Where a job stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobState {
    /// Frames are decoded into blocks.
    Preparing,
    /// Tasks are being computed.
    Running,
    /// Results are being written.
    Writing,
    /// All results are there.
    Completed,
    /// The user stopped it.
    Cancelled,
    /// It cannot go on; one sentence.
    Failed(String),
}

/// What a user asks of a running job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobControl {
    /// Start nothing new; what runs may end.
    Pause,
    /// Go on.
    Resume,
    /// Take more or less of what several jobs share.
    Prioritise(Priority),
}

/// Where a task stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskState {
    /// Assigned, not yet sent or started.
    Waiting,
    /// With its member.
    Running,
    /// Committed.
    Done,
}

/// One square of the labor array's grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskCell {
    /// Where it stands.
    pub state: TaskState,
    /// Index into `JobSnapshot::members`.
    pub member: u16,
    /// Whether it was taken over from a member that was lost.
    pub reassigned: bool,
}

/// A member of a job and what it has done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberCell {
    /// Peer id; this machine's own one included.
    pub peer: String,
    /// The name shown; "this workstation" for our own.
    pub name: String,
    /// Integer capacity weight.
    pub capacity: u32,
    /// Tasks committed from it.
    pub done: usize,
    /// Whether it was lost during the job.
    pub lost: bool,
    /// How long it may take for its next answer before others are asked too, ms; none while nothing is with it.
    pub deadline_ms: Option<u64>,
}

/// A job as it stands, for the labor array panel.
#[derive(Clone, Debug)]
pub struct JobSnapshot {
    /// Which job.
    pub job: JobId,
    /// Which request asked for it.
    pub request: RequestId,
    /// `OperationSpec::name`.
    pub operation: String,
    /// Where it stands.
    pub state: JobState,
    /// One a slice, in slice order.
    pub tasks: Vec<TaskCell>,
    /// Sorted by peer id.
    pub members: Vec<MemberCell>,
    /// Counts the losses of members.
    pub epoch: u32,
    /// Frames decoded so far, while preparing.
    pub prepared: usize,
    /// Tasks committed.
    pub done: usize,
    /// Whether the user lets it stand still.
    pub paused: bool,
    /// How much it gets of what several jobs share.
    pub priority: Priority,
    /// Tasks that a second member computed too, with the same answer.
    pub spot_checked: usize,
    /// Who had which task when.
    pub timeline: Timeline,
    /// Digest of the assignment of the current epoch.
    pub assignment_digest: Option<Digest>,
    /// Wall time since the request, ms (for display; in no result).
    pub elapsed_ms: u64,
}

/// A job that is over.
#[derive(Clone, Debug)]
pub struct JobOutcome {
    /// The last snapshot.
    pub snapshot: JobSnapshot,
    /// Over all results in `TaskId` order.
    pub output_digest: Digest,
    /// Of epoch 0.
    pub assignment_digest: Digest,
    /// Digest of the membership of epoch 0.
    pub membership_digest: Digest,
    /// Receipts written, in slice order; empty without an output folder.
    pub receipts: Vec<PathBuf>,
    /// Result files written, in slice order.
    pub results: Vec<PathBuf>,
    /// The journal, where one was kept.
    pub journal: Option<PathBuf>,
    /// Tasks taken up from an earlier process, which were not computed again.
    pub taken_up: usize,
    /// Peak resident memory of this program, bytes; 0 where the platform does not say.
    pub peak_memory_bytes: u64,
    /// Largest absolute error over the slices, in modality units, where the operation has one.
    pub max_abs_error: Option<f64>,
    /// Largest relative Frobenius error over the slices, where the operation has one.
    pub max_relative_error: Option<f64>,
    /// Sum of the mask volumes in ml, where the operation makes masks with a known voxel size.
    pub volume_ml: Option<f64>,
    /// Voxels and volume of each label, where the operation makes labels.
    pub labels: Vec<LabelFigure>,
    /// Bytes of the encoded results against the bytes of the stored pixels.
    pub result_bytes: u64,
    /// Bytes of the stored pixels that went in.
    pub input_bytes: u64,
}

/// A job that ended with its process and can go on.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct ResumableJob {
    /// Its name.
    pub job: JobId,
    /// Name of its operation.
    pub operation: String,
    /// How many slices it is for.
    pub slices: usize,
    /// Tasks that are done and kept.
    pub committed: usize,
    /// All its tasks.
    pub tasks: usize,
}

/// One label over all slices of a job.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct LabelFigure {
    /// Its number.
    pub label: u8,
    /// Its name in the model's manifest.
    pub name: String,
    /// Voxels that have it.
    pub voxels: u64,
    /// Their volume, where the voxel size is known.
    pub volume_ml: Option<f64>,
}

/// The result of one slice beside its original, in modality units.
#[derive(Clone, Debug)]
pub struct SliceResult {
    /// Which job.
    pub job: JobId,
    /// Index into the job's frames.
    pub slice: usize,
    /// `[rows, columns]` of the input after the modality LUT.
    pub original: Arc<Array2<f32>>,
    /// `[rows, columns]` of the result; its own shape for a transform.
    pub result: Arc<Array2<f32>>,
    /// `[rows, columns]` in C order, where the result is labels.
    pub labels: Option<Arc<[u8]>>,
    /// Present where both have one shape.
    pub figures: Option<ErrorFigures>,
    /// One line for the panel: rank, bytes, voxels, volume.
    pub summary: String,
}
