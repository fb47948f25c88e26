//! Promises of pairing: the right code pairs, wrong ones run out, and nobody else gets in.

mod support;

use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use actor_mesh::{MeshError, pair_join, pair_show, paired_peers, running_mesh};
use actor_messages::{Command, PairingState, PeerState};
use support::{DEADLINE, TestNode, home, options, pair, paired_homes};

const WRONG: &str = "abandon abandon abandon abandon abandon abandon";

#[test]
fn the_right_code_pairs_and_both_sides_see_the_same_fingerprint() {
    let (shower, joiner) = (home(), home());
    let (shown, joined) = pair(shower.path(), joiner.path());
    assert_eq!(shown, joined);
    assert_eq!(shown.split(' ').count(), 8);
    let (at_shower, at_joiner) = (
        paired_peers(shower.path()).expect("read"),
        paired_peers(joiner.path()).expect("read"),
    );
    assert_eq!((at_shower.len(), at_joiner.len()), (1, 1));
    assert_ne!(at_shower[0].peer, at_joiner[0].peer);
    assert!(at_shower[0].addresses[0].starts_with("/ip4/127.0.0.1/tcp/"));
    assert!(at_joiner[0].addresses[0].starts_with("/ip4/127.0.0.1/tcp/"));
}

#[test]
fn three_wrong_codes_close_the_window_and_say_how_many_tries_are_left() {
    let (shower, joiner) = (home(), home());
    let (shown, wait) = channel();
    let path = shower.path().to_owned();
    let showing = std::thread::spawn(move || {
        pair_show(&path, Some("127.0.0.1:0"), |state| {
            if let PairingState::Showing { addresses, .. } = state {
                let _ = shown.send(addresses[0].clone());
            }
        })
    });
    let address = wait.recv_timeout(DEADLINE).expect("a code is shown");
    for left in ["2 tries are left", "1 try is left", "third wrong try"] {
        let error = pair_join(joiner.path(), WRONG, Some(&address), |_| {}).expect_err("refused");
        assert!(error.to_string().contains(left), "{error}");
    }
    assert!(matches!(
        showing.join().expect("ended"),
        Err(MeshError::TooManyTries)
    ));
    assert!(paired_peers(shower.path()).expect("read").is_empty());
    assert!(paired_peers(joiner.path()).expect("read").is_empty());
}

#[test]
fn an_address_where_nobody_listens_is_named() {
    let joiner = home();
    let error = pair_join(joiner.path(), WRONG, Some("127.0.0.1:1"), |_| {}).expect_err("refused");
    assert!(
        error
            .to_string()
            .contains("No node could be reached at `127.0.0.1:1`"),
        "{error}"
    );
}

#[test]
fn a_mesh_that_shows_no_code_is_told_from_one_that_does() {
    let (host, joiner) = (home(), home());
    let mut node = TestNode::start(options(host.path())).expect("starts");
    let address = node.address();
    let error = pair_join(joiner.path(), WRONG, Some(&address), |_| {}).expect_err("refused");
    assert!(
        error.to_string().contains("shows no pairing code"),
        "{error}"
    );
}

#[test]
fn nodes_pair_while_they_run_and_are_connected_at_once() {
    let (first, second) = (home(), home());
    let mut shower = TestNode::start(options(first.path())).expect("starts");
    let mut joiner = TestNode::start(options(second.path())).expect("starts");
    shower.ask(Command::ShowPairingCode);
    let (code, address) = shower.until("a code", |snapshot| match &snapshot.pairing {
        PairingState::Showing {
            code, addresses, ..
        } => Some((code.clone(), addresses[0].clone())),
        _ => None,
    });
    joiner.ask(Command::PairWithCode {
        code,
        address: Some(address),
    });
    let words = |node: &mut TestNode| {
        node.until("pairing", |snapshot| match &snapshot.pairing {
            PairingState::Paired { fingerprint, .. } => Some(fingerprint.clone()),
            PairingState::Failed(reason) => panic!("{reason}"),
            _ => None,
        })
    };
    assert_eq!(words(&mut shower), words(&mut joiner));
    let (one, other) = (shower.peer.clone(), joiner.peer.clone());
    shower.until_state(&other, PeerState::Ready);
    joiner.until_state(&one, PeerState::Ready);
}

