//! Connects and disconnects peers, and hands each stream to the session that it belongs to.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::StreamExt;
use libp2p::swarm::dial_opts::{DialOpts, PeerCondition};
use libp2p::swarm::{ConnectionId, DialError, SwarmEvent};
use libp2p::{Multiaddr, PeerId, Swarm, mdns};
use libp2p_stream::{Control, IncomingStreams};
use tokio::sync::mpsc;

use crate::address;
use crate::connections::Connected;
use crate::protocol::frame::Hello;
use crate::protocol::link::{Loss, NetEvent, SessionId};
use crate::protocol::metered::Recorder;
use crate::protocol::partials::{PARTIAL_KEPT, Partials};
use crate::protocol::{BLOB_PROTOCOL, CONTROL_PROTOCOL};
use crate::swarm::{MeshBehaviour, MeshBehaviourEvent, NetCommand, innermost};

/// Ends of sessions that may wait for the swarm.
const ENDED_MAX: usize = 512;
/// The swarm's loop.
pub(crate) struct Switchboard {
    pub(crate) swarm: Swarm<MeshBehaviour>,
    pub(crate) me: PeerId,
    pub(crate) hello: Hello,
    pub(crate) control: Control,
    pub(crate) events: mpsc::Sender<NetEvent>,
    pub(crate) recorder: Option<Arc<Recorder>>,
    pub(crate) partials: Arc<Partials>,
    pub(crate) connected: BTreeMap<PeerId, Connected>,
    dials: BTreeMap<ConnectionId, Multiaddr>,
}

impl Switchboard {
    /// Takes over a swarm that listens already.
    pub(crate) fn new(
        swarm: Swarm<MeshBehaviour>,
        hello: Hello,
        events: mpsc::Sender<NetEvent>,
        recorder: Option<Arc<Recorder>>,
    ) -> Self {
        let control = swarm.behaviour().streams.new_control();
        let me = *swarm.local_peer_id();
        let partials = Arc::new(Partials::new(hello.memory_bytes));
        Self {
            swarm,
            me,
            hello,
            control,
            events,
            recorder,
            partials,
            connected: BTreeMap::new(),
            dials: BTreeMap::new(),
        }
    }

    /// Runs until the wishes end.
    pub(crate) async fn run(mut self, mut wishes: mpsc::Receiver<NetCommand>) {
        let (ended, mut ends) = mpsc::channel::<SessionId>(ENDED_MAX);
        let (Ok(mut controls), Ok(mut blobs)) =
            (self.accept(CONTROL_PROTOCOL), self.accept(BLOB_PROTOCOL))
        else {
            return;
        };
        let mut forget = tokio::time::interval(PARTIAL_KEPT);
        loop {
            tokio::select! {
                _ = forget.tick() => self.partials.forget_old(),
                wish = wishes.recv() => match wish {
                    Some(wish) => self.obey(wish).await,
                    None => return,
                },
                Some(session) = ends.recv() => self.disconnect(session),
                Some((peer, stream)) = controls.next() => {
                    if self.may_open(peer).await {
                        self.answer_control(peer, stream, &ended);
                    }
                }
                Some((peer, stream)) = blobs.next() => {
                    if self.may_open(peer).await {
                        self.answer_blobs(peer, stream);
                    }
                }
                event = self.swarm.select_next_some() => self.swarm_event(event, &ended).await,
            }
        }
    }

    fn accept(
        &mut self,
        protocol: libp2p::StreamProtocol,
    ) -> Result<IncomingStreams, libp2p_stream::AlreadyRegistered> {
        self.control.accept(protocol)
    }

    pub(crate) async fn tell(&mut self, news: NetEvent) {
        // A closed channel means that sharing was switched off; the runtime ends in a moment.
        let _ = self.events.send(news).await;
    }

    async fn obey(&mut self, wish: NetCommand) {
        match wish {
            NetCommand::Allowed(peers) => {
                self.partials.forget_all_but(&peers);
                let allowed = &mut self.swarm.behaviour_mut().allowed;
                let gone: Vec<PeerId> = allowed
                    .allowed_peers()
                    .iter()
                    .filter(|peer| !peers.contains(peer))
                    .copied()
                    .collect();
                for peer in gone {
                    allowed.disallow_peer(peer);
                }
                for peer in peers {
                    allowed.allow_peer(peer);
                }
            }
            NetCommand::Dial { peer, addresses } => self.dial(peer, addresses).await,
            NetCommand::Disconnect(session) => self.disconnect(session),
            NetCommand::Gives(capacity, memory_bytes) => {
                self.hello.capacity = capacity;
                self.hello.memory_bytes = memory_bytes;
                self.partials.set_memory(memory_bytes);
            }
        }
    }

