//! A job between its wish and its end.

use std::sync::Arc;
use std::time::Instant;

use actor_messages::work::{PreparedInput, StartJob};
use actor_messages::{BlobStore, CancelFlag, JobId, JobRequest, JobSnapshot, JobState, TaskState};

use crate::files::LoadedMatrix;
use crate::matrix::MatrixSource;
use crate::request::{CheckedJob, CheckedRequest};
use crate::resumption::{Earlier, Wish};
use crate::run::Run;

/// What a job waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Its turn.
    Turn,
    /// The files thread: a look at the output folder, and matrix parameters.
    Matrices,
    /// Room in the mailbox of the compute actor.
    Room,
    /// Blocks.
    Inputs,
    /// The mesh to name the members.
    Members,
    /// Tasks.
    Tasks,
    /// The files thread: first the rest of the journal, then the results.
    Results,
    /// The files thread: the rest of the journal; then it is forgotten.
    Close,
}

/// Where the journal of a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JournalState {
    /// There is none, or it was given up.
    Absent,
    /// The files thread works on it.
    Busy,
    /// Everything asked is on the disk.
    Idle,
}

/// A job and all that belongs to it.
pub struct ActiveJob {
    /// Its name.
    pub id: JobId,
    /// The wish.
    pub request: JobRequest,
    /// The job that it goes on with.
    pub resumes: Option<JobId>,
    /// What that one committed, until the run takes it up.
    pub earlier: Earlier,
    /// How many tasks were taken up.
    pub taken_up: usize,
    /// The wish, checked.
    pub checked: CheckedRequest,
    /// What it waits for.
    pub phase: Phase,
    /// What the user sees.
    pub state: JobState,
    /// Whether something changed since the last snapshot.
    pub dirty: bool,
    /// Stops preparing and computing.
    pub stop: CancelFlag,
    /// Stops the writing of results.
    pub stop_writing: CancelFlag,
    /// Blocks and matrices.
    pub blobs: BlobStore,
    /// Bytes that it may hold: what other jobs left when its turn came.
    pub allowed_bytes: u64,
    /// Bytes kept for its inputs and results, once the inputs are known.
    pub kept_bytes: u64,
    /// It was put back since this many bytes were not enough.
    pub short_bytes: Option<u64>,
    /// Frames decoded so far.
    pub prepared: usize,
    /// Once loaded.
    pub matrices: Vec<LoadedMatrix>,
    /// Once prepared.
    pub inputs: Vec<PreparedInput>,
    /// Until the run takes it.
    pub ready: Option<CheckedJob>,
    /// Once tasks are assigned.
    pub run: Option<Run>,
    /// Its journal.
    pub journal: JournalState,
    /// Whether the journal is a file.
    pub journal_begun: bool,
    /// Over all results, once every task is committed.
    pub output_digest: Option<kernel_tasks::Digest>,
    /// Whether the results were asked of the files thread.
    pub results_asked: bool,
    started: Instant,
}

impl ActiveJob {
    /// An admitted job that waits for its turn.
    pub fn new(start: StartJob, checked: CheckedRequest) -> Self {
        Self {
            id: start.job,
            request: start.request,
            resumes: start.resumes,
            earlier: Earlier::new(),
            taken_up: 0,
            checked,
            phase: Phase::Turn,
            state: JobState::Preparing,
            dirty: false,
            stop: CancelFlag::new(),
            stop_writing: CancelFlag::new(),
            blobs: BlobStore::new(0),
            allowed_bytes: 0,
            kept_bytes: 0,
            short_bytes: None,
            prepared: 0,
            matrices: Vec::new(),
            inputs: Vec::new(),
            ready: None,
            run: None,
            journal: JournalState::Absent,
            journal_begun: false,
            output_digest: None,
            results_asked: false,
            started: Instant::now(),
        }
    }

