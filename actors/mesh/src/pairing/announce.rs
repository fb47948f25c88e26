//! Multicast for pairing windows: what is announced carries a mark, and only what carries it counts.

use std::task::{Context, Poll};

use libp2p::core::Endpoint;
use libp2p::core::transport::PortUse;
use libp2p::swarm::behaviour::{ExpiredListenAddr, NewListenAddr};
use libp2p::swarm::{
    ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, THandler, THandlerInEvent,
    THandlerOutEvent, ToSwarm,
};
use libp2p::{Multiaddr, PeerId, mdns};

use super::mark;
use crate::address;

/// libp2p's multicast behaviour, shown marked addresses only.
pub(crate) struct Announce {
    inner: mdns::tokio::Behaviour,
}

impl Announce {
    pub(crate) fn new(inner: mdns::tokio::Behaviour) -> Self {
        Self { inner }
    }
}

/// The plain address behind a marked one; nothing for others.
pub(crate) fn unmarked(found: &Multiaddr) -> Option<Multiaddr> {
    if !found.iter().any(|part| part == mark()) {
        return None;
    }
    let plain: Multiaddr = found.iter().filter(|part| *part != mark()).collect();
    address::socket(&plain).map(address::multiaddr)
}

impl NetworkBehaviour for Announce {
    type ConnectionHandler = <mdns::tokio::Behaviour as NetworkBehaviour>::ConnectionHandler;
    type ToSwarm = mdns::Event;

    fn handle_established_inbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        local: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.inner
            .handle_established_inbound_connection(connection, peer, local, remote)
    }

    fn handle_established_outbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        address: &Multiaddr,
        role: Endpoint,
        port: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.inner
            .handle_established_outbound_connection(connection, peer, address, role, port)
    }

    fn on_swarm_event(&mut self, event: FromSwarm) {
        match event {
            FromSwarm::NewListenAddr(NewListenAddr { listener_id, addr }) => {
                let addr = &addr.clone().with(mark());
                self.inner
                    .on_swarm_event(FromSwarm::NewListenAddr(NewListenAddr {
                        listener_id,
                        addr,
                    }));
            }
            FromSwarm::ExpiredListenAddr(ExpiredListenAddr { listener_id, addr }) => {
                let addr = &addr.clone().with(mark());
                self.inner
                    .on_swarm_event(FromSwarm::ExpiredListenAddr(ExpiredListenAddr {
                        listener_id,
                        addr,
                    }));
            }
            other => self.inner.on_swarm_event(other),
        }
    }

    fn on_connection_handler_event(
        &mut self,
        peer: PeerId,
        connection: ConnectionId,
        event: THandlerOutEvent<Self>,
    ) {
        self.inner
            .on_connection_handler_event(peer, connection, event);
    }

    fn poll(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        self.inner.poll(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pairing_window_is_told_from_a_mesh_address() {
        let mesh: Multiaddr = "/ip4/192.168.1.7/tcp/4101".parse().expect("an address");
        let window = mesh.clone().with(mark());
        assert_eq!(unmarked(&window), Some(mesh.clone()));
        assert_eq!(unmarked(&mesh), None);
        assert_eq!(address::socket(&window), None);
    }
}
