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
fn when_all_peers_stay_silent_this_machine_computes_what_they_have() {
    // Whoever is asked about a late task prefers the other silent one to this machine, which is slow.
    let silent = |peer: &'static str| support::mesh::PeerScript {
        peer,
        capacity: 1_000,
        conduct: Conduct::Silent,
    };
    let late_after = std::time::Duration::from_millis(100);
    let mut house = House::open(HouseOptions {
        peers: vec![silent("a"), silent("b"), silent("z")],
        late_after,
        ..HouseOptions::default()
    });
    let (outcome, seen) = house.run(wish());
    let again = replay(outcome.journal.as_ref().expect("a journal")).expect("a journal");
    house.close();
    assert_eq!(outcome.output_digest, digest_alone());
    assert_eq!(again.done_by_peer, [("m-own".to_owned(), SLICES)]);
    assert!(again.is_equal(), "{:?}", again.first_difference);
    let told = notices(&seen);
    assert_eq!(told.len(), 1, "it is said once: {told:?}");
}

#[test]
fn a_peer_cannot_make_a_result_wider_than_its_matrix() {
    let wish = || request("transform-matrix", &[("weights", "dct:8")], SLICES);
    let mut house = House::open(HouseOptions {
        peers: vec![peer("a", Conduct::Widening)],
        hold: Hold::Tasks,
        ..HouseOptions::default()
    });
    let (outcome, seen) = house.run(wish());
    house.close();
    let mut house = House::open(HouseOptions::default());
    let (alone, _) = house.run(wish());
    house.close();
    assert_eq!(outcome.output_digest, alone.output_digest);
    assert_eq!(outcome.snapshot.members[0].done, 0);
    assert!(
        notices(&seen)
            .iter()
            .any(|text| text.ends_with("its result is of another kind or size")),
        "{:?}",
        notices(&seen)
    );
}

#[test]
fn a_receipt_names_the_members_and_assignment_under_which_it_was_committed() {
    let mut house = House::open(HouseOptions {
        peers: vec![peer("a", Conduct::LostAfter(3)), peer("z", Conduct::Honest)],
        hold: Hold::Tasks,
        ..HouseOptions::default()
    });
    let mut wish = wish();
    wish.out = Some(house.home.path().join("out"));
    let (outcome, _) = house.run(wish);
    let again = replay(outcome.journal.as_ref().expect("a journal")).expect("a journal");
    let receipts: Vec<kernel_tasks::Receipt> = outcome
        .receipts
        .iter()
        .map(|path| {
            let text = std::fs::read_to_string(path).expect("a receipt");
            serde_json::from_str(&text).expect("a receipt")
        })
        .collect();
    let (_, records, _) =
        read_journal(outcome.journal.as_ref().expect("a journal")).expect("records");
    house.close();
    // What the journal says of each task: the epoch that held when it was committed.
    let mut epoch = 0;
    let mut counts = [0, 0];
    for record in &records {
        match record {
            Record::Epoch { epoch: number, .. } => epoch = *number as usize,
            Record::Commit { task, .. } => {
                let receipt = receipts
                    .iter()
                    .find(|receipt| receipt.task == *task)
                    .expect("a receipt");
                let held = &again.epochs[epoch];
                assert_eq!(receipt.membership_digest, held.membership_digest);
                assert_eq!(receipt.assignment_digest, held.assignment_digest);
                counts[epoch] += 1;
            }
            _ => {}
        }
    }
    assert!(counts.iter().all(|count| *count > 0), "{counts:?}");
    // The run as a whole is named by its beginning.
    assert_eq!(outcome.assignment_digest, again.epochs[0].assignment_digest);
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
