//! The one rule of placing: the member that would finish the task first, compared by whole numbers.

use std::collections::BTreeSet;

use crate::catalogue::{Catalogue, Entry};
use crate::pace::speed_declared;
use crate::{LaborError, Member};

/// A member's weights, its load so far, and which shared inputs it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bench {
    capacity: u32,
    link_cost: u32,
    memory_bytes: u64,
    load: u64,
    /// What it is taken for: at first what its capacity declares.
    speed: u64,
    held: Vec<u64>,
}

impl Bench {
    /// A member with nothing to do; refuses one whose transfers could not be counted.
    pub(crate) fn new(member: &Member, catalogue: &Catalogue) -> Result<Self, LaborError> {
        // Everything a member could ever hold at once, in 64 bits: no sum below can overflow.
        let bytes = catalogue.input_bytes();
        let most = bytes
            .checked_mul(member.link_cost.into())
            .and_then(|transfer| transfer.checked_add(catalogue.cost().into()));
        if most.is_none_or(|most| most > u64::MAX.into()) {
            return Err(LaborError::TransferOverflow {
                peer: member.peer.clone(),
                link_cost: member.link_cost,
                bytes,
            });
        }
        Ok(Self {
            capacity: member.capacity,
            link_cost: member.link_cost,
            memory_bytes: member.memory_bytes,
            load: 0,
            speed: speed_declared(member.capacity.into()),
            held: vec![0; catalogue.shared_inputs().div_ceil(64)],
        })
    }

    pub(crate) fn load(&self) -> u64 {
        self.load
    }

    pub(crate) fn fits(&self, entry: &Entry) -> bool {
        entry.memory_bytes <= self.memory_bytes
    }

    /// What the task adds to this member's load: its cost, and the bytes that still have to travel.
    pub(crate) fn weight(&self, entry: &Entry) -> u64 {
        if self.link_cost == 0 {
            return entry.cost;
        }
        let missing = entry
            .shared
            .iter()
            .filter(|(index, _)| self.held[*index as usize / 64] >> (index % 64) & 1 == 0);
        let bytes = entry.own_bytes + missing.map(|(_, bytes)| bytes).sum::<u64>();
        entry.cost + bytes * u64::from(self.link_cost)
    }

    /// Takes the task on; gives the weight it was counted with.
    pub(crate) fn take(&mut self, entry: &Entry) -> u64 {
        let weight = self.weight(entry);
        self.load += weight;
        entry
            .shared
            .iter()
            .for_each(|(index, _)| self.held[*index as usize / 64] |= 1 << (index % 64));
        weight
    }

    /// Forgets a task that is done or gone, by the weight it was counted with.
    pub(crate) fn release(&mut self, weight: u64) {
        self.load -= weight;
    }

    /// What is the same for members that differ only in what they have: capacity and memory. None where inputs have to travel,
    /// since the weight of a task then depends on what the member holds.
    pub(crate) fn kind(&self, catalogue: &Catalogue) -> Option<(u32, u64)> {
        let travels = self.link_cost > 0 && catalogue.input_bytes() > 0;
        (!travels).then_some((self.capacity, self.memory_bytes))
    }

    /// The largest task it can hold.
    pub(crate) fn memory_bytes(&self) -> u64 {
        self.memory_bytes
    }

    /// Takes it for as fast as it has shown itself to be.
    pub(crate) fn set_speed(&mut self, speed: u64) {
        self.speed = speed;
    }

    /// What it is taken for.
    pub(crate) fn speed(&self) -> u64 {
        self.speed
    }

    /// Declared speed.
    pub(crate) fn capacity(&self) -> u32 {
        self.capacity
    }

    /// Whether this member with `load` finishes strictly before `other` with `other_load`: the quotients by speed, multiplied out.
    pub(crate) fn finishes_before(&self, load: u64, other: &Self, other_load: u64) -> bool {
        u128::from(load) * u128::from(other.speed) < u128::from(other_load) * u128::from(self.speed)
    }
}

/// The candidate that finishes the task first, all it has and the bytes still to travel counted in. Of equals the earlier candidate,
/// so candidates come in peer order. Memory and refusals are hard limits.
pub(crate) fn choose(
    entry: &Entry,
    benches: &[Bench],
    candidates: &[usize],
    barred: Option<&BTreeSet<usize>>,
) -> Result<usize, LaborError> {
    let mut best: Option<(usize, u64)> = None;
    for &index in candidates {
        let bench = &benches[index];
        if !bench.fits(entry) || barred.is_some_and(|barred| barred.contains(&index)) {
            continue;
        }
        let finish = bench.load + bench.weight(entry);
        if best.is_none_or(|(other, other_finish)| {
            bench.finishes_before(finish, &benches[other], other_finish)
        }) {
            best = Some((index, finish));
        }
    }
    best.map(|(index, _)| index)
        .ok_or_else(|| nowhere(entry, benches, candidates))
}

pub(crate) fn nowhere(entry: &Entry, benches: &[Bench], candidates: &[usize]) -> LaborError {
    let memory = candidates.iter().map(|index| benches[*index].memory_bytes);
    match memory.max() {
        None => LaborError::NoMembers,
        Some(largest_bytes) if largest_bytes < entry.memory_bytes => LaborError::MemoryNowhere {
            task: entry.id,
            needs_bytes: entry.memory_bytes,
            largest_bytes,
        },
        Some(_) => {
            let count = candidates
                .iter()
                .filter(|index| benches[**index].fits(entry))
                .count();
            LaborError::RefusedEverywhere {
                task: entry.id,
                count,
            }
        }
    }
}
