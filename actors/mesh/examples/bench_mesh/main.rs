//! Parts for packaging/bench.sh mesh, one process each: a node that answers at once or lies, a measuring node, a plain TCP copy and
//! a bare libp2p stream to compare with, and strangers at the door. Prints one JSON line where there is something to tell.

mod door;
mod raw;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use actix::{Actor, Addr, Context, Handler, System};
use actor_mesh::{MeshActor, MeshOptions};
use actor_messages::work::{
    Ask, CloseJob, ExecuteTask, ListMembers, MemberChanged, Members, OfferJob, SendTasks,
    TaskFinished,
};
use actor_messages::{
    AskBeforeSending, BlobStore, Command, Event, EventInbox, JobId, MeshSnapshot, PeerState,
};
use kernel_labor::{LaborTask, Member, Membership, assign};
use kernel_tasks::{
    Blobs, Determinism, ParameterValue, Parameters, Task, TaskId, execute, numeric_class, operation,
};

/// Bytes of a task's input and of its output.
const TASK_BYTES: usize = 64 * 1024;
const TASKS: usize = 3_000;
/// Tasks before the clock counts.
const WARM_UP: usize = 300;
const BULK_BLOBS: usize = 64;
const BULK_BYTES: usize = 8 << 20;
/// Everything that is waited for comes within this time.
const DEADLINE: Duration = Duration::from_secs(60);

/// News as labor would get them.
enum News {
    Members(Members),
    Finished(TaskFinished),
    Changed(MemberChanged),
}

struct Collector(Sender<News>);

impl Actor for Collector {
    type Context = Context<Self>;
}

macro_rules! collect {
    ($message:ty, $news:path) => {
        impl Handler<$message> for Collector {
            type Result = ();
            fn handle(&mut self, message: $message, _: &mut Context<Self>) {
                // The bench may be over.
                let _ = self.0.send($news(message));
            }
        }
    };
}
collect!(Members, News::Members);
collect!(TaskFinished, News::Finished);
collect!(MemberChanged, News::Changed);

/// Computes nothing, or computes and changes the answer.
struct Compute {
    lies: bool,
}

impl Actor for Compute {
    type Context = Context<Self>;
}

impl Handler<ExecuteTask> for Compute {
    type Result = ();

    fn handle(&mut self, work: ExecuteTask, _: &mut Context<Self>) {
        let output = if self.lies {
            let output = execute(&work.task, &work.blobs, &|| work.cancelled.is_cancelled());
            output.map_err(|error| error.to_string()).map(|mut bytes| {
                if let Some(last) = bytes.last_mut() {
                    *last ^= 1;
                }
                Arc::from(bytes)
            })
        } else {
            let input = work
                .blobs
                .get(&work.task.inputs[0])
                .expect("it was fetched");
            match input.len() {
                0..=TASK_BYTES => Ok(input),
                _ => Ok(Arc::from(&input[..8])),
            }
        };
        let finished = TaskFinished {
            job: work.job,
            id: work.id,
            peer: String::new(),
            output,
        };
        work.reply.try_send(finished).expect("the mailbox has room");
    }
}

struct Node {
    mesh: Addr<MeshActor>,
    collector: Addr<Collector>,
    news: Receiver<News>,
    inbox: Arc<EventInbox>,
    snapshot: Option<Arc<MeshSnapshot>>,
}

impl Node {
    fn start(home: &Path, lies: bool) -> Self {
        let inbox = EventInbox::new(Box::new(|| {}));
        let (sender, news) = channel();
        let (ready, started) = channel();
        let (events, home) = (inbox.clone(), home.to_owned());
        std::thread::spawn(move || {
            let runner = System::new();
            runner.block_on(async {
                let options = MeshOptions {
                    home,
                    listen: None,
                    capacity: 1,
                    memory_bytes: 4 << 30,
                    numeric_class: numeric_class(),
                    share: true,
                    blob_bytes_max: 4 << 30,
                    quic: true,
                    ask_before_sending: AskBeforeSending::Never,
                    record_outgoing: None,
                };
                let compute = Compute { lies }.start();
                let collector = Collector(sender).start();
                let mesh = MeshActor::start(options, compute.recipient(), events).expect("starts");
                ready.send((mesh, collector)).expect("it is waited for");
            });
            runner.run().expect("it runs");
        });
        let (mesh, collector) = started.recv().expect("it starts");
        Self {
            mesh,
            collector,
            news,
            inbox,
            snapshot: None,
        }
    }

