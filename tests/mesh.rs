//! The promise of the mesh: the same job gives the same digest alone, shared, and after a member is killed.

#[allow(dead_code, reason = "each file of tests uses a part of it")]
mod support;

use std::process::Stdio;

use serde_json::Value;
use support::{clisonix, json, model, node, pair, refusal, sample, text};

fn compress(home: &std::path::Path, out: &std::path::Path, more: &[&str]) -> Value {
    compress_to("k=32", home, out, more)
}

fn compress_to(k: &str, home: &std::path::Path, out: &std::path::Path, more: &[&str]) -> Value {
    json(
        clisonix()
            .arg("--home")
            .arg(home)
            .args(["run", "svd-compress", "--param", k, "--input"])
            .arg(sample())
            .arg("--out")
            .arg(out)
            .args(more),
    )
}

fn done_by_others(job: &Value, me: &str) -> u64 {
    job["members"]
        .as_array()
        .expect("members")
        .iter()
        .filter(|member| member["name"] != me)
        .map(|member| member["done"].as_u64().expect("a count"))
        .sum()
}

#[test]
fn a_job_gives_one_digest_alone_on_any_thread_count_and_on_two_nodes() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mine, theirs) = (folder.path().join("mine"), folder.path().join("theirs"));
    let alone = compress(&mine, &folder.path().join("alone"), &[]);
    let one = compress(&mine, &folder.path().join("one"), &["--threads", "1"]);
    let two = compress(&mine, &folder.path().join("two"), &["--threads", "2"]);
    assert_eq!(text(&alone, "output_digest"), text(&one, "output_digest"));
    assert_eq!(text(&alone, "output_digest"), text(&two, "output_digest"));

    pair(&mine, &theirs);
    let (_node, address) = node(&theirs);
    let shared = compress(
        &mine,
        &folder.path().join("shared"),
        &["--mesh", "--dial", &address],
    );
    assert_eq!(
        text(&alone, "output_digest"),
        text(&shared, "output_digest")
    );
    assert_eq!(
        shared["members"].as_array().map(Vec::len),
        Some(2),
        "{shared}"
    );
    assert!(
        done_by_others(&shared, "this workstation") > 0,
        "the peer did nothing: {shared}"
    );

    // The receipt of a result that the peer made is reproduced here.
    let receipt = shared["receipts"][0].as_str().expect("a receipt");
    let verified = json(
        clisonix()
            .arg("--home")
            .arg(&mine)
            .args(["verify", receipt]),
    );
    assert_eq!(verified["equal"], Value::Bool(true), "{verified}");
}

#[test]
fn a_member_killed_in_mid_job_costs_time_and_no_bit() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mine, theirs) = (folder.path().join("mine"), folder.path().join("theirs"));
    // Rank 200 takes long enough for the plug to be pulled in between.
    let alone = compress_to("k=200", &mine, &folder.path().join("alone"), &[]);
    pair(&mine, &theirs);
    let (mut victim, address) = node(&theirs);
    let mut job = clisonix()
        .arg("--home")
        .arg(&mine)
        .args([
            "run",
            "svd-compress",
            "--param",
            "k=200",
            "--mesh",
            "--threads",
            "1",
            "--json",
        ])
        .args(["--dial", &address, "--input"])
        .arg(sample())
        .arg("--out")
        .arg(folder.path().join("shared"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    // The victim dies as soon as the first results are committed.
    let mut said = std::io::BufReader::new(job.stderr.take().expect("piped"));
    let mut line = String::new();
    while std::io::BufRead::read_line(&mut said, &mut line).expect("text") > 0 {
        if line.contains("Computed") {
            break;
        }
        line.clear();
    }
    victim.kill();
    let rest = std::thread::spawn(move || support::read_to_text(said));
    let output = job.wait_with_output().expect("it ends");
    let said = rest.join().expect("read");
    assert!(output.status.success(), "{said}");
    let shared: Value = serde_json::from_slice(&output.stdout).expect("one document");
    assert_eq!(
        text(&alone, "output_digest"),
        text(&shared, "output_digest")
    );
    let done: u64 = shared["members"]
        .as_array()
        .expect("members")
        .iter()
        .map(|member| member["done"].as_u64().expect("a count"))
        .sum();
    assert_eq!(done, 27, "each slice is committed once: {shared}");
}

#[test]
fn a_wrong_pairing_code_is_refused_with_a_sentence() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mine, theirs) = (folder.path().join("mine"), folder.path().join("theirs"));
    let window = support::Living::start(clisonix().arg("--home").arg(&theirs).args([
        "pair",
        "--show",
        "--listen",
        "127.0.0.1:0",
    ]));
    let address = window.document["addresses"][0]
        .as_str()
        .expect("an address")
        .to_owned();
    let wrong = "zoo zoo zoo zoo zoo zoo";
    assert_ne!(text(&window.document, "code"), wrong);
    let said = refusal(
        clisonix()
            .arg("--home")
            .arg(&mine)
            .args(["pair", wrong, "--address", &address]),
        1,
    );
    assert!(said.contains("code"), "{said}");
    let paired = json(clisonix().arg("--home").arg(&mine).arg("peers"));
    assert_eq!(paired.as_array().map(Vec::len), Some(0), "{paired}");
}

