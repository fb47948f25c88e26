//! Gives a peer the blobs of its shelf, one after the other, in pieces.

use std::io;
use std::sync::Arc;

use actor_messages::JobId;
use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use kernel_tasks::Digest;
use serde::{Deserialize, Serialize};

use super::shelf::{Shelf, Side};
use super::wire::{self, Pulse, WireError};
use super::{CHUNK_BYTES, GREETING_BYTES_MAX, PROTOCOL_VERSION};

/// A blob is wanted.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct BlobRequest {
    /// Which end of the task.
    pub side: Side,
    /// The job.
    pub job: JobId,
    /// Which blob.
    pub digest: Digest,
    /// So many of its first bytes came earlier.
    pub from: u64,
}

/// Comes before the bytes that were not sent yet.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum BlobHead {
    /// It is here.
    Found {
        /// Length of the whole blob.
        bytes: u64,
    },
    /// It is not here, or not for this peer.
    Missing,
}

/// The first frame of both sides of a blob stream: a stream that was dropped on arrival never answers.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct BlobHello {
    /// `PROTOCOL_VERSION`; equal on both sides, since the control stream was greeted first.
    pub version: u32,
}

impl BlobHello {
    /// Ours.
    pub(crate) fn ours() -> Self {
        Self {
            version: PROTOCOL_VERSION,
        }
    }
}

/// Answers requests until the stream ends.
pub(crate) async fn run<S>(stream: S, shelf: Arc<Shelf>, pulse: Arc<Pulse>) -> Result<(), WireError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (mut reader, mut writer) = stream.split();
    let theirs: BlobHello = wire::read(&mut reader, GREETING_BYTES_MAX, None).await?;
    if theirs != BlobHello::ours() {
        return Err(WireError::Rules(
            "its blob stream is of another version".to_owned(),
        ));
    }
    wire::write(&mut writer, &BlobHello::ours(), GREETING_BYTES_MAX).await?;
    loop {
        let request: BlobRequest =
            wire::read(&mut reader, GREETING_BYTES_MAX, Some(&pulse)).await?;
        match shelf.get(request.side, &request.job, &request.digest) {
            Some(blob) => {
                let from = usize::try_from(request.from).unwrap_or(usize::MAX);
                let Some(rest) = blob.get(from..) else {
                    return Err(WireError::Rules(format!(
                        "it asked for byte {from} of a blob of {}",
                        blob.len()
                    )));
                };
                send(&mut writer, blob.len(), rest).await?;
                shelf.sent(request.side, &request.job, &request.digest);
            }
            None => wire::write(&mut writer, &BlobHead::Missing, GREETING_BYTES_MAX).await?,
        }
    }
}

async fn send<W: AsyncWrite + Unpin>(writer: &mut W, length: usize, rest: &[u8]) -> io::Result<()> {
    let head = BlobHead::Found {
        bytes: length as u64,
    };
    writer
        .write_all(&wire::encode(&head, GREETING_BYTES_MAX)?)
        .await?;
    for chunk in rest.chunks(CHUNK_BYTES) {
        writer.write_all(chunk).await?;
    }
    writer.flush().await
}
