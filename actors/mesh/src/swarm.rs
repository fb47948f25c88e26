//! The only room of the mesh that builds a libp2p swarm: TCP, noise and yamux, or QUIC; paired peers only; two threads of its own.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use libp2p::connection_limits::{self, ConnectionLimits};
use libp2p::swarm::NetworkBehaviour;
use libp2p::swarm::behaviour::toggle::Toggle;
use libp2p::{Multiaddr, PeerId, Swarm, SwarmBuilder, mdns, quic};
use libp2p_allow_block_list::{self as allow_list, AllowedPeers};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc;

use crate::address;
use crate::error::MeshError;
use crate::identity::Identity;
use crate::protocol::frame::Hello;
use crate::protocol::link::{NetEvent, SessionId};
use crate::protocol::metered::Recorder;
use crate::switchboard::Switchboard;
use crate::transport::{self, STREAMS_PER_CONNECTION_MAX};

/// Threads that carry bytes; they encrypt, hash and copy, and never decide.
const NET_THREADS: usize = 2;
/// News that may wait for the deciding thread; sessions pause when it is full.
const NET_EVENTS_MAX: usize = 1_024;
/// Wishes that may wait for the swarm.
const NET_COMMANDS_MAX: usize = 1_024;
/// Inbound streams that may negotiate at a time on one connection.
const STREAMS_NEGOTIATING_MAX: usize = 8;
/// Connections that may be in the middle of a handshake, each way.
const HANDSHAKES_MAX: u32 = 32;
/// Connections in all.
const CONNECTIONS_MAX: u32 = 256;
/// A second connection of a peer lives only until it is decided which of both stays.
const CONNECTIONS_PER_PEER_MAX: u32 = 2;
/// A connection on which nobody greets is closed after this time.
const IDLE_MAX: Duration = Duration::from_secs(10);
/// How often multicast is asked for nodes.
const MDNS_INTERVAL: Duration = Duration::from_secs(10);

/// Behaviours, asked in this order: a peer that is not paired never reaches the others.
#[derive(NetworkBehaviour)]
pub(crate) struct MeshBehaviour {
    pub allowed: allow_list::Behaviour<AllowedPeers>,
    pub limits: connection_limits::Behaviour,
    pub mdns: Toggle<mdns::tokio::Behaviour>,
    pub streams: libp2p_stream::Behaviour,
}

/// What the deciding thread wants of the network.
#[derive(Debug)]
pub(crate) enum NetCommand {
    /// Exactly these peers may connect; others are cut.
    Allowed(Vec<PeerId>),
    /// Connect. Without a peer id, whoever answers must be a paired node.
    Dial {
        /// Who is expected.
        peer: Option<PeerId>,
        /// Where to try.
        addresses: Vec<Multiaddr>,
    },
    /// Close the connection of a session.
    Disconnect(SessionId),
    /// Greet with these cores and this memory, bytes, from now on.
    Gives(u32, u64),
}

/// What the network needs to start.
pub(crate) struct NetOptions {
    /// Who this node is.
    pub identity: Identity,
    /// Paired peers.
    pub allowed: Vec<PeerId>,
    /// Where to listen; port 0 lets the system choose.
    pub listen: SocketAddr,
    /// Sent to every peer; the port is filled in.
    pub hello: Hello,
    /// The number of this node among those of one process: then it has no sockets and is not seen by others.
    pub memory: Option<u64>,
    /// Whether to listen for QUIC too.
    pub quic: bool,
    /// Where a copy of what leaves is kept.
    pub recorder: Option<Arc<Recorder>>,
}

/// The running network. While there is none, no socket is open.
pub(crate) struct Net {
    runtime: Option<Runtime>,
    commands: mpsc::Sender<NetCommand>,
    /// News, in order.
    pub events: mpsc::Receiver<NetEvent>,
}

impl Net {
    /// Opens the sockets.
    pub(crate) fn start(options: NetOptions) -> Result<Self, MeshError> {
        let runtime = io_runtime()?;
        let (commands, wishes) = mpsc::channel(NET_COMMANDS_MAX);
        let (news, events) = mpsc::channel(NET_EVENTS_MAX);
        let mut trouble = Vec::new();
        let swarm = {
            // Sockets and timers of the behaviours belong to this runtime.
            let _entered = runtime.enter();
            let mut swarm = build(&options, &mut trouble)?;
            if let Some(port) = options.memory {
                listen_in_memory(&mut swarm, port)?;
            } else {
                listen(&mut swarm, options.listen, &mut trouble)?;
            }
            if options.quic && options.memory.is_none() {
                listen_quic(&mut swarm, options.listen, &mut trouble);
            }
            swarm
        };
        for sentence in trouble {
            // The channel is empty and holds more than the few sentences there can be.
            let _ = news.try_send(NetEvent::Trouble(sentence));
        }
        let switchboard = Switchboard::new(swarm, options.hello, news, options.recorder);
        runtime.spawn(switchboard.run(wishes));
        Ok(Self {
            runtime: Some(runtime),
            commands,
            events,
        })
    }

    /// Asks for something; `false` when too many wishes wait, and the asker tries again later.
    pub(crate) fn command(&self, command: NetCommand) -> bool {
        self.commands.try_send(command).is_ok()
    }
}

