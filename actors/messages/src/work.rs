//! Messages between actors. Each is a plain value; the actors hold `Recipient`s of them, never each other's types.

use std::path::PathBuf;
use std::sync::Arc;

use actix::{Message, Recipient};
use kernel_imaging::{FrameReference, TextRule};
use kernel_labor::{LaborTask, Membership};
use kernel_tasks::{Digest, Task, TaskId};

use crate::blobs::BlobStore;
use crate::cancel::CancelFlag;
use crate::command::{Command, RequestId};
use crate::job::{JobControl, JobId};

/// A command for the actor that it concerns.
#[derive(Message, Clone, Debug)]
#[rtype(result = "()")]
pub struct Ask(pub Command);

/// Compute: decode frames into pixel blocks and keep them in `blobs`. Answered by `FramePrepared`s and one `InputsPrepared`.
#[derive(Message, Clone)]
#[rtype(result = "()")]
pub struct PrepareInputs {
    /// The job.
    pub job: JobId,
    /// In slice order.
    pub frames: Vec<FrameReference>,
    /// Distance between slices from their positions, mm; none where it is unknown, and then no volume is told.
    pub slice_mm: Option<f64>,
    /// Where the encoded blocks go.
    pub blobs: BlobStore,
    /// Raised to stop.
    pub cancelled: CancelFlag,
    /// Who is told.
    pub reply: Recipient<InputsPrepared>,
    /// Who hears of each frame.
    pub progress: Recipient<FramePrepared>,
}

/// One more frame of a job is decoded.
#[derive(Message, Clone, Debug)]
#[rtype(result = "()")]
pub struct FramePrepared {
    /// The job.
    pub job: JobId,
    /// Frames done so far.
    pub prepared: usize,
}

/// The inputs of a job are in its store, or one sentence says why not.
#[derive(Message, Clone, Debug)]
#[rtype(result = "()")]
pub struct InputsPrepared {
    /// The job.
    pub job: JobId,
    /// In slice order.
    pub inputs: Result<Vec<PreparedInput>, String>,
}

/// One pixel block and where it came from.
#[derive(Clone, Debug)]
pub struct PreparedInput {
    /// Content digest of the encoded block.
    pub digest: Digest,
    /// Rows of the block.
    pub rows: usize,
    /// Columns of the block.
    pub columns: usize,
    /// Bytes of the encoded block.
    pub bytes: u64,
    /// Bytes of the stored pixels.
    pub stored_bytes: u64,
    /// The file: stays on this machine, and lets `verify` make the block again.
    pub path: PathBuf,
    /// Frame within the file.
    pub frame: usize,
    /// The distance between slices that went into the block, mm.
    pub slice_mm: Option<f64>,
}

/// Whose work it is; own work goes before a peer's, and screen work before both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// Asked for by this machine's user.
    Own,
    /// Asked for by a paired workstation.
    Peer,
}

/// Compute: execute one task. Always answered by `TaskFinished`, also when the kernel panics.
#[derive(Message, Clone)]
#[rtype(result = "()")]
pub struct ExecuteTask {
    /// The job, as its submitter names it.
    pub job: JobId,
    /// What to compute.
    pub task: Arc<Task>,
    /// Its id, computed once by who sends it.
    pub id: TaskId,
    /// Holds the inputs.
    pub blobs: BlobStore,
    /// Whose work it is.
    pub rank: Rank,
    /// Raised to stop.
    pub cancelled: CancelFlag,
    /// Who is told.
    pub reply: Recipient<TaskFinished>,
}

/// A task's answer, from this machine or from a peer.
#[derive(Message, Clone, Debug)]
#[rtype(result = "()")]
pub struct TaskFinished {
    /// The job.
    pub job: JobId,
    /// The task.
    pub id: TaskId,
    /// Peer id of who computed it; empty for this machine's own compute actor (it knows no peer ids).
    pub peer: String,
    /// Canonical bytes of the output (already checked against the digest that the peer sent), or one sentence.
    pub output: Result<Arc<[u8]>, String>,
}

/// Mesh: who could help now. Answered by `Members`.
#[derive(Message, Clone)]
#[rtype(result = "()")]
pub struct ListMembers {
    /// The job that asks.
    pub job: JobId,
    /// Whether to wait a little for paired nodes that are still being dialled.
    pub patient: bool,
    /// Who is told.
    pub reply: Recipient<Members>,
}

