//! A network of the test's own: namespaces on a bridge, made and removed with it; cables are pulled by taking links down.

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;

static NETWORKS: AtomicU32 = AtomicU32::new(0);

/// How long a state may take on a busy machine where no promise says how long.
const DEADLINE: Duration = Duration::from_secs(60);

/// Hosts `10.77.0.1` and up, each in a namespace of its own, on one bridge.
pub struct Network {
    name: String,
    hosts: usize,
}

impl Network {
    /// Makes it; none, with a word on why, where this machine does not let the test.
    pub fn new(hosts: usize) -> Option<Self> {
        let number = NETWORKS.fetch_add(1, Ordering::Relaxed);
        let network = Self {
            name: format!("clx{}n{number}", std::process::id()),
            hosts,
        };
        let hub = network.hub();
        let made = Command::new("ip").args(["netns", "add", &hub]).output();
        let refused = match &made {
            Ok(made) if made.status.success() => None,
            Ok(made) => Some(String::from_utf8_lossy(&made.stderr).into_owned()),
            Err(error) => Some(error.to_string()),
        };
        if let Some(why) = refused {
            eprintln!(
                "SKIPPED: no network namespaces on this machine: {}",
                why.trim()
            );
            return None;
        }
        network.hub_ip(&[
            "link",
            "add",
            "br0",
            "type",
            "bridge",
            "mcast_snooping",
            "0",
        ]);
        network.hub_ip(&["link", "set", "br0", "up"]);
        for host in 0..hosts {
            let (inside, cable) = (network.host(host), cable(host));
            done(&["netns", "add", &inside]);
            let link = [
                "link", "add", &cable, "type", "veth", "peer", "name", "eth0",
            ];
            network.hub_ip(&[&link[..], &["netns", &inside]].concat());
            network.hub_ip(&["link", "set", &cable, "master", "br0", "up"]);
            let address = format!("{}/24", Self::address(host));
            done(&["-n", &inside, "address", "add", &address, "dev", "eth0"]);
            done(&["-n", &inside, "link", "set", "lo", "up"]);
            done(&["-n", &inside, "link", "set", "eth0", "up"]);
            done(&["-n", &inside, "route", "add", "default", "dev", "eth0"]);
        }
        Some(network)
    }

    /// The address of a host.
    pub fn address(host: usize) -> String {
        format!("10.77.0.{}", host + 1)
    }

    /// A program that runs on a host.
    pub fn on(&self, host: usize, command: &Command) -> Command {
        let mut inside = Command::new("ip");
        inside.args(["netns", "exec", &self.host(host)]);
        inside.arg(command.get_program()).args(command.get_args());
        inside.stdin(Stdio::null());
        inside
    }

    /// Pulls or plugs in the cable of a host; nobody is told.
    pub fn plug(&self, host: usize, plugged: bool) {
        let state = if plugged { "up" } else { "down" };
        self.hub_ip(&["link", "set", &cable(host), state]);
    }

    /// A bad line between two hosts, beside their cables: delay, loss and packets that overtake each other. It lasts as long as the value.
    pub fn bad_line(&self, one: usize, other: usize) -> BadLine {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("support/bad_line.py");
        let mut carrier = Command::new("python3")
            .arg(script)
            .args([&self.host(one), "10.79.0.1/24"])
            .args([&self.host(other), "10.79.0.2/24", "7"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("python3 carries the packets");
        let said = carrier.stdout.take().expect("piped");
        let mut line = String::new();
        std::io::BufRead::read_line(&mut std::io::BufReader::new(said), &mut line).expect("text");
        assert_eq!(line.trim(), "ready", "the bad line was not made");
        BadLine(carrier)
    }

    fn hub(&self) -> String {
        format!("{}hub", self.name)
    }

    fn host(&self, host: usize) -> String {
        format!("{}h{host}", self.name)
    }

    fn hub_ip(&self, arguments: &[&str]) {
        done(&[&["-n", &self.hub()], arguments].concat());
    }
}

/// The process that carries the packets of a bad line.
pub struct BadLine(Child);

impl Drop for BadLine {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        for host in 0..self.hosts {
            ip(&["netns", "delete", &self.host(host)]);
        }
        ip(&["netns", "delete", &self.hub()]);
    }
}

fn cable(host: usize) -> String {
    format!("cable{host}")
}

fn ip(arguments: &[&str]) -> Output {
    let output = Command::new("ip").args(arguments).output();
    output.unwrap_or_else(|error| panic!("ip {arguments:?}: {error}"))
}

fn done(arguments: &[&str]) {
    let output = ip(arguments);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "ip {arguments:?}: {said}");
}

/// Waits until the node of `home` sees its paired peer `peer` in one of these states, and says how long that took.
pub fn until_seen(home: &Path, peer: &str, states: &[&str]) -> Duration {
    let began = Instant::now();
    let path = home.join("mesh-status.json");
    loop {
        let read = std::fs::read(&path).ok();
        let status: Option<Value> = read.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let seen = status.as_ref().and_then(|status| {
            let mut peers = status["peers"].as_array()?.iter();
            peers.find(|known| known["peer"] == peer)?["state"].as_str()
        });
        if seen.is_some_and(|seen| states.contains(&seen)) {
            return began.elapsed();
        }
        assert!(
            began.elapsed() < DEADLINE,
            "{peer} was to be one of {states:?} and is {seen:?}"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}
