//! Shifts, erosion, dilation, opening and closing of masks by neighbours, 64 voxels at a time.

use rayon::prelude::*;

use crate::instruction_set::Kernel;
use crate::mask::WORD_BITS;
use crate::{BinaryAlgebra, BitMask};

/// Which voxels touch a voxel.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum Neighbours {
    /// The four that share an edge within the slice.
    Four,
    /// The eight that share an edge or corner within the slice.
    Eight,
    /// The six that share a face.
    Six,
    /// The eighteen that share a face or an edge.
    Eighteen,
    /// The twenty-six that share a face, an edge or a corner.
    TwentySix,
}

/// What lies beyond the edges of a volume.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum Border {
    /// Nothing is in the mask there, so that erosion eats from the edges of the volume too.
    Empty,
    /// Everything is in the mask there, so that the edges of the volume do not count.
    Full,
}

impl BitMask {
    /// The mask moved by `[slices, rows, columns]`, towards higher indices if positive. What leaves the volume is
    /// lost, and nothing enters it.
    #[must_use]
    pub fn shift(&self, by: [isize; 3]) -> Self {
        let [_, rows, _] = self.shape();
        let (row_words, last) = (self.row_words(), self.last_word());
        let mut out = self.cleared();
        out.words_mut()
            .chunks_mut(row_words)
            .enumerate()
            .for_each(|(index, out)| {
                let slice = (index / rows).checked_sub_signed(by[0]);
                let row = (index % rows).checked_sub_signed(by[1]);
                if let Some(source) = slice.zip(row).and_then(|(slice, row)| self.row(slice, row)) {
                    shift_row(source, by[2], out);
                    if let Some(word) = out.last_mut() {
                        *word &= last;
                    }
                }
            });
        out
    }

    /// The voxels whose neighbours are all in the mask, repeated `iterations` times.
    #[must_use]
    pub fn erode(&self, neighbours: Neighbours, iterations: usize, border: Border) -> Self {
        self.repeat::<false>(neighbours, iterations, border)
    }

    /// The voxels that are in the mask or have a neighbour in it, repeated `iterations` times. Nothing is in the mask
    /// beyond the edges of the volume.
    #[must_use]
    pub fn dilate(&self, neighbours: Neighbours, iterations: usize) -> Self {
        self.repeat::<true>(neighbours, iterations, Border::Empty)
    }

    /// Erosion and then dilation: removes what is thinner than the neighbourhood. `border` is that of the erosion.
    #[must_use]
    pub fn open(&self, neighbours: Neighbours, iterations: usize, border: Border) -> Self {
        self.erode(neighbours, iterations, border)
            .dilate(neighbours, iterations)
    }

    /// Dilation and then erosion: fills what is thinner than the neighbourhood. The erosion takes the border as full,
    /// so that a voxel of the mask is never lost.
    #[must_use]
    pub fn close(&self, neighbours: Neighbours, iterations: usize) -> Self {
        self.dilate(neighbours, iterations)
            .erode(neighbours, iterations, Border::Full)
    }

    /// The voxels of the mask with a face neighbour that is not in it; the edges of the volume count as outside.
    #[must_use]
    pub fn surface(&self) -> Self {
        let inside = self.erode(Neighbours::Six, 1, Border::Empty);
        self.andnot(&inside)
            .expect("an eroded mask keeps its shape")
    }

    /// The words of a row, or nothing outside the volume.
    pub(crate) fn row(&self, slice: usize, row: usize) -> Option<&[u64]> {
        let [slices, rows, _] = self.shape();
        let row_words = self.row_words();
        (slice < slices && row < rows)
            .then(|| &self.words()[(slice * rows + row) * row_words..][..row_words])
    }

    fn repeat<const DILATE: bool>(
        &self,
        neighbours: Neighbours,
        iterations: usize,
        border: Border,
    ) -> Self {
        // After as many steps as the longest way through the volume, nothing changes any more.
        let steps = iterations.min(self.shape().iter().sum());
        let mut mask = self.clone();
        let mut other = self.cleared();
        for _ in 0..steps {
            step::<DILATE>(&mask, &mut other, neighbours, border);
            std::mem::swap(&mut mask, &mut other);
        }
        mask
    }
}

/// Moves the bits of a row by whole columns; the bits past the last column may be set afterwards.
fn shift_row(source: &[u64], by: isize, out: &mut [u64]) {
    let (words, bits) = (
        by.div_euclid(WORD_BITS as isize),
        by.rem_euclid(WORD_BITS as isize),
    );
    let at = |index: usize, back: isize| {
        let index = index
            .checked_add_signed(-words)?
            .checked_add_signed(-back)?;
        source.get(index).copied()
    };
    for (index, out) in out.iter_mut().enumerate() {
        let low = at(index, 0).unwrap_or(0);
        let below = at(index, 1).unwrap_or(0);
        *out = if bits == 0 {
            low
        } else {
            low << bits | below >> (WORD_BITS as isize - bits)
        };
    }
}

/// One erosion or dilation, slice by slice.
fn step<const DILATE: bool>(
    mask: &BitMask,
    out: &mut BitMask,
    neighbours: Neighbours,
    border: Border,
) {
    let [_, rows, _] = mask.shape();
    let (row_words, last) = (mask.row_words(), mask.last_word());
    let plane = rows * row_words;
    let outside_word = if !DILATE && border == Border::Full {
        u64::MAX
    } else {
        0
    };
    let outside = vec![outside_word; plane];
    let algebra = BinaryAlgebra::new();
    out.words_mut()
        .par_chunks_mut(plane)
        .enumerate()
        .for_each_init(
            || (vec![0; plane + 2], vec![0; plane]),
            |(wide, narrow), (slice, out)| {
                let at = |index: Option<usize>| {
                    index
                        .and_then(|index| mask.words().get(index * plane..)?.get(..plane))
                        .unwrap_or(&outside)
                };
                algebra.run(Step::<DILATE> {
                    neighbours,
                    planes: [
                        at(slice.checked_sub(1)),
                        at(Some(slice)),
                        at(Some(slice + 1)),
                    ],
                    outside: &outside[..row_words],
                    last,
                    wide,
                    narrow,
                    out,
                });
            },
        );
}