    fn until<T>(&mut self, wanted: impl Fn(&MeshSnapshot) -> Option<T>) -> T {
        let deadline = Instant::now() + DEADLINE;
        loop {
            if let Some(found) = self.snapshot.as_deref().and_then(&wanted) {
                return found;
            }
            assert!(Instant::now() < deadline, "saw {:?}", self.snapshot);
            for event in self.inbox.drain_within(Duration::from_millis(50)) {
                if let Event::Mesh(snapshot) = event {
                    self.snapshot = Some(snapshot);
                }
            }
        }
    }

    fn next(&self) -> TaskFinished {
        match self.news.recv_timeout(DEADLINE).expect("an answer") {
            News::Finished(finished) => finished,
            News::Changed(changed) => panic!("{changed:?}"),
            News::Members(members) => panic!("{members:?}"),
        }
    }

    fn members(&self) -> Vec<(Member, String)> {
        let list = ListMembers {
            job: JobId("0".repeat(16)),
            patient: true,
            reply: self.collector.clone().recipient(),
        };
        self.mesh.try_send(list).expect("room");
        match self.news.recv_timeout(DEADLINE).expect("members") {
            News::Members(members) => members.members,
            _ => panic!("no members"),
        }
    }

    /// Offers a job of one task for each blob; gives the tasks and the peer.
    fn offer(&self, name: u8, blobs: Vec<Vec<u8>>) -> (JobId, String, Vec<(TaskId, Arc<Task>)>) {
        let members = self.members();
        let me = self.snapshot.as_ref().expect("seen").me.peer.clone();
        let other = members.iter().find(|(member, _)| member.peer != me);
        let other = other.expect("the peer is ready").0.peer.clone();
        let members = members.into_iter().map(|(member, _)| member).collect();
        let membership = Membership::new(members).expect("two members");
        let store = BlobStore::new(4 << 30);
        let spec = operation("threshold").expect("known");
        let values = BTreeMap::from([
            ("low".to_owned(), ParameterValue::Real(1.0)),
            ("high".to_owned(), ParameterValue::Real(2.0)),
        ]);
        let parameters = Parameters::from_values(spec, values).expect("in range");
        let (mut tasks, mut labor) = (Vec::new(), Vec::new());
        for blob in blobs {
            let bytes = blob.len() as u64;
            let digest = store.insert(blob).expect("it fits");
            let task = Task {
                operation: spec.name.to_owned(),
                version: spec.version,
                parameters: parameters.clone(),
                inputs: vec![digest],
                level: Determinism::Strict,
            };
            labor.push(LaborTask {
                id: *task.id().bytes(),
                cost: 1,
                memory_bytes: 1,
                inputs: vec![(*digest.bytes(), bytes)],
            });
            tasks.push((task.id(), Arc::new(task)));
        }
        labor.sort_by_key(|task| task.id);
        let assignment = assign(&labor, &membership).expect("it can be assigned");
        let job = JobId(format!("{name:016x}"));
        let offer = OfferJob {
            job: job.clone(),
            membership,
            tasks: labor,
            assignment_digest: assignment.digest().into(),
            blobs: store,
            example: None,
            finished: self.collector.clone().recipient(),
            changed: self.collector.clone().recipient(),
        };
        self.mesh.try_send(offer).expect("room");
        (job, other, tasks)
    }

    fn send(&self, job: &JobId, peer: &str, tasks: Vec<(TaskId, Arc<Task>)>) {
        let send = SendTasks {
            job: job.clone(),
            peer: peer.to_owned(),
            tasks,
        };
        self.mesh.try_send(send).expect("room");
    }
}

/// Bytes that are no other blob's.
fn blob(number: usize, bytes: usize) -> Vec<u8> {
    let mut blob = vec![0; bytes];
    let mut reader = blake3::Hasher::new();
    reader.update(&number.to_le_bytes());
    reader.finalize_xof().fill(&mut blob);
    blob
}

