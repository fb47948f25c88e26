//! The same bytes over a bare libp2p stream, without hashing and without the mesh: what its encryption and multiplexing leave reachable.

use std::time::Instant;

use futures::{AsyncReadExt, AsyncWriteExt, StreamExt};
use libp2p::swarm::SwarmEvent;
use libp2p::{Multiaddr, StreamProtocol, Swarm, SwarmBuilder, noise, tcp, yamux};

use super::{BULK_BLOBS, BULK_BYTES, blob};

const PROTOCOL: StreamProtocol = StreamProtocol::new("/clisonix/bench/1");
/// Written and read at once.
const CHUNK_BYTES: usize = 256 * 1024;

fn swarm() -> Swarm<libp2p_stream::Behaviour> {
    SwarmBuilder::with_new_identity()
        .with_tokio()
        .with_tcp(
            tcp::Config::default().nodelay(true),
            noise::Config::new,
            yamux::Config::default,
        )
        .expect("a transport")
        .with_behaviour(|_| libp2p_stream::Behaviour::new())
        .expect("a behaviour")
        .build()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("a runtime")
}

fn multiaddress(address: &str) -> Multiaddr {
    let (host, port) = address.split_once(':').expect("host:port");
    format!("/ip4/{host}/tcp/{port}")
        .parse()
        .expect("an address")
}

/// Reads all that comes on each stream, and answers with one byte.
pub fn serve(address: &str) {
    runtime().block_on(async {
        let mut swarm = swarm();
        swarm
            .listen_on(multiaddress(address))
            .expect("the port is free");
        let mut control = swarm.behaviour().new_control();
        let mut streams = control.accept(PROTOCOL).expect("it is not taken");
        tokio::spawn(async move {
            let mut chunk = vec![0; CHUNK_BYTES];
            while let Some((_, mut stream)) = streams.next().await {
                let mut left = BULK_BLOBS * BULK_BYTES;
                while left > 0 {
                    match stream.read(&mut chunk).await {
                        Ok(count) if count > 0 => left -= count,
                        _ => break,
                    }
                }
                // Whoever asked may be gone.
                let _ = stream.write_all(&[1]).await;
                let _ = stream.close().await;
            }
        });
        loop {
            swarm.select_next_some().await;
        }
    });
}

/// Prints how fast the bulk of `measure` goes over one stream.
#[allow(clippy::print_stdout)]
pub fn copy(address: &str) {
    runtime().block_on(async {
        let mut swarm = swarm();
        swarm
            .dial(multiaddress(address))
            .expect("it can be dialled");
        let peer = loop {
            if let SwarmEvent::ConnectionEstablished { peer_id, .. } =
                swarm.select_next_some().await
            {
                break peer_id;
            }
        };
        let mut control = swarm.behaviour().new_control();
        tokio::spawn(async move {
            loop {
                swarm.select_next_some().await;
            }
        });
        let mut stream = control.open_stream(peer, PROTOCOL).await.expect("a stream");
        let bytes = blob(7, BULK_BYTES);
        let began = Instant::now();
        for _ in 0..BULK_BLOBS {
            for chunk in bytes.chunks(CHUNK_BYTES) {
                stream.write_all(chunk).await.expect("written");
            }
        }
        stream.flush().await.expect("flushed");
        stream.read_exact(&mut [0]).await.expect("answered");
        let mib_per_s =
            (BULK_BLOBS * BULK_BYTES) as f64 / began.elapsed().as_secs_f64() / f64::from(1 << 20);
        println!("{{\"stream_mib_per_s\":{mib_per_s:.1}}}");
    });
}
