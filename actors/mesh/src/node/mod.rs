//! The deciding thread: everything that the mesh knows is here and changed by one loop, so that nothing is shared or locked.

mod answers;
#[cfg(test)]
mod bench;
mod delivery;
mod deploying;
mod given;
mod idle;
mod leaving;
mod limits;
mod links;
mod offers;
mod opening;
mod peers;
mod receiving;
mod registry;
mod requests;
mod scribe;
mod snapshot;
mod taken;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix::Recipient;
use actor_messages::work::{ExecuteTask, TaskFinished};
use actor_messages::{EventInbox, JobId, PairingState};
use kernel_tasks::Digest;
use libp2p::{Multiaddr, PeerId};
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval};

use crate::address::{self, Resolver};
use crate::address_book::AddressBook;
use crate::audit::Audited;
use crate::error::MeshError;
use crate::home::{MeshLock, Stamp};
use crate::identity::Identity;
use crate::options::MeshOptions;
use crate::pairing::window::PairingNews;
use crate::protocol::PROTOCOL_VERSION;
use crate::protocol::frame::{Frame, Hello};
use crate::protocol::link::NetEvent;
use crate::protocol::metered::Recorder;
use crate::settings::Settings;
use crate::swarm::{Net, NetCommand};

use delivery::Outbox;
use given::Given;
use peers::Peer;
pub(crate) use registry::{Registry, RegistryNews};
pub(crate) use requests::NodeInput;
use requests::{PairingWindow, WaitingMembers};
use scribe::Scribe;
use taken::Taken;

/// How often peers are redialled, files looked at and snapshots told.
const TICK: Duration = Duration::from_millis(100);
/// How soon a message is tried again at a mailbox that was full.
const RETRY: Duration = Duration::from_millis(2);
/// How often the address book is looked at for changes by other programs.
const BOOK_INTERVAL: Duration = Duration::from_secs(1);
/// News of a pairing that may wait.
pub(crate) const PAIRING_NEWS_MAX: usize = 64;
/// Answers of this node's own threads that may wait; the threads wait with them.
const OWN_INPUTS_MAX: usize = 64;
/// How long a goodbye may take before the sockets are closed.
const GOODBYE: Duration = Duration::from_millis(150);

/// What is read from the home folder before the thread starts, so that its errors reach the caller.
pub(crate) struct Opened {
    pub identity: Identity,
    pub settings: Settings,
    pub book: AddressBook,
    pub lock: Option<MeshLock>,
}

/// The mesh of this home.
pub(crate) struct Node {
    options: MeshOptions,
    me: String,
    identity: Identity,
    settings: Settings,
    book: AddressBook,
    lock: Option<MeshLock>,
    inbox: Arc<EventInbox>,
    compute: Recipient<ExecuteTask>,
    replies: Recipient<TaskFinished>,
    net: Option<Net>,
    net_opened_at: Instant,
    /// Whether the swarm has the newest list of paired peers.
    allowed_told: bool,
    listening: BTreeSet<Multiaddr>,
    peers: BTreeMap<String, Peer>,
    nearby: BTreeMap<PeerId, Multiaddr>,
    /// Addresses that the user asked for: their failures are told.
    asked: BTreeSet<String>,
    given: BTreeMap<JobId, Given>,
    /// Jobs that wait for their user.
    held: BTreeMap<JobId, leaving::Held>,
    giving: limits::Giving,
    settings_stamp: Stamp,
    recorder: Option<Arc<Recorder>>,
    taken: BTreeMap<JobId, Taken>,
    outbox: Outbox,
    library: registry::Library,
    deploying: deploying::Deploying,
    /// Models that peers bring, by peer and model, with their lengths.
    receiving: BTreeMap<(String, Digest), u64>,
    waiting: Vec<WaitingMembers>,
    pairing: PairingState,
    window: Option<PairingWindow>,
    pairing_news: (mpsc::Sender<PairingNews>, mpsc::Receiver<PairingNews>),
    tasks_given: u64,
    book_looked_at: Instant,
    shown: snapshot::Shown,
    /// Which preparation of the sockets is under way.
    opening: Option<u64>,
    openings: u64,
    /// Where to listen, once that was looked up.
    listen_at: Option<SocketAddr>,
    /// Dialled while the sockets were being opened.
    dials_waiting: Vec<String>,
    lookups: usize,
    resolver: Resolver,
    /// The way back of threads that wait on the system.
    own: (mpsc::Sender<NodeInput>, mpsc::Receiver<NodeInput>),
    /// Comes after `own`: its thread is waited for once nobody listens to it.
    scribe: Scribe,
}

/// What woke the loop.
enum Wake {
    Input(Option<NodeInput>),
    Net(NetEvent),
    Pairing(PairingNews),
    Tick,
    Retry,
}