impl Drop for Net {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // Drops every task, and with it every socket; waits for none.
            runtime.shutdown_background();
        }
    }
}

/// A runtime for sockets.
pub(crate) fn io_runtime() -> Result<Runtime, MeshError> {
    Builder::new_multi_thread()
        .worker_threads(NET_THREADS)
        .thread_name("clisonix-mesh-io")
        .enable_all()
        .build()
        .map_err(|error| MeshError::System(error.to_string()))
}

fn build(
    options: &NetOptions,
    trouble: &mut Vec<String>,
) -> Result<Swarm<MeshBehaviour>, MeshError> {
    let mut allow_list = allow_list::Behaviour::<AllowedPeers>::default();
    let identity = &options.identity;
    for peer in &options.allowed {
        allow_list.allow_peer(*peer);
    }
    let limits = ConnectionLimits::default()
        .with_max_pending_incoming(Some(HANDSHAKES_MAX))
        .with_max_pending_outgoing(Some(HANDSHAKES_MAX))
        .with_max_established_per_peer(Some(CONNECTIONS_PER_PEER_MAX))
        .with_max_established(Some(CONNECTIONS_MAX));
    let multicast = match options.memory {
        None => multicast(identity.peer, trouble),
        Some(_) => None,
    };
    let behaviour = MeshBehaviour {
        allowed: allow_list,
        limits: connection_limits::Behaviour::new(limits),
        mdns: multicast.into(),
        streams: libp2p_stream::Behaviour::new(),
    };
    let transport = match options.memory {
        None => transport::tcp(&identity.keypair),
        Some(_) => transport::memory(&identity.keypair),
    };
    let transport = transport.map_err(|error| MeshError::System(error.to_string()))?;
    let swarm = SwarmBuilder::with_existing_identity(identity.keypair.clone())
        .with_tokio()
        .with_quic_config(quic_config)
        .with_other_transport(|_| transport)
        .map_err(|error| MeshError::System(error.to_string()))?
        .with_behaviour(|_| behaviour)
        .map_err(|error| MeshError::System(error.to_string()))?
        .with_swarm_config(|config| {
            config
                .with_idle_connection_timeout(IDLE_MAX)
                .with_max_negotiating_inbound_streams(STREAMS_NEGOTIATING_MAX)
        })
        .build();
    Ok(swarm)
}

/// QUIC with the bounds of TCP: its own signs of life are ours, on the control stream.
fn quic_config(mut config: quic::Config) -> quic::Config {
    config.max_concurrent_stream_limit =
        u32::try_from(STREAMS_PER_CONNECTION_MAX).unwrap_or(u32::MAX);
    config
}

/// Listens for QUIC on the port of TCP; without it, TCP alone does.
fn listen_quic(swarm: &mut Swarm<MeshBehaviour>, wanted: SocketAddr, trouble: &mut Vec<String>) {
    if let Err(error) = swarm.listen_on(address::quic(wanted)) {
        let reason = innermost(&error);
        trouble.push(format!(
            "QUIC cannot be listened for at `{wanted}`: {reason}"
        ));
    }
}

/// Settings of multicast discovery.
pub(crate) fn mdns_config() -> mdns::Config {
    mdns::Config {
        query_interval: MDNS_INTERVAL,
        ..mdns::Config::default()
    }
}

fn multicast(peer: PeerId, trouble: &mut Vec<String>) -> Option<mdns::tokio::Behaviour> {
    match mdns::tokio::Behaviour::new(mdns_config(), peer) {
        Ok(behaviour) => Some(behaviour),
        Err(error) => {
            trouble.push(format!(
                "Nodes nearby cannot be found by multicast ({error}); connect to them by host:port"
            ));
            None
        }
    }
}

fn listen_in_memory(swarm: &mut Swarm<MeshBehaviour>, port: u64) -> Result<(), MeshError> {
    let address = address::memory(port);
    let listening = swarm.listen_on(address.clone());
    listening.map(drop).map_err(|error| MeshError::Listen {
        address: address.to_string(),
        reason: innermost(&error),
    })
}

/// Listens on the wanted port, or on another with a sentence.
fn listen(
    swarm: &mut Swarm<MeshBehaviour>,
    wanted: SocketAddr,
    trouble: &mut Vec<String>,
) -> Result<(), MeshError> {
    let Err(taken) = swarm.listen_on(address::multiaddr(wanted)) else {
        return Ok(());
    };
    let reason = innermost(&taken);
    let refused = |reason| MeshError::Listen {
        address: wanted.to_string(),
        reason,
    };
    if wanted.port() == 0 {
        return Err(refused(reason));
    }
    let other = SocketAddr::new(wanted.ip(), 0);
    swarm
        .listen_on(address::multiaddr(other))
        .map_err(|error| refused(innermost(&error)))?;
    trouble.push(format!(
        "Port {} cannot be used for sharing ({reason}); another port is used this time",
        wanted.port()
    ));
    Ok(())
}

/// The root cause of a nested error, which is what a person can act on.
pub(crate) fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    // An `io::Error` made from another error shows it, but does not name it as its source.
    match cause
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref)
    {
        Some(inner) => inner.to_string(),
        None => cause.to_string(),
    }
}
