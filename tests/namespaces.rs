//! The promise of the mesh on a network of its own: found by switching on, and boring when machines and cables vanish.

#[allow(dead_code, reason = "each file of tests uses a part of it")]
mod support;

#[path = "support/network.rs"]
mod network;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use network::{Network, until_seen};
use serde_json::Value;
use support::{Living, clisonix, json, long_series, pair, read_to_text, sample, text};

/// A process that died is noticed within this time, and a pulled cable within the next.
const DIED_WITHIN: Duration = Duration::from_secs(3);
const PULLED_WITHIN: Duration = Duration::from_secs(6);

const AWAY: [&str; 2] = ["away", "connecting"];
const THERE: [&str; 2] = ["ready", "working"];

/// A network and the homes of its hosts; the first is paired with all others.
struct Ward {
    network: Network,
    folder: tempfile::TempDir,
}

/// A node on a host.
struct Host {
    node: Living,
    peer: String,
    address: String,
}

impl Ward {
    fn new(hosts: usize) -> Option<Self> {
        let ward = Self {
            network: Network::new(hosts)?,
            folder: tempfile::tempdir().expect("a folder"),
        };
        (1..hosts).for_each(|other| pair(&ward.home(0), &ward.home(other)));
        Some(ward)
    }

    fn home(&self, host: usize) -> PathBuf {
        self.folder.path().join(format!("host{host}"))
    }

    fn switch_on(&self, host: usize) -> Host {
        let mut command = clisonix();
        command.arg("--home").arg(self.home(host));
        command.args(["node", "--cores", "1"]);
        let node = Living::start(&mut self.network.on(host, &command));
        let peer = text(&node.document, "peer").to_owned();
        let address = Network::address(host);
        let listening = node.document["addresses"].to_string();
        let marker = format!("/ip4/{address}/tcp/");
        // The loopback address may be told first; the port is the same on all.
        let port = listening
            .split("/tcp/")
            .nth(1)
            .and_then(|rest| rest.split(['"', '/']).next())
            .unwrap_or_else(|| panic!("no port for {marker} in {listening}"));
        Host {
            address: format!("{address}:{port}"),
            node,
            peer,
        }
    }

    fn sees(&self, host: usize, other: &Host, states: &[&str]) -> Duration {
        until_seen(&self.home(host), &other.peer, states)
    }

    fn compress(&self, out: &str, more: &[&str]) -> std::process::Command {
        self.compress_series(&sample(), out, more)
    }

    fn compress_series(&self, series: &Path, out: &str, more: &[&str]) -> std::process::Command {
        let mut command = clisonix();
        command.arg("--home").arg(self.home(0));
        command.args(["run", "svd-compress", "--param", "k=200", "--threads", "1"]);
        command.arg("--input").arg(series);
        command.arg("--out").arg(self.folder.path().join(out));
        command.args(more);
        self.network.on(0, &command)
    }
}

#[test]
fn a_code_alone_pairs_two_hosts_and_they_find_each_other_by_switching_on() {
    let Some(network) = Network::new(2) else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let home = |host: usize| folder.path().join(format!("host{host}"));
    let at = |host: usize, arguments: &[&str]| {
        let mut command = clisonix();
        command.arg("--home").arg(home(host)).args(arguments);
        network.on(host, &command)
    };
    let window = Living::start(&mut at(0, &["pair", "--show"]));
    let code = text(&window.document, "code").to_owned();
    let joined = json(&mut at(1, &["pair", &code]));
    assert_eq!(text(&joined, "fingerprint").split_whitespace().count(), 8);
    assert!(window.end(), "the side that shows the code ends well too");
    // Where they were reached is forgotten: what is left is the network.
    for host in 0..2 {
        let path = home(host).join("peers.json");
        let mut book: Value =
            serde_json::from_slice(&std::fs::read(&path).expect("read")).expect("JSON");
        book["peers"][0]["addresses"] = serde_json::json!([]);
        std::fs::write(&path, book.to_string()).expect("written");
    }
    let one = Living::start(&mut at(0, &["node", "--cores", "1"]));
    let other = Living::start(&mut at(1, &["node", "--cores", "1"]));
    until_seen(&home(0), text(&other.document, "peer"), &THERE);
    until_seen(&home(1), text(&one.document, "peer"), &THERE);
}

