//! A mask as runs: the stretches of voxels in each row, in the order of the volume.

use rayon::prelude::*;

use crate::mask::WORD_BITS;
use crate::{AlgebraError, BitMask};

/// Most runs of one mask, so that a run has a 32-bit number.
const RUNS_MAX: usize = 1 << 30;

/// Voxels of one row, from `start` to before `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Run {
    pub start: u32,
    pub end: u32,
}

/// The runs of a mask, row after row, slice after slice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Runs {
    pub shape: [usize; 3],
    pub runs: Vec<Run>,
    /// Number of the first run of each row, and one more for the end.
    pub first: Vec<u32>,
}

impl Runs {
    /// # Errors
    /// More than 2³⁰ runs.
    pub fn of(mask: &BitMask) -> Result<Self, AlgebraError> {
        let shape @ [slices, rows, _] = mask.shape();
        let row_words = mask.row_words();
        let slice_words = rows * row_words;
        let count: usize = mask
            .words()
            .par_chunks(slice_words)
            .map(|words| words.chunks(row_words).map(count_of_row).sum::<usize>())
            .sum();
        if count > RUNS_MAX {
            return Err(AlgebraError::TooLarge {
                what: "list of runs",
                shape: shape.to_vec(),
            });
        }
        let parts: Vec<(Vec<Run>, Vec<u32>)> = mask
            .words()
            .par_chunks(slice_words)
            .map(|words| {
                let mut runs = Vec::with_capacity(words.chunks(row_words).map(count_of_row).sum());
                let ends = words
                    .chunks(row_words)
                    .map(|words| {
                        runs_of_row(words, |start, end| runs.push(Run { start, end }));
                        runs.len() as u32
                    })
                    .collect();
                (runs, ends)
            })
            .collect();
        let mut runs = Vec::with_capacity(count);
        let mut first = Vec::with_capacity(slices * rows + 1);
        first.push(0);
        for (part, ends) in parts {
            let before = runs.len() as u32;
            runs.extend(part);
            first.extend(ends.into_iter().map(|end| before + end));
        }
        Ok(Self { shape, runs, first })
    }

    /// The numbers of the runs of a row, counted through all slices.
    #[inline]
    pub fn of_row(&self, row: usize) -> std::ops::Range<usize> {
        self.first[row] as usize..self.first[row + 1] as usize
    }
}

fn count_of_row(words: &[u64]) -> usize {
    let mut before = 0;
    let mut count = 0;
    for word in words {
        count += (word & !(word << 1 | before)).count_ones() as usize;
        before = word >> 63;
    }
    count
}

/// Calls `each` with the start and end of every run of a row.
#[inline]
pub(crate) fn runs_of_row(words: &[u64], mut each: impl FnMut(u32, u32)) {
    let mut open = None;
    let mut before = 0;
    for (index, word) in words.iter().enumerate() {
        // A bit is set where a voxel differs from the one before it.
        let mut edges = word ^ (word << 1 | before);
        before = word >> 63;
        while edges != 0 {
            let at = (index * WORD_BITS) as u32 + edges.trailing_zeros();
            edges &= edges - 1;
            match open.take() {
                Some(start) => each(start, at),
                None => open = Some(at),
            }
        }
    }
    if let Some(start) = open {
        each(start, (words.len() * WORD_BITS) as u32);
    }
}

/// Sets the bits from `start` to before `end`.
pub(crate) fn set_run(words: &mut [u64], run: Run) {
    let (start, end) = (run.start as usize, run.end as usize);
    let (first, last) = (start / WORD_BITS, (end - 1) / WORD_BITS);
    let from = u64::MAX << (start % WORD_BITS);
    let to = u64::MAX >> (WORD_BITS - 1 - (end - 1) % WORD_BITS);
    if first == last {
        words[first] |= from & to;
    } else {
        words[first] |= from;
        words[first + 1..last].fill(u64::MAX);
        words[last] |= to;
    }
}
