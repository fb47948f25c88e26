//! The side that was told the code.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use actor_messages::{CancelFlag, PairingState};
use futures::StreamExt;
use libp2p::swarm::SwarmEvent;
use libp2p::swarm::dial_opts::DialOpts;
use libp2p::{Multiaddr, PeerId, Swarm, mdns};
use libp2p_stream::Control;
use tokio::task::JoinHandle;

use super::announce::unmarked;
use super::code::Code;
use super::exchange;
use super::{
    LOOK, PAIR_PROTOCOL, PairBehaviour, PairBehaviourEvent, SEARCH_MAX, Side, paired_state,
    remember,
};
use crate::address;
use crate::address_book::PairedPeer;
use crate::error::MeshError;
use crate::swarm::{innermost, io_runtime};

/// A stream that a window dropped, since it was busy with another, is opened again after this time.
const RETRY: Duration = Duration::from_millis(300);
/// How often a stream is opened to one node.
const TRIES: u32 = 4;

/// Blocks until the nodes have paired, or it is clear that they will not.
pub(super) fn run(
    home: &Path,
    code: &str,
    address: Option<&str>,
    stop: &CancelFlag,
    on_state: &mut dyn FnMut(PairingState),
) -> Result<PairedPeer, MeshError> {
    let code = Code::parse(code)?;
    let side = Side::load(home)?;
    let sockets = address.map(address::resolve).transpose()?;
    on_state(PairingState::Joining);
    let runtime = io_runtime()?;
    let joined = runtime.block_on(async {
        let mut swarm = side.swarm(sockets.is_none())?;
        if sockets.is_none() && !swarm.behaviour().announce.is_enabled() {
            return Err(MeshError::NobodyShows);
        }
        let mut search = Search {
            side: &side,
            home: home.to_owned(),
            code,
            typed: address.map(str::to_owned),
            dialling: 0,
            tried: BTreeSet::new(),
            waiting: BTreeMap::new(),
            failure: None,
        };
        for socket in sockets.iter().flatten() {
            let options = DialOpts::unknown_peer_id()
                .address(address::multiaddr(*socket))
                .allocate_new_port()
                .build();
            search.dial(&mut swarm, options, *socket);
        }
        search.run(swarm, stop).await
    });
    runtime.shutdown_background();
    let paired = joined?;
    on_state(paired_state(&side.identity.peer, &paired));
    Ok(paired)
}

struct Search<'a> {
    side: &'a Side,
    home: PathBuf,
    code: Code,
    /// The address that the person gave.
    typed: Option<String>,
    dialling: usize,
    tried: BTreeSet<PeerId>,
    /// Connected nodes to be tried, and where they are.
    waiting: BTreeMap<PeerId, Multiaddr>,
    /// What to say if nothing better comes.
    failure: Option<MeshError>,
}

