//! Rules of models: the registry as last told, the model that runs on the image on screen, and models as jobs.

use std::path::PathBuf;

use actor_messages::{Command, Event, MODEL_SLICE, MODEL_VOLUME, ModelCard, OutputKindSpec};
use kernel_imaging::Severity;

use crate::action::Action;
use crate::job::Scope;
use crate::models::Live;
use crate::state::State;
use crate::update::{compute, viewing};

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
            Vec::new()
        }
        Action::SetLive(Some(digest)) => {
            state.models.live = Some(digest);
            state.models.shown = None;
            follow(state).into_iter().collect()
        }
        Action::RunModel(digest) => run(state, digest),
        _ => Vec::new(),
    }
}

fn turn_off(state: &mut State) {
    state.models.live = None;
    state.models.shown = None;
    state.models.failure = None;
}

/// The model over the whole series, as a job like every other.
fn run(state: &mut State, digest: actor_messages::Digest) -> Vec<Command> {
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
        Event::Models(snapshot) => {
            if let Some(problem) = &snapshot.problem {
                state.say(Severity::Error, problem.clone());
            }
            let known = |digest| snapshot.models.iter().any(|card| card.digest == digest);
            if state.models.live.is_some_and(|digest| !known(digest)) {
                turn_off(state);
            }
            state.models.snapshot = Some(snapshot);
        }
        Event::LiveReady(result) => {
            let (view, models) = (&state.view, &mut state.models);
            let wanted = result.viewport == view.id
                && result.generation == view.generation
                && models.live == Some(result.model);
            if wanted {
                models.latency = Some(result.latency);
                models.failure = None;
                models.shown = Some(Live::new(&result));
            }
        }
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

/// Whether a model runs on single images, as the screen has them.
pub fn runs_live(card: &ModelCard) -> bool {
    card.manifest.input.dimensions == 2
        && matches!(
            card.manifest.output.kind,
            OutputKindSpec::Image | OutputKindSpec::Labelmap
        )
}
