//! Real nodes in this process or in one of their own, with a compute actor that calls the kernel, and waits with deadlines.

#![allow(dead_code, reason = "each test file uses its own part")]

pub mod job;

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use actix::{Actor, Addr, Context, Handler, System};
use actor_mesh::{MeshActor, MeshError, MeshOptions, pair_join, pair_show};
use actor_messages::work::{Ask, ExecuteTask, ListMembers, MemberChanged, Members, TaskFinished};
use actor_messages::{
    AskBeforeSending, Command, Event, EventInbox, JobId, MeshSnapshot, PairingState, PeerState,
};
use kernel_tasks::{Digest, execute};

/// Everything that is waited for comes within this time on a very busy machine.
pub const DEADLINE: Duration = Duration::from_secs(30);

/// News for the test as labor would get them.
#[derive(Debug)]
pub enum News {
    /// Who could help.
    Members(Members),
    /// An answer.
    Finished(TaskFinished),
    /// A loss or a refusal.
    Changed(MemberChanged),
}

/// Stands in for labor.
struct Collector(Sender<News>);

impl Actor for Collector {
    type Context = Context<Self>;
}

macro_rules! collect {
    ($message:ty, $news:path) => {
        impl Handler<$message> for Collector {
            type Result = ();
            fn handle(&mut self, message: $message, _: &mut Context<Self>) {
                let _ = self.0.send($news(message));
            }
        }
    };
}
collect!(Members, News::Members);
collect!(TaskFinished, News::Finished);
collect!(MemberChanged, News::Changed);

/// Stands in for compute: the same kernel, one task at a time.
struct Compute {
    pause: Duration,
}

impl Actor for Compute {
    type Context = Context<Self>;
}

impl Handler<ExecuteTask> for Compute {
    type Result = ();
    fn handle(&mut self, work: ExecuteTask, _: &mut Context<Self>) {
        // On a thread, as in the real one: the actor thread never computes.
        let pause = self.pause;
        std::thread::spawn(move || {
            std::thread::sleep(pause);
            let cancelled = || work.cancelled.is_cancelled();
            let output = execute(&work.task, &work.blobs, &cancelled);
            let output = output.map(Into::into).map_err(|error| error.to_string());
            let mut finished = TaskFinished {
                job: work.job,
                id: work.id,
                peer: String::new(),
                output,
            };
            while let Err(actix::prelude::SendError::Full(back)) = work.reply.try_send(finished) {
                finished = back;
                std::thread::yield_now();
            }
        });
    }
}

/// A node in this process.
pub struct TestNode {
    pub mesh: Addr<MeshActor>,
    pub inbox: Arc<EventInbox>,
    pub news: Receiver<News>,
    pub peer: String,
    collector: Addr<Collector>,
    system: System,
    thread: Option<JoinHandle<()>>,
    snapshot: Option<Arc<MeshSnapshot>>,
    pub notices: Vec<String>,
}

pub fn options(home: &Path) -> MeshOptions {
    MeshOptions {
        home: home.to_owned(),
        listen: Some("127.0.0.1:0".to_owned()),
        capacity: 2,
        memory_bytes: 1 << 30,
        numeric_class: Digest::of(b"one class"),
        share: true,
        blob_bytes_max: 1 << 28,
        quic: false,
        ask_before_sending: AskBeforeSending::Never,
        record_outgoing: None,
    }
}

impl TestNode {
    pub fn start(options: MeshOptions) -> Result<Self, MeshError> {
        Self::start_paused(options, Duration::ZERO)
    }

    pub fn start_paused(options: MeshOptions, pause: Duration) -> Result<Self, MeshError> {
        let inbox = EventInbox::new(Box::new(|| {}));
        let (sender, news) = channel();
        let (ready, started) = channel();
        let events = inbox.clone();
        let thread = std::thread::spawn(move || {
            let runner = System::new();
            let result = runner.block_on(async {
                let compute = Compute { pause }.start();
                let collector = Collector(sender).start();
                let mesh = MeshActor::start(options, compute.recipient(), events)?;
                Ok((mesh, collector, System::current()))
            });
            let runs = result.is_ok();
            ready.send(result).expect("the test waits");
            if runs {
                runner.run().expect("runs");
            }
        });
        let (mesh, collector, system) = started.recv().expect("starts or fails")?;
        let mut node = Self {
            mesh,
            inbox,
            news,
            peer: String::new(),
            collector,
            system,
            thread: Some(thread),
            snapshot: None,
            notices: Vec::new(),
        };
        node.peer = node.until("a first snapshot", |snapshot| {
            Some(snapshot.me.peer.clone())
        });
        Ok(node)
    }

