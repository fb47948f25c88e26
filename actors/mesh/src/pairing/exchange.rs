//! The messages of a pairing over one stream: SPAKE2, a proof of the key from each side, then names and ports.
//!
//! The joining side proves first. Whoever guesses learns from the showing side only whether that one guess was right.

use std::time::Duration;

use futures::{AsyncRead, AsyncReadExt, AsyncWrite};
use libp2p::PeerId;
use serde::{Deserialize, Serialize};
use spake2::{Ed25519Group, Identity, Spake2};
use tokio::time::timeout;

use super::WRONG_TRIES_MAX;
use super::code::Code;
use crate::address_book::PairedPeer;
use crate::error::MeshError;
use crate::protocol::wire::{self, WireError};

/// Version of these messages.
const PAIRING_VERSION: u32 = 1;
/// Longest message of a pairing.
const MESSAGE_BYTES_MAX: usize = 1_024;
/// A pairing that stands still for so long is over.
const EXCHANGE_MAX: Duration = Duration::from_secs(8);
/// How long a side waits for the other to have read its last message.
const FAREWELL: Duration = Duration::from_secs(1);
const CONFIRMATION_DOMAIN: &str = "clisonix 2026-11 pairing key confirmation v1";

/// What the sides tell about themselves once each knows that the other has the code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Card {
    /// The name shown to people.
    pub name: String,
    /// The TCP port of the mesh.
    pub port: u16,
}

/// A message of a pairing.
#[derive(Debug, Serialize, Deserialize)]
enum Message {
    /// From the joining side; the version keeps its place in every version.
    Start { version: u32, share: Vec<u8> },
    /// From the showing side.
    Reply { version: u32, share: Vec<u8> },
    /// That the sender has the same key.
    Proof([u8; 32]),
    /// The proof was wrong.
    Refused { tries_left: u32 },
    /// Who the sender is.
    Card(Card),
}

/// How a try ended on the showing side.
#[derive(Debug)]
pub(super) enum Tried {
    /// The other node has the code and is remembered.
    Paired(PairedPeer),
    /// It does not have the code.
    WrongCode,
    /// It did not get so far as to guess.
    Aborted,
    /// It has the code, and the pairing failed all the same.
    Failed(MeshError),
}

/// The showing side of one try. `wrong_tries` counts those before.
pub(super) async fn show<S, R>(
    mut stream: S,
    (me, joiner): (PeerId, PeerId),
    code: &Code,
    card: Card,
    wrong_tries: u32,
    remember: R,
) -> Tried
where
    S: AsyncRead + AsyncWrite + Unpin,
    R: FnOnce(&Card) -> Result<PairedPeer, MeshError>,
{
    let trying = try_shown(&mut stream, (me, joiner), code, card, wrong_tries, remember);
    let tried = timeout(EXCHANGE_MAX, trying)
        .await
        .unwrap_or(Ok(Tried::Aborted));
    // The stream stays open until the other side has read the last message and closes it.
    let _ = timeout(FAREWELL, stream.read(&mut [0])).await;
    tried.unwrap_or(Tried::Aborted)
}

async fn try_shown<S, R>(
    stream: &mut S,
    (me, joiner): (PeerId, PeerId),
    code: &Code,
    card: Card,
    wrong_tries: u32,
    remember: R,
) -> Result<Tried, MeshError>
where
    S: AsyncRead + AsyncWrite + Unpin,
    R: FnOnce(&Card) -> Result<PairedPeer, MeshError>,
{
    let Message::Start {
        version,
        share: theirs,
    } = read(stream).await?
    else {
        return Ok(Tried::Aborted);
    };
    let (state, ours) =
        Spake2::<Ed25519Group>::start_b(&code.password(), &identity(joiner), &identity(me));
    write(
        stream,
        &Message::Reply {
            version: PAIRING_VERSION,
            share: ours.clone(),
        },
    )
    .await?;
    if version != PAIRING_VERSION {
        return Ok(Tried::Aborted);
    }
    let Ok(key) = state.finish(&theirs) else {
        return Ok(Tried::Aborted);
    };
    let proofs = Proofs::new(&key, (joiner, me), (&theirs, &ours));
    let Message::Proof(proof) = read(stream).await? else {
        return Ok(Tried::Aborted);
    };
    if blake3::Hash::from_bytes(proof) != proofs.joiner {
        let tries_left = WRONG_TRIES_MAX.saturating_sub(wrong_tries + 1);
        // That the try counts does not depend on whether the other side hears of it.
        let _ = write(stream, &Message::Refused { tries_left }).await;
        return Ok(Tried::WrongCode);
    }
    write(stream, &Message::Proof(*proofs.shower.as_bytes())).await?;
    let Message::Card(theirs) = read(stream).await? else {
        return Ok(Tried::Aborted);
    };
    let paired = match remember(&theirs) {
        Ok(paired) => paired,
        Err(error) => return Ok(Tried::Failed(error)),
    };
    write(stream, &Message::Card(card)).await?;
    Ok(Tried::Paired(paired))
}

