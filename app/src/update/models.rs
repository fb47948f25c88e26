//! Rules of models: the registry as last told, the model that runs on the image on screen, and models as jobs.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use actor_messages::{
    Command, Digest, Event, LiveResult, MODEL_SLICE, MODEL_VOLUME, ModelCard, ModelsSnapshot,
    OutputKindSpec, TaskOutput,
};
use kernel_imaging::{FrameReference, Severity};

use crate::action::Action;
use crate::job::Scope;
use crate::models::Live;
use crate::state::State;
use crate::update::{compute, viewing};

/// An answer that takes longer is stood for by the one of a near image.
const DEADLINE: Duration = Duration::from_millis(100);
/// Images that count as near, the nearest.
const NEAR_MAX: usize = 3;

/// Of the requests, for a trial begun in the window.
const TRIED_PERCENT: u32 = 10;

pub(super) fn update(state: &mut State, action: Action) -> Vec<Command> {
    match action {
        Action::AddModel(path) => {
            state.models.path.clear();
            vec![Command::AddModel(path)]
        }
        Action::AddTypedModel => {
            let path = state.models.path.trim().to_owned();
            state.models.path.clear();
            if path.is_empty() {
                return Vec::new();
            }
            vec![Command::AddModel(PathBuf::from(path))]
        }
        Action::SetModelPath(path) => {
            state.models.path = path;
            Vec::new()
        }
        Action::RemoveModel(digest) => {
            if state.models.live == Some(digest) {
                turn_off(state);
            }
            vec![Command::RemoveModel(digest)]
        }
        Action::SetOpacity(opacity) => {
            state.models.opacity = opacity.clamp(0.0, 1.0);
            Vec::new()
        }
        Action::SetLive(None) => {
            turn_off(state);
            end_trial(state).into_iter().collect()
        }
        Action::SetLive(Some(digest)) => {
            state.models.live = Some(digest);
            state.models.warming = None;
            state.models.shown = None;
            // Whoever chooses a version by hand gets that one, whichever answered for it before.
            let itself = Command::SwitchLive(digest, digest);
            let ended = end_trial(state);
            let first = [itself].into_iter().chain(ended);
            first.chain(follow(state)).collect()
        }
        Action::DeployModel(model, peers) => vec![Command::DeployModel { model, peers }],
        Action::TryModel(Some(to)) => match state.models.live {
            Some(from) => vec![Command::TryModel {
                from,
                to,
                percent: TRIED_PERCENT,
            }],
            None => Vec::new(),
        },
        Action::TryModel(None) => end_trial(state).into_iter().collect(),
        Action::UseModel(digest) => vec![Command::UseModel(digest)],
        Action::UseModelBefore(name) => vec![Command::UseModelBefore(name)],
        Action::RunModel(digest) => run(state, digest),
        _ => Vec::new(),
    }
}

/// The figures go with the trial.
fn end_trial(state: &mut State) -> Option<Command> {
    let trial = state.models.trial.take()?;
    Some(Command::TryModel {
        from: trial.from,
        to: trial.to,
        percent: 0,
    })
}

fn turn_off(state: &mut State) {
    state.models.live = None;
    state.models.warming = None;
    state.models.shown = None;
    state.models.failure = None;
}

/// The model over the whole series, as a job like every other.
fn run(state: &mut State, digest: Digest) -> Vec<Command> {
    let Some(card) = state.models.card(&digest) else {
        return Vec::new();
    };
    let volume = card.manifest.input.dimensions == 3;
    let operation = if volume { MODEL_VOLUME } else { MODEL_SLICE };
    operation.clone_into(&mut state.form.operation);
    let parameter = (operation.to_owned(), "model".to_owned());
    state.form.values.insert(parameter, digest.to_string());
    state.form.scope = Scope::Series;
    compute::run(state)
}

/// Asks for the model on the image wanted; the newest request wins.
pub(super) fn follow(state: &mut State) -> Option<Command> {
    let model = state.models.live?;
    let view = &state.view;
    let frame = view.wanted().cloned()?;
    state.models.failure = misfit(state.models.card(&model)?, &frame.instance.modality);
    if state.models.failure.is_some() {
        state.models.shown = None;
        return None;
    }
    Some(Command::RunLive {
        viewport: view.id,
        generation: view.generation,
        model,
        frame,
        read_ahead: viewing::read_ahead(view),
        deadline: Some(DEADLINE),
        near: viewing::read_ahead(view)
            .into_iter()
            .take(NEAR_MAX)
            .collect(),
    })
}

/// Why a model is not run on images of a modality.
fn misfit(card: &ModelCard, modality: &str) -> Option<String> {
    let made_for = &card.manifest.modalities;
    (!made_for.is_empty() && !made_for.iter().any(|known| known == modality)).then(|| {
        format!(
            "{} was made for {}, and these images are {modality}",
            card.full_name,
            made_for.join(", ")
        )
    })
}

