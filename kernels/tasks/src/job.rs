//! A job: one operation over the slices of a series; how it becomes tasks, and how their results become one digest.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::canonical::{self, JOB_BYTES_MAX};
use crate::operation::{MODEL_VOLUME, Reach};
use crate::task::check_operation;
use crate::{
    BlockShape, Determinism, Digest, JOB_SLICES_MAX, OperationSpec, Parameters, TASK_INPUTS_MAX,
    Task, TaskError, TaskId, operation,
};

const WHAT: &str = "job";
const VERSION: u16 = 1;
const ID_DOMAIN: &str = "clisonix 2026-11 job v1";
const RESULT_DOMAIN: &str = "clisonix 2026-11 job result v1";

/// One operation over a series.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// Name of the operation.
    pub operation: String,
    /// Version of the operation.
    pub version: u32,
    /// Its parameters, complete.
    pub parameters: Parameters,
    /// The slices in slice order: content addresses of [`PixelBlock`](crate::PixelBlock)s.
    pub inputs: Vec<Digest>,
    /// How equal the answers of different machines must be.
    pub level: Determinism,
}

#[derive(Serialize, Deserialize)]
struct Wire {
    version: u16,
    job: Job,
}

impl Job {
    /// A job of this program's version of the operation, from `name = text` pairs; errors as [`Parameters::parse`] and [`split`] give them.
    pub fn new(
        name: &str,
        pairs: &[(String, String)],
        inputs: Vec<Digest>,
        level: Determinism,
    ) -> Result<Self, TaskError> {
        let spec = operation(name)?;
        let parameters = Parameters::parse(spec, pairs)?;
        let job = Self {
            operation: spec.name.to_owned(),
            version: spec.version,
            parameters,
            inputs,
            level,
        };
        job.check_request()?;
        Ok(job)
    }

    /// The identity of the request: operation, version, parameters, slices in their order, and level.
    pub fn digest(&self) -> Digest {
        Digest::in_domain(ID_DOMAIN, &self.encode())
    }

    /// Everything that can be refused before anything runs: the request itself, and each slice against the parameters.
    /// `shapes` has the shape of every slice and matrix of the job; errors name the slice, counted from 1.
    pub fn check(&self, shapes: &BTreeMap<Digest, BlockShape>) -> Result<(), TaskError> {
        let spec = self.check_request()?;
        if self.operation == MODEL_VOLUME {
            return self.volume_task(0).check_shapes(shapes, 1);
        }
        if spec.reach == Reach::Slab {
            return self.check_slabs(shapes);
        }
        (1..)
            .zip(&self.inputs)
            .try_for_each(|(slice, input)| self.task(*input).check_shapes(shapes, slice))
    }

