//! Operations, tasks and results as values with content addresses, and the one function that computes a task on every machine.
//!
//! A [`Job`] is an operation over the slices of a series; [`split`] makes one [`Task`] a slice; [`execute`] turns a task
//! and its blobs into the canonical bytes of a [`TaskOutput`]. Everything that has a name has a BLAKE3 [`Digest`] over its
//! canonical bytes, so two machines that agree on the digest agree on the thing. Nothing here knows a patient, a path,
//! a clock or a peer.

mod block;
mod canonical;
mod class;
mod digest;
mod drawn_masks;
mod error;
mod execute;
mod halo;
mod job;
mod labels;
mod matrix;
mod model;
mod operation;
mod output;
mod parameters;
mod pipeline;
mod receipt;
mod series_pipeline;
mod slab;
mod stack;
mod steps;
mod table;
mod table_filters;
mod table_masks;
mod task;
mod word;

pub use block::{PixelBlock, StoredSamples};
pub use canonical::{
    BLOB_BYTES_MAX, COLUMNS_MAX, JOB_SLICES_MAX, PIXELS_MAX, ROWS_MAX, TASK_INPUTS_MAX,
};
pub use class::numeric_class;
pub use digest::{Digest, TaskId};
pub use drawn_masks::{MaskWork, NamedPlanes, make_mask};
pub use error::TaskError;
pub use execute::{Blobs, execute};
pub use halo::halo_slices;
pub use job::{Job, job_digest, split};
pub use kernel_algebra::{Component, SeriesComponents, SeriesPass, SliceFactors, ValueFigures};
pub use kernel_inference::limits::PACKAGE_BYTES_MAX as MODEL_BYTES_MAX;
pub use kernel_inference::{
    LabelSpec, ModelManifest, ModelPackage, Orientation, OutputKindSpec, RunCost,
    offer_onnx_runtime, run_cost,
};
pub use matrix::MatrixBlock;
pub use model::{ModelFacts, model_facts, model_on_slice};
pub use operation::{
    Halo, MODEL_SLICE, MODEL_VOLUME, OperationSpec, OutputKind, PIPELINE, ParameterKind,
    ParameterSpec, Reach, operation, operations,
};
pub use output::TaskOutput;
pub use parameters::{ParameterValue, Parameters};
pub use pipeline::{
    PIPELINE_BYTES_MAX, PIPELINE_STEPS_MAX, PIPELINE_TEXT_BYTES_MAX, Pipeline, Step, formula_blob,
};
pub use receipt::{RECEIPT_BYTES_MAX, RECEIPT_SCHEMA, Receipt, Verdict};
pub use series_pipeline::{SeriesPipeline, slice_values};
pub use task::{BlockShape, Determinism, Task};
pub use word::Word;
