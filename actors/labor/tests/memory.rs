//! Promises about memory: results are counted like inputs, and a job that others leave no room for waits.

mod support;

use std::collections::BTreeMap;

use actor_messages::{Event, JobState};
use support::compute::{Hold, Release, block};
use support::{House, HouseOptions, notices, request};

const SLICES: usize = 6;

/// Bytes of the inputs of a job.
fn input_bytes() -> u64 {
    (0..SLICES)
        .map(|frame| block(frame, Some(2.5)).encode().expect("a block").len() as u64)
        .sum()
}

#[test]
fn results_that_would_not_fit_are_refused_before_anything_is_computed() {
    let options = |blob_bytes_max: u64| HouseOptions {
        blob_bytes_max,
        // Nothing is ever computed here: a job that began would not end.
        hold: Hold::Tasks,
        ..HouseOptions::default()
    };
    // All 40 rows of the basis: the results are twice as large as the inputs.
    let wish = || request("transform-matrix", &[("weights", "dct:40")], SLICES);
    let mut house = House::open(options(2 * input_bytes()));
    let sentence = house.refused(wish());
    assert!(
        sentence.contains("bytes of memory for its inputs and results, and "),
        "{sentence}"
    );
    house.close();
    let mut house = House::open(options(4 * input_bytes()));
    house.start(wish());
    house.snapshot(|snapshot| snapshot.state == JobState::Running);
    house.close();
    // Inputs alone that do not fit are refused as well, and wait for nobody where nobody is.
    let mut house = House::open(options(input_bytes() / 2));
    let sentence = house.refused(wish());
    assert!(
        sentence.contains("bytes of memory for its inputs, and "),
        "{sentence}"
    );
    house.close();
}

/// A second job that has no room beside the first waits for its end, and then gives the same digest as alone.
fn check(blob_bytes_max: u64, wanting: &str, operation: &str, parameters: &[(&str, &str)]) {
    let wish = || request(operation, parameters, SLICES);
    let mut house = House::open(HouseOptions::default());
    let (alone, _) = house.run(wish());
    house.close();
    let mut house = House::open(HouseOptions {
        blob_bytes_max,
        hold: Hold::Tasks,
        ..HouseOptions::default()
    });
    let first = house.start(wish());
    house.snapshot(|snapshot| snapshot.state == JobState::Running);
    let second = house.start(wish());
    // It says that it waits, and for what.
    let (text, _) = house.wait(|event| match event {
        Event::Notice(notice) => Some(notice.text.clone()),
        Event::JobFailed { reason, .. } => panic!("{reason}"),
        _ => None,
    });
    assert!(
        text.contains(wanting) && text.contains("it waits for one of them to end"),
        "{text}"
    );
    house.workers.try_send(Release).expect("room");
    let mut digests = BTreeMap::new();
    let mut told = Vec::new();
    while digests.len() < 2 {
        let (_, seen) = house.wait(|event| matches!(event, Event::JobFinished(_)).then_some(()));
        told.extend(notices(&seen));
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
    assert_eq!(told, [""; 0], "it waits once");
    let wanted = [first, second].map(|job| (job, alone.output_digest));
    assert_eq!(digests, BTreeMap::from(wanted));
}

#[test]
fn a_job_waits_for_the_memory_of_another() {
    // Room for the inputs of one and a half jobs: the second one fails while its slices are prepared.
    check(
        input_bytes() * 3 / 2,
        "for its inputs, and ",
        "threshold",
        &[],
    );
    // Room for all inputs, and for the results of one: it fails once its inputs are known.
    check(
        input_bytes() * 5,
        "for its inputs and results, and ",
        "transform-matrix",
        &[("weights", "dct:40")],
    );
}

#[test]
fn a_job_that_waits_for_memory_can_be_stopped() {
    let mut house = House::open(HouseOptions {
        blob_bytes_max: input_bytes() * 3 / 2,
        hold: Hold::Tasks,
        ..HouseOptions::default()
    });
    let wish = || request("threshold", &[], SLICES);
    let first = house.start(wish());
    house.snapshot(|snapshot| snapshot.state == JobState::Running);
    let second = house.start(wish());
    house.wait(|event| matches!(event, Event::Notice(_)).then_some(()));
    house.stop(&second);
    house.snapshot(|snapshot| snapshot.job == second && snapshot.state == JobState::Cancelled);
    house.workers.try_send(Release).expect("room");
    house.end(&first).0.expect("the first goes on");
    house.close();
}