    fn check_request(&self) -> Result<&'static OperationSpec, TaskError> {
        let spec = check_operation(&self.operation, self.version, &self.parameters)?;
        match self.inputs.len() {
            0 => Err(TaskError::NoSlices),
            count if self.operation == MODEL_VOLUME && count > TASK_INPUTS_MAX => {
                Err(TaskError::TooMany {
                    what: "Slices of a series for a 3-D model",
                    count: count as u64,
                    limit: TASK_INPUTS_MAX as u64,
                })
            }
            count if count > JOB_SLICES_MAX => Err(TaskError::TooMany {
                what: "Slices of a job",
                count: count as u64,
                limit: JOB_SLICES_MAX as u64,
            }),
            _ => Ok(spec),
        }
    }

    fn task(&self, input: Digest) -> Task {
        Task {
            operation: self.operation.clone(),
            version: self.version,
            parameters: self.parameters.clone(),
            inputs: vec![input],
            level: self.level,
        }
    }

    /// The task of a 3-D model whose result begins at slice `first`: it reads the whole series.
    fn volume_task(&self, first: usize) -> Task {
        let first = i64::try_from(first).unwrap_or(i64::MAX);
        Task {
            operation: self.operation.clone(),
            version: self.version,
            parameters: self.parameters.with_integer("first", first),
            inputs: self.inputs.clone(),
            level: self.level,
        }
    }

    /// Slices that are read together must be alike, as those of a volume are.
    fn check_slabs(&self, shapes: &BTreeMap<Digest, BlockShape>) -> Result<(), TaskError> {
        let mut like = None;
        for (slice, digest) in (1..).zip(&self.inputs) {
            let digest = *digest;
            let shape = *shapes
                .get(&digest)
                .ok_or(TaskError::UnknownShape { digest })?;
            let first: BlockShape = *like.get_or_insert(shape);
            if first != shape {
                return Err(TaskError::NoVolume {
                    slice,
                    rows: shape.rows,
                    columns: shape.columns,
                });
            }
        }
        Ok(())
    }

    /// How many slices of the result the first task of a job computes, and how many slices it reads beyond.
    fn slab(&self) -> Result<(usize, usize), TaskError> {
        let whole = |name| {
            let value = self.parameters.integer(name)?;
            Ok::<_, TaskError>(usize::try_from(value).unwrap_or(0))
        };
        Ok((whole("slices")?.max(1), whole("halo")?))
    }

    /// The task whose result is for these slices, at most.
    fn slab_task(&self, first: usize, slices: usize, halo: usize) -> Task {
        let last = (first + slices).min(self.inputs.len());
        let (start, end) = (
            first.saturating_sub(halo),
            (last + halo).min(self.inputs.len()),
        );
        let whole = |value: usize| i64::try_from(value).unwrap_or(i64::MAX);
        Task {
            operation: self.operation.clone(),
            version: self.version,
            parameters: self
                .parameters
                .with_integer("first", whole(first - start))
                .with_integer("slices", whole(last - first)),
            inputs: self.inputs[start..end].to_vec(),
            level: self.level,
        }
    }

    /// The canonical bytes, for the wire and the journal.
    pub fn encode(&self) -> Vec<u8> {
        canonical::encode(&Wire {
            version: VERSION,
            job: self.clone(),
        })
    }

    /// Reads what [`Job::encode`] wrote and checks the request; bounded, and never panics on foreign bytes.
    pub fn decode(bytes: &[u8]) -> Result<Self, TaskError> {
        let wire: Wire = canonical::decode(WHAT, bytes, JOB_BYTES_MAX, VERSION)?;
        wire.job.check_request()?;
        Ok(wire.job)
    }
}

/// The task of each slice, in slice order. Two slices with equal pixels give the same task twice, and neighbouring slices of a
/// 3-D model's result or of a slab share one: it has one id, and needs to run once.
pub fn split(job: &Job) -> Result<Vec<Task>, TaskError> {
    let spec = job.check_request()?;
    if job.operation == MODEL_VOLUME {
        let slices = usize::try_from(job.parameters.integer("slices")?)
            .ok()
            .filter(|slices| *slices > 0)
            .unwrap_or(1);
        let first = |slice: usize| slice / slices * slices;
        return Ok((0..job.inputs.len())
            .map(|slice| job.volume_task(first(slice)))
            .collect());
    }
    if spec.reach == Reach::Slab {
        let (slices, halo) = job.slab()?;
        let mut tasks = Vec::with_capacity(job.inputs.len());
        for first in (0..job.inputs.len()).step_by(slices) {
            let task = job.slab_task(first, slices, halo);
            let last = (first + slices).min(job.inputs.len());
            tasks.extend(std::iter::repeat_n(task, last - first));
        }
        return Ok(tasks);
    }
    Ok(job.inputs.iter().map(|input| job.task(*input)).collect())
}

/// The digest of a whole job's results: (task id, output digest) pairs in task-id order, whatever order they arrived in.
pub fn job_digest(outputs: &BTreeMap<TaskId, Digest>) -> Digest {
    let mut bytes = Vec::with_capacity(8 + outputs.len() * 64);
    bytes.extend_from_slice(&(outputs.len() as u64).to_le_bytes());
    for (task, output) in outputs {
        bytes.extend_from_slice(task.bytes());
        bytes.extend_from_slice(output.bytes());
    }
    Digest::in_domain(RESULT_DOMAIN, &bytes)
}
