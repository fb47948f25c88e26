//! Our jobs on other nodes: offers, a window of tasks at each peer, and answers that are checked before they count.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use actix::Recipient;
use actor_messages::JobId;
use actor_messages::work::{
    CloseJob, MemberChange, MemberChanged, OfferJob, SendTasks, TaskFinished,
};
use kernel_tasks::{Digest, Task, TaskId};

use super::Node;
use super::delivery::Delivery;
use super::offers::assignment_steps;
use crate::audit::Audited;
use crate::protocol::frame::{Frame, JobOffer, sentence};
use crate::protocol::shelf::Side;
use crate::protocol::{ASSIGNMENT_STEPS_MAX, FRAME_BYTES_MAX, TASKS_IN_FLIGHT_MAX, wire};

/// Tasks sent ahead to a peer for each of its cores: enough that none waits for the line, few enough that a loss costs little.
const TASKS_AHEAD_PER_CORE: usize = 2;

/// One of our jobs.
pub(super) struct Given {
    pub(super) finished: Recipient<TaskFinished>,
    changed: Recipient<MemberChanged>,
    pub(super) known: BTreeSet<TaskId>,
    pub(super) members: BTreeMap<String, GivenMember>,
}

/// A peer that takes part. One that is lost, refuses or lies is removed.
#[derive(Default)]
pub(super) struct GivenMember {
    waiting: VecDeque<(TaskId, Arc<Task>)>,
    /// Those that wait or are in flight: the same task is not asked for twice at a time.
    pub(super) asked: BTreeSet<TaskId>,
    pub(super) in_flight: BTreeSet<TaskId>,
    /// Large outputs on their way: the digest that the peer claimed, by task.
    pub(super) fetching: BTreeMap<TaskId, Digest>,
}

impl Node {
    /// Opens a job that nobody else takes part in.
    pub(super) fn given_without_members(&mut self, offered: &OfferJob) {
        let tasks = offered.tasks.iter();
        let given = Given {
            finished: offered.finished.clone(),
            changed: offered.changed.clone(),
            known: tasks.map(|task| TaskId::from(task.id)).collect(),
            members: BTreeMap::new(),
        };
        self.given.insert(offered.job.clone(), given);
    }

    /// Offers a job to its remote members.
    pub(super) fn offer_to_peers(&mut self, offered: OfferJob) {
        self.given_without_members(&offered);
        let OfferJob {
            job,
            membership,
            tasks,
            assignment_digest,
            blobs,
            ..
        } = offered;
        let remote: Vec<(String, u64)> = membership
            .members()
            .iter()
            .filter(|member| member.peer != self.me)
            .map(|member| (member.peer.clone(), member.incarnation))
            .collect();
        let inputs = tasks.iter().map(|task| task.inputs.len()).sum();
        let few = assignment_steps(&tasks, &membership) <= ASSIGNMENT_STEPS_MAX;
        let offer = JobOffer {
            job: job.clone(),
            epoch: 0,
            membership,
            tasks,
            assignment_digest,
        };
        let frame = Frame::JobOffer(Box::new(offer));
        let fits = few && wire::encode(&frame, FRAME_BYTES_MAX).is_ok();
        for (peer, incarnation) in remote {
            if !fits {
                let reason = "The job has too many tasks to be offered to other nodes".to_owned();
                self.tell_change(&job, &peer, MemberChange::Refused(reason));
                continue;
            }
            let link = self
                .peers
                .get(&peer)
                .filter(|known| {
                    known
                        .hello
                        .as_ref()
                        .is_some_and(|hello| hello.incarnation == incarnation)
                })
                .and_then(|known| known.link.as_ref());
            let Some(link) = link else {
                self.tell_change(&job, &peer, MemberChange::Down);
                continue;
            };
            link.shelf.put(Side::Input, job.clone(), blobs.clone());
            if let Some(given) = self.given.get_mut(&job) {
                given.members.insert(peer.clone(), GivenMember::default());
            }
            let bytes = blobs.bytes();
            self.audit(&Audited::Left(
                self.party(&peer),
                job.0.clone(),
                inputs,
                bytes,
            ));
            // A peer whose queue is full is lost, which tells the change.
            self.send(&peer, frame.clone());
        }
    }

    /// Takes tasks for a member; they leave as its window allows.
    pub(super) fn enqueue(&mut self, sent: SendTasks) {
        let Some(sent) = self.holds(sent) else {
            return;
        };
        let SendTasks { job, peer, tasks } = sent;
        let Some(given) = self.given.get_mut(&job) else {
            return;
        };
        match given.members.get_mut(&peer) {
            Some(member) => {
                let GivenMember { waiting, asked, .. } = member;
                waiting.extend(tasks.into_iter().filter(|(id, _)| asked.insert(*id)));
            }
            // It was lost before the tasks came: they must not wait for it.
            None => self.tell_change(&job, &peer, MemberChange::Down),
        }
    }

