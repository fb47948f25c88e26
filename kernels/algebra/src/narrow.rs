//! The product with few weights, such as the unmixing of stains or channels: rows of data fill the vector lanes.

use std::array::from_fn;

use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;

use crate::BinaryAlgebra;
use crate::finite::all_finite;
use crate::instruction_set::Kernel;
use crate::source::{RowBlock, Source};
use crate::tile::{K_BLOCK, tile};
use crate::transform::NotFinite;

/// Rows of data in one task. Constant, so that threads share out the same tasks.
const TASK_ROWS: usize = 4096;
/// Rows of data in one tile.
const TILE_ROWS: usize = 8;
/// Weights in one tile, those past the end being zero.
pub(crate) const WEIGHTS_MAX: usize = 8;

impl BinaryAlgebra {
    /// Writes `data · weightsᵀ` into `product`; there are at most [`WEIGHTS_MAX`] weights.
    pub(crate) fn narrow(
        &self,
        data: &impl Source,
        weights: &ArrayView2<'_, f32>,
        product: &mut Array2<f32>,
    ) -> Result<(), NotFinite> {
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
        let (Some(out), panel) = (product.as_slice_mut(), panel.as_slice()) else {
            return Ok(());
        };
        let found = out
            .par_chunks_mut(TASK_ROWS * p)
            .enumerate()
            .map(|(index, out)| {
                let first_row = index * TASK_ROWS;
                macro_rules! short {
                    ($($m:literal $p:literal),*) => {
                        match (m, p) {
                            $(($m, $p) => self.run_256(Short::<_, $m, $p> { data, panel, first_row, out }),)*
                            _ => self.run_256(Long { data, panel, p, first_row, out }),
                        }
                    };
                }
                short!(1 1, 1 2, 1 3, 1 4, 2 1, 2 2, 2 3, 2 4, 3 1, 3 2, 3 3, 3 4, 4 1, 4 2, 4 3, 4 4)
            })
            .filter_map(Result::err)
            .min();
        found.map_or(Ok(()), Err)
    }
}

/// Says where the first NaN or infinity stands in `out`, whose rows have `p` elements.
#[inline(always)]
fn check(out: &[f32], p: usize, first_row: usize) -> Result<(), NotFinite> {
    if all_finite(out) {
        return Ok(());
    }
    let at = out.iter().position(|value| !value.is_finite()).unwrap_or(0);
    Err(NotFinite {
        row: first_row + at / p,
        column: at % p,
    })
}

/// P weights of M columns each, both small.
struct Short<'a, S, const M: usize, const P: usize> {
    data: &'a S,
    panel: &'a [f32],
    first_row: usize,
    out: &'a mut [f32],
}

impl<S: Source, const M: usize, const P: usize> Kernel for Short<'_, S, M, P> {
    type Output = Result<(), NotFinite>;

    #[inline(always)]
    fn run(self) -> Result<(), NotFinite> {
        let weights: [[f32; P]; M] = from_fn(|k| from_fn(|j| self.panel[k * WEIGHTS_MAX + j]));
        self.data
            .for_rows::<M, P>(self.first_row, self.out, |row, out| {
                let mut sums = [0f32; P];
                for k in 0..M {
                    for j in 0..P {
                        sums[j] = row[k].mul_add(weights[k][j], sums[j]);
                    }
                }
                *out = sums;
            });
        check(self.out, P, self.first_row)
    }
}

/// `p` weights of any number of columns.
struct Long<'a, S> {
    data: &'a S,
    panel: &'a [f32],
    p: usize,
    first_row: usize,
    out: &'a mut [f32],
}

impl<S: Source> Kernel for Long<'_, S> {
    type Output = Result<(), NotFinite>;

    #[inline(always)]
    fn run(self) -> Result<(), NotFinite> {
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
                out.iter_mut()
                    .zip(totals)
                    .for_each(|(out, total)| *out = *total);
            }
        }
        check(out, p, first_row)
    }
}
