//! Promises about the output folder: what an earlier run has left there is never lost, and never mixed with new results.

mod support;

use std::path::Path;

use actor_messages::{Event, JobRequest, JobState};
use support::compute::{Hold, Release};
use support::{House, HouseOptions, names, request};

fn wish(out: &Path, slices: usize) -> JobRequest {
    JobRequest {
        out: Some(out.to_owned()),
        ..request("threshold", &[], slices)
    }
}

fn contents(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let read = |name: String| {
        let bytes = std::fs::read(folder.join(&name)).expect("bytes");
        (name, bytes)
    };
    names(folder).into_iter().map(read).collect()
}

#[test]
fn a_folder_with_results_of_another_run_is_refused_before_anything_is_computed() {
    let mut house = House::open(HouseOptions::default());
    let out = house.home.path().join("out");
    house.run(wish(&out, 5));
    let before = contents(&out);
    assert_eq!(before.len(), 10);
    // Shorter than the first: a mix would not even be seen.
    let sentence = house.refused(wish(&out, 2));
    assert_eq!(
        sentence,
        format!(
            "The output folder `{}` holds results of another run already, such as `slice-0001.receipt.json`; name another folder",
            out.display()
        )
    );
    assert_eq!(contents(&out), before);
    // One that was left by hand is as good as all.
    for (name, _) in &before[..9] {
        std::fs::remove_file(out.join(name)).expect("removed");
    }
    assert!(house.refused(wish(&out, 2)).contains("`slice-0005.result`"));
    std::fs::remove_file(out.join("slice-0005.result")).expect("removed");
    std::fs::write(out.join("slice-notes.txt"), b"kept").expect("written");
    house.run(wish(&out, 2));
    house.close();
}

#[test]
fn of_two_jobs_with_one_folder_the_second_leaves_the_first_ones_results_alone() {
    let mut house = House::open(HouseOptions {
        hold: Hold::Tasks,
        ..HouseOptions::default()
    });
    let out = house.home.path().join("out");
    let first = house.start(wish(&out, 3));
    house.snapshot(|snapshot| snapshot.job == first && snapshot.state == JobState::Running);
    let second = house.start(wish(&out, 2));
    house.snapshot(|snapshot| snapshot.job == second && snapshot.state == JobState::Running);
    house.workers.try_send(Release).expect("room");
    let mut ends = Vec::new();
    while ends.len() < 2 {
        let is_end = |event: &Event| {
            matches!(event, Event::JobFinished(_) | Event::JobFailed { .. }).then_some(())
        };
        let (_, seen) = house.wait(is_end);
        ends.extend(seen.into_iter().filter_map(|event| match event {
            Event::JobFinished(outcome) => Some(Ok(outcome)),
            Event::JobFailed { reason, .. } => Some(Err(reason)),
            _ => None,
        }));
    }
    let left = contents(&out);
    house.close();
    let (good, bad): (Vec<_>, Vec<_>) = ends.into_iter().partition(Result::is_ok);
    assert_eq!((good.len(), bad.len()), (1, 1));
    let outcome = good[0].as_ref().expect("the first to be written");
    let sentence = bad[0].as_ref().expect_err("the other one");
    assert!(
        sentence.contains("holds results of another run"),
        "{sentence}"
    );
    // All of one job and nothing of the other, no temporary file either.
    assert_eq!(left.len(), 2 * outcome.snapshot.tasks.len());
    assert!(left.iter().all(|(name, _)| name.starts_with("slice-")));
}
