//! Two to eight real nodes in one process, on libp2p's memory transport: everything of the mesh but sockets, in every test run.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use actor_messages::work::{MemberChange, SendTasks};
use actor_messages::{JobId, PeerState};
use futures::{AsyncRead, AsyncReadExt, AsyncWriteExt, StreamExt};
use kernel_labor::assign;
use kernel_tasks::{Digest, Task, TaskId};
use libp2p::core::transport::MemoryTransport;
use libp2p::core::upgrade::Version;
use libp2p::identity::Keypair;
use libp2p::swarm::SwarmEvent;
use libp2p::swarm::dial_opts::DialOpts;
use libp2p::{Multiaddr, PeerId, StreamProtocol, SwarmBuilder, Transport, noise, yamux};
use serde::Serialize;
use support::job::{TestJob, membership};
use support::{News, TestNode, home, options};

const CONTROL: StreamProtocol = StreamProtocol::new("/clisonix/mesh/1");
/// The version that the nodes of this source speak.
const VERSION: u32 = 3;
/// Places of two messages among those of a control stream.
const TASK_REQUEST: u32 = 4;
const TASK_DONE: u32 = 5;

/// Numbers of nodes in this process.
static PORTS: AtomicU64 = AtomicU64::new(1);

/// The homes of some nodes that all know each other, by ascending peer id.
struct Ward {
    homes: Vec<tempfile::TempDir>,
    keys: Vec<Keypair>,
    ports: Vec<u64>,
}

impl Ward {
    fn of(count: usize) -> Self {
        let mut keys: Vec<Keypair> = (0..count).map(|_| Keypair::generate_ed25519()).collect();
        keys.sort_by_key(|key| PeerId::from(key.public()));
        let ports: Vec<u64> = keys
            .iter()
            .map(|_| PORTS.fetch_add(1, Ordering::Relaxed))
            .collect();
        let homes: Vec<_> = keys.iter().map(|_| home()).collect();
        for (home, key) in homes.iter().zip(&keys) {
            let bytes = key.to_protobuf_encoding().expect("encodes");
            std::fs::write(home.path().join("identity.key"), bytes).expect("written");
        }
        let ward = Self { homes, keys, ports };
        for one in 0..count {
            for other in (0..count).filter(|other| *other != one) {
                let address = format!("/memory/{}", ward.ports[other]);
                let home = ward.homes[one].path();
                actor_mesh::join_by_key(home, &ward.peer(other), &address).expect("paired");
            }
        }
        ward
    }

    fn peer(&self, number: usize) -> String {
        PeerId::from(self.keys[number].public()).to_string()
    }

    fn start(&self, number: usize) -> TestNode {
        self.start_paused(number, Duration::ZERO)
    }

    fn start_paused(&self, number: usize, pause: Duration) -> TestNode {
        let mut options = options(self.homes[number].path());
        options.listen = Some(format!("/memory/{}", self.ports[number]));
        TestNode::start_paused(options, pause).expect("starts")
    }
}

type Tasks = Vec<(TaskId, Arc<Task>)>;

fn send(giver: &TestNode, job: &TestJob, peer: &str, tasks: Tasks) {
    let sent = SendTasks {
        job: job.job.clone(),
        peer: peer.to_owned(),
        tasks,
    };
    giver.mesh.try_send(sent).expect("room");
}

