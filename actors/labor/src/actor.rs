//! The actor: what it holds, and how it starts.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use actix::{Actor, AsyncContext, Context, Recipient, SpawnHandle};
use actor_messages::work::{
    CloseJob, Distrust, ExecuteTask, ListMembers, OfferJob, PrepareInputs, SendTasks,
};
use actor_messages::{Event, EventInbox, JobId, JobState};
use kernel_imaging::{Notice, Severity};

use crate::active::ActiveJob;
use crate::calibration::Calibration;
use crate::display::Display;
use crate::error::LaborActorError;
use crate::files::Files;
use crate::limits::{LATE_AFTER, MAILBOX_CAPACITY, SHOWN_BYTES_MAX, SNAPSHOT_INTERVAL};
use crate::shown::ShownJobs;
use crate::storage::{Disk, Storage};

/// The ways to the mesh.
#[derive(Clone)]
pub struct MeshDoors {
    /// Who could help.
    pub list: Recipient<ListMembers>,
    /// Offer a job.
    pub offer: Recipient<OfferJob>,
    /// Send tasks.
    pub send: Recipient<SendTasks>,
    /// A job is over.
    pub close: Recipient<CloseJob>,
    /// A member was proven wrong.
    pub distrust: Recipient<Distrust>,
}

/// What the actor is given by the engine.
pub struct LaborOptions {
    /// Compute: frames into blocks.
    pub prepare: Recipient<PrepareInputs>,
    /// Compute: tasks.
    pub execute: Recipient<ExecuteTask>,
    /// The mesh; without it every job runs on this machine.
    pub mesh: Option<MeshDoors>,
    /// Where events go.
    pub inbox: Arc<EventInbox>,
    /// Holds `journals/`, `sources/` and `blobs/`.
    pub home: PathBuf,
    /// The program and its version, for receipts and journals.
    pub application: String,
    /// Tasks in flight on this machine: twice the workers keeps every worker busy while answers travel.
    pub local_window: usize,
    /// Bytes that the inputs and results of all running jobs may need.
    pub blob_bytes_max: u64,
}

/// Drives jobs from the wish to the written results.
pub struct LaborActor {
    pub(crate) options: LaborOptions,
    pub(crate) files: Files,
    pub(crate) display: Display,
    pub(crate) jobs: BTreeMap<JobId, ActiveJob>,
    /// Admitted and not begun, in order.
    pub(crate) waiting: VecDeque<JobId>,
    pub(crate) shown: ShownJobs,
    /// Jobs that are over and whose end the mesh had no room to hear of.
    pub(crate) unclosed: BTreeSet<JobId>,
    pub(crate) late_after: Duration,
    pub(crate) calibration: Calibration,
    ticker: Option<SpawnHandle>,
}

impl LaborActor {
    /// An actor that writes to the disk; starts its two threads.
    pub fn new(options: LaborOptions) -> Result<Self, LaborActorError> {
        Self::with_storage(options, Box::new(Disk))
    }

    /// An actor that writes through `storage`.
    pub fn with_storage(
        options: LaborOptions,
        storage: Box<dyn Storage>,
    ) -> Result<Self, LaborActorError> {
        let calibration = Calibration::read(&options.home).unwrap_or_else(|text| {
            options
                .inbox
                .push(Event::Notice(Notice::new(Severity::Info, text)));
            Calibration::default()
        });
        Ok(Self {
            calibration,
            files: Files::start(options.home.clone(), storage)?,
            display: Display::start(Arc::clone(&options.inbox))?,
            jobs: BTreeMap::new(),
            waiting: VecDeque::new(),
            shown: ShownJobs::new(SHOWN_BYTES_MAX),
            unclosed: BTreeSet::new(),
            late_after: LATE_AFTER,
            ticker: None,
            options,
        })
    }

    /// Another patience with silent peers of unknown speed than [`LATE_AFTER`].
    pub fn late_after(self, late_after: Duration) -> Self {
        Self { late_after, ..self }
    }

    /// Tells the user something.
    pub(crate) fn notice(&self, severity: Severity, text: impl Into<String>) {
        self.options.inbox.push(Event::Notice(Notice {
            severity,
            text: text.into(),
            path: None,
        }));
    }

    /// Shows a job as it is now.
    pub(crate) fn push_snapshot(&mut self, id: &JobId) {
        if let Some(job) = self.jobs.get_mut(id) {
            job.dirty = false;
            self.options
                .inbox
                .push(Event::JobChanged(Arc::new(job.snapshot())));
        }
    }

    /// Sets the state and shows it.
    pub(crate) fn enter(&mut self, id: &JobId, state: JobState) {
        if let Some(job) = self.jobs.get_mut(id) {
            job.state = state;
        }
        self.push_snapshot(id);
    }

    /// Runs the clock of the snapshots while there is a job.
    pub(crate) fn wind_clock(&mut self, context: &mut Context<Self>) {
        if self.ticker.is_none() && !self.jobs.is_empty() {
            self.ticker = Some(context.run_interval(SNAPSHOT_INTERVAL, Self::tick));
        }
    }

    fn tick(&mut self, context: &mut Context<Self>) {
        let jobs: Vec<JobId> = self.jobs.keys().cloned().collect();
        let computes = self.options.prepare.connected() && self.options.execute.connected();
        self.share_window();
        for id in &jobs {
            if !computes {
                self.lose_compute(id, context);
            }
            if !self.files.is_alive() {
                self.lose_files(id, context);
            }
            // What a full mailbox or queue refused before is tried again.
            self.prepare(id, context);
            self.take_late(id, context);
            self.dispatch(id, context);
            self.advance_files(id, context);
            if self.jobs.get(id).is_some_and(|job| job.dirty) {
                self.push_snapshot(id);
            }
        }
        self.begin_next(context);
        self.close_the_unclosed();
        if self.jobs.is_empty()
            && self.unclosed.is_empty()
            && let Some(ticker) = self.ticker.take()
        {
            context.cancel_future(ticker);
        }
    }
}

impl Actor for LaborActor {
    type Context = Context<Self>;

    fn started(&mut self, context: &mut Self::Context) {
        context.set_mailbox_capacity(MAILBOX_CAPACITY);
    }

    fn stopped(&mut self, _: &mut Self::Context) {
        for job in self.jobs.values() {
            job.stop.cancel();
            job.stop_writing.cancel();
        }
    }
}