    pub fn ask(&self, command: Command) {
        self.mesh
            .try_send(Ask(command))
            .expect("the mailbox has room");
    }

    /// Waits until the mesh looks as wanted.
    pub fn until<T>(&mut self, what: &str, wanted: impl Fn(&MeshSnapshot) -> Option<T>) -> T {
        let deadline = Instant::now() + DEADLINE;
        loop {
            if let Some(found) = self.snapshot.as_deref().and_then(&wanted) {
                return found;
            }
            assert!(
                Instant::now() < deadline,
                "waited for {what}; saw {:?} and {:?}",
                self.snapshot,
                self.notices
            );
            self.drain();
        }
    }

    fn drain(&mut self) {
        for event in self.inbox.drain_within(Duration::from_millis(100)) {
            match event {
                Event::Mesh(snapshot) => self.snapshot = Some(snapshot),
                Event::Notice(notice) => self.notices.push(notice.text),
                _ => {}
            }
        }
    }

    pub fn until_notice(&mut self, containing: &str) -> String {
        let deadline = Instant::now() + DEADLINE;
        loop {
            if let Some(found) = self.notices.iter().find(|text| text.contains(containing)) {
                return found.clone();
            }
            assert!(
                Instant::now() < deadline,
                "waited for `{containing}`; heard {:?}",
                self.notices
            );
            self.drain();
        }
    }

    pub fn until_state(&mut self, peer: &str, state: PeerState) {
        self.until(&format!("{state:?} of {peer}"), |snapshot| {
            snapshot
                .peers
                .iter()
                .find(|card| card.peer == peer && card.state == state)
                .map(drop)
        });
    }

    pub fn address(&mut self) -> String {
        let multiaddress = self.until("a listening address", |snapshot| {
            snapshot.me.addresses.first().cloned()
        });
        let parts: Vec<&str> = multiaddress.split('/').collect();
        format!("{}:{}", parts[2], parts[4])
    }

    pub fn members(&self, job: &JobId, patient: bool) -> Members {
        let reply = self.collector.clone().recipient();
        self.mesh
            .try_send(ListMembers {
                job: job.clone(),
                patient,
                reply,
            })
            .expect("room");
        match self
            .news
            .recv_timeout(DEADLINE)
            .expect("members are listed")
        {
            News::Members(members) => members,
            other => panic!("{other:?}"),
        }
    }

    pub fn finished(&self) -> actix::Recipient<TaskFinished> {
        self.collector.clone().recipient()
    }

    pub fn changed(&self) -> actix::Recipient<MemberChanged> {
        self.collector.clone().recipient()
    }

    pub fn next(&self) -> News {
        self.news.recv_timeout(DEADLINE).expect("news of the job")
    }
}

impl Drop for TestNode {
    fn drop(&mut self) {
        self.system.stop();
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            if !std::thread::panicking() {
                ended.expect("the node ended in good order");
            }
        }
    }
}

/// Pairs two homes over loopback, as the command line does; gives the fingerprints that both sides saw.
pub fn pair(shower: &Path, joiner: &Path) -> (String, String) {
    let (shown, wait) = channel();
    let home = shower.to_owned();
    let showing = std::thread::spawn(move || {
        let mut fingerprint = String::new();
        let paired = pair_show(&home, Some("127.0.0.1:0"), |state| match state {
            PairingState::Showing {
                code, addresses, ..
            } => {
                let _ = shown.send((code, addresses[0].clone()));
            }
            PairingState::Paired {
                fingerprint: words, ..
            } => fingerprint = words,
            _ => {}
        });
        paired.expect("paired");
        fingerprint
    });
    let (code, address) = wait.recv_timeout(DEADLINE).expect("a code is shown");
    let mut fingerprint = String::new();
    let on_state = |state| {
        if let PairingState::Paired {
            fingerprint: words, ..
        } = state
        {
            fingerprint = words;
        }
    };
    pair_join(joiner, &code, Some(&address), on_state).expect("paired");
    (showing.join().expect("showed"), fingerprint)
}

/// Two homes that know each other.
pub fn paired_homes() -> (tempfile::TempDir, tempfile::TempDir) {
    let homes = (home(), home());
    pair(homes.0.path(), homes.1.path());
    homes
}

pub fn home() -> tempfile::TempDir {
    tempfile::tempdir().expect("temporary folder")
}
