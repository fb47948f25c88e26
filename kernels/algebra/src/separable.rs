//! A filter that is a product of one along each axis: slices, then rows, then columns, for a band of rows at a time.
//!
//! A sum begins with the middle and goes outwards: each pair of equal weights is one addition (or subtraction) and one
//! fused multiply-add in f32. That order is part of the definition.

use std::ops::Range;

use ndarray::{Array3, ArrayView3};
use rayon::prelude::*;

use crate::finite::all_finite;
use crate::instruction_set::Kernel;
use crate::memory::zero_volume;
use crate::taps::{Taps, weigh};
use crate::{AlgebraError, BinaryAlgebra, ELEMENTS_MAX, Extension};

/// Bytes of the rows of all slices that a sum reads, which stay in a processor's own cache.
const BAND_BYTES: usize = 640 << 10;
/// Values between the bands of neighbouring slices beside one another: a cache maps addresses that lie a power of two apart to one place.
const APART: usize = 80;

impl BinaryAlgebra {
    /// Applies weights along slices, rows and columns.
    pub(crate) fn separable(
        &self,
        view: ArrayView3<'_, f32>,
        taps: &[Taps; 3],
        extension: Extension,
    ) -> Result<Array3<f32>, AlgebraError> {
        let all = 0..view.dim().0;
        self.separable_slices(view, taps, extension, all)
    }

    /// The same for some slices of the result, with the bits that they have among all.
    pub(crate) fn separable_slices(
        &self,
        view: ArrayView3<'_, f32>,
        taps: &[Taps; 3],
        extension: Extension,
        wanted: Range<usize>,
    ) -> Result<Array3<f32>, AlgebraError> {
        check_volume("view", &view)?;
        extension.check()?;
        let (slices, rows, columns) = view.dim();
        let source = view.as_standard_layout();
        let mut out = zero_volume((wanted.len(), rows, columns));
        let (Some(source), Some(values)) = (source.as_slice(), out.as_slice_mut()) else {
            return Ok(out);
        };
        let plane = rows * columns;
        // The constant goes through the filter of each axis too, so that the order of the axes does not matter.
        let beyond_slices = extension.constant();
        let beyond_rows = taps[0].of_constant(beyond_slices);
        let beyond_columns = extension.with_constant(taps[1].of_constant(beyond_rows));
        let outside = [beyond_slices, beyond_rows].map(|value| vec![value; columns]);
        let band_rows = match extension {
            // Beyond an edge lies the other end of the slice, so a band would not be in one piece.
            Extension::Wrap => rows,
            _ => {
                let row_bytes = columns * size_of::<f32>() * (2 * taps[0].radius() + 1);
                let held = (BAND_BYTES / row_bytes).saturating_sub(2 * taps[1].radius());
                held.max(2 * taps[1].radius()).clamp(1, rows)
            }
        };
        // A band goes through all slices, so that each row of the source is fetched once for all sums that it is in.
        let mut bands: Vec<Vec<&mut [f32]>> = (0..rows.div_ceil(band_rows))
            .map(|_| Vec::with_capacity(wanted.len()))
            .collect();
        for slice in values.chunks_mut(plane) {
            for (band, out) in bands.iter_mut().zip(slice.chunks_mut(band_rows * columns)) {
                band.push(out);
            }
        }
        let finite = bands
            .into_par_iter()
            .enumerate()
            .map(|(index, band)| {
                let first = index * band_rows;
                let low = first.saturating_sub(taps[1].radius());
                let high = rows.min(first + band_rows + taps[1].radius());
                let mut along_slices = vec![0f32; (high - low) * columns];
                let mut padded = vec![0f32; columns + 2 * taps[2].radius()];
                let mut near =
                    Near::new(extension, slices, taps[0].radius(), (high - low) * columns);
                near.next = wanted.start.saturating_sub(near.radius);
                wanted.clone().zip(band).fold(true, |finite, (slice, out)| {
                    near.reach(source, plane, low * columns, slice);
                    self.run_256(BandOf {
                        source,
                        near: &near,
                        shape: [slices, rows, columns],
                        slice,
                        first,
                        low,
                        taps,
                        extension: beyond_columns,
                        outside: &outside,
                        along_slices: &mut along_slices,
                        padded: &mut padded,
                        out,
                    }) & finite
                })
            })
            .reduce(|| true, |a, b| a & b);
        if !finite {
            return Err(cause("view", &view, values, columns));
        }
        Ok(out)
    }
}

/// Refuses a volume that is empty or too large.
pub(crate) fn check_volume(
    argument: &'static str,
    view: &ArrayView3<'_, f32>,
) -> Result<(), AlgebraError> {
    crate::checks::not_empty(argument, view.shape())?;
    if view.len() > ELEMENTS_MAX {
        return Err(AlgebraError::TooLarge {
            what: "filtered volume",
            shape: view.shape().to_vec(),
        });
    }
    Ok(())
}

/// Why a result is not finite: a value of the argument that is not, or an overflow.
fn cause(
    argument: &'static str,
    view: &ArrayView3<'_, f32>,
    values: &[f32],
    columns: usize,
) -> AlgebraError {
    first_not_finite(argument, view).unwrap_or_else(|| {
        let at = values
            .iter()
            .position(|value| !value.is_finite())
            .unwrap_or(0);
        AlgebraError::Overflow {
            row: at / columns,
            column: at % columns,
        }
    })
}

