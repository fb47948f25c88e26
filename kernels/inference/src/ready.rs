//! Models that are ready, and with which engine: the fastest that answers rightly, or the one whose class is asked for.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::limits::MODELS_READY_MAX;
use crate::{Engine, InferenceError, LoadedModel, ModelPackage, OnnxRuntime, Tract};

/// A model with the engine that runs it, and why faster ones do not.
#[derive(Clone)]
pub struct ReadyModel {
    /// The model.
    pub model: Arc<LoadedModel>,
    /// In sentences, one for each engine that was passed over since it failed or answered wrongly.
    pub passed_over: Vec<String>,
}

/// The engines there are, the fastest first.
fn engines() -> Vec<Result<Box<dyn Engine>, InferenceError>> {
    let runtime = OnnxRuntime::offered()
        .map(|loaded| loaded.map(|engine| Box::new(engine) as Box<dyn Engine>));
    runtime
        .into_iter()
        .chain([Ok(Box::new(Tract) as Box<dyn Engine>)])
        .collect()
}

/// The model of a package with this digest, ready to run: with the engine whose class is `class` if one has it, otherwise with the
/// fastest one that answers the test case rightly. What was made ready stays so, at most [`MODELS_READY_MAX`] at once: a memo of a
/// pure function, which no result depends on.
///
/// The caller vouches that `digest` is the BLAKE3 of `package`.
pub fn load(
    digest: [u8; 32],
    package: &[u8],
    class: Option<[u8; 32]>,
) -> Result<ReadyModel, InferenceError> {
    let mut fastest: Option<Arc<LoadedModel>> = None;
    let mut failed: Option<InferenceError> = None;
    let mut passed_over = Vec::new();
    for engine in engines() {
        match engine.and_then(|engine| with(digest, package, engine)) {
            Ok(model) if class.is_none_or(|class| class == model.class) => {
                return Ok(ReadyModel { model, passed_over });
            }
            Ok(model) => fastest = fastest.or(Some(model)),
            Err(error) => {
                if fastest.is_none() {
                    passed_over.push(error.to_string());
                }
                failed = Some(error);
            }
        }
    }
    match (fastest, failed) {
        (Some(model), _) => Ok(ReadyModel { model, passed_over }),
        // The built-in engine comes last, so its reason is the one that is told.
        (None, Some(error)) => Err(error),
        (None, None) => Err(InferenceError::package("no engine is there")),
    }
}

/// Filled once, by whoever asks first.
type Slot = Arc<OnceLock<Result<Arc<LoadedModel>, InferenceError>>>;

fn with(
    digest: [u8; 32],
    package: &[u8],
    engine: Box<dyn Engine>,
) -> Result<Arc<LoadedModel>, InferenceError> {
    // A second asker of the same model waits for it and does not make it twice; askers of other models do not wait.
    slot(digest, engine.name())
        .get_or_init(|| {
            ModelPackage::decode(package)
                .and_then(|package| LoadedModel::new(package, engine))
                .map(Arc::new)
        })
        .clone()
}

/// The place of a model with an engine, which is then the one used last.
fn slot(digest: [u8; 32], engine: &'static str) -> Slot {
    static READY: Mutex<VecDeque<([u8; 32], &'static str, Slot)>> = Mutex::new(VecDeque::new());
    // Held for a moment only: a new version becomes ready while the old one goes on answering.
    let mut ready = READY.lock().unwrap_or_else(PoisonError::into_inner);
    let at = ready
        .iter()
        .position(|known| known.0 == digest && known.1 == engine);
    let known = at.and_then(|at| ready.remove(at));
    if known.is_none() && ready.len() == MODELS_READY_MAX {
        ready.pop_front();
    }
    let known = known.unwrap_or_else(|| (digest, engine, Slot::default()));
    let slot = Arc::clone(&known.2);
    ready.push_back(known);
    slot
}
