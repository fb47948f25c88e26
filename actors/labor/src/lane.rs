//! The tasks of one member: those that wait and those that are out, at most a window of them.

use std::collections::{BTreeSet, VecDeque};

use kernel_tasks::TaskId;

/// Invariant: at most `window` tasks are out, and none is both out and waiting.
#[derive(Debug)]
pub struct Lane {
    /// In order; a task that is no longer in `waiting` is skipped.
    order: VecDeque<TaskId>,
    waiting: BTreeSet<TaskId>,
    out: BTreeSet<TaskId>,
    window: usize,
}

impl Lane {
    /// An empty lane; a window of 0 would never move and counts as 1.
    pub fn new(window: usize) -> Self {
        Self {
            order: VecDeque::new(),
            waiting: BTreeSet::new(),
            out: BTreeSet::new(),
            window: window.max(1),
        }
    }

    /// Adds a task behind the others, unless it is here already.
    pub fn push(&mut self, id: TaskId) {
        if !self.out.contains(&id) && self.waiting.insert(id) {
            self.order.push_back(id);
        }
    }

    /// Takes what fits into the window, in order.
    pub fn take(&mut self) -> Vec<TaskId> {
        let mut taken = Vec::new();
        while self.out.len() < self.window {
            let Some(id) = self.order.pop_front() else {
                break;
            };
            if self.waiting.remove(&id) {
                self.out.insert(id);
                taken.push(id);
            }
        }
        taken
    }

    /// Gives taken tasks back to the front, in their order.
    pub fn put_back(&mut self, tasks: &[TaskId]) {
        for id in tasks.iter().rev() {
            if self.out.remove(id) && self.waiting.insert(*id) {
                self.order.push_front(*id);
            }
        }
    }

    /// Another window; what is out already stays out.
    pub fn set_window(&mut self, window: usize) {
        self.window = window.max(1);
    }

    /// A task came back.
    pub fn returned(&mut self, id: TaskId) {
        self.out.remove(&id);
    }

    /// A task need not be computed here any more. One that is out stays in the window until it comes back.
    pub fn withdraw(&mut self, id: TaskId) {
        self.waiting.remove(&id);
    }

    /// Nothing is here any more.
    pub fn clear(&mut self) {
        self.order.clear();
        self.waiting.clear();
        self.out.clear();
    }

    /// Whether nothing waits and nothing is out.
    pub fn is_idle(&self) -> bool {
        self.waiting.is_empty() && self.out.is_empty()
    }

    /// Whether nothing is out.
    pub fn is_empty_handed(&self) -> bool {
        self.out.is_empty()
    }

    /// The tasks that are out, by id.
    pub fn out(&self) -> impl Iterator<Item = TaskId> {
        self.out.iter().copied()
    }

    /// Whether the task is out.
    pub fn is_out(&self, id: TaskId) -> bool {
        self.out.contains(&id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u8) -> TaskId {
        TaskId::from([number; 32])
    }

    #[test]
    fn no_more_than_a_window_is_out_and_withdrawn_tasks_never_leave() {
        let mut lane = Lane::new(2);
        (0..6).for_each(|number| lane.push(id(number)));
        lane.push(id(0));
        assert_eq!(lane.take(), [id(0), id(1)]);
        assert_eq!(lane.take(), []);
        lane.withdraw(id(2));
        lane.returned(id(0));
        assert_eq!(lane.take(), [id(3)]);
        lane.put_back(&[id(1), id(3)]);
        assert_eq!(lane.take(), [id(1), id(3)]);
        lane.withdraw(id(4));
        lane.push(id(4));
        lane.clear();
        assert_eq!(lane.take(), []);
    }
}
