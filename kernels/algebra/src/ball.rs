//! Dilation, erosion, opening and closing of masks by a radius in mm, exact for any spacing.
//!
//! A ball is a stack of rows: for each offset in slices and rows, the widest offset in columns that is still within
//! the radius. Whole rows are widened and joined as words, so that no distance of a voxel is ever computed.

use rayon::prelude::*;

use crate::instruction_set::Kernel;
use crate::morphology::spread;
use crate::{AlgebraError, BinaryAlgebra, BitMask, Border};

/// Part of a squared radius by which a squared distance may exceed it, so that a distance that equals the radius but
/// for rounding is within it.
const ROUNDING: f64 = 1e-9;

impl BitMask {
    /// The voxels whose centre is at most `radius_mm` from the centre of a voxel of the mask. `spacing_mm` is the
    /// distance of `[slices, rows, columns]`.
    ///
    /// # Errors
    /// A radius that is negative or not finite, a spacing that is not positive and finite.
    pub fn dilate_mm(&self, radius_mm: f64, spacing_mm: [f64; 3]) -> Result<Self, AlgebraError> {
        let ball = Ball::new(radius_mm, spacing_mm, self.shape())?;
        let [slices, rows, _] = self.shape();
        let (row_words, last) = (self.row_words(), self.last_word());
        let plane = rows * row_words;
        let outside = vec![0u64; row_words];
        let algebra = BinaryAlgebra::new();
        let mut out = self.cleared();
        out.words_mut()
            .par_chunks_mut(plane)
            .enumerate()
            .for_each_init(
                || (vec![0; plane + 2], vec![0; plane]),
                |(wide, spread), (slice, out)| {
                    for (offset, half_widths) in ball.half_widths.iter().enumerate() {
                        let at = |slice: usize| &self.words()[slice * plane..][..plane];
                        let before = slice.checked_sub(offset).map(at);
                        let after = (slice + offset < slices).then(|| at(slice + offset));
                        let Some(first) = before.or(after) else {
                            continue;
                        };
                        algebra.run(Disc {
                            sources: [first, after.unwrap_or(first)],
                            half_widths,
                            outside: &outside,
                            last,
                            wide,
                            spread,
                            out,
                        });
                    }
                },
            );
        Ok(out)
    }

    /// The voxels whose centre is more than `radius_mm` from every voxel outside the mask.
    ///
    /// # Errors
    /// As [`Self::dilate_mm`].
    pub fn erode_mm(
        &self,
        radius_mm: f64,
        spacing_mm: [f64; 3],
        border: Border,
    ) -> Result<Self, AlgebraError> {
        let mut eroded = self.not().dilate_mm(radius_mm, spacing_mm)?.not();
        if border == Border::Empty {
            let limit = radius_mm * radius_mm * (1.0 + ROUNDING);
            let shape = self.shape();
            // The nearest voxel beyond an edge lies straight across it.
            let reach = |axis: usize| {
                (1..=shape[axis])
                    .take_while(|steps| square(*steps, spacing_mm[axis]) <= limit)
                    .count()
            };
            eroded.clear_edges([reach(0), reach(1), reach(2)]);
        }
        Ok(eroded)
    }

    /// Erosion and then dilation by a radius; `border` is that of the erosion.
    ///
    /// # Errors
    /// As [`Self::dilate_mm`].
    pub fn open_mm(
        &self,
        radius_mm: f64,
        spacing_mm: [f64; 3],
        border: Border,
    ) -> Result<Self, AlgebraError> {
        self.erode_mm(radius_mm, spacing_mm, border)?
            .dilate_mm(radius_mm, spacing_mm)
    }

    /// Dilation and then erosion by a radius. The erosion takes the border as full, so that no voxel is lost.
    ///
    /// # Errors
    /// As [`Self::dilate_mm`].
    pub fn close_mm(&self, radius_mm: f64, spacing_mm: [f64; 3]) -> Result<Self, AlgebraError> {
        self.dilate_mm(radius_mm, spacing_mm)?
            .erode_mm(radius_mm, spacing_mm, Border::Full)
    }

