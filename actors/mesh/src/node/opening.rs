//! What may wait on the system before sockets open or a node is dialled: on short-lived threads, with the answer as an input.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::thread;
use std::time::Instant;

use libp2p::Multiaddr;

use super::Node;
use super::requests::NodeInput;
use super::scribe::Order;
use crate::address::{self, Resolver, Typed};
use crate::audit::Audited;
use crate::error::MeshError;
use crate::home::MeshLock;
use crate::settings::Settings;
use crate::swarm::{Net, NetCommand, NetOptions};

/// Names that are looked up at a time.
const LOOKUPS_MAX: usize = 16;

/// Everything that is needed before the sockets open.
pub(crate) struct Opening {
    lock: MeshLock,
    settings: Settings,
    /// The wanted address; none listens on all interfaces.
    listen: Option<SocketAddr>,
}

impl Node {
    /// Has the sockets opened; a failure is a notice, and sharing stays off.
    pub(super) fn open_net(&mut self) {
        if self.net.is_some() || self.opening.is_some() {
            return;
        }
        self.openings += 1;
        let number = self.openings;
        let listen = self.options.listen.clone();
        let listen = listen.filter(|given| address::memory_port(given).is_none());
        let home = self.options.home.clone();
        let (lock, resolver, back) = (self.lock.take(), self.resolver, self.own.0.clone());
        let spawned = thread::Builder::new()
            .name("clisonix-mesh-open".to_owned())
            .spawn(move || {
                let opening = prepare(&home, listen.as_deref(), lock, resolver);
                // The node may be gone by now, and the lock with it.
                let _ = back.blocking_send(NodeInput::Prepared(number, opening));
            });
        match spawned {
            Ok(_) => self.opening = Some(number),
            Err(error) => self.error(MeshError::System(error.to_string()).to_string()),
        }
    }

    /// Opens the sockets, unless sharing was switched off in the meantime.
    pub(super) fn prepared(&mut self, number: u64, opening: Result<Opening, MeshError>) {
        if self.opening != Some(number) {
            return;
        }
        self.opening = None;
        if let Err(error) = opening.and_then(|opening| self.open_sockets(opening)) {
            self.lock = None;
            self.error(error.to_string());
        }
        for called in std::mem::take(&mut self.dials_waiting) {
            self.dial(&called);
        }
        self.answer_waiting_members();
        self.show(true);
    }

    fn open_sockets(&mut self, opening: Opening) -> Result<(), MeshError> {
        self.lock = Some(opening.lock);
        self.settings = opening.settings;
        self.listen_at = opening.listen;
        self.net = Some(Net::start(NetOptions {
            identity: self.identity.clone(),
            allowed: self.allowed(),
            listen: self.listen_address(),
            memory: self
                .options
                .listen
                .as_deref()
                .and_then(address::memory_port),
            hello: self.hello(),
            recorder: self.recorder.clone(),
            quic: self.options.quic,
        })?);
        self.allowed_told = true;
        self.net_opened_at = Instant::now();
        self.audit(&Audited::Started);
        for peer in self.peers.values_mut() {
            peer.dial_soon();
        }
        Ok(())
    }

    /// Where the mesh listens, or would.
    pub(super) fn listen_address(&self) -> SocketAddr {
        let kept = self.settings.listen_port;
        let any = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), kept);
        let socket = self.listen_at.unwrap_or(any);
        // Without a port of its own choice the node keeps the one that others remember.
        if socket.port() == 0 {
            SocketAddr::new(socket.ip(), kept)
        } else {
            socket
        }
    }

    /// Has a port remembered.
    pub(super) fn keep_port(&mut self, port: u16) {
        self.settings.listen_port = port;
        self.scribe.write(Order::Port(port));
    }

    /// Dials `host:port` or a multiaddress that no paired node is called by.
    pub(super) fn dial_address(&mut self, called: &str) {
        match address::parse(called) {
            Err(error) => self.warn(error.to_string()),
            Ok(_) if self.opening.is_some() => {
                if self.dials_waiting.len() < LOOKUPS_MAX {
                    self.dials_waiting.push(called.to_owned());
                }
            }
            Ok(_) if self.net.is_none() => self.warn_not_sharing(),
            Ok(Typed::Socket(socket)) => self.dial_sockets(&[socket]),
            Ok(Typed::Quic(socket)) => self.dial_addresses(vec![address::quic(socket)]),
            Ok(Typed::Memory(port)) => self.dial_addresses(vec![address::memory(port)]),
            Ok(Typed::Host) => self.look_up(called),
        }
    }

    fn look_up(&mut self, called: &str) {
        if self.lookups >= LOOKUPS_MAX {
            return self.warn(format!(
                "`{called}` was not dialled: {LOOKUPS_MAX} names are being looked up already"
            ));
        }
        let (called, resolver, back) = (called.to_owned(), self.resolver, self.own.0.clone());
        let spawned = thread::Builder::new()
            .name("clisonix-mesh-names".to_owned())
            .spawn(move || {
                let sockets = resolver(&called);
                // The node may be gone by now.
                let _ = back.blocking_send(NodeInput::Resolved(sockets));
            });
        match spawned {
            Ok(_) => self.lookups += 1,
            Err(error) => self.warn(MeshError::System(error.to_string()).to_string()),
        }
    }

    /// A name was looked up.
    pub(super) fn resolved(&mut self, sockets: Result<Vec<SocketAddr>, MeshError>) {
        self.lookups = self.lookups.saturating_sub(1);
        match sockets {
            Err(error) => self.warn(error.to_string()),
            Ok(_) if self.net.is_none() => self.warn_not_sharing(),
            Ok(sockets) => self.dial_sockets(&sockets),
        }
    }

    fn warn_not_sharing(&self) {
        self.warn("Switch sharing on before connecting to another node".to_owned());
    }

    fn dial_sockets(&mut self, sockets: &[SocketAddr]) {
        self.dial_addresses(sockets.iter().copied().map(address::multiaddr).collect());
    }

    fn dial_addresses(&mut self, addresses: Vec<Multiaddr>) {
        let texts: Vec<String> = addresses.iter().map(ToString::to_string).collect();
        let known: Vec<String> = self
            .book
            .peers()
            .values()
            .filter(|peer| peer.addresses.iter().any(|known| texts.contains(known)))
            .map(|peer| peer.peer.clone())
            .collect();
        self.trust_again(&known);
        let connected = |key: &String| self.peers.get(key).is_some_and(super::Peer::is_ready);
        if known.iter().any(connected) {
            // A second connection would only take the place of the first.
            return;
        }
        for address in addresses {
            self.asked.insert(address::shown(&address));
            self.command(NetCommand::Dial {
                peer: None,
                addresses: vec![address],
            });
        }
    }
}

/// Runs on a thread of its own: names, locks and disks take the time that they take.
fn prepare(
    home: &Path,
    listen: Option<&str>,
    lock: Option<MeshLock>,
    resolver: Resolver,
) -> Result<Opening, MeshError> {
    let listen = match listen {
        None => None,
        Some(given) => {
            let found = resolver(given)?.first().copied();
            let given = given.to_owned();
            Some(found.ok_or(MeshError::Address { given })?)
        }
    };
    let lock = match lock {
        Some(lock) => lock,
        None => MeshLock::take(home)?,
    };
    let settings = Settings::begin_incarnation(home)?;
    Ok(Opening {
        lock,
        settings,
        listen,
    })
}
