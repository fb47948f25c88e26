//! Promises about a paired node that has gone bad: it is cut, named, not asked again until the user says so, and a job of others goes on.

mod support;

use std::path::Path;
use std::time::Duration;

use actor_messages::{Command, PeerState};
use futures::{AsyncReadExt, AsyncWriteExt, StreamExt};
use libp2p::identity::Keypair;
use libp2p::swarm::dial_opts::DialOpts;
use libp2p::{Multiaddr, PeerId, Stream, StreamProtocol, SwarmBuilder, noise, tcp, yamux};
use serde::Serialize;
use support::{TestNode, options, paired_homes};

const CONTROL: StreamProtocol = StreamProtocol::new("/clisonix/mesh/1");
const BLOBS: StreamProtocol = StreamProtocol::new("/clisonix/blob/1");

/// The greeting as it goes over the wire.
#[derive(Serialize)]
struct Hello {
    version: u32,
    name: &'static str,
    capacity: u32,
    memory_bytes: u64,
    numeric_class: [u8; 32],
    incarnation: u64,
    port: u16,
}

/// The version that the nodes of this source speak.
const VERSION: u32 = 3;

fn frame(body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).expect("short");
    [&length.to_be_bytes()[..], body].concat()
}

fn greeting(version: u32) -> Vec<u8> {
    let hello = Hello {
        version,
        name: "annex",
        capacity: 1,
        memory_bytes: 1,
        numeric_class: [7; 32],
        incarnation: 1,
        port: 0,
    };
    frame(&postcard::to_allocvec(&hello).expect("encodes"))
}

/// The way of a bad node to a good one: the stream after both have greeted, and more streams where it wants them.
struct Bad {
    control: libp2p_stream::Control,
    victim: PeerId,
    stream: Stream,
}

/// A good node and the home of a bad one that is paired with it. The bad one has the lower peer id, and so opens the streams.
fn stage() -> (TestNode, tempfile::TempDir, tempfile::TempDir) {
    loop {
        let homes = paired_homes();
        let victim = TestNode::start(options(homes.0.path())).expect("starts");
        let good: PeerId = victim.peer.parse().expect("a peer id");
        if PeerId::from(key(homes.1.path()).public()) < good {
            return (victim, homes.0, homes.1);
        }
    }
}

fn key(home: &Path) -> Keypair {
    let bytes = std::fs::read(home.join("identity.key")).expect("a key");
    Keypair::from_protobuf_encoding(&bytes).expect("a key")
}

/// Connects as the bad node, greets as of a version, and does harm until it is done or cut.
fn attack<F>(victim: &mut TestNode, home: &Path, version: u32, harm: impl FnOnce(Bad) -> F)
where
    F: Future<Output = std::io::Result<()>>,
{
    let address = victim.address();
    let (host, port) = address.split_once(':').expect("host:port");
    let address: Multiaddr = format!("/ip4/{host}/tcp/{port}")
        .parse()
        .expect("an address");
    let peer: PeerId = victim.peer.parse().expect("a peer id");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let mut swarm = SwarmBuilder::with_existing_identity(key(home))
            .with_tokio()
            .with_tcp(
                tcp::Config::default().nodelay(true),
                noise::Config::new,
                yamux::Config::default,
            )
            .expect("a transport")
            .with_behaviour(|_| libp2p_stream::Behaviour::new())
            .expect("a behaviour")
            .with_swarm_config(|config| {
                config.with_idle_connection_timeout(Duration::from_secs(30))
            })
            .build();
        let mut control = swarm.behaviour().new_control();
        let dial = DialOpts::peer_id(peer).addresses(vec![address]).build();
        swarm.dial(dial).expect("dialled");
        tokio::spawn(async move {
            loop {
                swarm.select_next_some().await;
            }
        });
        let mut stream = control.open_stream(peer, CONTROL).await.expect("connected");
        stream.write_all(&greeting(version)).await.expect("greeted");
        stream.flush().await.expect("greeted");
        let mut length = [0; 4];
        stream.read_exact(&mut length).await.expect("greeted back");
        let mut hello = vec![0; u32::from_be_bytes(length) as usize];
        stream.read_exact(&mut hello).await.expect("greeted back");
        let bad = Bad {
            control,
            victim: peer,
            stream,
        };
        // It ends when the good node closes the connection in the middle.
        let _ = tokio::time::timeout(Duration::from_secs(10), harm(bad)).await;
    });
    runtime.shutdown_background();
}

