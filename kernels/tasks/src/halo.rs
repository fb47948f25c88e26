//! How many slices beyond its result an operation reads: known from its description, its parameters and the distance of the slices.

use crate::execute::fetch;
use crate::operation::Halo;
use crate::pipeline::{in_step, read_formula};
use crate::table_filters::HALO_SLICES_MAX;
use crate::{Blobs, OperationSpec, ParameterValue, Parameters, Pipeline, TaskError, operation};

/// Slices on either side that each slice of the result depends on, at most; 0 for operations that take slices by themselves.
/// `slice_mm` is the distance of the slices; `blobs` has the formula or the pipeline of operations that have one.
///
/// # Errors
/// A length in mm where the distance is not known; more than 96 slices; a document that is missing or malformed.
pub fn halo_slices(
    spec: &OperationSpec,
    parameters: &Parameters,
    slice_mm: Option<f64>,
    blobs: &dyn Blobs,
) -> Result<usize, TaskError> {
    let within_slices =
        spec.parameter("dimensions").is_some() && parameters.choice("dimensions")? == "slices";
    let slices = match spec.halo {
        _ if within_slices => 0,
        Halo::None => 0,
        Halo::Voxels(voxels) => voxels as usize,
        Halo::Length { name, times } => {
            let voxels = match parameters.get(name) {
                Some(ParameterValue::Integer(whole)) => whole as f64,
                _ => in_voxels(parameters, name, slice_mm)?,
            };
            // Beyond any limit it is refused below.
            (times * voxels).ceil().min(f64::from(u32::MAX)) as usize
        }
        Halo::Formula => {
            let formula = read_formula(&fetch(blobs, &parameters.document("formula")?)?)?;
            let reason = |error: kernel_algebra::AlgebraError| TaskError::Formula {
                reason: error.to_string(),
            };
            formula.halo_slices(slice_mm).map_err(reason)?
        }
        Halo::Steps => {
            let pipeline = Pipeline::decode(&fetch(blobs, &parameters.document("steps")?)?)?;
            let mut sum = 0usize;
            for (at, step) in pipeline.steps.iter().enumerate() {
                let spec = operation(&step.operation)?;
                sum += halo_slices(spec, &step.parameters, slice_mm, step)
                    .map_err(in_step(at, &step.operation))?;
            }
            sum
        }
    };
    if slices as u64 > HALO_SLICES_MAX as u64 {
        return Err(TaskError::TooMany {
            what: "Slices that a task reads beyond its result",
            count: slices as u64,
            limit: HALO_SLICES_MAX as u64,
        });
    }
    Ok(slices)
}

/// A length of the parameters in voxels of this size.
pub(crate) fn in_voxels(
    parameters: &Parameters,
    name: &str,
    voxel_mm: Option<f64>,
) -> Result<f64, TaskError> {
    let length = parameters.real(name)?;
    match (parameters.choice("unit")?, voxel_mm) {
        ("voxels", _) => Ok(length),
        (_, Some(mm)) => Ok(length / mm),
        (_, None) => Err(TaskError::NoVoxelSize {
            name: name.to_owned(),
        }),
    }
}
