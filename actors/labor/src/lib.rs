//! The hands of the ALDA Labor Array: takes a job, prepares its inputs, gives tasks to this machine and to paired ones,
//! commits each answer once, and writes results, receipts and the journal.
//!
//! `kernel_labor` decides who computes what; this actor does what it decided. Nothing here computes pixels, decodes
//! files, or knows how a peer is reached: those are other actors, known by their `Recipient`s.

mod active;
mod actor;
mod admit;
pub mod calibration;
mod company;
mod control;
mod dispatch;
mod display;
mod document;
mod ending;
mod error;
mod expected;
mod files;
mod handlers;
pub mod journal;
mod kept;
mod lane;
pub mod limits;
pub mod matrix;
mod model;
mod peak;
pub mod replay;
mod request;
pub mod results;
pub mod resumption;
mod run;
mod shown;
pub mod sources;
pub mod storage;
mod timeline;

pub use actor::{LaborActor, LaborOptions, MeshDoors};
pub use calibration::{Calibration, Speed, calibration_path};
pub use error::LaborActorError;
pub use journal::{Header, JournalError, Record, TornTail, read_journal};
pub use replay::{Replay, ReplayError, replay};
pub use resumption::{ResumptionError, Wish, resumable};
pub use sources::{SourceFrame, Sources, SourcesError, blob_path, journal_path, sources_path};
