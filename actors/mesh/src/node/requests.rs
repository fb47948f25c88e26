//! What the other actors and the user ask of the mesh.

use std::time::{Duration, Instant};

use actix::Recipient;
use actor_messages::work::{CloseJob, ListMembers, Members, OfferJob, SendTasks, TaskFinished};
use actor_messages::{CancelFlag, Command, Event, JobId, PairingState};
use kernel_imaging::{Notice, Severity};
use kernel_labor::Member;

use super::Node;
use super::delivery::Delivery;
use crate::address;
use crate::address_book;
use crate::pairing::window::{self, PairingNews};
use crate::swarm::NetCommand;

/// Work units that one core could do while a byte arrives from a peer: some gigaflops against a gigabit line.
const REMOTE_LINK_COST: u32 = 32;
/// How long after sharing began a patient job waits for nodes that multicast has yet to show.
const PATIENCE_MIN: Duration = Duration::from_millis(1_500);
/// A patient job waits at most so long for nodes that are being dialled.
const PATIENCE_MAX: Duration = Duration::from_secs(4);

/// A message for the deciding thread.
pub(crate) enum NodeInput {
    /// From the user.
    Ask(Command),
    /// From labor.
    List(ListMembers),
    /// From labor.
    Offer(OfferJob),
    /// From labor.
    Send(SendTasks),
    /// From labor.
    Close(CloseJob),
    /// From compute: a peer's task.
    Finished(TaskFinished),
}

/// A job that waits for nodes to connect.
pub(super) struct WaitingMembers {
    job: JobId,
    reply: Recipient<Members>,
    since: Instant,
}

/// The pairing that is under way.
pub(super) struct PairingWindow {
    number: u64,
    stop: CancelFlag,
}

impl Node {
    pub(super) fn input(&mut self, input: NodeInput) {
        match input {
            NodeInput::Ask(command) => self.ask(command),
            NodeInput::List(list) => {
                let ListMembers {
                    job,
                    patient,
                    reply,
                } = list;
                let since = Instant::now();
                let since = if patient {
                    since
                } else {
                    since.checked_sub(PATIENCE_MAX).unwrap_or(since)
                };
                self.waiting.push(WaitingMembers { job, reply, since });
                self.answer_waiting_members();
            }
            NodeInput::Offer(offer) => self.offer(offer),
            NodeInput::Send(tasks) => self.enqueue(tasks),
            NodeInput::Close(close) => self.close(&close),
            NodeInput::Finished(finished) => self.computed(finished),
        }
    }

    fn ask(&mut self, command: Command) {
        match command {
            Command::SetSharing(true) => {
                self.open_net();
                self.show(true);
            }
            Command::SetSharing(false) => self.stop_sharing(),
            Command::ShowPairingCode => self.open_pairing_window(None),
            Command::PairWithCode { code, address } => {
                self.open_pairing_window(Some((code, address)))
            }
            Command::CancelPairing => {
                self.close_pairing_window();
                self.pairing = PairingState::Closed;
                self.show(true);
            }
            Command::Dial(called) => self.dial(&called),
            Command::ForgetPeer(peer) => self.forget(&peer),
            // The rest concerns other actors.
            _ => {}
        }
    }

    fn stop_sharing(&mut self) {
        let connected: Vec<String> = self
            .peers
            .values()
            .filter(|peer| peer.link.is_some())
            .map(|peer| peer.key.clone())
            .collect();
        for key in &connected {
            self.lose(key, None);
        }
        // The sockets close at once, and the peers see that.
        self.forget_net();
    }

