//! News of the network: who greeted, who fell silent, who could not be reached, and who is cut.

use libp2p::{Multiaddr, PeerId};

use super::Node;
use super::peers::DIALLED_ADDRESSES_MAX;
use crate::address;
use crate::address_book::BookChange;
use crate::audit::Audited;
use crate::protocol::frame::{Frame, Hello};
use crate::protocol::link::{Link, Loss, NetEvent, SessionId};
use crate::swarm::NetCommand;

/// Unpaired nodes shown.
const NEARBY_MAX: usize = 64;

impl Node {
    pub(super) fn net_event(&mut self, event: NetEvent) {
        match event {
            NetEvent::Listening(address) => self.listens(address),
            NetEvent::NotListening(address) => {
                self.listening.remove(&address);
            }
            NetEvent::Trouble(sentence) => self.warn(sentence),
            NetEvent::Seen(peer, address) => self.seen(peer, address),
            NetEvent::Unseen(peer, address) => self.unseen(peer, &address),
            NetEvent::Greeted {
                peer,
                hello,
                address,
                dialled,
                link,
            } => {
                self.greeted(&peer.to_string(), hello, address, dialled, link);
            }
            // The room is given back at the end of the arm, when the frame is dealt with.
            NetEvent::Frame(peer, session, frame, _room) => {
                let key = peer.to_string();
                if self.is_current(&key, session) {
                    self.frame(&key, frame);
                }
            }
            NetEvent::RoundTrip(peer, session, round_trip_us) => {
                let key = peer.to_string();
                if let Some(peer) = self
                    .peers
                    .get_mut(&key)
                    .filter(|peer| peer.session() == Some(session))
                {
                    peer.round_trip_us = Some(round_trip_us);
                }
            }
            NetEvent::Fetched {
                peer,
                session,
                fetch,
                result,
                room: _room,
            } => {
                let key = peer.to_string();
                if self.is_current(&key, session) {
                    self.fetched(&key, &fetch, result);
                }
            }
            NetEvent::Lost(peer, session, loss) => {
                self.session_over(&peer.to_string(), session, loss)
            }
            NetEvent::NotDialled(peer) => {
                if let Some(peer) = self.peers.get_mut(&peer.to_string()) {
                    peer.dialling = false;
                }
            }
            NetEvent::Unreached {
                peer,
                address,
                reason,
                version,
            } => {
                self.unreached(peer, address.as_ref(), &reason, version);
            }
        }
    }

    fn is_current(&self, key: &str, session: SessionId) -> bool {
        self.peers
            .get(key)
            .is_some_and(|peer| peer.session() == Some(session))
    }

    fn listens(&mut self, address: Multiaddr) {
        let port = address::socket(&address).map(|socket| socket.port());
        self.listening.insert(address);
        // The port is chosen once; one that stood in for a taken port is not kept.
        let asked = self.listen_address().port();
        if let Some(port) = port
            && port != self.settings.listen_port
            && (asked == port || asked == 0)
        {
            self.keep_port(port);
        }
    }

    fn seen(&mut self, id: PeerId, address: Multiaddr) {
        if let Some(peer) = self.peers.get_mut(&id.to_string()) {
            if peer.seen.len() < DIALLED_ADDRESSES_MAX
                && peer.seen.insert(address)
                && !peer.dialling
            {
                peer.dial_soon();
            }
        } else if self.nearby.len() < NEARBY_MAX || self.nearby.contains_key(&id) {
            self.nearby.insert(id, address);
        }
    }

    fn unseen(&mut self, id: PeerId, address: &Multiaddr) {
        if let Some(peer) = self.peers.get_mut(&id.to_string()) {
            peer.seen.remove(address);
        }
        if self.nearby.get(&id) == Some(address) {
            self.nearby.remove(&id);
        }
    }

    fn greeted(&mut self, key: &str, hello: Hello, address: Multiaddr, dialled: bool, link: Link) {
        // A new session takes the place of an old one that has not been told as lost yet.
        self.lose(key, None);
        let Some(peer) = self.peers.get_mut(key) else {
            return;
        };
        peer.dialling = false;
        peer.attempts = 0;
        if !hello.name.is_empty() {
            peer.name.clone_from(&hello.name);
        }
        // Whoever came to us did so from a port of the moment; its mesh listens on the one in its greeting.
        let reached = address::socket(&address)
            .filter(|_| dialled || hello.port != 0)
            .map(|mut socket| {
                if !dialled {
                    socket.set_port(hello.port);
                }
                address::multiaddr(socket)
            });
        let by_quic = address::quic_socket(&address).filter(|_| dialled);
        let reached = reached.or_else(|| by_quic.map(address::quic));
        peer.address = reached.clone().or(Some(address));
        let name = peer.name.clone();
        if let Some(reached) = &reached {
            peer.reached_at(reached.clone());
        }
        peer.hello = Some(hello);
        peer.greeted = Some(link.session);
        peer.version_told = None;
        peer.link = Some(link);
        if let Some(reached) = reached {
            self.asked.remove(&address::shown(&reached));
            self.change_book(BookChange::Remember {
                peer: key.to_owned(),
                name,
                address: reached.to_string(),
            });
        }
        self.audit(&Audited::Connected(self.party(key)));
        self.tell_standing_to(key);
        self.tell_models_to(key);
        self.answer_waiting_members();
        self.show(true);
    }

