//! ONNX models: a package that says what a model is for, a bounded look at its graph, an engine that runs it, and the way from
//! a series to the model's grid and back.
//!
//! Values in, values out. One thread computes one patch; whoever wants more threads runs more tasks, so no bit of a result
//! depends on their number. The engine is behind [`Engine`] and [`Plan`]; its arithmetic belongs to the numeric class of a
//! model ([`LoadedModel::class`]), the digest of its answer to the test case that travels with the package.

mod engine;
mod error;
mod graph;
mod grid;
mod intensity;
pub mod limits;
mod manifest;
mod model;
mod onnx_runtime;
mod orientation;
mod package;
mod patches;
mod ready;
mod region;
mod resample;
mod tract_engine;

pub use engine::{Engine, Plan};
pub use error::InferenceError;
pub use graph::{GraphSummary, inspect};
pub use intensity::{Intensity, Normaliser};
pub use manifest::{CheckSpec, InputSpec, LabelSpec, ModelManifest, OutputKindSpec, OutputSpec};
pub use model::LoadedModel;
pub use onnx_runtime::{OnnxRuntime, offer_onnx_runtime};
pub use orientation::Orientation;
pub use package::ModelPackage;
pub use ready::{ReadyModel, load};
pub use region::{Labelmap, SeriesVolume, image, labelmap, memory_bytes};
pub use tract_engine::{RunCost, Tract, run_cost};