/// The joining side.
pub(super) async fn join<S, R>(
    mut stream: S,
    (me, shower): (PeerId, PeerId),
    code: &Code,
    card: Card,
    remember: R,
) -> Result<PairedPeer, MeshError>
where
    S: AsyncRead + AsyncWrite + Unpin,
    R: FnOnce(&Card) -> Result<PairedPeer, MeshError>,
{
    let trying = try_join(&mut stream, (me, shower), code, card, remember);
    let late = MeshError::Connection("it did not answer in time".to_owned());
    timeout(EXCHANGE_MAX, trying).await.unwrap_or(Err(late))
}

async fn try_join<S, R>(
    stream: &mut S,
    (me, shower): (PeerId, PeerId),
    code: &Code,
    card: Card,
    remember: R,
) -> Result<PairedPeer, MeshError>
where
    S: AsyncRead + AsyncWrite + Unpin,
    R: FnOnce(&Card) -> Result<PairedPeer, MeshError>,
{
    let unexpected = || MeshError::Protocol("it sent a message out of turn".to_owned());
    let (state, ours) =
        Spake2::<Ed25519Group>::start_a(&code.password(), &identity(me), &identity(shower));
    write(
        stream,
        &Message::Start {
            version: PAIRING_VERSION,
            share: ours.clone(),
        },
    )
    .await?;
    let Message::Reply {
        version,
        share: theirs,
    } = read(stream).await?
    else {
        return Err(unexpected());
    };
    if version != PAIRING_VERSION {
        let name = "the other node".to_owned();
        return Err(MeshError::Version {
            name,
            ours: PAIRING_VERSION,
            theirs: version,
        });
    }
    let key = state
        .finish(&theirs)
        .map_err(|_| MeshError::Protocol("its part of the key is malformed".to_owned()))?;
    let proofs = Proofs::new(&key, (me, shower), (&ours, &theirs));
    write(stream, &Message::Proof(*proofs.joiner.as_bytes())).await?;
    match read(stream).await? {
        Message::Proof(proof) if blake3::Hash::from_bytes(proof) == proofs.shower => {}
        Message::Proof(_) => {
            return Err(MeshError::Protocol(
                "it does not know the code that it shows".to_owned(),
            ));
        }
        Message::Refused { tries_left } => return Err(MeshError::CodeRefused { tries_left }),
        _ => return Err(unexpected()),
    }
    write(stream, &Message::Card(card)).await?;
    let Message::Card(theirs) = read(stream).await? else {
        return Err(unexpected());
    };
    remember(&theirs)
}

fn identity(peer: PeerId) -> Identity {
    Identity::new(&peer.to_bytes())
}

/// What each side sends to show that it has the key, over everything that was said.
struct Proofs {
    joiner: blake3::Hash,
    shower: blake3::Hash,
}

impl Proofs {
    fn new(key: &[u8], (joiner, shower): (PeerId, PeerId), shares: (&[u8], &[u8])) -> Self {
        let key = blake3::derive_key(CONFIRMATION_DOMAIN, key);
        let mut said = Vec::new();
        for part in [
            &joiner.to_bytes()[..],
            &shower.to_bytes(),
            shares.0,
            shares.1,
        ] {
            said.extend((part.len() as u64).to_le_bytes());
            said.extend(part);
        }
        let proof = |role: &[u8]| blake3::keyed_hash(&key, &[role, &said[..]].concat());
        Self {
            joiner: proof(b"joiner\0"),
            shower: proof(b"shower\0"),
        }
    }
}

async fn write<S: AsyncWrite + Unpin>(stream: &mut S, message: &Message) -> Result<(), MeshError> {
    wire::write(stream, message, MESSAGE_BYTES_MAX)
        .await
        .map_err(|error| MeshError::Connection(error.to_string()))
}

async fn read<S: AsyncRead + Unpin>(stream: &mut S) -> Result<Message, MeshError> {
    wire::read(stream, MESSAGE_BYTES_MAX, None)
        .await
        .map_err(|error| match error {
            WireError::Broken(error) => MeshError::Connection(error.to_string()),
            WireError::Rules(clause) => MeshError::Protocol(clause),
        })
}
