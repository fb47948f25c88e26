//! The built-in engine: tract, one thread a run, guarded against its panics.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use ndarray::{ArrayD, IxDyn};
use tract_onnx::prelude::{
    Datum, Framework, InferenceFact, InferenceModelExt, IntoRunnable, IntoTValue, Tensor,
    TypedRunnableModel, tvec,
};

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

    fn prepare(&self, onnx: &[u8], input: &[usize]) -> Result<Arc<dyn Plan>, InferenceError> {
        guarded(|| {
            let framework = tract_onnx::onnx();
            let proto = framework
                .proto_model_for_read(&mut Cursor::new(onnx))
                .map_err(failed)?;
            let fact = InferenceFact::dt_shape(f32::datum_type(), input);
            // Shapes that the file claims for what lies between are not trusted: they are worked out from the input.
            let model = framework
                .with_ignore_value_info(true)
                .model_for_proto_model(&proto)
                .and_then(|model| model.with_input_fact(0, fact))
                .and_then(InferenceModelExt::into_optimized)
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
        if input.shape() != self.input {
            return Err(InferenceError::engine(
                NAME,
                &format!(
                    "it is ready for {:?} and was given {:?}",
                    self.input,
                    input.shape()
                ),
            ));
        }
        guarded(|| {
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

fn failed(error: tract_onnx::prelude::TractError) -> InferenceError {
    // The whole chain: the innermost cause names the operator.
    InferenceError::engine(NAME, &format!("{error:#}"))
}

/// The one door to the engine: its panics are failures of the model, not of the program.
fn guarded<T>(run: impl FnOnce() -> Result<T, InferenceError>) -> Result<T, InferenceError> {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|panic| {
        let said = panic
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "no reason given".to_owned());
        Err(InferenceError::engine(NAME, &format!("it broke: {said}")))
    })
}