    async fn dial(&mut self, peer: Option<PeerId>, addresses: Vec<Multiaddr>) {
        let first = addresses.first().cloned();
        let options = match (peer, first.clone()) {
            (Some(peer), _) => DialOpts::peer_id(peer)
                .addresses(addresses)
                .condition(PeerCondition::DisconnectedAndNotDialing)
                .allocate_new_port()
                .build(),
            (None, Some(address)) => DialOpts::unknown_peer_id()
                .address(address)
                .allocate_new_port()
                .build(),
            (None, None) => return,
        };
        let connection = options.connection_id();
        match self.swarm.dial(options) {
            Ok(()) => {
                if let Some(address) = first {
                    self.dials.insert(connection, address);
                }
            }
            Err(error) => self.unreached(peer, first, &error).await,
        }
    }

    async fn unreached(
        &mut self,
        peer: Option<PeerId>,
        address: Option<Multiaddr>,
        error: &DialError,
    ) {
        let reason = match error {
            DialError::DialPeerConditionFalse(_) => {
                if let Some(peer) = peer {
                    self.tell(NetEvent::NotDialled(peer)).await;
                }
                return;
            }
            DialError::LocalPeerId { .. } => "it is this node itself".to_owned(),
            DialError::NoAddresses => "no address of it is known".to_owned(),
            DialError::Aborted => "the attempt was broken off".to_owned(),
            DialError::WrongPeerId { .. } => "another node answers there".to_owned(),
            DialError::Denied { .. } => "the node there is not paired with this one".to_owned(),
            DialError::Transport(errors) => errors.first().map_or_else(
                || "nothing answers".to_owned(),
                |(_, error)| innermost(error),
            ),
        };
        self.tell(NetEvent::Unreached {
            peer,
            address,
            reason,
            version: false,
        })
        .await;
    }

    fn disconnect(&mut self, session: SessionId) {
        let of_session = self
            .connected
            .values()
            .find(|connected| connected.context.session == session);
        if let Some(connected) = of_session {
            // Its end is told when the swarm reports it.
            self.swarm.close_connection(connected.connection);
        }
    }

    async fn swarm_event(
        &mut self,
        event: SwarmEvent<MeshBehaviourEvent>,
        ended: &mpsc::Sender<SessionId>,
    ) {
        match event {
            SwarmEvent::NewListenAddr { address, .. } => {
                if let Some(socket) = address::socket(&address) {
                    self.hello.port = socket.port();
                }
                self.tell(NetEvent::Listening(address)).await;
            }
            SwarmEvent::ExpiredListenAddr { address, .. } => {
                self.tell(NetEvent::NotListening(address)).await
            }
            SwarmEvent::ListenerClosed {
                reason: Err(error), ..
            } => {
                self.tell(NetEvent::Trouble(format!(
                    "This node cannot be reached any more: {error}"
                )))
                .await;
            }
            SwarmEvent::ConnectionEstablished {
                peer_id,
                connection_id,
                endpoint,
                ..
            } => {
                self.dials.remove(&connection_id);
                self.connected_to(peer_id, connection_id, &endpoint, ended)
                    .await;
            }
            SwarmEvent::ConnectionClosed {
                peer_id,
                connection_id,
                cause,
                ..
            } => {
                let current = self
                    .connected
                    .get(&peer_id)
                    .is_some_and(|known| known.connection == connection_id);
                if current && let Some(known) = self.connected.remove(&peer_id) {
                    let reason =
                        cause.map_or_else(|| "it was closed".to_owned(), |cause| innermost(&cause));
                    let session = known.closed();
                    self.tell(NetEvent::Lost(peer_id, session, Loss::Closed(reason)))
                        .await;
                }
            }
            SwarmEvent::OutgoingConnectionError {
                connection_id,
                peer_id,
                error,
            } => {
                let address = self.dials.remove(&connection_id);
                self.unreached(peer_id, address, &error).await;
            }
            SwarmEvent::Behaviour(MeshBehaviourEvent::Mdns(event)) => self.multicast(event).await,
            _ => {}
        }
    }

    async fn multicast(&mut self, event: mdns::Event) {
        // Addresses that are no plain TCP sockets are pairing windows, or of other programs.
        let plain = |(peer, address): (PeerId, Multiaddr)| {
            address::socket(&address).map(|socket| (peer, address::multiaddr(socket)))
        };
        match event {
            mdns::Event::Discovered(found) => {
                for (peer, address) in found.into_iter().filter_map(plain) {
                    self.tell(NetEvent::Seen(peer, address)).await;
                }
            }
            mdns::Event::Expired(gone) => {
                for (peer, address) in gone.into_iter().filter_map(plain) {
                    self.tell(NetEvent::Unseen(peer, address)).await;
                }
            }
        }
    }
}