pub(super) fn receive(state: &mut State, event: Event) -> Vec<Command> {
    match event {
        // What comes late of a trial that has ended is not shown.
        Event::CanaryTold(Ok(figures)) if state.models.live == Some(figures.from) => {
            state.models.trial = Some(figures);
        }
        Event::CanaryTold(Err(reason)) => {
            state.say(
                Severity::Error,
                format!("The version is not tried: {reason}"),
            );
        }
        Event::Models(snapshot) => return registry(state, snapshot),
        Event::ModelSwitched { from, to, warmed } => return switched(state, from, to, warmed),
        Event::LiveReady(result) => {
            let (view, models) = (&state.view, &mut state.models);
            let wanted = result.viewport == view.id
                && result.generation == view.generation
                && models
                    .live
                    .is_some_and(|live| live == result.asked || live == result.model);
            if wanted {
                models.latency = Some(result.latency);
                models.failure = None;
                models.shown = Some(Live::new(&result));
            }
        }
        Event::LiveLate(result) => late(state, &result),
        Event::LiveFailed {
            viewport,
            generation,
            reason,
        } => {
            let (view, models) = (&state.view, &mut state.models);
            if viewport == view.id && generation == view.generation && models.live.is_some() {
                // What lies on screen must not pass for what failed.
                models.shown = None;
                models.failure = Some(reason);
            }
        }
        _ => {}
    }
    Vec::new()
}

/// Labels of a near image until those of the image on screen are there. An image in the original's place is never a neighbour's.
fn late(state: &mut State, result: &LiveResult) {
    let (view, models) = (&state.view, &mut state.models);
    let wanted = result.viewport == view.id
        && result.generation == view.generation
        && models.live == Some(result.asked);
    let Some(frame) = view.wanted().filter(|_| wanted) else {
        return;
    };
    let side = |frame: &FrameReference| (frame.instance.rows, frame.instance.columns);
    let fits = side(frame) == side(&result.reference);
    if fits && matches!(*result.output, TaskOutput::Labels { .. }) {
        models.shown = Some(Live::standing_for(result, frame));
    }
}

/// The registry as it is now. Where the name of the model on the image stands for another version, that one is made ready beside it.
fn registry(state: &mut State, snapshot: Arc<ModelsSnapshot>) -> Vec<Command> {
    if let Some(problem) = &snapshot.problem {
        state.say(Severity::Error, problem.clone());
    }
    let before = state.models.snapshot.replace(Arc::clone(&snapshot));
    let Some(live) = state.models.live else {
        return Vec::new();
    };
    let known = |card: &&ModelCard| card.digest == live;
    let was_current =
        |cards: &[ModelCard]| cards.iter().find(known).is_some_and(|card| card.current);
    let Some(card) = snapshot.models.iter().find(known) else {
        turn_off(state);
        return end_trial(state).into_iter().collect();
    };
    let newer = snapshot.models.iter().find(|other| {
        other.current && other.manifest.name == card.manifest.name && other.digest != live
    });
    // A version that was chosen by hand while the name stood for another one stays.
    let followed = before.is_some_and(|before| was_current(&before.models));
    match newer {
        Some(newer) if state.models.warming == Some(newer.digest) => Vec::new(),
        Some(newer) if followed || state.models.warming.is_some() => {
            state.models.warming = Some(newer.digest);
            vec![Command::SwitchLive(live, newer.digest)]
        }
        _ => {
            state.models.warming = None;
            Vec::new()
        }
    }
}

fn switched(
    state: &mut State,
    from: Digest,
    to: Digest,
    warmed: Result<u64, String>,
) -> Vec<Command> {
    if state.models.live != Some(from) || state.models.warming != Some(to) {
        // It was turned off, or something else chosen, meanwhile: `from` is to answer for itself again.
        return vec![Command::SwitchLive(from, from)];
    }
    state.models.warming = None;
    let name = |digest: &Digest| match state.models.card(digest) {
        Some(card) => card.full_name.clone(),
        None => digest.short(),
    };
    let (old, new) = (name(&from), name(&to));
    match warmed {
        Ok(_) => {
            state.say(
                Severity::Info,
                format!("{new} answers now in the place of {old}"),
            );
            state.models.live = Some(to);
            let ended = end_trial(state);
            ended.into_iter().chain(follow(state)).collect()
        }
        Err(reason) => {
            let text =
                format!("{old} goes on answering, since {new} does not become ready: {reason}");
            state.say(Severity::Error, text);
            Vec::new()
        }
    }
}

/// Whether a model runs on single images, as the screen has them.
pub fn runs_live(card: &ModelCard) -> bool {
    card.manifest.input.dimensions == 2
        && matches!(
            card.manifest.output.kind,
            OutputKindSpec::Image | OutputKindSpec::Labelmap
        )
}
