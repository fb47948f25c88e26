//! The running part of a job: the labor array, who has which task, what was committed; decides, and sends nothing itself.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use actor_messages::{MemberCell, SpanEnd};
use kernel_labor::{Decision, Epoch, Input, LaborArray, Member, Opening, Suspension};
use kernel_tasks::{Digest, Task, TaskId};

use crate::error::LaborActorError;
use crate::journal::Record;
use crate::lane::Lane;
use crate::request::CheckedJob;
use crate::resumption::{Earlier, KeptOutput};
use crate::timeline::Recorder;

mod opening;
mod returning;
mod views;

pub use opening::Company;

/// A committed output.
#[derive(Clone, Debug)]
pub struct Output {
    /// Canonical bytes.
    pub bytes: Arc<[u8]>,
    /// Their digest.
    pub digest: Digest,
    /// Index of the member that computed it.
    pub member: usize,
    /// Index of the epoch in which it was committed.
    pub epoch: usize,
}

/// What the actor should know after an input was applied.
#[derive(Debug)]
pub enum Step {
    /// Something to tell the user.
    Notice(String),
    /// This member is proven wrong.
    Wrong(String),
    /// Two answers differ; the actor lets a third computation decide.
    Contradiction(String),
    /// Every task is committed.
    Finished(Digest),
    /// It cannot go on.
    Failed(LaborActorError),
}

/// One task and where it is.
struct Slot {
    task: Arc<Task>,
    /// The slice, from 1, that it computes first.
    slice: usize,
    /// Index of the member that has it, or had it when it was committed.
    member: usize,
    reassigned: bool,
    output: Option<Output>,
}

impl Slot {
    /// Whether several slices of the job have their results in this one task's output.
    fn is_shared(&self) -> bool {
        self.task.inputs.len() > 1
    }
}

/// A member, as the array and as the panel see it.
struct Seat {
    member: Member,
    cell: MemberCell,
    lane: Lane,
    /// When it last answered or got something to do, while it has something.
    waited_since: Option<Instant>,
    /// Nothing leaves for it before the user has said yes.
    held: bool,
}

/// A job being computed.
pub struct Run {
    me: usize,
    checked: CheckedJob,
    array: LaborArray,
    seats: Vec<Seat>,
    /// In slice order.
    slices: Arc<Vec<(Digest, TaskId)>>,
    /// Index into `slots`, in slice order.
    slice_slots: Vec<usize>,
    slots: Vec<Slot>,
    slot_of: BTreeMap<TaskId, usize>,
    opening: Opening,
    epochs: Vec<Epoch>,
    suspended: bool,
    /// By the user: a contradiction is then not settled before the job goes on.
    paused: bool,
    /// For display only.
    recorder: Recorder,
    /// For the journal, in order.
    pub records: Vec<Record>,
    /// Outputs that those records commit: on the disk before them.
    pub outputs_to_keep: Vec<KeptOutput>,
}

impl Run {
    /// Feeds the array and carries out its decisions on the lanes. `bytes` are the output of a `Done`.
    pub fn apply(&mut self, input: Input, bytes: Option<Arc<[u8]>>) -> Vec<Step> {
        let decisions = self.array.apply(input.clone());
        let answer = match (&input, bytes) {
            (Input::Done { peer, .. }, Some(bytes)) => {
                self.seat_of(peer).map(|member| (member, bytes))
            }
            _ => None,
        };
        self.records.push(Record::Input(input));
        let mut steps = Vec::new();
        for decision in decisions {
            self.carry_out(decision, answer.as_ref(), &mut steps);
        }
        steps
    }

