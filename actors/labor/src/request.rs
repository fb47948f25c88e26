//! What is checked before anything runs: the job's name, its operation and its parameters.

use actor_messages::{JobId, JobRequest};
use kernel_imaging::FrameReference;
use kernel_tasks::{
    Blobs, BlockShape, Digest, JOB_SLICES_MAX, Job, OperationSpec, Orientation, ParameterKind,
    Parameters, TaskError, formula_blob, halo_slices, operation,
};
use std::collections::BTreeMap;
use std::sync::Arc;

use actor_messages::work::PreparedInput;

use crate::document::DocumentSource;
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
    /// Matrix and model parameters and where they come from.
    pub matrices: Vec<(String, MatrixSource)>,
}

/// Checks what can be checked without reading a file.
pub fn check_request(job: &JobId, request: &JobRequest) -> Result<CheckedRequest, LaborActorError> {
    if job.0.len() != 16 || !job.0.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(LaborActorError::JobName(job.0.chars().take(40).collect()));
    }
    let spec = operation(&request.operation)?;
    let kind = |name: &str| spec.parameter(name).map(|parameter| parameter.kind);
    let mut checked = CheckedRequest {
        spec,
        plain: Vec::new(),
        matrices: Vec::new(),
    };
    let mut pairs = Vec::with_capacity(request.parameters.len());
    for (name, text) in &request.parameters {
        if kind(name) == Some(ParameterKind::Model) {
            let digest: Digest = text.parse()?;
            checked
                .matrices
                .push((name.clone(), MatrixSource::Model(digest)));
            pairs.push((name.clone(), text.clone()));
        } else if kind(name) == Some(ParameterKind::Matrix) {
            checked
                .matrices
                .push((name.clone(), matrix::parse(name, text)?));
            // Any digest stands for the matrix until it is loaded: this pass looks at names, kinds and ranges.
            pairs.push((name.clone(), Digest::of(text.as_bytes()).to_string()));
        } else if let Some(source) = document(name, text, kind(name))? {
            checked
                .matrices
                .push((name.clone(), MatrixSource::Document(source)));
            pairs.push((name.clone(), Digest::of(text.as_bytes()).to_string()));
        } else {
            checked.plain.push((name.clone(), text.clone()));
            pairs.push((name.clone(), text.clone()));
        }
    }
    if spec.parameter(CLASS).is_some() {
        // Known once the model has answered its test case; any digest stands for it until then.
        pairs.retain(|(name, _)| name != CLASS);
        checked.plain.retain(|(name, _)| name != CLASS);
        pairs.push((CLASS.to_owned(), Digest::of(b"").to_string()));
    }
    let given = |wanted: &str| request.parameters.iter().any(|(name, _)| name == wanted);
    if spec.parameter(ORIENTATION).is_some() && !given(ORIENTATION) {
        let code = orientation(&request.frames).map_or(0, Orientation::code);
        checked
            .plain
            .push((ORIENTATION.to_owned(), code.to_string()));
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

/// The source of a formula or a pipeline; a formula is read at once, so that what is wrong with it is told before anything runs.
fn document(
    name: &str,
    text: &str,
    kind: Option<ParameterKind>,
) -> Result<Option<DocumentSource>, LaborActorError> {
    match kind {
        Some(ParameterKind::Formula) => {
            formula_blob(text)?;
            Ok(Some(DocumentSource::Formula(text.to_owned())))
        }
        Some(ParameterKind::Pipeline) if text.trim().is_empty() => Err(TaskError::Pipeline {
            reason: format!("{name} is empty, and the path of a TOML file is needed"),
        }
        .into()),
        Some(ParameterKind::Pipeline) => Ok(Some(DocumentSource::Pipeline(text.trim().into()))),
        _ => Ok(None),
    }
}

/// The blobs of the parameters, to be looked into.
struct Loaded<'a>(&'a [LoadedMatrix]);

impl Blobs for Loaded<'_> {
    fn get(&self, digest: &Digest) -> Option<Arc<[u8]>> {
        let found = self.0.iter().find(|loaded| loaded.digest == *digest)?;
        Some(Arc::clone(&found.bytes))
    }
}

/// How many slices beyond its result each task reads, where the operation says.
fn halo(
    request: &JobRequest,
    spec: &OperationSpec,
    pairs: &[(String, String)],
    matrices: &[LoadedMatrix],
) -> Result<Option<usize>, TaskError> {
    if spec.parameter(HALO).is_none() || pairs.iter().any(|(name, _)| name == HALO) {
        return Ok(None);
    }
    let parameters = Parameters::parse(spec, pairs)?;
    halo_slices(spec, &parameters, request.slice_mm, &Loaded(matrices)).map(Some)
}

/// The parameter that says how many slices a task reads beyond its result.
const HALO: &str = "halo";
/// The parameter that holds the numeric class of a model.
const CLASS: &str = "class";
/// The parameter that says how a series lies in the patient.
const ORIENTATION: &str = "orientation";

/// How the axes slices, rows, columns of these frames lie in the patient; `None` where the frames do not say.
fn orientation(frames: &[FrameReference]) -> Option<Orientation> {
    let plane = |reference: &FrameReference| reference.instance.frames.get(reference.frame)?.plane;
    let (first, last) = (plane(frames.first()?)?, plane(frames.last()?)?);
    let ahead = [0, 1, 2].map(|axis| last.position_lps_mm[axis] - first.position_lps_mm[axis]);
    let slices = if frames.len() > 1 {
        ahead
    } else {
        first.normal()
    };
    // The row direction is the way along a row, so columns count along it.
    Orientation::nearest([slices, first.column_direction_lps, first.row_direction_lps])
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
        if let Some(model) = &loaded.model {
            pairs.push((CLASS.to_owned(), model.class.to_string()));
        }
    }
    if let Some(halo) = halo(request, checked.spec, &pairs, matrices)? {
        pairs.push((HALO.to_owned(), halo.to_string()));
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
