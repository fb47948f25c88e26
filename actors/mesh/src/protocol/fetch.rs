//! Asks a peer for blobs over one stream and checks every byte before it is believed.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

use futures::io::{ReadHalf, WriteHalf};
use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use kernel_tasks::Digest;
use libp2p::PeerId;
use tokio::sync::mpsc;

use super::link::{Fetch, FetchFailure, NetEvent, SessionId};
use super::queue::{Queue, Room};
use super::serve::{BlobHead, BlobRequest};
use super::wire::{self, Pulse, WireError};
use super::{BLOB_BYTES_QUEUED_MAX, CHUNK_BYTES, FETCHES_AHEAD, GREETING_BYTES_MAX};

/// Answers every `Fetch` with one `NetEvent::Fetched`, in order, until the session ends or the stream breaks.
/// The stream was opened because of `first`.
pub(crate) async fn run<S>(
    stream: S,
    first: Fetch,
    mut wanted: mpsc::Receiver<Fetch>,
    (peer, session): (PeerId, SessionId),
    pulse: Arc<Pulse>,
    events: mpsc::Sender<NetEvent>,
) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (mut reader, mut writer) = stream.split();
    ask(&mut writer, &first).await?;
    let mut ahead = VecDeque::from([first]);
    let queue = Queue::new(BLOB_BYTES_QUEUED_MAX);
    loop {
        if ahead.is_empty() {
            let Some(fetch) = wanted.recv().await else {
                return Ok(());
            };
            ask(&mut writer, &fetch).await?;
            ahead.push_back(fetch);
        }
        while ahead.len() < FETCHES_AHEAD
            && let Ok(fetch) = wanted.try_recv()
        {
            ask(&mut writer, &fetch).await?;
            ahead.push_back(fetch);
        }
        writer.flush().await?;
        let Some(fetch) = ahead.pop_front() else {
            continue;
        };
        let (result, room) = match receive(&mut reader, &fetch, &pulse, &queue).await {
            Ok((bytes, room)) => (Ok(bytes), room),
            Err(failure) => (Err(failure), Room::none()),
        };
        let over = match &result {
            Err(FetchFailure::Broken(reason)) => Some(reason.clone()),
            Err(FetchFailure::Lied(reason)) => Some(reason.clone()),
            _ => None,
        };
        if events
            .send(NetEvent::Fetched {
                peer,
                session,
                fetch,
                result,
                room,
            })
            .await
            .is_err()
        {
            return Ok(());
        }
        if let Some(reason) = over {
            return Err(io::Error::other(reason));
        }
    }
}

async fn ask<S: AsyncRead + AsyncWrite + Unpin>(
    writer: &mut WriteHalf<S>,
    fetch: &Fetch,
) -> io::Result<()> {
    let request = BlobRequest {
        side: fetch.side,
        job: fetch.job.clone(),
        digest: fetch.digest,
    };
    writer
        .write_all(&wire::encode(&request, GREETING_BYTES_MAX)?)
        .await
}

async fn receive<S: AsyncRead + AsyncWrite + Unpin>(
    reader: &mut ReadHalf<S>,
    fetch: &Fetch,
    pulse: &Pulse,
    queue: &Queue,
) -> Result<(Arc<[u8]>, Room), FetchFailure> {
    let head = wire::read::<BlobHead, _>(reader, GREETING_BYTES_MAX, Some(pulse)).await;
    let bytes = match head.map_err(failure)? {
        BlobHead::Missing => return Err(FetchFailure::Missing),
        BlobHead::Found { bytes } => bytes,
    };
    if let Some(promised) = fetch.bytes
        && promised != bytes
    {
        let clause = format!("it promised a blob of {promised} bytes and sent {bytes}");
        return Err(FetchFailure::Lied(clause));
    }
    if bytes > fetch.bytes_max {
        let clause = format!(
            "it sent a blob of {bytes} bytes, and {} are allowed",
            fetch.bytes_max
        );
        return Err(FetchFailure::Lied(clause));
    }
    let length = usize::try_from(bytes)
        .map_err(|_| FetchFailure::Lied("its blob is longer than memory".to_owned()))?;
    let room = queue.reserve(length).await;
    pulse.touch();
    let mut blob = Vec::with_capacity(length.min(CHUNK_BYTES));
    let mut hasher = blake3::Hasher::new();
    while blob.len() < length {
        let from = blob.len();
        blob.resize(length.min(from + CHUNK_BYTES), 0);
        reader
            .read_exact(&mut blob[from..])
            .await
            .map_err(|error| failure(error.into()))?;
        hasher.update(&blob[from..]);
        pulse.touch();
    }
    if Digest::from(*hasher.finalize().as_bytes()) != fetch.digest {
        return Err(FetchFailure::Lied(format!(
            "the bytes that it sent are not those of blob {}",
            fetch.digest.short()
        )));
    }
    Ok((blob.into(), room))
}

fn failure(error: WireError) -> FetchFailure {
    match error {
        WireError::Broken(error) => FetchFailure::Broken(error.to_string()),
        WireError::Rules(clause) => FetchFailure::Lied(clause),
    }
}
