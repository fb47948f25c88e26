//! A model that is ready: its graph checked, its test case answered rightly, its plans kept.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use ndarray::{ArrayD, IxDyn};

use crate::limits::PLANS_MAX;
use crate::{Engine, GraphSummary, InferenceError, ModelManifest, ModelPackage, Plan};

/// Domain of a model's numeric class.
const CLASS_DOMAIN: &str = "clisonix 2026-11 model class v1";

/// A plan and the shape it is for.
type Planned = (Vec<usize>, Arc<dyn Plan>);

/// A model whose engine has answered the test case rightly.
pub struct LoadedModel {
    /// What it is.
    pub manifest: ModelManifest,
    /// What its graph takes and makes.
    pub summary: GraphSummary,
    /// BLAKE3 of the engine's name and of its answer's bits to the test case: machines with equal classes compute equal bits with this model.
    pub class: [u8; 32],
    /// The largest difference of that answer from the expected one.
    pub check_difference: f32,
    engine: Box<dyn Engine>,
    onnx: Arc<[u8]>,
    plans: Mutex<VecDeque<Planned>>,
}

impl LoadedModel {
    /// Checks the package, builds it with `engine` and compares its answer to the test case with the expected one.
    pub fn new(package: ModelPackage, engine: Box<dyn Engine>) -> Result<Self, InferenceError> {
        let (manifest, summary) = package.check()?;
        let mut model = Self {
            manifest,
            summary,
            class: [0; 32],
            check_difference: 0.0,
            engine,
            onnx: package.onnx.into(),
            plans: Mutex::default(),
        };
        let check = &model.manifest.check;
        let input = array("input", &package.check_input, &check.input_shape)?;
        let answer = model.plan(&check.input_shape)?.run(input)?;
        let channels = model.manifest.output.channels();
        let dimensions = model.manifest.input.dimensions;
        if answer.ndim() != dimensions + 2 || answer.shape()[1] != channels {
            return Err(InferenceError::manifest(format_args!(
                "the graph gives {:?}, and the manifest names {channels} channels",
                answer.shape()
            )));
        }
        if answer.shape()[2..] != check.input_shape[2..] {
            return Err(InferenceError::manifest(format_args!(
                "the graph turns {:?} into {:?}; a model here keeps the size of its input",
                check.input_shape,
                answer.shape()
            )));
        }
        let expected = array("output", &package.check_output, answer.shape())?;
        // A value that is no number differs from every other.
        let difference = answer
            .iter()
            .zip(&expected)
            .fold(0.0_f32, |most, (found, wanted)| {
                let apart = (found - wanted).abs();
                if apart.is_nan() {
                    f32::INFINITY
                } else {
                    most.max(apart)
                }
            });
        if difference > check.tolerance {
            return Err(InferenceError::WrongAnswer {
                engine: model.engine.name(),
                difference,
                tolerance: check.tolerance,
            });
        }
        let mut hasher = blake3::Hasher::new_derive_key(CLASS_DOMAIN);
        hasher.update(model.engine.name().as_bytes());
        answer.iter().for_each(|value| {
            hasher.update(&value.to_bits().to_le_bytes());
        });
        model.class = *hasher.finalize().as_bytes();
        model.check_difference = difference;
        Ok(model)
    }

    /// Name of the engine that runs it.
    pub fn engine(&self) -> &'static str {
        self.engine.name()
    }

    /// The plan for a shape of the input; built once and kept, at most [`PLANS_MAX`] at once.
    pub fn plan(&self, input: &[usize]) -> Result<Arc<dyn Plan>, InferenceError> {
        // A plan is whole before it is kept, so a poisoned lock holds whole ones.
        let mut plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, plan)) = plans.iter().find(|(shape, _)| shape == input) {
            return Ok(Arc::clone(plan));
        }
        let plan = self.engine.prepare(&self.onnx, input)?;
        if plans.len() == PLANS_MAX {
            plans.pop_front();
        }
        plans.push_back((input.to_vec(), Arc::clone(&plan)));
        Ok(plan)
    }
}

fn array(what: &str, bytes: &[u8], shape: &[usize]) -> Result<ArrayD<f32>, InferenceError> {
    let (chunks, rest) = bytes.as_chunks::<4>();
    let values: Vec<f32> = chunks
        .iter()
        .map(|bytes| f32::from_le_bytes(*bytes))
        .collect();
    if !rest.is_empty() {
        return Err(InferenceError::package(format_args!(
            "the {what} of its test case is not of 32-bit numbers"
        )));
    }
    ArrayD::from_shape_vec(IxDyn(shape), values).map_err(|_| {
        InferenceError::package(format_args!(
            "the {what} of its test case is not of shape {shape:?}"
        ))
    })
}
