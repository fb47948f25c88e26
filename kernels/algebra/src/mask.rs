//! A mask with one bit a voxel, and set algebra on whole words.

use rayon::prelude::*;

use crate::instruction_set::Kernel;
use crate::memory;
use crate::{AlgebraError, BinaryAlgebra};

/// Voxels in a word.
pub(crate) const WORD_BITS: usize = 64;
/// Most words in a mask: 2 GiB.
const WORDS_MAX: usize = 1 << 28;
/// Most columns of a mask, so that a column has a 32-bit number.
const COLUMNS_MAX: usize = u32::MAX as usize;
/// Words that one task takes. Constant, so that threads share out the same tasks.
const TASK_WORDS: usize = 1 << 14;

/// A set of voxels of a volume `[slices, rows, columns]`, 64 in a word.
///
/// Bit i of word w of a row is the voxel in column 64·w + i. Each row begins with a new word; the bits
/// past its last column are zero.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BitMask {
    shape: [usize; 3],
    /// Invariant: `shape[0] * shape[1] * row_words()` long, and the bits past the last column of a row are zero.
    words: Vec<u64>,
}

impl BitMask {
    /// A mask without any voxel.
    ///
    /// # Errors
    /// An axis of length zero, more than 2²⁸ words (2 GiB) or 2³² − 1 columns.
    pub fn empty(shape: [usize; 3]) -> Result<Self, AlgebraError> {
        Ok(Self {
            shape,
            words: memory::zeros(word_count(shape)?),
        })
    }

    /// A mask from its words, as [`Self::words`] gives them.
    ///
    /// # Errors
    /// A shape that [`Self::empty`] refuses, another number of words than the shape needs, bits past a last column.
    pub fn from_words(shape: [usize; 3], words: Vec<u64>) -> Result<Self, AlgebraError> {
        let needed = word_count(shape)?;
        if words.len() != needed {
            let length = words.len();
            return Err(AlgebraError::Length {
                argument: "words",
                length,
                shape: shape.to_vec(),
                needed,
            });
        }
        let mask = Self { shape, words };
        let (row_words, past) = (mask.row_words(), !mask.last_word());
        let last_of_rows = mask
            .words
            .iter()
            .enumerate()
            .skip(row_words - 1)
            .step_by(row_words);
        for (index, word) in last_of_rows {
            if word & past != 0 {
                return Err(AlgebraError::Padding { index, word: *word });
            }
        }
        Ok(mask)
    }

    /// `[slices, rows, columns]`
    pub fn shape(&self) -> [usize; 3] {
        self.shape
    }

    /// The words, row after row, slice after slice.
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    /// Words in a row.
    pub fn row_words(&self) -> usize {
        self.shape[2].div_ceil(WORD_BITS)
    }

    /// Whether the voxel `[slice, row, column]` is in the mask; nothing outside the volume is.
    pub fn get(&self, [slice, row, column]: [usize; 3]) -> bool {
        let [slices, rows, columns] = self.shape;
        slice < slices && row < rows && column < columns && {
            let word = self.words[(slice * rows + row) * self.row_words() + column / WORD_BITS];
            word >> (column % WORD_BITS) & 1 == 1
        }
    }

    /// Number of voxels in the mask.
    pub fn count(&self) -> u64 {
        let algebra = BinaryAlgebra::new();
        self.words
            .par_chunks(TASK_WORDS)
            .map(|words| algebra.run(Count(words)))
            .sum()
    }

    /// Volume in ml, of voxels of `voxel_mm3` cubic millimetres each.
    pub fn volume_ml(&self, voxel_mm3: f64) -> f64 {
        self.count() as f64 * voxel_mm3 / 1000.0
    }

    /// Voxels in both masks.
    ///
    /// # Errors
    /// Different shapes; so for all operations of two masks.
    pub fn and(&self, other: &Self) -> Result<Self, AlgebraError> {
        self.combine(other, |a, b| a & b)
    }

    /// Voxels in at least one of the masks.
    ///
    /// # Errors
    /// Different shapes.
    pub fn or(&self, other: &Self) -> Result<Self, AlgebraError> {
        self.combine(other, |a, b| a | b)
    }

    /// Voxels in exactly one of the masks.
    ///
    /// # Errors
    /// Different shapes.
    pub fn xor(&self, other: &Self) -> Result<Self, AlgebraError> {
        self.combine(other, |a, b| a ^ b)
    }

    /// Voxels of this mask that are not in the other.
    ///
    /// # Errors
    /// Different shapes.
    pub fn andnot(&self, other: &Self) -> Result<Self, AlgebraError> {
        self.combine(other, |a, b| a & !b)
    }

    /// Voxels of the volume that are not in this mask.
    #[must_use]
    pub fn not(&self) -> Self {
        let (row_words, last) = (self.row_words(), self.last_word());
        let mut words: Vec<u64> = self.words.iter().map(|word| !word).collect();
        for word in words.iter_mut().skip(row_words - 1).step_by(row_words) {
            *word &= last;
        }
        Self {
            shape: self.shape,
            words,
        }
    }

    fn combine(
        &self,
        other: &Self,
        combine: impl Fn(u64, u64) -> u64 + Sync,
    ) -> Result<Self, AlgebraError> {
        if self.shape != other.shape {
            return Err(AlgebraError::ShapeMismatch {
                left: "self",
                left_shape: self.shape.to_vec(),
                right: "other",
                right_shape: other.shape.to_vec(),
            });
        }
        let words = self
            .words
            .iter()
            .zip(&other.words)
            .map(|(a, b)| combine(*a, *b))
            .collect();
        Ok(Self {
            shape: self.shape,
            words,
        })
    }

    /// The bits of the last word of a row that are voxels.
    pub(crate) fn last_word(&self) -> u64 {
        u64::MAX >> (self.row_words() * WORD_BITS - self.shape[2])
    }

    /// A mask of the same shape without any voxel.
    pub(crate) fn cleared(&self) -> Self {
        Self {
            shape: self.shape,
            words: memory::zeros(self.words.len()),
        }
    }

    pub(crate) fn words_mut(&mut self) -> &mut [u64] {
        &mut self.words
    }
}

/// Counts bits; a kernel, since the baseline of x86-64 has no instruction for it.
struct Count<'a>(&'a [u64]);

impl Kernel for Count<'_> {
    type Output = u64;

    #[inline(always)]
    fn run(self) -> u64 {
        let bits = self.0.iter().map(|word| u64::from(word.count_ones()));
        bits.sum()
    }
}

/// Words that a shape needs.
pub(crate) fn word_count(shape: [usize; 3]) -> Result<usize, AlgebraError> {
    if shape.contains(&0) {
        return Err(AlgebraError::Empty {
            argument: "mask",
            shape: shape.to_vec(),
        });
    }
    let [slices, rows, columns] = shape;
    let words = slices
        .checked_mul(rows)
        .and_then(|rows| rows.checked_mul(columns.div_ceil(WORD_BITS)));
    match words {
        Some(words) if words <= WORDS_MAX && columns <= COLUMNS_MAX => Ok(words),
        _ => Err(AlgebraError::TooLarge {
            what: "mask",
            shape: shape.to_vec(),
        }),
    }
}
