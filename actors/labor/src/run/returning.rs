//! What comes back from members, how long it took, and what is late.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use actor_messages::SpanEnd;
use kernel_labor::Input;
use kernel_tasks::TaskId;

use super::{Run, Seat};

/// A task that came back.
#[derive(Debug)]
pub struct Returned {
    /// Index of the member.
    pub member: usize,
    /// The task's cost.
    pub work: u64,
    /// The time since the member answered before or got something to do; none for an answer that nobody waited for.
    pub busy: Option<Duration>,
}

impl Run {
    /// A task came back from a member (an empty id means this machine), whatever it brought: the member's index,
    /// or `None` when the task is not one of this job or the member is unknown.
    /// With it, what this says of the member's speed: the task's cost, and the time since it last answered.
    pub fn returned(&mut self, peer: &str, id: TaskId) -> Option<Returned> {
        let member = if peer.is_empty() {
            self.me
        } else {
            self.seat_of(peer)?
        };
        let work = self.opening.tasks.get(*self.slot_of.get(&id)?)?.cost;
        let seat = &mut self.seats[member];
        seat.lane.returned(id);
        let since = seat.waited_since.take();
        seat.waited_since = (!seat.lane.is_empty_handed()).then(Instant::now);
        // What is committed says so right after.
        self.recorder.ended(member, id, SpanEnd::Twice);
        Some(Returned {
            member,
            work,
            busy: since.map(|since| since.elapsed()),
        })
    }

    /// Sets how long each peer may take for its next answer, by the work that is with it, and names those that took longer. Who waits for
    /// the user's word has no time at all: until then its tasks are not under way.
    pub fn late_members(&mut self, deadline: impl Fn(&str, u64) -> Duration) -> Vec<usize> {
        let mut late = Vec::new();
        for member in (0..self.seats.len()).filter(|member| *member != self.me) {
            let seat = &self.seats[member];
            let Some(since) = seat.waited_since.filter(|_| !seat.cell.lost) else {
                self.seats[member].cell.deadline_ms = None;
                continue;
            };
            let work = seat.lane.out().map(|task| self.cost(task));
            let deadline = deadline(&seat.member.peer, work.fold(0, u64::saturating_add));
            if seat.held || since.elapsed() >= deadline {
                late.push(member);
            }
            let deadline_ms = u64::try_from(deadline.as_millis()).unwrap_or(u64::MAX);
            self.seats[member].cell.deadline_ms = Some(deadline_ms);
        }
        late
    }

    fn cost(&self, task: TaskId) -> u64 {
        let slot = self.slot_of.get(&task).copied();
        let task = slot.and_then(|slot| self.opening.tasks.get(slot));
        task.map_or(0, |task| task.cost)
    }

    /// While this machine has nothing to do: the tasks that are out with one of these peers, which another can compute as well; and what
    /// only they have and this machine may compute. As inputs that say so, and the number of tasks.
    pub fn late(&mut self, members: &[usize]) -> (Vec<Input>, usize) {
        if !self.seats[self.me].lane.is_idle() || self.suspended || members.is_empty() {
            return (Vec::new(), 0);
        }
        // From now on they have as much time again.
        for member in members {
            self.seats[*member].waited_since = Some(Instant::now());
        }
        let late_peers: BTreeSet<&str> = members.iter().map(|member| self.peer(*member)).collect();
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
        let out = members
            .iter()
            .map(|member| &self.seats[*member])
            .flat_map(|seat| seat.lane.out().map(move |task| (seat, task)))
            .filter(|(_, task)| is_alone(task));
        let mut inputs: Vec<Input> = out.map(late).collect();
        let me = self.peer(self.me);
        // Spot checks, also those that still wait for a place in the window of a silent peer.
        for peer in late_peers.iter().copied() {
            let unfinished = self.array.unfinished_of(peer).into_iter();
            let checks = unfinished.filter(|task| self.array.answer(task).is_some());
            inputs.extend(checks.map(|task| Input::Late {
                peer: peer.to_owned(),
                task,
            }));
        }
        let is_left = |task: &&TaskId| {
            let mut holders = self.array.holders_of(task.bytes()).into_iter();
            may_help(me, task) && holders.all(|peer| late_peers.contains(peer))
        };
        let open = self.slot_of.keys().filter(is_left);
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
}
