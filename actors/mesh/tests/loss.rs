//! Promises about machines that vanish: a killed process and one that hangs are noticed within three seconds, and come back.

mod support;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command as Program, Stdio};
use std::time::{Duration, Instant};

use actor_messages::work::MemberChange;
use actor_messages::{JobId, PeerState};
use support::job::TestJob;
use support::{News, TestNode, options, paired_homes};

const HOME: &str = "CLISONIX_TEST_NODE_HOME";
const READY: &str = "node runs";

/// The other process: not a test by itself, but what the tests below start.
#[test]
fn node_process() {
    let Some(home) = std::env::var_os(HOME) else {
        return;
    };
    let home = PathBuf::from(home);
    let _node = TestNode::start_paused(options(&home), Duration::from_millis(50)).expect("starts");
    println!("{READY}");
    // Ends by being killed, or with its parent.
    let mut line = String::new();
    let _ = std::io::stdin().read_line(&mut line);
}

/// A node in a process of its own, killed with the test.
struct Process(Child);

impl Process {
    fn start(home: &Path) -> Self {
        let mut child = Program::new(std::env::current_exe().expect("this program"))
            .args(["--exact", "node_process", "--nocapture", "--test-threads=1"])
            .env(HOME, home)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("starts");
        let output = BufReader::new(child.stdout.take().expect("piped"));
        let runs = output
            .lines()
            .map_while(Result::ok)
            .any(|line| line.contains(READY));
        assert!(runs, "the process ended before its node ran");
        Self(child)
    }

    fn signal(&self, name: &str) {
        let command = format!("kill -{name} {}", self.0.id());
        assert!(
            Program::new("sh")
                .args(["-c", &command])
                .status()
                .expect("runs")
                .success()
        );
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Gives a job to the other process, stops it with a signal in mid-job, and returns how long it took to be told.
fn lose_in_mid_job(node: &mut TestNode, process: &Process, peer: &str, signal: &str) -> Duration {
    let job = TestJob::threshold(400);
    let members = node.members(&job.job, true);
    job.give_all(node, &members, peer);
    let News::Finished(_) = node.next() else {
        panic!("no answer")
    };
    process.signal(signal);
    let stopped = Instant::now();
    let mut answered = 1;
    loop {
        match node.next() {
            News::Finished(_) => answered += 1,
            News::Changed(changed) => {
                assert_eq!(
                    (changed.peer.as_str(), &changed.change),
                    (peer, &MemberChange::Down)
                );
                assert!(answered < 400, "the job was over before the peer was lost");
                return stopped.elapsed();
            }
            News::Members(_) => {}
        }
    }
}

#[test]
fn a_killed_process_is_noticed_at_once_and_comes_back_as_a_new_member() {
    let homes = paired_homes();
    let mut node = TestNode::start(options(homes.0.path())).expect("starts");
    let process = Process::start(homes.1.path());
    let peer = actor_mesh::paired_peers(homes.0.path()).expect("read")[0]
        .peer
        .clone();
    node.until_state(&peer, PeerState::Ready);
    let incarnation = |node: &mut TestNode| {
        let peer = peer.clone();
        node.until("an incarnation", move |snapshot| {
            let ready = |card: &&actor_messages::PeerCard| {
                card.peer == peer && card.state == PeerState::Ready
            };
            snapshot
                .peers
                .iter()
                .find(ready)
                .map(|card| card.incarnation)
        })
    };
    let before = incarnation(&mut node);
    let took = lose_in_mid_job(&mut node, &process, &peer, "KILL");
    assert!(took < Duration::from_secs(2), "{took:?}");
    drop(process);
    node.until_state(&peer, PeerState::Away);
    let _again = Process::start(homes.1.path());
    node.until_state(&peer, PeerState::Ready);
    assert!(incarnation(&mut node) > before);
}

#[test]
fn a_process_that_sleeps_is_lost_within_three_seconds_and_comes_back_to_work() {
    let homes = paired_homes();
    let mut node = TestNode::start(options(homes.0.path())).expect("starts");
    let process = Process::start(homes.1.path());
    let peer = actor_mesh::paired_peers(homes.0.path()).expect("read")[0]
        .peer
        .clone();
    node.until_state(&peer, PeerState::Ready);
    let took = lose_in_mid_job(&mut node, &process, &peer, "STOP");
    assert!(
        took > Duration::from_secs(1) && took < Duration::from_secs(3),
        "{took:?}"
    );
    node.until("that it is gone", |snapshot| {
        let gone = [PeerState::Away, PeerState::Connecting];
        gone.contains(&snapshot.peers.first()?.state).then_some(())
    });
    // As a laptop that sleeps and wakes: it comes back by itself, and works again.
    process.signal("CONT");
    node.until_state(&peer, PeerState::Ready);
    let mut job = TestJob::threshold(8);
    job.job = JobId(format!("{:016x}", 0xcc));
    let members = node.members(&job.job, true);
    assert_eq!(members.members.len(), 2, "it came back: {members:?}");
    job.give_all(&node, &members, &peer);
    let mut answered = 0;
    while answered < 8 {
        match node.next() {
            News::Finished(finished) if finished.job == job.job => {
                let output = finished.output.expect("computed");
                assert!(output[..] == job.expected[&finished.id][..], "bytes differ");
                answered += 1;
            }
            News::Changed(changed) => assert_ne!(changed.job, job.job, "{changed:?}"),
            _ => {}
        }
    }
}
