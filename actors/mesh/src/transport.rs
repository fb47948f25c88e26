//! The way of bytes from a socket to a stream: TCP with large reads and writes, noise, yamux; the same without sockets for nodes of one process.

use libp2p::core::muxing::StreamMuxerBox;
use libp2p::core::transport::{Boxed, MemoryTransport};
use libp2p::core::upgrade::Version;
use libp2p::identity::Keypair;
use libp2p::{PeerId, Transport, noise, tcp, yamux};

use crate::gathered::Gathered;

/// Streams that one connection may have open; whoever opens many at once is cut long before, and named.
pub(crate) const STREAMS_PER_CONNECTION_MAX: usize = 256;

/// Connections that carry streams, from and to nodes whose keys are known.
pub(crate) type Carrier = Boxed<(PeerId, StreamMuxerBox)>;

/// TCP without Nagle's wait, since what is written waits in `Gathered` for what follows it at once.
pub(crate) fn tcp(keypair: &Keypair) -> Result<Carrier, noise::Error> {
    let secured = tcp::tokio::Transport::new(tcp::Config::default().nodelay(true))
        .map(|socket, _| Gathered::new(socket))
        .upgrade(Version::V1Lazy)
        .authenticate(noise::Config::new(keypair)?)
        .multiplex(yamux_config())
        .map(|(peer, muxer), _| (peer, StreamMuxerBox::new(muxer)));
    Ok(secured.boxed())
}

/// The same above a channel of this process: nothing can reach it from outside.
pub(crate) fn memory(keypair: &Keypair) -> Result<Carrier, noise::Error> {
    let secured = MemoryTransport::new()
        .upgrade(Version::V1Lazy)
        .authenticate(noise::Config::new(keypair)?)
        .multiplex(yamux_config())
        .map(|(peer, muxer), _| (peer, StreamMuxerBox::new(muxer)));
    Ok(secured.boxed())
}

/// Streams multiplexed over one connection, bounded.
pub(crate) fn yamux_config() -> yamux::Config {
    let mut config = yamux::Config::default();
    config.set_max_num_streams(STREAMS_PER_CONNECTION_MAX);
    config
}
