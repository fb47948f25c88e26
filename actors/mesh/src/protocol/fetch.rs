//! Asks a peer for blobs over one stream and checks every byte before it is believed.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;

use futures::io::{ReadHalf, WriteHalf};
use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use libp2p::PeerId;
use tokio::sync::mpsc;

use super::incoming::Incoming;
use super::link::{Fetch, FetchFailure, NetEvent, SessionId};
use super::partials::Partials;
use super::queue::{Queue, Room};
use super::serve::{BlobHead, BlobRequest};
use super::wire::{self, Pulse, WireError};
use super::{BLOB_BYTES_QUEUED_MAX, CHUNK_BYTES, FETCHES_AHEAD, GREETING_BYTES_MAX};

/// What a fetching stream knows of its session.
pub(crate) struct Source {
    /// Who is asked.
    pub peer: PeerId,
    /// In which session.
    pub session: SessionId,
    /// Its signs of life.
    pub pulse: Arc<Pulse>,
    /// What came of a blob before a line broke.
    pub partials: Arc<Partials>,
    /// The way to the deciding thread.
    pub events: mpsc::Sender<NetEvent>,
}

/// A blob that was asked for, with what came of it earlier.
struct Asked<'a> {
    fetch: Fetch,
    part: Option<Incoming>,
    source: &'a Source,
}

impl Drop for Asked<'_> {
    /// However the transfer ends before the blob is whole, also by the end of its session, what came is kept.
    fn drop(&mut self) {
        if let Some(part) = self.part.take()
            && part.filled() > 0
        {
            let Source { peer, partials, .. } = self.source;
            partials.keep(*peer, self.fetch.digest, part);
        }
    }
}

/// Answers every `Fetch` with one `NetEvent::Fetched`, in order, until the session ends or the stream breaks.
/// The stream was opened because of `first`.
pub(crate) async fn run<S>(
    stream: S,
    first: Fetch,
    mut wanted: mpsc::Receiver<Fetch>,
    source: Source,
) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (mut reader, mut writer) = stream.split();
    let mut ahead = VecDeque::from([ask(&mut writer, first, &source).await?]);
    let queue = Queue::new(BLOB_BYTES_QUEUED_MAX);
    loop {
        if ahead.is_empty() {
            let Some(fetch) = wanted.recv().await else {
                return Ok(());
            };
            ahead.push_back(ask(&mut writer, fetch, &source).await?);
        }
        while ahead.len() < FETCHES_AHEAD
            && let Ok(fetch) = wanted.try_recv()
        {
            ahead.push_back(ask(&mut writer, fetch, &source).await?);
        }
        writer.flush().await?;
        let Some(mut asked) = ahead.pop_front() else {
            continue;
        };
        let (result, room) = match receive(&mut reader, &mut asked, &queue).await {
            Ok((bytes, room)) => (Ok(bytes), room),
            Err(failure) => (Err(failure), Room::none()),
        };
        let over = match &result {
            Err(FetchFailure::Broken(reason)) => Some(reason.clone()),
            Err(FetchFailure::Lied(reason)) => Some(reason.clone()),
            _ => None,
        };
        let fetch = asked.fetch.clone();
        drop(asked);
        let news = NetEvent::Fetched {
            peer: source.peer,
            session: source.session,
            fetch,
            result,
            room,
        };
        if source.events.send(news).await.is_err() {
            return Ok(());
        }
        if let Some(reason) = over {
            return Err(io::Error::other(reason));
        }
    }
}

async fn ask<'a, S: AsyncRead + AsyncWrite + Unpin>(
    writer: &mut WriteHalf<S>,
    fetch: Fetch,
    source: &'a Source,
) -> io::Result<Asked<'a>> {
    let part = source.partials.take(source.peer, &fetch.digest);
    let request = BlobRequest {
        side: fetch.side,
        job: fetch.job.clone(),
        digest: fetch.digest,
        from: part.as_ref().map_or(0, Incoming::filled) as u64,
    };
    let asked = Asked {
        fetch,
        part,
        source,
    };
    writer
        .write_all(&wire::encode(&request, GREETING_BYTES_MAX)?)
        .await?;
    Ok(asked)
}

async fn receive<S: AsyncRead + AsyncWrite + Unpin>(
    reader: &mut ReadHalf<S>,
    asked: &mut Asked<'_>,
    queue: &Queue,
) -> Result<(Arc<[u8]>, Room), FetchFailure> {
    let Asked {
        fetch,
        part,
        source,
    } = asked;
    let pulse = &source.pulse;
    let head = wire::read::<BlobHead, _>(reader, GREETING_BYTES_MAX, Some(pulse)).await;
    let bytes = match head.map_err(failure)? {
        BlobHead::Missing => return Err(FetchFailure::Missing),
        BlobHead::Found { bytes } => bytes,
    };
    check_length(fetch, part.as_ref(), bytes)?;
    let length = usize::try_from(bytes)
        .map_err(|_| FetchFailure::Lied("its blob is longer than memory".to_owned()))?;
    let room = queue.reserve(length).await;
    pulse.touch();
    let blob = part.get_or_insert_with(|| Incoming::new(length));
    while blob.filled() < length {
        let chunk = blob.chunk_mut(CHUNK_BYTES);
        let count = chunk.len();
        reader
            .read_exact(chunk)
            .await
            .map_err(|error| failure(error.into()))?;
        blob.chunk_filled(count);
        pulse.touch();
    }
    // Taken out, so that it is not kept as a part: whole or false, it is of no use there.
    let Some(blob) = part.take().filter(|blob| blob.digest() == fetch.digest) else {
        return Err(FetchFailure::Lied(format!(
            "the bytes that it sent are not those of blob {}",
            fetch.digest.short()
        )));
    };
    Ok((blob.into_bytes(), room))
}

/// Whether a blob may be as long as its sender says.
fn check_length(fetch: &Fetch, part: Option<&Incoming>, bytes: u64) -> Result<(), FetchFailure> {
    if let Some(promised) = fetch.bytes
        && promised != bytes
    {
        let clause = format!("it promised a blob of {promised} bytes and sent {bytes}");
        return Err(FetchFailure::Lied(clause));
    }
    if let Some(earlier) = part.map(|part| part.length() as u64)
        && earlier != bytes
    {
        let clause = format!("it sent a part of a blob of {earlier} bytes and now one of {bytes}");
        return Err(FetchFailure::Lied(clause));
    }
    if bytes > fetch.bytes_max {
        let clause = format!(
            "it sent a blob of {bytes} bytes, and {} are allowed",
            fetch.bytes_max
        );
        return Err(FetchFailure::Lied(clause));
    }
    Ok(())
}

fn failure(error: WireError) -> FetchFailure {
    match error {
        WireError::Broken(error) => FetchFailure::Broken(error.to_string()),
        WireError::Rules(clause) => FetchFailure::Lied(clause),
    }
}
