//! Joins runs that touch: a forest of run numbers whose roots are always the least, so that the order in which runs
//! are joined, and with it the number of threads, cannot be seen in the result.

use rayon::prelude::*;

use crate::Neighbours;
use crate::runs::{Run, Runs};

/// Slices that one task joins by itself. Constant, so that threads share out the same tasks.
const SLAB_SLICES: usize = 8;

/// How two rows may touch: not at all, by faces only, or by corners too.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Touch {
    No,
    Face,
    Corner,
}

/// How a row touches the one above it, the same row a slice before, and the rows beside that one.
fn touches(neighbours: Neighbours) -> [Touch; 3] {
    match neighbours {
        Neighbours::Four => [Touch::Face, Touch::No, Touch::No],
        Neighbours::Eight => [Touch::Corner, Touch::No, Touch::No],
        Neighbours::Six => [Touch::Face, Touch::Face, Touch::No],
        Neighbours::Eighteen => [Touch::Corner, Touch::Corner, Touch::Face],
        Neighbours::TwentySix => [Touch::Corner, Touch::Corner, Touch::Corner],
    }
}

/// The component of each run, numbered from zero by their first runs, and how many there are.
pub(crate) fn join_runs(runs: &Runs, neighbours: Neighbours) -> (Vec<u32>, usize) {
    let [slices, rows, _] = runs.shape;
    let touches = touches(neighbours);
    let mut parents = vec![0u32; runs.runs.len()];
    let mut rest = &mut parents[..];
    let mut slabs = Vec::new();
    for first in (0..slices).step_by(SLAB_SLICES) {
        let end = slices.min(first + SLAB_SLICES);
        let base = runs.first[first * rows];
        let (slab, after) = rest.split_at_mut((runs.first[end * rows] - base) as usize);
        slabs.push((first, end, base, slab));
        rest = after;
    }
    slabs.into_par_iter().for_each(|(first, end, base, slab)| {
        for (index, parent) in slab.iter_mut().enumerate() {
            *parent = base + index as u32;
        }
        let mut forest = Forest {
            parents: slab,
            base,
        };
        for slice in first..end {
            forest.join_slice(runs, slice, touches, slice > first);
        }
    });
    let mut forest = Forest {
        parents: &mut parents,
        base: 0,
    };
    if touches[1] != Touch::No {
        for slice in (SLAB_SLICES..slices).step_by(SLAB_SLICES) {
            forest.join_slices(runs, slice, touches);
        }
    }
    // A parent is never above its child, so one pass in order finds every root before it is needed.
    let mut count = 0;
    let mut numbers = vec![0u32; parents.len()];
    for index in 0..parents.len() {
        let parent = parents[index] as usize;
        numbers[index] = if parent == index {
            count += 1;
            count - 1
        } else {
            numbers[parent]
        };
    }
    (numbers, count as usize)
}

/// Parents of the runs from `base` on.
struct Forest<'a> {
    parents: &'a mut [u32],
    base: u32,
}

impl Forest<'_> {
    #[inline]
    fn root(&mut self, mut run: u32) -> u32 {
        loop {
            let parent = self.parents[(run - self.base) as usize];
            if parent == run {
                return run;
            }
            let above = self.parents[(parent - self.base) as usize];
            self.parents[(run - self.base) as usize] = above;
            run = above;
        }
    }

    #[inline]
    fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.root(a), self.root(b));
        let (low, high) = (a.min(b), a.max(b));
        self.parents[(high - self.base) as usize] = low;
    }

    /// Joins the rows of a slice, and if wanted with the slice before.
    fn join_slice(&mut self, runs: &Runs, slice: usize, touches: [Touch; 3], before: bool) {
        let rows = runs.shape[1];
        for row in slice * rows + 1..(slice + 1) * rows {
            self.join_rows(runs, row - 1, row, touches[0]);
        }
        if before && touches[1] != Touch::No {
            self.join_slices(runs, slice, touches);
        }
    }

    /// Joins a slice with the slice before.
    fn join_slices(&mut self, runs: &Runs, slice: usize, touches: [Touch; 3]) {
        let rows = runs.shape[1];
        for row in 0..rows {
            let (here, there) = (slice * rows + row, (slice - 1) * rows + row);
            self.join_rows(runs, there, here, touches[1]);
            if touches[2] != Touch::No {
                if row > 0 {
                    self.join_rows(runs, there - 1, here, touches[2]);
                }
                if row + 1 < rows {
                    self.join_rows(runs, there + 1, here, touches[2]);
                }
            }
        }
    }

    #[inline]
    fn join_rows(&mut self, runs: &Runs, row: usize, other: usize, touch: Touch) {
        let reach = u32::from(touch == Touch::Corner);
        let (mut a, mut b) = (runs.of_row(row), runs.of_row(other));
        while a.start < a.end && b.start < b.end {
            let (first, second): (Run, Run) = (runs.runs[a.start], runs.runs[b.start]);
            if first.start < second.end + reach && second.start < first.end + reach {
                self.join(a.start as u32, b.start as u32);
            }
            // The run that ends first can touch nothing more: the next run of the other row begins beyond a gap.
            if first.end < second.end {
                a.start += 1;
            } else {
                b.start += 1;
            }
        }
    }
}
