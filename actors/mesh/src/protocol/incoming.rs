//! A blob on its way here: its bytes so far, and their hash, which is carried on while they are warm.

use std::sync::Arc;

use kernel_tasks::Digest;

use super::BLOB_BYTES_QUEUED_MAX;

/// Bytes that have come, in order.
pub(crate) struct Incoming {
    length: usize,
    filled: usize,
    bytes: Bytes,
    hasher: blake3::Hasher,
}

enum Bytes {
    /// The queue has room for all of it: it is read to where it stays.
    Whole(Arc<[u8]>),
    /// Memory grows with what arrives, not with what is claimed.
    Growing(Vec<u8>),
}

impl Incoming {
    /// Nothing yet of a blob of this length.
    pub(crate) fn new(length: usize) -> Self {
        let bytes = if length <= BLOB_BYTES_QUEUED_MAX {
            Bytes::Whole(std::iter::repeat_n(0, length).collect())
        } else {
            Bytes::Growing(Vec::with_capacity(BLOB_BYTES_QUEUED_MAX))
        };
        Self {
            length,
            filled: 0,
            bytes,
            hasher: blake3::Hasher::new(),
        }
    }

    /// Length of the whole blob.
    pub(crate) fn length(&self) -> usize {
        self.length
    }

    /// Bytes that have come.
    pub(crate) fn filled(&self) -> usize {
        self.filled
    }

    /// Memory that it takes.
    pub(crate) fn bytes_held(&self) -> usize {
        match &self.bytes {
            Bytes::Whole(bytes) => bytes.len(),
            Bytes::Growing(bytes) => bytes.capacity(),
        }
    }

    /// Where the next bytes go, at most so many; empty once all have come.
    pub(crate) fn chunk_mut(&mut self, bytes_max: usize) -> &mut [u8] {
        let (from, to) = (self.filled, self.length.min(self.filled + bytes_max));
        match &mut self.bytes {
            // Nobody else holds it before it is whole.
            Bytes::Whole(bytes) => {
                Arc::get_mut(bytes).map_or(&mut [], |bytes| &mut bytes[from..to])
            }
            Bytes::Growing(bytes) => {
                bytes.resize(to, 0);
                &mut bytes[from..]
            }
        }
    }

    /// So many bytes of the last chunk came.
    pub(crate) fn chunk_filled(&mut self, count: usize) {
        let from = self.filled;
        self.filled = self.length.min(from + count);
        let chunk = match &self.bytes {
            Bytes::Whole(bytes) => &bytes[from..self.filled],
            Bytes::Growing(bytes) => &bytes[from..self.filled],
        };
        self.hasher.update(chunk);
    }

    /// The digest of what has come.
    pub(crate) fn digest(&self) -> Digest {
        Digest::from(*self.hasher.finalize().as_bytes())
    }

    /// The blob.
    pub(crate) fn into_bytes(self) -> Arc<[u8]> {
        match self.bytes {
            Bytes::Whole(bytes) => bytes,
            Bytes::Growing(bytes) => bytes.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(length: usize, pieces: &[usize]) -> Incoming {
        let mut incoming = Incoming::new(length);
        for piece in pieces {
            let from = incoming.filled();
            let chunk = incoming.chunk_mut(*piece);
            let count = chunk.len();
            for (at, byte) in chunk.iter_mut().enumerate() {
                *byte = ((from + at) % 251) as u8;
            }
            incoming.chunk_filled(count);
        }
        incoming
    }

    fn check(length: usize, pieces: &[usize]) {
        let incoming = filled(length, pieces);
        let wanted: Vec<u8> = (0..length).map(|at| (at % 251) as u8).collect();
        assert_eq!(incoming.filled(), length);
        assert_eq!(incoming.digest(), Digest::of(&wanted));
        assert!(incoming.into_bytes()[..] == wanted[..], "bytes differ");
    }

    #[test]
    fn pieces_of_any_size_give_the_blob_and_its_digest() {
        check(0, &[]);
        check(1_000, &[1, 999]);
        check(1_000, &[400, 400, 400]);
        let long = BLOB_BYTES_QUEUED_MAX + 3;
        check(long, &[BLOB_BYTES_QUEUED_MAX, 1, 100]);
    }

    #[test]
    fn a_claimed_length_takes_no_memory_before_its_bytes_come() {
        let claimed = Incoming::new(usize::MAX / 2);
        assert!(claimed.bytes_held() <= BLOB_BYTES_QUEUED_MAX);
    }
}