    /// Forgets a job and has the peers forget it.
    pub(super) fn close(&mut self, closed: &CloseJob) {
        if self.held.remove(&closed.job).is_some() {
            return self.show(true);
        }
        let Some(given) = self.given.remove(&closed.job) else {
            return;
        };
        for peer in given.members.keys() {
            if let Some(link) = self.peers.get(peer).and_then(|peer| peer.link.as_ref()) {
                link.shelf.take(Side::Input, &closed.job);
            }
            self.send(
                peer,
                Frame::CloseJob {
                    job: closed.job.clone(),
                },
            );
        }
    }

    /// Fills the windows of all peers.
    pub(super) fn send_waiting_tasks(&mut self) {
        if self.given.values().all(|given| {
            given
                .members
                .values()
                .all(|member| member.waiting.is_empty())
        }) {
            return;
        }
        let ready: Vec<(String, usize)> = self
            .peers
            .values()
            .filter(|peer| peer.is_ready())
            .map(|peer| {
                (
                    peer.key.clone(),
                    window(peer.hello.as_ref().map_or(1, |hello| hello.capacity)),
                )
            })
            .collect();
        for (peer, window) in ready {
            while self.outbox.has_room() && self.in_flight(&peer) < window {
                let Some((job, id, task)) = self.next_task(&peer) else {
                    break;
                };
                let frame = Frame::TaskRequest {
                    job,
                    id,
                    task: task.encode(),
                };
                if !self.send(&peer, frame) {
                    break;
                }
            }
        }
    }

    fn in_flight(&self, peer: &str) -> usize {
        let members = self
            .given
            .values()
            .filter_map(|given| given.members.get(peer));
        members.map(|member| member.in_flight.len()).sum()
    }

    fn next_task(&mut self, peer: &str) -> Option<(JobId, TaskId, Arc<Task>)> {
        self.given.iter_mut().find_map(|(job, given)| {
            let member = given.members.get_mut(peer)?;
            let (id, task) = member.waiting.pop_front()?;
            member.in_flight.insert(id);
            Some((job.clone(), id, task))
        })
    }

    /// Whether a peer has tasks of ours.
    pub(super) fn works_for_us(&self, peer: &str) -> bool {
        let busy =
            |member: &GivenMember| !member.waiting.is_empty() || !member.in_flight.is_empty();
        self.given
            .values()
            .any(|given| given.members.get(peer).is_some_and(busy))
    }

    pub(super) fn refused_by(&mut self, peer: &str, job: &JobId, reason: &str) {
        self.remove_member(peer, job, MemberChange::Refused(sentence(reason)));
    }

    /// A peer is lost to every job in which it takes part.
    pub(super) fn member_lost(&mut self, peer: &str) {
        let jobs: Vec<JobId> = self
            .given
            .iter()
            .filter(|(_, given)| given.members.contains_key(peer))
            .map(|(job, _)| job.clone())
            .collect();
        for job in jobs {
            self.remove_member(peer, &job, MemberChange::Down);
        }
    }

    fn remove_member(&mut self, peer: &str, job: &JobId, change: MemberChange) {
        let Some(member) = self
            .given
            .get_mut(job)
            .and_then(|given| given.members.remove(peer))
        else {
            return;
        };
        if let Some(known) = self.peers.get_mut(peer) {
            known.failures += member.in_flight.len() as u64;
            if let Some(link) = &known.link {
                link.shelf.take(Side::Input, job);
            }
        }
        self.tell_change(job, peer, change);
    }

    pub(super) fn tell_change(&mut self, job: &JobId, peer: &str, change: MemberChange) {
        let Some(given) = self.given.get(job) else {
            return;
        };
        let message = MemberChanged {
            job: job.clone(),
            peer: peer.to_owned(),
            change,
        };
        self.outbox
            .push(Delivery::Changed(given.changed.clone(), message));
    }
}

/// Tasks that may be with a peer at a time.
fn window(capacity: u32) -> usize {
    let cores = usize::try_from(capacity).unwrap_or(TASKS_IN_FLIGHT_MAX);
    cores
        .saturating_mul(TASKS_AHEAD_PER_CORE)
        .clamp(TASKS_AHEAD_PER_CORE, TASKS_IN_FLIGHT_MAX)
}
