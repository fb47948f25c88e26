//! All members in the order in which they are free, so that a task is placed without looking at each of them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use crate::LaborError;
use crate::catalogue::{Catalogue, Entry};
use crate::placing::{Bench, nowhere};

/// The members of a kind, least loaded first.
type Least = BinaryHeap<Reverse<(u64, usize)>>;

/// The same choice as [`choose`](crate::placing::choose) without refusals: members of one kind are kept by (load, place), and only the
/// first of each kind is compared. Members to whom inputs travel are a kind each.
pub(crate) struct Field {
    /// By (capacity, memory): loads and places in peer order.
    kinds: BTreeMap<(u32, u64), Least>,
    singles: Vec<usize>,
    candidates: Vec<usize>,
}

impl Field {
    /// Members that may get work, in peer order.
    pub(crate) fn new(benches: &[Bench], candidates: Vec<usize>, catalogue: &Catalogue) -> Self {
        let mut field = Self {
            kinds: BTreeMap::new(),
            singles: Vec::new(),
            candidates,
        };
        for &index in &field.candidates {
            match benches[index].kind(catalogue) {
                Some(kind) => field
                    .kinds
                    .entry(kind)
                    .or_default()
                    .push(Reverse((benches[index].load(), index))),
                None => field.singles.push(index),
            }
        }
        field
    }

    /// Gives the task to the member that finishes it first, of equals to the first in peer order.
    pub(crate) fn place(
        &mut self,
        entry: &Entry,
        benches: &mut [Bench],
    ) -> Result<usize, LaborError> {
        let firsts = self.kinds.values().filter_map(|heap| heap.peek());
        let firsts = firsts.map(|Reverse((_, index))| *index);
        let mut best: Option<(usize, u64)> = None;
        for index in firsts.chain(self.singles.iter().copied()) {
            let bench = &benches[index];
            if !bench.fits(entry) {
                continue;
            }
            let finish = bench.load() + bench.weight(entry);
            let better = best.is_none_or(|(other, other_finish)| {
                let other_bench = &benches[other];
                bench.finishes_before(finish, other_bench, other_finish)
                    || (index < other && !other_bench.finishes_before(other_finish, bench, finish))
            });
            if better {
                best = Some((index, finish));
            }
        }
        let Some((index, _)) = best else {
            return Err(nowhere(entry, benches, &self.candidates));
        };
        benches[index].take(entry);
        let kind = (benches[index].capacity(), benches[index].memory_bytes());
        if let Some(heap) = self.kinds.get_mut(&kind)
            && let Some(mut first) = heap.peek_mut()
            && first.0.1 == index
        {
            *first = Reverse((benches[index].load(), index));
        }
        Ok(index)
    }
}