#[test]
fn a_pulled_cable_is_noticed_within_six_seconds_and_the_host_rejoins_when_it_is_back() {
    let Some(ward) = Ward::new(3) else { return };
    let hosts = [0, 1, 2].map(|host| ward.switch_on(host));
    for other in [1, 2] {
        ward.sees(0, &hosts[other], &THERE);
    }
    ward.network.plug(1, false);
    let took = ward.sees(0, &hosts[1], &AWAY);
    assert!(took < PULLED_WITHIN, "{took:?}");
    // The side without a network notices too, and the third host is not disturbed.
    ward.sees(1, &hosts[0], &AWAY);
    ward.sees(0, &hosts[2], &THERE);
    ward.network.plug(1, true);
    ward.sees(0, &hosts[1], &THERE);
    ward.sees(1, &hosts[0], &THERE);
}

#[test]
fn a_killed_process_is_noticed_within_three_seconds_and_comes_back() {
    let Some(ward) = Ward::new(2) else { return };
    let _first = ward.switch_on(0);
    let mut other = ward.switch_on(1);
    ward.sees(0, &other, &THERE);
    other.node.kill();
    let took = ward.sees(0, &other, &AWAY);
    assert!(took < DIED_WITHIN, "{took:?}");
    let _again = ward.switch_on(1);
    ward.sees(0, &other, &THERE);
}

#[test]
fn a_connection_that_is_open_on_one_side_only_is_given_up_and_made_anew() {
    let Some(ward) = Ward::new(2) else { return };
    let _first = ward.switch_on(0);
    let mut other = ward.switch_on(1);
    ward.sees(0, &other, &THERE);
    // It dies while its cable is out: nothing on the network says that its end is gone.
    ward.network.plug(1, false);
    other.node.kill();
    let took = ward.sees(0, &other, &AWAY);
    assert!(took < PULLED_WITHIN, "{took:?}");
    ward.network.plug(1, true);
    let again = ward.switch_on(1);
    ward.sees(0, &again, &THERE);
    ward.sees(1, &_first, &THERE);
}

#[test]
fn a_job_on_five_hosts_of_which_one_is_killed_and_one_is_cut_off_gives_the_digest_of_one() {
    let Some(ward) = Ward::new(5) else { return };
    let alone = json(&mut ward.compress("alone", &[]));
    let mut others: Vec<Host> = (1..5).map(|host| ward.switch_on(host)).collect();
    let mut more = vec!["--mesh"];
    for other in &others {
        more.extend(["--dial", &other.address]);
    }
    let mut job = ward
        .compress("shared", &more)
        .arg("--json")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut said = BufReader::new(job.stderr.take().expect("piped"));
    let mut line = String::new();
    while said.read_line(&mut line).expect("text") > 0 {
        if line.contains("Computed") {
            break;
        }
        line.clear();
    }
    others[0].node.kill();
    ward.network.plug(2, false);
    let rest = std::thread::spawn(move || read_to_text(said));
    let output = job.wait_with_output().expect("it ends");
    let said = rest.join().expect("read");
    assert!(output.status.success(), "{said}");
    let shared: Value = serde_json::from_slice(&output.stdout).expect("one document");
    assert_eq!(
        text(&alone, "output_digest"),
        text(&shared, "output_digest")
    );
    let members = shared["members"].as_array().expect("members");
    assert_eq!(members.len(), 5, "{shared}");
    let done = |member: &Value| member["done"].as_u64().expect("a count");
    assert_eq!(members.iter().map(done).sum::<u64>(), 27, "{shared}");
}

/// Jobs over a bad line before it counts as one that brings nothing.
const ATTEMPTS_MAX: usize = 3;

