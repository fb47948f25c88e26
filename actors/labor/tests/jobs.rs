//! Promises of a job that goes well: one digest everywhere, results beside receipts, slices to look at.

mod support;

use std::collections::BTreeSet;

use actor_labor::{Record, Sources, read_journal, replay};
use actor_messages::{BlobStore, Event, JobState, TaskState};
use kernel_tasks::{Digest, Receipt, TaskOutput};
use support::compute::{Hold, block};
use support::mesh::{Conduct, ME, peer};
use support::{House, HouseOptions, names, request, request_of};

const SLICES: usize = 24;

fn compress() -> actor_messages::JobRequest {
    request("svd-compress", &[("k", "6")], SLICES)
}

#[test]
fn the_digest_is_the_same_alone_shared_and_with_a_member_lost_in_mid_job() {
    let mut house = House::open(HouseOptions::default());
    let (alone, _) = house.run(compress());
    house.close();
    assert_eq!(alone.snapshot.members.len(), 1);
    assert_eq!(alone.snapshot.members[0].peer, "local");
    assert_eq!(alone.snapshot.members[0].done, SLICES);

    let peers = vec![peer("a", Conduct::Honest), peer("z", Conduct::Honest)];
    let mut house = House::open(HouseOptions {
        peers,
        ..HouseOptions::default()
    });
    let (shared, _) = house.run(compress());
    house.close();
    assert_eq!(shared.output_digest, alone.output_digest);
    assert_ne!(shared.assignment_digest, alone.assignment_digest);
    let seen: Vec<&str> = shared
        .snapshot
        .members
        .iter()
        .map(|member| member.peer.as_str())
        .collect();
    assert_eq!(seen, ["a", ME, "z"]);
    assert_eq!(shared.snapshot.members[1].name, "this workstation");
    assert!(shared.snapshot.members.iter().all(|member| !member.lost));
    let done: usize = shared
        .snapshot
        .members
        .iter()
        .map(|member| member.done)
        .sum();
    assert_eq!(done, SLICES);

    let peers = vec![peer("a", Conduct::LostAfter(3)), peer("z", Conduct::Honest)];
    let options = HouseOptions {
        peers,
        hold: Hold::Tasks,
        ..HouseOptions::default()
    };
    let mut house = House::open(options);
    let (lost, seen) = house.run(compress());
    let journal = lost.journal.clone().expect("a journal");
    let home = house.close();
    assert_eq!(lost.output_digest, alone.output_digest);
    assert_eq!(lost.assignment_digest, shared.assignment_digest);
    assert_eq!(lost.membership_digest, shared.membership_digest);
    assert!(lost.snapshot.epoch >= 1);
    assert!(lost.snapshot.members[0].lost);
    assert_eq!(lost.snapshot.members[0].done, 3);
    assert!(lost.snapshot.tasks.iter().any(|cell| cell.reassigned));
    assert!(
        lost.snapshot
            .tasks
            .iter()
            .all(|cell| cell.state == TaskState::Done)
    );
    assert!(
        support::notices(&seen)
            .iter()
            .any(|text| text == "Workstation a was lost; its unfinished tasks go to the others")
    );

    let again = replay(&journal).expect("a journal");
    assert!(again.is_equal(), "{:?}", again.first_difference);
    assert!(again.complete && again.torn.is_none());
    assert_eq!(again.result_digest, alone.output_digest);
    assert_eq!(again.epochs[0].assignment_digest, lost.assignment_digest);
    assert_eq!(again.epochs.len(), 2);
    drop(home);
}

#[test]
fn a_job_that_asks_for_no_mesh_has_no_peers() {
    let peers = vec![peer("a", Conduct::Honest)];
    let mut house = House::open(HouseOptions {
        peers,
        ..HouseOptions::default()
    });
    let mut alone = compress();
    alone.mesh = false;
    let (outcome, _) = house.run(alone);
    house.close();
    assert_eq!(outcome.snapshot.members.len(), 1);
}

