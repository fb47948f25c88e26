//! The right side of a product, copied into panels that a register tile reads from front to back.
//!
//! A panel of width W holds W rows, column by column: element (row, column) lies at `column * W + row`.
//! Rows past the end are zero.

use std::array::from_fn;

use ndarray::{ArrayView2, Axis, s};
use rayon::prelude::*;

use crate::instruction_set::Kernel;
use crate::memory;
use crate::threads::one_thread;
use crate::transform::check_elements;
use crate::{AlgebraError, BinaryAlgebra, InstructionSet};

/// Columns that are transposed at a time.
const STEP: usize = 8;

/// The right side of a product: a view, and the power of two that it is multiplied by.
#[derive(Clone, Copy)]
pub(crate) struct Weights<'a> {
    pub view: ArrayView2<'a, f32>,
    pub scale: f64,
}

/// A packed matrix, for any number of products.
pub(crate) struct Packed {
    panels: Vec<f32>,
    pub columns: usize,
    /// Rows in a panel: 16, or 32 for AVX-512.
    pub width: usize,
}

impl Packed {
    /// The memory, to be used again.
    pub fn into_memory(self) -> Vec<f32> {
        self.panels
    }

    /// The columns `first_column..` of the panel that begins with row `first_row`.
    #[inline(always)]
    pub fn panel(&self, first_row: usize, first_column: usize, length: usize) -> &[f32] {
        &self.panels[first_row * self.columns + first_column * self.width..][..length * self.width]
    }
}

impl BinaryAlgebra {
    /// Rows in a panel.
    pub(crate) fn panel_width(&self) -> usize {
        if self.instruction_set() == InstructionSet::Avx512 {
            32
        } else {
            16
        }
    }

    /// Packs all rows of the right side.
    pub(crate) fn pack(&self, weights: Weights<'_>) -> Result<Packed, AlgebraError> {
        self.pack_into(weights, Vec::new())
    }

    /// The same in memory that was used before, which is left as it is where the length fits: every element is written again.
    pub(crate) fn pack_into(
        &self,
        weights: Weights<'_>,
        mut panels: Vec<f32>,
    ) -> Result<Packed, AlgebraError> {
        let (rows, columns) = weights.view.dim();
        let width = self.panel_width();
        let length = check_elements("packed matrix", rows.next_multiple_of(width), columns)?;
        if panels.len() != length {
            panels = memory::zeros(length);
        }
        let pack = |(index, panel): (usize, &mut [f32])| {
            let first_row = index * width;
            if width == 32 {
                self.run(Pack::<32> {
                    weights,
                    first_row,
                    first_column: 0,
                    panel,
                });
            } else {
                self.run(Pack::<16> {
                    weights,
                    first_row,
                    first_column: 0,
                    panel,
                });
            }
        };
        if one_thread() {
            let panels = panels.chunks_mut(width * columns);
            panels.enumerate().for_each(pack);
        } else {
            let panels = panels.par_chunks_mut(width * columns);
            panels.enumerate().for_each(pack);
        }
        Ok(Packed {
            panels,
            columns,
            width,
        })
    }
}

/// Writes one panel of W rows.
pub(crate) struct Pack<'a, 'w, const W: usize> {
    pub weights: Weights<'w>,
    pub first_row: usize,
    pub first_column: usize,
    /// As long as W times the number of columns that are wanted.
    pub panel: &'a mut [f32],
}

impl<const W: usize> Kernel for Pack<'_, '_, W> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self {
            weights: Weights { view, scale },
            first_row,
            first_column,
            panel,
        } = self;
        let (out, _) = panel.as_chunks_mut::<W>();
        let valid = W.min(view.nrows() - first_row);
        let rows = view.slice(s![
            first_row..first_row + valid,
            first_column..first_column + out.len()
        ]);
        if rows.strides()[0] == 1 {
            // Columns are contiguous, as in a transposed view.
            for (out, column) in out.iter_mut().zip(rows.columns()) {
                if let Some(column) = column.as_slice() {
                    out[..valid].copy_from_slice(column);
                    out[valid..].fill(0.0);
                }
            }
        } else if rows.strides()[1] == 1 && valid == W {
            transpose(
                from_fn(|row| rows.index_axis_move(Axis(0), row).to_slice().unwrap_or(&[])),
                out,
            );
        } else {
            for out in out.iter_mut() {
                out[valid..].fill(0.0);
            }
            for (row, values) in rows.rows().into_iter().enumerate() {
                for (out, value) in out.iter_mut().zip(values) {
                    out[row] = *value;
                }
            }
        }
        if scale != 1.0 {
            for value in out.as_flattened_mut() {
                *value = (f64::from(*value) * scale) as f32;
            }
        }
    }
}

/// Transposes W contiguous rows.
#[inline(always)]
fn transpose<const W: usize>(rows: [&[f32]; W], out: &mut [[f32; W]]) {
    let rows = rows.map(|row| &row[..out.len()]);
    let (steps, rest) = out.as_chunks_mut::<STEP>();
    for (index, out) in steps.iter_mut().enumerate() {
        for (row, values) in rows.iter().enumerate() {
            if let Some(values) = values[index * STEP..].first_chunk::<STEP>() {
                for (out, value) in out.iter_mut().zip(values) {
                    out[row] = *value;
                }
            }
        }
    }
    let first = steps.len() * STEP;
    for (column, out) in rest.iter_mut().enumerate() {
        for (out, values) in out.iter_mut().zip(&rows) {
            *out = values[first + column];
        }
    }
}
