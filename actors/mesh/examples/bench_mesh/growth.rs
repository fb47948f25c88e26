//! What grows with the number of nodes: that many real nodes in this process, on libp2p's memory transport, all paired with each other.

use std::time::{Duration, Instant};

use actor_messages::{MeshSnapshot, PeerState};
use kernel_labor::{LaborTask, Member, Membership, assign};
use kernel_tasks::{Digest, numeric_class};
use libp2p::identity::Keypair;

use super::Node;

/// How long nodes that have nothing to do are watched.
const WATCHED: Duration = Duration::from_secs(5);
/// Slices of the job that is assigned.
const TASKS: u32 = 1_000;

/// Prints, for one of `count` nodes: seconds until all are connected, bytes a second without work, memory, and what one assignment costs.
#[allow(clippy::print_stdout)]
pub fn growth(count: usize) {
    let before = resident_bytes();
    let keys: Vec<Keypair> = (0..count).map(|_| Keypair::generate_ed25519()).collect();
    let peers: Vec<String> = keys
        .iter()
        .map(|key| key.public().to_peer_id().to_string())
        .collect();
    let homes: Vec<tempfile::TempDir> = keys
        .iter()
        .map(|key| {
            let home = tempfile::tempdir().expect("a folder");
            let bytes = key.to_protobuf_encoding().expect("encodes");
            std::fs::write(home.path().join("identity.key"), bytes).expect("written");
            home
        })
        .collect();
    for (one, home) in homes.iter().enumerate() {
        for (other, peer) in peers.iter().enumerate().filter(|(other, _)| *other != one) {
            let address = format!("/memory/{}", other + 1);
            actor_mesh::join_by_key(home.path(), peer, &address).expect("paired");
        }
    }
    let began = Instant::now();
    let mut nodes: Vec<Node> = homes
        .iter()
        .enumerate()
        .map(|(number, home)| {
            Node::start_at(home.path(), Some(format!("/memory/{}", number + 1)), false)
        })
        .collect();
    for node in &mut nodes {
        node.until(|mesh| (ready(mesh) + 1 == count).then_some(()));
    }
    let connected_s = began.elapsed().as_secs_f64();
    let bytes_before = traffic(&mut nodes[0]);
    let watched = Instant::now();
    std::thread::sleep(WATCHED);
    let bytes = traffic(&mut nodes[0]) - bytes_before;
    let bytes_per_s = bytes as f64 / watched.elapsed().as_secs_f64();
    let memory_kb = (resident_bytes() - before) / 1_024 / count as i64;
    let assign_ms = assignment_ms(&peers);
    println!(
        "{{\"nodes\":{count},\"connected_s\":{connected_s:.2},\"idle_bytes_per_s\":{bytes_per_s:.0},\"memory_kb\":{memory_kb},\"assign_ms\":{assign_ms:.2}}}"
    );
}

fn ready(mesh: &MeshSnapshot) -> usize {
    let ready = |state| matches!(state, PeerState::Ready | PeerState::Working);
    mesh.peers.iter().filter(|peer| ready(peer.state)).count()
}

/// Bytes that a node has sent and received, after it has counted them once more.
fn traffic(node: &mut Node) -> u64 {
    let bytes = |mesh: &MeshSnapshot| -> u64 {
        let peers = mesh.peers.iter();
        peers
            .map(|peer| peer.bytes_sent + peer.bytes_received)
            .sum()
    };
    node.snapshot = None;
    node.until(|mesh| Some(bytes(mesh)))
}

/// What the giver and every member compute once for a job.
fn assignment_ms(peers: &[String]) -> f64 {
    let member = |peer: &String| Member {
        peer: peer.clone(),
        incarnation: 1,
        capacity: 2,
        memory_bytes: 4 << 30,
        numeric_class: *numeric_class().bytes(),
        link_cost: 1,
    };
    let membership = Membership::new(peers.iter().map(member).collect()).expect("members");
    let mut tasks: Vec<LaborTask> = (0..TASKS)
        .map(|slice| LaborTask {
            id: *Digest::of(&slice.to_le_bytes()).bytes(),
            cost: 1_000,
            memory_bytes: 1,
            inputs: vec![(
                *Digest::of(&[slice.to_le_bytes(), [1; 4]].concat()).bytes(),
                1 << 19,
            )],
        })
        .collect();
    tasks.sort_by_key(|task| task.id);
    let began = Instant::now();
    assign(&tasks, &membership).expect("it can be assigned");
    began.elapsed().as_secs_f64() * 1_000.0
}

/// Memory of this process.
fn resident_bytes() -> i64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<i64>().ok());
    kib.unwrap_or(0) * 1_024
}