#[test]
fn results_lie_beside_receipts_that_compute_to_the_same() {
    let mut house = House::open(HouseOptions::default());
    let out = house.home.path().join("out").join("deep");
    let mut wish = request("threshold", &[("low", "-900"), ("high", "-400")], 5);
    wish.out = Some(out.clone());
    let (outcome, _) = house.run(wish);
    let job = outcome.snapshot.job.clone();
    let home = house.close();
    assert_eq!(outcome.snapshot.state, JobState::Completed);
    assert_eq!(names(&out).len(), 10);
    assert_eq!(names(&out)[0], "slice-0001.receipt.json");
    assert_eq!(outcome.results[4], out.join("slice-0005.result"));
    let sources = Sources::read(home.path(), &job).expect("sources");
    let (mut bytes, mut volume_ml) = (0, 0.0);
    for (index, (result, receipt)) in outcome.results.iter().zip(&outcome.receipts).enumerate() {
        let result = std::fs::read(result).expect("a result");
        let text = std::fs::read_to_string(receipt).expect("a receipt");
        assert!(!text.contains("ROE"), "{text}");
        let receipt: Receipt = serde_json::from_str(&text).expect("a receipt");
        assert_eq!(receipt.output, Digest::of(&result));
        assert_eq!(receipt.slice_index as usize, index);
        let source = &sources.inputs[&receipt.inputs[0]];
        let blobs = BlobStore::new(1 << 20);
        blobs
            .insert(
                block(source.frame, source.slice_mm)
                    .encode()
                    .expect("a block"),
            )
            .expect("room");
        assert!(receipt.verify(&blobs).expect("computed").is_equal());
        bytes += result.len() as u64;
        match TaskOutput::decode(&result).expect("a result") {
            TaskOutput::Mask {
                volume_ml: Some(volume),
                count,
                ..
            } => {
                assert!(count > 0);
                volume_ml += volume;
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(outcome.result_bytes, bytes);
    assert_eq!(outcome.volume_ml, Some(volume_ml));
    assert_eq!(outcome.input_bytes, 5 * 48 * 40 * 2);
    assert!(outcome.peak_memory_bytes > 0 || cfg!(not(target_os = "linux")));
    let journal = std::fs::read(outcome.journal.as_ref().expect("a journal")).expect("bytes");
    assert!(
        !journal.windows(3).any(|window| window == b"ROE"),
        "the journal names a patient's file"
    );
}

#[test]
fn equal_slices_are_one_task_and_still_one_result_each() {
    let mut house = House::open(HouseOptions::default());
    let out = house.home.path().join("out");
    let mut wish = request_of("svd-compress", &[("k", "3")], &[1, 2, 1, 1]);
    wish.out = Some(out.clone());
    let (outcome, _) = house.run(wish);
    let (_, records, _) =
        read_journal(outcome.journal.as_ref().expect("a journal")).expect("records");
    let home = house.close();
    let commits = records
        .iter()
        .filter(|record| matches!(record, Record::Commit { .. }))
        .count();
    assert_eq!(commits, 2);
    assert_eq!(outcome.snapshot.done, 4);
    assert_eq!(outcome.results.len(), 4);
    let bytes: BTreeSet<Vec<u8>> = outcome
        .results
        .iter()
        .map(|path| std::fs::read(path).expect("a result"))
        .collect();
    assert_eq!(bytes.len(), 2);
    assert!(outcome.max_abs_error.expect("an error figure") > 0.0);
    assert!(outcome.max_relative_error.expect("an error figure") < 1.0);
    drop(home);
}

#[test]
fn a_matrix_parameter_is_kept_by_its_content_and_a_basis_is_made_to_the_slices() {
    let mut house = House::open(HouseOptions::default());
    let (outcome, _) = house.run(request("transform-matrix", &[("weights", "dct:8")], 3));
    let job = outcome.snapshot.job.clone();
    house.show(&job, 1);
    let (shown, _) = house.wait(|event| match event {
        Event::SliceReady(result) => Some(result.clone()),
        _ => None,
    });
    assert_eq!(shown.result.dim(), (48, 8));
    assert!(shown.figures.is_none());
    let kept = names(&house.home.path().join("blobs"));
    let bytes = std::fs::read(house.home.path().join("blobs").join(&kept[0])).expect("the matrix");
    assert_eq!(kept, [Digest::of(&bytes).to_string()]);
    house.close();
}

#[test]
fn a_slice_is_shown_beside_its_original_with_the_figures_of_the_difference() {
    let mut house = House::open(HouseOptions::default());
    let (outcome, _) = house.run(request("svd-compress", &[("k", "4")], 3));
    let job = outcome.snapshot.job.clone();
    house.show(&job, 2);
    let (shown, _) = house.wait(|event| match event {
        Event::SliceReady(result) => Some(result.clone()),
        _ => None,
    });
    assert_eq!(shown.slice, 2);
    assert_eq!(
        *shown.original,
        block(2, Some(2.5)).modality_values().expect("values")
    );
    assert_eq!(shown.result.dim(), (48, 40));
    let figures = shown.figures.expect("one shape");
    assert!(
        figures.max_abs > 0.0 && figures.max_abs <= outcome.max_abs_error.expect("figure") + 1e-3
    );
    assert!(shown.summary.starts_with("Rank 4, "), "{}", shown.summary);
    house.show(&job, 3);
    let (text, _) = house.wait(|event| match event {
        Event::Notice(notice) => Some(notice.text.clone()),
        _ => None,
    });
    assert_eq!(text, "Slice 4 was not computed");
    house.close();
}

#[test]
fn several_jobs_at_once_each_keep_their_own_digest() {
    let mut house = House::open(HouseOptions::default());
    let (first, _) = house.run(request("svd-compress", &[("k", "2")], 4));
    let (second, _) = house.run(request("threshold", &[], 4));
    let jobs: Vec<_> = (0..6)
        .map(|number| match number % 2 {
            0 => house.start(request("svd-compress", &[("k", "2")], 4)),
            _ => house.start(request("threshold", &[], 4)),
        })
        .collect();
    let mut digests = std::collections::BTreeMap::new();
    while digests.len() < jobs.len() {
        let (_, seen) = house.wait(|event| matches!(event, Event::JobFinished(_)).then_some(()));
        for event in seen {
            match event {
                Event::JobFinished(outcome) => {
                    digests.insert(outcome.snapshot.job.clone(), outcome.output_digest);
                }
                Event::JobFailed { reason, .. } => panic!("{reason}"),
                _ => {}
            }
        }
    }
    house.close();
    for (number, job) in jobs.iter().enumerate() {
        let expected = if number % 2 == 0 {
            first.output_digest
        } else {
            second.output_digest
        };
        assert_eq!(digests[job], expected);
    }
}
