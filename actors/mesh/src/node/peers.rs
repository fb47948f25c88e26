//! Paired nodes: who is connected, who is dialled when, who is lost and who is cut.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use actor_messages::{HeldModel, PeerState};
use libp2p::{Multiaddr, PeerId};

use super::Node;
use crate::address_book::PEER_ADDRESSES_MAX;
use crate::protocol::OFFERS_PER_SECOND_MAX;
use crate::protocol::frame::Hello;
use crate::protocol::link::{Link, SessionId};
use crate::swarm::NetCommand;

/// Pauses between attempts to reach a peer, each shorter or longer by up to `JITTER`.
const REDIAL_MS: [u64; 7] = [250, 500, 1_000, 2_000, 4_000, 8_000, 15_000];
/// A part of a pause, so that the nodes of a ward do not all dial at once when the power comes back.
const JITTER: f64 = 0.25;
/// The higher peer id waits a little, so that the lower one's connection is usually the only one.
const HIGHER_WAITS: Duration = Duration::from_millis(400);
/// An attempt of which nothing was heard for so long is given up; libp2p gives up earlier.
const DIAL_MAX: Duration = Duration::from_secs(20);
/// Addresses tried in one attempt.
pub(super) const DIALLED_ADDRESSES_MAX: usize = 12;

/// A paired node.
pub(super) struct Peer {
    pub key: String,
    pub id: PeerId,
    pub name: String,
    known: Vec<Multiaddr>,
    pub seen: BTreeSet<Multiaddr>,
    pub hello: Option<Hello>,
    pub link: Option<Link>,
    pub round_trip_us: Option<u64>,
    pub tasks_done: u64,
    pub failures: u64,
    pub tasks_given: u64,
    /// Bytes sent and received since the start.
    pub bytes: (u64, u64),
    /// Of the present session, already counted.
    pub traffic_counted: (u64, u64),
    pub bytes_per_second: u64,
    /// Why it takes no work now, as it says.
    pub takes_nothing: Option<String>,
    /// The models that it has, once it has told.
    pub models: Option<Vec<HeldModel>>,
    pub address: Option<Multiaddr>,
    pub cut: Option<String>,
    pub dialling: bool,
    /// The last session that greeted.
    pub greeted: Option<SessionId>,
    /// The last sentence about its version, told once.
    pub version_told: Option<String>,
    /// Attempts since the last greeting.
    pub attempts: usize,
    next_dial: Instant,
    higher: bool,
    /// Offers since a moment less than a second ago.
    offers: (Instant, u32),
}

impl Peer {
    pub(super) fn new(key: String, id: PeerId, me: PeerId) -> Self {
        let mut peer = Self {
            key,
            id,
            name: String::new(),
            known: Vec::new(),
            seen: BTreeSet::new(),
            hello: None,
            link: None,
            round_trip_us: None,
            tasks_done: 0,
            failures: 0,
            tasks_given: 0,
            bytes: (0, 0),
            traffic_counted: (0, 0),
            bytes_per_second: 0,
            takes_nothing: None,
            models: None,
            address: None,
            cut: None,
            dialling: false,
            greeted: None,
            version_told: None,
            attempts: 0,
            next_dial: Instant::now(),
            higher: id < me,
            offers: (Instant::now(), 0),
        };
        peer.dial_soon();
        peer
    }

    /// Tries at once, as after a start or a sighting.
    pub(super) fn dial_soon(&mut self) {
        self.attempts = 0;
        let pause = if self.higher {
            HIGHER_WAITS
        } else {
            Duration::ZERO
        };
        self.next_dial = Instant::now() + pause;
    }

    pub(super) fn dial_later(&mut self) {
        let pause = REDIAL_MS[self.attempts.min(REDIAL_MS.len() - 1)];
        let jitter = 1.0 + rand::random_range(-JITTER..JITTER);
        self.next_dial = Instant::now() + Duration::from_millis(pause).mul_f64(jitter);
    }

    /// Adds what went over the wire since the last time; called about once a second.
    pub(super) fn count_traffic(&mut self) {
        let Some(link) = &self.link else { return };
        let (sent, received) = link.traffic.bytes();
        let (sent_before, received_before) = self.traffic_counted;
        let more = (
            sent.saturating_sub(sent_before),
            received.saturating_sub(received_before),
        );
        self.traffic_counted = (sent, received);
        self.bytes = (self.bytes.0 + more.0, self.bytes.1 + more.1);
        self.bytes_per_second = more.0 + more.1;
    }

    pub(super) fn network_closed(&mut self) {
        self.dialling = false;
        self.version_told = None;
        self.seen.clear();
        self.models = None;
        self.link = None;
    }