#[test]
fn a_job_without_any_peer_runs_here_and_says_so_by_its_members() {
    let folder = tempfile::tempdir().expect("a folder");
    let mine = folder.path().join("mine");
    let alone = compress(&mine, &folder.path().join("alone"), &[]);
    let shared = compress(&mine, &folder.path().join("shared"), &["--mesh"]);
    assert_eq!(
        text(&alone, "output_digest"),
        text(&shared, "output_digest")
    );
    assert_eq!(
        shared["members"].as_array().map(Vec::len),
        Some(1),
        "{shared}"
    );
}

#[test]
fn a_model_gives_one_digest_alone_on_any_thread_count_and_on_a_node_that_lacks_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mine, theirs) = (folder.path().join("mine"), folder.path().join("theirs"));
    let added = json(
        clisonix()
            .arg("--home")
            .arg(&mine)
            .args(["models", "add"])
            .arg(model("denoise")),
    );
    assert_eq!(text(&added[0], "full_name"), "denoise@1.0.0");
    let denoise = |out: &str, more: &[&str]| {
        json(
            clisonix()
                .arg("--home")
                .arg(&mine)
                .args(["run", "model", "--param", "model=denoise", "--input"])
                .arg(sample())
                .arg("--out")
                .arg(folder.path().join(out))
                .args(more),
        )
    };
    let alone = denoise("alone", &["--threads", "1"]);
    let two = denoise("two", &["--threads", "2"]);
    assert_eq!(text(&alone, "output_digest"), text(&two, "output_digest"));
    pair(&mine, &theirs);
    let (_node, address) = node(&theirs);
    let shared = denoise("shared", &["--mesh", "--dial", &address]);
    assert_eq!(
        text(&alone, "output_digest"),
        text(&shared, "output_digest")
    );
    assert!(
        done_by_others(&shared, "this workstation") > 0,
        "the peer did nothing: {shared}"
    );
    let receipt = shared["receipts"][0].as_str().expect("a receipt");
    let verified = json(
        clisonix()
            .arg("--home")
            .arg(&mine)
            .args(["verify", receipt]),
    );
    assert_eq!(verified["equal"], Value::Bool(true), "{verified}");
}

/// Operations in the volume, so that tasks read slices that others compute.
const PIPELINE: &str = r#"
title = "Bright parts"
[[step]]
operation = "gaussian"
sigma = 1.2
unit = "voxels"
dimensions = "volume"
[[step]]
operation = "transform-matrix"
weights = "dct:COLUMNS"
[[step]]
operation = "median"
radius = 1
unit = "voxels"
dimensions = "volume"
[[step]]
operation = "mask-formula"
formula = "open(image > 50, 1 voxel) and not dilate(image > 900, 2 voxels)"
"#;

#[test]
fn a_pipeline_gives_one_digest_alone_on_any_thread_count_and_on_two_nodes() {
    let folder = tempfile::tempdir().expect("a folder");
    let (mine, theirs) = (folder.path().join("mine"), folder.path().join("theirs"));
    let inspected = json(
        clisonix()
            .arg("--home")
            .arg(&mine)
            .arg("inspect")
            .arg(sample()),
    );
    let columns = inspected
        .pointer("/patients/0/studies/0/series/0/geometry/columns")
        .and_then(Value::as_u64)
        .expect("the columns of the sample");
    let file = folder.path().join("bright.toml");
    let written = PIPELINE.replace("COLUMNS", &columns.to_string());
    std::fs::write(&file, written).expect("written");
    let run = |out: &str, more: &[&str]| {
        json(
            clisonix()
                .arg("--home")
                .arg(&mine)
                .args(["run", "pipeline", "--param"])
                .arg(format!("steps={}", file.display()))
                .args(["--param", "slices=3", "--input"])
                .arg(sample())
                .arg("--out")
                .arg(folder.path().join(out))
                .args(more),
        )
    };
    let alone = run("alone", &[]);
    for threads in ["1", "2", "7"] {
        let again = run(threads, &["--threads", threads]);
        assert_eq!(text(&alone, "output_digest"), text(&again, "output_digest"));
    }
    pair(&mine, &theirs);
    let (_node, address) = node(&theirs);
    let shared = run("shared", &["--mesh", "--dial", &address]);
    assert_eq!(
        text(&alone, "output_digest"),
        text(&shared, "output_digest")
    );
    assert!(
        done_by_others(&shared, "this workstation") > 0,
        "the peer did nothing: {shared}"
    );
    let receipt = shared["receipts"][1].as_str().expect("a receipt");
    let verified = json(
        clisonix()
            .arg("--home")
            .arg(&mine)
            .args(["verify", receipt]),
    );
    assert_eq!(verified["equal"], Value::Bool(true), "{verified}");
}