    fn carry_out(
        &mut self,
        decision: Decision,
        answer: Option<&(usize, Arc<[u8]>)>,
        steps: &mut Vec<Step>,
    ) {
        match decision {
            Decision::Send { peer, tasks } => self.place(&peer, &tasks),
            Decision::Withdraw { peer, tasks } => {
                if let Some(member) = self.seat_of(&peer) {
                    tasks
                        .into_iter()
                        .for_each(|task| self.seats[member].lane.withdraw(TaskId::from(task)));
                }
            }
            Decision::Committed { task, digest, .. } => {
                self.commit(TaskId::from(task), Digest::from(digest), answer)
            }
            Decision::Settled {
                task,
                outvoted,
                reopened,
                ..
            } => {
                reopened
                    .into_iter()
                    .for_each(|task| self.reopen(TaskId::from(task)));
                for peer in &outvoted {
                    // The array takes them for lost, and has given what they had to others.
                    if let Some(member) = self.seat_of(peer) {
                        self.seats[member].cell.lost = true;
                        self.seats[member].lane.clear();
                        self.recorder.lost(member);
                    }
                }
                let names = outvoted.join(" and ");
                steps.extend(outvoted.iter().cloned().map(Step::Wrong));
                steps.push(Step::Notice(format!(
                    "A third computation of task {} contradicts {names}",
                    TaskId::from(task)
                )));
            }
            Decision::Epoch(epoch) => {
                let (number, digest) = (epoch.number, Digest::from(epoch.assignment_digest));
                self.records.push(Record::Epoch {
                    epoch: number,
                    assignment_digest: digest,
                });
                self.epochs.push(epoch);
            }
            Decision::Suspended(Suspension::Conflict(conflict)) => {
                self.suspended = true;
                steps.push(if self.paused {
                    Step::Notice(conflict.to_string())
                } else {
                    Step::Contradiction(conflict.to_string())
                });
            }
            // Nobody else will come during the job, so waiting would be for ever.
            Decision::Suspended(Suspension::Waiting(error)) => {
                steps.push(Step::Failed(error.into()))
            }
            Decision::Suspended(Suspension::Paused) => self.suspended = true,
            Decision::Resumed => self.suspended = false,
            Decision::Finished { result_digest } => {
                let output_digest = Digest::from(result_digest);
                self.records.push(Record::Completed { output_digest });
                self.recorder.finish();
                steps.push(Step::Finished(output_digest));
            }
            Decision::Failed(error) => steps.push(Step::Failed(error.into())),
            Decision::Cancelled | Decision::Ignored { .. } => {}
        }
    }

    fn place(&mut self, peer: &str, tasks: &[kernel_labor::Id]) {
        let Some(member) = self.seat_of(peer) else {
            return;
        };
        for task in tasks {
            let id = TaskId::from(*task);
            let Some(slot) = self.slot_of.get(&id).map(|slot| &mut self.slots[*slot]) else {
                continue;
            };
            slot.reassigned |= self.seats[slot.member].cell.lost;
            slot.member = member;
            self.seats[member].lane.push(id);
        }
    }

    /// Keeps an output that stands. After a contradiction it may replace another.
    fn commit(&mut self, id: TaskId, digest: Digest, answer: Option<&(usize, Arc<[u8]>)>) {
        self.records.push(Record::Commit {
            task: id,
            output: digest,
        });
        let Some(slot) = self.slot_of.get(&id).map(|slot| &mut self.slots[*slot]) else {
            return;
        };
        // The array commits the answer that it was just given, and no other.
        let Some((member, bytes)) = answer else {
            return;
        };
        self.outputs_to_keep.push(KeptOutput {
            task: id,
            numeric_class: self.seats[*member].member.numeric_class.into(),
            digest,
            bytes: Arc::clone(bytes),
        });
        if let Some(before) = slot.output.replace(Output {
            bytes: Arc::clone(bytes),
            digest,
            member: *member,
            epoch: self.epochs.len().saturating_sub(1),
        }) {
            self.seats[before.member].cell.done -= 1;
        }
        slot.member = *member;
        self.recorder.ended(*member, id, SpanEnd::Committed);
        self.seats[*member].cell.done += 1;
        // From the others the array withdraws it, unless one of them is to check it.
        self.seats[*member].lane.withdraw(id);
    }

    /// Forgets an output that only a member proven wrong had vouched for.
    fn reopen(&mut self, id: TaskId) {
        let slot = self.slot_of.get(&id).map(|slot| &mut self.slots[*slot]);
        if let Some(before) = slot.and_then(|slot| slot.output.take()) {
            self.seats[before.member].cell.done -= 1;
        }
    }

    /// Seats are in the order of the membership: by peer id.
    fn seat_of(&self, peer: &str) -> Option<usize> {
        self.seats
            .binary_search_by(|seat| seat.member.peer.as_str().cmp(peer))
            .ok()
    }

    fn slot(&self, id: TaskId) -> Option<&Slot> {
        self.slot_of.get(&id).map(|slot| &self.slots[*slot])
    }

