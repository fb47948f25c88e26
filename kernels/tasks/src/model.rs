//! Models as operations: from pixel blocks to what `kernel_inference` runs, and from its answer to a task's output.

use std::sync::Arc;

use kernel_inference::{
    InferenceError, LoadedModel, ModelManifest, Orientation, OutputKindSpec, ReadyModel,
    SeriesVolume,
};

use crate::canonical::malformed;
use crate::execute::fetch;
use crate::labels::count_labels;
use crate::{Blobs, Determinism, Digest, MODEL_SLICE, PixelBlock, Task, TaskError, TaskOutput};

/// What there is to know about a package before it is run.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelFacts {
    /// Its manifest.
    pub manifest: ModelManifest,
    /// The digest of this machine's answer to its test case.
    pub class: Digest,
    /// Name of the engine that gave it.
    pub engine: &'static str,
    /// Largest difference of that answer from the expected one.
    pub check_difference: f32,
    /// Weights of the graph.
    pub weights: u64,
    /// Operators of the graph, sorted.
    pub operators: Vec<String>,
    /// In sentences: the engines that were passed over since they failed or answered wrongly.
    pub passed_over: Vec<String>,
}

/// Makes a package ready and tells what it is: the graph is checked, built, and has answered its test case rightly.
pub fn model_facts(digest: Digest, package: &[u8]) -> Result<ModelFacts, TaskError> {
    let ReadyModel { model, passed_over } = load(digest, package, None)?;
    Ok(ModelFacts {
        manifest: model.manifest.clone(),
        class: Digest::from(model.class),
        engine: model.engine(),
        check_difference: model.check_difference,
        weights: model.summary.weights,
        operators: model.summary.operators.clone(),
        passed_over,
    })
}

/// A 2-D model over one slice, without a task around it: for an image on screen. `package` is looked at only where the model is not
/// ready yet; the result is what the task [`MODEL_SLICE`](crate::MODEL_SLICE) gives.
pub fn model_on_slice(
    digest: Digest,
    package: &[u8],
    block: &PixelBlock,
    cancelled: &dyn Fn() -> bool,
) -> Result<TaskOutput, TaskError> {
    let ready = load(digest, package, None)?;
    slice_of(MODEL_SLICE, &ready.model, block, cancelled)
}

/// A 2-D model over one slice.
pub(crate) fn on_slice(
    task: &Task,
    block: &PixelBlock,
    blobs: &dyn Blobs,
    cancelled: &dyn Fn() -> bool,
) -> Result<TaskOutput, TaskError> {
    let model = ready(task, blobs)?;
    slice_of(&task.operation, &model, block, cancelled)
}

fn slice_of(
    operation: &str,
    model: &LoadedModel,
    block: &PixelBlock,
    cancelled: &dyn Fn() -> bool,
) -> Result<TaskOutput, TaskError> {
    let series = SeriesVolume {
        shape: [1, block.rows as usize, block.columns as usize],
        values: filled_values(block)?,
        voxel_mm: block.voxel_mm,
        orientation: None,
    };
    match model.manifest.output.kind {
        OutputKindSpec::Image => Ok(TaskOutput::Image {
            rows: block.rows,
            columns: block.columns,
            values: kernel_inference::image(model, &series, 0..1, cancelled)
                .map_err(|error| refused(operation, error))?,
        }),
        OutputKindSpec::Labelmap => labels(operation, model, &series, 0..1, cancelled),
    }
}

/// A 3-D model over a series; the result is for the slices that the task names.
pub(crate) fn on_series(
    task: &Task,
    blobs: &dyn Blobs,
    cancelled: &dyn Fn() -> bool,
) -> Result<TaskOutput, TaskError> {
    let model = ready(task, blobs)?;
    let slices = task.result_slices()?;
    let mut first: Option<PixelBlock> = None;
    let mut all = Vec::new();
    for (at, input) in task.inputs.iter().enumerate() {
        if cancelled() {
            return Err(TaskError::Cancelled);
        }
        let block = PixelBlock::decode(&fetch(blobs, input)?)?;
        let like = first.get_or_insert_with(|| block.clone());
        if like.shape() != block.shape() || like.voxel_mm != block.voxel_mm {
            return Err(TaskError::NoVolume {
                slice: at + 1,
                rows: block.rows,
                columns: block.columns,
            });
        }
        all.extend(filled_values(&block)?);
    }
    let like = first.ok_or(TaskError::NoSlices)?;
    let series = SeriesVolume {
        shape: [task.inputs.len(), like.rows as usize, like.columns as usize],
        values: all,
        voxel_mm: like.voxel_mm,
        orientation: Orientation::from_code(task.parameters.integer("orientation")?),
    };
    labels(&task.operation, &model, &series, slices, cancelled)
}

fn labels(
    operation: &str,
    model: &LoadedModel,
    series: &SeriesVolume,
    slices: std::ops::Range<usize>,
    cancelled: &dyn Fn() -> bool,
) -> Result<TaskOutput, TaskError> {
    let map = kernel_inference::labelmap(model, series, slices, cancelled)
        .map_err(|error| refused(operation, error))?;
    let side = |length: usize| u32::try_from(length).map_err(|error| malformed("labelmap", error));
    let counts = count_labels(&map.labels, model.manifest.output.labels.len())
        .ok_or_else(|| malformed("labelmap", "it has labels that the model does not name"))?;
    Ok(TaskOutput::Labels {
        slices: side(map.shape[0])?,
        rows: side(map.shape[1])?,
        columns: side(map.shape[2])?,
        labels: map.labels,
        counts,
        voxel_mm3: series
            .voxel_mm
            .map(|[slice, row, column]| slice * row * column),
    })
}

/// Modality values; padding counts as the least of the others, since it is no measurement and would stretch every scale.
pub(crate) fn filled_values(block: &PixelBlock) -> Result<Vec<f32>, TaskError> {
    let mut values = block.modality_values()?.into_raw_vec_and_offset().0;
    if let Some(padded) = block.padded() {
        let measured = values.iter().zip(&padded).filter(|(_, padded)| !**padded);
        let least = measured.fold(f32::INFINITY, |least, (value, _)| least.min(*value));
        let least = if least.is_finite() { least } else { 0.0 };
        let pixels = values
            .iter_mut()
            .zip(&padded)
            .filter(|(_, padded)| **padded);
        pixels.for_each(|(value, _)| *value = least);
    }
    Ok(values)
}

fn ready(task: &Task, blobs: &dyn Blobs) -> Result<Arc<LoadedModel>, TaskError> {
    let digest = task
        .parameters
        .model()
        .ok_or_else(|| malformed("task", format_args!("{} names no model", task.operation)))?;
    let asked = task.parameters.class();
    let model = load(digest, &fetch(blobs, &digest)?, asked)?.model;
    let here = Digest::from(model.class);
    match asked {
        Some(asked) if asked != here && task.level == Determinism::Strict => {
            Err(TaskError::OtherClass {
                asked: asked.short(),
                here: here.short(),
            })
        }
        _ => Ok(model),
    }
}

fn load(digest: Digest, package: &[u8], class: Option<Digest>) -> Result<ReadyModel, TaskError> {
    let class = class.map(|class| *class.bytes());
    kernel_inference::load(*digest.bytes(), package, class).map_err(|error| TaskError::Kernel {
        operation: "model".to_owned(),
        reason: error.to_string(),
    })
}

fn refused(operation: &str, error: InferenceError) -> TaskError {
    match error {
        InferenceError::Cancelled => TaskError::Cancelled,
        error => TaskError::Kernel {
            operation: operation.to_owned(),
            reason: error.to_string(),
        },
    }
}
