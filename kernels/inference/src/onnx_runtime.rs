//! ONNX Runtime as a second engine: a library that the user or the package brings, loaded when the first model is made ready.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use ndarray::{ArrayD, IxDyn};
use ort::environment::Environment;
use ort::session::Session;
use ort::session::builder::SessionBuilder;
use ort::value::Tensor;

use crate::engine::{guarded, of_shape};
use crate::limits::SESSIONS_KEPT_MAX;
use crate::{Engine, InferenceError, Plan};

/// In errors about a library that was not loaded.
const NAME: &str = "onnxruntime";

/// Says where the library lies, when somebody wants to know.
static OFFERED: OnceLock<Box<Finder>> = OnceLock::new();

/// Where the library lies, if there is one.
type Finder = dyn Fn() -> Option<PathBuf> + Send + Sync;

/// ONNX Runtime: one thread a session, and a session for each run that goes on at once.
#[derive(Clone)]
pub struct OnnxRuntime {
    environment: Environment,
    name: &'static str,
}

/// Says how ONNX Runtime's library is found; it is looked for and loaded when the first model is made ready. Only the first offer
/// counts, since one program can hold one of them. Gives whether this one does.
pub fn offer_onnx_runtime(find: impl Fn() -> Option<PathBuf> + Send + Sync + 'static) -> bool {
    OFFERED.set(Box::new(find)).is_ok()
}

impl OnnxRuntime {
    /// The engine of the library that was offered; `None` where none was. It is loaded once, and so is the reason why it was not.
    pub fn offered() -> Option<Result<Self, InferenceError>> {
        static LOADED: OnceLock<Option<Result<OnnxRuntime, InferenceError>>> = OnceLock::new();
        let find = OFFERED.get()?;
        LOADED
            .get_or_init(|| find().map(|library| guarded(NAME, || Self::load(&library))))
            .clone()
    }

    fn load(library: &std::path::Path) -> Result<Self, InferenceError> {
        let said = |error: String| InferenceError::engine(NAME, &error);
        let environment = ort::init_from(library)
            .map_err(|error| said(error.to_string()))?
            .with_name("clisonix")
            .with_telemetry(false)
            .build()
            .map_err(|error| said(error.to_string()))?;
        static FULL_NAME: OnceLock<String> = OnceLock::new();
        let name = FULL_NAME.get_or_init(|| format!("{NAME} {}", build(ort::info())));
        Ok(Self { environment, name })
    }
}

/// Release, where it is one, and commit out of the library's own description: what decides its bits on one processor.
fn build(info: &str) -> String {
    let named = |key: &str| {
        let at = info.find(key)? + key.len();
        let value: String = info[at..]
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/'))
            .take(40)
            .collect();
        (!value.is_empty()).then_some(value)
    };
    let release = named("git-branch=rel-").map(|version| format!("{version} "));
    let commit = named("git-commit-id=").unwrap_or_else(|| "of unknown build".to_owned());
    format!("{}{commit}", release.unwrap_or_default())
}

impl Engine for OnnxRuntime {
    fn name(&self) -> &'static str {
        self.name
    }

    fn prepare(&self, onnx: &Arc<[u8]>, input: &[usize]) -> Result<Arc<dyn Plan>, InferenceError> {
        let plan = RuntimePlan {
            engine: self.clone(),
            onnx: Arc::clone(onnx),
            input: input.to_vec(),
            free: Mutex::default(),
        };
        // Built now, so that a graph that it cannot run is refused now.
        let session = guarded(self.name, || plan.session())?;
        plan.give_back(session);
        Ok(Arc::new(plan))
    }
}

struct RuntimePlan {
    engine: OnnxRuntime,
    onnx: Arc<[u8]>,
    input: Vec<usize>,
    /// Sessions that nobody runs just now, at most [`SESSIONS_KEPT_MAX`].
    free: Mutex<Vec<Session>>,
}

impl RuntimePlan {
    /// One thread, no spinning, and the order of operations that the graph has: no bit depends on what else the machine does.
    fn session(&self) -> Result<Session, InferenceError> {
        let failed = |error: ort::Error| self.failed(&error.to_string());
        let refused = |error: ort::Error<SessionBuilder>| self.failed(&error.to_string());
        Session::builder(&self.engine.environment)
            .map_err(failed)?
            .with_intra_threads(1)
            .map_err(refused)?
            .with_inter_threads(1)
            .map_err(refused)?
            .with_parallel_execution(false)
            .map_err(refused)?
            .with_deterministic_compute(true)
            .map_err(refused)?
            .commit_from_memory(&self.onnx)
            .map_err(failed)
    }

    fn take(&self) -> Option<Session> {
        // A session is whole before it is given back, so a poisoned lock holds whole ones.
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        free.pop()
    }

    fn give_back(&self, session: Session) {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        if free.len() < SESSIONS_KEPT_MAX {
            free.push(session);
        }
    }

    fn failed(&self, reason: &str) -> InferenceError {
        InferenceError::engine(self.engine.name, reason)
    }

    fn answer(
        &self,
        session: &mut Session,
        input: ArrayD<f32>,
    ) -> Result<ArrayD<f32>, InferenceError> {
        let failed = |error: ort::Error| self.failed(&error.to_string());
        let (values, _) = input.into_raw_vec_and_offset();
        let tensor = Tensor::from_array((self.input.clone(), values)).map_err(failed)?;
        let outputs = session.run(ort::inputs![tensor]).map_err(failed)?;
        let output = outputs
            .values()
            .next()
            .ok_or_else(|| self.failed("it gave no output"))?;
        let (shape, values) = if let Ok((shape, values)) = output.try_extract_tensor::<f32>() {
            (shape, values.to_vec())
        } else if let Ok((shape, values)) = output.try_extract_tensor::<i64>() {
            (shape, values.iter().map(|value| *value as f32).collect())
        } else {
            let (shape, values) = output.try_extract_tensor::<u8>().map_err(failed)?;
            (
                shape,
                values.iter().map(|value| f32::from(*value)).collect(),
            )
        };
        let shape: Vec<usize> = shape
            .iter()
            .map(|length| usize::try_from(*length).unwrap_or(0))
            .collect();
        ArrayD::from_shape_vec(IxDyn(&shape), values)
            .map_err(|error| self.failed(&error.to_string()))
    }
}

impl Plan for RuntimePlan {
    fn run(&self, input: ArrayD<f32>) -> Result<ArrayD<f32>, InferenceError> {
        of_shape(self.engine.name, &self.input, &input)?;
        guarded(self.engine.name, || {
            let mut session = match self.take() {
                Some(session) => session,
                None => self.session()?,
            };
            let answer = self.answer(&mut session, input)?;
            // A session that failed or broke is not used again.
            self.give_back(session);
            Ok(answer)
        })
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_name_says_version_and_commit_of_the_library() {
        let info =
            "ORT Build Info: git-branch=rel-1.32.0, git-commit-id=26250ae, build type=Release";
        assert_eq!(super::build(info), "1.32.0 26250ae");
        assert_eq!(super::build(&info.replace("rel-1.32.0", "HEAD")), "26250ae");
        assert_eq!(super::build("nothing of the kind"), "of unknown build");
    }
}
