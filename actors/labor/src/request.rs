//! What is checked before anything runs: the job's name, its operation and its parameters.

use actor_messages::{JobId, JobRequest};
use kernel_tasks::{
    BlockShape, Digest, JOB_SLICES_MAX, Job, OperationSpec, ParameterKind, Parameters, TaskError,
    operation,
};
use std::collections::BTreeMap;

use actor_messages::work::PreparedInput;

use crate::error::LaborActorError;
use crate::files::LoadedMatrix;
use crate::matrix::{self, MatrixSource};

/// A request whose operation exists and whose parameters are of the right kind and range.
#[derive(Clone, Debug)]
pub struct CheckedRequest {
    /// The operation.
    pub spec: &'static OperationSpec,
    /// Parameters other than matrices, as typed.
    pub plain: Vec<(String, String)>,
    /// Matrix parameters and where they come from.
    pub matrices: Vec<(String, MatrixSource)>,
}

/// Checks what can be checked without reading a file.
pub fn check_request(job: &JobId, request: &JobRequest) -> Result<CheckedRequest, LaborActorError> {
    if job.0.len() != 16 || !job.0.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(LaborActorError::JobName(job.0.chars().take(40).collect()));
    }
    let spec = operation(&request.operation)?;
    let is_matrix = |name: &str| {
        spec.parameter(name)
            .is_some_and(|parameter| parameter.kind == ParameterKind::Matrix)
    };
    let mut checked = CheckedRequest {
        spec,
        plain: Vec::new(),
        matrices: Vec::new(),
    };
    let mut pairs = Vec::with_capacity(request.parameters.len());
    for (name, text) in &request.parameters {
        if is_matrix(name) {
            checked
                .matrices
                .push((name.clone(), matrix::parse(name, text)?));
            // Any digest stands for the matrix until it is loaded: this pass looks at names, kinds and ranges.
            pairs.push((name.clone(), Digest::of(text.as_bytes()).to_string()));
        } else {
            checked.plain.push((name.clone(), text.clone()));
            pairs.push((name.clone(), text.clone()));
        }
    }
    Parameters::parse(spec, &pairs)?;
    match request.frames.len() {
        0 => Err(TaskError::NoSlices.into()),
        count if count > JOB_SLICES_MAX => {
            let (count, limit) = (count as u64, JOB_SLICES_MAX as u64);
            Err(TaskError::TooMany {
                what: "Slices of a job",
                count,
                limit,
            }
            .into())
        }
        _ => Ok(checked),
    }
}

/// A job whose shapes fit, ready to be split.
#[derive(Clone, Debug)]
pub struct CheckedJob {
    /// The request by content.
    pub job: Job,
    /// Of every slice and matrix.
    pub shapes: BTreeMap<Digest, BlockShape>,
    /// Encoded bytes of every slice and matrix.
    pub blob_bytes: BTreeMap<Digest, u64>,
}

/// Checks the shapes of the prepared slices against the parameters; errors name the slice, from 1.
pub fn check_shapes(
    request: &JobRequest,
    checked: &CheckedRequest,
    inputs: &[PreparedInput],
    matrices: &[LoadedMatrix],
) -> Result<CheckedJob, LaborActorError> {
    let frames = request.frames.len();
    if inputs.len() != frames {
        return Err(LaborActorError::InputCount {
            prepared: inputs.len(),
            frames,
        });
    }
    let side = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
    let mut shapes = BTreeMap::new();
    let mut blob_bytes = BTreeMap::new();
    for input in inputs {
        shapes.insert(
            input.digest,
            BlockShape {
                rows: side(input.rows),
                columns: side(input.columns),
            },
        );
        blob_bytes.insert(input.digest, input.bytes);
    }
    let mut pairs = checked.plain.clone();
    for loaded in matrices {
        shapes.insert(loaded.digest, loaded.shape);
        blob_bytes.insert(loaded.digest, loaded.bytes.len() as u64);
        pairs.push((loaded.name.clone(), loaded.digest.to_string()));
    }
    let digests = inputs.iter().map(|input| input.digest).collect();
    let job = Job::new(checked.spec.name, &pairs, digests, request.level)?;
    job.check(&shapes)?;
    Ok(CheckedJob {
        job,
        shapes,
        blob_bytes,
    })
}
