//! Every question about a running job: what is shown, offered, journalled and written of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use actor_messages::{MemberCell, Priority, TaskCell, TaskState, Timeline};
use kernel_labor::{Epoch, Opening};
use kernel_tasks::{Digest, Task, TaskId};

use super::Run;
use crate::expected::ExpectedOutput;
use crate::journal::Header;
use crate::results::{Ground, SliceOutput};

impl Run {
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

    /// Whether every task has an answer, so that only checks of answers are waited for.
    pub fn is_answered(&self) -> bool {
        self.slots.iter().all(|slot| slot.output.is_some())
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

    /// Who had which task when.
    pub fn timeline(&self) -> Timeline {
        self.recorder.timeline()
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
