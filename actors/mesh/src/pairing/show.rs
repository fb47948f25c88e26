//! The side that shows the code.

use std::collections::BTreeMap;
use std::future::Future;
use std::path::Path;
use std::time::Instant;

use actor_messages::{CancelFlag, PairingState};
use futures::StreamExt;
use libp2p::swarm::SwarmEvent;
use libp2p::{Multiaddr, PeerId, Stream, Swarm};
use libp2p_stream::IncomingStreams;
use tokio::task::JoinHandle;

use super::code::Code;
use super::exchange::{self, Tried};
use super::{
    LOOK, PAIR_PROTOCOL, PAIRING_WINDOW, PairBehaviour, Side, WRONG_TRIES_MAX, paired_state,
    remember,
};
use crate::address;
use crate::address_book::PairedPeer;
use crate::error::MeshError;
use crate::swarm::{innermost, io_runtime};

/// Blocks until somebody has paired, or nobody will.
pub(super) fn run(
    home: &Path,
    listen: Option<&str>,
    stop: &CancelFlag,
    on_state: &mut dyn FnMut(PairingState),
) -> Result<PairedPeer, MeshError> {
    let side = Side::load(home)?;
    let listen = listen.unwrap_or("0.0.0.0:0");
    let sockets = address::resolve(listen)?;
    let runtime = io_runtime()?;
    let shown = runtime.block_on(async {
        let mut swarm = side.swarm(true)?;
        for socket in sockets {
            swarm
                .listen_on(address::multiaddr(socket))
                .map_err(|error| MeshError::Listen {
                    address: socket.to_string(),
                    reason: innermost(&error),
                })?;
        }
        let incoming = swarm
            .behaviour()
            .streams
            .new_control()
            .accept(PAIR_PROTOCOL)
            .map_err(|error| MeshError::System(error.to_string()))?;
        let window = Window {
            side: &side,
            home,
            code: Code::generate(),
            addresses: Vec::new(),
            seen_at: BTreeMap::new(),
            wrong_tries: 0,
            opened: Instant::now(),
        };
        window.run(swarm, incoming, stop, on_state).await
    });
    // The last message was waited for already; the sockets need not be.
    runtime.shutdown_background();
    let paired = shown?;
    on_state(paired_state(&side.identity.peer, &paired));
    Ok(paired)
}

struct Window<'a> {
    side: &'a Side,
    home: &'a Path,
    code: Code,
    addresses: Vec<String>,
    seen_at: BTreeMap<PeerId, Multiaddr>,
    wrong_tries: u32,
    opened: Instant,
}

impl Window<'_> {
    async fn run(
        mut self,
        mut swarm: Swarm<PairBehaviour>,
        mut incoming: IncomingStreams,
        stop: &CancelFlag,
        on_state: &mut dyn FnMut(PairingState),
    ) -> Result<PairedPeer, MeshError> {
        let mut look = tokio::time::interval(LOOK);
        let mut trying: Option<JoinHandle<Tried>> = None;
        let mut told = None;
        loop {
            tokio::select! {
                event = swarm.select_next_some() => self.swarm_event(event),
                Some((peer, stream)) = incoming.next() => {
                    // One try at a time; a second stream is dropped, and its opener tries again.
                    if trying.is_none() {
                        trying = Some(tokio::spawn(self.one_try(peer, stream)));
                    }
                }
                tried = finished(&mut trying) => {
                    trying = None;
                    match tried {
                        Tried::Paired(paired) => return Ok(paired),
                        Tried::WrongCode => self.wrong_tries += 1,
                        Tried::Aborted => {}
                        Tried::Failed(error) => return Err(error),
                    }
                    if self.wrong_tries >= WRONG_TRIES_MAX {
                        return Err(MeshError::TooManyTries);
                    }
                }
                _ = look.tick() => {}
            }
            if stop.is_cancelled() {
                return Err(MeshError::Cancelled);
            }
            if self.opened.elapsed() >= PAIRING_WINDOW && trying.is_none() {
                return Err(MeshError::PairingTimeout {
                    seconds: PAIRING_WINDOW.as_secs(),
                });
            }
            let state = self.state();
            if !self.addresses.is_empty() && told.as_ref() != Some(&state) {
                on_state(state.clone());
                told = Some(state);
            }
        }
    }

    fn state(&self) -> PairingState {
        let left = PAIRING_WINDOW.saturating_sub(self.opened.elapsed());
        PairingState::Showing {
            code: self.code.shown(),
            addresses: self.addresses.clone(),
            // Rounded up, so that an open window never shows 0.
            seconds_left: u32::try_from(left.as_millis().div_ceil(1_000)).unwrap_or(u32::MAX),
            wrong_tries: self.wrong_tries,
        }
    }

    fn swarm_event<E>(&mut self, event: SwarmEvent<E>) {
        match event {
            SwarmEvent::NewListenAddr { address, .. } => {
                self.addresses.push(address::shown(&address));
                // Another workstation cannot use a loopback address: last, for two nodes on one machine.
                self.addresses.sort_by_key(|shown| {
                    (
                        shown.starts_with("127.") || shown.starts_with("[::1]"),
                        shown.clone(),
                    )
                });
                self.addresses.dedup();
            }
            SwarmEvent::ExpiredListenAddr { address, .. } => {
                let gone = address::shown(&address);
                self.addresses.retain(|shown| *shown != gone);
            }
            SwarmEvent::ConnectionEstablished {
                peer_id, endpoint, ..
            } => {
                self.seen_at
                    .insert(peer_id, endpoint.get_remote_address().clone());
            }
            SwarmEvent::ConnectionClosed {
                peer_id,
                num_established: 0,
                ..
            } => {
                self.seen_at.remove(&peer_id);
            }
            _ => {}
        }
    }

    fn one_try(
        &self,
        joiner: PeerId,
        stream: Stream,
    ) -> impl Future<Output = Tried> + Send + 'static {
        let (me, code, card) = (self.side.identity.peer, self.code.clone(), self.side.card());
        let (wrong_tries, home) = (self.wrong_tries, self.home.to_owned());
        let seen_at = self
            .seen_at
            .get(&joiner)
            .cloned()
            .unwrap_or_else(Multiaddr::empty);
        async move {
            let remember = |theirs: &exchange::Card| remember(&home, &joiner, theirs, &seen_at);
            exchange::show(stream, (me, joiner), &code, card, wrong_tries, remember).await
        }
    }
}

/// The end of the try that is under way; never while there is none.
async fn finished(trying: &mut Option<JoinHandle<Tried>>) -> Tried {
    match trying {
        Some(task) => task.await.unwrap_or(Tried::Aborted),
        None => std::future::pending().await,
    }
}
