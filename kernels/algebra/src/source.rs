//! The left side of a product, read by rows whatever its layout or stored type.

use std::array::from_fn;
use std::mem::MaybeUninit;

use ndarray::{ArrayView2, s};

use crate::stored::{Rescale, rescale};
use crate::tile::K_BLOCK;
use crate::{AlgebraError, StoredSamples, StoredView};

/// One K block of a row, contiguous.
pub(crate) type RowBlock = [f32; K_BLOCK];

/// A matrix of f32 values that may be stored as something else.
pub(crate) trait Source: Sync {
    /// `[rows, columns]`
    fn shape(&self) -> [usize; 2];

    fn value(&self, row: usize, column: usize) -> f32;

    /// Fills `blocks` with `length` columns, `first_column..`, of the rows `first_row..`; rows past the end become zero.
    fn copy_rows(
        &self,
        first_row: usize,
        first_column: usize,
        length: usize,
        blocks: &mut [RowBlock],
    );

    /// A number from which no value is further from zero, where that is known without a look at the values.
    fn greatest(&self) -> Option<f64> {
        None
    }

    /// Writes the P outputs that `each` makes of a row of M columns, for as many rows as `out` has room for.
    fn for_rows<const M: usize, const P: usize>(
        &self,
        first_row: usize,
        out: &mut [MaybeUninit<f32>],
        each: impl Fn(&[f32; M]) -> [f32; P],
    );

    /// The first NaN or infinity in row-major order, as an error that names the argument.
    fn first_not_finite(&self, argument: &'static str) -> Option<AlgebraError> {
        let [rows, columns] = self.shape();
        (0..rows)
            .flat_map(|row| (0..columns).map(move |column| (row, column)))
            .map(|(row, column)| (row, column, self.value(row, column)))
            .find(|(_, _, value)| !value.is_finite())
            .map(|(row, column, value)| AlgebraError::NotFinite {
                argument,
                row,
                column,
                value,
            })
    }
}

impl Source for ArrayView2<'_, f32> {
    fn shape(&self) -> [usize; 2] {
        [self.nrows(), self.ncols()]
    }

    fn value(&self, row: usize, column: usize) -> f32 {
        self[[row, column]]
    }

    #[inline(always)]
    fn copy_rows(
        &self,
        first_row: usize,
        first_column: usize,
        length: usize,
        blocks: &mut [RowBlock],
    ) {
        let valid = blocks.len().min(self.nrows() - first_row);
        let part = self.slice(s![
            first_row..first_row + valid,
            first_column..first_column + length
        ]);
        if part.strides()[0] == 1 && valid > 1 {
            // Columns are contiguous, as in a transposed view: read along them.
            for (index, column) in part.columns().into_iter().enumerate() {
                for (block, value) in blocks.iter_mut().zip(column) {
                    block[index] = *value;
                }
            }
        } else {
            for (block, row) in blocks.iter_mut().zip(part.rows()) {
                match row.as_slice() {
                    Some(row) => block[..length].copy_from_slice(row),
                    None => block
                        .iter_mut()
                        .zip(row)
                        .for_each(|(out, value)| *out = *value),
                }
            }
        }
        clear(&mut blocks[valid..], length);
    }

    #[inline(always)]
    fn for_rows<const M: usize, const P: usize>(
        &self,
        first_row: usize,
        out: &mut [MaybeUninit<f32>],
        each: impl Fn(&[f32; M]) -> [f32; P],
    ) {
        match self.as_slice() {
            Some(samples) => {
                for_contiguous_rows(&samples[first_row * M..], out, |value| value, each)
            }
            None => {
                let rows = self.slice(s![first_row.., ..]);
                for (row, out) in rows.rows().into_iter().zip(out.as_chunks_mut::<P>().0) {
                    *out = each(&from_fn(|column| row[column])).map(MaybeUninit::new);
                }
            }
        }
    }
}

/// Stored integers, rescaled while they are read.
pub(crate) struct Rescaled<'a> {
    pub stored: StoredView<'a, 2>,
    pub slope: f64,
    pub intercept: f64,
}

/// Evaluates an expression with `$samples` bound to the slice of whatever type is stored.
macro_rules! with_samples {
    ($stored:expr, $samples:ident => $body:expr) => {
        match $stored {
            StoredSamples::U8($samples) => $body,
            StoredSamples::I8($samples) => $body,
            StoredSamples::U16($samples) => $body,
            StoredSamples::I16($samples) => $body,
        }
    };
}

