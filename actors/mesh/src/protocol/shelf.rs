//! The blobs that one peer may fetch from here: inputs of the jobs offered to it, outputs of its own jobs.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use actor_messages::{BlobStore, JobId};
use kernel_tasks::{Blobs, Digest};
use serde::{Deserialize, Serialize};

/// Which end of a task a blob belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Side {
    /// Sent by the submitter to who computes.
    Input,
    /// Sent back.
    Output,
}

/// Stores by job; a peer reaches those of its own shelf only.
#[derive(Default)]
pub(crate) struct Shelf {
    stores: Mutex<BTreeMap<(Side, JobId), BlobStore>>,
}

impl Shelf {
    /// Opens a job's store to the peer.
    pub(crate) fn put(&self, side: Side, job: JobId, store: BlobStore) {
        self.lock().insert((side, job), store);
    }

    /// Closes a job's store to the peer.
    pub(crate) fn take(&self, side: Side, job: &JobId) {
        self.lock().remove(&(side, job.clone()));
    }

    /// A blob, if the peer may have it and it is here.
    pub(crate) fn get(&self, side: Side, job: &JobId, digest: &Digest) -> Option<Arc<[u8]>> {
        let store = self.lock().get(&(side, job.clone())).cloned()?;
        store.get(digest)
    }

    /// An output that was sent whole is not needed here any more.
    pub(crate) fn sent(&self, side: Side, job: &JobId, digest: &Digest) {
        if side == Side::Output
            && let Some(store) = self.lock().get(&(side, job.clone()))
        {
            store.remove(digest);
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<(Side, JobId), BlobStore>> {
        // Each change is whole before the guard drops.
        self.stores.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_reaches_only_the_jobs_that_it_takes_part_in() {
        let shelf = Shelf::default();
        let (store, other) = (BlobStore::new(100), BlobStore::new(100));
        let digest = store.insert(vec![1]).expect("fits");
        let hidden = other.insert(vec![2]).expect("fits");
        let job = JobId("a".to_owned());
        shelf.put(Side::Input, job.clone(), store);
        assert!(shelf.get(Side::Input, &job, &digest).is_some());
        assert!(shelf.get(Side::Output, &job, &digest).is_none());
        assert!(shelf.get(Side::Input, &job, &hidden).is_none());
        shelf.take(Side::Input, &job);
        assert!(shelf.get(Side::Input, &job, &digest).is_none());
    }
}
