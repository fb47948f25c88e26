//! Tasks of other nodes here: their inputs fetched, computed below our own work, forgotten with their submitter.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use actix::prelude::SendError;
use actor_messages::work::{ExecuteTask, Rank, TaskFinished};
use actor_messages::{BlobStore, CancelFlag, JobId};
use kernel_tasks::{BLOB_BYTES_MAX, Digest, Task, TaskId};
use tokio::sync::mpsc::error::TrySendError;

use super::Node;
use crate::audit::Audited;
use crate::protocol::frame::{Frame, Outcome};
use crate::protocol::link::{Fetch, FetchFailure};
use crate::protocol::shelf::Side;
use crate::protocol::{FETCHES_WAITING_MAX, INLINE_OUTPUT_BYTES_MAX, TASKS_IN_FLIGHT_MAX};

/// A job of another node.
pub(super) struct Taken {
    pub(super) submitter: String,
    pub(super) tasks: BTreeSet<TaskId>,
    /// Length of each input, as offered.
    pub(super) lengths: BTreeMap<Digest, u64>,
    /// How many of the job's tasks read an input: what one task reads alone is dropped with it.
    pub(super) readers: BTreeMap<Digest, u32>,
    pub(super) blobs: BlobStore,
    pub(super) outputs: BlobStore,
    pub(super) cancelled: CancelFlag,
    /// Tasks that lack inputs.
    pub(super) lacking: BTreeMap<TaskId, Lacking>,
    /// Inputs asked for.
    pub(super) wanted: BTreeSet<Digest>,
    /// Tasks whose inputs are here, not yet accepted by the compute actor.
    pub(super) ready: VecDeque<(TaskId, Arc<Task>)>,
    pub(super) running: BTreeMap<TaskId, Arc<Task>>,
}

pub(super) struct Lacking {
    task: Arc<Task>,
    blobs: BTreeSet<Digest>,
}

impl Node {
    pub(super) fn requested(&mut self, peer: &str, job: &JobId, id: TaskId, bytes: &[u8]) {
        // A job that was refused or closed here may still be asked for while the answer is under way.
        let Some(taken) = self
            .taken
            .get_mut(job)
            .filter(|taken| taken.submitter == peer)
        else {
            return;
        };
        if taken.under_way() >= TASKS_IN_FLIGHT_MAX {
            self.cut(
                peer,
                &format!("it asked for more than {TASKS_IN_FLIGHT_MAX} tasks at a time"),
            );
            return;
        }
        if !taken.tasks.contains(&id)
            || taken.lacking.contains_key(&id)
            || taken.running.contains_key(&id)
        {
            self.cut(
                peer,
                "it asked for a task that it did not offer, or twice for the same",
            );
            return;
        }
        let task = match Task::decode(bytes) {
            Ok(task) if task.id() == id => Arc::new(task),
            Ok(_) => return self.cut(peer, "it asked for a task under the id of another"),
            Err(error) => return self.answer(peer, job, id, Outcome::Failed(error.to_string())),
        };
        if let Some(reason) = self.forbids(&task) {
            return self.give_up(job, &reason);
        }
        let Some(taken) = self.taken.get_mut(job) else {
            return;
        };
        let blobs: BTreeSet<Digest> = task
            .blobs()
            .into_iter()
            .filter(|digest| !taken.blobs.contains(digest))
            .collect();
        if blobs.is_empty() {
            taken.ready.push_back((id, task));
            return;
        }
        let wanted: Vec<Fetch> = blobs
            .iter()
            .filter(|digest| taken.wanted.insert(**digest))
            .map(|digest| Fetch {
                side: Side::Input,
                job: job.clone(),
                digest: *digest,
                bytes: taken.lengths.get(digest).copied(),
                bytes_max: BLOB_BYTES_MAX.min(self.options.blob_bytes_max),
            })
            .collect();
        taken.lacking.insert(id, Lacking { task, blobs });
        for fetch in wanted {
            self.obtain(peer, fetch);
        }
    }