impl Source for Rescaled<'_> {
    fn shape(&self) -> [usize; 2] {
        self.stored.shape()
    }

    fn value(&self, row: usize, column: usize) -> f32 {
        let index = row * self.shape()[1] + column;
        let stored = with_samples!(self.stored.samples(), samples => f64::from(samples[index]));
        rescale(stored, self.slope, self.intercept)
    }

    #[inline(always)]
    fn copy_rows(
        &self,
        first_row: usize,
        first_column: usize,
        length: usize,
        blocks: &mut [RowBlock],
    ) {
        let [rows, columns] = self.shape();
        let (slope, intercept) = (self.slope, self.intercept);
        let single = Rescale::new(slope, intercept).single();
        let valid = blocks.len().min(rows - first_row);
        for (index, block) in blocks[..valid].iter_mut().enumerate() {
            let first = (first_row + index) * columns + first_column;
            with_samples!(self.stored.samples(), samples => {
                let samples = &samples[first..first + length];
                if let Some((factor, term)) = single {
                    for (out, stored) in block.iter_mut().zip(samples) {
                        *out = factor.mul_add(f32::from(*stored), term);
                    }
                } else {
                    for (out, stored) in block.iter_mut().zip(samples) {
                        *out = rescale(f64::from(*stored), slope, intercept);
                    }
                }
            });
        }
        clear(&mut blocks[valid..], length);
    }

    fn greatest(&self) -> Option<f64> {
        let stored = match self.stored.samples() {
            StoredSamples::U8(_) => f64::from(u8::MAX),
            StoredSamples::I8(_) => -f64::from(i8::MIN),
            StoredSamples::U16(_) => f64::from(u16::MAX),
            StoredSamples::I16(_) => -f64::from(i16::MIN),
        };
        Some(stored * self.slope.abs() + self.intercept.abs())
    }

    #[inline(always)]
    fn for_rows<const M: usize, const P: usize>(
        &self,
        first_row: usize,
        out: &mut [MaybeUninit<f32>],
        each: impl Fn(&[f32; M]) -> [f32; P],
    ) {
        let (slope, intercept) = (self.slope, self.intercept);
        let single = Rescale::new(slope, intercept).single();
        with_samples!(self.stored.samples(), samples => {
            if let Some((factor, term)) = single {
                let value = |stored| factor.mul_add(f32::from(stored), term);
                for_contiguous_rows(&samples[first_row * M..], out, value, each);
            } else {
                let value = |stored| rescale(f64::from(stored), slope, intercept);
                for_contiguous_rows(&samples[first_row * M..], out, value, each);
            }
        });
    }
}

/// Rows that are taken together: their values are made where they lie beside one another, and so are their outputs, so that only the
/// few steps between are not in the order of the memory.
const ROWS: usize = 16;

/// Writes the P outputs of contiguous rows of M samples.
#[inline(always)]
fn for_contiguous_rows<T: Copy, const M: usize, const P: usize>(
    samples: &[T],
    out: &mut [MaybeUninit<f32>],
    value: impl Fn(T) -> f32,
    each: impl Fn(&[f32; M]) -> [f32; P],
) {
    let out = out.as_chunks_mut::<P>().0;
    let rows = &samples.as_chunks::<M>().0[..out.len()];
    let ((rows, rest), (out, rest_out)) = (rows.as_chunks::<ROWS>(), out.as_chunks_mut::<ROWS>());
    for (rows, out) in rows.iter().zip(out) {
        let mut values = [[0f32; M]; ROWS];
        for (value_at, stored) in values
            .as_flattened_mut()
            .iter_mut()
            .zip(rows.as_flattened())
        {
            *value_at = value(*stored);
        }
        let mut outputs = [[0f32; ROWS]; P];
        for row in 0..ROWS {
            let of_row = each(&values[row]);
            for output in 0..P {
                outputs[output][row] = of_row[output];
            }
        }
        for row in 0..ROWS {
            for output in 0..P {
                out[row][output].write(outputs[output][row]);
            }
        }
    }
    for (row, out) in rest.iter().zip(rest_out) {
        *out = each(&row.map(&value)).map(MaybeUninit::new);
    }
}

#[inline(always)]
fn clear(blocks: &mut [RowBlock], length: usize) {
    for block in blocks {
        block[..length].fill(0.0);
    }
}
