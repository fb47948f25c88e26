//! The product with few weights, such as the unmixing of stains or channels: rows of data fill the vector lanes.

use std::array::from_fn;
use std::mem::MaybeUninit;

use ndarray::ArrayView2;
use rayon::prelude::*;

use crate::BinaryAlgebra;
use crate::finite::all_finite;
use crate::instruction_set::Kernel;
use crate::memory::written;
use crate::source::{RowBlock, Source};
use crate::threads::one_thread;
use crate::tile::{K_BLOCK, tile};
use crate::transform::NotFinite;

/// Rows of data in one task. Constant, so that threads share out the same tasks.
const TASK_ROWS: usize = 4096;
/// Rows of data in one tile.
const TILE_ROWS: usize = 8;
/// Weights in one tile, those past the end being zero.
pub(crate) const WEIGHTS_MAX: usize = 8;

impl BinaryAlgebra {
    /// The elements of `data · weightsᵀ`, row after row; there are at most [`WEIGHTS_MAX`] weights, and the shapes fit.
    pub(crate) fn narrow(
        &self,
        data: &impl Source,
        weights: &ArrayView2<'_, f32>,
    ) -> (Vec<f32>, Result<(), NotFinite>) {
        let (p, m) = weights.dim();
        let mut panel = vec![0f32; m * WEIGHTS_MAX];
        for (column, panel) in weights
            .columns()
            .into_iter()
            .zip(panel.as_chunks_mut::<WEIGHTS_MAX>().0)
        {
            panel
                .iter_mut()
                .zip(column)
                .for_each(|(out, weight)| *out = *weight);
        }
        let panel = panel.as_slice();
        let may_overflow = may_overflow(data, weights);
        let task = |(index, out): (usize, &mut [MaybeUninit<f32>])| {
            let first_row = index * TASK_ROWS;
            macro_rules! short {
                ($($m:literal $p:literal),*) => {
                    match (m, p) {
                        $(($m, $p) => self.run_256(Short::<_, $m, $p> { data, panel, first_row, out }),)*
                        _ => self.run_256(Long { data, panel, p, first_row, out }),
                    }
                };
            }
            let out = short!(1 1, 1 2, 1 3, 1 4, 2 1, 2 2, 2 3, 2 4, 3 1, 3 2, 3 3, 3 4, 4 1, 4 2, 4 3, 4 4);
            match may_overflow {
                true => self.run(Check { out, p, first_row }),
                false => Ok(()),
            }
        };
        let mut found = None;
        let write = |out: &mut [MaybeUninit<f32>]| {
            let length = TASK_ROWS * p;
            found = match one_thread() {
                true => out
                    .chunks_mut(length)
                    .enumerate()
                    .map(task)
                    .filter_map(Result::err)
                    .min(),
                false => out
                    .par_chunks_mut(length)
                    .enumerate()
                    .map(task)
                    .filter_map(Result::err)
                    .min(),
            };
        };
        // SAFETY: the tasks take all elements, and each of the kernels writes all that it is given, as their results say.
        let product = unsafe { written(data.shape()[0] * p, write) };
        (product, found.map_or(Ok(()), Err))
    }
}

/// Whether some sum might leave the range of f32, as far as can be told without a look at the data.
fn may_overflow(data: &impl Source, weights: &ArrayView2<'_, f32>) -> bool {
    let Some(greatest) = data.greatest() else {
        return true;
    };
    // Half of the range is far more than rounding can add. A weight that is NaN or infinite gives a sum that is not below it.
    !weights.rows().into_iter().all(|row| {
        let sum = row
            .iter()
            .fold(0.0, |sum, weight| sum + f64::from(weight.abs()));
        sum * greatest < f64::from(f32::MAX) / 2.0
    })
}

/// Says where the first NaN or infinity stands in `out`, whose rows have `p` elements.
struct Check<'a> {
    out: &'a [f32],
    p: usize,
    first_row: usize,
}

impl Kernel for Check<'_> {
    type Output = Result<(), NotFinite>;

    #[inline(always)]
    fn run(self) -> Result<(), NotFinite> {
        let Self { out, p, first_row } = self;
        if all_finite(out) {
            return Ok(());
        }
        let at = out.iter().position(|value| !value.is_finite()).unwrap_or(0);
        Err(NotFinite {
            row: first_row + at / p,
            column: at % p,
        })
    }
}

/// P weights of M columns each, both small.
struct Short<'a, 'o, S, const M: usize, const P: usize> {
    data: &'a S,
    panel: &'a [f32],
    first_row: usize,
    out: &'o mut [MaybeUninit<f32>],
}

impl<'o, S: Source, const M: usize, const P: usize> Kernel for Short<'_, 'o, S, M, P> {
    /// The elements, all of them written.
    type Output = &'o [f32];

    #[inline(always)]
    fn run(self) -> &'o [f32] {
        let weights: [[f32; P]; M] = from_fn(|k| from_fn(|j| self.panel[k * WEIGHTS_MAX + j]));
        self.data.for_rows::<M, P>(self.first_row, self.out, |row| {
            let mut sums = [0f32; P];
            for k in 0..M {
                for j in 0..P {
                    sums[j] = row[k].mul_add(weights[k][j], sums[j]);
                }
            }
            sums
        });
        // SAFETY: `out` has room for whole rows of P elements within the data, and `for_rows` wrote each of them.
        unsafe { self.out.assume_init_ref() }
    }
}

/// `p` weights of any number of columns.
struct Long<'a, 'o, S> {
    data: &'a S,
    panel: &'a [f32],
    p: usize,
    first_row: usize,
    out: &'o mut [MaybeUninit<f32>],
}

impl<'o, S: Source> Kernel for Long<'_, 'o, S> {
    /// The elements, all of them written.
    type Output = &'o [f32];

    #[inline(always)]
    fn run(self) -> &'o [f32] {
        let Self {
            data,
            panel,
            p,
            first_row,
            out,
        } = self;
        let m = data.shape()[1];
        let mut rows: [RowBlock; TILE_ROWS] = [[0.0; K_BLOCK]; TILE_ROWS];
        for (index, out) in out.chunks_mut(TILE_ROWS * p).enumerate() {
            let mut totals = [[0f32; WEIGHTS_MAX]; TILE_ROWS];
            for k in (0..m).step_by(K_BLOCK) {
                let length = K_BLOCK.min(m - k);
                data.copy_rows(first_row + index * TILE_ROWS, k, length, &mut rows);
                let b = &panel[k * WEIGHTS_MAX..][..length * WEIGHTS_MAX];
                let sums = tile::<TILE_ROWS, WEIGHTS_MAX>(&rows, b);
                for (totals, sums) in totals.iter_mut().zip(&sums) {
                    for (total, sum) in totals.iter_mut().zip(sums) {
                        *total = if k == 0 { *sum } else { *total + sum };
                    }
                }
            }
            for (out, totals) in out.chunks_mut(p).zip(&totals) {
                for (out, total) in out.iter_mut().zip(totals) {
                    out.write(*total);
                }
            }
        }
        // SAFETY: the chunks are all of `out`: at most as many rows as there are totals, of `p` elements, which are no more than
        // there are in a row of totals.
        unsafe { out.assume_init_ref() }
    }
}
