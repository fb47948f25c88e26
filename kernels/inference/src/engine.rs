//! What an engine is to the rest: a graph and a shape make a plan, a plan turns one array into one.

use std::sync::Arc;

use ndarray::ArrayD;

use crate::InferenceError;

/// A way to run ONNX graphs. Its name is part of a model's numeric class.
pub trait Engine: Send + Sync {
    /// Short, lower case, with what decides its bits: `tract 0.23`.
    fn name(&self) -> &'static str;

    /// Builds the graph for one shape of its only input. The graph has passed [`crate::inspect`].
    fn prepare(&self, onnx: &[u8], input: &[usize]) -> Result<Arc<dyn Plan>, InferenceError>;
}

/// A graph that is ready for one shape.
pub trait Plan: Send + Sync {
    /// The first output for this input, in C order. Pure: equal inputs give equal bits, on any number of threads.
    fn run(&self, input: ArrayD<f32>) -> Result<ArrayD<f32>, InferenceError>;
}
