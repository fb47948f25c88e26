//! The messages of the control stream. Digests, geometry, parameters and node names: nothing here can name a patient.

use actor_messages::{HeldModel, JobId};
use kernel_labor::{LaborTask, Membership};
use kernel_tasks::{Digest, TaskId};
use serde::{Deserialize, Serialize};

use super::{SENTENCE_CHARACTERS_MAX, versions_differ};
use crate::settings::{NAME_CHARACTERS_MAX, plain_text};

/// The first message of both sides. Its first two fields keep their place in every version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Hello {
    /// `PROTOCOL_VERSION` of the sender.
    pub version: u32,
    /// The name shown to people.
    pub name: String,
    /// Cores given to the mesh.
    pub capacity: u32,
    /// Memory given to jobs, bytes.
    pub memory_bytes: u64,
    /// Digest of the probe set.
    pub numeric_class: Digest,
    /// Counts the sender's restarts.
    pub incarnation: u64,
    /// The TCP port of the sender's mesh; 0 when it does not listen.
    pub port: u16,
}

/// What every version can read of a greeting.
#[derive(Deserialize)]
struct Preamble {
    version: u32,
    name: String,
}

impl Hello {
    /// Reads the other side's greeting, or says which side is older.
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, String> {
        let unreadable = || "it sent a greeting that cannot be read".to_owned();
        let (preamble, _) =
            postcard::take_from_bytes::<Preamble>(bytes).map_err(|_| unreadable())?;
        if preamble.version != super::PROTOCOL_VERSION {
            return Err(versions_differ(&preamble.name, preamble.version));
        }
        let mut hello: Self = postcard::from_bytes(bytes).map_err(|_| unreadable())?;
        hello.name = plain_text(&hello.name, NAME_CHARACTERS_MAX);
        if hello.capacity == 0 {
            return Err("it offers no cores".to_owned());
        }
        Ok(hello)
    }
}

/// One message of a control stream, after the greeting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Frame {
    /// A sign of life; comes back as an echo.
    Heartbeat {
        /// The sender's clock, microseconds since its session began.
        sent_us: u64,
    },
    /// The answer to a sign of life.
    HeartbeatEcho {
        /// As it came.
        sent_us: u64,
    },
    /// Work is offered. Whoever takes it says nothing; whoever does not answers `JobRefused`.
    JobOffer(Box<JobOffer>),
    /// The receiver of an offer will not do it.
    JobRefused {
        /// The job.
        job: JobId,
        /// One sentence.
        reason: String,
    },
    /// Please compute this now.
    TaskRequest {
        /// An offered job.
        job: JobId,
        /// One of the offered tasks.
        id: TaskId,
        /// Canonical bytes of the task.
        task: Vec<u8>,
    },
    /// A task is over.
    TaskDone {
        /// The job.
        job: JobId,
        /// The task.
        id: TaskId,
        /// What came out.
        outcome: Outcome,
    },
    /// The submitter needs nothing more of this job: it is over or cancelled.
    CloseJob {
        /// The job.
        job: JobId,
    },
    /// The sender leaves in good order.
    Bye,
    /// What the sender gives from now on.
    Standing(Standing),
    /// The models that the sender has; told after the greeting and whenever they change.
    Models(Vec<HeldModel>),
    /// A model for the receiver, to be fetched from the sender's shelf of models.
    DeployModel {
        /// Its digest.
        model: Digest,
        /// `NAME@VERSION`.
        full_name: String,
        /// Length of its package.
        bytes: u64,
    },
    /// The answer to an offered model.
    ModelAnswered {
        /// Its digest.
        model: Digest,
        /// Why it is not taken, in one sentence; none where it is there now.
        refused: Option<String>,
    },
}

/// What a node gives; told after the greeting and whenever its user changes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Standing {
    /// Cores given to the mesh.
    pub capacity: u32,
    /// Memory given to jobs, bytes.
    pub memory_bytes: u64,
    /// Why no work is taken now; one sentence.
    pub takes_nothing: Option<String>,
}

/// A job as its submitter assigned it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct JobOffer {
    /// As the submitter names it.
    pub job: JobId,
    /// Counts losses; offers carry epoch 0.
    pub epoch: u32,
    /// Who takes part.
    pub membership: Membership,
    /// What was assigned.
    pub tasks: Vec<LaborTask>,
    /// What the receiver must come to by itself.
    pub assignment_digest: Digest,
}

/// How a task ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Outcome {
    /// A small output, at once.
    Inline {
        /// Its digest, as the sender computed it.
        digest: Digest,
        /// Canonical bytes of the output.
        bytes: Vec<u8>,
    },
    /// A large output, to be fetched as a blob.
    Blob {
        /// Its digest.
        digest: Digest,
        /// Its length.
        bytes: u64,
    },
    /// One sentence.
    Failed(String),
}

/// Bounds what a peer wrote before it is shown or passed on.
pub(crate) fn sentence(text: &str) -> String {
    let plain = plain_text(text, SENTENCE_CHARACTERS_MAX);
    if plain.is_empty() {
        "No reason was given".to_owned()
    } else {
        plain
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hello(version: u32) -> Hello {
        Hello {
            version,
            name: "annex".to_owned(),
            capacity: 2,
            memory_bytes: 1,
            numeric_class: Digest::of(b"class"),
            incarnation: 1,
            port: 4_101,
        }
    }

    #[test]
    fn a_greeting_of_another_version_says_which_side_is_older() {
        let newer =
            postcard::to_allocvec(&hello(super::super::PROTOCOL_VERSION + 1)).expect("encodes");
        let reason = Hello::decode(&newer).expect_err("refused");
        assert!(reason.contains("update Clisonix here"), "{reason}");
        let older =
            postcard::to_allocvec(&hello(super::super::PROTOCOL_VERSION - 1)).expect("encodes");
        let reason = Hello::decode(&older).expect_err("refused");
        assert!(
            reason.contains("`annex`") && reason.contains("update Clisonix there"),
            "{reason}"
        );
    }

    #[test]
    fn a_greeting_of_a_later_shape_is_still_read_as_far_as_its_version() {
        let mut longer = postcard::to_allocvec(&hello(7)).expect("encodes");
        longer.truncate(longer.len() - 20);
        assert!(
            Hello::decode(&longer)
                .expect_err("refused")
                .contains("older version")
        );
    }
}