    /// Counts an offer; whether it is not one too many.
    pub(super) fn may_offer(&mut self) -> bool {
        if self.offers.0.elapsed() >= Duration::from_secs(1) {
            self.offers = (Instant::now(), 0);
        }
        self.offers.1 = self.offers.1.saturating_add(1);
        self.offers.1 <= OFFERS_PER_SECOND_MAX
    }

    pub(super) fn is_ready(&self) -> bool {
        self.link.is_some() && self.cut.is_none()
    }

    pub(super) fn session(&self) -> Option<SessionId> {
        self.link.as_ref().map(|link| link.session)
    }

    pub(super) fn state(&self, working: bool) -> PeerState {
        match (&self.cut, &self.link) {
            (Some(_), _) => PeerState::Cut,
            (None, Some(_)) if working => PeerState::Working,
            (None, Some(_)) => PeerState::Ready,
            (None, None) if self.dialling => PeerState::Connecting,
            (None, None) => PeerState::Away,
        }
    }

    /// Puts an address that worked before the others.
    pub(super) fn reached_at(&mut self, address: Multiaddr) {
        self.known.retain(|known| *known != address);
        self.known.insert(0, address);
        self.known.truncate(PEER_ADDRESSES_MAX);
    }

    pub(super) fn addresses(&self) -> Vec<Multiaddr> {
        // What multicast shows now comes before what was true some time ago.
        let mut all: Vec<Multiaddr> = self.seen.iter().cloned().collect();
        all.extend(
            self.known
                .iter()
                .filter(|known| !self.seen.contains(known))
                .cloned(),
        );
        all.truncate(DIALLED_ADDRESSES_MAX);
        all
    }
}

impl Node {
    /// Counts the bytes of all peers.
    pub(super) fn count_traffic(&mut self) {
        for peer in self.peers.values_mut() {
            peer.count_traffic();
        }
    }

    /// Takes over the address book: new peers, changed addresses, forgotten ones.
    pub(super) fn adopt_book(&mut self) {
        let gone: Vec<String> = self
            .peers
            .keys()
            .filter(|key| !self.book.peers().contains_key(*key))
            .cloned()
            .collect();
        for key in gone {
            self.lose(&key, None);
            self.peers.remove(&key);
        }
        for paired in self.book.peers().values() {
            let Ok(id) = paired.peer.parse::<PeerId>() else {
                continue;
            };
            let me = self.identity.peer;
            let peer = self
                .peers
                .entry(paired.peer.clone())
                .or_insert_with(|| Peer::new(paired.peer.clone(), id, me));
            let known: Vec<Multiaddr> = paired
                .addresses
                .iter()
                .filter_map(|text| text.parse().ok())
                .collect();
            if peer.known != known || (peer.cut.is_some() && paired.cut.is_none()) {
                peer.known = known;
                peer.dial_soon();
            }
            peer.name.clone_from(&paired.name);
            peer.cut.clone_from(&paired.cut);
            if let Some(address) = self.nearby.remove(&id) {
                peer.seen.insert(address);
            }
        }
        self.tell_allowed();
    }

    /// Peers that may connect.
    pub(super) fn allowed(&self) -> Vec<PeerId> {
        self.peers
            .values()
            .filter(|peer| peer.cut.is_none())
            .map(|peer| peer.id)
            .collect()
    }

    pub(super) fn tell_allowed(&mut self) {
        let allowed = self.allowed();
        self.allowed_told = self.net.is_none() || self.command(NetCommand::Allowed(allowed));
    }

    /// Dials who is due, and notices sessions that ended unseen.
    pub(super) fn look_after_peers(&mut self) {
        let ended = |link: &Link| link.frames.is_closed();
        let lost: Vec<String> = self
            .peers
            .values()
            .filter(|peer| peer.link.as_ref().is_some_and(ended))
            .map(|peer| peer.key.clone())
            .collect();
        for key in lost {
            self.lose(&key, None);
        }
        let Some(net) = &self.net else { return };
        let now = Instant::now();
        for peer in self.peers.values_mut() {
            let due = if peer.dialling {
                peer.next_dial + DIAL_MAX
            } else {
                peer.next_dial
            };
            if peer.link.is_some() || peer.cut.is_some() || now < due {
                continue;
            }
            let addresses = peer.addresses();
            peer.dial_later();
            peer.attempts += 1;
            peer.dialling = false;
            if !addresses.is_empty() {
                peer.dialling = net.command(NetCommand::Dial {
                    peer: Some(peer.id),
                    addresses,
                });
            }
        }
    }
}