#[test]
fn over_a_line_with_delay_loss_and_reordering_a_job_gives_the_same_digest() {
    let Some(ward) = Ward::new(2) else { return };
    // Long enough that slices come over a slow line before this side has done them all.
    let series = long_series(&ward.folder.path().join("series"), 4);
    let alone = json(&mut ward.compress_series(&series, "alone", &[]));
    let _line = ward.network.bad_line(0, 1);
    // The bad line is the only one.
    ward.network.plug(1, false);
    let mut command = clisonix();
    command.arg("--home").arg(ward.home(1));
    command.args(["node", "--cores", "1", "--quic", "--listen", "10.79.0.2:0"]);
    let node = Living::start(&mut ward.network.on(1, &command));
    let addresses = node.document["addresses"].as_array().expect("addresses");
    for address in addresses.iter().filter_map(Value::as_str) {
        // What was learnt of the other transport is forgotten.
        let path = ward.home(0).join("peers.json");
        let mut book: Value =
            serde_json::from_slice(&std::fs::read(&path).expect("read")).expect("JSON");
        book["peers"][0]["addresses"] = serde_json::json!([]);
        std::fs::write(&path, book.to_string()).expect("written");
        let out = if address.contains("quic") {
            "quic"
        } else {
            "tcp"
        };
        // QUIC takes each overtaken packet for a lost one, and may bring no slice in time; the answer is the same. Over TCP some
        // come, but a line as bad as this may also lose a peer for the length of a job.
        let attempts = if out == "quic" { 1 } else { ATTEMPTS_MAX };
        let came = (0..attempts).any(|attempt| {
            let folder = format!("{out}-{attempt}");
            let more = ["--mesh", "--dial", address];
            let shared = json(&mut ward.compress_series(&series, &folder, &more));
            assert_eq!(
                text(&alone, "output_digest"),
                text(&shared, "output_digest")
            );
            let members = shared["members"].as_array().expect("members");
            assert_eq!(members.len(), 2, "{members:?}");
            let others = members.iter().filter(|it| it["name"] != "this workstation");
            let done: u64 = others.map(|it| it["done"].as_u64().expect("a count")).sum();
            done > 0
        });
        assert!(out == "quic" || came, "nothing went over the line");
    }
    assert_eq!(addresses.len(), 2, "TCP and QUIC: {addresses:?}");
}

#[test]
fn a_node_that_nobody_sits_at_is_joined_by_its_key_and_address() {
    let Some(ward) = Ward::new(1) else { return };
    // Without a network between them: one machine, two homes that have never seen a code.
    let home = |name: &str| ward.folder.path().join(name);
    let start = |name: &str| {
        let mut command = clisonix();
        command.arg("--home").arg(home(name));
        command.args(["node", "--cores", "1", "--listen", "127.0.0.1:0"]);
        Living::start(&mut ward.network.on(0, &command))
    };
    let (one, other) = (start("one"), start("other"));
    let join = |name: &str, with: &Living| {
        let place = with.document["addresses"][0].as_str().expect("an address");
        let key = format!("{}@{place}", text(&with.document, "peer"));
        let mut command = clisonix();
        command
            .arg("--home")
            .arg(home(name))
            .args(["peers", "--join", &key]);
        let peers = json(&mut command);
        assert_eq!(peers.as_array().map(Vec::len), Some(1), "{peers}");
    };
    join("one", &other);
    join("other", &one);
    until_seen(&home("one"), text(&other.document, "peer"), &THERE);
    until_seen(&home("other"), text(&one.document, "peer"), &THERE);
}

#[test]
fn whoever_is_not_paired_is_seen_and_not_let_in() {
    let Some(ward) = Ward::new(2) else { return };
    let first = ward.switch_on(0);
    let stranger = Path::new("stranger");
    let mut command = clisonix();
    command.arg("--home").arg(ward.folder.path().join(stranger));
    command.args(["run", "threshold", "--mesh", "--dial", &first.address]);
    command.arg("--input").arg(sample());
    command.arg("--out").arg(ward.folder.path().join("out"));
    let job = json(&mut ward.network.on(1, &command));
    assert_eq!(job["members"].as_array().map(Vec::len), Some(1), "{job}");
}
