//! The mesh as the user sees it: this node, its peers, pairing.

use std::sync::Arc;

use kernel_tasks::Digest;

use crate::deployment::{DeploymentCard, HeldModel};
use crate::sharing::{JobManifest, SharingLimits};

/// This node as others see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeCard {
    /// The libp2p peer id, in its text form.
    pub peer: String,
    /// The name shown to peers.
    pub name: String,
    /// Words made from the peer id, to be compared by eye.
    pub fingerprint: String,
    /// Multiaddresses listened on; empty while sharing is off.
    pub addresses: Vec<String>,
    /// Integer capacity weight: cores given.
    pub capacity: u32,
    /// Memory given to jobs, bytes.
    pub memory_bytes: u64,
    /// Digest of the probe set.
    pub numeric_class: Digest,
}

/// How a paired node is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeerState {
    /// Not connected now; redialled with back-off.
    Away,
    /// Being dialled.
    Connecting,
    /// Connected and greeted.
    Ready,
    /// Computing tasks for us.
    Working,
    /// Cut because it misbehaved; not asked again until the user says so.
    Cut,
}

/// A paired node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerCard {
    /// The libp2p peer id.
    pub peer: String,
    /// The name it gave.
    pub name: String,
    /// Words made from its peer id.
    pub fingerprint: String,
    /// How it is doing.
    pub state: PeerState,
    /// Its capacity weight; 0 until it has greeted.
    pub capacity: u32,
    /// Memory that it gives, bytes.
    pub memory_bytes: u64,
    /// Its probe digest, once it has greeted.
    pub numeric_class: Option<Digest>,
    /// Counts its restarts: a node that restarts is a new member.
    pub incarnation: u64,
    /// Last heartbeat round trip, microseconds.
    pub round_trip_us: Option<u64>,
    /// Tasks it has computed for us since we started.
    pub tasks_done: u64,
    /// Tasks that failed or were lost with it.
    pub failures: u64,
    /// The last address that worked.
    pub address: Option<String>,
    /// Tasks that this node has computed for it since we started.
    pub tasks_given: u64,
    /// Bytes sent to it since we started.
    pub bytes_sent: u64,
    /// Bytes received from it since we started.
    pub bytes_received: u64,
    /// Bytes that went either way within the last second.
    pub bytes_per_second: u64,
    /// Why it takes no work now, as it says.
    pub takes_nothing: Option<String>,
    /// Why it was cut, where it was.
    pub cut: Option<String>,
    /// The models that it has, by name, once it has told.
    pub models: Option<Vec<HeldModel>>,
}

/// A node seen by multicast that is not paired.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NearbyNode {
    /// The libp2p peer id.
    pub peer: String,
    /// Where it was seen.
    pub address: String,
}

/// Where pairing stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PairingState {
    /// Nothing under way.
    Closed,
    /// This node shows a code and waits.
    Showing {
        /// Six words.
        code: String,
        /// `host:port` of the pairing window, for networks without multicast.
        addresses: Vec<String>,
        /// Seconds until it closes.
        seconds_left: u32,
        /// Wrong tries so far; the third closes the window.
        wrong_tries: u32,
    },
    /// This node looks for the one that shows the code.
    Joining,
    /// Done: both sides show the same.
    Paired {
        /// The other's peer id.
        peer: String,
        /// The other's name.
        name: String,
        /// Words made from both peer ids.
        fingerprint: String,
    },
    /// Not paired; one sentence.
    Failed(String),
}

/// The mesh as it is now.
#[derive(Clone, Debug, PartialEq)]
pub struct MeshSnapshot {
    /// The one switch.
    pub sharing: bool,
    /// This node.
    pub me: NodeCard,
    /// Paired nodes, sorted by peer id.
    pub peers: Vec<PeerCard>,
    /// Unpaired nodes seen, sorted by peer id, bounded.
    pub nearby: Vec<NearbyNode>,
    /// Where pairing stands.
    pub pairing: PairingState,
    /// Tasks computed for others since start.
    pub tasks_given: u64,
    /// What the user gives.
    pub limits: SharingLimits,
    /// Why no work of others is taken now; one sentence.
    pub takes_nothing: Option<String>,
    /// Jobs that wait for the user before anything of them leaves.
    pub leaving: Vec<Arc<JobManifest>>,
    /// Models on their way to paired nodes, and those that arrived since the start.
    pub deployments: Vec<DeploymentCard>,
}
