//! Blobs whose transfer was cut: kept in memory for a while, so that it goes on where it stopped once the peer is back.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use kernel_tasks::Digest;
use libp2p::PeerId;

use super::incoming::Incoming;

/// Bytes of all kept parts together, also where more memory is given; the oldest go first.
pub(crate) const PARTIAL_BYTES_MAX: usize = 256 * 1024 * 1024;
/// How long a part is kept after its line broke.
pub(crate) const PARTIAL_KEPT: Duration = Duration::from_secs(120);

/// Parts by the peer that sent them: only that peer goes on with them, so that whoever sent a wrong byte is the one that is cut.
pub(crate) struct Partials {
    kept: Mutex<VecDeque<Kept>>,
    bytes_max: AtomicUsize,
}

struct Kept {
    peer: PeerId,
    digest: Digest,
    part: Incoming,
    since: Instant,
}

impl Partials {
    /// Nothing yet, in a node that gives so much memory, bytes.
    pub(crate) fn new(memory_bytes: u64) -> Self {
        let partials = Self {
            kept: Mutex::default(),
            bytes_max: AtomicUsize::new(0),
        };
        partials.set_memory(memory_bytes);
        partials
    }

    /// So much memory is given from now on, bytes.
    pub(crate) fn set_memory(&self, memory_bytes: u64) {
        let given = usize::try_from(memory_bytes).unwrap_or(usize::MAX);
        let bytes_max = given.min(PARTIAL_BYTES_MAX);
        self.bytes_max.store(bytes_max, Ordering::Relaxed);
        drop_oldest(&mut self.lock(), bytes_max);
    }

    /// Takes the part of a blob that a peer has sent already.
    pub(crate) fn take(&self, peer: PeerId, digest: &Digest) -> Option<Incoming> {
        let mut kept = self.lock();
        forget_old(&mut kept);
        let at = kept
            .iter()
            .position(|kept| kept.peer == peer && kept.digest == *digest)?;
        kept.remove(at).map(|kept| kept.part)
    }

    /// Keeps a part, where it fits.
    pub(crate) fn keep(&self, peer: PeerId, digest: Digest, part: Incoming) {
        let mut kept = self.lock();
        forget_old(&mut kept);
        let bytes_max = self.bytes_max.load(Ordering::Relaxed);
        let Some(rest) = bytes_max.checked_sub(part.bytes_held()) else {
            return;
        };
        kept.retain(|kept| kept.peer != peer || kept.digest != digest);
        drop_oldest(&mut kept, rest);
        kept.push_back(Kept {
            peer,
            digest,
            part,
            since: Instant::now(),
        });
    }

    /// Forgets what was kept for too long.
    pub(crate) fn forget_old(&self) {
        forget_old(&mut self.lock());
    }

    /// Forgets what came from peers that are not paired any more.
    pub(crate) fn forget_all_but(&self, peers: &[PeerId]) {
        self.lock().retain(|kept| peers.contains(&kept.peer));
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Kept>> {
        // Each change is whole before the guard drops.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn forget_old(kept: &mut VecDeque<Kept>) {
    kept.retain(|kept| kept.since.elapsed() < PARTIAL_KEPT);
}

fn drop_oldest(kept: &mut VecDeque<Kept>, bytes_max: usize) {
    let bytes = |kept: &VecDeque<Kept>| {
        kept.iter()
            .map(|kept| kept.part.bytes_held())
            .sum::<usize>()
    };
    while bytes(kept) > bytes_max {
        kept.pop_front();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(length: usize) -> Incoming {
        let mut part = Incoming::new(length);
        part.chunk_mut(64).fill(7);
        part.chunk_filled(64);
        part
    }

    #[test]
    fn a_part_belongs_to_the_peer_that_sent_it() {
        let partials = Partials::new(u64::MAX);
        let (sender, other) = (PeerId::random(), PeerId::random());
        let digest = Digest::of(b"blob");
        partials.keep(sender, digest, part(1_000));
        assert!(partials.take(other, &digest).is_none());
        let taken = partials.take(sender, &digest).expect("kept");
        assert_eq!(taken.filled(), 64);
        assert!(partials.take(sender, &digest).is_none());
    }

    #[test]
    fn what_is_kept_is_bounded_and_the_oldest_goes() {
        let partials = Partials::new(u64::MAX);
        let peer = PeerId::random();
        let digests: Vec<Digest> = (0..4_u8).map(|number| Digest::of(&[number])).collect();
        for digest in &digests {
            partials.keep(peer, *digest, part(PARTIAL_BYTES_MAX / 4 + 1));
        }
        let other = Digest::of(b"one more");
        partials.keep(peer, other, part(PARTIAL_BYTES_MAX / 4 + 1));
        assert!(partials.take(peer, &digests[0]).is_none());
        assert!(partials.take(peer, &digests[1]).is_some());
        assert!(partials.take(peer, &other).is_some());
    }

    #[test]
    fn less_given_memory_keeps_less() {
        let partials = Partials::new(2_000);
        let peer = PeerId::random();
        let (first, second) = (Digest::of(b"first"), Digest::of(b"second"));
        partials.keep(peer, first, part(1_000));
        partials.keep(peer, second, part(1_000));
        partials.set_memory(1_500);
        assert!(partials.take(peer, &first).is_none());
        assert!(partials.take(peer, &second).is_some());
    }

    #[test]
    fn a_peer_that_is_removed_leaves_nothing() {
        let partials = Partials::new(u64::MAX);
        let (gone, kept) = (PeerId::random(), PeerId::random());
        let digest = Digest::of(b"blob");
        partials.keep(gone, digest, part(1_000));
        partials.keep(kept, digest, part(1_000));
        partials.forget_all_but(&[kept]);
        assert!(partials.take(gone, &digest).is_none());
        assert!(partials.take(kept, &digest).is_some());
    }
}
