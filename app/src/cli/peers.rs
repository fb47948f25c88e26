//! `clisonix peers`: the nodes paired with this home, and how they are doing where a node runs with it.

use std::time::{Duration, Instant};

use actor_engine::{
    EngineOptions, PairedPeer, forget_peer, join_by_key, paired_peers, running_mesh,
};
use actor_messages::{Command, Event, HeldModel, MeshSnapshot, PeerCard, PeerState};
use serde::Serialize;

use super::failure::Failure;
use super::session::Session;

/// Lists the paired nodes.
#[derive(clap::Args)]
pub struct Peers {
    /// Connects for this many seconds to see how they are doing, where no node runs with this home.
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "3",
          value_parser = clap::value_parser!(u64).range(1..=60))]
    live: Option<u64>,
    /// Connects to this paired node first, as host:port, where multicast is off.
    #[arg(long, value_name = "ADDR", requires = "live")]
    dial: Vec<String>,
    /// Pairs with a node by its key and address, as PEER_ID@host:port, where nobody is there to read out a code; the other side does the same.
    #[arg(long, value_name = "PEER_ID@ADDR")]
    join: Option<String>,
    /// Removes a paired node, by peer id or name; a running node cuts it at once.
    #[arg(long, value_name = "PEER", conflicts_with = "live")]
    forget: Option<String>,
}

#[derive(Serialize)]
struct PeerRecord {
    peer: String,
    name: String,
    addresses: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cut: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    live: Option<LiveRecord>,
}

#[derive(Serialize)]
struct LiveRecord {
    state: &'static str,
    fingerprint: String,
    cores: u32,
    memory_bytes: u64,
    round_trip_us: Option<u64>,
    numeric_class: Option<String>,
    models: Option<Vec<HeldModel>>,
}

impl Peers {
    pub fn execute(self, session: &Session) -> Result<(), Failure> {
        if let Some(peer) = &self.forget {
            forget_peer(session.home(), peer).map_err(Failure::failed)?;
            session.note(format_args!("`{peer}` is not paired any more"));
        }
        if let Some(join) = &self.join {
            let (peer, address) = join.split_once('@').ok_or_else(|| {
                Failure::usage(format!(
                    "`{join}` is no key and address; write PEER_ID@host:port"
                ))
            })?;
            join_by_key(session.home(), peer, address).map_err(Failure::failed)?;
            session.note(format_args!(
                "`{peer}` is paired; the other side has to join this node too"
            ));
        }
        let paired = paired_peers(session.home()).map_err(Failure::failed)?;
        let running = running_mesh(session.home()).map_err(Failure::failed)?;
        let cards = match (running, self.live) {
            (Some(mesh), _) => mesh.peers,
            (None, Some(seconds)) if !paired.is_empty() => {
                self.look(session, seconds, paired.len())?
            }
            (None, _) => Vec::new(),
        };
        let card = |peer: &PairedPeer| cards.iter().find(|card| card.peer == peer.peer);
        let records: Vec<PeerRecord> = paired
            .into_iter()
            .map(|peer| {
                let card = card(&peer);
                PeerRecord::new(peer, card)
            })
            .collect();
        session.answer(&records, || {
            if records.is_empty() {
                return "No node is paired with this one; clisonix pair --show begins".to_owned();
            }
            records.iter().map(PeerRecord::text).collect()
        })
    }

    /// Shares for a while, until all peers are ready or the time is over.
    fn look(
        &self,
        session: &Session,
        seconds: u64,
        count: usize,
    ) -> Result<Vec<PeerCard>, Failure> {
        let engine = session.engine(|options| EngineOptions {
            share: true,
            ..options
        })?;
        for address in &self.dial {
            engine
                .send(Command::Dial(address.clone()))
                .map_err(Failure::failed)?;
        }
        let until = Instant::now() + Duration::from_secs(seconds);
        let mut cards = Vec::new();
        while let Some(left) = until.checked_duration_since(Instant::now()) {
            for event in engine.inbox().drain_within(left) {
                match event {
                    Event::Mesh(mesh) => cards.clone_from(&mesh.peers),
                    Event::Notice(notice) => session.notice(&notice),
                    _ => (),
                }
            }
            if all_ready(&cards, count) {
                break;
            }
        }
        engine.stop();
        Ok(cards)
    }
}

fn all_ready(cards: &[PeerCard], count: usize) -> bool {
    // What it has is told right after the greeting.
    let ready = |card: &&PeerCard| {
        matches!(card.state, PeerState::Ready | PeerState::Working) && card.models.is_some()
    };
    cards.iter().filter(ready).count() >= count
}

/// How many paired nodes could take work now.
pub fn ready(mesh: &MeshSnapshot) -> usize {
    mesh.peers
        .iter()
        .filter(|peer| matches!(peer.state, PeerState::Ready | PeerState::Working))
        .count()
}

/// A state in a word.
pub fn state_word(state: PeerState) -> &'static str {
    match state {
        PeerState::Away => "away",
        PeerState::Connecting => "being called",
        PeerState::Ready => "ready",
        PeerState::Working => "working",
        PeerState::Cut => "cut",
    }
}

impl PeerRecord {
    fn new(peer: PairedPeer, card: Option<&PeerCard>) -> Self {
        Self {
            peer: peer.peer,
            name: peer.name,
            addresses: peer.addresses,
            cut: peer.cut,
            live: card.map(|card| LiveRecord {
                state: state_word(card.state),
                fingerprint: card.fingerprint.clone(),
                cores: card.capacity,
                memory_bytes: card.memory_bytes,
                round_trip_us: card.round_trip_us,
                numeric_class: card.numeric_class.map(|class| class.to_string()),
                models: card.models.clone(),
            }),
        }
    }

    fn text(&self) -> String {
        let live = self.live.as_ref().map_or_else(String::new, |live| {
            let models = match live.models.as_deref() {
                None | Some([]) => String::new(),
                Some(models) => {
                    let names = models.iter().map(|model| model.full_name.as_str());
                    format!(" · has {}", names.collect::<Vec<_>>().join(", "))
                }
            };
            format!(" · {} · {} cores{models}", live.state, live.cores)
        });
        let cut = self
            .cut
            .as_ref()
            .map_or_else(String::new, |reason| format!(" · cut: {reason}"));
        format!(
            "{} · {}{live}{cut} · {}\n",
            self.name,
            self.peer,
            self.addresses.join(", ")
        )
    }
}
