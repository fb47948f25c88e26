//! The built-in engine: tract, one thread a run, guarded against its panics.

use std::io::Cursor;
use std::sync::Arc;

use ndarray::{ArrayD, IxDyn};
use serde::{Deserialize, Serialize};
use tract_onnx::prelude::{
    Datum, Framework, InferenceFact, InferenceModelExt, IntoRunnable, IntoTValue, TDim, Tensor,
    TractResult, TypedModel, TypedRunnableModel, tvec,
};
use tract_onnx::tract_core::internal::Cost;
use tract_onnx::tract_core::ops::konst::Const;

use crate::engine::{guarded, of_shape};
use crate::{Engine, InferenceError, Plan};

/// The name in errors and numeric classes.
const NAME: &str = "tract 0.23";

/// tract, in Rust, always there.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tract;

struct TractPlan {
    model: Arc<TypedRunnableModel>,
    input: Vec<usize>,
}

impl Engine for Tract {
    fn name(&self) -> &'static str {
        NAME
    }

    fn prepare(&self, onnx: &Arc<[u8]>, input: &[usize]) -> Result<Arc<dyn Plan>, InferenceError> {
        guarded(NAME, || {
            let model = typed(onnx, input)
                .and_then(TypedModel::into_optimized)
                .and_then(|model| model.into_runnable())
                .map_err(failed)?;
            Ok(Arc::new(TractPlan {
                model,
                input: input.to_vec(),
            }) as Arc<dyn Plan>)
        })
    }
}

impl Plan for TractPlan {
    fn run(&self, input: ArrayD<f32>) -> Result<ArrayD<f32>, InferenceError> {
        of_shape(NAME, &self.input, &input)?;
        guarded(NAME, || {
            let (values, _) = input.into_raw_vec_and_offset();
            let tensor = Tensor::from_shape(&self.input, &values).map_err(failed)?;
            let outputs = self
                .model
                .run(tvec!(tensor.into_tvalue()))
                .map_err(failed)?;
            let output = outputs
                .first()
                .ok_or_else(|| InferenceError::engine(NAME, "it gave no output"))?;
            let output = output.cast_to::<f32>().map_err(failed)?;
            let shape = IxDyn(output.shape());
            let values = output
                .to_plain_array_view::<f32>()
                .map(|view| view.iter().copied().collect())
                .map_err(failed)?;
            ArrayD::from_shape_vec(shape, values)
                .map_err(|error| InferenceError::engine(NAME, &error.to_string()))
        })
    }
}

fn typed(onnx: &[u8], input: &[usize]) -> TractResult<TypedModel> {
    let framework = tract_onnx::onnx();
    let proto = framework.proto_model_for_read(&mut Cursor::new(onnx))?;
    let fact = InferenceFact::dt_shape(f32::datum_type(), input);
    // Shapes that the file claims for what lies between are not trusted: they are worked out from the input.
    framework
        .with_ignore_value_info(true)
        .model_for_proto_model(&proto)?
        .with_input_fact(0, fact)?
        .into_typed()?
        .into_decluttered()
}

/// What one run of a graph costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunCost {
    /// Multiplications, each with its addition.
    pub multiply_adds: u64,
    /// Bytes that live between operators at once, the weights not counted; an engine's own working memory comes on top.
    pub memory_bytes: u64,
}

/// What one run of a graph costs for an input of this shape, told from its operators without running it. The graph has passed
/// [`crate::inspect`]. Graphs whose sizes cannot be told ahead are an error here and may run all the same.
pub fn run_cost(onnx: &[u8], input: &[usize]) -> Result<RunCost, InferenceError> {
    guarded(NAME, || {
        let model = typed(onnx, input).map_err(failed)?;
        Ok(RunCost {
            multiply_adds: multiply_adds(&model).map_err(failed)?,
            memory_bytes: memory_bytes(&model).map_err(failed)?,
        })
    })
}

/// Over all operators, before the engine's own optimising.
fn multiply_adds(model: &TypedModel) -> TractResult<u64> {
    let mut sum = 0_u64;
    for node in model.nodes() {
        let facts = model.node_input_facts(node.id)?;
        for (cost, count) in node.op.cost(&facts)? {
            if matches!(cost, Cost::FMA(_)) {
                sum = sum.saturating_add(count.to_i64()?.unsigned_abs());
            }
        }
    }
    Ok(sum)
}

/// The most that lives between operators at once.
fn memory_bytes(model: &TypedModel) -> TractResult<u64> {
    let order = model.eval_order()?;
    let steps = model.eval_tmp_memory_usage(&order, |node| !node.op_is::<Const>())?;
    steps
        .iter()
        .map(|(_, bytes): &(usize, TDim)| bytes.to_i64().map(i64::unsigned_abs))
        .try_fold(0, |most: u64, bytes| Ok(most.max(bytes?)))
}

fn failed(error: tract_onnx::prelude::TractError) -> InferenceError {
    // The whole chain: the innermost cause names the operator.
    InferenceError::engine(NAME, &format!("{error:#}"))
}
