//! A node for tests with one connected peer whose part the test plays, and labor and compute with the smallest mailboxes.

use std::collections::BTreeMap;
use std::sync::Arc;

use actix::{Actor, AsyncContext, Context, Handler};
use actor_messages::work::{ExecuteTask, MemberChanged, OfferJob, SendTasks, TaskFinished};
use actor_messages::{AskBeforeSending, BlobStore, EventInbox, JobId};
use kernel_labor::{LaborTask, Member, Membership};
use kernel_tasks::{Determinism, Digest, ParameterValue, Parameters, Task, TaskId, operation};
use libp2p::PeerId;
use tokio::sync::mpsc;

use super::peers::Peer;
use super::{Node, Opened};
use crate::address_book::{AddressBook, PairedPeer};
use crate::identity::Identity;
use crate::options::MeshOptions;
use crate::protocol::frame::{Frame, Hello, JobOffer, Outcome};
use crate::protocol::link::{Fetch, Link, SessionId};
use crate::protocol::shelf::Shelf;
use crate::settings::Settings;

#[derive(Debug)]
pub(super) enum News {
    Finished(TaskFinished),
    Changed(MemberChanged),
    Execute(TaskId),
}

/// Labor and compute in one, with the smallest mailbox there is.
pub(super) struct Other(mpsc::UnboundedSender<News>);

impl Actor for Other {
    type Context = Context<Self>;
    fn started(&mut self, context: &mut Context<Self>) {
        context.set_mailbox_capacity(1);
        let _ = context.address();
    }
}

impl Handler<TaskFinished> for Other {
    type Result = ();
    fn handle(&mut self, finished: TaskFinished, _: &mut Context<Self>) {
        self.0
            .send(News::Finished(finished))
            .expect("the test listens");
    }
}

impl Handler<MemberChanged> for Other {
    type Result = ();
    fn handle(&mut self, changed: MemberChanged, _: &mut Context<Self>) {
        self.0
            .send(News::Changed(changed))
            .expect("the test listens");
    }
}

impl Handler<ExecuteTask> for Other {
    type Result = ();
    fn handle(&mut self, work: ExecuteTask, _: &mut Context<Self>) {
        self.0
            .send(News::Execute(work.id))
            .expect("the test listens");
    }
}

/// A node with one connected peer whose part the test plays.
pub(super) struct Bench {
    pub(super) node: Node,
    pub(super) peer: String,
    pub(super) frames: mpsc::Receiver<Frame>,
    pub(super) fetches: mpsc::Receiver<Fetch>,
    pub(super) news: mpsc::UnboundedReceiver<News>,
    other: actix::Addr<Other>,
    home: tempfile::TempDir,
}

impl Bench {
    pub(super) fn new() -> Self {
        let home = tempfile::tempdir().expect("temporary folder");
        let (sender, news) = mpsc::unbounded_channel();
        let other = Other(sender).start();
        let id = PeerId::random();
        let peer = id.to_string();
        let mut book = AddressBook::load(home.path()).expect("empty");
        let name = "annex".to_owned();
        let paired = PairedPeer {
            peer: peer.clone(),
            name,
            addresses: vec![],
            paired: true,
            cut: None,
        };
        book.pair(paired).expect("written");
        let opened = Opened {
            identity: Identity::load(home.path()).expect("made"),
            settings: Settings::load(home.path()).expect("made"),
            book,
            lock: None,
        };
        let options = MeshOptions {
            home: home.path().to_owned(),
            listen: None,
            capacity: 2,
            memory_bytes: 1 << 20,
            numeric_class: Digest::of(b"class"),
            share: false,
            blob_bytes_max: 1 << 20,
            quic: false,
            ask_before_sending: AskBeforeSending::Never,
            record_outgoing: None,
        };
        let inbox = EventInbox::new(Box::new(|| {}));
        let me = opened.identity.peer;
        let (compute, replies) = (other.clone().recipient(), other.clone().recipient());
        let mut node =
            Node::new(options, opened, inbox, compute, replies).expect("threads can be started");
        let (to_peer, frames) = mpsc::channel(10_000);
        let (wishes, fetches) = mpsc::channel(10_000);
        let mut known = Peer::new(peer.clone(), id, me);
        let hello = node.hello();
        known.hello = Some(Hello {
            incarnation: 7,
            capacity: 32,
            ..hello
        });
        let shelf = Arc::new(Shelf::default());
        known.link = Some(Link {
            session: SessionId(0),
            frames: to_peer,
            fetches: wishes,
            shelf,
            traffic: Arc::default(),
        });
        node.peers.insert(peer.clone(), known);
        Self {
            node,
            peer,
            frames,
            fetches,
            news,
            other,
            home,
        }
    }

