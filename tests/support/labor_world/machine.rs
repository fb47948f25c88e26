//! A machine: it knows nothing of the array but what was sent to it, and forgets everything when it crashes.

use std::collections::{BTreeSet, VecDeque};

/// One computer of the world.
#[derive(Debug)]
pub struct Machine {
    /// Whether it runs.
    pub up: bool,
    /// Which start of its program.
    pub incarnation: u64,
    /// Virtual time until which its line is down.
    pub cut_until: u64,
    /// Tasks by number, in the order they came.
    queue: VecDeque<u32>,
    /// The one it computes.
    present: Option<u32>,
    /// What it answered in this start: asked again, it answers again.
    answered: BTreeSet<u32>,
}

impl Machine {
    /// A running machine with nothing to do.
    pub fn new() -> Self {
        Self {
            up: true,
            incarnation: 1,
            cut_until: 0,
            queue: VecDeque::new(),
            present: None,
            answered: BTreeSet::new(),
        }
    }

    /// Takes tasks; gives those that it answered already, to be answered again.
    pub fn take(&mut self, tasks: &[u32]) -> Vec<u32> {
        let mut again = Vec::new();
        for task in tasks {
            if self.answered.contains(task) {
                again.push(*task);
            } else if self.present != Some(*task) && !self.queue.contains(task) {
                self.queue.push_back(*task);
            }
        }
        again
    }

    /// Leaves tasks that it has not begun.
    pub fn leave(&mut self, tasks: &[u32]) {
        self.queue.retain(|task| !tasks.contains(task));
    }

    /// Begins the next task, unless it is busy or has none.
    pub fn begin(&mut self) -> Option<u32> {
        if !self.up || self.present.is_some() {
            return None;
        }
        self.present = self.queue.pop_front();
        self.present
    }

    /// Ends the present task.
    pub fn end(&mut self) -> Option<u32> {
        let task = self.present.take()?;
        self.answered.insert(task);
        Some(task)
    }

    /// Loses everything it had.
    pub fn crash(&mut self) {
        self.up = false;
        self.queue.clear();
        self.present = None;
        self.answered.clear();
    }

    /// Starts again, as a new member.
    pub fn restart(&mut self) {
        self.up = true;
        self.incarnation += 1;
    }
}
