//! A house for the real actor: a small compute actor, a mesh in this process, an inbox, and a home folder.
#![allow(dead_code)]

pub mod compute;
pub mod gate;
pub mod mesh;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix::{Actor, Addr, Arbiter, Recipient, System, SystemRunner};
use actor_labor::storage::{Disk, Storage};
use actor_labor::{LaborActor, LaborOptions, MeshDoors, calibration_path};
use actor_messages::work::{CloseJob, ShowSlice, StartJob, StopJob};
use actor_messages::{
    Determinism, Event, EventInbox, JobId, JobOutcome, JobRequest, JobSnapshot, RequestId,
};
use kernel_imaging::{FrameReference, Instance};

use compute::{Executions, Hold, Workers};
use gate::Gate;
use mesh::{InProcessMesh, PeerScript, Sent};

/// Longest that a test waits for an event before it fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// One machine of the test, with the peers it is given.
pub struct House {
    pub home: tempfile::TempDir,
    pub inbox: Arc<EventInbox>,
    pub labor: Addr<LaborActor>,
    pub workers: Addr<Workers>,
    /// Fills the mailbox of the gate.
    pub gate: Option<Recipient<CloseJob>>,
    /// What this machine's workers were given, in order.
    pub executions: Executions,
    /// What peers were sent, in order.
    pub sent: Sent,
    arbiters: Vec<Arbiter>,
    _system: SystemRunner,
    started: u64,
}

pub struct HouseOptions {
    pub peers: Vec<PeerScript>,
    pub hold: Hold,
    pub storage: Box<dyn Storage>,
    pub local_window: usize,
    pub late_after: Duration,
    /// What was seen of speeds before.
    pub calibration: Option<String>,
    /// Hears of the ends of jobs instead of the mesh.
    pub gate: Option<Gate>,
    pub blob_bytes_max: u64,
}

impl Default for HouseOptions {
    fn default() -> Self {
        Self {
            peers: Vec::new(),
            hold: Hold::Nothing,
            storage: Box::new(Disk),
            local_window: 4,
            late_after: PATIENCE,
            calibration: None,
            gate: None,
            blob_bytes_max: 1 << 30,
        }
    }
}

impl House {
    pub fn open(options: HouseOptions) -> Self {
        let system = System::new();
        let home = tempfile::tempdir().expect("a home folder");
        if let Some(text) = &options.calibration {
            std::fs::write(calibration_path(home.path()), text).expect("a file");
        }
        let inbox = EventInbox::new(Box::new(|| {}));
        let arbiters: Vec<Arbiter> = (0..4).map(|_| Arbiter::new()).collect();
        let (executions, sent) = (Executions::default(), Sent::default());
        let (hold, seen) = (options.hold, Executions::clone(&executions));
        let workers =
            Workers::start_in_arbiter(&arbiters[0].handle(), move |_| Workers::new(hold, seen));
        let gate = options.gate.map(|gate| {
            Gate::start_in_arbiter(&arbiters[3].handle(), move |_| gate).recipient::<CloseJob>()
        });
        let mesh = (!options.peers.is_empty()).then(|| {
            let (peers, free) = (options.peers, workers.clone().recipient());
            let sent = Sent::clone(&sent);
            let mesh = InProcessMesh::start_in_arbiter(&arbiters[1].handle(), move |_| {
                InProcessMesh::new(peers, free, sent)
            });
            MeshDoors {
                list: mesh.clone().recipient(),
                offer: mesh.clone().recipient(),
                send: mesh.clone().recipient(),
                close: gate.clone().unwrap_or_else(|| mesh.clone().recipient()),
                distrust: mesh.recipient(),
            }
        });
        let labor = LaborActor::with_storage(
            LaborOptions {
                prepare: workers.clone().recipient(),
                execute: workers.clone().recipient(),
                mesh,
                inbox: Arc::clone(&inbox),
                home: home.path().to_owned(),
                application: "clisonix test".to_owned(),
                local_window: options.local_window,
                blob_bytes_max: options.blob_bytes_max,
            },
            options.storage,
        )
        .expect("threads")
        .late_after(options.late_after);
        let labor = LaborActor::start_in_arbiter(&arbiters[2].handle(), move |_| labor);
        Self {
            home,
            inbox,
            labor,
            workers,
            gate,
            executions,
            sent,
            arbiters,
            _system: system,
            started: 0,
        }
    }