impl Search<'_> {
    fn dial(
        &mut self,
        swarm: &mut Swarm<PairBehaviour>,
        options: DialOpts,
        at: impl std::fmt::Display,
    ) {
        match swarm.dial(options) {
            Ok(()) => self.dialling += 1,
            Err(error) => self.unreached(at.to_string(), innermost(&error)),
        }
    }

    fn unreached(&mut self, address: String, reason: String) {
        self.failure
            .get_or_insert(MeshError::Unreachable { address, reason });
    }

    async fn run(
        mut self,
        mut swarm: Swarm<PairBehaviour>,
        stop: &CancelFlag,
    ) -> Result<PairedPeer, MeshError> {
        let control = swarm.behaviour().streams.new_control();
        let began = Instant::now();
        let mut look = tokio::time::interval(LOOK);
        let mut trying: Option<JoinHandle<Result<PairedPeer, MeshError>>> = None;
        loop {
            tokio::select! {
                event = swarm.select_next_some() => self.swarm_event(&mut swarm, event),
                result = finished(&mut trying) => {
                    trying = None;
                    match result {
                        Ok(paired) => return Ok(paired),
                        // A refusal tells more than a node that shows no code at all.
                        Err(error @ MeshError::CodeRefused { .. }) => self.failure = Some(error),
                        Err(error) => {
                            self.failure.get_or_insert(error);
                        }
                    }
                }
                _ = look.tick() => {}
            }
            if stop.is_cancelled() {
                return Err(MeshError::Cancelled);
            }
            if trying.is_some() {
                continue;
            }
            if let Some((peer, at)) = self.waiting.pop_first() {
                trying = Some(self.one_try(peer, at, control.clone()));
                continue;
            }
            let found_all = self.dialling == 0 && (self.typed.is_some() || !self.tried.is_empty());
            if found_all || began.elapsed() >= SEARCH_MAX {
                return Err(self.failure.unwrap_or(MeshError::NobodyShows));
            }
        }
    }

    fn swarm_event(
        &mut self,
        swarm: &mut Swarm<PairBehaviour>,
        event: SwarmEvent<PairBehaviourEvent>,
    ) {
        match event {
            SwarmEvent::ConnectionEstablished {
                peer_id, endpoint, ..
            } => {
                self.dialling = self.dialling.saturating_sub(1);
                if self.tried.insert(peer_id) {
                    self.waiting
                        .insert(peer_id, endpoint.get_remote_address().clone());
                }
            }
            SwarmEvent::OutgoingConnectionError { error, .. } => {
                self.dialling = self.dialling.saturating_sub(1);
                let reason = match &error {
                    libp2p::swarm::DialError::Transport(errors) => errors
                        .first()
                        .map_or_else(|| error.to_string(), |(_, error)| innermost(error)),
                    libp2p::swarm::DialError::LocalPeerId { .. } => {
                        "it is this node itself".to_owned()
                    }
                    other => innermost(other),
                };
                let at = self
                    .typed
                    .clone()
                    .unwrap_or_else(|| "a node nearby".to_owned());
                self.unreached(at, reason);
            }
            SwarmEvent::Behaviour(PairBehaviourEvent::Announce(mdns::Event::Discovered(found))) => {
                for (peer, address) in found {
                    let Some(address) = unmarked(&address) else {
                        continue;
                    };
                    if self.tried.contains(&peer) || swarm.is_connected(&peer) {
                        continue;
                    }
                    let shown = address::shown(&address);
                    let options = DialOpts::peer_id(peer)
                        .addresses(vec![address])
                        .allocate_new_port()
                        .build();
                    self.dial(swarm, options, shown);
                }
            }
            _ => {}
        }
    }

    fn one_try(
        &self,
        shower: PeerId,
        at: Multiaddr,
        mut control: Control,
    ) -> JoinHandle<Result<PairedPeer, MeshError>> {
        let (me, code, card) = (self.side.identity.peer, self.code.clone(), self.side.card());
        let home = self.home.clone();
        tokio::spawn(async move {
            for left in (0..TRIES).rev() {
                let Ok(stream) = control.open_stream(shower, PAIR_PROTOCOL).await else {
                    return Err(MeshError::NotShowing {
                        address: address::shown(&at),
                    });
                };
                let remember = |theirs: &exchange::Card| remember(&home, &shower, theirs, &at);
                match exchange::join(stream, (me, shower), &code, card.clone(), remember).await {
                    Err(MeshError::Connection(_)) if left > 0 => tokio::time::sleep(RETRY).await,
                    result => return result,
                }
            }
            Err(MeshError::NotShowing {
                address: address::shown(&at),
            })
        })
    }
}

/// The end of the try that is under way; never while there is none.
async fn finished(
    trying: &mut Option<JoinHandle<Result<PairedPeer, MeshError>>>,
) -> Result<PairedPeer, MeshError> {
    match trying {
        Some(task) => task
            .await
            .unwrap_or_else(|error| Err(MeshError::System(error.to_string()))),
        None => std::future::pending().await,
    }
}
