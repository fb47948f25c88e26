//! The promise about a blob whose line breaks: it goes on where it stopped once the peer is back, and is the same blob.

mod support;

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::time::Instant;

use actor_messages::work::{CloseJob, MemberChange};
use actor_messages::{Command, JobId, PeerState};
use support::job::TestJob;
use support::{DEADLINE, News, TestNode, options, paired_homes};

/// Rows and columns of the input: 32 MiB.
const SIDE: u32 = 4_096;
const INPUT_BYTES: u64 = SIDE as u64 * SIDE as u64 * 2;
/// The line carries so much from the giver to the taker, and breaks.
const PASSED_BYTES: usize = 24 << 20;
/// What was written when the line broke and had not been taken by the other side: windows and buffers of two sockets.
const IN_FLIGHT_BYTES_MAX: u64 = 12 << 20;

/// Carries one connection to `target`, and breaks it once so many bytes came back from there.
fn breaking_line(target: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("bound").to_string();
    std::thread::spawn(move || {
        let (near, _) = listener.accept().expect("the giver or taker connects");
        let far = TcpStream::connect(target).expect("the node listens");
        let (to_far, from_near) = (far.try_clone(), near.try_clone());
        let (mut to_far, mut from_near) = (to_far.expect("cloned"), from_near.expect("cloned"));
        std::thread::spawn(move || std::io::copy(&mut from_near, &mut to_far));
        let (mut from, mut to) = (&far, &near);
        let mut chunk = vec![0; 64 * 1024];
        let mut passed = 0;
        while passed < PASSED_BYTES {
            match from.read(&mut chunk) {
                Ok(count) if count > 0 && to.write_all(&chunk[..count]).is_ok() => passed += count,
                _ => break,
            }
        }
        // The other end may have closed it by now.
        let _ = near.shutdown(Shutdown::Both);
        let _ = far.shutdown(Shutdown::Both);
    });
    address
}

/// What pairing told of addresses is forgotten, so that the line is the only way.
fn forget_addresses(home: &Path) {
    let path = home.join("peers.json");
    let mut book: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&path).expect("read")).expect("JSON");
    book["peers"][0]["addresses"] = serde_json::json!([]);
    std::fs::write(&path, book.to_string()).expect("written");
}

/// Lengths of all blob streams that left, in the order in which they were opened.
fn given_bytes(record: &Path) -> Vec<u64> {
    let mut files: Vec<_> = std::fs::read_dir(record)
        .expect("a record")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.to_string_lossy().ends_with("-blobs-given.bin"))
        .collect();
    files.sort();
    let length = |path| std::fs::metadata(path).expect("there").len();
    files.iter().map(length).collect()
}

#[test]
fn a_blob_whose_line_broke_is_not_sent_again_from_its_beginning() {
    let homes = paired_homes();
    forget_addresses(homes.0.path());
    forget_addresses(homes.1.path());
    let record = tempfile::tempdir().expect("a folder");
    let mut recorded = options(homes.0.path());
    recorded.record_outgoing = Some(record.path().to_owned());
    let mut giver = TestNode::start(recorded).expect("starts");
    let taker = TestNode::start(options(homes.1.path())).expect("starts");
    // The taker calls the giver, so that what comes back on the line is the blob.
    taker.ask(Command::Dial(breaking_line(giver.address())));
    let peer = taker.peer.clone();
    giver.until_state(&peer, PeerState::Ready);

    let mut job = TestJob::square(SIDE);
    let members = giver.members(&job.job, true);
    job.give_all(&giver, &members, &peer);
    match giver.next() {
        News::Changed(changed) => assert_eq!(changed.change, MemberChange::Down),
        other => panic!("{other:?}"),
    }
    let close = |job: &JobId| CloseJob { job: job.clone() };
    giver.mesh.try_send(close(&job.job)).expect("room");

    // Now without the line: the taker knows by the greeting where the giver listens, or is told.
    taker.ask(Command::Dial(giver.address()));
    job.job = JobId(format!("{:016x}", 0xbb));
    let began = Instant::now();
    let members = loop {
        let members = giver.members(&job.job, true);
        if members.members.len() == 2 {
            break members;
        }
        assert!(began.elapsed() < DEADLINE, "the taker did not come back");
    };
    job.give_all(&giver, &members, &peer);
    match giver.next() {
        News::Finished(finished) => {
            let output = finished.output.expect("computed");
            assert!(output[..] == job.expected[&finished.id][..], "bytes differ");
        }
        other => panic!("{other:?}"),
    }

    let given = given_bytes(record.path());
    assert_eq!(given.len(), 2, "{given:?}");
    let again = given[0] + given[1] - INPUT_BYTES;
    assert!(given[0] >= PASSED_BYTES as u64 / 2, "{given:?}");
    assert!(
        again < IN_FLIGHT_BYTES_MAX,
        "of {INPUT_BYTES} bytes {again} were sent again: {given:?}"
    );
}