impl Node {
    pub(crate) fn new(
        options: MeshOptions,
        opened: Opened,
        inbox: Arc<EventInbox>,
        compute: Recipient<ExecuteTask>,
        replies: Recipient<TaskFinished>,
    ) -> Result<Self, MeshError> {
        let Opened {
            identity,
            settings,
            book,
            lock,
        } = opened;
        let recorder = match &options.record_outgoing {
            None => None,
            Some(folder) => Some(Arc::new(Recorder::open(folder)?)),
        };
        let own = mpsc::channel(OWN_INPUTS_MAX);
        let scribe = Scribe::start(&options.home, own.0.clone())?;
        Ok(Self {
            options,
            me: identity.peer.to_string(),
            identity,
            settings,
            book,
            lock,
            inbox,
            compute,
            replies,
            net: None,
            net_opened_at: Instant::now(),
            allowed_told: true,
            listening: BTreeSet::new(),
            peers: BTreeMap::new(),
            nearby: BTreeMap::new(),
            asked: BTreeSet::new(),
            given: BTreeMap::new(),
            held: BTreeMap::new(),
            giving: limits::Giving::new(),
            settings_stamp: None,
            recorder,
            taken: BTreeMap::new(),
            outbox: Outbox::default(),
            library: registry::Library::default(),
            deploying: deploying::Deploying::default(),
            receiving: BTreeMap::new(),
            waiting: Vec::new(),
            pairing: PairingState::Closed,
            window: None,
            pairing_news: mpsc::channel(PAIRING_NEWS_MAX),
            tasks_given: 0,
            book_looked_at: Instant::now(),
            shown: snapshot::Shown::default(),
            opening: None,
            openings: 0,
            listen_at: None,
            dials_waiting: Vec::new(),
            lookups: 0,
            resolver: address::resolve,
            own,
            scribe,
        })
    }

    /// Runs until the actor is gone.
    pub(crate) async fn run(mut self, mut inputs: mpsc::Receiver<NodeInput>) {
        self.adopt_book();
        if self.lock.is_some() {
            self.open_net();
        }
        self.show(true);
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let retry = !self.outbox.is_empty() || self.compute_refused();
            let wake = tokio::select! {
                input = inputs.recv() => Wake::Input(input),
                Some(own) = self.own.1.recv() => Wake::Input(Some(own)),
                event = next_event(&mut self.net) => Wake::Net(event),
                Some(news) = self.pairing_news.1.recv() => Wake::Pairing(news),
                _ = tick.tick() => Wake::Tick,
                () = tokio::time::sleep(RETRY), if retry => Wake::Retry,
            };
            match wake {
                Wake::Input(Some(input)) => self.input(input),
                Wake::Input(None) => break,
                Wake::Net(event) => self.net_event(event),
                Wake::Pairing(news) => self.pairing_news(news),
                Wake::Tick => self.tick(),
                Wake::Retry => {}
            }
            self.start_ready_tasks();
            self.send_waiting_tasks();
            self.outbox.deliver();
        }
        self.close_pairing_window();
        self.close_net().await;
    }

    fn tick(&mut self) {
        if self.book_looked_at.elapsed() >= BOOK_INTERVAL {
            self.book_looked_at = Instant::now();
            match self.book.reload_if_changed() {
                Ok(true) => self.adopt_book(),
                Ok(false) => {}
                Err(error) => self.warn(error.to_string()),
            }
            self.count_traffic();
        }
        self.look_at_settings();
        self.look_after_giving();
        if !self.allowed_told {
            self.tell_allowed();
        }
        self.look_after_peers();
        self.look_after_deployments();
        self.answer_waiting_members();
        self.show(false);
    }

    fn hello(&self) -> Hello {
        Hello {
            version: PROTOCOL_VERSION,
            name: self.settings.name.clone(),
            capacity: self.capacity(),
            memory_bytes: self.memory_bytes(),
            numeric_class: self.numeric_class(),
            incarnation: self.settings.incarnation,
            port: 0,
        }
    }

    fn numeric_class(&self) -> Digest {
        self.options.numeric_class
    }

    /// Says goodbye and closes every socket.
    async fn close_net(&mut self) {
        if self.net.is_none() {
            return;
        }
        for peer in self.peers.values() {
            if let Some(link) = &peer.link {
                // A peer that does not read learns it by the closed connection.
                let _ = link.frames.try_send(Frame::Bye);
            }
        }
        let connected: Vec<String> = self
            .peers
            .values()
            .filter(|peer| peer.link.is_some())
            .map(|peer| peer.key.clone())
            .collect();
        for key in &connected {
            self.lose(key, None);
        }
        if !connected.is_empty() {
            // The links are dropped, so the sessions write what waits and end; this thread has nothing else to do.
            tokio::time::sleep(GOODBYE).await;
        }
        self.forget_net();
    }

    /// Everything that is true only while the sockets are open.
    fn forget_net(&mut self) {
        if self.net.take().is_some() {
            self.audit(&Audited::Stopped);
        }
        self.opening = None;
        self.dials_waiting.clear();
        self.lock = None;
        self.listening.clear();
        self.nearby.clear();
        self.asked.clear();
        for peer in self.peers.values_mut() {
            peer.network_closed();
        }
        self.answer_waiting_members();
        self.show(true);
    }

    fn command(&self, command: NetCommand) -> bool {
        self.net.as_ref().is_some_and(|net| net.command(command))
    }
}

/// The next news of the network; never while there is none.
async fn next_event(net: &mut Option<Net>) -> NetEvent {
    if let Some(net) = net
        && let Some(event) = net.events.recv().await
    {
        return event;
    }
    std::future::pending().await
}
