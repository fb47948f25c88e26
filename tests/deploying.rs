//! The promise of deployment: a model reaches paired nodes ahead of a job, verified, once, by their rules, and also when they were off.

#[allow(dead_code, reason = "each file of tests uses a part of it")]
mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use aho_corasick::AhoCorasick;
use serde_json::Value;
use support::{clisonix, json, model, node, pair, refusal, run, sample, text};

/// Everything that is waited for comes within this time on a very busy machine; it only bounds a test that fails.
const WITHIN: Duration = Duration::from_secs(120);

struct Homes {
    folder: tempfile::TempDir,
    mine: PathBuf,
    theirs: PathBuf,
}

fn homes() -> Homes {
    let folder = tempfile::tempdir().expect("a folder");
    let (mine, theirs) = (folder.path().join("mine"), folder.path().join("theirs"));
    pair(&mine, &theirs);
    Homes {
        folder,
        mine,
        theirs,
    }
}

fn models(home: &Path, more: &[&str]) -> Value {
    json(clisonix().arg("--home").arg(home).arg("models").args(more))
}

fn add(home: &Path, folder: &Path) -> String {
    let folder = folder.to_str().expect("a path of this test");
    let added = models(home, &["add", folder]);
    text(&added[0], "digest").to_owned()
}

/// The shipped denoiser as a later version.
fn newer(folder: &Path) -> PathBuf {
    let newer = folder.join("newer");
    fs::create_dir_all(&newer).expect("a folder");
    for file in fs::read_dir(model("denoise")).expect("it ships").flatten() {
        fs::copy(file.path(), newer.join(file.file_name())).expect("copied");
    }
    let manifest = fs::read_to_string(newer.join("model.toml")).expect("text");
    fs::write(
        newer.join("model.toml"),
        manifest.replacen("1.0.0", "1.1.0", 1),
    )
    .expect("written");
    newer
}

fn has(home: &Path, digest: &str) -> bool {
    let listed = models(home, &["list"]);
    let listed = listed.as_array().expect("a list").iter();
    listed.clone().any(|card| card["digest"] == digest)
}

fn deploy(home: &Path, name: &str, address: &str) -> Value {
    let told = models(
        home,
        &["deploy", name, "--dial", address, "--within", "120"],
    );
    told[0].clone()
}

#[test]
fn a_model_is_there_before_a_job_needs_it_and_changes_no_name_there() {
    let Homes {
        folder,
        mine,
        theirs,
    } = homes();
    let old = add(&theirs, &model("denoise"));
    let new = add(&mine, &newer(folder.path()));
    assert_ne!(old, new);
    let (_node, address) = node(&theirs);
    assert_eq!(text(&deploy(&mine, "denoise", &address), "state"), "there");
    assert!(has(&theirs, &new) && has(&theirs, &old));
    // Nobody far away decides what a name stands for.
    let found = models(&theirs, &["show", "denoise"]);
    assert_eq!(text(&found, "digest"), old);
    // What every node has is told.
    let peers = json(
        clisonix()
            .arg("--home")
            .arg(&mine)
            .args(["peers", "--live", "60", "--dial", &address]),
    );
    let told = peers[0]["live"]["models"].as_array().expect("models");
    let names: Vec<&str> = told.iter().map(|model| text(model, "full_name")).collect();
    assert_eq!(names, ["denoise@1.0.0", "denoise@1.1.0"], "{peers}");
    // A second time there is nothing to send.
    assert_eq!(text(&deploy(&mine, "denoise", &address), "state"), "there");
    // A job with it sends no model: no part of its graph is among the bytes that leave.
    let record = folder.path().join("record");
    let job = json(
        clisonix()
            .arg("--home")
            .arg(&mine)
            .args(["run", "model", "--param", "model=denoise", "--mesh"])
            .args(["--dial", &address, "--record-outgoing"])
            .arg(&record)
            .arg("--input")
            .arg(sample())
            .arg("--out")
            .arg(folder.path().join("out")),
    );
    let members = job["members"].as_array().expect("members");
    let busy = |member: &&Value| member["done"].as_u64() > Some(0);
    assert_eq!(members.iter().filter(busy).count(), 2, "{job}");
    let graph = fs::read(model("denoise").join("denoise.onnx")).expect("it ships");
    let part = &graph[graph.len() / 2..graph.len() / 2 + 256];
    let searcher = AhoCorasick::new([part]).expect("a pattern");
    assert!(searcher.is_match(&graph));
    let mut bytes = 0;
    for file in fs::read_dir(&record).expect("a record").flatten() {
        let sent = fs::read(file.path()).expect("read");
        bytes += sent.len();
        assert!(!searcher.is_match(&sent), "the model was sent again");
    }
    assert!(bytes > 1 << 20, "pixels were sent: {bytes}");
}

#[test]
fn a_node_that_was_off_gets_the_model_when_it_returns() {
    let Homes {
        folder,
        mine,
        theirs,
    } = homes();
    add(&mine, &model("denoise"));
    let (mut first, address) = node(&theirs);
    // They have met, so that the one knows where the other listens.
    assert_eq!(text(&deploy(&mine, "denoise", &address), "state"), "there");
    first.kill();
    let new = add(&mine, &newer(folder.path()));
    let waits = models(&mine, &["deploy", "denoise@1.1.0", "--within", "0"]);
    assert_ne!(text(&waits[0], "state"), "there");
    assert!(!has(&theirs, &new));
    let _theirs = node(&theirs);
    let _mine = node(&mine);
    let begun = Instant::now();
    while !has(&theirs, &new) {
        assert!(begun.elapsed() < WITHIN, "it did not catch up");
    }
}

#[test]
fn a_peer_takes_only_the_models_that_its_user_allows_and_says_so() {
    let Homes {
        folder: _folder,
        mine,
        theirs,
    } = homes();
    let allowed = add(&theirs, &model("brain-tissue"));
    let refused = add(&mine, &model("denoise"));
    let limited =
        run(clisonix()
            .arg("--home")
            .arg(&theirs)
            .args(["limits", "--model", "brain-tissue"]));
    assert!(limited.status.success(), "{limited:?}");
    let (_node, address) = node(&theirs);
    let said = refusal(
        clisonix()
            .arg("--home")
            .arg(&mine)
            .args(["models", "deploy", "denoise", "--dial", &address])
            .args(["--within", "120"]),
        1,
    );
    assert!(said.contains("does not run model"), "{said}");
    assert!(!has(&theirs, &refused) && has(&theirs, &allowed));
}

#[test]
fn a_node_that_is_not_paired_and_a_model_that_is_not_there_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = folder.path().join("home");
    add(&home, &model("denoise"));
    let deploy = |name: &str| {
        let mut command = clisonix();
        command
            .arg("--home")
            .arg(&home)
            .args(["models", "deploy", name]);
        refusal(&mut command, 1)
    };
    assert!(deploy("denoise").contains("No node is paired"));
    assert!(deploy("lung").contains("There is no model `lung`"));
}
