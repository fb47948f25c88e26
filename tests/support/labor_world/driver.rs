//! What is out with a member: a window for each member, a deadline for each task that is out, and the message sent again.

use std::collections::{BTreeMap, VecDeque};

/// Tasks out with one member for each unit of its capacity, and at least so many.
const WINDOW_PER_CAPACITY: usize = 4;
const WINDOW_MIN: usize = 8;

/// The tasks of one member, as the submitting node knows them.
#[derive(Debug)]
pub struct Lane {
    waiting: VecDeque<u32>,
    /// With the number of times each was sent.
    out: BTreeMap<u32, u32>,
    window: usize,
}

impl Lane {
    pub fn new(capacity: u32) -> Self {
        Self {
            waiting: VecDeque::new(),
            out: BTreeMap::new(),
            window: (capacity as usize * WINDOW_PER_CAPACITY).max(WINDOW_MIN),
        }
    }

    pub fn push(&mut self, task: u32) {
        self.waiting.push_back(task);
    }

    /// What may be sent now.
    pub fn take(&mut self) -> Vec<u32> {
        let mut taken = Vec::new();
        while self.out.len() < self.window {
            let Some(task) = self.waiting.pop_front() else {
                break;
            };
            self.out.insert(task, 1);
            taken.push(task);
        }
        taken
    }

    /// The task needs nothing from this member any more; whether it was out.
    pub fn drop_task(&mut self, task: u32) -> bool {
        if self.out.remove(&task).is_some() {
            return true;
        }
        if let Some(at) = self.waiting.iter().position(|other| *other == task) {
            self.waiting.remove(at);
        }
        false
    }

    /// A deadline passed: the number of the try, if the task is still out.
    pub fn try_again(&mut self, task: u32) -> Option<u32> {
        let tries = self.out.get_mut(&task)?;
        *tries += 1;
        Some(*tries)
    }

    pub fn clear(&mut self) {
        self.waiting.clear();
        self.out.clear();
    }
}
