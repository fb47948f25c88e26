//! Runs one job on an engine and waits for its end: used by `run` and `demo`.

use std::time::Duration;

use actor_engine::Engine;
use actor_messages::{
    CancelFlag, Command, Event, JobOutcome, JobRequest, JobSnapshot, JobState, RequestId,
    SliceResult,
};
use std::sync::Arc;

use super::failure::Failure;
use super::leaving::Leaving;
use super::session::Session;

/// How often Ctrl-C is looked for.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// Progress is said this many times.
const PROGRESS_LINES: usize = 10;
/// How long the result of a finished slice may take to come.
const SLICE_WITHIN: Duration = Duration::from_secs(30);

/// Runs the job; says progress and notices, stops it when `interrupted` is raised.
pub fn run(
    session: &Session,
    engine: &Engine,
    request: JobRequest,
    leaving: &mut Leaving,
    interrupted: &CancelFlag,
) -> Result<Arc<JobOutcome>, Failure> {
    let (id, total) = (request.request, request.frames.len());
    follow(
        session,
        engine,
        Command::RunJob(request),
        id,
        total,
        leaving,
        interrupted,
    )
}

/// Sends the command that begins a job over `total` slices, and waits for the end of the job.
pub fn follow(
    session: &Session,
    engine: &Engine,
    begin: Command,
    id: RequestId,
    total: usize,
    leaving: &mut Leaving,
    interrupted: &CancelFlag,
) -> Result<Arc<JobOutcome>, Failure> {
    engine.send(begin).map_err(Failure::failed)?;
    let mut progress = Progress::default();
    let mut last: Option<Arc<JobSnapshot>> = None;
    let mut stopping = false;
    loop {
        for event in engine.inbox().drain_within(LOOK_EVERY) {
            match event {
                Event::JobChanged(snapshot) if snapshot.request == id => {
                    progress.say(session, &snapshot, total);
                    if matches!(snapshot.state, JobState::Cancelled) {
                        return Err(stopped(&snapshot, total));
                    }
                    last = Some(snapshot);
                }
                Event::JobFinished(outcome) if outcome.snapshot.request == id => {
                    return Ok(outcome);
                }
                Event::JobFailed {
                    request, reason, ..
                } if request == id => {
                    return Err(Failure::failed(reason));
                }
                Event::Mesh(mesh) => {
                    for manifest in &mesh.leaving {
                        leaving.decide(session, engine, manifest)?;
                    }
                }
                Event::Notice(notice) => session.notice(&notice),
                _ => (),
            }
        }
        if !engine.is_running() {
            return Err(Failure::failed(
                "The engine has stopped; clisonix jobs lists the job, and clisonix jobs resume goes on with it",
            ));
        }
        if let Some(snapshot) = &last
            && interrupted.is_cancelled()
            && !stopping
        {
            session.note("Stopping the job; press Ctrl-C again to end at once");
            engine
                .send(Command::CancelJob(snapshot.job.clone()))
                .map_err(Failure::failed)?;
            stopping = true;
        }
    }
}

fn stopped(snapshot: &JobSnapshot, total: usize) -> Failure {
    Failure::failed(format!(
        "The job {} was stopped with {} of {total} results done",
        snapshot.job.0, snapshot.done
    ))
}

/// The result of one slice of a finished job, beside its original.
pub fn slice(
    session: &Session,
    engine: &Engine,
    outcome: &JobOutcome,
    slice: usize,
) -> Result<Arc<SliceResult>, Failure> {
    let job = outcome.snapshot.job.clone();
    engine
        .send(Command::ShowResult { job, slice })
        .map_err(Failure::failed)?;
    let mut waited = Duration::ZERO;
    while waited < SLICE_WITHIN {
        for event in engine.inbox().drain_within(LOOK_EVERY) {
            match event {
                Event::SliceReady(result)
                    if result.job == outcome.snapshot.job && result.slice == slice =>
                {
                    return Ok(result);
                }
                Event::Notice(notice) => session.notice(&notice),
                _ => (),
            }
        }
        waited += LOOK_EVERY;
    }
    Err(Failure::failed(format!(
        "The result of slice {} did not come",
        slice + 1
    )))
}

#[derive(Default)]
struct Progress {
    prepared: usize,
    done: usize,
    epoch: u32,
}

impl Progress {
    fn say(&mut self, session: &Session, snapshot: &JobSnapshot, total: usize) {
        let step = total.div_ceil(PROGRESS_LINES).max(1);
        if snapshot.epoch > self.epoch {
            self.epoch = snapshot.epoch;
            session.note("A member was lost; its unfinished work goes to the others");
        }
        if snapshot.state == JobState::Preparing && snapshot.prepared >= self.prepared + step {
            self.prepared = snapshot.prepared;
            session.note(format_args!("Read {} of {total} slices", snapshot.prepared));
        }
        if snapshot.state == JobState::Running && snapshot.done >= self.done + step {
            self.done = snapshot.done;
            session.note(format_args!("Computed {} of {total} slices", snapshot.done));
        }
    }
}
