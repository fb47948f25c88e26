//! Decoded frames by file and number, bounded in bytes; the longest unused leaves first.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kernel_imaging::{Frame, FrameReference};

/// File and frame number.
pub type FrameKey = (PathBuf, usize);

/// The key of a reference.
pub fn frame_key(reference: &FrameReference) -> FrameKey {
    (reference.instance.path.clone(), reference.frame)
}

/// Shared between the actor and its workers.
///
/// Invariant: `bytes` is the sum over `frames`, at most `bytes_max` unless a single frame is larger.
pub struct FrameCache {
    held: Mutex<Held>,
    bytes_max: u64,
}

#[derive(Default)]
struct Held {
    frames: BTreeMap<FrameKey, (Arc<Frame>, u64)>,
    by_use: BTreeMap<u64, FrameKey>,
    uses: u64,
    bytes: u64,
}

impl FrameCache {
    /// Empty, for at most `bytes_max` bytes of samples.
    pub fn new(bytes_max: u64) -> Self {
        Self {
            held: Mutex::default(),
            bytes_max,
        }
    }

    /// The frame, now the most recently used.
    pub fn get(&self, key: &FrameKey) -> Option<Arc<Frame>> {
        let mut held = self.lock();
        held.uses += 1;
        let uses = held.uses;
        let (frame, used) = held.frames.get_mut(key)?;
        let frame = frame.clone();
        let before = std::mem::replace(used, uses);
        held.by_use.remove(&before);
        held.by_use.insert(uses, key.clone());
        Some(frame)
    }

    /// Whether it is here, without counting as a use.
    pub fn contains(&self, key: &FrameKey) -> bool {
        self.lock().frames.contains_key(key)
    }

    /// Keeps a frame and drops the longest unused ones beyond the bound.
    pub fn insert(&self, key: FrameKey, frame: Arc<Frame>) {
        let mut held = self.lock();
        held.uses += 1;
        let uses = held.uses;
        held.bytes += frame.samples.bytes() as u64;
        if let Some((before, used)) = held.frames.insert(key.clone(), (frame, uses)) {
            held.bytes -= before.samples.bytes() as u64;
            held.by_use.remove(&used);
        }
        held.by_use.insert(uses, key);
        while held.bytes > self.bytes_max && held.frames.len() > 1 {
            let Some((_, oldest)) = held.by_use.pop_first() else {
                break;
            };
            if let Some((frame, _)) = held.frames.remove(&oldest) {
                held.bytes -= frame.samples.bytes() as u64;
            }
        }
    }

    /// Bytes held now.
    pub fn bytes(&self) -> u64 {
        self.lock().bytes
    }

    /// The bound.
    pub fn bytes_max(&self) -> u64 {
        self.bytes_max
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        // Changes are whole before the guard drops.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use kernel_imaging::{PhotometricInterpretation, Samples};

    use super::*;

    fn frame(bytes: usize) -> Arc<Frame> {
        Arc::new(Frame {
            rows: 1,
            columns: bytes,
            samples_per_pixel: 1,
            samples: Samples::U8(vec![0; bytes]),
            photometric: PhotometricInterpretation::Monochrome2,
        })
    }

    #[test]
    fn the_longest_unused_frame_leaves_first() {
        let cache = FrameCache::new(30);
        let key = |number: usize| (PathBuf::from("series"), number);
        for number in 0..3 {
            cache.insert(key(number), frame(10));
        }
        assert!(cache.get(&key(0)).is_some());
        cache.insert(key(3), frame(10));
        assert!(cache.contains(&key(0)), "just used");
        assert!(!cache.contains(&key(1)), "longest unused");
        assert_eq!(cache.bytes(), 30);
        cache.insert(key(3), frame(5));
        assert_eq!(cache.bytes(), 25, "replacing counts once");
    }
}
