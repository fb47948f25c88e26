//! The tasks of an array in the order they are placed, with what is the same for every member worked out once.

use std::cmp::Reverse;

use crate::{Id, LaborError, LaborTask, TASK_INPUTS_MAX, TASKS_MAX};

/// One task, as placing needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub id: Id,
    pub cost: u64,
    pub memory_bytes: u64,
    /// Bytes of inputs that no other task reads: they always travel.
    pub own_bytes: u64,
    /// Inputs that other tasks read too, as (index, bytes): they travel once to each member.
    pub shared: Vec<(u32, u64)>,
}

/// Every task once, longest first and then by id: a task's rank is its place in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Catalogue {
    entries: Vec<Entry>,
    ranks: Vec<(Id, u32)>,
    shared_inputs: usize,
    input_bytes: u128,
    cost: u64,
}

impl Catalogue {
    /// Checks the tasks; the order they come in changes nothing.
    pub(crate) fn new(tasks: &[LaborTask]) -> Result<Self, LaborError> {
        match tasks.len() {
            0 => return Err(LaborError::NoTasks),
            count if count > TASKS_MAX => return Err(LaborError::TooManyTasks { count }),
            _ => {}
        }
        // Keys by value: sorting through references costs several times more.
        let mut keys: Vec<(Reverse<u64>, Id, u32)> = (0..)
            .zip(tasks)
            .map(|(index, task)| (Reverse(task.cost.max(1)), task.id, index))
            .collect();
        keys.sort_unstable();
        let mut sorted: Vec<&LaborTask> = keys
            .iter()
            .map(|(_, _, index)| &tasks[*index as usize])
            .collect();
        sorted.dedup();
        let total: u128 = sorted.iter().map(|task| u128::from(task.cost.max(1))).sum();
        let cost = u64::try_from(total).map_err(|_| LaborError::CostOverflow { total })?;
        let mut ranks: Vec<(Id, u32)> = (0..)
            .zip(&sorted)
            .map(|(rank, task)| (task.id, rank))
            .collect();
        ranks.sort_unstable();
        if let Some(pair) = ranks.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(LaborError::TaskTwice { task: pair[0].0 });
        }
        let mut catalogue = Self {
            entries: Vec::with_capacity(sorted.len()),
            ranks,
            shared_inputs: 0,
            input_bytes: 0,
            cost,
        };
        for task in &sorted {
            if task.inputs.len() > TASK_INPUTS_MAX {
                return Err(LaborError::TooManyInputs {
                    task: task.id,
                    count: task.inputs.len(),
                });
            }
            let (id, cost, memory_bytes) = (task.id, task.cost.max(1), task.memory_bytes);
            catalogue.entries.push(Entry {
                id,
                cost,
                memory_bytes,
                own_bytes: 0,
                shared: Vec::new(),
            });
        }
        catalogue.add_inputs(&sorted)?;
        Ok(catalogue)
    }

    fn add_inputs(&mut self, sorted: &[&LaborTask]) -> Result<(), LaborError> {
        let mut uses: Vec<(Id, u32, u64)> = (0..)
            .zip(sorted)
            .flat_map(|(rank, task)| {
                task.inputs
                    .iter()
                    .map(move |(input, bytes)| (*input, rank, *bytes))
            })
            .collect();
        uses.sort_unstable();
        uses.dedup();
        for group in uses.chunk_by(|a, b| a.0 == b.0) {
            let (input, first_rank, bytes) = group[0];
            if let Some((_, _, other)) = group.iter().find(|(_, _, other)| *other != bytes) {
                return Err(LaborError::InputTwice {
                    input,
                    first_bytes: bytes,
                    second_bytes: *other,
                });
            }
            self.input_bytes += u128::from(bytes) * group.len() as u128;
            if self.input_bytes > u64::MAX.into() {
                return Err(LaborError::BytesOverflow { input, bytes });
            }
            if group.len() == 1 {
                self.entries[first_rank as usize].own_bytes += bytes;
                continue;
            }
            let index = u32::try_from(self.shared_inputs)
                .expect("2^22 tasks with 2^10 inputs, each shared by two, are fewer than 2^32");
            self.shared_inputs += 1;
            group
                .iter()
                .for_each(|(_, rank, _)| self.entries[*rank as usize].shared.push((index, bytes)));
        }
        Ok(())
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn entry(&self, rank: u32) -> &Entry {
        &self.entries[rank as usize]
    }

    /// Ids in id order, with their ranks.
    pub(crate) fn ranks(&self) -> &[(Id, u32)] {
        &self.ranks
    }

    pub(crate) fn rank(&self, id: &Id) -> Option<u32> {
        self.ranks
            .binary_search_by(|(other, _)| other.cmp(id))
            .ok()
            .map(|index| self.ranks[index].1)
    }

    pub(crate) fn shared_inputs(&self) -> usize {
        self.shared_inputs
    }

    /// All costs together.
    pub(crate) fn cost(&self) -> u64 {
        self.cost
    }

    /// All bytes of all inputs, counted for each task that reads them.
    pub(crate) fn input_bytes(&self) -> u128 {
        self.input_bytes
    }
}
