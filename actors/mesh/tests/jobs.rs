//! Promises of shared work: the same bytes as here, whatever travels how; wrong digests and wrong bytes count for nothing.

mod support;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use actor_messages::work::{CloseJob, MemberChange, Rank};
use actor_messages::{Command, PeerState};
use kernel_tasks::{Digest, TaskId};
use support::job::{TestJob, membership};
use support::{News, TestNode, options, paired_homes};

/// Two connected nodes; the homes are kept for as long as the test runs.
struct Pair {
    giver: TestNode,
    taker: TestNode,
    _homes: (tempfile::TempDir, tempfile::TempDir),
}

fn pair_up() -> Pair {
    pair_up_paused(Duration::ZERO)
}

fn pair_up_paused(pause: Duration) -> Pair {
    let homes = paired_homes();
    let mut giver = TestNode::start(options(homes.0.path())).expect("starts");
    let mut taker = TestNode::start_paused(options(homes.1.path()), pause).expect("starts");
    let (one, other) = (giver.peer.clone(), taker.peer.clone());
    giver.until_state(&other, PeerState::Ready);
    taker.until_state(&one, PeerState::Ready);
    Pair {
        giver,
        taker,
        _homes: homes,
    }
}

fn collect(pair: &Pair, job: &TestJob) -> BTreeMap<TaskId, Vec<u8>> {
    let mut outputs = BTreeMap::new();
    while outputs.len() < job.tasks.len() {
        match pair.giver.next() {
            News::Finished(finished) => {
                assert_eq!(finished.peer, pair.taker.peer);
                let output = finished.output.expect("computed").to_vec();
                assert!(
                    outputs.insert(finished.id, output).is_none(),
                    "answered twice"
                );
            }
            other => panic!("{other:?}"),
        }
    }
    outputs
}

fn compute_remotely(pair: &Pair, job: &TestJob) {
    let members = pair.giver.members(&job.job, true);
    assert_eq!(members.members.len(), 2);
    job.give_all(&pair.giver, &members, &pair.taker.peer);
    let outputs = collect(pair, job);
    assert!(
        outputs == job.expected,
        "the outputs differ from those computed here"
    );
    pair.giver
        .mesh
        .try_send(CloseJob {
            job: job.job.clone(),
        })
        .expect("room");
}

#[test]
fn remote_outputs_equal_local_ones_when_they_travel_in_the_answer() {
    let mut pair = pair_up();
    compute_remotely(&pair, &TestJob::threshold(40));
    let done = pair.giver.until("forty tasks counted", |snapshot| {
        snapshot
            .peers
            .first()
            .filter(|card| card.tasks_done == 40)
            .map(|card| card.failures)
    });
    assert_eq!(done, 0);
    pair.taker.until("tasks given", |snapshot| {
        (snapshot.tasks_given == 40).then_some(())
    });
}

#[test]
fn remote_outputs_equal_local_ones_when_they_travel_as_blobs() {
    let pair = pair_up();
    compute_remotely(&pair, &TestJob::transform(24));
}

#[test]
fn remote_outputs_equal_local_ones_over_quic() {
    let homes = paired_homes();
    // What pairing told of TCP is forgotten, so that the dialled address is the only way.
    for home in [&homes.0, &homes.1] {
        let path = home.path().join("peers.json");
        let mut book: serde_json::Value =
            serde_json::from_slice(&std::fs::read(&path).expect("read")).expect("JSON");
        book["peers"][0]["addresses"] = serde_json::json!([]);
        std::fs::write(&path, book.to_string()).expect("written");
    }
    let by_quic = |home: &tempfile::TempDir| {
        let mut options = options(home.path());
        options.quic = true;
        TestNode::start(options).expect("starts")
    };
    let (mut giver, mut taker) = (by_quic(&homes.0), by_quic(&homes.1));
    let address = taker.until("a QUIC address", |snapshot| {
        let mut all = snapshot.me.addresses.iter();
        all.find(|address| address.contains("/quic-v1")).cloned()
    });
    giver.ask(Command::Dial(address.clone()));
    let (one, other) = (giver.peer.clone(), taker.peer.clone());
    giver.until_state(&other, PeerState::Ready);
    taker.until_state(&one, PeerState::Ready);
    let reached = giver.until("where it was reached", |snapshot| {
        snapshot.peers.first().and_then(|card| card.address.clone())
    });
    assert_eq!(reached, address);
    let pair = Pair {
        giver,
        taker,
        _homes: homes,
    };
    compute_remotely(&pair, &TestJob::threshold(20));
    compute_remotely(&pair, &TestJob::transform(10));
}

#[test]
fn jobs_of_both_sides_run_at_the_same_time() {
    let pair = pair_up();
    let (here, there) = (TestJob::transform(10), TestJob::threshold(20));
    let members = pair.taker.members(&there.job, false);
    there.give_all(&pair.taker, &members, &pair.giver.peer);
    compute_remotely(&pair, &here);
    let mut left = there.expected.clone();
    while !left.is_empty() {
        let News::Finished(finished) = pair.taker.next() else {
            panic!("no answer")
        };
        let expected = left.remove(&finished.id).expect("asked once");
        assert!(*finished.output.expect("computed") == *expected);
    }
}

