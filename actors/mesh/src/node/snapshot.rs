//! What the user sees of the mesh: a snapshot event when something changed, and a file for other programs of this home.

use std::time::{Duration, Instant};

use actor_messages::{Event, MeshSnapshot, NearbyNode, NodeCard, PeerCard};
use std::sync::Arc;

use super::Node;
use super::scribe::Order;
use crate::address;
use crate::audit::{self, Audited, Party};
use crate::fingerprint::node_fingerprint;
use crate::status;

/// Least time between two snapshots, unless something happened that must be seen at once.
const SNAPSHOT_INTERVAL: Duration = Duration::from_millis(100);
/// Least time between two writings of the file.
const FILE_INTERVAL: Duration = Duration::from_millis(500);

/// What was last told.
#[derive(Default)]
pub(super) struct Shown {
    snapshot: Option<MeshSnapshot>,
    at: Option<Instant>,
    written: Option<MeshSnapshot>,
    written_at: Option<Instant>,
    /// A full disk is told once.
    write_failed: bool,
}

impl Node {
    /// Has an event written to the audit log.
    pub(super) fn audit(&self, event: &Audited) {
        let address = self.listen_at.map(|socket| socket.to_string());
        let me = Party {
            peer: self.me.clone(),
            name: self.settings.name.clone(),
            address,
        };
        match event.message(&me, &audit::now()) {
            Ok(message) => self.scribe.write(Order::Audit(message)),
            Err(error) => self.warn(error.to_string()),
        }
    }

    /// A paired node, as the audit log names it.
    pub(super) fn party(&self, key: &str) -> Party {
        let peer = self.peers.get(key);
        Party {
            peer: key.to_owned(),
            name: peer.map_or_else(String::new, |peer| peer.name.clone()),
            address: peer.and_then(|peer| peer.address.as_ref().map(address::shown)),
        }
    }

    /// Tells the mesh as it is, if it has changed.
    pub(super) fn show(&mut self, at_once: bool) {
        let now = Instant::now();
        let recent =
            |at: Option<Instant>, interval| at.is_some_and(|at| now.duration_since(at) < interval);
        if !at_once && recent(self.shown.at, SNAPSHOT_INTERVAL) {
            return;
        }
        let snapshot = self.snapshot();
        if self.shown.snapshot.as_ref() != Some(&snapshot) {
            self.inbox.push(Event::Mesh(Arc::new(snapshot.clone())));
            self.shown.snapshot = Some(snapshot.clone());
            self.shown.at = Some(now);
        }
        // Only the process that holds the lock speaks for this home.
        if self.lock.is_some() && !recent(self.shown.written_at, FILE_INTERVAL) {
            self.write_status(snapshot, now);
        }
    }

    fn write_status(&mut self, mut snapshot: MeshSnapshot, now: Instant) {
        // A round trip is a little different each time; that alone is not worth a file.
        let mut steady = snapshot.clone();
        for peer in &mut steady.peers {
            peer.round_trip_us = None;
            (peer.bytes_sent, peer.bytes_received, peer.bytes_per_second) = (0, 0, 0);
        }
        if self.shown.written.as_ref() == Some(&steady) {
            return;
        }
        snapshot.pairing = actor_messages::PairingState::Closed;
        self.shown.written_at = Some(now);
        match status::write(&self.options.home, &snapshot) {
            Ok(()) => {
                self.shown.written = Some(steady);
                self.shown.write_failed = false;
            }
            Err(error) => {
                if !self.shown.write_failed {
                    self.warn(error.to_string());
                }
                self.shown.write_failed = true;
            }
        }
    }

    fn snapshot(&self) -> MeshSnapshot {
        let me = NodeCard {
            peer: self.me.clone(),
            name: self.settings.name.clone(),
            fingerprint: node_fingerprint(&self.me),
            addresses: self.listening.iter().map(ToString::to_string).collect(),
            capacity: self.capacity(),
            memory_bytes: self.memory_bytes(),
            numeric_class: self.numeric_class(),
        };
        let peers = self.peers.values().map(|peer| {
            let hello = peer.hello.as_ref();
            PeerCard {
                peer: peer.key.clone(),
                name: peer.name.clone(),
                fingerprint: node_fingerprint(&peer.key),
                state: peer.state(self.works_for_us(&peer.key)),
                capacity: hello.map_or(0, |hello| hello.capacity),
                memory_bytes: hello.map_or(0, |hello| hello.memory_bytes),
                numeric_class: hello.map(|hello| hello.numeric_class),
                incarnation: hello.map_or(0, |hello| hello.incarnation),
                round_trip_us: peer.round_trip_us,
                tasks_done: peer.tasks_done,
                failures: peer.failures,
                address: peer.address.as_ref().map(address::shown),
                tasks_given: peer.tasks_given,
                bytes_sent: peer.bytes.0,
                bytes_received: peer.bytes.1,
                bytes_per_second: peer.bytes_per_second,
                takes_nothing: peer.takes_nothing.clone(),
                cut: peer.cut.clone(),
                models: peer.models.clone(),
            }
        });
        let nearby = self.nearby.iter().map(|(peer, address)| NearbyNode {
            peer: peer.to_string(),
            address: address::shown(address),
        });
        let mut nearby: Vec<NearbyNode> = nearby.collect();
        nearby.sort_by(|a, b| a.peer.cmp(&b.peer));
        MeshSnapshot {
            sharing: self.net.is_some(),
            me,
            peers: peers.collect(),
            nearby,
            pairing: self.pairing.clone(),
            tasks_given: self.tasks_given,
            limits: self.settings.limits.clone(),
            takes_nothing: self.giving.takes_nothing.clone(),
            leaving: self
                .held
                .values()
                .map(|held| held.manifest.clone())
                .collect(),
            deployments: self.deployment_cards(),
        }
    }
}
