//! Singular value decomposition of a small square matrix by one-sided Jacobi rotations, in a fixed order.
//!
//! Source: Z. Drmač, K. Veselić, "New fast and accurate Jacobi SVD algorithm" (2008), without pivoting.
//! Only + − × ÷ √ and fused multiply-add are used, so that every machine computes the same bits.

use crate::instruction_set::Kernel;
use crate::vector::{LANES_F64, dot_f64, rotate_f64};

/// Two vectors whose cosine is not above this are orthogonal.
const COSINE_MAX: f64 = 1e-12;
/// Vectors shorter than this part of the longest are numerically zero.
const NULL: f64 = 1e-14;
/// Sweeps over all pairs; 6 to 10 are usual.
const SWEEPS_MAX: usize = 40;

/// `R = turnᵀ · diag(singular) · right` for a square R, all in descending order of `singular`.
pub(crate) struct SmallSvd {
    pub singular: Vec<f64>,
    /// Row i is the i-th right singular vector; zero if the singular value is zero.
    pub right: Vec<Vec<f64>>,
    /// Row i is the i-th left singular vector.
    pub turn: Vec<Vec<f64>>,
}

/// Decomposes the `[size, size]` matrix R.
pub(crate) struct Jacobi<'a> {
    pub matrix: &'a [f64],
    pub size: usize,
}

impl Kernel for Jacobi<'_> {
    type Output = SmallSvd;

    #[inline(always)]
    fn run(self) -> SmallSvd {
        let size = self.size;
        let stride = size.next_multiple_of(LANES_F64);
        let mut rows = vec![0f64; size * stride];
        let mut turn = vec![0f64; size * stride];
        for index in 0..size {
            rows[index * stride..][..size].copy_from_slice(&self.matrix[index * size..][..size]);
            turn[index * stride + index] = 1.0;
        }
        let mut squares: Vec<f64> = rows
            .chunks_exact(stride)
            .map(|row| dot_f64(row, row))
            .collect();
        for _ in 0..SWEEPS_MAX {
            let null = squares
                .iter()
                .fold(0.0, |most: f64, square| most.max(*square))
                * (NULL * NULL);
            let mut turned = false;
            for p in 0..size {
                for q in p + 1..size {
                    let (row_p, row_q) = pair(&mut rows, stride, p, q);
                    let product = dot_f64(row_p, row_q);
                    let (square_p, square_q) = (squares[p], squares[q]);
                    let orthogonal = product.abs() <= COSINE_MAX * (square_p * square_q).sqrt();
                    if orthogonal || square_p.max(square_q) <= null {
                        continue;
                    }
                    turned = true;
                    let (cosine, sine) = rotation(square_p, square_q, product);
                    rotate_f64(row_p, row_q, cosine, sine);
                    squares[p] = dot_f64(row_p, row_p);
                    squares[q] = dot_f64(row_q, row_q);
                    let (turn_p, turn_q) = pair(&mut turn, stride, p, q);
                    rotate_f64(turn_p, turn_q, cosine, sine);
                }
            }
            if !turned {
                break;
            }
        }
        finish(size, stride, &rows, &turn, &squares)
    }
}

/// The cosine and sine that make two vectors orthogonal, from their squares and their product.
#[inline(always)]
fn rotation(square_p: f64, square_q: f64, product: f64) -> (f64, f64) {
    let zeta = (square_q - square_p) / (2.0 * product);
    let root = zeta.abs() + zeta.mul_add(zeta, 1.0).sqrt();
    let tangent = if zeta < 0.0 { -1.0 / root } else { 1.0 / root };
    let cosine = 1.0 / tangent.mul_add(tangent, 1.0).sqrt();
    (cosine, cosine * tangent)
}

#[inline(always)]
fn pair(rows: &mut [f64], stride: usize, p: usize, q: usize) -> (&mut [f64], &mut [f64]) {
    let (front, back) = rows.split_at_mut(q * stride);
    (&mut front[p * stride..][..stride], &mut back[..stride])
}

fn finish(size: usize, stride: usize, rows: &[f64], turn: &[f64], squares: &[f64]) -> SmallSvd {
    let mut order: Vec<usize> = (0..size).collect();
    // A stable sort: equal singular values stay in the order of their rows.
    order.sort_by(|a, b| squares[*b].total_cmp(&squares[*a]));
    let longest = order.first().map_or(0.0, |first| squares[*first].sqrt());
    let singular: Vec<f64> = order
        .iter()
        .map(|index| squares[*index].sqrt())
        .map(|value| if value <= longest * NULL { 0.0 } else { value })
        .collect();
    let right = order
        .iter()
        .zip(&singular)
        .map(|(index, singular)| {
            let scale = if *singular > 0.0 { 1.0 / singular } else { 0.0 };
            rows[index * stride..][..size]
                .iter()
                .map(|value| value * scale)
                .collect()
        })
        .collect();
    let turn = order
        .iter()
        .map(|index| turn[index * stride..][..size].to_vec())
        .collect();
    SmallSvd {
        singular,
        right,
        turn,
    }
}