/// A node that is connected with the one at `address`.
fn connected(home: &Path, address: &str) -> Node {
    let mut node = Node::start(home, false);
    node.mesh
        .try_send(Ask(Command::Dial(address.to_owned())))
        .expect("room");
    node.until(|mesh| {
        let ready = |peer: &&actor_messages::PeerCard| peer.state == PeerState::Ready;
        mesh.peers.iter().find(ready).map(drop)
    });
    node
}

/// Microseconds that each task took, sorted.
fn small_tasks(node: &Node) -> Vec<u128> {
    let small = (0..TASKS).map(|number| blob(number, TASK_BYTES)).collect();
    let (job, peer, tasks) = node.offer(1, small);
    let mut micros = Vec::new();
    for (number, task) in tasks.into_iter().enumerate() {
        let began = Instant::now();
        node.send(&job, &peer, vec![task]);
        let output = node.next().output.expect("an answer");
        assert_eq!(output.len(), TASK_BYTES);
        if number >= WARM_UP {
            micros.push(began.elapsed().as_micros());
        }
    }
    node.mesh.try_send(CloseJob { job }).expect("room");
    micros.sort_unstable();
    micros
}

/// How fast large inputs get there.
fn bulk_mib_per_s(node: &Node) -> f64 {
    let bulk = (0..BULK_BLOBS).map(|number| blob(1_000_000 + number, BULK_BYTES));
    let (job, peer, tasks) = node.offer(2, bulk.collect());
    let began = Instant::now();
    node.send(&job, &peer, tasks);
    (0..BULK_BLOBS).for_each(|_| drop(node.next().output.expect("an answer")));
    let seconds = began.elapsed().as_secs_f64();
    node.mesh.try_send(CloseJob { job }).expect("room");
    (BULK_BLOBS * BULK_BYTES) as f64 / seconds / f64::from(1 << 20)
}

#[allow(clippy::print_stdout)]
fn measure(home: &Path, address: &str) {
    let mut node = connected(home, address);
    let micros = small_tasks(&node);
    let at = |part: usize| micros[(micros.len() - 1) * part / 100];
    let mib_per_s = bulk_mib_per_s(&node);
    let place = node.until(|mesh| mesh.peers.first().and_then(|peer| peer.address.clone()));
    let quic = address.contains("quic");
    assert_eq!(place.contains("quic"), quic, "it was reached at {place}");
    println!(
        "{{\"task_p50_us\":{},\"task_p99_us\":{},\"blob_mib_per_s\":{mib_per_s:.1}}}",
        at(50),
        at(99)
    );
}

#[allow(clippy::print_stdout)]
fn bulk(home: &Path, address: &str) {
    let mib_per_s = bulk_mib_per_s(&connected(home, address));
    println!("{{\"blob_mib_per_s\":{mib_per_s:.1}}}");
}

#[allow(clippy::print_stdout)]
fn serve(home: &Path, lies: bool) {
    let mut node = Node::start(home, lies);
    let addresses =
        node.until(|mesh| (!mesh.me.addresses.is_empty()).then(|| mesh.me.addresses.clone()));
    println!("{{\"addresses\":{addresses:?}}}");
    // Until it is killed.
    loop {
        std::thread::park();
    }
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["serve", home] => serve(Path::new(home), false),
        ["lie", home] => serve(Path::new(home), true),
        ["measure", home, address] => measure(Path::new(home), address),
        ["bulk", home, address] => bulk(Path::new(home), address),
        ["tcp-serve", address] => door::tcp_serve(address),
        ["tcp-copy", address] => door::tcp_copy(address),
        ["stream-serve", address] => raw::serve(address),
        ["stream-copy", address] => raw::copy(address),
        ["strangers", address, count] => {
            door::strangers(address, count.parse().expect("a number of connections"));
        }
        _ => panic!(
            "serve|lie HOME, measure|bulk HOME ADDR, tcp-serve|tcp-copy|stream-serve|stream-copy ADDR, strangers ADDR N"
        ),
    }
}
