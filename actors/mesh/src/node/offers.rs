//! Offers of other nodes: what is looked at before a task is touched, and the memory that is there for all of them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use actor_messages::{BlobStore, CancelFlag};
use kernel_labor::{LaborTask, Membership, assign};
use kernel_tasks::{Digest, TaskId};

use super::Node;
use super::taken::Taken;
use crate::protocol::frame::{Frame, JobOffer};
use crate::protocol::shelf::Side;
use crate::protocol::{ASSIGNMENT_STEPS_MAX, OFFERED_MEMBERS_MAX};

/// Jobs of other nodes at a time.
const TAKEN_JOBS_MAX: usize = 16;

impl Node {
    pub(super) fn offered(&mut self, peer: &str, offer: JobOffer) {
        let job = offer.job.clone();
        let in_time = self.peers.get_mut(peer).is_none_or(|peer| peer.may_offer());
        let examined = if in_time {
            self.examine(peer, offer)
        } else {
            Err("Too many jobs were offered within one second".to_owned())
        };
        match examined {
            Ok(taken) => {
                if let Some(link) = self.peers.get(peer).and_then(|peer| peer.link.as_ref()) {
                    link.shelf
                        .put(Side::Output, job.clone(), taken.outputs.clone());
                }
                self.taken.insert(job, taken);
            }
            Err(reason) => {
                self.send(peer, Frame::JobRefused { job, reason });
            }
        }
    }

    /// The job, or one sentence on why it is not done here. What costs least is looked at first.
    fn examine(&self, peer: &str, offer: JobOffer) -> Result<Taken, String> {
        if let Some(reason) = &self.giving.takes_nothing {
            return Err(reason.clone());
        }
        if self.taken.len() >= TAKEN_JOBS_MAX {
            return Err(format!(
                "`{}` is busy with {TAKEN_JOBS_MAX} jobs already",
                self.settings.name
            ));
        }
        if self.taken.contains_key(&offer.job) {
            return Err("A job of the same name is being done here".to_owned());
        }
        self.examine_own_entry(&offer.membership)?;
        let count = offer.membership.members().len();
        if count > OFFERED_MEMBERS_MAX {
            return Err(format!(
                "The job has {count} members, and {OFFERED_MEMBERS_MAX} are allowed"
            ));
        }
        if assignment_steps(&offer.tasks, &offer.membership) > ASSIGNMENT_STEPS_MAX {
            return Err("The job has too many tasks for so many members".to_owned());
        }
        let assignment =
            assign(&offer.tasks, &offer.membership).map_err(|error| error.to_string())?;
        let digest = Digest::from(assignment.digest());
        if digest != offer.assignment_digest {
            return Err(format!(
                "The assignment digest differs: {} was offered and {} was computed here",
                offer.assignment_digest.short(),
                digest.short()
            ));
        }
        let taken = self.taken_job(peer, &offer.tasks);
        let (needed, free) = (taken.least_bytes(&offer.tasks), self.bytes_free_for_peers());
        if needed > free {
            return Err(format!(
                "`{}` has no memory for another job: its inputs need {needed} bytes, and {free} are free",
                self.settings.name
            ));
        }
        Ok(taken)
    }

    fn examine_own_entry(&self, membership: &Membership) -> Result<(), String> {
        let me = membership
            .member(&self.me)
            .ok_or("This node is not among the members of the job")?;
        if me.incarnation != self.settings.incarnation {
            return Err("This node was restarted since the job was assigned".to_owned());
        }
        if me.capacity != self.capacity()
            || me.memory_bytes != self.memory_bytes()
            || me.numeric_class != *self.numeric_class().bytes()
        {
            return Err("This node's capacity, memory or numeric class is not the one that the job was assigned by".to_owned());
        }
        Ok(())
    }

    fn taken_job(&self, peer: &str, tasks: &[LaborTask]) -> Taken {
        let mut lengths = BTreeMap::new();
        let mut readers = BTreeMap::new();
        for (input, bytes) in tasks.iter().flat_map(|task| &task.inputs) {
            lengths.insert(Digest::from(*input), *bytes);
            *readers.entry(Digest::from(*input)).or_insert(0) += 1;
        }
        Taken {
            submitter: peer.to_owned(),
            tasks: tasks.iter().map(|task| TaskId::from(task.id)).collect(),
            lengths,
            readers,
            // Both are bounded more narrowly, by what all jobs of peers hold together.
            blobs: BlobStore::new(self.options.blob_bytes_max),
            outputs: BlobStore::new(self.options.blob_bytes_max),
            cancelled: CancelFlag::new(),
            lacking: BTreeMap::new(),
            wanted: BTreeSet::new(),
            ready: VecDeque::new(),
            running: BTreeMap::new(),
        }
    }

    /// Bytes that the jobs of all peers may still take. Only this thread adds to their stores, so the bound is exact.
    pub(super) fn bytes_free_for_peers(&self) -> u64 {
        self.bytes_for_peers().saturating_sub(self.bytes_held())
    }

    /// Whether the jobs of peers hold more than is given to them by now.
    pub(super) fn bytes_over_limit(&self) -> bool {
        self.bytes_held() > self.bytes_for_peers()
    }

    fn bytes_for_peers(&self) -> u64 {
        self.options.blob_bytes_max.min(self.memory_bytes())
    }

    fn bytes_held(&self) -> u64 {
        let held = |taken: &Taken| taken.blobs.bytes().saturating_add(taken.outputs.bytes());
        self.taken.values().map(held).fold(0, u64::saturating_add)
    }
}

/// What assigning costs, counted in comparisons.
pub(super) fn assignment_steps(tasks: &[LaborTask], membership: &Membership) -> u64 {
    let each = tasks
        .iter()
        .map(|task| 1 + task.inputs.len() as u64)
        .fold(0, u64::saturating_add);
    each.saturating_mul(membership.members().len() as u64)
}

impl Taken {
    /// Bytes without which no task can begin: the inputs that tasks share, and the own ones of the largest task.
    fn least_bytes(&self, tasks: &[LaborTask]) -> u64 {
        let is_shared =
            |input: &Digest| self.readers.get(input).is_some_and(|readers| *readers > 1);
        let shared = self
            .lengths
            .iter()
            .filter(|(input, _)| is_shared(input))
            .map(|(_, bytes)| *bytes)
            .fold(0, u64::saturating_add);
        let own = |task: &LaborTask| {
            task.inputs
                .iter()
                .filter(|(input, _)| !is_shared(&Digest::from(*input)))
                .map(|(_, bytes)| *bytes)
                .fold(0, u64::saturating_add)
        };
        shared.saturating_add(tasks.iter().map(own).max().unwrap_or(0))
    }
}
