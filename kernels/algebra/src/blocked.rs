//! The product of two large matrices, cut into blocks of constant size that threads may take in any order.

use ndarray::{Array2, ArrayViewMut2, Axis};
use rayon::prelude::*;

use crate::finite::all_finite;
use crate::instruction_set::Kernel;
use crate::pack::{Pack, Packed, Weights};
use crate::source::{RowBlock, Source};
use crate::threads::one_thread;
use crate::tile::{K_BLOCK, TILE_ROWS, Tile};
use crate::transform::NotFinite;
use crate::{AlgebraError, BinaryAlgebra};

/// Rows of the product that one task computes. Constant, so that threads share out the same tasks.
const BLOCK_ROWS: usize = 48;
/// Columns of the product that one task computes.
const BLOCK_COLUMNS: usize = 256;

impl BinaryAlgebra {
    /// Writes `data · weightsᵀ` into `product`, whose shape must fit.
    ///
    /// The right side is packed once if several blocks of rows read it, and else panel by panel within a block.
    pub(crate) fn multiply(
        &self,
        data: &impl Source,
        weights: Weights<'_>,
        product: &mut Array2<f32>,
    ) -> Result<Result<(), NotFinite>, AlgebraError> {
        let packed = if product.nrows() > BLOCK_ROWS {
            Some(self.pack(weights)?)
        } else {
            None
        };
        Ok(self.multiply_packed(data, weights, packed.as_ref(), product))
    }

    /// The same with a right side that may have been packed before, for one product of several.
    pub(crate) fn multiply_packed(
        &self,
        data: &impl Source,
        weights: Weights<'_>,
        packed: Option<&Packed>,
        product: &mut Array2<f32>,
    ) -> Result<(), NotFinite> {
        // Blocks of the same columns follow one another, so that their panels stay in the cache.
        let mut blocks = Vec::new();
        for (j, columns) in product
            .axis_chunks_iter_mut(Axis(1), BLOCK_COLUMNS)
            .enumerate()
        {
            let mut rest = columns;
            let mut first_row = 0;
            while rest.nrows() > 0 {
                let rows = BLOCK_ROWS.min(rest.nrows());
                let (out, below) = rest.split_at(Axis(0), rows);
                blocks.push((first_row, j * BLOCK_COLUMNS, out));
                (first_row, rest) = (first_row + BLOCK_ROWS, below);
            }
        }
        let compute = |scratch: &mut Scratch, (first_row, first_column, out)| {
            let block = Block {
                algebra: *self,
                data,
                weights,
                packed,
                first_row,
                first_column,
                out,
                scratch,
            };
            if self.panel_width() == 32 {
                block.compute::<32>()
            } else {
                block.compute::<16>()
            }
        };
        let found = if one_thread() {
            let mut scratch = Scratch::default();
            let found = blocks.into_iter().map(|block| compute(&mut scratch, block));
            found.filter_map(Result::err).min()
        } else {
            let found = blocks.into_par_iter().map_init(Scratch::default, compute);
            found.filter_map(Result::err).min()
        };
        found.map_or(Ok(()), Err)
    }
}

/// Buffers that a thread keeps from block to block.
#[derive(Default)]
struct Scratch {
    rows: Vec<RowBlock>,
    panel: Vec<f32>,
    sums: Vec<f32>,
}

/// One block of the product.
struct Block<'a, 'w, S> {
    algebra: BinaryAlgebra,
    data: &'a S,
    weights: Weights<'w>,
    packed: Option<&'a Packed>,
    first_row: usize,
    first_column: usize,
    out: ArrayViewMut2<'a, f32>,
    scratch: &'a mut Scratch,
}

impl<S: Source> Block<'_, '_, S> {
    fn compute<const NR: usize>(mut self) -> Result<(), NotFinite> {
        let (rows, columns, m) = (
            self.out.nrows(),
            self.out.ncols(),
            self.weights.view.ncols(),
        );
        let stride = columns.next_multiple_of(NR);
        let padded_rows = rows.next_multiple_of(TILE_ROWS);
        let Scratch { rows, panel, sums } = self.scratch;
        // Every element is written in the first K block, so old contents do not matter.
        sums.resize(padded_rows * stride, 0.0);
        rows.resize(padded_rows, [0.0; K_BLOCK]);
        panel.resize(NR * K_BLOCK, 0.0);
        for first_column in (0..m).step_by(K_BLOCK) {
            let length = K_BLOCK.min(m - first_column);
            let (data, blocks) = (self.data, &mut rows[..]);
            self.algebra.run(CopyRows {
                data,
                first_row: self.first_row,
                first_column,
                length,
                blocks,
            });
            for column in (0..columns).step_by(NR) {
                let (weights, first_row) = (self.weights, self.first_column + column);
                let b = if let Some(packed) = self.packed {
                    packed.panel(first_row, first_column, length)
                } else {
                    let panel = &mut panel[..NR * length];
                    self.algebra.run(Pack::<NR> {
                        weights,
                        first_row,
                        first_column,
                        panel,
                    });
                    panel
                };
                for (index, a) in rows.as_chunks::<TILE_ROWS>().0.iter().enumerate() {
                    let out = &mut sums[index * TILE_ROWS * stride + column..];
                    self.algebra.run(Tile::<NR> {
                        a,
                        b,
                        out,
                        stride,
                        add: first_column > 0,
                    });
                }
            }
        }
        let sums = &*sums;
        let (first_row, first_column) = (self.first_row, self.first_column);
        self.algebra
            .run(Store {
                out: self.out.view_mut(),
                sums,
                stride,
            })
            .map_err(|at| NotFinite {
                row: first_row + at.row,
                column: first_column + at.column,
            })
    }
}

struct CopyRows<'a, S> {
    data: &'a S,
    first_row: usize,
    first_column: usize,
    length: usize,
    blocks: &'a mut [RowBlock],
}

impl<S: Source> Kernel for CopyRows<'_, S> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        self.data
            .copy_rows(self.first_row, self.first_column, self.length, self.blocks);
    }
}

/// Copies finished sums to their place and says where the first one is not finite.
struct Store<'a> {
    out: ArrayViewMut2<'a, f32>,
    sums: &'a [f32],
    stride: usize,
}

impl Kernel for Store<'_> {
    type Output = Result<(), NotFinite>;

    #[inline(always)]
    fn run(mut self) -> Result<(), NotFinite> {
        for (row, (mut out, sums)) in self
            .out
            .rows_mut()
            .into_iter()
            .zip(self.sums.chunks(self.stride))
            .enumerate()
        {
            let sums = &sums[..out.len()];
            if !all_finite(sums) {
                let column = sums
                    .iter()
                    .position(|value| !value.is_finite())
                    .unwrap_or(0);
                return Err(NotFinite { row, column });
            }
            if let Some(out) = out.as_slice_mut() {
                out.copy_from_slice(sums);
            }
        }
        Ok(())
    }
}
