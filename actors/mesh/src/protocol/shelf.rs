//! The blobs that one peer may fetch from here: inputs of the jobs offered to it, outputs of its own jobs.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use actor_messages::{BlobStore, BlobStoreFull, JobId};
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
    open: Mutex<Open>,
}

/// Invariant: an output that was announced and not yet sent as often is in its store.
#[derive(Default)]
struct Open {
    stores: BTreeMap<(Side, JobId), BlobStore>,
    /// How often an output has still to be sent: tasks with equal outputs share one blob, and each of them is fetched.
    announced: BTreeMap<(JobId, Digest), u32>,
}

impl Shelf {
    /// Opens a job's store to the peer.
    pub(crate) fn put(&self, side: Side, job: JobId, store: BlobStore) {
        self.lock().stores.insert((side, job), store);
    }

    /// Closes a job's store to the peer.
    pub(crate) fn take(&self, side: Side, job: &JobId) {
        let mut open = self.lock();
        open.stores.remove(&(side, job.clone()));
        if side == Side::Output {
            open.announced.retain(|(of, _), _| of != job);
        }
    }

    /// Keeps the output of one more task until the peer has fetched it.
    pub(crate) fn announce(
        &self,
        job: &JobId,
        store: &BlobStore,
        digest: Digest,
        bytes: Arc<[u8]>,
    ) -> Result<(), BlobStoreFull> {
        // Under the lock, so that the blob is not dropped for an earlier task between the two steps.
        let mut open = self.lock();
        store.insert_verified(digest, bytes)?;
        *open.announced.entry((job.clone(), digest)).or_insert(0) += 1;
        Ok(())
    }

    /// A blob, if the peer may have it and it is here.
    pub(crate) fn get(&self, side: Side, job: &JobId, digest: &Digest) -> Option<Arc<[u8]>> {
        let store = self.lock().stores.get(&(side, job.clone())).cloned()?;
        store.get(digest)
    }

    /// An output was sent whole: once it was sent for every task that gave it, it is not needed here any more.
    pub(crate) fn sent(&self, side: Side, job: &JobId, digest: &Digest) {
        if side == Side::Input {
            return;
        }
        let mut open = self.lock();
        let key = (job.clone(), *digest);
        match open.announced.get_mut(&key) {
            Some(times) if *times > 1 => *times -= 1,
            _ => {
                open.announced.remove(&key);
                if let Some(store) = open.stores.get(&(side, job.clone())) {
                    store.remove(digest);
                }
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        // Each change is whole before the guard drops.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
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
