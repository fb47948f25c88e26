//! Rules of the engine's news: what is new replaces what is old, and what is stale is dropped.

use std::collections::BTreeSet;
use std::sync::Arc;

use actor_messages::{Command, Event, JobSnapshot, JobState, RequestId};
use kernel_imaging::{Notice, Series, Severity, Study};

use crate::fusion;
use crate::hanging;
use crate::masks;
use crate::planes;
use crate::saving;
use crate::session;
use crate::stack::{Shown, Stack};
use crate::state::{Side, State, THUMBNAILS_KEPT_MAX};
use crate::update::{array, compute, frames, models, objects, open_side, viewing};

/// What an event does to the state, and what the engine is asked for in turn.
pub fn receive(state: &mut State, event: Event) -> Vec<Command> {
    match event {
        Event::ScanProgress {
            request,
            files_seen,
            files_read,
        } => {
            if let Some(scan) = state
                .scans
                .iter_mut()
                .find(|scan| scan.request == Some(request))
            {
                scan.files_seen = files_seen;
                scan.files_read = files_read;
            }
            Vec::new()
        }
        Event::Studies {
            request,
            studies,
            notices,
            finished,
            cancelled,
        } => studies_arrived(state, request, studies, notices, finished, cancelled),
        Event::FrameReady {
            viewport,
            generation,
            reference,
            frame,
        } => frames::ready(state, (viewport, generation), reference, frame),
        Event::FrameFailed {
            viewport,
            generation,
            reason,
        } => frames::failed(state, (viewport, generation), reason),
        Event::ThumbnailReady { series_key, image } => {
            if state.thumbnails.len() < THUMBNAILS_KEPT_MAX {
                state.thumbnails.insert(series_key, image);
            }
            Vec::new()
        }
        Event::ObjectRead { path, read } => objects::arrived(state, path, read),
        Event::TagsRead { path, rows } => objects::tags_read(state, path, rows),
        Event::LayersReady {
            viewport,
            generation,
            layers,
        } => {
            if viewport == state.view.id && generation == state.view.generation {
                objects::layers_ready(state, layers);
            }
            Vec::new()
        }
        Event::VolumeProgress { .. } | Event::VolumeReady { .. } | Event::VolumeFailed { .. } => {
            let mut commands = planes::receive(state, event.clone());
            commands.extend(fusion::receive(state, event));
            commands
        }
        Event::JobChanged(snapshot) => job_changed(state, &snapshot),
        Event::JobFinished(outcome) => {
            let request = outcome.snapshot.request;
            if let Some(job) = state.jobs.iter_mut().find(|job| job.request == request) {
                job.job = Some(outcome.snapshot.job.clone());
                job.snapshot = Some(Arc::new(outcome.snapshot.clone()));
                job.outcome = Some(outcome);
            }
            if let Some(comparison) = state.comparison.as_mut().filter(|it| it.request == request) {
                comparison.asked = None;
            }
            compute::follow(state)
        }
        Event::JobFailed {
            request,
            job,
            reason,
        } => {
            if let Some(failed) = state.jobs.iter_mut().find(|known| known.request == request) {
                failed.job = job.or(failed.job.take());
                failed.failure = Some(reason.clone());
                let label = compute::label(&failed.operation);
                state.say(Severity::Error, format!("{label} stopped: {reason}"));
            }
            Vec::new()
        }
        Event::JobsInterrupted(_) | Event::ScheduleRecomputed { .. } => {
            array::receive(state, event);
            Vec::new()
        }
        Event::SliceReady(result) => {
            let name = state.compared_job().and_then(|job| job.job.clone());
            if let Some(comparison) = &mut state.comparison
                && name.as_ref() == Some(&result.job)
                && comparison.slice == Some(result.slice)
            {
                comparison.result = Some(result);
            }
            Vec::new()
        }
        Event::SelfTested(report) => crate::self_test::tried(state, report),
        Event::MaskProgress {
            request,
            done,
            total,
        } => {
            masks::progressed(state, request, done, total);
            Vec::new()
        }
        Event::MaskMade(made) => {
            masks::arrived(state, &made);
            Vec::new()
        }
        Event::MasksImported { request, masks } => {
            masks::imported(state, request, masks);
            Vec::new()
        }
        Event::SaveProgress {
            request,
            done,
            total,
        } => {
            saving::progressed(state, request, done, total);
            Vec::new()
        }
        Event::Saved { request, saved } => {
            saving::saved(state, request, saved);
            Vec::new()
        }
        Event::Models(_)
        | Event::LiveReady(_)
        | Event::LiveLate(_)
        | Event::LiveFailed { .. }
        | Event::CanaryTold(_)
        | Event::ModelSwitched { .. } => models::receive(state, event),
        Event::Mesh(snapshot) => {
            let known = state.mesh.iter().map(|mesh| mesh.leaving.len()).sum();
            if snapshot.leaving.len() > known {
                let text = "A run waits for a yes before it leaves: see Compute";
                state.say(Severity::Warning, text);
                // The question stands where the run was begun, for as long as it goes on here.
                open_side(state, Side::Compute);
            }
            state.mesh = Some(snapshot);
            Vec::new()
        }
        Event::Meter(meter) => {
            state.meter = meter;
            Vec::new()
        }
        Event::Notice(notice) => {
            state.notify(notice);
            Vec::new()
        }
    }
}

