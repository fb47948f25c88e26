//! The receipt beside every result: enough to compute it again and say whether it is equal.

use serde::{Deserialize, Serialize};

use crate::canonical::malformed;
use crate::{
    Blobs, Determinism, Digest, Parameters, Task, TaskError, TaskId, execute, numeric_class,
};

const WHAT: &str = "receipt";

/// The version of the receipt's form.
pub const RECEIPT_SCHEMA: u32 = 1;
/// Most bytes of a receipt that is read.
pub const RECEIPT_BYTES_MAX: usize = 1 << 20;

/// Where a result came from. One a slice, written as JSON beside the result; no times and no identities.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// Version of this form, [`RECEIPT_SCHEMA`].
    pub schema: u32,
    /// The program and version that wrote it, as the caller says it.
    pub application: String,
    /// The job it belongs to: [`Job::digest`](crate::Job::digest).
    pub job: Digest,
    /// The place in the job's slices, counted from 0.
    pub slice_index: u32,
    /// The task.
    pub task: TaskId,
    /// Name of the operation.
    pub operation: String,
    /// Version of the operation.
    pub version: u32,
    /// Its parameters, complete.
    pub parameters: Parameters,
    /// Content addresses of the slices read.
    pub inputs: Vec<Digest>,
    /// Content address of the model, for operations that have one.
    pub model: Option<Digest>,
    /// The determinism level of the job.
    pub level: Determinism,
    /// The members of the job's last epoch.
    pub membership_digest: Digest,
    /// Who was to compute what in that epoch.
    pub assignment_digest: Digest,
    /// Content address of the result's canonical bytes.
    pub output: Digest,
    /// The numeric class of the machine that computed it.
    pub numeric_class: Digest,
}

/// What computing a result again showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The same bytes.
    Equal,
    /// Other bytes.
    NotEqual {
        /// The output digest in the receipt.
        recorded: Digest,
        /// The output digest of the computation here.
        computed: Digest,
        /// Whether this machine is of the class the receipt names; if not, the difference may be its arithmetic.
        same_numeric_class: bool,
    },
}

impl Verdict {
    /// Whether the result was reproduced.
    pub fn is_equal(&self) -> bool {
        matches!(self, Self::Equal)
    }
}

impl Receipt {
    /// The task this receipt describes.
    pub fn task(&self) -> Task {
        Task {
            operation: self.operation.clone(),
            version: self.version,
            parameters: self.parameters.clone(),
            inputs: self.inputs.clone(),
            level: self.level,
        }
    }

    /// The text of the receipt: JSON with fields in a fixed order and a final line feed.
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self)
            .expect("plain values with text keys are always JSON");
        text.push('\n');
        text
    }

    /// Reads a receipt; at most [`RECEIPT_BYTES_MAX`] bytes, of schema [`RECEIPT_SCHEMA`], whose task id fits its fields.
    pub fn from_json(text: &str) -> Result<Self, TaskError> {
        if text.len() > RECEIPT_BYTES_MAX {
            let (count, limit) = (text.len() as u64, RECEIPT_BYTES_MAX as u64);
            return Err(TaskError::TooMany {
                what: "Bytes of a receipt",
                count,
                limit,
            });
        }
        let receipt: Self = serde_json::from_str(text).map_err(|error| malformed(WHAT, error))?;
        receipt.check()?;
        Ok(receipt)
    }

    /// Whether the form is this program's, and the task id is the one that operation, parameters and inputs give.
    pub fn check(&self) -> Result<(), TaskError> {
        if self.schema != RECEIPT_SCHEMA {
            return Err(malformed(
                WHAT,
                format_args!("schema {} is not {RECEIPT_SCHEMA}", self.schema),
            ));
        }
        if self.model != self.parameters.model() {
            let named = |model: Option<Digest>| {
                model.map_or_else(|| "no model".to_owned(), |model| format!("model {model}"))
            };
            return Err(malformed(
                WHAT,
                format_args!(
                    "{} takes {}, and {} is named",
                    self.operation,
                    named(self.parameters.model()),
                    named(self.model)
                ),
            ));
        }
        let described = self.task().id();
        if described == self.task {
            Ok(())
        } else {
            Err(TaskError::AlteredReceipt {
                recorded: self.task,
                described,
            })
        }
    }

    /// Computes the result again from its blobs, whose contents are checked, and compares.
    /// An error means it could not be computed, so nothing is proven.
    pub fn verify(&self, blobs: &dyn Blobs) -> Result<Verdict, TaskError> {
        self.check()?;
        let task = self.task();
        for asked in task.blobs() {
            let bytes = blobs
                .get(&asked)
                .ok_or(TaskError::MissingBlob { digest: asked })?;
            let found = Digest::of(&bytes);
            if found != asked {
                return Err(TaskError::WrongBlob { asked, found });
            }
        }
        let (recorded, computed) = (self.output, Digest::of(&execute(&task, blobs, &|| false)?));
        if recorded == computed {
            return Ok(Verdict::Equal);
        }
        Ok(Verdict::NotEqual {
            recorded,
            computed,
            same_numeric_class: self.numeric_class == numeric_class(),
        })
    }
}