/// One slice of the result. Voxels are joined by AND for erosion and by OR for dilation.
struct Step<'a, const DILATE: bool> {
    neighbours: Neighbours,
    /// The slice before, the slice itself, the slice after.
    planes: [&'a [u64]; 3],
    /// A row beyond the edge.
    outside: &'a [u64],
    /// The bits of the last word of a row that are voxels.
    last: u64,
    /// Joined rows that count with their left and right neighbours; a word more at either end.
    wide: &'a mut [u64],
    /// Joined rows that count by themselves.
    narrow: &'a mut [u64],
    out: &'a mut [u64],
}

impl<const DILATE: bool> Kernel for Step<'_, DILATE> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let (row_words, length) = (self.outside.len(), self.out.len());
        let outside = [self.outside; 3];
        let part = |from: usize, to: usize| self.planes.map(|plane| &plane[from..to]);
        let mut join = |from: usize, to: usize, up: [&[u64]; 3], down: [&[u64]; 3]| {
            join_rows::<DILATE>(
                self.neighbours,
                [up, part(from, to), down],
                &mut self.wide[1 + from..1 + to],
                &mut self.narrow[from..to],
            );
        };
        if length == row_words {
            join(0, length, outside, outside);
        } else {
            let end = length - row_words;
            join(0, row_words, outside, part(row_words, 2 * row_words));
            if end > row_words {
                join(
                    row_words,
                    end,
                    part(0, end - row_words),
                    part(2 * row_words, length),
                );
            }
            join(end, length, part(end - row_words, end), outside);
        }
        let narrow = match self.neighbours {
            Neighbours::Eight | Neighbours::TwentySix => None,
            _ => Some(&*self.narrow),
        };
        spread::<DILATE>(self.wide, narrow, self.outside, self.last, self.out);
    }
}

#[inline(always)]
fn joined<const DILATE: bool>(a: u64, b: u64) -> u64 {
    if DILATE { a | b } else { a & b }
}

/// Joins the rows of a neighbourhood. `rows` is `[above, same, below]`, each with the slice before, same and after.
#[inline(always)]
fn join_rows<const DILATE: bool>(
    neighbours: Neighbours,
    rows: [[&[u64]; 3]; 3],
    wide: &mut [u64],
    narrow: &mut [u64],
) {
    let length = wide.len();
    let narrow = &mut narrow[..length];
    let [[ub, u, ua], [b, c, a], [db, d, da]] = rows.map(|rows| rows.map(|row| &row[..length]));
    macro_rules! join {
        ($out:ident, $first:ident $(, $row:ident)*) => {
            for index in 0..length {
                let word = $first[index];
                $(let word = joined::<DILATE>(word, $row[index]);)*
                $out[index] = word;
            }
        };
    }
    match neighbours {
        Neighbours::Four => {
            join!(wide, c);
            join!(narrow, u, d);
        }
        Neighbours::Eight => join!(wide, c, u, d),
        Neighbours::Six => {
            join!(wide, c);
            join!(narrow, u, d, b, a);
        }
        Neighbours::Eighteen => {
            join!(wide, c, u, d, b, a);
            join!(narrow, ub, ua, db, da);
        }
        Neighbours::TwentySix => join!(wide, c, u, d, b, a, ub, ua, db, da),
    }
}

/// Joins each voxel of `wide` with its left and right neighbour and with the voxel of `narrow`.
///
/// `wide` has a word more at either end than `out`. All rows are done as one, and the first and last words of the
/// rows, which took bits from the wrong row, are then done again.
#[inline(always)]
pub(crate) fn spread<const DILATE: bool>(
    wide: &mut [u64],
    narrow: Option<&[u64]>,
    outside: &[u64],
    last: u64,
    out: &mut [u64],
) {
    let (row_words, length) = (outside.len(), out.len());
    let beyond = outside[0];
    if last != u64::MAX {
        for word in wide[1..=length]
            .iter_mut()
            .skip(row_words - 1)
            .step_by(row_words)
        {
            *word = *word & last | beyond & !last;
        }
    }
    let near = |before: u64, word: u64, after: u64| {
        let sides = joined::<DILATE>(word << 1 | before >> 63, word >> 1 | after << 63);
        joined::<DILATE>(word, sides)
    };
    let (before, same, after) = (&wide[..length], &wide[1..=length], &wide[2..length + 2]);
    for index in 0..length {
        out[index] = near(before[index], same[index], after[index]);
    }
    for first in (0..length).step_by(row_words) {
        let end = first + row_words - 1;
        let inner = |index: usize| if index <= end { same[index] } else { beyond };
        out[first] = near(beyond, same[first], inner(first + 1));
        if end > first {
            out[end] = near(same[end - 1], same[end], beyond);
        }
    }
    if let Some(narrow) = narrow {
        for (out, narrow) in out.iter_mut().zip(&narrow[..length]) {
            *out = joined::<DILATE>(*out, *narrow);
        }
    }
    if last != u64::MAX {
        for word in out.iter_mut().skip(row_words - 1).step_by(row_words) {
            *word &= last;
        }
    }
}
