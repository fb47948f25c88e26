//! The components of a series' marks, with the mean and the spread of the values that they mark.

use rayon::prelude::*;

use crate::runs::runs_of_row;
use crate::{AlgebraError, BitMask, Component, Components};

/// The values below one run of marks, added up from left to right.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct RunSums {
    sum: f64,
    squares: f64,
}

/// The sums of every run of some slices, in the order of the runs. `words` are the marks of slices of `[rows, columns]`, `values` what
/// they mark.
pub(crate) fn sums_of_runs(words: &[u64], shape: [usize; 2], values: &[f32]) -> Vec<RunSums> {
    let [rows, columns] = shape;
    let row_words = columns.div_ceil(crate::mask::WORD_BITS);
    let slices = words
        .par_chunks(rows * row_words)
        .zip(values.par_chunks(rows * columns));
    let sums: Vec<Vec<RunSums>> = slices
        .map(|(words, values)| {
            let mut sums = Vec::new();
            for (words, values) in words.chunks(row_words).zip(values.chunks(columns)) {
                runs_of_row(words, |start, end| {
                    let mut run = RunSums::default();
                    for value in &values[start as usize..end as usize] {
                        let value = f64::from(*value);
                        run.sum += value;
                        run.squares = value.mul_add(value, run.squares);
                    }
                    sums.push(run);
                });
            }
            sums
        })
        .collect();
    sums.concat()
}

/// Mean and standard deviation of the values in a component.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct ValueFigures {
    /// Mean, in the unit of the values.
    pub mean: f64,
    /// Standard deviation of all voxels as the population, in the unit of the values.
    pub standard_deviation: f64,
}

/// The components of a series' marks.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesComponents {
    mask: BitMask,
    components: Components,
    figures: Vec<ValueFigures>,
}

impl SeriesComponents {
    /// Joins the sums of the runs, which are in the order of the runs, to those of the components.
    pub(crate) fn new(
        mask: BitMask,
        components: Components,
        sums: &[RunSums],
    ) -> Result<Self, AlgebraError> {
        let of_runs = components.of_runs();
        if of_runs.len() != sums.len() {
            let rule = format!("{}, one for each run", of_runs.len());
            return Err(AlgebraError::parameter("sums", sums.len(), rule));
        }
        let mut totals = vec![RunSums::default(); components.len()];
        for (component, run) in of_runs.iter().zip(sums) {
            let total = &mut totals[*component as usize];
            total.sum += run.sum;
            total.squares += run.squares;
        }
        let figures = components.statistics().iter().zip(&totals);
        let figures = figures.map(|(component, total)| {
            let voxels = component.voxels as f64;
            let mean = total.sum / voxels;
            // Rounding may leave a little less than nothing.
            let variance = (total.squares / voxels - mean * mean).max(0.0);
            ValueFigures {
                mean,
                standard_deviation: variance.sqrt(),
            }
        });
        let figures = figures.collect();
        Ok(Self {
            mask,
            components,
            figures,
        })
    }

    /// The marks that are joined.
    pub fn mask(&self) -> &BitMask {
        &self.mask
    }

    /// The components in the order of their labels.
    pub fn statistics(&self) -> &[Component] {
        self.components.statistics()
    }

    /// Mean and spread of the values of each component, in the order of their labels.
    pub fn figures(&self) -> &[ValueFigures] {
        &self.figures
    }

    /// The label of every voxel of a slice, `[rows, columns]` in C order; 0 outside the marks.
    ///
    /// # Errors
    /// A slice that is not in the series, room for another number of voxels.
    pub fn labels_of_slice(&self, slice: usize, out: &mut [u32]) -> Result<(), AlgebraError> {
        self.components.labels_of_slice(slice, out)
    }
}
