//! A pipeline: operations one after another, read from TOML and kept as a blob with a content address.

use std::collections::BTreeMap;
use std::sync::Arc;

use kernel_algebra::MaskFormula;
use serde::{Deserialize, Serialize};

use crate::canonical::{self, malformed};
use crate::operation::{OutputKind, PIPELINE, ParameterKind, Reach};
use crate::task::check_operation;
use crate::{Blobs, Digest, MatrixBlock, OperationSpec, Parameters, TaskError, operation};

const WHAT: &str = "pipeline";
const VERSION: u16 = 1;
/// Most steps of a pipeline.
pub const PIPELINE_STEPS_MAX: usize = 64;
/// Most bytes of a pipeline's text.
pub const PIPELINE_TEXT_BYTES_MAX: usize = 1024 * 1024;
/// Most bytes of a pipeline with its matrices.
pub const PIPELINE_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Parameters that say how a task is cut out of a series: they belong to the pipeline as a whole.
const CUTTING: [&str; 3] = ["slices", "halo", "first"];

/// Operations one after another, complete with the matrices and formulas they need.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pipeline {
    /// In the order they run, at least one.
    pub steps: Vec<Step>,
}

/// One operation of a pipeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Name of the operation.
    pub operation: String,
    /// Version of the operation.
    pub version: u32,
    /// Its parameters, complete.
    pub parameters: Parameters,
    /// The blobs that its parameters name, by their digests.
    pub blobs: BTreeMap<Digest, Vec<u8>>,
}

#[derive(Serialize, Deserialize)]
struct Wire {
    version: u16,
    pipeline: Pipeline,
}

/// The text of a pipeline, as written by hand.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Text {
    /// For people.
    #[serde(default)]
    #[expect(dead_code, reason = "a title is for who reads the file")]
    title: String,
    #[serde(default)]
    step: Vec<BTreeMap<String, toml::Value>>,
}

impl Pipeline {
    /// Reads TOML: a `[[step]]` for each operation, with `operation = "name"` and its parameters. `matrix` makes the matrix of a
    /// parameter from its text.
    ///
    /// # Errors
    /// Name the line, or the step, counted from 1, and the parameter.
    pub fn parse(
        text: &str,
        matrix: &mut dyn FnMut(&str, &str) -> Result<MatrixBlock, String>,
    ) -> Result<Self, TaskError> {
        let text = read_text(text)?;
        let mut steps = Vec::with_capacity(text.len().min(PIPELINE_STEPS_MAX));
        for (at, fields) in text.into_iter().enumerate() {
            let name = match fields.get("operation") {
                Some(toml::Value::String(name)) => name.clone(),
                _ => "without an operation".to_owned(),
            };
            steps.push(read_step(&name, fields, matrix).map_err(in_step(at, &name))?);
            if at >= PIPELINE_STEPS_MAX {
                break;
            }
        }
        let pipeline = Self { steps };
        pipeline.check()?;
        Ok(pipeline)
    }

    /// Whether there are steps, each an operation of this program that a pipeline can have, with its parameters and blobs.
    pub fn check(&self) -> Result<(), TaskError> {
        if self.steps.is_empty() {
            return Err(TaskError::Pipeline {
                reason: "it has no [[step]]".to_owned(),
            });
        }
        if self.steps.len() > PIPELINE_STEPS_MAX {
            return Err(TaskError::TooMany {
                what: "Steps of a pipeline",
                count: self.steps.len() as u64,
                limit: PIPELINE_STEPS_MAX as u64,
            });
        }
        for (at, step) in self.steps.iter().enumerate() {
            step.check().map_err(in_step(at, &step.operation))?;
        }
        Ok(())
    }

    /// The canonical bytes: their [`Digest::of`] is the pipeline's address. Fails where [`Pipeline::check`] does.
    pub fn encode(&self) -> Result<Vec<u8>, TaskError> {
        self.check()?;
        Ok(canonical::encode(&Wire {
            version: VERSION,
            pipeline: self.clone(),
        }))
    }

    /// Reads what [`Pipeline::encode`] wrote; bounded by [`PIPELINE_BYTES_MAX`], and never panics on foreign bytes.
    pub fn decode(bytes: &[u8]) -> Result<Self, TaskError> {
        let wire: Wire = canonical::decode(WHAT, bytes, PIPELINE_BYTES_MAX, VERSION)?;
        wire.pipeline.check()?;
        Ok(wire.pipeline)
    }

    /// What kind of result the last step gives; low-rank factors are multiplied out.
    pub fn output(&self) -> OutputKind {
        let last = self
            .steps
            .last()
            .and_then(|step| operation(&step.operation).ok());
        match last.map(|spec| spec.output) {
            Some(OutputKind::Mask) => OutputKind::Mask,
            _ => OutputKind::Image,
        }
    }
}