    /// Takes up what an earlier run of the same job committed on machines of our numeric class, so that only the rest is computed.
    /// Says how many tasks those are.
    pub fn take_up(&mut self, mut earlier: Earlier) -> (usize, Vec<Step>) {
        let (peer, class) = {
            let me = &self.seats[self.me].member;
            (me.peer.clone(), Digest::from(me.numeric_class))
        };
        let ids: Vec<TaskId> = self.slots.iter().map(|slot| slot.task.id()).collect();
        let (mut count, mut steps) = (0, Vec::new());
        for id in ids {
            let Some(kept) = earlier
                .remove(&id)
                .filter(|kept| kept.numeric_class == class)
            else {
                continue;
            };
            let done = Input::Done {
                peer: peer.clone(),
                task: *id.bytes(),
                digest: *kept.digest.bytes(),
            };
            steps.extend(self.apply(done, Some(kept.bytes)));
            count += 1;
        }
        (count, steps)
    }

    /// A member is gone. Its lane is emptied; the array decides who takes over.
    pub fn lose(&mut self, peer: &str) -> Option<Input> {
        let seat = self
            .seats
            .iter_mut()
            .find(|seat| seat.member.peer == peer && !seat.cell.lost)?;
        seat.cell.lost = true;
        seat.lane.clear();
        let incarnation = seat.member.incarnation;
        if let Some(member) = self.seat_of(peer) {
            self.recorder.lost(member);
        }
        Some(Input::Down {
            peer: peer.to_owned(),
            incarnation,
        })
    }

    /// The user is asked whether the job may leave for a member, or has said yes.
    pub fn hold(&mut self, peer: &str, held: bool) {
        if let Some(member) = self.seat_of(peer) {
            let seat = &mut self.seats[member];
            seat.held = held;
            // It has its whole time from now on.
            seat.waited_since = seat.waited_since.map(|_| Instant::now());
        }
    }

    /// Whether nothing leaves for a member before the user has said yes.
    pub fn is_held(&self, member: usize) -> bool {
        self.seats[member].held
    }

    /// Takes what fits into the windows now: the member's index and its tasks. Nothing while suspended.
    pub fn take_sends(&mut self) -> Vec<(usize, Vec<TaskId>)> {
        if self.suspended {
            return Vec::new();
        }
        let lanes = self.seats.iter_mut().enumerate();
        let sends: Vec<(usize, Vec<TaskId>)> = lanes
            .map(|(member, seat)| (member, seat.lane.take()))
            .filter(|(_, tasks)| !tasks.is_empty())
            .collect();
        for (member, tasks) in &sends {
            self.seats[*member]
                .waited_since
                .get_or_insert_with(Instant::now);
            for task in tasks {
                if let Some(slot) = self.slot_of.get(task).map(|slot| &self.slots[*slot]) {
                    let slice = slot.slice.saturating_sub(1);
                    self.recorder.sent(*member, *task, slice, slot.reassigned);
                }
            }
        }
        sends
    }

    /// Starts nothing new until [`Run::resume`].
    pub fn pause(&mut self) -> Vec<Step> {
        self.paused = true;
        self.apply(Input::Pause, None)
    }

    /// Goes on; contradictions found meanwhile are settled by third computations.
    pub fn resume(&mut self) -> Vec<Step> {
        self.paused = false;
        for seat in &mut self.seats {
            seat.waited_since = seat.waited_since.map(|_| Instant::now());
        }
        self.apply(Input::Resume, None)
    }

    /// Tasks in flight on this machine from now on.
    pub fn set_local_window(&mut self, window: usize) {
        self.seats[self.me].lane.set_window(window);
    }

    /// Puts tasks that could not be sent back to the front of their lane.
    pub fn put_back(&mut self, member: usize, tasks: &[TaskId]) {
        self.seats[member].lane.put_back(tasks);
        tasks
            .iter()
            .for_each(|task| self.recorder.unsent(member, *task));
    }

    /// A peer cannot do a task: somebody else tries, in the end this machine.
    pub fn refuse(&mut self, peer: String, id: TaskId) -> Vec<Step> {
        if let Some(member) = self.seat_of(&peer) {
            self.recorder.ended(member, id, SpanEnd::Lost);
        }
        self.apply(
            Input::Refused {
                peer,
                task: *id.bytes(),
            },
            None,
        )
    }
}
