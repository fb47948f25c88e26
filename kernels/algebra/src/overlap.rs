//! How well two masks agree: Dice, Jaccard, and the distances of their surfaces.
//!
//! Source of the terms: L. Maier-Hein et al., "Metrics reloaded" (2024).

use crate::ball::check_spacing;
use crate::runs::runs_of_row;
use crate::{AlgebraError, BitMask};

/// How far two masks share their voxels.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Overlap {
    /// Voxels in both masks.
    pub intersection: u64,
    /// Voxels in at least one mask.
    pub union: u64,
    /// Twice the intersection over the sum of both counts; 1 if both masks are empty.
    pub dice: f64,
    /// The intersection over the union; 1 if both masks are empty.
    pub jaccard: f64,
}

/// How far the surfaces of two masks are apart, in mm. All zero if both masks are empty, infinite if one is.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct SurfaceDistances {
    /// The greatest distance from a surface voxel of one mask to the surface of the other (Hausdorff distance).
    pub hausdorff_mm: f64,
    /// The 95th percentile in place of the greatest, the larger of both directions.
    pub hausdorff_95_mm: f64,
    /// Mean distance over the surface voxels of both masks.
    pub mean_mm: f64,
}

impl BitMask {
    /// Compares the voxels of two masks.
    ///
    /// # Errors
    /// Different shapes.
    pub fn overlap(&self, other: &Self) -> Result<Overlap, AlgebraError> {
        let intersection = self.and(other)?.count();
        let sum = self.count() + other.count();
        let union = sum - intersection;
        let part = |part: u64, whole: u64| {
            if whole == 0 {
                1.0
            } else {
                part as f64 / whole as f64
            }
        };
        Ok(Overlap {
            intersection,
            union,
            dice: part(2 * intersection, sum),
            jaccard: part(intersection, union),
        })
    }

    /// Compares the surfaces of two masks, see [`Self::surface`]. `spacing_mm` is the distance of
    /// `[slices, rows, columns]`. A percentile lies between two distances in proportion, as in numpy.
    ///
    /// # Errors
    /// Different shapes, a spacing that is not positive and finite.
    pub fn surface_distances(
        &self,
        other: &Self,
        spacing_mm: [f64; 3],
    ) -> Result<SurfaceDistances, AlgebraError> {
        check_spacing(spacing_mm)?;
        let Some(bounds) = self.or(other)?.bounds() else {
            return Ok(SurfaceDistances {
                hausdorff_mm: 0.0,
                hausdorff_95_mm: 0.0,
                mean_mm: 0.0,
            });
        };
        // Only the box that holds both masks matters.
        let surface = |mask: &Self| mask.surface().crop(bounds);
        let (a, b) = (surface(self)?, surface(other)?);
        if a.count() == 0 || b.count() == 0 {
            return Ok(SurfaceDistances {
                hausdorff_mm: f64::INFINITY,
                hausdorff_95_mm: f64::INFINITY,
                mean_mm: f64::INFINITY,
            });
        }
        let (there, back) = (
            a.distances_to(&b, spacing_mm)?,
            b.distances_to(&a, spacing_mm)?,
        );
        let sum = |distances: &[f64]| distances.iter().sum::<f64>();
        let greatest = |distances: &[f64]| distances.last().copied().unwrap_or(0.0);
        Ok(SurfaceDistances {
            hausdorff_mm: greatest(&there).max(greatest(&back)),
            hausdorff_95_mm: percentile(&there, 0.95).max(percentile(&back, 0.95)),
            mean_mm: (sum(&there) + sum(&back)) / (there.len() + back.len()) as f64,
        })
    }

    /// The distances of the voxels of this mask to the other, ascending.
    fn distances_to(&self, other: &Self, spacing_mm: [f64; 3]) -> Result<Vec<f64>, AlgebraError> {
        let squares = other.squared_distance(spacing_mm)?;
        let [_, rows, _] = self.shape();
        let mut distances = Vec::with_capacity(self.count() as usize);
        for (index, words) in self.words().chunks(self.row_words()).enumerate() {
            runs_of_row(words, |start, end| {
                for column in start as usize..end as usize {
                    distances.push(squares[[index / rows, index % rows, column]].sqrt());
                }
            });
        }
        distances.sort_by(f64::total_cmp);
        Ok(distances)
    }

    /// The least and the greatest voxel of the box that holds the mask, or nothing if the mask is empty.
    pub fn bounds(&self) -> Option<[[usize; 3]; 2]> {
        let [_, rows, _] = self.shape();
        let mut bounds: Option<[[usize; 3]; 2]> = None;
        for (index, words) in self.words().chunks(self.row_words()).enumerate() {
            let Some(first) = words.iter().position(|word| *word != 0) else {
                continue;
            };
            let last = words.iter().rposition(|word| *word != 0).unwrap_or(first);
            let left = first * 64 + words[first].trailing_zeros() as usize;
            let right = last * 64 + 63 - words[last].leading_zeros() as usize;
            let (slice, row) = (index / rows, index % rows);
            let [least, greatest] = bounds.get_or_insert([[slice, row, left], [slice, row, right]]);
            for (axis, (low, high)) in [(slice, slice), (row, row), (left, right)]
                .into_iter()
                .enumerate()
            {
                least[axis] = least[axis].min(low);
                greatest[axis] = greatest[axis].max(high);
            }
        }
        bounds
    }

    /// The part of the mask from the least to the greatest voxel of a box, both included.
    fn crop(&self, [least, greatest]: [[usize; 3]; 2]) -> Result<Self, AlgebraError> {
        let shape: [usize; 3] = std::array::from_fn(|axis| greatest[axis] - least[axis] + 1);
        let moved = self.shift(least.map(|steps| -(steps as isize)));
        let mut part = Self::empty(shape)?;
        let (row_words, last) = (part.row_words(), part.last_word());
        for (index, out) in part.words_mut().chunks_mut(row_words).enumerate() {
            if let Some(words) = moved.row(index / shape[1], index % shape[1]) {
                out.copy_from_slice(&words[..row_words]);
            }
            out[row_words - 1] &= last;
        }
        Ok(part)
    }
}

/// A percentile of ascending values, between two of them in proportion.
fn percentile(ascending: &[f64], part: f64) -> f64 {
    let at = part * (ascending.len() - 1) as f64;
    let below = at as usize;
    let (low, high) = (
        ascending[below],
        ascending[(below + 1).min(ascending.len() - 1)],
    );
    (high - low).mul_add(at - below as f64, low)
}
