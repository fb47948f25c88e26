//! What becomes of outputs: their pictures, and the slices of those that have several.

use kernel_algebra::{BitMask, LowRank};
use ndarray::{Array1, Array2};

use crate::canonical::{Raw, malformed};
use crate::execute::refused;
use crate::operation::{SVD_COMPRESS, THRESHOLD};
use crate::output::WHAT;
use crate::{TASK_INPUTS_MAX, TaskError, TaskOutput};

impl TaskOutput {
    /// The output of one slice, counted from 0, of those that this one is for; itself for an output of one slice and for labels.
    pub fn slice(&self, index: usize) -> Option<&Self> {
        match self {
            Self::Slab(parts) => parts.get(index),
            other => (index < other.slices() as usize).then_some(other),
        }
    }

    /// The picture `[rows, columns]`: the factors' product, the image, the mask as 0 and 1, or the first slice's labels as numbers.
    /// Fails where [`TaskOutput::check`] does, and for factors that are not finite.
    pub fn image(&self) -> Result<Array2<f32>, TaskError> {
        self.check()?;
        let [rows, columns] = self.shape().map(|side| side as usize);
        let matrix = |shape: (usize, usize), values: &[f32]| {
            Array2::from_shape_vec(shape, values.to_vec()).map_err(|error| malformed(WHAT, error))
        };
        match self {
            Self::LowRank { k, u, s, vt, .. } => {
                let kept = *k as usize;
                let s = Array1::from_vec(s.clone());
                let factors = LowRank {
                    u: matrix((rows, kept), u)?,
                    s,
                    vt: matrix((kept, columns), vt)?,
                };
                factors
                    .try_reconstruct_rows(0..rows)
                    .map_err(refused(SVD_COMPRESS))
            }
            Self::Image { values, .. } => matrix((rows, columns), values),
            Self::Mask { .. } => {
                let mask = self.mask()?;
                Ok(Array2::from_shape_fn((rows, columns), |(row, column)| {
                    f32::from(u8::from(mask.get([0, row, column])))
                }))
            }
            Self::Labels { .. } => matrix((rows, columns), &self.first_labels()),
            Self::Slab(parts) => match parts.first() {
                Some(part) => part.image(),
                None => Err(malformed(WHAT, "it has no slices")),
            },
        }
    }

    /// The mask `[1, rows, columns]`, for mask algebra; an error for another kind of output.
    pub fn mask(&self) -> Result<BitMask, TaskError> {
        match self {
            Self::Mask {
                rows,
                columns,
                words,
                ..
            } => BitMask::from_words([1, *rows as usize, *columns as usize], words.clone())
                .map_err(refused(THRESHOLD)),
            _ => Err(malformed("mask", "it is an image")),
        }
    }
}

/// Whether there are at least two images or masks, of one kind and shape.
pub(crate) fn check(parts: &[TaskOutput]) -> Result<(), TaskError> {
    if !(2..=TASK_INPUTS_MAX).contains(&parts.len()) {
        let count = parts.len();
        return Err(malformed(
            WHAT,
            format_args!("{count} slices are no slab of 2 to {TASK_INPUTS_MAX}"),
        ));
    }
    for part in parts {
        let plain = matches!(part, TaskOutput::Image { .. } | TaskOutput::Mask { .. });
        if !plain || part.kind() != parts[0].kind() || part.shape() != parts[0].shape() {
            return Err(malformed(
                WHAT,
                "its slices are not all images or all masks of one shape",
            ));
        }
        part.check()?;
    }
    Ok(())
}

/// Reads the slices of a slab, which have no slabs in them.
pub(crate) fn decode(parts: &[Raw<'_>]) -> Result<Vec<TaskOutput>, TaskError> {
    if parts.len() > TASK_INPUTS_MAX {
        return Err(TaskError::TooMany {
            what: "Slices of an output",
            count: parts.len() as u64,
            limit: TASK_INPUTS_MAX as u64,
        });
    }
    parts
        .iter()
        .map(|part| TaskOutput::decode_part(part.0))
        .collect()
}
