//! One task: an operation on one slice, with its identity, its cost and its needs.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::canonical::{self, TASK_BYTES_MAX, malformed};
use crate::operation::{MODEL_SLICE, MODEL_VOLUME, Reach, SVD_COMPRESS, TRANSFORM_MATRIX};
use crate::{Digest, OperationSpec, Parameters, TASK_INPUTS_MAX, TaskError, TaskId, operation};

const WHAT: &str = "task";
const VERSION: u16 = 1;
const ID_DOMAIN: &str = "clisonix 2026-11 task id v1";

/// How equal the answers of different machines must be; a job states one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Determinism {
    /// Bit for bit: exact operations anywhere, others only among peers of one numeric class.
    Strict,
    /// Any peer, within the operation's stated tolerance.
    Relaxed,
    /// Random numbers from a counter-based generator keyed by this seed and the task's id.
    Stochastic(u64),
}

impl fmt::Display for Determinism {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Strict => out.write_str("strict"),
            Self::Relaxed => out.write_str("relaxed"),
            Self::Stochastic(seed) => write!(out, "stochastic, seed {seed}"),
        }
    }
}

/// Rows and columns of a block that is known by its digest only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct BlockShape {
    /// Rows.
    pub rows: u32,
    /// Columns.
    pub columns: u32,
}

/// An operation on one slice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// Name of the operation.
    pub operation: String,
    /// Version of the operation.
    pub version: u32,
    /// Its parameters, complete.
    pub parameters: Parameters,
    /// The slices it reads: content addresses of [`PixelBlock`](crate::PixelBlock)s.
    pub inputs: Vec<Digest>,
    /// What the job asked for; not part of the id.
    pub level: Determinism,
}

/// What the id is made of; `model` is also among the parameters of operations that have one.
#[derive(Serialize)]
struct Identity<'a> {
    version: u16,
    operation: &'a str,
    operation_version: u32,
    parameters: &'a Parameters,
    inputs: &'a [Digest],
    model: Option<Digest>,
}

#[derive(Serialize, Deserialize)]
struct Wire {
    version: u16,
    task: Task,
}

impl Task {
    /// BLAKE3 over the canonical bytes of (operation, operation version, parameters, input digests, model digest).
    pub fn id(&self) -> TaskId {
        let identity = Identity {
            version: VERSION,
            operation: &self.operation,
            operation_version: self.version,
            parameters: &self.parameters,
            inputs: &self.inputs,
            model: self.parameters.model(),
        };
        TaskId(Digest::in_domain(ID_DOMAIN, &canonical::encode(&identity)))
    }

