//! Addresses as people write them (`host:port`) and as libp2p takes them.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs};

use libp2p::Multiaddr;
use libp2p::multiaddr::Protocol;

use crate::error::MeshError;

/// The TCP address of a socket.
pub(crate) fn multiaddr(socket: SocketAddr) -> Multiaddr {
    Multiaddr::from(socket.ip()).with(Protocol::Tcp(socket.port()))
}

/// The QUIC address of a socket.
pub(crate) fn quic(socket: SocketAddr) -> Multiaddr {
    Multiaddr::from(socket.ip())
        .with(Protocol::Udp(socket.port()))
        .with(Protocol::QuicV1)
}

/// The socket behind a QUIC address; nothing for other transports.
pub(crate) fn quic_socket(address: &Multiaddr) -> Option<SocketAddr> {
    let mut parts = address.iter();
    let ip = match parts.next()? {
        Protocol::Ip4(ip) => IpAddr::V4(ip),
        Protocol::Ip6(ip) => IpAddr::V6(ip),
        _ => return None,
    };
    match (parts.next()?, parts.next()?, parts.next()) {
        (Protocol::Udp(port), Protocol::QuicV1, None | Some(Protocol::P2p(_))) => {
            Some(SocketAddr::new(ip, port))
        }
        _ => None,
    }
}

/// The socket behind a TCP address; nothing for other transports.
pub(crate) fn socket(address: &Multiaddr) -> Option<SocketAddr> {
    let mut parts = address.iter();
    let ip = match parts.next()? {
        Protocol::Ip4(ip) => IpAddr::V4(ip),
        Protocol::Ip6(ip) => IpAddr::V6(ip),
        _ => return None,
    };
    let Protocol::Tcp(port) = parts.next()? else {
        return None;
    };
    match parts.next() {
        None | Some(Protocol::P2p(_)) => Some(SocketAddr::new(ip, port)),
        Some(_) => None,
    }
}

/// `host:port` of an address, for a person.
pub(crate) fn shown(address: &Multiaddr) -> String {
    socket(address).map_or_else(|| address.to_string(), |socket| socket.to_string())
}

/// The number of a node of this process, where an address is one of libp2p's memory transport.
pub(crate) fn memory_port(given: &str) -> Option<u64> {
    let address: Multiaddr = given.trim().parse().ok()?;
    let mut parts = address.iter();
    match (parts.next()?, parts.next()) {
        (Protocol::Memory(port), None) => Some(port),
        _ => None,
    }
}

/// The address of a node of this process.
pub(crate) fn memory(port: u64) -> Multiaddr {
    Protocol::Memory(port).into()
}

/// Finds the sockets of what a person typed; it may take as long as the system's resolver does.
pub(crate) type Resolver = fn(&str) -> Result<Vec<SocketAddr>, MeshError>;

/// What a person typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Typed {
    /// An address as it is.
    Socket(SocketAddr),
    /// A QUIC address as it is.
    Quic(SocketAddr),
    /// A node of this process, on libp2p's memory transport.
    Memory(u64),
    /// A name that has to be looked up.
    Host,
}

/// Reads `host:port` or a multiaddress without asking anybody.
pub(crate) fn parse(given: &str) -> Result<Typed, MeshError> {
    let given = given.trim();
    let wrong = || MeshError::Address {
        given: given.chars().take(120).collect(),
    };
    if given.starts_with('/') {
        let address: Multiaddr = given.parse().map_err(|_| wrong())?;
        let plain = socket(&address).map(Typed::Socket);
        return plain
            .or_else(|| quic_socket(&address).map(Typed::Quic))
            .or_else(|| memory_port(given).map(Typed::Memory))
            .ok_or_else(wrong);
    }
    if let Ok(socket) = given.parse() {
        return Ok(Typed::Socket(socket));
    }
    let (host, port) = given.rsplit_once(':').ok_or_else(wrong)?;
    if host.is_empty() || port.parse::<u16>().is_err() {
        return Err(wrong());
    }
    Ok(Typed::Host)
}

/// Sockets of `host:port` or a multiaddress; asks the system's resolver, so it may block.
pub(crate) fn resolve(given: &str) -> Result<Vec<SocketAddr>, MeshError> {
    let given = given.trim();
    match parse(given)? {
        Typed::Socket(socket) => return Ok(vec![socket]),
        // Where a socket is wanted, a transport cannot be chosen.
        Typed::Quic(_) | Typed::Memory(_) => {
            return Err(MeshError::Address {
                given: given.to_owned(),
            });
        }
        Typed::Host => {}
    }
    let sockets: Vec<SocketAddr> = given
        .to_socket_addrs()
        .map_err(|error| MeshError::Unreachable {
            address: given.to_owned(),
            reason: error.to_string(),
        })?
        .take(RESOLVED_MAX)
        .collect();
    if sockets.is_empty() {
        let given = given.to_owned();
        Err(MeshError::Address { given })
    } else {
        Ok(sockets)
    }
}

/// Addresses of one name that are tried.
const RESOLVED_MAX: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_and_port_and_a_multiaddress_mean_the_same_socket() {
        let typed = resolve("127.0.0.1:4101").expect("an address");
        assert_eq!(
            typed,
            resolve("/ip4/127.0.0.1/tcp/4101").expect("an address")
        );
        assert_eq!(shown(&multiaddr(typed[0])), "127.0.0.1:4101");
    }

    #[test]
    fn a_quic_address_is_told_from_a_tcp_address() {
        let socket: SocketAddr = "10.0.0.5:4101".parse().expect("a socket");
        let text = "/ip4/10.0.0.5/udp/4101/quic-v1";
        assert_eq!(parse(text).expect("an address"), Typed::Quic(socket));
        assert_eq!(quic(socket).to_string(), text);
        assert_eq!(super::socket(&quic(socket)), None);
    }

    #[test]
    fn text_that_is_no_address_is_refused_by_name() {
        for given in [
            "nonsense",
            ":99",
            "host:",
            "host:99999",
            "/ip4/1.2.3.4/udp/5",
        ] {
            let error = resolve(given).expect_err("refused").to_string();
            assert!(error.contains(given), "{error}");
        }
    }
}
