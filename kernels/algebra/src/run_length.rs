//! Masks as bytes: the lengths of the stretches outside and inside the mask, in turn, as variable-length integers.

use crate::encoding::{Reader, push};
use crate::runs::{Run, runs_of_row, set_run};
use crate::{AlgebraError, BitMask};

/// The first bytes: a name and a version.
const MAGIC: [u8; 5] = *b"CXRL\x01";

impl BitMask {
    /// The mask as run lengths: five bytes `CXRL` 1, three axes, then the lengths outside and inside the mask in turn,
    /// in the order of the volume through all rows, beginning outside. Integers are LEB128 in their shortest form, and
    /// only the first length may be zero, so that equal masks are equal bytes.
    pub fn to_run_lengths(&self) -> Vec<u8> {
        let [_, _, columns] = self.shape();
        let mut bytes = MAGIC.to_vec();
        for length in self.shape() {
            push(&mut bytes, length as u64);
        }
        let (mut at, mut open) = (0u64, None::<u64>);
        for (index, words) in self.words().chunks(self.row_words()).enumerate() {
            let base = (index * columns) as u64;
            runs_of_row(words, |start, end| {
                let (start, end) = (base + u64::from(start), base + u64::from(end));
                // A run that ends a row may go on in the next one.
                if open != Some(start) {
                    if let Some(before) = open {
                        push(&mut bytes, before - at);
                        at = before;
                    }
                    push(&mut bytes, start - at);
                    at = start;
                }
                open = Some(end);
            });
        }
        if let Some(end) = open {
            push(&mut bytes, end - at);
            at = end;
        }
        let voxels = self
            .shape()
            .iter()
            .map(|length| *length as u64)
            .product::<u64>();
        if at < voxels {
            push(&mut bytes, voxels - at);
        }
        bytes
    }

    /// Reads what [`Self::to_run_lengths`] wrote, and nothing else. No more than `voxels_max` voxels are accepted, so
    /// that a few bytes cannot ask for a large mask.
    ///
    /// # Errors
    /// Bytes that are cut short, left over, not in their shortest form or of another shape; a mask that is too large.
    pub fn from_run_lengths(bytes: &[u8], voxels_max: u64) -> Result<Self, AlgebraError> {
        let mut reader = Reader {
            what: "mask",
            bytes,
            offset: 0,
        };
        if bytes.get(..MAGIC.len()) != Some(&MAGIC) {
            return Err(reader.error("it does not begin with CXRL, version 1"));
        }
        reader.offset = MAGIC.len();
        let mut shape = [0usize; 3];
        for length in &mut shape {
            *length = usize::try_from(reader.integer()?)
                .map_err(|_| reader.error("an axis is longer than memory"))?;
        }
        let voxels = shape
            .iter()
            .try_fold(1u64, |product, length| product.checked_mul(*length as u64));
        let Some(voxels) = voxels.filter(|voxels| *voxels <= voxels_max) else {
            return Err(AlgebraError::TooLarge {
                what: "mask",
                shape: shape.to_vec(),
            });
        };
        let mut mask = Self::empty(shape)?;
        let (mut at, mut inside) = (0u64, false);
        while at < voxels {
            let length = reader.integer()?;
            if length == 0 && (inside || at > 0) {
                return Err(reader.error("a length is zero"));
            }
            let end = at.checked_add(length).filter(|end| *end <= voxels);
            let Some(end) = end else {
                return Err(reader.error(format!("the lengths exceed the {voxels} voxels")));
            };
            if inside {
                mask.set_voxels(at, end);
            }
            (at, inside) = (end, !inside);
        }
        reader.end()?;
        Ok(mask)
    }

    /// Sets the voxels from `start` to before `end`, counted through the volume.
    fn set_voxels(&mut self, start: u64, end: u64) {
        let (columns, row_words) = (self.shape()[2] as u64, self.row_words());
        let mut at = start;
        while at < end {
            let row = at / columns;
            let stop = end.min((row + 1) * columns);
            let words = &mut self.words_mut()[row as usize * row_words..][..row_words];
            let run = Run {
                start: (at - row * columns) as u32,
                end: (stop - row * columns) as u32,
            };
            set_run(words, run);
            at = stop;
        }
    }
}
