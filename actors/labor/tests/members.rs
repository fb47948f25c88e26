//! Promises about members that misbehave: they cost time, or one sentence, and never a bit of the result.

mod support;

use actor_labor::{Record, read_journal, replay};
use actor_messages::{JobOutcome, JobRequest};
use kernel_tasks::Digest;
use support::compute::Hold;
use support::mesh::{Conduct, peer};
use support::{House, HouseOptions, notices, request};

const SLICES: usize = 12;

fn wish() -> JobRequest {
    request("svd-compress", &[("k", "5")], SLICES)
}

fn digest_alone() -> Digest {
    let mut house = House::open(HouseOptions::default());
    let (outcome, _) = house.run(wish());
    house.close();
    outcome.output_digest
}

/// Runs the job with these peers, checks its digest, its journal and that each task was committed once, and gives the notices.
fn check(conducts: &[Conduct], hold: Hold) -> (std::sync::Arc<JobOutcome>, Vec<String>) {
    let ids = ["a", "b", "z"];
    let peers = ids
        .iter()
        .zip(conducts)
        .map(|(id, conduct)| peer(id, *conduct))
        .collect();
    let mut house = House::open(HouseOptions {
        peers,
        hold,
        ..HouseOptions::default()
    });
    let (outcome, seen) = house.run(wish());
    let journal = outcome.journal.clone().expect("a journal");
    let home = house.close();
    assert_eq!(outcome.output_digest, digest_alone(), "{conducts:?}");
    let done: usize = outcome
        .snapshot
        .members
        .iter()
        .map(|member| member.done)
        .sum();
    assert_eq!(done, SLICES, "{conducts:?}");
    let again = replay(&journal).expect("a journal");
    assert!(
        again.is_equal(),
        "{conducts:?}: {:?}",
        again.first_difference
    );
    assert!(again.complete);
    let done: Vec<(String, usize)> = outcome
        .snapshot
        .members
        .iter()
        .filter(|member| member.done > 0)
        .map(|member| (member.peer.clone(), member.done))
        .collect();
    assert_eq!(again.done_by_peer, done, "{conducts:?}");
    drop(home);
    (outcome, notices(&seen))
}

#[test]
fn doubled_and_late_answers_commit_once() {
    let peers = vec![peer("a", Conduct::Doubling), peer("z", Conduct::Honest)];
    let mut house = House::open(HouseOptions {
        peers,
        hold: Hold::Doubled,
        ..HouseOptions::default()
    });
    let (outcome, _) = house.run(wish());
    let (_, records, torn) =
        read_journal(outcome.journal.as_ref().expect("a journal")).expect("records");
    house.close();
    assert_eq!(torn, None);
    assert_eq!(outcome.output_digest, digest_alone());
    let commits = records
        .iter()
        .filter(|record| matches!(record, Record::Commit { .. }))
        .count();
    assert_eq!(commits, SLICES);
    check(&[Conduct::Doubling, Conduct::Honest], Hold::Nothing);
}

#[test]
fn a_peer_that_refuses_the_job_is_left_out_with_its_reason() {
    let (outcome, notices) = check(&[Conduct::Refusing, Conduct::Honest], Hold::Tasks);
    assert!(outcome.snapshot.members[0].lost);
    assert_eq!(outcome.snapshot.members[0].done, 0);
    assert!(
        notices.contains(&"Workstation a does not take the job: Busy with other work".to_owned()),
        "{notices:?}"
    );
}

#[test]
fn a_task_that_fails_at_a_peer_is_tried_elsewhere() {
    let (_, notices) = check(&[Conduct::Failing], Hold::Tasks);
    assert!(
        notices.iter().any(
            |text| text.starts_with("Workstation a could not compute slice ")
                && text.ends_with(": The kernel broke")
        ),
        "{notices:?}"
    );
}

#[test]
fn bytes_that_are_no_result_are_not_committed() {
    let (outcome, notices) = check(&[Conduct::Babbling], Hold::Tasks);
    assert_eq!(outcome.snapshot.members[0].done, 0);
    assert!(!notices.is_empty());
}

#[test]
fn a_contradiction_is_decided_by_a_third_computation() {
    let (outcome, notices) = check(&[Conduct::Lying, Conduct::Honest], Hold::Tasks);
    assert_eq!(outcome.snapshot.members[0].done, 0);
    assert!(
        notices
            .iter()
            .any(|text| text.contains("Peers a and b gave different answers")),
        "{notices:?}"
    );
    assert!(
        notices.iter().any(|text| text.ends_with("contradicts a")),
        "{notices:?}"
    );
}

#[test]
fn a_member_of_another_numeric_class_takes_no_part_in_a_strict_job() {
    let (outcome, notices) = check(&[Conduct::OtherClass, Conduct::Honest], Hold::Nothing);
    assert_eq!(outcome.snapshot.members.len(), 2);
    assert!(
        notices
            .iter()
            .any(|text| text.starts_with("Workstation a takes no part in this strict job")),
        "{notices:?}"
    );
}

#[test]
fn when_every_peer_is_lost_this_machine_finishes_the_job() {
    let (outcome, _) = check(
        &[
            Conduct::LostAfter(0),
            Conduct::LostAfter(1),
            Conduct::LostAfter(0),
        ],
        Hold::Tasks,
    );
    assert_eq!(
        outcome
            .snapshot
            .members
            .iter()
            .filter(|member| member.lost)
            .count(),
        3
    );
}

#[test]
fn a_peer_that_stays_silent_costs_time_only() {
    // So fast by its own word that nobody would take anything from it unasked.
    let silent = support::mesh::PeerScript {
        peer: "a",
        capacity: 1_000,
        conduct: Conduct::Silent,
    };
    let late_after = std::time::Duration::from_millis(100);
    let mut house = House::open(HouseOptions {
        peers: vec![silent],
        late_after,
        ..HouseOptions::default()
    });
    let (outcome, _) = house.run(wish());
    let again = replay(outcome.journal.as_ref().expect("a journal")).expect("a journal");
    house.close();
    assert_eq!(outcome.output_digest, digest_alone());
    assert_eq!(outcome.snapshot.members[0].done, 0);
    assert!(
        again.is_equal() && again.complete,
        "{:?}",
        again.first_difference
    );
}

#[test]
fn a_task_that_fails_here_fails_the_job_with_its_sentence() {
    let hold = Hold::Failing("The computation panicked: index out of bounds\nat kernel.rs");
    let mut house = House::open(HouseOptions {
        hold,
        ..HouseOptions::default()
    });
    let sentence = house.refused(wish());
    house.close();
    assert!(sentence.starts_with("Slice "), "{sentence}");
    assert!(
        sentence.ends_with(" cannot be computed: The computation panicked: index out of bounds"),
        "{sentence}"
    );
}
