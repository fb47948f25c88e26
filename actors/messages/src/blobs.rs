//! Inputs and results by content: a byte-bounded store that every actor may read.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kernel_tasks::{Blobs, Digest};

/// The store would exceed its bound.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("The job needs {wanted_bytes} bytes of memory for its inputs, and {bytes_max} are allowed")]
pub struct BlobStoreFull {
    /// Bytes that the store would hold.
    pub wanted_bytes: u64,
    /// Bytes that it may hold.
    pub bytes_max: u64,
}

/// Blobs by BLAKE3 digest. Cloning shares the store.
///
/// Invariant: `bytes` is the sum of the lengths held and never exceeds `bytes_max`.
#[derive(Clone)]
pub struct BlobStore {
    held: Arc<Mutex<Held>>,
    bytes_max: u64,
}

#[derive(Default)]
struct Held {
    blobs: BTreeMap<Digest, Arc<[u8]>>,
    bytes: u64,
}

impl BlobStore {
    /// An empty store that may hold `bytes_max` bytes.
    pub fn new(bytes_max: u64) -> Self {
        Self {
            held: Arc::default(),
            bytes_max,
        }
    }

    /// Keeps `bytes` under their digest and returns it; a blob already held costs nothing.
    pub fn insert(&self, bytes: Vec<u8>) -> Result<Digest, BlobStoreFull> {
        let digest = Digest::of(&bytes);
        self.insert_verified(digest, bytes.into())?;
        Ok(digest)
    }

    /// Keeps bytes whose digest the caller has computed already.
    pub fn insert_verified(&self, digest: Digest, bytes: Arc<[u8]>) -> Result<(), BlobStoreFull> {
        let mut held = self.lock();
        if held.blobs.contains_key(&digest) {
            return Ok(());
        }
        let wanted_bytes = held.bytes.saturating_add(bytes.len() as u64);
        if wanted_bytes > self.bytes_max {
            return Err(BlobStoreFull {
                wanted_bytes,
                bytes_max: self.bytes_max,
            });
        }
        held.bytes = wanted_bytes;
        held.blobs.insert(digest, bytes);
        Ok(())
    }

    /// Forgets a blob; one that is not held is no error.
    pub fn remove(&self, digest: &Digest) {
        let mut held = self.lock();
        if let Some(bytes) = held.blobs.remove(digest) {
            held.bytes -= bytes.len() as u64;
        }
    }

    /// Whether the blob is here.
    pub fn contains(&self, digest: &Digest) -> bool {
        self.lock().blobs.contains_key(digest)
    }

    /// Bytes held now.
    pub fn bytes(&self) -> u64 {
        self.lock().bytes
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        // Every change is complete before the guard is dropped, so a poisoned lock holds valid data.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Blobs for BlobStore {
    fn get(&self, digest: &Digest) -> Option<Arc<[u8]>> {
        self.lock().blobs.get(digest).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_store_refuses_and_keeps_what_it_has() {
        let store = BlobStore::new(4);
        let kept = store.insert(vec![1, 2, 3]).expect("fits");
        assert_eq!(
            store.insert(vec![4, 5]),
            Err(BlobStoreFull {
                wanted_bytes: 5,
                bytes_max: 4
            })
        );
        assert!(store.contains(&kept));
        store.remove(&kept);
        assert_eq!(store.bytes(), 0);
    }
}
