//! What an engine is to the rest: a graph and a shape make a plan, a plan turns one array into one.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use ndarray::ArrayD;

use crate::InferenceError;

/// A way to run ONNX graphs. Its name is part of a model's numeric class.
pub trait Engine: Send + Sync {
    /// Short, lower case, with what decides its bits: `tract 0.23`.
    fn name(&self) -> &'static str;

    /// Builds the graph for one shape of its only input. The graph has passed [`crate::inspect`].
    fn prepare(&self, onnx: &Arc<[u8]>, input: &[usize]) -> Result<Arc<dyn Plan>, InferenceError>;
}

/// A graph that is ready for one shape.
pub trait Plan: Send + Sync {
    /// The first output for this input, in C order. Pure: equal inputs give equal bits, on any number of threads.
    fn run(&self, input: ArrayD<f32>) -> Result<ArrayD<f32>, InferenceError>;
}

/// The one door to an engine: its panics are failures of the model, not of the program.
pub(crate) fn guarded<T>(
    engine: &'static str,
    run: impl FnOnce() -> Result<T, InferenceError>,
) -> Result<T, InferenceError> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| {
        let said = panic
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "no reason given".to_owned());
        Err(InferenceError::engine(engine, &format!("it broke: {said}")))
    })
}

/// Refuses an input of another shape than the plan's.
pub(crate) fn of_shape(
    engine: &'static str,
    wanted: &[usize],
    input: &ArrayD<f32>,
) -> Result<(), InferenceError> {
    if input.shape() == wanted {
        return Ok(());
    }
    Err(InferenceError::engine(
        engine,
        &format!(
            "it is ready for {wanted:?} and was given {:?}",
            input.shape()
        ),
    ))
}