    /// Asks a peer for a blob.
    pub(super) fn fetch(&mut self, peer: &str, fetch: Fetch) {
        let Some(link) = self.peers.get(peer).and_then(|peer| peer.link.as_ref()) else {
            return;
        };
        // A closed queue means that the session is ending, and its loss will be told.
        if let Err(TrySendError::Full(_)) = link.fetches.try_send(fetch) {
            // The windows on both sides keep far below this bound.
            self.cut(
                peer,
                &format!("it made more than {FETCHES_WAITING_MAX} blobs needed at a time"),
            );
        }
    }

    pub(super) fn fetched(
        &mut self,
        peer: &str,
        fetch: &Fetch,
        result: Result<Arc<[u8]>, FetchFailure>,
    ) {
        if self.is_package(fetch) {
            return self.package_fetched(peer, fetch.digest, result);
        }
        match fetch.side {
            Side::Output => self.output_fetched(peer, fetch, result),
            Side::Input => self.input_fetched(peer, fetch, result),
        }
    }

    fn input_fetched(
        &mut self,
        peer: &str,
        fetch: &Fetch,
        result: Result<Arc<[u8]>, FetchFailure>,
    ) {
        let free = self.bytes_free_for_peers();
        let Some(taken) = self
            .taken
            .get_mut(&fetch.job)
            .filter(|taken| taken.submitter == peer)
        else {
            return;
        };
        taken.wanted.remove(&fetch.digest);
        let kept = match result {
            Ok(bytes) if bytes.len() as u64 > free => Err(no_room(bytes.len(), free)),
            Ok(bytes) => taken
                .blobs
                .insert_verified(fetch.digest, bytes)
                .map_err(|full| full.to_string()),
            Err(FetchFailure::Missing) => {
                Err("An input of the task is not there any more".to_owned())
            }
            Err(FetchFailure::Lied(clause)) => return self.cut(peer, &clause),
            // The session ends too, and the job with it.
            Err(FetchFailure::Broken(_)) => return,
        };
        let mut failed = Vec::new();
        let waiting: Vec<TaskId> = taken
            .lacking
            .iter()
            .filter(|(_, lacking)| lacking.blobs.contains(&fetch.digest))
            .map(|(id, _)| *id)
            .collect();
        for id in waiting {
            let Some(mut lacking) = taken.lacking.remove(&id) else {
                continue;
            };
            lacking.blobs.remove(&fetch.digest);
            match &kept {
                Err(reason) => failed.push((id, reason.clone())),
                Ok(()) if lacking.blobs.is_empty() => taken.ready.push_back((id, lacking.task)),
                Ok(()) => {
                    taken.lacking.insert(id, lacking);
                }
            }
        }
        for (id, reason) in failed {
            self.answer(peer, &fetch.job, id, Outcome::Failed(reason));
        }
    }

    /// Whether tasks wait for a place in the compute actor's mailbox.
    pub(super) fn compute_refused(&self) -> bool {
        self.places_free() > 0 && self.taken.values().any(|taken| !taken.ready.is_empty())
    }

    /// Tasks that may still be handed to the compute actor. Where fewer cores are given than compute, it is held to them here.
    fn places_free(&self) -> usize {
        if !self.cores_are_limited() {
            return usize::MAX;
        }
        let running: usize = self.taken.values().map(|taken| taken.running.len()).sum();
        let cores = usize::try_from(self.capacity()).unwrap_or(usize::MAX);
        cores.saturating_sub(running)
    }

