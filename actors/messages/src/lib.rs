//! What the layers say to each other: commands, events and the messages between actors; plain types, no handler, no I/O.

pub mod attachment;
pub mod blobs;
pub mod cancel;
pub mod command;
mod deployment;
pub mod event;
pub mod inbox;
pub mod job;
pub mod masks;
pub mod mesh;
pub mod models;
pub mod save;
pub mod self_test;
pub mod sharing;
pub mod timeline;
pub mod work;

pub use attachment::{Attachment, FrameLayers, ObjectContent};
pub use blobs::{BlobStore, BlobStoreFull};
pub use cancel::CancelFlag;
pub use command::{Command, Generation, RequestId, ViewportId};
pub use deployment::{
    DeploymentCard, DeploymentState, HeldModel, HeldModels, KeepModel, ModelDoors, ModelKept,
    ModelRead, ReadModel, WatchModels,
};
pub use event::{Event, Meter};
pub use inbox::EventInbox;
pub use job::{
    JobControl, JobId, JobOutcome, JobRequest, JobSnapshot, JobState, LabelFigure, MemberCell,
    ResumableJob, SliceResult, TaskCell, TaskState,
};
pub use masks::{ImportedMask, MadeMask, MaskImport, MaskPlanes, MaskRequest, MaskWanted};
pub use mesh::{MeshSnapshot, NearbyNode, NodeCard, PairingState, PeerCard, PeerState};
pub use models::{
    CanaryFigures, LatencyParts, LiveLatency, LiveResult, ModelCard, ModelsSnapshot, model_path,
};
pub use save::{
    CineToSave, CopyKind, MaskToSave, SAVES_MAX, SaveImages, SaveReport, SaveRequest, SaveWish,
    SavedResults,
};
pub use self_test::{RuleResult, SelfTestReport};
pub use sharing::{
    AskBeforeSending, JobManifest, ManifestBlob, ManifestContent, ManifestPeer, NoHours,
    ShareHours, SharingLimits,
};
pub use timeline::{ScheduleCheck, SpanEnd, TaskSpan, Timeline};

/// How much a job gets of what several jobs share.
pub use kernel_labor::Priority;

/// The vocabulary of operations and results, so that the app needs no kernel of its own.
pub use kernel_tasks::{
    Determinism, Digest, Halo, LabelSpec, MODEL_SLICE, MODEL_VOLUME, MaskWork, ModelManifest,
    OperationSpec, OutputKind, OutputKindSpec, ParameterKind, ParameterSpec, ParameterValue,
    Parameters, Reach, Receipt, TaskId, TaskOutput, formula_blob, operation, operations,
};
