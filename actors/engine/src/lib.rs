//! The engine: starts actix, owns every address, and offers the blocking door that the command line uses.

mod engine;
mod error;
mod headless;
mod home;
mod meter;
mod resume;
mod verify;

pub use actor_labor::{Replay, ReplayError, replay, resumable};
pub use actor_mesh::{PairedPeer, forget_peer, pair_join, pair_show, paired_peers, running_mesh};
pub use actor_models::{ModelStore, ModelsError};
pub use actor_study::Scanned;
pub use engine::{Engine, EngineOptions};
pub use error::EngineError;
pub use headless::{decode, layers, read_object, scan};
pub use home::default_home;
pub use verify::{Verified, verify};
