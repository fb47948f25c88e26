//! Results on images that were on screen or soon will be, within a bound of bytes; those not used for longest go first.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use kernel_imaging::FrameReference;
use kernel_tasks::{Digest, TaskOutput};

/// Results that the thread of models adds to, and that the one of deadlines reads.
pub type SharedCache = Arc<Mutex<Cache>>;

/// What a result is of: the model, and the frame of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    model: Digest,
    path: PathBuf,
    instance: String,
    frame: usize,
}

impl Key {
    /// The key of a model on a frame.
    pub fn new(model: Digest, reference: &FrameReference) -> Self {
        Self {
            model,
            path: reference.instance.path.clone(),
            instance: reference.instance.sop_instance_uid.clone(),
            frame: reference.frame,
        }
    }
}

/// Invariant: the bytes of all results are `bytes`, and at most `bytes_max`.
pub struct Cache {
    results: VecDeque<(Key, Arc<TaskOutput>)>,
    bytes: u64,
    bytes_max: u64,
}

impl Cache {
    /// An empty cache.
    pub fn new(bytes_max: u64) -> Self {
        Self {
            results: VecDeque::new(),
            bytes: 0,
            bytes_max,
        }
    }

    /// A result, which is then the newest.
    pub fn get(&mut self, key: &Key) -> Option<Arc<TaskOutput>> {
        let at = self.results.iter().position(|(known, _)| known == key)?;
        let (key, output) = self.results.remove(at)?;
        self.results.push_back((key, Arc::clone(&output)));
        Some(output)
    }

    /// Whether a result is here.
    pub fn contains(&self, key: &Key) -> bool {
        self.results.iter().any(|(known, _)| known == key)
    }

    /// Keeps a result; one that is larger than the whole cache is not kept.
    pub fn insert(&mut self, key: Key, output: Arc<TaskOutput>) {
        if output.bytes() > self.bytes_max || self.contains(&key) {
            return;
        }
        self.bytes += output.bytes();
        self.results.push_back((key, output));
        while self.bytes > self.bytes_max {
            let Some((_, oldest)) = self.results.pop_front() else {
                return;
            };
            self.bytes -= oldest.bytes();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(frame: usize) -> Key {
        Key {
            model: Digest::of(b"model"),
            path: PathBuf::from("a"),
            instance: String::new(),
            frame,
        }
    }

    fn result() -> Arc<TaskOutput> {
        Arc::new(TaskOutput::Image {
            rows: 5,
            columns: 5,
            values: vec![0.0; 25],
        })
    }

    #[test]
    fn what_was_used_last_stays_and_the_bound_holds() {
        let mut cache = Cache::new(250);
        cache.insert(key(0), result());
        cache.insert(key(1), result());
        assert!(cache.get(&key(0)).is_some());
        cache.insert(key(2), result());
        assert_eq!(
            [0, 1, 2].map(|frame| cache.contains(&key(frame))),
            [true, false, true]
        );
        assert_eq!(cache.bytes, 200);
    }
}