/// This machine, and the paired nodes that are ready.
#[derive(Message, Clone, Debug)]
#[rtype(result = "()")]
pub struct Members {
    /// The job that asked.
    pub job: JobId,
    /// Our own peer id.
    pub me: String,
    /// All, sorted by peer id, our own included; names beside them.
    pub members: Vec<(kernel_labor::Member, String)>,
}

/// Mesh: offer a job to its remote members. Each answers by accepting in silence, or with `MemberRefused`, or is lost (`MemberDown`).
#[derive(Message, Clone)]
#[rtype(result = "()")]
pub struct OfferJob {
    /// The job.
    pub job: JobId,
    /// Epoch 0.
    pub membership: Membership,
    /// What was assigned; every member computes the assignment again and compares.
    pub tasks: Vec<LaborTask>,
    /// Digest of the assignment of epoch 0.
    pub assignment_digest: Digest,
    /// Holds the inputs: the mesh sends what a peer lacks.
    pub blobs: BlobStore,
    /// One of the tasks; the others have its operation and parameters.
    pub example: Option<Arc<Task>>,
    /// Who is told.
    pub finished: Recipient<TaskFinished>,
    /// Who is told of losses.
    pub changed: Recipient<MemberChanged>,
}

/// Mesh: send tasks of an offered job to a member (of epoch 0, or taken over later).
#[derive(Message, Clone)]
#[rtype(result = "()")]
pub struct SendTasks {
    /// The job.
    pub job: JobId,
    /// To whom.
    pub peer: String,
    /// In order of execution.
    pub tasks: Vec<(TaskId, Arc<Task>)>,
}

/// Mesh: a member gave an answer that two others contradict; it is cut, and not asked again until the user says so.
#[derive(Message, Clone, Debug)]
#[rtype(result = "()")]
pub struct Distrust {
    /// Which member.
    pub peer: String,
    /// What it did; a clause that follows its name.
    pub clause: String,
}

/// Mesh: a job is over; peers forget it and its blobs.
#[derive(Message, Clone, Debug)]
#[rtype(result = "()")]
pub struct CloseJob {
    /// The job.
    pub job: JobId,
}

/// A member of a job changed.
#[derive(Message, Clone, Debug)]
#[rtype(result = "()")]
pub struct MemberChanged {
    /// The job.
    pub job: JobId,
    /// Which member.
    pub peer: String,
    /// What happened.
    pub change: MemberChange,
}

/// What happened to a member of a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MemberChange {
    /// Gone: its unfinished tasks are orphans.
    Down,
    /// It will not do the job; one sentence (busy, its assignment digest differs, operation unknown).
    Refused(String),
    /// Nothing of the job leaves for it before the user has said yes.
    Held,
    /// The user has said yes.
    Offered,
}

/// Labor: a job begins. Comes from the engine with everything that it needs.
#[derive(Message, Clone)]
#[rtype(result = "()")]
pub struct StartJob {
    /// The wish.
    pub request: crate::job::JobRequest,
    /// Its name.
    pub job: JobId,
    /// The job of an earlier process that it goes on with.
    pub resumes: Option<JobId>,
}

/// Labor: stop a job.
#[derive(Message, Clone, Debug)]
#[rtype(result = "()")]
pub struct StopJob {
    /// The job.
    pub job: JobId,
}

/// Labor: pause a job, let it go on, or change its priority.
#[derive(Message, Clone, Debug)]
#[rtype(result = "()")]
pub struct ControlJob {
    /// The job.
    pub job: JobId,
    /// What of it.
    pub control: JobControl,
}

/// Labor: hand out the result of one slice as `Event::SliceReady`.
#[derive(Message, Clone, Debug)]
#[rtype(result = "()")]
pub struct ShowSlice {
    /// The job.
    pub job: JobId,
    /// Index into the job's frames.
    pub slice: usize,
}

/// Study: begin or stop a scan.
#[derive(Message, Clone, Debug)]
#[rtype(result = "()")]
pub enum Scan {
    /// Walk and read.
    Start {
        /// Repeated by the events.
        request: RequestId,
        /// Files and folders.
        paths: Vec<PathBuf>,
        /// How text is read where files leave that open.
        text: TextRule,
    },
    /// Stop; what was found stays.
    Cancel(RequestId),
}
