//! Models on their way to paired workstations, and what each of those has.

use std::sync::Arc;

use actix::{Message, Recipient};
use kernel_tasks::Digest;
use serde::{Deserialize, Serialize};

/// A version that a node has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldModel {
    /// Content address of its package.
    pub digest: Digest,
    /// `NAME@VERSION`.
    pub full_name: String,
    /// Whether the bare name stands for it there.
    pub current: bool,
    /// Its numeric class there: nodes with equal classes compute equal bits with it.
    pub class: Digest,
}

/// How far a model is on its way to a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DeploymentState {
    /// The node is away; it gets the model when it returns.
    Waiting,
    /// The package travels.
    Sending {
        /// Bytes that went to the node since it was offered, at most all of them.
        sent_bytes: u64,
        /// Bytes of the package.
        bytes: u64,
    },
    /// It is there: its digest was right, and it answered its test case rightly there.
    There,
    /// The node, or this one, does not do it; one sentence.
    Refused(String),
}

/// One model for one node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeploymentCard {
    /// The model.
    pub model: Digest,
    /// `NAME@VERSION`.
    pub full_name: String,
    /// Peer id of the node.
    pub peer: String,
    /// How far it is.
    pub state: DeploymentState,
}

/// Models: tell what there is, now and whenever that changes.
#[derive(Message, Clone)]
#[rtype(result = "()")]
pub struct WatchModels {
    /// Who is told.
    pub reply: Recipient<HeldModels>,
}

/// What this node has.
#[derive(Message, Clone, Debug)]
#[rtype(result = "()")]
pub struct HeldModels(pub Vec<HeldModel>);

/// Models: read a package. Answered by `ModelRead`.
#[derive(Message, Clone)]
#[rtype(result = "()")]
pub struct ReadModel {
    /// Which one.
    pub model: Digest,
    /// Who is told.
    pub reply: Recipient<ModelRead>,
}

/// A package whose digest was checked, or one sentence.
#[derive(Message, Clone, Debug)]
#[rtype(result = "()")]
pub struct ModelRead {
    /// Which one.
    pub model: Digest,
    /// Its bytes.
    pub package: Result<Arc<[u8]>, String>,
}

/// Models: check a package that came from another node and keep it beside what is there: no name stands for another version afterwards.
/// Answered by `ModelKept`.
#[derive(Message, Clone)]
#[rtype(result = "()")]
pub struct KeepModel {
    /// Its digest, which the bytes were checked against.
    pub model: Digest,
    /// Its bytes.
    pub package: Arc<[u8]>,
    /// Who is told.
    pub reply: Recipient<ModelKept>,
}

/// The package is kept, or one sentence says why not.
#[derive(Message, Clone, Debug)]
#[rtype(result = "()")]
pub struct ModelKept {
    /// Which one.
    pub model: Digest,
    /// What became of it.
    pub kept: Result<(), String>,
}

/// The registry of models, as the mesh reaches it.
#[derive(Clone)]
pub struct ModelDoors {
    /// Tells what there is.
    pub watch: Recipient<WatchModels>,
    /// Reads packages.
    pub read: Recipient<ReadModel>,
    /// Keeps packages.
    pub keep: Recipient<KeepModel>,
}
