//! The promise of the journal: a job whose process was killed at any moment goes on, and computes only what was not committed.

#[allow(dead_code, reason = "each file of tests uses a part of it")]
mod support;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;

use serde_json::Value;
use support::{clisonix, json, refusal, sample, text};

fn compress(home: &Path, out: &Path) -> std::process::Command {
    let mut command = clisonix();
    command
        .arg("--home")
        .arg(home)
        .args(["run", "svd-compress", "--param", "k=200", "--threads", "1"])
        .arg("--input")
        .arg(sample())
        .arg("--out")
        .arg(out);
    command
}

/// Runs the job until it has said that so many slices are computed, and kills it with -9. False when it ended before.
fn kill_after(home: &Path, out: &Path, slices: u64) -> bool {
    let mut child = compress(home, out)
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("the program starts");
    let said = BufReader::new(child.stderr.take().expect("piped")).lines();
    // Progress may be told in leaps, so what counts is the number and not the lines.
    let computed = |line: &String| {
        let number = line.strip_prefix("Computed ")?.split(' ').next()?;
        number.parse::<u64>().ok()
    };
    let heard = slices == 0
        || said
            .map_while(Result::ok)
            .filter_map(|line| computed(&line))
            .any(|number| number >= slices);
    child.kill().expect("it runs or has ended");
    child.wait().expect("it ends");
    heard
}

fn jobs(home: &Path) -> Vec<Value> {
    let listed = json(clisonix().arg("--home").arg(home).arg("jobs"));
    listed.as_array().expect("a list").clone()
}

#[test]
fn a_job_killed_at_any_moment_goes_on_and_computes_only_the_rest() {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = json(&mut compress(
        &folder.path().join("whole"),
        &folder.path().join("whole-out"),
    ));
    let tasks = whole["tasks"].as_u64().expect("a count");
    let mut taken_up = Vec::new();
    for (name, slices) in [("early", 1), ("middle", 5), ("late", 10)] {
        let (home, out) = (
            folder.path().join(name),
            folder.path().join(format!("{name}-out")),
        );
        assert!(kill_after(&home, &out, slices), "{name}: it ended first");
        let listed = jobs(&home);
        assert_eq!(listed.len(), 1, "{name}: {listed:?}");
        assert_eq!(listed[0]["resumable"], true, "{name}: {listed:?}");
        let (job, committed) = (
            text(&listed[0], "job").to_owned(),
            listed[0]["committed"].as_u64().expect("a count"),
        );
        let resumed = json(
            clisonix()
                .arg("--home")
                .arg(&home)
                .args(["jobs", "resume", &job]),
        );
        assert_eq!(
            text(&resumed, "output_digest"),
            text(&whole, "output_digest"),
            "{name}"
        );
        // Every task that the killed process committed is taken up; every other one runs, once.
        assert_eq!(resumed["taken_up"].as_u64(), Some(committed), "{name}");
        assert_eq!(resumed["tasks"].as_u64(), Some(tasks), "{name}");
        assert_eq!(
            resumed["receipts"].as_array().map(Vec::len),
            whole["receipts"].as_array().map(Vec::len),
            "{name}"
        );
        taken_up.push(committed);
        // Nothing is left to resume, and both journals replay to what they say.
        for listed in jobs(&home) {
            assert_eq!(listed["resumable"], false, "{name}: {listed}");
            assert_eq!(listed["equal"], true, "{name}: {listed}");
        }
        let again = refusal(
            clisonix()
                .arg("--home")
                .arg(&home)
                .args(["jobs", "resume", &job]),
            1,
        );
        assert!(again.contains("nothing to resume"), "{again}");
    }
    assert!(
        taken_up.iter().all(|count| *count < tasks) && taken_up[2] > 0,
        "the kills were not in the middle: {taken_up:?} of {tasks}"
    );
}

#[test]
fn a_job_killed_before_its_tasks_began_leaves_nothing_and_can_be_run_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let (home, out) = (folder.path().join("home"), folder.path().join("out"));
    // At once: it has hardly begun.
    assert!(kill_after(&home, &out, 0));
    for listed in jobs(&home) {
        let job = text(&listed, "job").to_owned();
        json(
            clisonix()
                .arg("--home")
                .arg(&home)
                .args(["jobs", "resume", &job, "--out"])
                .arg(folder.path().join("other")),
        );
    }
    json(&mut compress(&home, &out));
}

#[test]
fn a_job_that_ended_well_or_never_was_is_refused_in_one_sentence() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = folder.path().join("home");
    let ended = json(&mut compress(&home, &folder.path().join("out")));
    for job in [text(&ended, "job"), "../../etc/passwd", "0"] {
        let said = refusal(
            clisonix()
                .arg("--home")
                .arg(&home)
                .args(["jobs", "resume", job]),
            1,
        );
        assert!(said.contains("nothing to resume"), "{said}");
    }
}