    /// Hands tasks with all inputs to the compute actor, until its mailbox is full.
    pub(super) fn start_ready_tasks(&mut self) {
        let mut stopped = Vec::new();
        let mut room = self.places_free();
        'jobs: for (job, taken) in &mut self.taken {
            while room > 0
                && let Some((id, task)) = taken.ready.pop_front()
            {
                let work = ExecuteTask {
                    job: job.clone(),
                    task: task.clone(),
                    id,
                    blobs: taken.blobs.clone(),
                    rank: Rank::Peer,
                    cancelled: taken.cancelled.clone(),
                    reply: self.replies.clone(),
                };
                match self.compute.try_send(work) {
                    Ok(()) => {
                        taken.running.insert(id, task);
                        room -= 1;
                    }
                    Err(SendError::Full(_)) => {
                        taken.ready.push_front((id, task));
                        break 'jobs;
                    }
                    Err(SendError::Closed(_)) => {
                        stopped.push((taken.submitter.clone(), job.clone(), id))
                    }
                }
            }
        }
        for (peer, job, id) in stopped {
            self.answer(
                &peer,
                &job,
                id,
                Outcome::Failed("The node is being closed".to_owned()),
            );
        }
    }

    /// The compute actor is done with a peer's task.
    pub(super) fn computed(&mut self, finished: TaskFinished) {
        let TaskFinished {
            job, id, output, ..
        } = finished;
        // Its submitter may be gone, or not want it any more.
        let Some(taken) = self.taken.get_mut(&job) else {
            return;
        };
        let Some(task) = taken.running.remove(&id) else {
            return;
        };
        let submitter = taken.submitter.clone();
        for input in task.blobs() {
            if taken.readers.get(&input).copied().unwrap_or(1) <= 1 {
                taken.blobs.remove(&input);
            }
        }
        let outputs = taken.outputs.clone();
        let free = self.bytes_free_for_peers();
        let outcome = match output {
            Err(reason) => Outcome::Failed(reason),
            Ok(bytes) => {
                let digest = Digest::of(&bytes);
                if bytes.len() <= INLINE_OUTPUT_BYTES_MAX {
                    Outcome::Inline {
                        digest,
                        bytes: bytes.to_vec(),
                    }
                } else {
                    let length = bytes.len() as u64;
                    let shelf = self
                        .peers
                        .get(&submitter)
                        .and_then(|peer| peer.link.as_ref())
                        .map(|link| link.shelf.clone());
                    // Without a session there is nobody who could fetch it; its loss drops the job.
                    let Some(shelf) = shelf else { return };
                    if length > free {
                        Outcome::Failed(no_room(bytes.len(), free))
                    } else {
                        match shelf.announce(&job, &outputs, digest, bytes) {
                            Ok(()) => Outcome::Blob {
                                digest,
                                bytes: length,
                            },
                            Err(full) => Outcome::Failed(full.to_string()),
                        }
                    }
                }
            }
        };
        if let Outcome::Inline { digest, .. } | Outcome::Blob { digest, .. } = &outcome {
            let party = self.party(&submitter);
            self.audit(&Audited::Given(party, id.0.to_string(), digest.to_string()));
            self.tasks_given += 1;
            if let Some(peer) = self.peers.get_mut(&submitter) {
                peer.tasks_given += 1;
            }
        }
        self.answer(&submitter, &job, id, outcome);
    }

    fn answer(&mut self, peer: &str, job: &JobId, id: TaskId, outcome: Outcome) {
        self.send(
            peer,
            Frame::TaskDone {
                job: job.clone(),
                id,
                outcome,
            },
        );
    }

    pub(super) fn closed_by(&mut self, peer: &str, job: &JobId) {
        if self
            .taken
            .get(job)
            .is_some_and(|taken| taken.submitter == peer)
        {
            self.drop_taken(job);
        }
    }

    /// Everything of a submitter that is gone stops, and its blobs are dropped.
    pub(super) fn submitter_lost(&mut self, peer: &str) {
        let jobs: Vec<JobId> = self
            .taken
            .iter()
            .filter(|(_, taken)| taken.submitter == peer)
            .map(|(job, _)| job.clone())
            .collect();
        for job in jobs {
            self.drop_taken(&job);
        }
    }

    pub(super) fn drop_taken(&mut self, job: &JobId) {
        let Some(taken) = self.taken.remove(job) else {
            return;
        };
        taken.cancelled.cancel();
        if let Some(link) = self
            .peers
            .get(&taken.submitter)
            .and_then(|peer| peer.link.as_ref())
        {
            link.shelf.take(Side::Output, job);
        }
    }
}

impl Taken {
    /// Tasks that were asked for and are not answered yet.
    pub(super) fn tasks_under_way(&self) -> impl Iterator<Item = &Task> {
        let lacking = self.lacking.values().map(|lacking| &lacking.task);
        let ready = self.ready.iter().map(|(_, task)| task);
        let all = lacking.chain(ready).chain(self.running.values());
        all.map(Arc::as_ref)
    }

    fn under_way(&self) -> usize {
        self.lacking.len() + self.ready.len() + self.running.len()
    }
}

fn no_room(bytes: usize, free: u64) -> String {
    format!("This node has no memory for {bytes} bytes more of other nodes' jobs; {free} are free")
}
