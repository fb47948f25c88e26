//! The Neural Mesh: finds paired workstations, offers them jobs, takes theirs, and brings back answers that are checked.

mod actor;
mod address;
mod address_book;
mod audit;
mod connections;
mod deployments;
mod error;
mod fingerprint;
mod gathered;
mod home;
mod identity;
mod node;
mod options;
mod pairing;
mod protocol;
mod settings;
mod status;
mod swarm;
mod switchboard;
mod transport;
mod wiring;

pub use actor::MeshActor;
pub use address_book::{
    PAIRED_PEERS_MAX, PEER_ADDRESSES_MAX, PairedPeer, forget_peer, paired_peers,
};
pub use audit::export_audit;
pub use deployments::{DEPLOYMENTS_MAX, DeploymentWish, waiting_deployments, want_deployments};
pub use error::MeshError;
pub use fingerprint::{FINGERPRINT_WORDS, node_fingerprint, pair_fingerprint};
pub use options::MeshOptions;
pub use pairing::{PAIRING_WINDOW, WRONG_TRIES_MAX, join_by_key, pair_join, pair_show};
pub use settings::{set_sharing_limits, sharing_limits};
pub use status::running_mesh;