/// Gives a job to all takers in turn; tasks of a taker that is lost go to the first of the others. Gives who was lost.
fn compute(giver: &mut TestNode, job: &TestJob, takers: &[String]) -> BTreeSet<String> {
    for taker in takers {
        giver.until_state(taker, PeerState::Ready);
    }
    // Two that dial each other at once may lose one of their lines, and with it the one that came first.
    let until = Instant::now() + support::DEADLINE;
    let members = loop {
        let members = giver.members(&job.job, true);
        if members.members.len() == takers.len() + 1 {
            break members;
        }
        assert!(Instant::now() < until, "not all came: {members:?}");
        std::thread::yield_now();
    };
    let membership = membership(&members);
    let digest = assign(&job.labor, &membership).expect("fits").digest();
    job.offer(giver, membership, digest.into());
    let mut open: BTreeMap<TaskId, String> = BTreeMap::new();
    for (number, id) in job.tasks.keys().enumerate() {
        open.insert(*id, takers[number % takers.len()].clone());
    }
    let of = |open: &BTreeMap<TaskId, String>, peer: &str| -> Tasks {
        let mine = open.iter().filter(|(_, with)| *with == peer);
        mine.map(|(id, _)| (*id, job.tasks[id].clone())).collect()
    };
    for taker in takers {
        send(giver, job, taker, of(&open, taker));
    }
    let mut lost = BTreeSet::new();
    let mut outputs = BTreeMap::new();
    while !open.is_empty() {
        match giver.next() {
            News::Finished(finished) => {
                assert_eq!(open.remove(&finished.id), Some(finished.peer));
                let output = finished.output.expect("computed").to_vec();
                outputs.insert(finished.id, output);
            }
            News::Changed(changed) => {
                assert_eq!(changed.change, MemberChange::Down);
                let orphans = of(&open, &changed.peer);
                lost.insert(changed.peer);
                let heir = takers.iter().find(|taker| !lost.contains(*taker));
                let heir = heir.expect("somebody is left");
                for (id, _) in &orphans {
                    open.insert(*id, heir.clone());
                }
                send(giver, job, heir, orphans);
            }
            News::Members(_) => {}
        }
    }
    assert!(
        outputs == job.expected,
        "the outputs differ from those computed here"
    );
    lost
}

#[test]
fn eight_nodes_give_the_bytes_that_one_gives() {
    let ward = Ward::of(8);
    let mut nodes: Vec<TestNode> = (0..8).map(|number| ward.start(number)).collect();
    let takers: Vec<String> = (1..8).map(|number| ward.peer(number)).collect();
    for job in [TestJob::threshold(70), TestJob::transform(14)] {
        compute(&mut nodes[0], &job, &takers);
    }
}

#[test]
fn every_one_of_four_nodes_can_be_the_giver() {
    let ward = Ward::of(4);
    let mut nodes: Vec<TestNode> = (0..4).map(|number| ward.start(number)).collect();
    for (giver, node) in nodes.iter_mut().enumerate() {
        let others = (0..4).filter(|number| *number != giver);
        let takers: Vec<String> = others.map(|number| ward.peer(number)).collect();
        let mut job = TestJob::threshold(12);
        job.job = JobId(format!("{giver:016x}"));
        compute(node, &job, &takers);
    }
}

#[test]
fn a_node_that_leaves_in_mid_job_is_lost_and_costs_no_bit() {
    let ward = Ward::of(3);
    let mut giver = ward.start(0);
    let (steady, leaver) = (ward.peer(1), ward.peer(2));
    let _steady = ward.start(1);
    // It never answers: it is gone before its first task is computed.
    let leaving = ward.start_paused(2, support::DEADLINE);
    giver.until_state(&leaver, PeerState::Ready);
    let watching = std::thread::spawn(move || {
        let mut leaving = leaving;
        leaving.until("work of another", |mesh| {
            let working = |peer: &actor_messages::PeerCard| peer.bytes_received > 100_000;
            mesh.peers.iter().any(working).then_some(())
        });
    });
    let lost = compute(
        &mut giver,
        &TestJob::threshold(40),
        &[steady, leaver.clone()],
    );
    watching.join().expect("it left");
    assert_eq!(lost, BTreeSet::from([leaver]));
}

/// The greeting as it goes over the wire.
#[derive(Serialize)]
struct Hello {
    version: u32,
    name: &'static str,
    capacity: u32,
    memory_bytes: u64,
    numeric_class: Digest,
    incarnation: u64,
    port: u16,
}

fn frame(body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).expect("short");
    [&length.to_be_bytes()[..], body].concat()
}

async fn read_frame<R: AsyncRead + Unpin>(stream: &mut R) -> std::io::Result<Vec<u8>> {
    let mut length = [0; 4];
    stream.read_exact(&mut length).await?;
    let mut body = vec![0; u32::from_be_bytes(length) as usize];
    stream.read_exact(&mut body).await?;
    Ok(body)
}

