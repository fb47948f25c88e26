//! The promise of consent: a node gives what its user decided and no more, and says so to whoever asks.

#[allow(dead_code, reason = "each file of tests uses a part of it")]
mod support;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use support::{Living, clisonix, json, long_series, model, node, pair, refusal, run, sample, text};

struct Stage {
    folder: tempfile::TempDir,
    address: String,
    node: Living,
}

impl Stage {
    /// Two paired homes, and a node that serves with one of them.
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        pair(&folder.path().join("mine"), &folder.path().join("theirs"));
        let (node, address) = node(&folder.path().join("theirs"));
        Self {
            folder,
            address,
            node,
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn limit(&self, limits: &[&str]) -> Value {
        json(at(&self.path("theirs")).arg("limits").args(limits))
    }

    fn shared(&self, out: &str, operation: &[&str]) -> Command {
        self.shared_over(&sample(), out, operation)
    }

    fn shared_over(&self, input: &Path, out: &str, operation: &[&str]) -> Command {
        let mut command = at(&self.path("mine"));
        command.args(["--json", "run"]).args(operation);
        command.arg("--input").arg(input);
        command.arg("--out").arg(self.path(out));
        command.args(["--mesh", "--threads", "1", "--dial", &self.address]);
        command
    }

    /// Runs a job that the node must refuse with a sentence, and which is done here all the same.
    fn refused(&self, operation: &[&str], sentence: &str) {
        let output = run(&mut self.shared(sentence, operation));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
        assert!(said.contains(sentence), "no `{sentence}` in: {said}");
        let job: Value = serde_json::from_slice(&output.stdout).expect("one document");
        assert_eq!(done_by_others(&job), 0, "{job}");
    }

    /// Runs a job that the node must take part in.
    fn taken(&self, out: &str, operation: &[&str]) {
        let output = run(&mut self.shared(out, operation));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
        let job: Value = serde_json::from_slice(&output.stdout).expect("one document");
        assert!(done_by_others(&job) > 0, "{job} {said}");
    }

    /// What the asking side knows of the node.
    fn seen(&self) -> Value {
        let peers = json(at(&self.path("mine")).args(["peers", "--live", "--dial", &self.address]));
        peers[0].clone()
    }
}

const COMPRESS: [&str; 3] = ["svd-compress", "--param", "k=48"];

fn at(home: &Path) -> Command {
    let mut command = clisonix();
    command.arg("--home").arg(home);
    command
}

fn done_by_others(job: &Value) -> u64 {
    let members = job["members"].as_array().expect("members");
    let others = members.iter().filter(|it| it["name"] != "this workstation");
    others.map(|it| it["done"].as_u64().expect("a count")).sum()
}

#[test]
fn a_paused_node_takes_nothing_and_says_why_and_goes_on_when_resumed() {
    let stage = Stage::new();
    stage.limit(&["--pause"]);
    stage.refused(&COMPRESS, "takes no work now: its user paused it");
    stage.limit(&["--resume"]);
    stage.taken("resumed", &COMPRESS);
}

#[test]
fn a_node_that_is_paused_in_mid_job_stops_at_once_and_the_digest_is_the_same() {
    let stage = Stage::new();
    let slow = ["svd-compress", "--param", "k=160"];
    // Many times as long as the switch takes to be seen.
    let series = long_series(&stage.path("series"), 8);
    let mut alone = at(&stage.path("mine"));
    alone.arg("run").args(slow).arg("--input").arg(&series);
    let alone = json(alone.arg("--out").arg(stage.path("alone")));
    let mut job = stage
        .shared_over(&series, "shared", &slow)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut said = BufReader::new(job.stderr.take().expect("piped"));
    let (mut all, mut paused) = (String::new(), false);
    loop {
        let before = all.len();
        if said.read_line(&mut all).expect("text") == 0 {
            break;
        }
        if all[before..].contains("Computed") && !paused {
            stage.limit(&["--pause"]);
            paused = true;
        }
    }
    let output = job.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{all}");
    assert!(all.contains("its user paused it"), "{all}");
    let shared: Value = serde_json::from_slice(&output.stdout).expect("one document");
    assert_eq!(
        text(&alone, "output_digest"),
        text(&shared, "output_digest")
    );
}

#[test]
fn only_allowed_operations_and_models_are_computed_for_others() {
    let stage = Stage::new();
    stage.limit(&["--operation", "threshold"]);
    stage.refused(&COMPRESS, "does not compute `svd-compress` for others");
    stage.limit(&["--operation", "all"]);
    stage.taken("again", &COMPRESS);
    let added = json(
        at(&stage.path("mine"))
            .args(["models", "add"])
            .arg(model("denoise")),
    );
    let digest = text(&added[0], "digest").to_owned();
    let denoise = ["model", "--param", "model=denoise"];
    let other = blake3::hash(b"another model").to_hex().to_string();
    stage.limit(&["--model", &other]);
    stage.refused(&denoise, "does not run model");
    stage.limit(&["--model", &other, "--model", &digest]);
    stage.taken("with the model", &denoise);
}

#[test]
fn nothing_is_taken_outside_the_hours() {
    let stage = Stage::new();
    // An hour that lies twelve hours from now, wherever the clock stands.
    let output = run(Command::new("date").arg("+%H"));
    let now: u32 = String::from_utf8_lossy(&output.stdout)
        .trim()
        .parse()
        .expect("an hour");
    let (from, until) = ((now + 12) % 24, (now + 13) % 24);
    let hours = format!("{from:02}:00-{until:02}:00");
    stage.limit(&["--hours", &hours]);
    stage.refused(&COMPRESS, &format!("takes work from {hours} only"));
    stage.limit(&["--hours", "all"]);
    stage.taken("at any hour", &COMPRESS);
}

#[test]
fn a_workstation_that_is_in_use_takes_nothing_where_its_user_wants_that() {
    let stage = Stage::new();
    stage.limit(&["--only-idle", "yes"]);
    stage.refused(&COMPRESS, "takes work only while nobody uses it");
}

#[test]
fn fewer_cores_and_less_memory_are_told_and_held() {
    let mut stage = Stage::new();
    stage.node.kill();
    let mut command = at(&stage.path("theirs"));
    command.args(["node", "--cores", "2", "--listen", "127.0.0.1:0"]);
    stage.node = Living::start(&mut command);
    let address = stage.node.document["addresses"][0]
        .as_str()
        .expect("an address");
    let parts: Vec<&str> = address.split('/').collect();
    stage.address = format!("{}:{}", parts[2], parts[4]);
    assert_eq!(stage.seen()["live"]["cores"], 2);
    stage.limit(&["--cores", "1", "--memory", "1000"]);
    // A job of which not even one slice fits.
    stage.refused(&COMPRESS, "has no memory for another job");
    let seen = stage.seen();
    assert_eq!(seen["live"]["cores"], 1, "{seen}");
    assert_eq!(seen["live"]["memory_bytes"], 1_000, "{seen}");
    stage.limit(&["--memory", "all"]);
    stage.taken("with memory", &COMPRESS);
}

#[test]
fn who_computed_what_is_in_the_audit_log_of_both_and_in_the_figures() {
    let mut stage = Stage::new();
    stage.node.kill();
    let mut command = at(&stage.path("theirs"));
    command.args(["node", "--cores", "1", "--listen", "127.0.0.1:0"]);
    command.args(["--metrics", "127.0.0.1:0"]);
    let mut node = command
        .arg("--json")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut said = BufReader::new(node.stderr.take().expect("piped"));
    let mut line = String::new();
    said.read_line(&mut line).expect("text");
    let place = line
        .trim()
        .strip_prefix("Figures at http://")
        .expect("the place");
    let place = place.strip_suffix("/metrics").expect("the page").to_owned();
    let mut documents = serde_json::Deserializer::from_reader(node.stdout.take().expect("piped"))
        .into_iter::<Value>();
    let document = documents.next().expect("a document").expect("JSON");
    let address = document["addresses"][0].as_str().expect("an address");
    let parts: Vec<&str> = address.split('/').collect();
    stage.address = format!("{}:{}", parts[2], parts[4]);
    stage.taken("shared", &COMPRESS);
    let audit = |home: &str| {
        let output = run(at(&stage.path(home)).args(["node", "audit"]));
        assert!(output.status.success());
        String::from_utf8(output.stdout).expect("text")
    };
    let (mine, theirs) = (audit("mine"), audit("theirs"));
    for (log, event) in [
        (&mine, "Import"),
        (&theirs, "Export"),
        (&mine, "Network Entry"),
    ] {
        assert!(log.contains(&format!("originalText=\"{event}\"")), "{log}");
    }
    // What one says that it computed, the other says that it got.
    let digests = |log: &str| {
        let parts = log.split("ParticipantObjectID=\"").skip(1);
        let values = parts.filter_map(|part| part.split('"').next());
        let digests = values.filter(|value| value.len() == 64).map(str::to_owned);
        digests.collect::<std::collections::BTreeSet<String>>()
    };
    assert!(!digests(&mine).is_empty());
    assert!(digests(&mine).is_subset(&digests(&theirs)));
    let mut stream = std::net::TcpStream::connect(place).expect("it listens");
    std::io::Write::write_all(&mut stream, b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
        .expect("asked");
    let page = support::read_to_text(stream);
    let given = page
        .lines()
        .find(|line| line.starts_with("clisonix_tasks_given_total{"));
    let given = given.and_then(|line| line.rsplit(' ').next()?.parse::<u64>().ok());
    assert!(given.is_some_and(|given| given > 0), "{page}");
    node.kill().expect("it runs");
    node.wait().expect("it ends");
}

#[test]
fn limits_that_make_no_sense_are_refused_by_name_and_change_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let home = folder.path().join("home");
    let before = json(at(&home).arg("limits"));
    for wrong in [
        ["--hours", "evening"],
        ["--cores", "0"],
        ["--memory", "much"],
        ["--only-idle", "perhaps"],
        ["--operation", "paint"],
    ] {
        let said = refusal(at(&home).arg("limits").args(wrong), 2);
        assert!(said.contains(wrong[1]), "{said}");
    }
    assert_eq!(json(at(&home).arg("limits")), before);
    json(at(&home).args(["limits", "--hours", "18:00-07:00", "--pause"]));
    let after = json(at(&home).arg("limits"));
    assert_eq!(
        (text(&after, "hours"), &after["paused"]),
        ("18:00-07:00", &Value::Bool(true))
    );
}