    /// Whether this program can compute the task at all: known operation, same version, right parameters, one input (a 3-D model takes a whole series).
    pub fn check(&self) -> Result<&'static OperationSpec, TaskError> {
        let spec = check_operation(&self.operation, self.version, &self.parameters)?;
        if self.inputs.len() > TASK_INPUTS_MAX {
            let (count, limit) = (self.inputs.len() as u64, TASK_INPUTS_MAX as u64);
            return Err(TaskError::TooMany {
                what: "Inputs of a task",
                count,
                limit,
            });
        }
        if spec.reach != Reach::Slice && !self.inputs.is_empty() {
            self.result_slices()?;
            return Ok(spec);
        }
        if self.inputs.len() != 1 {
            return Err(malformed(
                WHAT,
                format_args!(
                    "{} takes 1 slice, not {}",
                    self.operation,
                    self.inputs.len()
                ),
            ));
        }
        Ok(spec)
    }

    /// Every blob a machine needs before it can compute the task: slices, matrices, a model; sorted, each once.
    pub fn blobs(&self) -> Vec<Digest> {
        let mut blobs: Vec<Digest> = self
            .inputs
            .iter()
            .copied()
            .chain(self.parameters.matrices())
            .chain(self.parameters.model())
            .collect();
        blobs.sort_unstable();
        blobs.dedup();
        blobs
    }

    /// Work in multiply-adds, an integer that every node computes alike; at least 1, and saturating.
    pub fn cost(&self, shapes: &BTreeMap<Digest, BlockShape>) -> Result<u64, TaskError> {
        let shape = self.slice_shape(shapes)?;
        let (rows, columns) = (u64::from(shape.rows), u64::from(shape.columns));
        let pixels = rows.saturating_mul(columns);
        let cost = match self.operation.as_str() {
            // Products of the range finder and the reconstruction, each pixels x (k + margin), then small factorisations.
            SVD_COMPRESS => {
                let width = u64::try_from(self.parameters.integer("k")?)
                    .unwrap_or(0)
                    .saturating_add(SVD_MARGIN);
                let small = rows
                    .saturating_add(columns)
                    .saturating_mul(width)
                    .saturating_mul(width);
                pixels
                    .saturating_mul(width)
                    .saturating_mul(SVD_PASSES)
                    .saturating_add(small.saturating_mul(4))
            }
            TRANSFORM_MATRIX => pixels.saturating_mul(self.weights_shape(shapes)?.rows.into()),
            MODEL_SLICE => pixels.saturating_mul(MODEL_COST_PER_PIXEL),
            MODEL_VOLUME => pixels
                .saturating_mul(MODEL_COST_PER_PIXEL)
                .saturating_mul(self.result_slices()?.len() as u64),
            _ => {
                let spec = operation(&self.operation)?;
                let voxels = pixels.saturating_mul(self.inputs.len().max(1) as u64);
                voxels.saturating_mul(spec.cost_per_voxel)
            }
        };
        Ok(cost.max(1))
    }

    /// Memory the task may need while it runs, in bytes: inputs, working copies and output; saturating.
    pub fn memory_bytes(&self, shapes: &BTreeMap<Digest, BlockShape>) -> Result<u64, TaskError> {
        let shape = self.slice_shape(shapes)?;
        let (rows, columns) = (u64::from(shape.rows), u64::from(shape.columns));
        let pixels = rows.saturating_mul(columns);
        // The encoded block and its samples at up to eight bytes, and the modality values at four.
        let input_bytes = pixels.saturating_mul(8 + 8 + 4);
        let working_bytes = match self.operation.as_str() {
            SVD_COMPRESS => {
                let width = u64::try_from(self.parameters.integer("k")?)
                    .unwrap_or(0)
                    .saturating_add(SVD_MARGIN);
                rows.saturating_add(columns)
                    .saturating_mul(width)
                    .saturating_mul(4 * 6)
                    .saturating_add(pixels.saturating_mul(4))
            }
            TRANSFORM_MATRIX => {
                let weights = self.weights_shape(shapes)?;
                let values = u64::from(weights.rows).saturating_mul(weights.columns.into());
                let results = rows.saturating_mul(weights.rows.into());
                values
                    .saturating_mul(12)
                    .saturating_add(results.saturating_mul(12))
            }
            MODEL_SLICE => pixels.saturating_mul(MODEL_BYTES_PER_PIXEL),
            MODEL_VOLUME => {
                let slices = self.result_slices()?.len() as u64;
                let others = self.inputs.len() as u64;
                pixels
                    .saturating_mul(slices.saturating_mul(MODEL_VOLUME_BYTES_PER_VOXEL))
                    .saturating_add(input_bytes.saturating_mul(others))
                    .saturating_add(MODEL_PATCH_BYTES)
            }
            _ => {
                let slices = self.inputs.len().max(1) as u64;
                pixels
                    .saturating_mul(slices.saturating_mul(SLAB_BYTES_PER_VOXEL))
                    .saturating_add(input_bytes)
            }
        };
        Ok(input_bytes
            .saturating_add(working_bytes)
            .saturating_add(TASK_BYTES_FLOOR))
    }

    /// Whether the shapes allow the parameters; `slice` (from 1) is for the error.
    pub(crate) fn check_shapes(
        &self,
        shapes: &BTreeMap<Digest, BlockShape>,
        slice: usize,
    ) -> Result<(), TaskError> {
        let shape = self.slice_shape(shapes)?;
        match self.operation.as_str() {
            SVD_COMPRESS => {
                let (k, most) = (self.parameters.integer("k")?, shape.rows.min(shape.columns));
                if k > i64::from(most) {
                    let BlockShape { rows, columns } = shape;
                    return Err(TaskError::RankTooLarge {
                        k,
                        slice,
                        rows,
                        columns,
                        most,
                    });
                }
            }
            TRANSFORM_MATRIX => {
                let weights = self.weights_shape(shapes)?;
                if weights.columns != shape.columns {
                    return Err(TaskError::WeightsShape {
                        weight_columns: weights.columns,
                        slice,
                        columns: shape.columns,
                    });
                }
                canonical::pixel_count("result", shape.rows, weights.rows)?;
            }
            MODEL_VOLUME => {
                for (at, input) in self.inputs.iter().enumerate() {
                    let other = shapes
                        .get(input)
                        .copied()
                        .ok_or(TaskError::UnknownShape { digest: *input })?;
                    if other != shape {
                        return Err(TaskError::NoVolume {
                            slice: at + 1,
                            rows: other.rows,
                            columns: other.columns,
                        });
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Which of its inputs the task's result is for: all but for a 3-D model, whose series is shared among tasks, and for
    /// a slab, which has a halo.
    pub fn result_slices(&self) -> Result<Range<usize>, TaskError> {
        let count = self.inputs.len();
        if operation(&self.operation)?.reach == Reach::Slice {
            return Ok(0..count);
        }
        let whole = |name| -> Result<usize, TaskError> {
            usize::try_from(self.parameters.integer(name)?)
                .map_err(|error| malformed(WHAT, format_args!("{name}: {error}")))
        };
        let (first, slices) = (whole("first")?, whole("slices")?);
        if first >= count {
            return Err(malformed(
                WHAT,
                format_args!("there is no slice {} among {count}", first + 1),
            ));
        }
        Ok(first..first.saturating_add(slices).min(count))
    }

    /// The canonical bytes, for the wire and the journal.
    pub fn encode(&self) -> Vec<u8> {
        canonical::encode(&Wire {
            version: VERSION,
            task: self.clone(),
        })
    }

    /// Reads what [`Task::encode`] wrote and checks it as [`Task::check`] does; bounded, and never panics on foreign bytes.
    pub fn decode(bytes: &[u8]) -> Result<Self, TaskError> {
        let wire: Wire = canonical::decode(WHAT, bytes, TASK_BYTES_MAX, VERSION)?;
        wire.task.check()?;
        Ok(wire.task)
    }

    fn slice_shape(&self, shapes: &BTreeMap<Digest, BlockShape>) -> Result<BlockShape, TaskError> {
        let digest = *self.inputs.first().ok_or(TaskError::NoSlices)?;
        shapes
            .get(&digest)
            .copied()
            .ok_or(TaskError::UnknownShape { digest })
    }

    fn weights_shape(
        &self,
        shapes: &BTreeMap<Digest, BlockShape>,
    ) -> Result<BlockShape, TaskError> {
        let digest = self.parameters.matrix("weights")?;
        shapes
            .get(&digest)
            .copied()
            .ok_or(TaskError::UnknownShape { digest })
    }
}

/// Columns a randomised range finder takes beyond k, about.
const SVD_MARGIN: u64 = 16;
/// Products over the whole slice in one compression, about: range, power iterations, projection, reconstruction.
const SVD_PASSES: u64 = 8;
/// Multiply-adds of a model for each pixel, about: what a small network of imaging needs.
const MODEL_COST_PER_PIXEL: u64 = 30_000;
/// Bytes of a 2-D model's inner channels for each pixel, about: two layers of 64 channels and their neighbourhoods.
const MODEL_BYTES_PER_PIXEL: u64 = 4 * 64 * 4;
/// Bytes of a 3-D model's merged answer for each voxel of the result, about.
const MODEL_VOLUME_BYTES_PER_VOXEL: u64 = 4 * 8;
/// Bytes of one patch of a 3-D model, about.
const MODEL_PATCH_BYTES: u64 = 1 << 30;
/// Bytes of the values, the padding, the result and what an operation has in between, for each voxel of a slab, about.
const SLAB_BYTES_PER_VOXEL: u64 = 4 * 5;
/// Memory that even the smallest task is counted with.
const TASK_BYTES_FLOOR: u64 = 64 * 1024;

/// Whether the operation is known here in that version, and takes those parameters.
pub(crate) fn check_operation(
    name: &str,
    version: u32,
    parameters: &Parameters,
) -> Result<&'static OperationSpec, TaskError> {
    let spec = operation(name)?;
    if spec.version != version {
        return Err(TaskError::OperationVersion {
            operation: spec.name.to_owned(),
            asked: version,
            here: spec.version,
        });
    }
    parameters.check(spec)?;
    Ok(spec)
}
