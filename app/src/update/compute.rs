//! Rules of computing: what a job is made of, how its result follows the image on screen.

use std::path::PathBuf;

use actor_messages::{
    Command, Determinism, Digest, JobControl, JobId, JobRequest, RequestId, TaskState, operation,
};
use kernel_imaging::Severity;

use super::array;
use crate::action::Action;
use crate::job::{Comparison, JobView, Schedule, Scope};
use crate::state::{JOBS_KEPT_MAX, Side, State};
use crate::viewport::swipe::WHOLE;

/// What the one key for compression keeps.
const COMPRESS_K: &str = "32";

pub(super) fn update(state: &mut State, action: Action) -> Vec<Command> {
    match action {
        Action::ChooseOperation(name) => state.form.operation = name,
        Action::SetParameter(operation, name, value) => {
            state.form.values.insert((operation, name), value);
        }
        Action::SetScope(scope) => state.form.scope = scope,
        Action::SetJobMesh(mesh) => state.form.mesh = mesh,
        Action::SetKeep(keep) => state.form.keep = keep,
        Action::Run => return run(state),
        Action::CompressSeries => return compress(state),
        Action::CancelJob(request) => return cancel(state, request),
        Action::ControlJob(request, control) => return self::control(state, request, control),
        Action::ResumeJob(job) => return array::resume(state, &job),
        Action::RecomputeSchedule(request) => return array::recompute(state, request),
        Action::Compare(request) => return compare(state, request),
        Action::ToggleComparison => return toggle(state),
        Action::ToggleSwipe => return toggle_swipe(state),
        Action::Swipe(part) => {
            if let Some(swipe) = state.comparison.as_mut().and_then(|it| it.swipe.as_mut()) {
                *swipe = part.min(WHOLE);
            }
        }
        _ => {}
    }
    Vec::new()
}

/// Original and result in one place, or side by side; opens the comparison where it is closed.
fn toggle_swipe(state: &mut State) -> Vec<Command> {
    let open = |state: &State| state.comparison.as_ref().is_some_and(|it| it.visible);
    let (was_open, mut commands) = (open(state), Vec::new());
    if !was_open {
        commands = toggle(state);
    }
    if let Some(comparison) = state.comparison.as_mut().filter(|it| it.visible) {
        comparison.swipe = match (was_open, comparison.swipe) {
            (true, Some(_)) => None,
            (_, kept) => kept.or(Some(WHOLE / 2)),
        };
    }
    commands
}

/// k = 32 over the series, whatever the form says elsewhere; the form shows what was run.
fn compress(state: &mut State) -> Vec<Command> {
    "svd-compress".clone_into(&mut state.form.operation);
    let parameter = ("svd-compress".to_owned(), "k".to_owned());
    state.form.values.insert(parameter, COMPRESS_K.to_owned());
    state.form.scope = Scope::Series;
    state.panels.side = Side::Compute;
    run(state)
}

pub(super) fn run(state: &mut State) -> Vec<Command> {
    let Some(stack) = state.view.stack.clone() else {
        state.say(
            Severity::Info,
            "Open a study first, then there is something to compute on",
        );
        return Vec::new();
    };
    let image = state
        .view
        .wanted()
        .map(|frame| [frame.instance.columns, frame.instance.rows]);
    if let Some(problem) = state.form.problems(image).into_values().next() {
        state.say(Severity::Error, problem);
        state.panels.side_open = true;
        return Vec::new();
    }
    let Some(spec) = state.form.spec() else {
        return Vec::new();
    };
    let frames = match state.form.scope {
        Scope::Series => stack.frames.clone(),
        Scope::Slice => state.view.wanted().cloned().into_iter().collect(),
    };
    let request = state.next_request();
    let parameters = state.form.parameters();
    let words: Vec<String> = parameters
        .iter()
        .map(|(name, value)| {
            match value
                .parse()
                .ok()
                .and_then(|digest| state.models.card(&digest))
            {
                Some(card) => card.full_name.clone(),
                None => format!("{name} = {value}"),
            }
        })
        .collect();
    let out = state
        .form
        .keep
        .then(|| result_folder(state, spec.name, request));
    let job = JobRequest {
        request,
        operation: spec.name.to_owned(),
        parameters,
        frames: frames.to_vec(),
        slice_mm: stack.slice_mm,
        level: Determinism::Strict,
        mesh: state.form.mesh,
        out: out.clone(),
    };
    if state.jobs.len() == JOBS_KEPT_MAX {
        state.jobs.remove(0);
    }
    state.jobs.push(JobView {
        request,
        job: None,
        operation: spec.name.to_owned(),
        model: parameters_model(&job.parameters),
        title: format!("{}, {}", spec.label, words.join(", ")),
        series: stack.key.clone(),
        frames,
        slice_mm: stack.slice_mm,
        snapshot: None,
        outcome: None,
        failure: None,
        out,
        cancel_wanted: false,
        schedule: Schedule::default(),
    });
    state.comparison = Some(Comparison::new(request));
    let mut commands = vec![Command::RunJob(job)];
    commands.extend(follow(state));
    commands
}

