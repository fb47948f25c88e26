//! `mesh-status.json`: what a running node tells other programs of the same home, such as `clisonix peers`.

use std::path::Path;

use actor_messages::{
    DeploymentCard, HeldModel, MeshSnapshot, NearbyNode, NodeCard, PairingState, PeerCard,
    PeerState, SharingLimits,
};
use kernel_tasks::Digest;
use serde::{Deserialize, Serialize};

use crate::error::MeshError;
use crate::home::{self, MeshLock};

const FILE: &str = "mesh-status.json";

#[derive(Serialize, Deserialize)]
struct Document {
    sharing: bool,
    me: Me,
    peers: Vec<Peer>,
    nearby: Vec<Nearby>,
    tasks_given: u64,
    limits: SharingLimits,
    takes_nothing: Option<String>,
    #[serde(default)]
    deployments: Vec<DeploymentCard>,
}

#[derive(Serialize, Deserialize)]
struct Me {
    peer: String,
    name: String,
    fingerprint: String,
    addresses: Vec<String>,
    capacity: u32,
    memory_bytes: u64,
    numeric_class: Digest,
}

#[derive(Serialize, Deserialize)]
struct Peer {
    peer: String,
    name: String,
    fingerprint: String,
    state: State,
    capacity: u32,
    memory_bytes: u64,
    numeric_class: Option<Digest>,
    incarnation: u64,
    round_trip_us: Option<u64>,
    tasks_done: u64,
    failures: u64,
    address: Option<String>,
    tasks_given: u64,
    bytes_sent: u64,
    bytes_received: u64,
    bytes_per_second: u64,
    takes_nothing: Option<String>,
    cut: Option<String>,
    #[serde(default)]
    models: Option<Vec<HeldModel>>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Away,
    Connecting,
    Ready,
    Working,
    Cut,
}

#[derive(Serialize, Deserialize)]
struct Nearby {
    peer: String,
    address: String,
}

/// Replaces the file; it need not survive a power cut.
pub(crate) fn write(home: &Path, snapshot: &MeshSnapshot) -> Result<(), MeshError> {
    home::write_json(&home.join(FILE), &document(snapshot), false)
}

/// The mesh as the node that runs with this home sees it; nothing where none runs.
pub fn running_mesh(home: &Path) -> Result<Option<MeshSnapshot>, MeshError> {
    if !MeshLock::is_held(home)? {
        // What the file says is of the past.
        return Ok(None);
    }
    Ok(home::read_json::<Document>(&home.join(FILE))?.map(snapshot))
}

fn document(snapshot: &MeshSnapshot) -> Document {
    let me = &snapshot.me;
    Document {
        sharing: snapshot.sharing,
        me: Me {
            peer: me.peer.clone(),
            name: me.name.clone(),
            fingerprint: me.fingerprint.clone(),
            addresses: me.addresses.clone(),
            capacity: me.capacity,
            memory_bytes: me.memory_bytes,
            numeric_class: me.numeric_class,
        },
        peers: snapshot.peers.iter().map(peer).collect(),
        nearby: snapshot
            .nearby
            .iter()
            .map(|near| Nearby {
                peer: near.peer.clone(),
                address: near.address.clone(),
            })
            .collect(),
        tasks_given: snapshot.tasks_given,
        limits: snapshot.limits.clone(),
        takes_nothing: snapshot.takes_nothing.clone(),
        deployments: snapshot.deployments.clone(),
    }
}

fn peer(card: &PeerCard) -> Peer {
    Peer {
        peer: card.peer.clone(),
        name: card.name.clone(),
        fingerprint: card.fingerprint.clone(),
        state: match card.state {
            PeerState::Away => State::Away,
            PeerState::Connecting => State::Connecting,
            PeerState::Ready => State::Ready,
            PeerState::Working => State::Working,
            PeerState::Cut => State::Cut,
        },
        capacity: card.capacity,
        memory_bytes: card.memory_bytes,
        numeric_class: card.numeric_class,
        incarnation: card.incarnation,
        round_trip_us: card.round_trip_us,
        tasks_done: card.tasks_done,
        failures: card.failures,
        address: card.address.clone(),
        tasks_given: card.tasks_given,
        bytes_sent: card.bytes_sent,
        bytes_received: card.bytes_received,
        bytes_per_second: card.bytes_per_second,
        takes_nothing: card.takes_nothing.clone(),
        cut: card.cut.clone(),
        models: card.models.clone(),
    }
}

fn snapshot(document: Document) -> MeshSnapshot {
    let Document {
        sharing,
        me,
        peers,
        nearby,
        tasks_given,
        limits,
        takes_nothing,
        deployments,
    } = document;
    MeshSnapshot {
        sharing,
        me: NodeCard {
            peer: me.peer,
            name: me.name,
            fingerprint: me.fingerprint,
            addresses: me.addresses,
            capacity: me.capacity,
            memory_bytes: me.memory_bytes,
            numeric_class: me.numeric_class,
        },
        peers: peers.into_iter().map(card).collect(),
        nearby: nearby
            .into_iter()
            .map(|near| NearbyNode {
                peer: near.peer,
                address: near.address,
            })
            .collect(),
        pairing: PairingState::Closed,
        tasks_given,
        limits,
        takes_nothing,
        // Only the program that runs the node can be answered.
        leaving: Vec::new(),
        deployments,
    }
}

fn card(peer: Peer) -> PeerCard {
    PeerCard {
        peer: peer.peer,
        name: peer.name,
        fingerprint: peer.fingerprint,
        state: match peer.state {
            State::Away => PeerState::Away,
            State::Connecting => PeerState::Connecting,
            State::Ready => PeerState::Ready,
            State::Working => PeerState::Working,
            State::Cut => PeerState::Cut,
        },
        capacity: peer.capacity,
        memory_bytes: peer.memory_bytes,
        numeric_class: peer.numeric_class,
        incarnation: peer.incarnation,
        round_trip_us: peer.round_trip_us,
        tasks_done: peer.tasks_done,
        failures: peer.failures,
        address: peer.address,
        tasks_given: peer.tasks_given,
        bytes_sent: peer.bytes_sent,
        bytes_received: peer.bytes_received,
        bytes_per_second: peer.bytes_per_second,
        takes_nothing: peer.takes_nothing,
        cut: peer.cut,
        models: peer.models,
    }
}
