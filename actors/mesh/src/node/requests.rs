//! What the other actors and the user ask of the mesh.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use actix::Recipient;
use actor_messages::work::{
    CloseJob, Distrust, ListMembers, Members, OfferJob, SendTasks, TaskFinished,
};
use actor_messages::{CancelFlag, Command, Event, JobId, PairingState};
use kernel_imaging::{Notice, Severity};
use kernel_labor::Member;

use super::Node;
use super::delivery::Delivery;
use super::opening::Opening;
use super::registry::RegistryNews;
use super::scribe::{Order, Written};
use crate::address_book::{self, BookChange};
use crate::audit::Audited;
use crate::error::MeshError;
use crate::pairing::window::{self, PairingNews};

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
    /// From labor.
    Distrust(Distrust),
    /// From the registry of models.
    Registry(RegistryNews),
    /// From compute: a peer's task.
    Finished(TaskFinished),
    /// From a thread of this node: a name was looked up.
    Resolved(Result<Vec<SocketAddr>, MeshError>),
    /// From a thread of this node: the sockets may be opened.
    Prepared(u64, Result<Opening, MeshError>),
    /// From a thread of this node: something was written, or could not be.
    Written(Written),
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
            NodeInput::Distrust(Distrust { peer, clause }) => self.cut(&peer, &clause),
            NodeInput::Registry(news) => self.registry_news(news),
            NodeInput::Finished(finished) => self.computed(finished),
            NodeInput::Resolved(sockets) => self.resolved(sockets),
            NodeInput::Prepared(number, opening) => self.prepared(number, opening),
            NodeInput::Written(written) => self.written(written),
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
            Command::DeployModel { model, peers } => self.deploy(model, peers),
            Command::SetLimits(limits) => self.set_limits(limits),
            Command::InUse => self.giving.idle.touch(),
            Command::LetLeave { job, leave } => self.let_leave(&job, leave),
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
    pub(super) fn dial(&mut self, called: &str) {
        let called = called.trim();
        if let Some(key) = address_book::find(self.book.peers(), called) {
            self.trust_again(&[key]);
            return;
        }
        self.dial_address(called);
    }

    pub(super) fn trust_again(&mut self, keys: &[String]) {
        self.change_book(BookChange::Trust(keys.to_vec()));
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
        self.audit(&Audited::Forgotten(self.party(&key)));
        self.change_book(BookChange::Forget(key));
        self.adopt_book();
        self.show(true);
    }

    /// Changes the address book at once, and has it written.
    pub(super) fn change_book(&mut self, change: BookChange) {
        self.book.note(change);
        self.write_book();
    }

    fn write_book(&mut self) {
        if let Some(order) = self.book.next_order() {
            self.scribe.write(Order::Book(order));
        }
    }

    fn written(&mut self, written: Written) {
        let result = match written {
            Written::Settings(result) => result,
            Written::Book(number, result) => {
                self.book.order_done(number, result.is_ok());
                self.write_book();
                result
            }
        };
        if let Err(error) = result {
            self.warn(error.to_string());
        }
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
        let sharing = self.net.is_some() || self.opening.is_some();
        let seen_all = self.net_opened_at.elapsed() >= PATIENCE_MIN;
        let (answered, waiting): (Vec<_>, Vec<_>) = std::mem::take(&mut self.waiting)
            .into_iter()
            .partition(|waiting| {
                let waited = waiting.since.elapsed();
                !sharing || all_ready || waited >= PATIENCE_MAX || (seen_all && !undecided)
            });
        self.waiting = waiting;
        if !answered.is_empty() {
            self.tell_who_takes_nothing();
        }
        for WaitingMembers { job, reply, .. } in answered {
            let members = Members {
                job,
                me: self.me.clone(),
                members: self.members(),
            };
            self.outbox.push(Delivery::Members(reply, members));
        }
    }

    /// Whoever asks for help hears why some give none.
    fn tell_who_takes_nothing(&self) {
        for peer in self.peers.values().filter(|peer| peer.is_ready()) {
            if let Some(reason) = &peer.takes_nothing {
                self.warn(reason.clone());
            }
        }
    }

    fn members(&self) -> Vec<(Member, String)> {
        let me = Member {
            peer: self.me.clone(),
            incarnation: self.settings.incarnation,
            capacity: self.capacity(),
            memory_bytes: self.memory_bytes(),
            numeric_class: *self.numeric_class().bytes(),
            link_cost: 0,
        };
        let mut members = vec![(me, self.settings.name.clone())];
        let takes_work = |peer: &&super::Peer| peer.is_ready() && peer.takes_nothing.is_none();
        for peer in self.peers.values().filter(takes_work) {
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
