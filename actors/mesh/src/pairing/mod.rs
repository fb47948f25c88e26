//! Pairing: two people read six words to each other, and their nodes know each other from then on.
//!
//! A swarm of its own, open for two minutes. The words go through SPAKE2 bound to both peer ids, so neither a listener nor
//! a node in the middle learns anything, and each guess costs one of three tries.

pub(crate) mod announce;
pub(crate) mod code;
mod exchange;
mod join;
mod show;
pub(crate) mod window;

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use actor_messages::{CancelFlag, PairingState};
use libp2p::connection_limits::{self, ConnectionLimits};
use libp2p::multiaddr::Protocol;
use libp2p::swarm::NetworkBehaviour;
use libp2p::swarm::behaviour::toggle::Toggle;
use libp2p::{Multiaddr, StreamProtocol, Swarm, SwarmBuilder, mdns, noise, tcp};

use crate::address::{self, Typed};
use crate::address_book::{AddressBook, PairedPeer};
use crate::audit::{self, Audited, Party};
use crate::error::MeshError;
use crate::fingerprint::pair_fingerprint;
use crate::home;
use crate::identity::Identity;
use crate::settings::{NAME_CHARACTERS_MAX, Settings, plain_text};
use crate::swarm::mdns_config;
use crate::transport::yamux_config;
use announce::Announce;
use exchange::Card;

/// The streams of a pairing.
const PAIR_PROTOCOL: StreamProtocol = StreamProtocol::new("/clisonix/pair/1");
/// How long a code is shown.
pub const PAIRING_WINDOW: Duration = Duration::from_secs(120);
/// Wrong codes that close the window.
pub const WRONG_TRIES_MAX: u32 = 3;
/// How long the joining side looks for a node that shows a code.
const SEARCH_MAX: Duration = Duration::from_secs(12);
/// How often a pairing looks whether it was cancelled, and counts down.
const LOOK: Duration = Duration::from_millis(100);
/// Handshakes and connections at a time.
const CONNECTIONS_MAX: u32 = 16;

/// Shows a code and waits until another node has used it. Blocks; a node of the same home may run meanwhile.
///
/// `listen` is `host:port` of the window; none takes any free port on all interfaces. The code is told through
/// `on_state` and written nowhere.
pub fn pair_show(
    home: &Path,
    listen: Option<&str>,
    mut on_state: impl FnMut(PairingState),
) -> Result<PairedPeer, MeshError> {
    show::run(home, listen, &CancelFlag::new(), &mut on_state)
}

/// Pairs with the node that shows `code`, found by multicast or at `address` (`host:port`). Blocks.
pub fn pair_join(
    home: &Path,
    code: &str,
    address: Option<&str>,
    mut on_state: impl FnMut(PairingState),
) -> Result<PairedPeer, MeshError> {
    join::run(home, code, address, &CancelFlag::new(), &mut on_state)
}

/// Behaviours of the pairing swarm.
#[derive(NetworkBehaviour)]
struct PairBehaviour {
    limits: connection_limits::Behaviour,
    announce: Toggle<Announce>,
    streams: libp2p_stream::Behaviour,
}

/// This node, as a pairing needs it.
struct Side {
    identity: Identity,
    settings: Settings,
}

impl Side {
    fn load(home: &Path) -> Result<Self, MeshError> {
        home::create(home)?;
        Ok(Self {
            identity: Identity::load(home)?,
            settings: Settings::load(home)?,
        })
    }

    fn card(&self) -> Card {
        Card {
            name: self.settings.name.clone(),
            port: self.settings.listen_port,
        }
    }

