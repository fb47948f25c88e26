//! Outputs of finished jobs, kept for display within a bound of bytes; the oldest go first.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use actor_messages::{BlobStore, JobId};
use kernel_tasks::{Blobs, Digest, TaskId};

/// An encoded block or a canonical output, shared.
pub type Bytes = Arc<[u8]>;

/// What is needed to show the slices of a job.
#[derive(Clone)]
pub struct ShownJob {
    /// The job.
    pub job: JobId,
    /// In slice order: the block and the task made of it.
    pub slices: Arc<Vec<(Digest, TaskId)>>,
    /// Canonical outputs.
    pub outputs: BTreeMap<TaskId, Bytes>,
    /// Holds the blocks.
    pub blobs: BlobStore,
}

impl ShownJob {
    /// Bytes held by this job.
    pub fn bytes(&self) -> u64 {
        self.outputs
            .values()
            .map(|output| output.len() as u64)
            .sum::<u64>()
            + self.blobs.bytes()
    }

    /// The encoded block and output of a slice, where both are here, and its place in the output.
    pub fn slice(&self, slice: usize) -> Option<(Bytes, Bytes, usize)> {
        let (input, task) = self.slices.get(slice)?;
        let output = Arc::clone(self.outputs.get(task)?);
        Some((
            self.blobs.get(input)?,
            output,
            plane_of(&self.slices, slice),
        ))
    }
}

/// Which slice of its task's output a slice is, counted from the first slice that has this task; of meaning where an output has several.
pub fn plane_of(slices: &[(Digest, TaskId)], slice: usize) -> usize {
    let first = slices
        .get(slice)
        .and_then(|(_, task)| slices.iter().position(|(_, other)| other == task));
    first.map_or(0, |first| slice - first)
}

/// Finished jobs by age. Invariant: their bytes are at most `bytes_max`.
pub struct ShownJobs {
    jobs: VecDeque<ShownJob>,
    bytes_max: u64,
}

impl ShownJobs {
    /// None yet.
    pub fn new(bytes_max: u64) -> Self {
        Self {
            jobs: VecDeque::new(),
            bytes_max,
        }
    }

    /// Keeps a job and drops the oldest until all fit; one that does not fit alone is not kept.
    pub fn keep(&mut self, job: ShownJob) {
        if job.bytes() > self.bytes_max {
            return;
        }
        self.jobs.push_back(job);
        while self.bytes() > self.bytes_max {
            self.jobs.pop_front();
        }
    }

    /// A job that is still held.
    pub fn get(&self, job: &JobId) -> Option<&ShownJob> {
        self.jobs.iter().find(|held| held.job == *job)
    }

    /// Bytes of all jobs held.
    pub fn bytes(&self) -> u64 {
        self.jobs.iter().map(ShownJob::bytes).sum()
    }

    /// The bound, for the sentence that says a job is no longer held.
    pub fn bytes_max(&self) -> u64 {
        self.bytes_max
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(name: &str, bytes: usize) -> ShownJob {
        let blobs = BlobStore::new(1 << 20);
        let input = blobs.insert(name.as_bytes().to_vec()).expect("it fits");
        let task = TaskId(input);
        ShownJob {
            job: JobId(name.to_owned()),
            slices: Arc::new(vec![(input, task)]),
            outputs: BTreeMap::from([(task, vec![7; bytes].into())]),
            blobs,
        }
    }

    #[test]
    fn the_oldest_outputs_are_dropped_once_the_bound_is_reached() {
        let mut shown = ShownJobs::new(100);
        shown.keep(job("a", 40));
        shown.keep(job("b", 40));
        assert!(shown.get(&JobId("a".to_owned())).is_some());
        shown.keep(job("c", 40));
        assert!(shown.get(&JobId("a".to_owned())).is_none());
        assert!(shown.get(&JobId("b".to_owned())).is_some());
        assert!(shown.bytes() <= 100);
        shown.keep(job("large", 1000));
        assert!(shown.get(&JobId("large".to_owned())).is_none());
        let kept = ["b", "c"].map(|name| shown.get(&JobId(name.to_owned())).is_some());
        assert_eq!(kept, [true, true], "one that is too large costs no other");
    }
}