    /// Clears the voxels nearer to an edge than so many `[slices, rows, columns]`.
    fn clear_edges(&mut self, reach: [usize; 3]) {
        let [slices, rows, columns] = self.shape();
        let row_words = self.row_words();
        let kept: Vec<u64> = (0..row_words)
            .map(|word| {
                (0..64).fold(0, |bits, bit| {
                    let column = word * 64 + bit;
                    let keep = column >= reach[2] && column + reach[2] < columns;
                    bits | u64::from(keep) << bit
                })
            })
            .collect();
        for (index, words) in self.words_mut().chunks_mut(row_words).enumerate() {
            let (slice, row) = (index / rows, index % rows);
            let keep = slice >= reach[0]
                && slice + reach[0] < slices
                && row >= reach[1]
                && row + reach[1] < rows;
            for (word, kept) in words.iter_mut().zip(&kept) {
                *word &= if keep { *kept } else { 0 };
            }
        }
    }
}

/// The square of so many steps, in mm².
fn square(steps: usize, spacing_mm: f64) -> f64 {
    let distance = steps as f64 * spacing_mm;
    distance * distance
}

/// Refuses a spacing that is not positive and finite.
pub(crate) fn check_spacing(spacing_mm: [f64; 3]) -> Result<(), AlgebraError> {
    if spacing_mm.iter().all(|mm| *mm > 0.0 && mm.is_finite()) {
        return Ok(());
    }
    let value = format!("{spacing_mm:?}");
    Err(AlgebraError::parameter(
        "spacing_mm",
        value,
        "three positive finite numbers",
    ))
}

/// The voxels around one within a radius.
struct Ball {
    /// For each offset in slices, from zero: for each offset in rows, from zero, the widest offset in columns.
    half_widths: Vec<Vec<usize>>,
}

impl Ball {
    /// Offsets that leave any volume of the shape are left out.
    fn new(radius_mm: f64, spacing_mm: [f64; 3], shape: [usize; 3]) -> Result<Self, AlgebraError> {
        if !(radius_mm >= 0.0 && radius_mm.is_finite()) {
            let rule = "zero or a positive finite number";
            return Err(AlgebraError::parameter("radius_mm", radius_mm, rule));
        }
        check_spacing(spacing_mm)?;
        let limit = radius_mm * radius_mm * (1.0 + ROUNDING);
        let within = |slice: usize, row: usize, column: usize| {
            square(slice, spacing_mm[0])
                + square(row, spacing_mm[1])
                + square(column, spacing_mm[2])
                <= limit
        };
        let half_widths = (0..shape[0])
            .take_while(|slice| within(*slice, 0, 0))
            .map(|slice| {
                // Half widths fall from row to row, so each search begins where the last one ended.
                let mut width = shape[2] - 1;
                (0..shape[1])
                    .take_while(|row| within(slice, *row, 0))
                    .map(|row| {
                        while !within(slice, row, width) {
                            width -= 1;
                        }
                        width
                    })
                    .collect()
            })
            .collect();
        Ok(Self { half_widths })
    }
}

/// Adds one disc of the ball: the same offset in slices before and after.
struct Disc<'a> {
    sources: [&'a [u64]; 2],
    half_widths: &'a [usize],
    outside: &'a [u64],
    last: u64,
    wide: &'a mut [u64],
    spread: &'a mut [u64],
    out: &'a mut [u64],
}

impl Kernel for Disc<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let (length, row_words) = (self.out.len(), self.outside.len());
        let [a, b] = self.sources.map(|source| &source[..length]);
        for (index, word) in self.spread[..length].iter_mut().enumerate() {
            *word = a[index] | b[index];
        }
        let mut width = 0;
        // The farthest rows are the narrowest, so that a row once widened is only widened further.
        for (row, half_width) in self.half_widths.iter().enumerate().rev() {
            while width < *half_width {
                self.wide[1..=length].copy_from_slice(self.spread);
                spread::<true>(self.wide, None, self.outside, self.last, self.spread);
                width += 1;
            }
            let by = row * row_words;
            for (out, word) in self.out[by..].iter_mut().zip(self.spread.iter()) {
                *out |= word;
            }
            for (out, word) in self.out.iter_mut().zip(&self.spread[by..]) {
                *out |= word;
            }
        }
    }
}
