//! The rules, told without a window.

use std::path::PathBuf;
use std::sync::Arc;

use actor_messages::{
    Command, Event, Generation, JobId, JobSnapshot, JobState, RequestId, SliceResult, TaskCell,
    TaskState, ViewportId,
};
use kernel_imaging::{
    Frame, FrameAttributes, FrameReference, Instance, ModalityLut, Notice, Phi,
    PhotometricInterpretation, Samples, Series, Severity, Study, VoiChoice, VoiFunction, VoiLut,
    WindowLevel,
};
use ndarray::Array2;

mod fusion;
mod hanging;
mod jobs;
mod layout;
mod linking;
mod masks;
mod measuring;
mod objects;
mod planes;
mod saving;
mod session;
mod solids;
mod viewing;

use crate::action::Action;
use crate::state::State;
use crate::tools::{Pace, Tool};
use crate::update::{receive, update};

const SIDE: usize = 64;

pub(super) fn reference(number: usize, modality: &str) -> FrameReference {
    let level = WindowLevel::new(40.0, 400.0).expect("a width above zero");
    let attributes = FrameAttributes {
        modality_lut: ModalityLut::Rescale {
            slope: 1.0,
            intercept: -1024.0,
        },
        voi: vec![VoiLut::Window {
            level,
            function: VoiFunction::Linear,
            name: "SOFT".to_owned(),
        }],
        ..FrameAttributes::default()
    };
    let instance = Instance {
        path: PathBuf::from(format!("/data/{number}.dcm")),
        sop_instance_uid: format!("1.2.{number}"),
        modality: modality.to_owned(),
        rows: SIDE,
        columns: SIDE,
        samples_per_pixel: 1,
        frames: vec![Arc::new(attributes)],
        ..Instance::default()
    };
    FrameReference {
        instance: Arc::new(instance),
        frame: 0,
    }
}

pub(super) fn frame() -> Arc<Frame> {
    Arc::new(Frame {
        rows: SIDE,
        columns: SIDE,
        samples_per_pixel: 1,
        samples: Samples::U16((0..SIDE * SIDE).map(|value| value as u16).collect()),
        photometric: PhotometricInterpretation::Monochrome2,
    })
}

fn series(key: &str, modality: &str, count: usize) -> Series {
    Series {
        key: key.to_owned(),
        modality: modality.to_owned(),
        description: Phi::new("HEAD".to_owned()),
        frames: (0..count)
            .map(|number| reference(number, modality))
            .collect(),
        ..Series::default()
    }
}

/// A state that has opened two series, as the engine would have told it.
fn opened(count: usize) -> State {
    let mut state = State::default();
    update(&mut state, Action::Open(vec![PathBuf::from("/data")]));
    let study = Study {
        series: vec![series("first", "CT", count), series("second", "MR", 3)],
        ..Study::default()
    };
    let commands = receive(&mut state, studies(vec![study], true));
    assert!(
        commands
            .iter()
            .any(|command| matches!(command, Command::ShowFrame { .. }))
    );
    state
}

fn studies(studies: Vec<Study>, finished: bool) -> Event {
    Event::Studies {
        request: RequestId(1),
        studies: Arc::new(studies),
        notices: Arc::new(Vec::new()),
        finished,
        cancelled: false,
    }
}

fn ready(state: &State, generation: u64) -> Event {
    Event::FrameReady {
        viewport: state.view.id,
        generation: Generation(generation),
        reference: state.view.wanted().expect("a frame is wanted").clone(),
        frame: frame(),
    }
}

fn show(state: &mut State) {
    let event = ready(state, state.view.generation.0);
    receive(state, event);
}

fn job(commands: &[Command]) -> Option<&actor_messages::JobRequest> {
    commands.iter().find_map(|command| match command {
        Command::RunJob(job) => Some(job),
        _ => None,
    })
}

fn snapshot(state: JobState, done: usize) -> Arc<JobSnapshot> {
    let cell = |at: usize| TaskCell {
        state: if at < done {
            TaskState::Done
        } else {
            TaskState::Waiting
        },
        member: 0,
        reassigned: false,
    };
    Arc::new(JobSnapshot {
        job: JobId("0123456789abcdef".to_owned()),
        request: RequestId(2),
        operation: "svd-compress".to_owned(),
        state,
        tasks: (0..5).map(cell).collect(),
        members: Vec::new(),
        epoch: 0,
        prepared: 5,
        done,
        paused: false,
        priority: actor_messages::Priority::Normal,
        spot_checked: 0,
        timeline: actor_messages::Timeline::default(),
        assignment_digest: None,
        elapsed_ms: 1,
    })
}