    /// A swarm with this node's identity; to be built inside a runtime. Multicast that does not start is done without.
    fn swarm(&self, multicast: bool) -> Result<Swarm<PairBehaviour>, MeshError> {
        let peer = self.identity.peer;
        let announce = multicast
            .then(|| mdns::tokio::Behaviour::new(mdns_config(), peer))
            .and_then(Result::ok);
        let limits = ConnectionLimits::default()
            .with_max_pending_incoming(Some(CONNECTIONS_MAX))
            .with_max_established_per_peer(Some(2))
            .with_max_established(Some(CONNECTIONS_MAX));
        let behaviour = PairBehaviour {
            limits: connection_limits::Behaviour::new(limits),
            announce: announce.map(Announce::new).into(),
            streams: libp2p_stream::Behaviour::new(),
        };
        Ok(
            SwarmBuilder::with_existing_identity(self.identity.keypair.clone())
                .with_tokio()
                .with_tcp(
                    tcp::Config::default().nodelay(true),
                    noise::Config::new,
                    yamux_config,
                )
                .map_err(|error| MeshError::System(error.to_string()))?
                .with_behaviour(|_| behaviour)
                .map_err(|error| MeshError::System(error.to_string()))?
                .build(),
        )
    }
}

/// Remembers the other side: where the pairing came from, with the port of its mesh.
fn remember(
    home: &Path,
    peer: &libp2p::PeerId,
    card: &Card,
    seen_at: &Multiaddr,
) -> Result<PairedPeer, MeshError> {
    let addresses = address::socket(seen_at)
        .filter(|_| card.port != 0)
        .map(|socket| address::multiaddr(SocketAddr::new(socket.ip(), card.port)).to_string());
    let name = plain_text(&card.name, NAME_CHARACTERS_MAX);
    let paired = PairedPeer {
        peer: peer.to_string(),
        name: if name.is_empty() {
            "unnamed".to_owned()
        } else {
            name
        },
        addresses: addresses.into_iter().collect(),
        paired: true,
        cut: None,
    };
    AddressBook::load(home)?.pair(paired.clone())?;
    let settings = Settings::load(home)?;
    let me = Party {
        peer: Identity::load(home)?.peer.to_string(),
        name: settings.name,
        address: None,
    };
    let other = Party {
        peer: paired.peer.clone(),
        name: paired.name.clone(),
        address: Some(address::shown(seen_at)),
    };
    let message = Audited::Paired(other).message(&me, &audit::now())?;
    audit::append(home, &[message])?;
    Ok(paired)
}

/// Pairs with a node by its key and address, without a code: `peer` is the peer id that it shows. The other side has to do the same
/// with this node's, since each lets in only those that it knows; a running node of this home takes it over within about a second.
pub fn join_by_key(home: &Path, peer: &str, address: &str) -> Result<PairedPeer, MeshError> {
    home::create(home)?;
    let id: libp2p::PeerId = peer
        .parse()
        .map_err(|_| MeshError::Key(plain_text(peer, 80)))?;
    if id == Identity::load(home)?.peer {
        return Err(MeshError::OwnKey(peer.to_owned()));
    }
    let place = match address::parse(address)? {
        Typed::Socket(socket) => address::multiaddr(socket),
        Typed::Quic(socket) => address::quic(socket),
        Typed::Memory(port) => address::memory(port),
        Typed::Host => {
            let found = address::resolve(address)?;
            let given = address.to_owned();
            let first = found.first().ok_or(MeshError::Address { given })?;
            address::multiaddr(*first)
        }
    };
    let card = Card {
        name: format!("node {}", &peer[peer.len().saturating_sub(6)..]),
        port: address::socket(&place).map_or(0, |socket| socket.port()),
    };
    let mut paired = remember(home, &id, &card, &place)?;
    if paired.addresses.is_empty() {
        paired.addresses = vec![place.to_string()];
        AddressBook::load(home)?.pair(paired.clone())?;
    }
    Ok(paired)
}

/// The last state of a pairing that worked.
fn paired_state(me: &libp2p::PeerId, paired: &PairedPeer) -> PairingState {
    PairingState::Paired {
        peer: paired.peer.clone(),
        name: paired.name.clone(),
        fingerprint: pair_fingerprint(&me.to_string(), &paired.peer),
    }
}

/// A pairing window's address carries this mark, so that a mesh does not take it for one of its own.
fn mark() -> Protocol<'static> {
    Protocol::Sni("clisonix-pair".into())
}