    /// Starts a job and returns its name.
    pub fn start(&mut self, mut request: JobRequest) -> JobId {
        self.started += 1;
        request.request = RequestId(self.started);
        let job = JobId(format!("{:016x}", self.started));
        self.labor
            .try_send(StartJob {
                request,
                job: job.clone(),
                resumes: None,
            })
            .expect("room in the mailbox");
        job
    }

    pub fn stop(&self, job: &JobId) {
        self.labor
            .try_send(StopJob { job: job.clone() })
            .expect("room in the mailbox");
    }

    pub fn show(&self, job: &JobId, slice: usize) {
        self.labor
            .try_send(ShowSlice {
                job: job.clone(),
                slice,
            })
            .expect("room in the mailbox");
    }

    /// Waits until an event gives an answer; everything seen before it comes along.
    pub fn wait<T>(&self, mut answer: impl FnMut(&Event) -> Option<T>) -> (T, Vec<Event>) {
        let until = Instant::now() + PATIENCE;
        let (mut found, mut seen) = (None, Vec::new());
        while found.is_none() {
            assert!(Instant::now() < until, "no answer; seen: {seen:#?}");
            for event in self.inbox.drain_within(Duration::from_millis(200)) {
                found = found.or_else(|| answer(&event));
                seen.push(event);
            }
        }
        (found.expect("the loop ended"), seen)
    }

    /// Waits for the end of a job: its outcome, or the sentence.
    pub fn end(&self, job: &JobId) -> (Result<Arc<JobOutcome>, String>, Vec<Event>) {
        self.wait(|event| match event {
            Event::JobFinished(outcome) if outcome.snapshot.job == *job => {
                Some(Ok(Arc::clone(outcome)))
            }
            Event::JobFailed {
                job: Some(failed),
                reason,
                ..
            } if failed == job => Some(Err(reason.clone())),
            _ => None,
        })
    }

    /// Runs a job that must succeed.
    pub fn run(&mut self, request: JobRequest) -> (Arc<JobOutcome>, Vec<Event>) {
        let job = self.start(request);
        let (outcome, seen) = self.end(&job);
        (outcome.expect("the job succeeds"), seen)
    }

    /// Runs a job that must fail, and gives its sentence.
    pub fn refused(&mut self, request: JobRequest) -> String {
        let job = self.start(request);
        let sentence = self.end(&job).0.expect_err("the job fails");
        assert!(
            !sentence.is_empty() && !sentence.ends_with('.') && !sentence.contains('\n'),
            "{sentence}"
        );
        sentence
    }

    /// Waits for the next snapshot that fulfils a wish.
    pub fn snapshot(&self, wish: impl Fn(&JobSnapshot) -> bool) -> Arc<JobSnapshot> {
        self.wait(|event| match event {
            Event::JobChanged(snapshot) if wish(snapshot) => Some(Arc::clone(snapshot)),
            _ => None,
        })
        .0
    }

    /// Ends the actors and waits for their threads, so that every file is closed.
    pub fn close(self) -> tempfile::TempDir {
        let Self {
            home,
            labor,
            workers,
            arbiters,
            ..
        } = self;
        drop((labor, workers));
        for arbiter in arbiters {
            arbiter.stop();
            arbiter.join().expect("no actor panicked");
        }
        home
    }
}

/// A request over `slices` frames of 48 x 40; frame numbers are what the pixels are made of.
pub fn request(operation: &str, parameters: &[(&str, &str)], slices: usize) -> JobRequest {
    request_of(operation, parameters, &(0..slices).collect::<Vec<_>>())
}

pub fn request_of(operation: &str, parameters: &[(&str, &str)], frames: &[usize]) -> JobRequest {
    let instance = Arc::new(Instance {
        path: PathBuf::from("/patients/ROE^JANE/scan.dcm"),
        rows: compute::ROWS,
        columns: compute::COLUMNS,
        ..Instance::default()
    });
    JobRequest {
        request: RequestId(0),
        operation: operation.to_owned(),
        parameters: parameters
            .iter()
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
            .collect(),
        frames: frames
            .iter()
            .map(|frame| FrameReference {
                instance: Arc::clone(&instance),
                frame: *frame,
            })
            .collect(),
        slice_mm: Some(2.5),
        level: Determinism::Strict,
        mesh: true,
        out: None,
    }
}

/// The sentences of all notices.
pub fn notices(events: &[Event]) -> Vec<String> {
    let text = |event: &Event| match event {
        Event::Notice(notice) => Some(notice.text.clone()),
        _ => None,
    };
    events.iter().filter_map(text).collect()
}

/// Names of the files in a folder, sorted; none where there is no folder.
pub fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut names: Vec<String> = entries
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    names.sort();
    names
}
