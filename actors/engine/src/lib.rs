//! The engine: starts actix, owns every address, and offers the blocking door that the command line uses.

mod engine;
mod error;
mod headless;
mod home;
mod journals;
mod masks;
mod meter;
mod metrics;
mod options;
mod resume;
mod save;
mod series_pass;
mod verify;

pub use actor_labor::{Calibration, Replay, ReplayError, replay, resumable};
pub use actor_mesh::{
    DeploymentWish, PairedPeer, export_audit, forget_peer, join_by_key, pair_join, pair_show,
    paired_peers, running_mesh, set_sharing_limits, sharing_limits, waiting_deployments,
    want_deployments,
};
pub use actor_models::{ModelStore, ModelsError, offer_engines};
pub use actor_study::{Scanned, picture, self_test};
pub use engine::Engine;
pub use error::EngineError;
pub use headless::{decode, layers, read_object, scan};
pub use home::default_home;
pub use kernel_tasks::{SeriesComponents, SliceFactors};
pub use metrics::MetricsPage;
pub use options::EngineOptions;
pub use save::{SaveContext, save};
pub use series_pass::{PassedSeries, SeriesPassRequest, series_pass};
pub use verify::{Verified, verify};