#[test]
fn an_assignment_with_another_digest_is_refused_before_any_work() {
    let pair = pair_up();
    let job = TestJob::threshold(3);
    let members = pair.giver.members(&job.job, true);
    job.offer(
        &pair.giver,
        membership(&members),
        Digest::of(b"another assignment"),
    );
    let News::Changed(changed) = pair.giver.next() else {
        panic!("no refusal")
    };
    let MemberChange::Refused(reason) = changed.change else {
        panic!("{changed:?}")
    };
    assert!(reason.contains("assignment digest differs"), "{reason}");
}

#[test]
fn a_peer_that_sends_wrong_bytes_is_cut_and_trusted_again_when_dialled() {
    let mut pair = pair_up();
    let job = TestJob::threshold(2);
    // The store vouches for bytes that are not those of the digest.
    let input = job.tasks.values().next().expect("a task").inputs[0];
    job.blobs.remove(&input);
    let length = job
        .labor
        .iter()
        .flat_map(|task| &task.inputs)
        .find(|(id, _)| id == input.bytes());
    let wrong = vec![7; usize::try_from(length.expect("listed").1).expect("short")];
    job.blobs
        .insert_verified(input, wrong.into())
        .expect("fits");
    let members = pair.giver.members(&job.job, true);
    job.give_all(&pair.giver, &members, &pair.taker.peer);
    let giver = pair.giver.peer.clone();
    pair.taker.until_state(&giver, PeerState::Cut);
    pair.taker.until_notice("are not those of blob");
    loop {
        // The other task may have been answered before.
        if let News::Changed(changed) = pair.giver.next() {
            assert_eq!(changed.change, MemberChange::Down);
            break;
        }
    }
    pair.taker.ask(Command::Dial(giver.clone()));
    pair.taker.until_state(&giver, PeerState::Ready);
}

#[test]
fn a_peer_that_leaves_is_down_for_every_job() {
    let pair = pair_up_paused(Duration::from_secs(1));
    let jobs = [TestJob::threshold(30), TestJob::transform(30)];
    for job in &jobs {
        let members = pair.giver.members(&job.job, true);
        job.give_all(&pair.giver, &members, &pair.taker.peer);
    }
    pair.taker.ask(Command::SetSharing(false));
    let left = Instant::now();
    let mut down = Vec::new();
    while down.len() < 2 {
        if let News::Changed(changed) = pair.giver.next() {
            assert_eq!(changed.change, MemberChange::Down);
            down.push(changed.job);
        }
    }
    assert!(
        left.elapsed() < Duration::from_secs(3),
        "{:?}",
        left.elapsed()
    );
    down.sort();
    let mut expected: Vec<_> = jobs.iter().map(|job| job.job.clone()).collect();
    expected.sort();
    assert_eq!(down, expected);
}

#[test]
fn tasks_for_a_peer_that_is_gone_do_not_wait_for_it() {
    let mut pair = pair_up();
    let job = TestJob::threshold(4);
    let members = pair.giver.members(&job.job, true);
    pair.taker.ask(Command::SetSharing(false));
    let taker = pair.taker.peer.clone();
    pair.giver.until_state(&taker, PeerState::Away);
    job.give_all(&pair.giver, &members, &taker);
    for _ in 0..2 {
        let News::Changed(changed) = pair.giver.next() else {
            panic!("an answer from nobody")
        };
        assert_eq!(changed.change, MemberChange::Down);
    }
}

#[test]
fn alone_a_node_is_its_only_member() {
    let home = support::home();
    let node = TestNode::start(options(home.path())).expect("starts");
    let asked = Instant::now();
    let job = TestJob::threshold(1);
    let members = node.members(&job.job, true);
    assert_eq!(members.me, node.peer);
    assert_eq!(members.members.len(), 1);
    assert!(
        asked.elapsed() < Duration::from_secs(1),
        "nobody is paired, so there is nobody to wait for"
    );
    assert!(Rank::Own < Rank::Peer);
}

#[test]
fn strangers_and_garbage_on_the_port_do_not_disturb_a_job() {
    use std::io::Write;
    let mut pair = pair_up();
    let address = pair.taker.address();
    let mut held = Vec::new();
    for number in 0..200_u32 {
        // Some are refused at once, some stay open and say nothing sensible: both are what a port on a network gets.
        if let Ok(mut stream) = std::net::TcpStream::connect(&address) {
            let _ = stream.write_all(&number.to_le_bytes().repeat(64));
            held.push(stream);
        }
    }
    assert!(!held.is_empty());
    compute_remotely(&pair, &TestJob::threshold(30));
    let giver = pair.giver.peer.clone();
    pair.taker.until_state(&giver, PeerState::Ready);
}
