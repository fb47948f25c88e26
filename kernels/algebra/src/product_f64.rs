//! The product of two f64 matrices, in the same order of summation as the one of f32.

use std::array::from_fn;

use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;

use crate::checks::{check_finite, not_empty};
use crate::instruction_set::Kernel;
use crate::tile::K_BLOCK;
use crate::{AlgebraError, BinaryAlgebra, ELEMENTS_MAX};

/// Rows of a register tile.
const TILE_ROWS: usize = 4;
/// Columns of a register tile.
const TILE_COLUMNS: usize = 16;

/// The product `a · b`: each element is a sum over blocks of 256 columns, a block is one chain of fused multiply-adds.
pub(crate) fn product(
    algebra: &BinaryAlgebra,
    a: ArrayView2<'_, f64>,
    b: ArrayView2<'_, f64>,
) -> Result<Array2<f64>, AlgebraError> {
    let ((n, m), p) = (a.dim(), b.ncols());
    not_empty("a", &[n, m])?;
    not_empty("b", &[b.nrows(), p])?;
    if m != b.nrows() {
        return Err(AlgebraError::ColumnMismatch {
            left: "a",
            left_columns: m,
            right: "b, transposed,",
            right_columns: b.nrows(),
        });
    }
    check_finite("a", &a)?;
    check_finite("b", &b)?;
    if n.checked_mul(p)
        .is_none_or(|elements| elements > ELEMENTS_MAX)
    {
        return Err(AlgebraError::TooLarge {
            what: "product",
            shape: vec![n, p],
        });
    }
    // Columns are filled up with zeros, so that every tile is whole.
    let stride = p.next_multiple_of(TILE_COLUMNS);
    let mut panel = vec![0f64; m * stride];
    for (out, row) in panel.chunks_mut(stride).zip(b.rows()) {
        out.iter_mut()
            .zip(row)
            .for_each(|(out, value)| *out = *value);
    }
    let a = a.as_standard_layout();
    let mut out = Array2::zeros((n, p));
    let (Some(rows), Some(values)) = (a.as_slice(), out.as_slice_mut()) else {
        return Ok(out);
    };
    values
        .par_chunks_mut(TILE_ROWS * p)
        .zip(rows.par_chunks(TILE_ROWS * m))
        .for_each(|(out, rows)| {
            algebra.run(RowsProduct {
                rows,
                m,
                panel: &panel,
                stride,
                out,
                p,
            });
        });
    if let Some(at) = values.iter().position(|value| !value.is_finite()) {
        return Err(AlgebraError::Overflow {
            row: at / p,
            column: at % p,
        });
    }
    Ok(out)
}

/// A few rows of the product.
struct RowsProduct<'a> {
    rows: &'a [f64],
    m: usize,
    panel: &'a [f64],
    stride: usize,
    out: &'a mut [f64],
    p: usize,
}

impl Kernel for RowsProduct<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Self {
            rows,
            m,
            panel,
            stride,
            out,
            p,
        } = self;
        let count = rows.len() / m;
        // A row past the end repeats the last one; its sums are not kept.
        let rows: [&[f64]; TILE_ROWS] = from_fn(|row| &rows[row.min(count - 1) * m..][..m]);
        for column in (0..p).step_by(TILE_COLUMNS) {
            let mut totals = [[0f64; TILE_COLUMNS]; TILE_ROWS];
            for first in (0..m).step_by(K_BLOCK) {
                let end = m.min(first + K_BLOCK);
                let mut sums = [[0f64; TILE_COLUMNS]; TILE_ROWS];
                for k in first..end {
                    let Some(b) = panel[k * stride + column..].first_chunk::<TILE_COLUMNS>() else {
                        continue;
                    };
                    for (sums, row) in sums.iter_mut().zip(rows) {
                        for (sum, b) in sums.iter_mut().zip(b) {
                            *sum = row[k].mul_add(*b, *sum);
                        }
                    }
                }
                for (totals, sums) in totals.iter_mut().zip(&sums) {
                    for (total, sum) in totals.iter_mut().zip(sums) {
                        *total = if first == 0 { *sum } else { *total + sum };
                    }
                }
            }
            let width = TILE_COLUMNS.min(p - column);
            for (out, totals) in out.chunks_mut(p).zip(&totals) {
                out[column..column + width].copy_from_slice(&totals[..width]);
            }
        }
    }
}
