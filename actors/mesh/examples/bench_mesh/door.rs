//! Strangers at the door, and a plain TCP copy to compare with.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use super::{BULK_BLOBS, BULK_BYTES, blob};

/// Reads all that comes, and answers with one byte.
pub fn tcp_serve(address: &str) {
    let listener = TcpListener::bind(address).expect("the port is free");
    for stream in listener.incoming() {
        let mut stream = stream.expect("a connection");
        let mut chunk = vec![0; 64 * 1024];
        let mut left = [0; 8];
        stream.read_exact(&mut left).expect("a length");
        let mut left = u64::from_le_bytes(left);
        while left > 0 {
            let count = stream.read(&mut chunk).expect("bytes");
            left -= count as u64;
        }
        stream.write_all(&[1]).expect("answered");
    }
}

#[allow(clippy::print_stdout)]
pub fn tcp_copy(address: &str) {
    let bytes = BULK_BLOBS * BULK_BYTES;
    let mut stream = TcpStream::connect(address).expect("it listens");
    stream.set_nodelay(true).expect("a socket");
    let chunk = blob(7, 64 * 1024);
    let began = Instant::now();
    stream
        .write_all(&(bytes as u64).to_le_bytes())
        .expect("written");
    (0..bytes / chunk.len()).for_each(|_| stream.write_all(&chunk).expect("written"));
    stream.read_exact(&mut [0]).expect("answered");
    let mib_per_s = bytes as f64 / began.elapsed().as_secs_f64() / f64::from(1 << 20);
    println!("{{\"tcp_mib_per_s\":{mib_per_s:.1}}}");
}

/// Connections of strangers: garbage, silence, and true handshakes with keys that nobody knows.
#[allow(clippy::print_stdout)]
pub fn strangers(address: &str, count: usize) {
    let mut held = std::collections::VecDeque::new();
    let (mut garbage, mut silent, mut keys, mut refused) = (0, 0, 0, 0);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let (host, port) = address.split_once(':').expect("host:port");
    let multiaddress: libp2p::Multiaddr = format!("/ip4/{host}/tcp/{port}")
        .parse()
        .expect("an address");
    for number in 0..count {
        if number % 4 == 3 {
            keys += 1;
            let closed = runtime.block_on(stranger(multiaddress.clone()));
            refused += usize::from(closed);
            continue;
        }
        let Ok(mut stream) = TcpStream::connect(address) else {
            continue;
        };
        if number % 2 == 0 {
            garbage += 1;
            // It may be closed by now, which is as good.
            let _ = stream.write_all(&blob(number, 512));
        } else {
            silent += 1;
        }
        held.push_back(stream);
        if held.len() > 500 {
            held.pop_front();
        }
    }
    println!(
        "{{\"garbage\":{garbage},\"silent\":{silent},\"keys\":{keys},\"keys_refused\":{refused}}}"
    );
}

/// A handshake with a new key; whether no stream of the mesh could be opened.
async fn stranger(address: libp2p::Multiaddr) -> bool {
    use futures::StreamExt;
    use libp2p::swarm::SwarmEvent;
    let Ok(builder) = libp2p::SwarmBuilder::with_new_identity()
        .with_tokio()
        .with_tcp(
            libp2p::tcp::Config::default().nodelay(true),
            libp2p::noise::Config::new,
            libp2p::yamux::Config::default,
        )
    else {
        return true;
    };
    let behaviour = builder.with_behaviour(|_| libp2p_stream::Behaviour::new());
    let mut swarm = behaviour.expect("a behaviour").build();
    let mut control = swarm.behaviour().new_control();
    if swarm.dial(address).is_err() {
        return true;
    }
    let trying = async move {
        loop {
            match swarm.select_next_some().await {
                SwarmEvent::ConnectionEstablished { peer_id, .. } => {
                    let protocol = libp2p::StreamProtocol::new("/clisonix/mesh/1");
                    let mut opening = std::pin::pin!(control.open_stream(peer_id, protocol));
                    loop {
                        tokio::select! {
                            opened = &mut opening => return opened.is_err(),
                            event = swarm.select_next_some() => {
                                if let SwarmEvent::ConnectionClosed { .. } = event {
                                    return true;
                                }
                            }
                        }
                    }
                }
                SwarmEvent::OutgoingConnectionError { .. } => return true,
                _ => {}
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(5), trying)
        .await
        .unwrap_or(true)
}