    /// Whether it uses the machine to prepare its inputs: one job at a time does.
    pub fn is_preparing(&self) -> bool {
        matches!(self.phase, Phase::Matrices | Phase::Room | Phase::Inputs)
    }

    /// Whether it has begun.
    pub fn has_begun(&self) -> bool {
        self.phase != Phase::Turn
    }

    /// Bytes of memory that it has, or that are kept for it.
    pub fn held_bytes(&self) -> u64 {
        self.blobs.bytes().max(self.kept_bytes)
    }

    /// Puts it back to its admission: it gives up all memory and waits until there is more.
    pub fn put_back(&mut self) {
        self.phase = Phase::Turn;
        self.short_bytes = Some(self.allowed_bytes);
        self.blobs = BlobStore::new(0);
        (self.allowed_bytes, self.kept_bytes, self.prepared) = (0, 0, 0);
        self.matrices.clear();
        self.earlier.clear();
        self.inputs.clear();
        self.ready = None;
        self.dirty = true;
    }

    /// What is kept of the wish, so that the job can go on after a crash.
    pub fn wish(&self) -> Wish {
        let matrices = &self.checked.matrices;
        let from_root = |(name, typed): &(String, String)| {
            let source = matrices.iter().find(|(other, _)| other == name);
            let value = match source {
                // A path that is no Unicode text cannot have been typed.
                Some((_, MatrixSource::File(path))) => std::path::absolute(path)
                    .ok()
                    .and_then(|path| path.to_str().map(str::to_owned))
                    .unwrap_or_else(|| typed.clone()),
                _ => typed.clone(),
            };
            (name.clone(), value)
        };
        Wish::of(
            &self.request,
            self.request.parameters.iter().map(from_root).collect(),
        )
    }

    /// Whether a picture of it may show who the patient is.
    pub fn has_burned_in_text(&self) -> bool {
        self.request
            .frames
            .iter()
            .any(|frame| frame.instance.burned_in)
    }

    /// Names of the labels of its model, from 0 on; none for an operation without one.
    pub fn label_names(&self) -> Vec<String> {
        let models = self
            .matrices
            .iter()
            .filter_map(|loaded| loaded.model.as_ref());
        models
            .flat_map(|model| &model.manifest.output.labels)
            .map(|label| label.name.clone())
            .collect()
    }

    /// Bytes of the stored pixels that went in.
    pub fn stored_bytes(&self) -> u64 {
        self.inputs.iter().map(|input| input.stored_bytes).sum()
    }

    /// The job as it is now.
    pub fn snapshot(&self) -> JobSnapshot {
        let (tasks, members) = self.run.as_ref().map(Run::cells).unwrap_or_default();
        let epochs = self.run.as_ref().map(Run::epochs);
        JobSnapshot {
            job: self.id.clone(),
            request: self.request.request,
            operation: self.request.operation.clone(),
            state: self.state.clone(),
            done: tasks
                .iter()
                .filter(|cell| cell.state == TaskState::Done)
                .count(),
            tasks,
            members,
            epoch: epochs.map_or(0, |(_, last)| last.number),
            prepared: self.prepared,
            paused: self.run.as_ref().is_some_and(Run::is_paused),
            priority: self.run.as_ref().map(Run::priority).unwrap_or_default(),
            spot_checked: self.run.as_ref().map_or(0, Run::spot_checked),
            timeline: self.run.as_ref().map(Run::timeline).unwrap_or_default(),
            assignment_digest: epochs.map(|(_, last)| last.assignment_digest.into()),
            elapsed_ms: u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX),
        }
    }

    /// What is needed to show its slices; `None` before anything was computed.
    pub fn shown(&self) -> Option<crate::shown::ShownJob> {
        let run = self.run.as_ref()?;
        let outputs = run.outputs();
        (!outputs.is_empty()).then(|| crate::shown::ShownJob {
            job: self.id.clone(),
            slices: Arc::clone(run.slices()),
            outputs,
            blobs: self.blobs.clone(),
        })
    }
}