#[test]
fn a_node_notices_a_pairing_done_by_the_command_line() {
    let (first, second) = (home(), home());
    let mut node = TestNode::start(options(first.path())).expect("starts");
    pair(first.path(), second.path());
    let other = paired_peers(first.path()).expect("read")[0].peer.clone();
    node.until("the new peer", |snapshot| {
        snapshot
            .peers
            .iter()
            .find(|card| card.peer == other)
            .map(drop)
    });
}

#[test]
fn an_unpaired_node_is_refused() {
    let (first, second) = paired_homes();
    let other = paired_peers(second.path()).expect("read")[0].peer.clone();
    // One side forgets; the other still believes that it is paired.
    let forgotten = paired_peers(first.path()).expect("read")[0].peer.clone();
    actor_mesh::forget_peer(first.path(), &forgotten).expect("removed");
    let mut refuser = TestNode::start(options(first.path())).expect("starts");
    let mut refused = TestNode::start(options(second.path())).expect("starts");
    let address = refuser.address();
    refused.ask(Command::Dial(address));
    refused.until_notice("No connection to");
    refused.until_state(&other, PeerState::Away);
    assert!(refuser.until("a snapshot", |snapshot| Some(snapshot.peers.is_empty())));
}

#[test]
fn a_forgotten_peer_is_cut_at_once() {
    let (first, second) = paired_homes();
    let mut one = TestNode::start(options(first.path())).expect("starts");
    let mut other = TestNode::start(options(second.path())).expect("starts");
    let (one_id, other_id) = (one.peer.clone(), other.peer.clone());
    one.until_state(&other_id, PeerState::Ready);
    other.until_state(&one_id, PeerState::Ready);
    let asked = Instant::now();
    one.ask(Command::ForgetPeer(other_id));
    other.until_state(&one_id, PeerState::Away);
    assert!(
        asked.elapsed() < Duration::from_secs(2),
        "{:?}",
        asked.elapsed()
    );
    assert!(one.until("an empty book", |snapshot| {
        snapshot.peers.is_empty().then_some(true)
    }));
}

#[test]
fn a_second_program_does_not_share_with_the_same_home() {
    let host = home();
    assert!(running_mesh(host.path()).expect("read").is_none());
    let mut node = TestNode::start(options(host.path())).expect("starts");
    let error = TestNode::start(options(host.path()))
        .err()
        .expect("refused")
        .to_string();
    assert!(
        error.contains("is already sharing with the home folder"),
        "{error}"
    );
    // The first one goes on, and others can read how it is.
    node.address();
    let deadline = Instant::now() + DEADLINE;
    let seen = loop {
        if let Some(seen) = running_mesh(host.path()).expect("read") {
            break seen;
        }
        assert!(Instant::now() < deadline, "the status file was not written");
        std::thread::yield_now();
    };
    assert_eq!(seen.me.peer, node.peer);
}

#[test]
fn while_sharing_is_off_no_port_is_open() {
    let host = home();
    let mut node = TestNode::start(options(host.path())).expect("starts");
    let address = node.address();
    std::net::TcpStream::connect(&address).expect("open while sharing");
    node.ask(Command::SetSharing(false));
    node.until("no sharing", |snapshot| (!snapshot.sharing).then_some(()));
    let deadline = Instant::now() + DEADLINE;
    while std::net::TcpStream::connect(&address).is_ok() {
        assert!(Instant::now() < deadline, "{address} is still open");
    }
    node.ask(Command::SetSharing(true));
    node.until("sharing", |snapshot| snapshot.sharing.then_some(()));
    assert_eq!(node.address(), address, "the port was chosen once");
}