/// Takes part in good order until it is asked for its first task, and then says what `answer` gives.
fn bad_node(
    key: Keypair,
    (victim, port): (PeerId, u64),
    answer: fn(&JobId, &TaskId) -> Vec<u8>,
) -> std::thread::JoinHandle<()> {
    let bad = async move {
        let transport = MemoryTransport::new()
            .upgrade(Version::V1Lazy)
            .authenticate(noise::Config::new(&key).expect("a key"))
            .multiplex(yamux::Config::default())
            .boxed();
        let mut swarm = SwarmBuilder::with_existing_identity(key)
            .with_tokio()
            .with_other_transport(|_| transport)
            .expect("a transport")
            .with_behaviour(|_| libp2p_stream::Behaviour::new())
            .expect("a behaviour")
            .build();
        let mut control = swarm.behaviour().new_control();
        let address: Multiaddr = format!("/memory/{port}").parse().expect("an address");
        let dial = DialOpts::peer_id(victim).addresses(vec![address]);
        swarm.dial(dial.build()).expect("dialled");
        // A stream that is asked for before would dial once more, and one of the two lines would be closed.
        while !matches!(
            swarm.select_next_some().await,
            SwarmEvent::ConnectionEstablished { .. }
        ) {}
        tokio::spawn(async move {
            loop {
                swarm.select_next_some().await;
            }
        });
        let opened = control.open_stream(victim, CONTROL).await;
        let mut stream = opened.expect("connected");
        let hello = Hello {
            version: VERSION,
            name: "annex",
            capacity: 1,
            memory_bytes: 1 << 30,
            numeric_class: Digest::of(b"one class"),
            incarnation: 1,
            port: 0,
        };
        let hello = postcard::to_allocvec(&hello).expect("encodes");
        stream.write_all(&frame(&hello)).await?;
        stream.flush().await?;
        // The other greeting, then whatever comes before a task.
        read_frame(&mut stream).await?;
        let (job, task) = loop {
            let said = read_frame(&mut stream).await?;
            if let Ok((kind, rest)) = postcard::take_from_bytes::<u32>(&said)
                && kind == TASK_REQUEST
            {
                let asked = postcard::take_from_bytes::<(JobId, TaskId)>(rest);
                break asked.expect("a request").0;
            }
            // A sign of life, so that it is not lost for being silent.
            stream.write_all(&frame(&[0, 0])).await?;
            stream.flush().await?;
        };
        stream.write_all(&frame(&answer(&job, &task))).await?;
        stream.flush().await?;
        // Until it is cut.
        while read_frame(&mut stream).await.is_ok() {}
        std::io::Result::Ok(())
    };
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        // It ends when the good node closes the connection in the middle.
        let _ = runtime.expect("a runtime").block_on(bad);
    })
}

/// A bad node among two good ones: it is cut for the reason given, and the job is whole.
fn goes_on_without_the_bad(clause: &str, answer: fn(&JobId, &TaskId) -> Vec<u8>) {
    let ward = Ward::of(4);
    // The bad one has the lowest peer id, and so opens the stream.
    let mut giver = ward.start(1);
    let _good = [ward.start(2), ward.start(3)];
    giver.until("its place", |mesh| mesh.me.addresses.first().cloned());
    let victim = PeerId::from(ward.keys[1].public());
    let bad = bad_node(ward.keys[0].clone(), (victim, ward.ports[1]), answer);
    let takers: Vec<String> = [0, 2, 3].map(|number| ward.peer(number)).into();
    let lost = compute(&mut giver, &TestJob::threshold(30), &takers);
    assert_eq!(lost, BTreeSet::from([ward.peer(0)]));
    giver.until_state(&ward.peer(0), PeerState::Cut);
    giver.until_notice(clause);
    bad.join().expect("it was cut");
}

#[test]
#[ignore = "one time in eight the bad node loses its line before the job; tests/hostile.rs has the same over TCP"]
fn a_node_that_lies_about_a_digest_is_cut_and_the_job_is_whole() {
    let claimed_and_sent = |job: &JobId, task: &TaskId| {
        let (claimed, sent) = (Digest::of(b"one"), b"another".to_vec());
        let done = (TASK_DONE, job, task, 0_u32, claimed, sent);
        postcard::to_allocvec(&done).expect("encodes")
    };
    goes_on_without_the_bad(
        "the bytes of its answer do not have the digest that it claims",
        claimed_and_sent,
    );
}

#[test]
#[ignore = "one time in eight the bad node loses its line before the job; tests/hostile.rs has the same over TCP"]
fn a_node_that_sends_garbage_is_cut_and_the_job_is_whole() {
    goes_on_without_the_bad("a frame that cannot be read", |_, _| vec![0xff; 300]);
}
