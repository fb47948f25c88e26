//! The median of a box around each voxel, exact, many voxels at a time.
//!
//! Half of the box and two more are kept; the least and the greatest of them cannot be the median, and the next value
//! takes the place of one ("forgetful selection"). Comparisons alone decide, so the order of work cannot be seen.

use ndarray::{Array3, ArrayView3};
use rayon::prelude::*;

use crate::filters::check_radius;
use crate::instruction_set::Kernel;
use crate::memory::zero_volume;
use crate::separable::{check_volume, first_not_finite};
use crate::{AlgebraError, BinaryAlgebra, Extension};

/// Most voxels of a box, 7 × 7 × 7.
const BOX_MAX: usize = 343;
/// Voxels whose medians are found together.
const LANES: usize = 32;

type Lanes = [f32; LANES];

impl BinaryAlgebra {
    /// The median of a box that reaches `radius` voxels to either side along slices, rows and columns.
    ///
    /// # Errors
    /// An empty volume, NaN or infinite values, a box of more than 343 voxels.
    pub fn median(
        &self,
        view: ArrayView3<'_, f32>,
        radius: [usize; 3],
        extension: Extension,
    ) -> Result<Array3<f32>, AlgebraError> {
        check_volume("view", &view)?;
        check_radius(radius)?;
        extension.check()?;
        let size: usize = radius.iter().map(|radius| 2 * radius + 1).product();
        if size > BOX_MAX {
            let rule = format!("of a box of at most {BOX_MAX} voxels");
            return Err(AlgebraError::parameter(
                "radius",
                format!("{radius:?}"),
                rule,
            ));
        }
        if let Some(error) = first_not_finite("view", &view) {
            return Err(error);
        }
        let (slices, rows, columns) = view.dim();
        let source = view.as_standard_layout();
        let mut out = zero_volume(view.dim());
        let (Some(source), Some(values)) = (source.as_slice(), out.as_slice_mut()) else {
            return Ok(out);
        };
        // Filled up, so that the last lanes have something to read.
        let width = columns.next_multiple_of(LANES) + 2 * radius[2];
        let lines = (2 * radius[0] + 1) * (2 * radius[1] + 1);
        values
            .par_chunks_mut(rows * columns)
            .enumerate()
            .for_each_init(
                || (vec![0f32; lines * width], vec![[0f32; LANES]; size / 2 + 2]),
                |(padded, kept), (slice, out)| {
                    for (row, out) in out.chunks_mut(columns).enumerate() {
                        let mut lines = padded.chunks_mut(width);
                        for z in -(radius[0] as isize)..=radius[0] as isize {
                            for y in -(radius[1] as isize)..=radius[1] as isize {
                                let Some(line) = lines.next() else {
                                    continue;
                                };
                                let slice = extension.index(slice as isize + z, slices);
                                let row = extension.index(row as isize + y, rows);
                                match slice.zip(row) {
                                    Some((slice, row)) => {
                                        let first = (slice * rows + row) * columns;
                                        extension.pad(&source[first..][..columns], radius[2], line);
                                    }
                                    None => line.fill(extension.constant()),
                                }
                            }
                        }
                        self.run(Row {
                            padded,
                            width,
                            across: 2 * radius[2] + 1,
                            kept,
                            out,
                        });
                    }
                },
            );
        Ok(out)
    }
}

/// The medians of one row.
struct Row<'a> {
    /// The rows of the box, `width` long.
    padded: &'a [f32],
    width: usize,
    /// Columns of the box.
    across: usize,
    kept: &'a mut [Lanes],
    out: &'a mut [f32],
}

impl Kernel for Row<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let lines = self.padded.len() / self.width;
        let size = lines * self.across;
        for (index, out) in self.out.chunks_mut(LANES).enumerate() {
            let at = |index_in_box: usize| {
                let first = index_in_box / self.across * self.width
                    + index * LANES
                    + index_in_box % self.across;
                self.padded[first..]
                    .first_chunk::<LANES>()
                    .copied()
                    .unwrap_or([0.0; LANES])
            };
            let half = (size / 2 + 2).min(size);
            let mut count = half;
            for (index, kept) in self.kept[..count].iter_mut().enumerate() {
                *kept = at(index);
            }
            for next in half..size {
                ends(&mut self.kept[..count]);
                // The least goes for the next value, the greatest goes for good.
                self.kept[0] = at(next);
                count -= 1;
            }
            while count > 2 {
                ends(&mut self.kept[..count]);
                self.kept.copy_within(1..count - 1, 0);
                count -= 2;
            }
            out.copy_from_slice(&self.kept[0][..out.len()]);
        }
    }
}

/// Brings the least value to the front and the greatest to the back, in each lane.
#[inline(always)]
fn ends(kept: &mut [Lanes]) {
    let last = kept.len() - 1;
    let (mut least, mut most) = (kept[0], kept[last]);
    order(&mut least, &mut most);
    for value in &mut kept[1..last] {
        order(&mut least, value);
        order(value, &mut most);
    }
    (kept[0], kept[last]) = (least, most);
}

/// Exchanges the lanes in which the second is less than the first.
#[inline(always)]
fn order(first: &mut Lanes, second: &mut Lanes) {
    for lane in 0..LANES {
        let (a, b) = (first[lane], second[lane]);
        first[lane] = if b < a { b } else { a };
        second[lane] = if b < a { a } else { b };
    }
}
