//! Every question about a running job: what is shown, offered, journalled and written of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use actor_messages::{MemberCell, Priority, TaskCell, TaskState};
use kernel_labor::{Epoch, Input, Opening};
use kernel_tasks::{Digest, Task, TaskId};

use super::{Run, Seat};
use crate::expected::ExpectedOutput;
use crate::journal::Header;
use crate::results::{Ground, SliceOutput};

impl Run {
    /// While this machine has nothing to do: the tasks that are out with one peer, which another can compute as well; and everything
    /// unfinished that this machine may compute, since all peers together may be busy or hung. As inputs that say so, and the number of tasks.
    pub fn late(&self) -> (Vec<Input>, usize) {
        if !self.seats[self.me].lane.is_idle() || self.suspended {
            return (Vec::new(), 0);
        }
        let may_help = |peer: &str, task: &TaskId| self.array.may_help(peer, task.bytes());
        let is_alone = |task: &TaskId| {
            self.array.holders_of(task.bytes()).len() == 1
                && self
                    .seats
                    .iter()
                    .any(|seat| may_help(&seat.member.peer, task))
        };
        let late = |(seat, task): (&Seat, TaskId)| Input::Late {
            peer: seat.member.peer.clone(),
            task: *task.bytes(),
        };
        let out = self
            .seats
            .iter()
            .flat_map(|seat| seat.lane.out().map(move |task| (seat, task)))
            .filter(|(_, task)| is_alone(task));
        let mut inputs: Vec<Input> = out.map(late).collect();
        let me = self.peer(self.me);
        // Spot checks, also those that still wait for a place in the window of a silent peer.
        for peer in self.others() {
            let unfinished = self.array.unfinished_of(peer).into_iter();
            let checks = unfinished.filter(|task| self.array.answer(task).is_some());
            inputs.extend(checks.map(|task| Input::Late {
                peer: peer.to_owned(),
                task,
            }));
        }
        let open = self.slot_of.keys().filter(|task| may_help(me, task));
        inputs.extend(open.map(|task| Input::Helps {
            peer: me.to_owned(),
            task: *task.bytes(),
        }));
        let task_of = |input: &Input| match input {
            Input::Late { task, .. } | Input::Helps { task, .. } => Some(*task),
            _ => None,
        };
        // Late spot checks are no lost work, and go on quietly.
        let is_open = |task: &[u8; 32]| self.array.answer(task).is_none();
        let tasks = inputs.iter().filter_map(task_of).filter(is_open);
        let count = tasks.collect::<BTreeSet<_>>();
        (inputs, count.len())
    }

    /// Kind and size of what a task must give.
    pub fn expected(&self, id: TaskId) -> Option<ExpectedOutput> {
        self.checked.expected(&self.slot(id)?.task)
    }

    /// Whether an answer to the task stands; after a contradiction none does until a third one decides.
    pub fn is_committed(&self, id: TaskId) -> bool {
        self.array.answer(id.bytes()).is_some()
    }

    /// First slice, from 1, that a task computes.
    pub fn slice_number(&self, id: TaskId) -> usize {
        self.slot(id).map_or(0, |slot| slot.slice)
    }

    /// Whether the user lets it stand still.
    pub fn is_paused(&self) -> bool {
        self.paused
    }

    /// How much it gets of what several jobs share.
    pub fn priority(&self) -> Priority {
        self.array.priority()
    }

    /// Tasks that a second member computed too, with the same answer.
    pub fn spot_checked(&self) -> usize {
        self.array.spot_checks().0
    }

    /// Index of our own member.
    pub fn me(&self) -> usize {
        self.me
    }

    /// Peer id of a member.
    pub fn peer(&self, member: usize) -> &str {
        &self.seats[member].member.peer
    }

    /// Whether any member is another machine.
    pub fn is_shared(&self) -> bool {
        self.seats.len() > 1
    }

    /// The task by its id.
    pub fn task(&self, id: TaskId) -> Option<Arc<Task>> {
        self.slot(id).map(|slot| Arc::clone(&slot.task))
    }

    /// In slice order: the block and the task made of it.
    pub fn slices(&self) -> &Arc<Vec<(Digest, TaskId)>> {
        &self.slices
    }