/// The first NaN or infinity of a volume, as an error.
pub(crate) fn first_not_finite(
    argument: &'static str,
    view: &ArrayView3<'_, f32>,
) -> Option<AlgebraError> {
    let found = view.indexed_iter().find(|(_, value)| !value.is_finite());
    found.map(
        |((slice, row, column), value)| AlgebraError::VoxelNotFinite {
            argument,
            at: [slice, row, column],
            value: *value,
        },
    )
}

/// The band of the slices around one, copied side by side: in the volume they lie so that they push one another out of the cache.
struct Near {
    /// Slices that are held; none where a sum reads slices that are not near.
    count: usize,
    stride: usize,
    length: usize,
    /// The first slice that was not copied yet.
    next: usize,
    radius: usize,
    slices: usize,
    values: Vec<f32>,
}

impl Near {
    fn new(extension: Extension, slices: usize, radius: usize, length: usize) -> Self {
        let is_near = !matches!(extension, Extension::Wrap) && radius > 0 && slices > 2 * radius;
        let count = if is_near { 2 * radius + 1 } else { 0 };
        let stride = length + APART;
        Self {
            count,
            stride,
            length,
            next: 0,
            radius,
            slices,
            values: vec![0.0; count * stride],
        }
    }

    /// Copies what the sums of `slice` read and what is not there yet; slices come in order.
    fn reach(&mut self, source: &[f32], plane: usize, first: usize, slice: usize) {
        while self.count > 0 && self.next < self.slices.min(slice + self.radius + 1) {
            let at = self.next % self.count * self.stride;
            let from = self.next * plane + first;
            self.values[at..at + self.length].copy_from_slice(&source[from..from + self.length]);
            self.next += 1;
        }
    }

    /// The band of a slice that is near.
    #[inline(always)]
    fn band(&self, slice: usize) -> Option<&[f32]> {
        let at = slice.checked_rem(self.count)? * self.stride;
        Some(&self.values[at..at + self.length])
    }
}

/// A band of rows of one slice of the result.
struct BandOf<'a> {
    source: &'a [f32],
    near: &'a Near,
    shape: [usize; 3],
    slice: usize,
    /// The first row of the band.
    first: usize,
    /// The first row that a sum of the band reads, which is the first one in `along_slices`.
    low: usize,
    taps: &'a [Taps; 3],
    /// With the constant that lies beyond the ends of a row.
    extension: Extension,
    /// A row of the constant beyond the slices, and one of what lies beyond the rows.
    outside: &'a [Vec<f32>; 2],
    /// The rows that the band reads, filtered along slices.
    along_slices: &'a mut [f32],
    /// A row with what is beyond its ends.
    padded: &'a mut [f32],
    out: &'a mut [f32],
}

impl Kernel for BandOf<'_> {
    /// Whether the result is finite.
    type Output = bool;

    #[inline(always)]
    fn run(self) -> bool {
        let [slices, rows, columns] = self.shape;
        let plane = rows * columns;
        let extension = self.extension;
        let reach = |taps: &Taps, middle: usize, length: usize| -> Vec<[Option<usize>; 2]> {
            (0..=taps.radius() as isize)
                .map(|step| [-step, step].map(|by| extension.index(middle as isize + by, length)))
                .collect()
        };
        let [z, y, x] = self.taps;
        let planes = reach(z, self.slice, slices);
        let after_slices: &[f32] = if z.is_unit() {
            &self.source[self.slice * plane + self.low * columns..][..self.along_slices.len()]
        } else {
            for (row, out) in self.along_slices.chunks_mut(columns).enumerate() {
                let at = |index: Option<usize>| match index {
                    Some(index) => match self.near.band(index) {
                        Some(band) => &band[row * columns..][..columns],
                        None => {
                            &self.source[index * plane + (self.low + row) * columns..][..columns]
                        }
                    },
                    None => &self.outside[0],
                };
                weigh(z, |step, side| at(planes[step][side]), out);
            }
            self.along_slices
        };
        let radius = x.radius();
        let mut finite = true;
        for (row, out) in (self.first..).zip(self.out.chunks_mut(columns)) {
            let at = |index: Option<usize>| match index {
                Some(index) => &after_slices[(index - self.low) * columns..][..columns],
                None => &self.outside[1],
            };
            if x.is_unit() && y.is_unit() {
                out.copy_from_slice(at(Some(row)));
            } else if x.is_unit() {
                let near = reach(y, row, rows);
                weigh(y, |step, side| at(near[step][side]), out);
            } else {
                if y.is_unit() {
                    out.copy_from_slice(at(Some(row)));
                } else {
                    let near = reach(y, row, rows);
                    weigh(y, |step, side| at(near[step][side]), out);
                }
                extension.pad(out, radius, self.padded);
                let padded = &*self.padded;
                let from = |step: usize, side: usize| {
                    let first = if side == 0 {
                        radius - step
                    } else {
                        radius + step
                    };
                    &padded[first..][..columns]
                };
                weigh(x, from, out);
            }
            finite &= all_finite(out);
        }
        finite
    }
}
