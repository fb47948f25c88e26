//! Rules of the labor array: jobs of earlier processes go on, and a schedule is computed again.

use std::sync::Arc;

use actor_messages::{Command, Event, JobId, RequestId};

use super::compute::label;
use crate::job::{JobView, Schedule};
use crate::state::{JOBS_KEPT_MAX, State};

/// Goes on with a job: a run like any other from here on, but without images of its own on screen.
pub(super) fn resume(state: &mut State, job: &JobId) -> Vec<Command> {
    let Some(found) = state
        .interrupted
        .iter()
        .find(|known| known.job == *job)
        .cloned()
    else {
        return Vec::new();
    };
    // Offered once: a second press must not start it twice.
    let left = state.interrupted.iter().filter(|known| known.job != *job);
    state.interrupted = Arc::new(left.cloned().collect());
    let request = state.next_request();
    if state.jobs.len() == JOBS_KEPT_MAX {
        state.jobs.remove(0);
    }
    state.jobs.push(JobView {
        request,
        job: None,
        title: format!("{}, resumed", label(&found.operation)),
        operation: found.operation,
        model: None,
        series: String::new(),
        frames: Arc::default(),
        snapshot: None,
        outcome: None,
        failure: None,
        out: None,
        cancel_wanted: false,
        schedule: Schedule::default(),
        slice_mm: None,
    });
    // The panel shows the run that is compared, if any, and else the newest.
    state.comparison = None;
    vec![Command::ResumeJob {
        request,
        job: found.job,
        out: None,
    }]
}

/// Asks for the schedule that is on screen.
pub(super) fn recompute(state: &mut State, request: RequestId) -> Vec<Command> {
    let Some(job) = state.jobs.iter_mut().find(|job| job.request == request) else {
        return Vec::new();
    };
    let shown = job.snapshot.as_ref().and_then(|snapshot| {
        Some((
            snapshot.job.clone(),
            snapshot.epoch,
            snapshot.assignment_digest?,
        ))
    });
    match shown {
        Some((name, epoch, assignment_digest)) if job.schedule != Schedule::Computing => {
            job.schedule = Schedule::Computing;
            vec![Command::RecomputeSchedule {
                job: name,
                epoch,
                assignment_digest,
            }]
        }
        _ => Vec::new(),
    }
}

/// What the journals tell.
pub(super) fn receive(state: &mut State, event: Event) {
    match event {
        Event::JobsInterrupted(jobs) => state.interrupted = jobs,
        Event::ScheduleRecomputed { job, check } => {
            let asked = state
                .jobs
                .iter_mut()
                .find(|known| known.job.as_ref() == Some(&job));
            if let Some(asked) = asked {
                asked.schedule = Schedule::Checked(check);
            }
        }
        _ => {}
    }
}