impl Step {
    fn check(&self) -> Result<(), TaskError> {
        let spec = check_operation(&self.operation, self.version, &self.parameters)?;
        allowed(spec)?;
        for digest in self.parameters.matrices() {
            let bytes = self
                .blobs
                .get(&digest)
                .ok_or(TaskError::MissingBlob { digest })?;
            let found = Digest::of(bytes);
            if found != digest {
                return Err(TaskError::WrongBlob {
                    asked: digest,
                    found,
                });
            }
        }
        Ok(())
    }
}

impl Blobs for Step {
    fn get(&self, digest: &Digest) -> Option<Arc<[u8]>> {
        self.blobs.get(digest).map(|bytes| bytes.as_slice().into())
    }
}

/// An error of a step, with its number.
pub(crate) fn in_step(at: usize, operation: &str) -> impl Fn(TaskError) -> TaskError {
    move |reason| match reason {
        TaskError::Cancelled => TaskError::Cancelled,
        reason => TaskError::Step {
            step: at + 1,
            operation: operation.chars().take(80).collect(),
            reason: Box::new(reason),
        },
    }
}

fn allowed(spec: &OperationSpec) -> Result<(), TaskError> {
    if spec.name == PIPELINE || spec.output == OutputKind::Model || spec.reach == Reach::Series {
        return Err(TaskError::Pipeline {
            reason: format!("{} cannot be a step", spec.name),
        });
    }
    Ok(())
}

/// The steps of a pipeline's text as they are written, none of them checked.
pub(crate) fn read_text(text: &str) -> Result<Vec<BTreeMap<String, toml::Value>>, TaskError> {
    if text.len() > PIPELINE_TEXT_BYTES_MAX {
        return Err(TaskError::TooMany {
            what: "Bytes of a pipeline's text",
            count: text.len() as u64,
            limit: PIPELINE_TEXT_BYTES_MAX as u64,
        });
    }
    let text: Text = toml::from_str(text).map_err(|error| TaskError::Pipeline {
        reason: error.to_string().trim_end().replace('\n', " "),
    })?;
    Ok(text.step)
}

pub(crate) fn read_step(
    name: &str,
    fields: BTreeMap<String, toml::Value>,
    matrix: &mut dyn FnMut(&str, &str) -> Result<MatrixBlock, String>,
) -> Result<Step, TaskError> {
    let spec = operation(name)?;
    allowed(spec)?;
    let mut blobs = BTreeMap::new();
    let mut pairs = Vec::new();
    for (name, value) in fields {
        if name == "operation" {
            continue;
        }
        if CUTTING.contains(&name.as_str()) {
            return Err(TaskError::Pipeline {
                reason: format!("{name} is a parameter of the pipeline as a whole"),
            });
        }
        let text = match value {
            toml::Value::String(text) => text,
            toml::Value::Integer(value) => value.to_string(),
            toml::Value::Float(value) => value.to_string(),
            other => {
                return Err(TaskError::Pipeline {
                    reason: format!(
                        "{name} is of type {}, and a text or a number is needed",
                        other.type_str()
                    ),
                });
            }
        };
        let blob = match spec.parameter(&name).map(|parameter| parameter.kind) {
            Some(ParameterKind::Matrix) => {
                let block =
                    matrix(&name, &text).map_err(|reason| TaskError::Pipeline { reason })?;
                Some(block.encode()?)
            }
            Some(ParameterKind::Formula) => Some(formula_blob(&text)?),
            _ => None,
        };
        let text = match blob {
            None => text,
            Some(bytes) => {
                let digest = Digest::of(&bytes);
                blobs.insert(digest, bytes);
                digest.to_string()
            }
        };
        pairs.push((name, text));
    }
    Ok(Step {
        operation: spec.name.to_owned(),
        version: spec.version,
        parameters: Parameters::parse(spec, &pairs)?,
        blobs,
    })
}

/// The blob of a formula over `image`: its text, once it can be read. Errors name the place.
pub fn formula_blob(text: &str) -> Result<Vec<u8>, TaskError> {
    let text = text.trim();
    read_formula(text.as_bytes())?;
    Ok(text.as_bytes().to_vec())
}

/// The name that a formula over a series has for it.
pub(crate) const IMAGE: &str = "image";

pub(crate) fn read_formula(bytes: &[u8]) -> Result<MaskFormula, TaskError> {
    let text = std::str::from_utf8(bytes).map_err(|error| malformed("formula", error))?;
    let reason = |reason: String| TaskError::Formula { reason };
    let formula = MaskFormula::parse(text).map_err(|error| reason(error.to_string()))?;
    if let Some(name) = formula.names().find(|name| *name != IMAGE) {
        return Err(reason(format!("`{name}` is not known; there is `{IMAGE}`")));
    }
    Ok(formula)
}