fn studies_arrived(
    state: &mut State,
    request: RequestId,
    studies: Arc<Vec<Study>>,
    notices: Arc<Vec<Notice>>,
    finished: bool,
    cancelled: bool,
) -> Vec<Command> {
    let Some(scan) = state
        .scans
        .iter_mut()
        .find(|scan| scan.request == Some(request))
    else {
        return Vec::new();
    };
    // The newest scan takes the screen; an older one that goes on in the background does not.
    let had_something = scan.studies.iter().any(|study| !study.series.is_empty());
    let counted = |notices: &[Notice]| {
        notices
            .iter()
            .filter(|notice| notice.severity > Severity::Info)
            .count()
    };
    let fresh_notices = counted(&notices).saturating_sub(counted(&scan.notices));
    scan.studies = studies;
    scan.notices = notices;
    scan.finished = finished;
    scan.cancelled = cancelled;
    let empty = finished && !cancelled && scan.studies.is_empty();
    let bad_files = scan.notices.len();
    if !state.panels.notices {
        state.notices_unread += fresh_notices;
    }
    if empty {
        let words = match bad_files {
            0 => "No DICOM images were found there".to_owned(),
            _ => format!("No DICOM images were found there; {bad_files} files could not be read"),
        };
        state.say(Severity::Warning, words);
    }
    let mut commands = thumbnails(state);
    commands.extend(if had_something {
        regrow(state, request)
    } else {
        show_first(state, request)
    });
    if finished && session::is_restoring(state) {
        commands.extend(session::follow(state));
    } else if finished {
        commands.extend(hanging::follow(state, request));
    }
    commands
}

/// The first series of a scan that has just found something.
fn show_first(state: &mut State, request: RequestId) -> Vec<Command> {
    let shown = |series: &Series| !series.frames.is_empty();
    let of_scan = || {
        let all = state
            .series()
            .filter(|(scan, _, series)| *scan == Some(request) && shown(series));
        all.map(|(_, _, series)| series)
    };
    // A segmentation is looked at over its images, so they come first.
    let first = of_scan()
        .find(|series| series.modality != "SEG")
        .or_else(|| of_scan().next())
        .map(|series| series.key.clone());
    first.map_or_else(Vec::new, |key| {
        viewing::show_series(state, Some(request), &key)
    })
}

/// The series on screen may have grown: it keeps its image, at its new place.
fn regrow(state: &mut State, request: RequestId) -> Vec<Command> {
    if state.planes.is_open() {
        // Planes stay on the volume that they were opened on.
        return Vec::new();
    }
    let Some(old) = state
        .view
        .stack
        .as_ref()
        .filter(|stack| stack.scan == Some(request))
    else {
        return Vec::new();
    };
    let grown = state
        .series()
        .find(|(scan, _, series)| *scan == Some(request) && series.key == old.key)
        .and_then(|(scan, _, series)| Stack::new(scan, series));
    let wanted = state.view.wanted().cloned();
    let Some(grown) = grown else {
        return show_first(state, request);
    };
    match wanted.and_then(|frame| grown.position(&frame)) {
        Some(index) => {
            let moved = |shown: &mut Shown| {
                if let Some(index) = grown.position(&shown.reference) {
                    shown.index = index;
                }
            };
            state.view.shown.iter_mut().for_each(moved);
            state.view.index = index;
            state.view.stack = Some(grown);
            compute::follow(state)
        }
        None => {
            let key = grown.key.clone();
            viewing::show_series(state, Some(request), &key)
        }
    }
}

/// Asks for the small pictures that are missing, each once.
fn thumbnails(state: &mut State) -> Vec<Command> {
    let mut asked: BTreeSet<String> = std::mem::take(&mut state.thumbnails_asked);
    let mut commands = Vec::new();
    for (_, _, series) in state.series() {
        let Some(frame) = series.middle().cloned() else {
            continue;
        };
        if asked.len() < THUMBNAILS_KEPT_MAX && asked.insert(series.key.clone()) {
            commands.push(Command::Thumbnail {
                series_key: series.key.clone(),
                frame,
            });
        }
    }
    state.thumbnails_asked = asked;
    commands
}

fn job_changed(state: &mut State, snapshot: &Arc<JobSnapshot>) -> Vec<Command> {
    let mut commands = Vec::new();
    if let Some(job) = state
        .jobs
        .iter_mut()
        .find(|job| job.request == snapshot.request)
    {
        job.job = Some(snapshot.job.clone());
        job.snapshot = Some(snapshot.clone());
        if std::mem::take(&mut job.cancel_wanted) {
            commands.push(Command::CancelJob(snapshot.job.clone()));
        }
        if let JobState::Failed(reason) = &snapshot.state {
            job.failure.get_or_insert_with(|| reason.clone());
        }
    }
    commands.extend(compute::follow(state));
    commands
}
