//! Euclidean distance to a mask in mm, exact up to the rounding of f64, one axis after the other.
//!
//! Source: P. F. Felzenszwalb, D. P. Huttenlocher, "Distance transforms of sampled functions" (2012).

use ndarray::{Array3, Axis};
use rayon::prelude::*;

use crate::ball::check_spacing;
use crate::mask::WORD_BITS;
use crate::{AlgebraError, BitMask};

/// Lines that are copied together, so that neighbours in memory are read together.
const LINES: usize = 8;

impl BitMask {
    /// The distance of every voxel centre to the nearest voxel of the mask in mm, `[slices, rows, columns]`: zero in
    /// the mask, infinite everywhere if the mask is empty. `spacing_mm` is the distance of slices, rows and columns.
    ///
    /// # Errors
    /// A spacing that is not positive and finite, a volume that is too large.
    pub fn distance_mm(&self, spacing_mm: [f64; 3]) -> Result<Array3<f32>, AlgebraError> {
        Ok(self
            .squared_distance(spacing_mm)?
            .mapv(|square| square.sqrt() as f32))
    }

    /// The squares of the distances in mm².
    ///
    /// With spacings and squares that f64 holds exactly, as whole numbers, the result is exact.
    ///
    /// # Errors
    /// As [`Self::distance_mm`].
    pub fn squared_distance(&self, spacing_mm: [f64; 3]) -> Result<Array3<f64>, AlgebraError> {
        check_spacing(spacing_mm)?;
        let [slices, rows, columns] = self.shape();
        let voxels = slices
            .checked_mul(rows)
            .and_then(|lines| lines.checked_mul(columns));
        if voxels.is_none_or(|voxels| voxels > crate::ELEMENTS_MAX) {
            return Err(AlgebraError::TooLarge {
                what: "distance",
                shape: self.shape().to_vec(),
            });
        }
        let mut squares = Array3::<f64>::zeros(self.shape());
        squares
            .axis_iter_mut(Axis(0))
            .into_par_iter()
            .enumerate()
            .for_each_init(Envelope::default, |envelope, (slice, mut plane)| {
                for (row, mut out) in plane.rows_mut().into_iter().enumerate() {
                    if let (Some(words), Some(out)) = (self.row(slice, row), out.as_slice_mut()) {
                        along_row(words, spacing_mm[2], out);
                    }
                }
                envelope.along_first_axis(&mut plane, spacing_mm[1]);
            });
        squares
            .axis_iter_mut(Axis(1))
            .into_par_iter()
            .for_each_init(Envelope::default, |envelope, mut plane| {
                envelope.along_first_axis(&mut plane, spacing_mm[0]);
            });
        Ok(squares)
    }
}

/// Squared distances within a row.
fn along_row(words: &[u64], spacing_mm: f64, out: &mut [f64]) {
    let inside = |column: usize| words[column / WORD_BITS] >> (column % WORD_BITS) & 1 == 1;
    let mut steps = f64::INFINITY;
    for (column, out) in out.iter_mut().enumerate() {
        steps = if inside(column) { 0.0 } else { steps + 1.0 };
        *out = steps;
    }
    steps = f64::INFINITY;
    for out in out.iter_mut().rev() {
        steps = if *out == 0.0 { 0.0 } else { steps + 1.0 };
        let nearest = if steps < *out { steps } else { *out } * spacing_mm;
        *out = nearest * nearest;
    }
}

/// The lower envelope of parabolas along a line.
#[derive(Default)]
struct Envelope {
    /// Positions of the parabolas that are lowest somewhere.
    sites: Vec<usize>,
    /// Where each of them begins to be the lowest.
    begins: Vec<f64>,
    lines: Vec<f64>,
    out: Vec<f64>,
}

impl Envelope {
    fn along_first_axis(&mut self, plane: &mut ndarray::ArrayViewMut2<'_, f64>, spacing_mm: f64) {
        let (length, columns) = plane.dim();
        if length == 1 {
            return;
        }
        for first in (0..columns).step_by(LINES) {
            let count = LINES.min(columns - first);
            let mut lines = std::mem::take(&mut self.lines);
            lines.resize(count * length, 0.0);
            for (at, row) in plane.rows().into_iter().enumerate() {
                for (line, value) in row.iter().skip(first).take(count).enumerate() {
                    lines[line * length + at] = *value;
                }
            }
            for line in lines.chunks_mut(length) {
                self.of_line(line, spacing_mm);
            }
            for (at, mut row) in plane.rows_mut().into_iter().enumerate() {
                for (line, value) in row.iter_mut().skip(first).take(count).enumerate() {
                    *value = lines[line * length + at];
                }
            }
            self.lines = lines;
        }
    }

    /// Replaces `line[x]` by the least `line[y] + ((x − y) · spacing)²` of all y.
    fn of_line(&mut self, line: &mut [f64], spacing_mm: f64) {
        self.sites.clear();
        self.begins.clear();
        let square = spacing_mm * spacing_mm;
        for (site, value) in line
            .iter()
            .enumerate()
            .filter(|(_, value)| value.is_finite())
        {
            let mut begin = f64::NEG_INFINITY;
            while let (Some(&last), Some(&last_begin)) = (self.sites.last(), self.begins.last()) {
                let (x, y) = (site as f64, last as f64);
                begin = (value - line[last] + square * (x * x - y * y)) / (2.0 * square * (x - y));
                if begin > last_begin {
                    break;
                }
                self.sites.pop();
                self.begins.pop();
                begin = f64::NEG_INFINITY;
            }
            self.sites.push(site);
            self.begins.push(begin);
        }
        if self.sites.is_empty() {
            return;
        }
        self.out.clear();
        let mut lowest = 0;
        for x in 0..line.len() {
            while self
                .begins
                .get(lowest + 1)
                .is_some_and(|begin| *begin < x as f64)
            {
                lowest += 1;
            }
            let site = self.sites[lowest];
            let distance = x.abs_diff(site) as f64 * spacing_mm;
            self.out.push(distance.mul_add(distance, line[site]));
        }
        line.copy_from_slice(&self.out);
    }
}