    fn session_over(&mut self, key: &str, session: SessionId, loss: Loss) {
        if let Loss::Misbehaved(clause) = &loss {
            // Whatever else was reported before: whoever breaks the rules does not get away by hanging up.
            return self.cut(key, clause);
        }
        if self.is_current(key, session) {
            return self.lose(key, Some(loss));
        }
        let Some(peer) = self.peers.get(key).filter(|peer| peer.link.is_none()) else {
            return;
        };
        if peer.greeted == Some(session) {
            // The second report of an end.
            return;
        }
        let id = peer.id;
        match loss {
            Loss::Closed(_) => {
                let reason = "it ended the connection before greeting; it may not have this node among its paired ones";
                self.unreached(Some(id), None, reason, false);
            }
            _ => self.unreached(Some(id), None, "it did not greet", false),
        }
    }

    fn unreached(
        &mut self,
        id: Option<PeerId>,
        address: Option<&Multiaddr>,
        reason: &str,
        version: bool,
    ) {
        let mut asked = address.is_some_and(|address| self.asked.remove(&address::shown(address)));
        let mut name = address.map(address::shown);
        if let Some(peer) = id.and_then(|id| self.peers.get_mut(&id.to_string())) {
            asked |= peer
                .addresses()
                .iter()
                .any(|known| self.asked.remove(&address::shown(known)));
            peer.dialling = false;
            peer.dial_later();
            name = Some(peer.name.clone());
        }
        let name = name.unwrap_or_else(|| "that address".to_owned());
        if version {
            self.version_differs(id, &name, reason);
        } else if asked {
            self.warn(format!("No connection to `{name}`: {reason}"));
        }
        self.answer_waiting_members();
    }

    /// Told once: the peer is tried again now and then, and may have been updated.
    fn version_differs(&mut self, id: Option<PeerId>, name: &str, reason: &str) {
        let Some(peer) = id.and_then(|id| self.peers.get_mut(&id.to_string())) else {
            return;
        };
        if peer.version_told.as_deref() != Some(reason) {
            peer.version_told = Some(reason.to_owned());
            self.warn(format!("`{name}` cannot take part: {reason}"));
        }
    }

    /// Ends a peer's session on this side: its jobs hear of it, its own jobs stop. No effect where there is none.
    pub(super) fn lose(&mut self, key: &str, loss: Option<Loss>) {
        let Some(peer) = self.peers.get_mut(key) else {
            return;
        };
        peer.count_traffic();
        let Some(link) = peer.link.take() else { return };
        peer.round_trip_us = None;
        peer.takes_nothing = None;
        (peer.traffic_counted, peer.bytes_per_second) = ((0, 0), 0);
        peer.dial_soon();
        let name = peer.name.clone();
        let orderly = loss.is_none() || loss == Some(Loss::Left);
        if !orderly && self.works_for_us(key) {
            let how = match loss {
                Some(Loss::Silent) => "gave no sign of life for 2 s",
                _ => "ended its connection",
            };
            self.warn(format!("`{name}` {how}; its tasks are done elsewhere"));
        }
        if loss.is_some() {
            // Too many waiting wishes only delay this: the session ends by itself without its link.
            let _ = self.command(NetCommand::Disconnect(link.session));
        }
        self.audit(&Audited::Disconnected(self.party(key)));
        self.member_lost(key);
        self.submitter_lost(key);
        self.deployments_lost(key);
        self.show(true);
    }

    /// Ends the session of a peer that broke the rules; it is not connected to again until the user says so.
    pub(super) fn cut(&mut self, key: &str, clause: &str) {
        let Some(peer) = self.peers.get_mut(key) else {
            return;
        };
        if peer.cut.is_some() {
            return;
        }
        peer.cut = Some(clause.to_owned());
        peer.failures += 1;
        let name = peer.name.clone();
        self.audit(&Audited::Cut(self.party(key), clause.to_owned()));
        self.lose(key, None);
        self.tell_allowed();
        self.change_book(BookChange::Cut {
            peer: key.to_owned(),
            clause: clause.to_owned(),
        });
        self.error(format!(
            "`{name}` was cut: {clause}; dial it to trust it again"
        ));
    }

    fn frame(&mut self, key: &str, frame: Frame) {
        match frame {
            Frame::JobOffer(offer) => self.offered(key, *offer),
            Frame::TaskRequest { job, id, task } => self.requested(key, &job, id, &task),
            Frame::CloseJob { job } => self.closed_by(key, &job),
            Frame::JobRefused { job, reason } => self.refused_by(key, &job, &reason),
            Frame::TaskDone { job, id, outcome } => self.done_by(key, &job, id, outcome),
            Frame::Standing(standing) => self.stands(key, standing),
            Frame::Models(models) => self.peer_has(key, models),
            Frame::DeployModel { model, bytes, .. } => self.model_offered(key, model, bytes),
            Frame::ModelAnswered { model, refused } => {
                self.deployment_answered(key, model, refused);
            }
            // The session answers these itself.
            Frame::Heartbeat { .. } | Frame::HeartbeatEcho { .. } | Frame::Bye => {}
        }
    }

    /// Queues a frame; a peer that lets the queue fill does not read, and is lost.
    pub(super) fn send(&mut self, key: &str, frame: Frame) -> bool {
        let Some(link) = self.peers.get(key).and_then(|peer| peer.link.as_ref()) else {
            return false;
        };
        let sent = link.frames.try_send(frame).is_ok();
        if !sent {
            self.lose(key, Some(Loss::Closed("it does not read".to_owned())));
        }
        sent
    }
}