/// The bad node is cut for the reason given, stays cut, and comes back only when the user dials it.
fn is_cut(mut victim: TestNode, home: &Path, clause: &str) {
    let bad = PeerId::from(key(home).public()).to_string();
    victim.until_state(&bad, PeerState::Cut);
    let told = victim.until_notice(clause);
    assert!(
        told.contains("was cut") && told.contains("dial it to trust it again"),
        "{told}"
    );
    // The bad node tries again, this time in good order, and is not let in.
    let mut again = TestNode::start(options(home)).expect("starts");
    let (good, address) = (victim.peer.clone(), victim.address());
    again.ask(Command::Dial(address));
    again.until_state(&good, PeerState::Away);
    victim.until_state(&bad, PeerState::Cut);
    victim.ask(Command::Dial(bad.clone()));
    victim.until_state(&bad, PeerState::Ready);
}

#[test]
fn a_peer_that_sends_garbage_is_cut() {
    let (mut victim, _good, home) = stage();
    attack(&mut victim, home.path(), VERSION, |mut bad| async move {
        bad.stream.write_all(&frame(&[0xff; 300])).await?;
        bad.stream.flush().await?;
        bad.stream.read_exact(&mut vec![0; 1_000_000]).await
    });
    is_cut(victim, home.path(), "a frame that cannot be read");
}

#[test]
fn a_peer_that_lies_about_the_length_of_a_frame_is_cut() {
    let (mut victim, _good, home) = stage();
    attack(&mut victim, home.path(), VERSION, |mut bad| async move {
        bad.stream.write_all(&u32::MAX.to_be_bytes()).await?;
        bad.stream.flush().await?;
        bad.stream.read_exact(&mut vec![0; 1_000_000]).await
    });
    is_cut(
        victim,
        home.path(),
        "it announced a frame of 4294967295 bytes",
    );
}

#[test]
fn a_peer_that_floods_is_cut() {
    let (mut victim, _good, home) = stage();
    attack(&mut victim, home.path(), VERSION, |bad| async move {
        // The answers are read away, so that only the flood itself can stop it.
        let (mut reader, mut writer) = bad.stream.split();
        let reading = async move {
            let mut away = [0; 4_096];
            while reader.read(&mut away).await? > 0 {}
            std::io::Result::Ok(())
        };
        // The echo of a heartbeat is the cheapest frame that there is.
        let echo = frame(&[1, 0]).repeat(1_000);
        let writing = async move {
            for _ in 0..10_000 {
                writer.write_all(&echo).await?;
                writer.flush().await?;
            }
            std::io::Result::Ok(())
        };
        futures::future::try_join(reading, writing).await.map(drop)
    });
    is_cut(victim, home.path(), "frames in a second");
}

#[test]
fn a_peer_that_opens_a_thousand_streams_is_cut() {
    let (mut victim, _good, home) = stage();
    attack(&mut victim, home.path(), VERSION, |bad| async move {
        let Bad {
            control,
            victim,
            stream,
        } = bad;
        let openings = (0..1_000).map(|_| {
            let mut control = control.clone();
            async move { control.open_stream(victim, BLOBS).await.ok() }
        });
        let opened = futures::stream::iter(openings).buffer_unordered(64);
        let opened: Vec<_> = opened.collect().await;
        drop((opened, stream));
        std::io::Result::Ok(())
    });
    is_cut(victim, home.path(), "streams in a second");
}

#[test]
fn a_peer_of_an_older_version_is_told_which_side_is_older_and_stays_paired() {
    let (mut victim, good, home) = stage();
    attack(
        &mut victim,
        home.path(),
        VERSION - 1,
        |mut bad| async move { bad.stream.read_exact(&mut vec![0; 1_000_000]).await },
    );
    let told = victim.until_notice("older version");
    assert!(
        told.contains("`annex`") && told.contains("update Clisonix there"),
        "{told}"
    );
    let paired = actor_mesh::paired_peers(good.path()).expect("read");
    assert_eq!((paired.len(), paired[0].cut.as_ref()), (1, None));
    // Once it is updated it takes part again, without being paired anew.
    let _updated = TestNode::start(options(home.path())).expect("starts");
    let bad = PeerId::from(key(home.path()).public()).to_string();
    victim.until_state(&bad, PeerState::Ready);
}
