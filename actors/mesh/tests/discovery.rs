//! Promises of multicast, where the machine has it: a code alone pairs, and paired nodes find each other without addresses.

mod support;

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::mpsc::channel;
use std::time::Duration;

use actor_mesh::{MeshOptions, pair_join, pair_show, paired_peers};
use actor_messages::{PairingState, PeerState};
use support::{DEADLINE, TestNode, home, options, paired_homes};

/// Whether a packet to the multicast group comes back to this machine; where it does not, the test says so and is skipped.
fn multicast_works() -> bool {
    let group = Ipv4Addr::new(224, 0, 0, 251);
    let comes_back = || -> std::io::Result<bool> {
        let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
        // The address that packets to elsewhere would leave by; nothing is sent.
        let route = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
        route.connect((Ipv4Addr::new(192, 0, 2, 77), 9))?;
        let SocketAddr::V4(own) = route.local_addr()? else {
            return Ok(false);
        };
        if own.ip().is_loopback() {
            return Ok(false);
        }
        socket.join_multicast_v4(&group, own.ip())?;
        socket.set_read_timeout(Some(Duration::from_secs(2)))?;
        socket.send_to(b"clisonix", (group, socket.local_addr()?.port()))?;
        Ok(socket.recv_from(&mut [0; 16]).is_ok())
    };
    let works = comes_back().unwrap_or(false);
    if !works {
        eprintln!("skipped: no multicast on this machine");
    }
    works
}

fn everywhere(home: &std::path::Path) -> MeshOptions {
    MeshOptions {
        listen: None,
        ..options(home)
    }
}

#[test]
fn a_code_alone_finds_the_node_that_shows_it() {
    if !multicast_works() {
        return;
    }
    let (shower, joiner) = (home(), home());
    // A running mesh of the same home must not be taken for the pairing window.
    let _node = TestNode::start(everywhere(shower.path())).expect("starts");
    let (shown, wait) = channel();
    let path = shower.path().to_owned();
    let showing = std::thread::spawn(move || {
        pair_show(&path, None, |state| {
            if let PairingState::Showing { code, .. } = state {
                let _ = shown.send(code);
            }
        })
    });
    let code = wait.recv_timeout(DEADLINE).expect("a code is shown");
    pair_join(joiner.path(), &code, None, |_| {}).expect("paired");
    showing.join().expect("ended").expect("paired");
    assert_eq!(paired_peers(joiner.path()).expect("read").len(), 1);
}

#[test]
fn paired_nodes_find_each_other_without_addresses() {
    if !multicast_works() {
        return;
    }
    let homes = paired_homes();
    for home in [&homes.0, &homes.1] {
        let path = home.path().join("peers.json");
        let mut book: serde_json::Value =
            serde_json::from_slice(&std::fs::read(&path).expect("read")).expect("JSON");
        book["peers"][0]["addresses"] = serde_json::json!([]);
        std::fs::write(&path, book.to_string()).expect("written");
    }
    let mut one = TestNode::start(everywhere(homes.0.path())).expect("starts");
    let mut other = TestNode::start(everywhere(homes.1.path())).expect("starts");
    let (one_id, other_id) = (one.peer.clone(), other.peer.clone());
    one.until_state(&other_id, PeerState::Ready);
    other.until_state(&one_id, PeerState::Ready);
}