/// The model that the parameters name.
fn parameters_model(parameters: &[(String, String)]) -> Option<Digest> {
    let named = parameters.iter().find(|(name, _)| name == "model");
    named.and_then(|(_, text)| text.parse().ok())
}

/// A folder that no other run has.
fn result_folder(state: &State, operation: &str, request: RequestId) -> PathBuf {
    state
        .home
        .join("results")
        .join(format!("{}-{}-{operation}", state.session, request.0))
}

fn cancel(state: &mut State, request: RequestId) -> Vec<Command> {
    let Some(job) = state.jobs.iter_mut().find(|job| job.request == request) else {
        return Vec::new();
    };
    if !job.is_running() {
        return Vec::new();
    }
    match &job.job {
        Some(name) => vec![Command::CancelJob(name.clone())],
        None => {
            job.cancel_wanted = true;
            Vec::new()
        }
    }
}

/// Only a job that the engine has named can be asked anything.
fn control(state: &State, request: RequestId, control: JobControl) -> Vec<Command> {
    let job = state.jobs.iter().find(|job| job.request == request);
    let named = job
        .filter(|job| job.is_running())
        .and_then(|job| job.job.clone());
    named
        .map(|job| Command::ControlJob { job, control })
        .into_iter()
        .collect()
}

fn compare(state: &mut State, request: RequestId) -> Vec<Command> {
    if !state.jobs.iter().any(|job| job.request == request) {
        return Vec::new();
    }
    state.comparison = Some(Comparison::new(request));
    follow(state)
}

fn toggle(state: &mut State) -> Vec<Command> {
    match (
        &mut state.comparison,
        state.jobs.last().map(|job| job.request),
    ) {
        (Some(comparison), _) => {
            comparison.visible = !comparison.visible;
            follow(state)
        }
        (None, Some(newest)) => compare(state, newest),
        (None, None) => {
            state.say(
                Severity::Info,
                "Nothing to compare yet: run an operation first",
            );
            Vec::new()
        }
    }
}

/// Asks for the result of the image on screen, once it is committed; older results stay unasked.
pub(super) fn follow(state: &mut State) -> Vec<Command> {
    let wanted = state.view.wanted().cloned();
    let Some(job) = state.compared_job() else {
        return Vec::new();
    };
    let slice = wanted.as_ref().and_then(|frame| job.slice_of(frame));
    let ready = slice.is_some_and(|slice| {
        job.outcome.is_some()
            || job.snapshot.as_ref().is_some_and(|snapshot| {
                snapshot
                    .tasks
                    .get(slice)
                    .is_some_and(|task| task.state == TaskState::Done)
            })
    });
    let name: Option<JobId> = job.job.clone();
    let Some(comparison) = &mut state.comparison else {
        return Vec::new();
    };
    comparison.slice = slice;
    let needed = comparison.current().is_none() && comparison.asked != slice;
    match (comparison.visible && ready && needed, name, slice) {
        (true, Some(job), Some(slice)) => {
            comparison.asked = Some(slice);
            vec![Command::ShowResult { job, slice }]
        }
        _ => Vec::new(),
    }
}

/// The label of an operation, or its name.
pub(super) fn label(name: &str) -> String {
    operation(name).map_or_else(|_| name.to_owned(), |spec| spec.label.to_owned())
}