    /// The address book as the next start of this home finds it.
    pub(super) fn ended(self) -> Vec<PairedPeer> {
        let Self { node, home, .. } = self;
        // The node waits for what it gave to be written.
        drop(node);
        crate::paired_peers(home.path()).expect("read")
    }

    pub(super) fn membership(&self, incarnation: u64) -> Membership {
        let member = |peer: &str, incarnation, capacity| Member {
            peer: peer.to_owned(),
            incarnation,
            capacity,
            memory_bytes: 1 << 20,
            numeric_class: *Digest::of(b"class").bytes(),
            link_cost: 0,
        };
        let mine = self.node.settings.incarnation;
        let members = vec![
            member(&self.node.me, mine, 2),
            member(&self.peer, incarnation, 32),
        ];
        Membership::new(members).expect("two members")
    }

    pub(super) fn give(&mut self, tasks: &[Arc<Task>], incarnation: u64) -> JobId {
        let job = JobId("00000000000000aa".to_owned());
        self.node.offer(OfferJob {
            job: job.clone(),
            membership: self.membership(incarnation),
            tasks: labor(tasks),
            assignment_digest: Digest::of(b"not looked at by the giver"),
            blobs: BlobStore::new(1 << 20),
            example: None,
            finished: self.other.clone().recipient(),
            changed: self.other.clone().recipient(),
        });
        let tasks = tasks.iter().map(|task| (task.id(), task.clone())).collect();
        self.node.enqueue(SendTasks {
            job: job.clone(),
            peer: self.peer.clone(),
            tasks,
        });
        self.node.send_waiting_tasks();
        job
    }

    pub(super) fn take(&mut self, tasks: &[Arc<Task>]) -> JobId {
        let job = JobId("00000000000000bb".to_owned());
        let (membership, tasks) = (self.membership(7), labor(tasks));
        let digest = kernel_labor::assign(&tasks, &membership)
            .expect("fits")
            .digest();
        let offer = JobOffer {
            job: job.clone(),
            epoch: 0,
            membership,
            tasks,
            assignment_digest: digest.into(),
        };
        self.node.offered(&self.peer.clone(), offer);
        job
    }

    pub(super) fn requests(&mut self) -> Vec<TaskId> {
        let mut ids = Vec::new();
        while let Ok(frame) = self.frames.try_recv() {
            if let Frame::TaskRequest { id, .. } = frame {
                ids.push(id);
            }
        }
        ids
    }

    pub(super) fn answer(&mut self, job: &JobId, id: TaskId, claimed: &[u8], sent: &[u8]) {
        let outcome = Outcome::Inline {
            digest: Digest::of(claimed),
            bytes: sent.to_vec(),
        };
        self.node.done_by(&self.peer.clone(), job, id, outcome);
    }

    /// Delivers, as the node's loop does, until there is news.
    pub(super) async fn next(&mut self) -> News {
        loop {
            self.node.start_ready_tasks();
            self.node.outbox.deliver();
            if let Ok(news) = self.news.try_recv() {
                return news;
            }
            tokio::task::yield_now().await;
        }
    }

    pub(super) fn cut(&self) -> Option<&str> {
        self.node.peers[&self.peer].cut.as_deref()
    }
}

pub(super) fn tasks(count: u32) -> Vec<Arc<Task>> {
    let spec = operation("threshold").expect("known");
    let values = BTreeMap::from([
        ("low".to_owned(), ParameterValue::Real(1.0)),
        ("high".to_owned(), ParameterValue::Real(2.0)),
    ]);
    let parameters = Parameters::from_values(spec, values).expect("in range");
    let task = |slice: u32| Task {
        operation: spec.name.to_owned(),
        version: spec.version,
        parameters: parameters.clone(),
        inputs: vec![Digest::of(&slice.to_le_bytes())],
        level: Determinism::Strict,
    };
    (0..count).map(|slice| Arc::new(task(slice))).collect()
}

pub(super) fn labor(tasks: &[Arc<Task>]) -> Vec<LaborTask> {
    let listed = |task: &Arc<Task>| LaborTask {
        id: *task.id().bytes(),
        cost: 1,
        memory_bytes: 1,
        inputs: task
            .inputs
            .iter()
            .map(|digest| (*digest.bytes(), 4))
            .collect(),
    };
    tasks.iter().map(listed).collect()
}