    /// Committed outputs.
    pub fn outputs(&self) -> BTreeMap<TaskId, Arc<[u8]>> {
        let held = |(id, slot): (&TaskId, &usize)| {
            self.slots[*slot]
                .output
                .as_ref()
                .map(|output| (*id, Arc::clone(&output.bytes)))
        };
        self.slot_of.iter().filter_map(held).collect()
    }

    /// The committed output of a task.
    pub fn output(&self, id: TaskId) -> Option<Arc<[u8]>> {
        self.slot(id)?
            .output
            .as_ref()
            .map(|output| Arc::clone(&output.bytes))
    }

    /// What epoch 0 was opened with.
    pub fn opening(&self) -> &Opening {
        &self.opening
    }

    /// Epoch 0 and the one that holds now. `Run::open` made sure that there is one.
    pub fn epochs(&self) -> (&Epoch, &Epoch) {
        let first = self
            .epochs
            .first()
            .expect("Run::open refuses an array without an epoch");
        (first, self.epochs.last().unwrap_or(first))
    }

    /// Name of a member, as it gave it.
    pub fn name(&self, member: usize) -> &str {
        &self.seats[member].cell.name
    }

    /// Name of a member that is still here.
    pub fn name_of(&self, peer: &str) -> Option<&str> {
        let member = self.seat_of(peer)?;
        (!self.seats[member].cell.lost).then(|| self.name(member))
    }

    /// Peer ids of the other machines.
    pub fn others(&self) -> impl Iterator<Item = &str> {
        let me = self.me;
        self.seats
            .iter()
            .enumerate()
            .filter(move |(member, _)| *member != me)
            .map(|(_, seat)| seat.member.peer.as_str())
    }

    /// Squares in slice order, and members by peer id.
    pub fn cells(&self) -> (Vec<TaskCell>, Vec<MemberCell>) {
        let cell = |(slot, (_, id)): (&usize, &(Digest, TaskId))| {
            let slot = &self.slots[*slot];
            let state = if slot.output.is_some() {
                TaskState::Done
            } else if self.seats[slot.member].lane.is_out(*id) {
                TaskState::Running
            } else {
                TaskState::Waiting
            };
            TaskCell {
                state,
                member: u16::try_from(slot.member).unwrap_or(u16::MAX),
                reassigned: slot.reassigned,
            }
        };
        let cells = self
            .slice_slots
            .iter()
            .zip(self.slices.iter())
            .map(cell)
            .collect();
        (
            cells,
            self.seats.iter().map(|seat| seat.cell.clone()).collect(),
        )
    }

    /// What the journal starts with.
    pub fn header(&self, application: &str, job: &str) -> Header {
        Header {
            application: application.to_owned(),
            job: job.to_owned(),
            request: self.checked.job.encode(),
            opening: self.opening.clone(),
            epoch: self.epochs().0.clone(),
        }
    }

    /// What the receipts say alike, and the outputs in slice order, each once for the slices it is for; `None` while one is missing.
    pub fn results(&self, application: &str) -> Option<(Ground, Vec<SliceOutput>)> {
        // One for each slice, but for the slices that one task computed together: those share the first one's.
        let together = self.checked.job.parameters.integer("slices").ok();
        let together = together.and_then(|slices| usize::try_from(slices).ok());
        let together = together.unwrap_or(1).max(1);
        let own = |index: usize, slot: usize| {
            !self.slots[slot].is_shared() || index.is_multiple_of(together)
        };
        let output = |(index, (slot, (_, task))): (usize, (&usize, &(Digest, TaskId)))| {
            let body = &self.slots[*slot].task;
            let output = self.slots[*slot].output.as_ref()?;
            let numeric_class = self.seats[output.member].member.numeric_class.into();
            let epoch = self.epochs.get(output.epoch)?;
            Some(SliceOutput {
                index,
                inputs: body.inputs.clone(),
                parameters: body.parameters.clone(),
                task: *task,
                bytes: Arc::clone(&output.bytes),
                digest: output.digest,
                numeric_class,
                membership_digest: epoch.membership_digest.into(),
                assignment_digest: epoch.assignment_digest.into(),
            })
        };
        let outputs = self
            .slice_slots
            .iter()
            .zip(self.slices.iter())
            .enumerate()
            .filter(|(index, (slot, _))| own(*index, **slot))
            .map(output)
            .collect::<Option<Vec<_>>>()?;
        let ground = Ground {
            application: application.to_owned(),
            job: self.checked.job.clone(),
        };
        Some((ground, outputs))
    }
}