    /// Dials `host:port`, a multiaddress, or a paired node by its name or peer id; one that was cut is trusted again.
    fn dial(&mut self, called: &str) {
        let called = called.trim();
        if let Some(key) = address_book::find(self.book.peers(), called) {
            self.trust_again(&[key]);
            return;
        }
        let sockets = match address::resolve(called) {
            Ok(sockets) => sockets,
            Err(error) => return self.warn(error.to_string()),
        };
        if self.net.is_none() {
            return self.warn("Switch sharing on before connecting to another node".to_owned());
        }
        let addresses: Vec<_> = sockets.iter().copied().map(address::multiaddr).collect();
        let texts: Vec<String> = addresses.iter().map(ToString::to_string).collect();
        let there = |known: &address_book::PairedPeer| {
            known.addresses.iter().any(|known| texts.contains(known))
        };
        let known: Vec<String> = self
            .book
            .peers()
            .values()
            .filter(|peer| there(peer))
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

    fn trust_again(&mut self, keys: &[String]) {
        let forgiven = self.book.change(|peers| {
            for key in keys {
                if let Some(known) = peers.get_mut(key) {
                    known.cut = None;
                }
            }
        });
        if let Err(error) = forgiven {
            self.warn(error.to_string());
        }
        self.adopt_book();
        for key in keys {
            if let Some(peer) = self.peers.get_mut(key) {
                peer.dial_soon();
            }
        }
        self.show(true);
    }

    fn forget(&mut self, called: &str) {
        let Some(key) = address_book::find(self.book.peers(), called) else {
            return self.warn(format!("No paired node is called `{called}`"));
        };
        let removed = self.book.change(|peers| {
            peers.remove(&key);
        });
        if let Err(error) = removed {
            self.error(error.to_string());
        }
        self.adopt_book();
        self.show(true);
    }

    /// Answers the jobs that need not wait any longer.
    pub(super) fn answer_waiting_members(&mut self) {
        if self.waiting.is_empty() {
            return;
        }
        let expected = |peer: &&super::Peer| peer.cut.is_none();
        let all_ready = self
            .peers
            .values()
            .filter(expected)
            .all(super::Peer::is_ready);
        let undecided = self
            .peers
            .values()
            .filter(expected)
            .any(|peer| !peer.is_ready() && (peer.dialling || peer.attempts == 0));
        let sharing = self.net.is_some();
        let seen_all = self.net_opened_at.elapsed() >= PATIENCE_MIN;
        let (answered, waiting): (Vec<_>, Vec<_>) = std::mem::take(&mut self.waiting)
            .into_iter()
            .partition(|waiting| {
                let waited = waiting.since.elapsed();
                !sharing || all_ready || waited >= PATIENCE_MAX || (seen_all && !undecided)
            });
        self.waiting = waiting;
        for WaitingMembers { job, reply, .. } in answered {
            let members = Members {
                job,
                me: self.me.clone(),
                members: self.members(),
            };
            self.outbox.push(Delivery::Members(reply, members));
        }
    }

    fn members(&self) -> Vec<(Member, String)> {
        let me = Member {
            peer: self.me.clone(),
            incarnation: self.settings.incarnation,
            capacity: self.capacity(),
            memory_bytes: self.options.memory_bytes,
            numeric_class: *self.numeric_class().bytes(),
            link_cost: 0,
        };
        let mut members = vec![(me, self.settings.name.clone())];
        for peer in self.peers.values().filter(|peer| peer.is_ready()) {
            let Some(hello) = &peer.hello else { continue };
            let member = Member {
                peer: peer.key.clone(),
                incarnation: hello.incarnation,
                capacity: hello.capacity,
                memory_bytes: hello.memory_bytes,
                numeric_class: *hello.numeric_class.bytes(),
                link_cost: REMOTE_LINK_COST,
            };
            members.push((member, peer.name.clone()));
        }
        members.sort_by(|(a, _), (b, _)| a.peer.cmp(&b.peer));
        members
    }

    /// Shows a code, or joins with one; a pairing that is under way is closed first.
    fn open_pairing_window(&mut self, join: Option<(String, Option<String>)>) {
        self.close_pairing_window();
        let stop = CancelFlag::new();
        let number = self.window_number() + 1;
        let opened = window::open(window::WindowOptions {
            number,
            home: self.options.home.clone(),
            listen: self.options.listen.clone(),
            join,
            stop: stop.clone(),
            news: self.pairing_news.0.clone(),
        });
        match opened {
            Ok(()) => self.window = Some(PairingWindow { number, stop }),
            Err(error) => self.pairing = PairingState::Failed(error.to_string()),
        }
        self.show(true);
    }

    fn window_number(&self) -> u64 {
        self.window.as_ref().map_or(0, |window| window.number)
    }

    pub(super) fn close_pairing_window(&mut self) {
        if let Some(window) = &self.window {
            window.stop.cancel();
        }
    }

    pub(super) fn pairing_news(&mut self, news: PairingNews) {
        // A window that was closed still says so; what counts is the newest.
        let stopped = self
            .window
            .as_ref()
            .is_none_or(|window| window.stop.is_cancelled());
        if news.number != self.window_number() || stopped {
            return;
        }
        if let PairingState::Paired { .. } = news.state {
            match self.book.reload_if_changed() {
                Ok(_) => self.adopt_book(),
                Err(error) => self.warn(error.to_string()),
            }
        }
        self.pairing = news.state;
        self.show(true);
    }

    pub(super) fn warn(&self, text: String) {
        self.inbox
            .push(Event::Notice(Notice::new(Severity::Warning, text)));
    }

    pub(super) fn error(&self, text: String) {
        self.inbox
            .push(Event::Notice(Notice::new(Severity::Error, text)));
    }
}
