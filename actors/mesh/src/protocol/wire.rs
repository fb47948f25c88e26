//! Length-prefixed frames on any byte stream: a bound before each allocation, and signs of life while bytes arrive.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::CHUNK_BYTES;
use super::queue::{Queue, Room};

/// When bytes last came from a peer. Bulk counts too: a slow line is no lost peer.
#[derive(Debug)]
pub(crate) struct Pulse {
    began: Instant,
    heard_ms: AtomicU64,
}

impl Pulse {
    /// Begins with a sign of life.
    pub(crate) fn new() -> Self {
        Self {
            began: Instant::now(),
            heard_ms: AtomicU64::new(0),
        }
    }

    /// Bytes came.
    pub(crate) fn touch(&self) {
        self.heard_ms.store(self.elapsed_ms(), Ordering::Relaxed);
    }

    /// How long nothing came.
    pub(crate) fn silence(&self) -> Duration {
        let heard_ms = self.heard_ms.load(Ordering::Relaxed);
        Duration::from_millis(self.elapsed_ms().saturating_sub(heard_ms))
    }

    /// Microseconds since the session began, for round trips.
    pub(crate) fn now_us(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// Why a frame could not be read.
#[derive(Debug)]
pub(crate) enum WireError {
    /// The stream ended or broke.
    Broken(io::Error),
    /// The other side broke the rules; one clause.
    Rules(String),
}

impl From<io::Error> for WireError {
    fn from(error: io::Error) -> Self {
        Self::Broken(error)
    }
}

/// A frame as it goes over the wire: four bytes of length, big endian, then postcard.
pub(crate) fn encode<T: Serialize>(message: &T, bytes_max: usize) -> io::Result<Vec<u8>> {
    let mut frame = postcard::to_extend(message, vec![0; 4]).map_err(io::Error::other)?;
    let length = frame.len() - 4;
    if length > bytes_max {
        return Err(io::Error::other(format!(
            "a frame of {length} bytes is longer than {bytes_max}"
        )));
    }
    // A frame is shorter than 4 GiB, since every bound is.
    frame[..4].copy_from_slice(&(length as u32).to_be_bytes());
    Ok(frame)
}

/// Writes one frame and flushes it.
pub(crate) async fn write<T: Serialize, W: AsyncWrite + Unpin>(
    writer: &mut W,
    message: &T,
    bytes_max: usize,
) -> io::Result<()> {
    writer.write_all(&encode(message, bytes_max)?).await?;
    writer.flush().await
}

/// Reads the bytes of one frame; memory grows with what arrives, not with what is claimed.
pub(crate) async fn read_bytes<R: AsyncRead + Unpin>(
    reader: &mut R,
    bytes_max: usize,
    pulse: Option<&Pulse>,
) -> Result<Vec<u8>, WireError> {
    let length = read_length(reader, bytes_max).await?;
    read_body(reader, length, pulse).await
}

async fn read_length<R: AsyncRead + Unpin>(
    reader: &mut R,
    bytes_max: usize,
) -> Result<usize, WireError> {
    let mut length = [0; 4];
    reader.read_exact(&mut length).await?;
    let length = u32::from_be_bytes(length) as usize;
    if length > bytes_max {
        return Err(WireError::Rules(format!(
            "it announced a frame of {length} bytes, and {bytes_max} are allowed"
        )));
    }
    Ok(length)
}

async fn read_body<R: AsyncRead + Unpin>(
    reader: &mut R,
    length: usize,
    pulse: Option<&Pulse>,
) -> Result<Vec<u8>, WireError> {
    let mut bytes = Vec::with_capacity(length.min(CHUNK_BYTES));
    while bytes.len() < length {
        let from = bytes.len();
        bytes.resize(length.min(from + CHUNK_BYTES), 0);
        reader.read_exact(&mut bytes[from..]).await?;
        if let Some(pulse) = pulse {
            pulse.touch();
        }
    }
    Ok(bytes)
}

/// Reads one frame.
pub(crate) async fn read<T: DeserializeOwned, R: AsyncRead + Unpin>(
    reader: &mut R,
    bytes_max: usize,
    pulse: Option<&Pulse>,
) -> Result<T, WireError> {
    let bytes = read_bytes(reader, bytes_max, pulse).await?;
    decode(&bytes)
}

/// Reads one frame once the queue has room for it: until then its bytes stay with the peer.
pub(crate) async fn read_queued<T: DeserializeOwned, R: AsyncRead + Unpin>(
    reader: &mut R,
    bytes_max: usize,
    pulse: &Pulse,
    queue: &Queue,
) -> Result<(T, Room), WireError> {
    let length = read_length(reader, bytes_max).await?;
    let room = queue.reserve(length).await;
    let bytes = read_body(reader, length, Some(pulse)).await?;
    Ok((decode(&bytes)?, room))
}

fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, WireError> {
    postcard::from_bytes(bytes)
        .map_err(|_| WireError::Rules("it sent a frame that cannot be read".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::executor::block_on;
    use futures::io::Cursor;

    #[test]
    fn a_frame_comes_back_as_it_went() {
        let bytes = encode(&("slices", 42_u64), 100).expect("short");
        let back: (String, u64) =
            block_on(read(&mut Cursor::new(bytes), 100, None)).expect("whole");
        assert_eq!(back, ("slices".to_owned(), 42));
    }

    #[test]
    fn a_claimed_length_over_the_bound_is_refused_before_memory_is_taken() {
        let mut bytes = u32::MAX.to_be_bytes().to_vec();
        bytes.extend([0; 16]);
        let refused = block_on(read::<u64, _>(&mut Cursor::new(bytes), 1_000, None));
        assert!(matches!(refused, Err(WireError::Rules(_))));
    }

    #[test]
    fn a_frame_that_is_too_long_is_not_sent() {
        assert!(encode(&vec![0_u8; 200], 100).is_err());
    }
}
