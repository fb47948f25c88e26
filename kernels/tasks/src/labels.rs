//! Labels as a task's output: their counts, their volumes, the slices they lie on.

use crate::canonical::malformed;
use crate::output::WHAT;
use crate::{PIXELS_MAX, TaskError, TaskOutput};

impl TaskOutput {
    /// Slices of the result: 1 for all kinds but labels and slabs, which may have several.
    pub fn slices(&self) -> u32 {
        match self {
            Self::Labels { slices, .. } => *slices,
            Self::Slab(parts) => u32::try_from(parts.len()).unwrap_or(u32::MAX),
            _ => 1,
        }
    }

    /// Volume of each label in ml, from 0 on; `None` for another kind of result, or where the voxel size is not known.
    pub fn label_volumes_ml(&self) -> Option<Vec<f64>> {
        let Self::Labels {
            counts,
            voxel_mm3: Some(mm3),
            ..
        } = self
        else {
            return None;
        };
        Some(
            counts
                .iter()
                .map(|count| *count as f64 * mm3 / 1000.0)
                .collect(),
        )
    }

    /// The labels `[rows, columns]` of one slice of the result, counted from 0; `None` for another kind, or where there is no such slice.
    pub fn labels(&self, slice: usize) -> Option<&[u8]> {
        let Self::Labels {
            rows,
            columns,
            labels,
            ..
        } = self
        else {
            return None;
        };
        let pixels = *rows as usize * *columns as usize;
        labels.chunks(pixels.max(1)).nth(slice)
    }

    /// The labels of the first slice as numbers, for a picture; none for another kind.
    pub(crate) fn first_labels(&self) -> Vec<f32> {
        let labels = self.labels(0).unwrap_or_default();
        labels.iter().map(|label| f32::from(*label)).collect()
    }

    /// Whether labels fill their slices of `pixels`, and the counts are theirs; other kinds have none to check.
    pub(crate) fn check_labels(&self, pixels: usize) -> Result<(), TaskError> {
        let Self::Labels {
            slices,
            labels,
            counts,
            voxel_mm3,
            ..
        } = self
        else {
            return Ok(());
        };
        let voxels = pixels.saturating_mul(*slices as usize);
        if *slices == 0 || voxels as u64 > PIXELS_MAX {
            return Err(malformed(
                WHAT,
                format_args!("{slices} slices are none, or too many"),
            ));
        }
        if labels.len() != voxels {
            return Err(malformed(
                WHAT,
                format_args!("the labelmap has {} values, not {voxels}", labels.len()),
            ));
        }
        if count_labels(labels, counts.len()).as_ref() != Some(counts) {
            return Err(malformed(WHAT, "its counts are not those of its labels"));
        }
        match voxel_mm3 {
            Some(mm3) if !(*mm3 > 0.0 && mm3.is_finite()) => Err(malformed(
                WHAT,
                format_args!("a voxel of {mm3} mm³ has no size"),
            )),
            _ => Ok(()),
        }
    }
}

/// Voxels of each of `kinds` labels; `None` where a label is beyond them, or there are none or too many kinds.
pub(crate) fn count_labels(labels: &[u8], kinds: usize) -> Option<Vec<u64>> {
    if kinds == 0 || kinds > 256 {
        return None;
    }
    let mut counts = vec![0_u64; 256];
    labels
        .iter()
        .for_each(|label| counts[usize::from(*label)] += 1);
    let beyond = counts.split_off(kinds);
    beyond.iter().all(|count| *count == 0).then_some(counts)
}
