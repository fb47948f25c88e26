//! Orthonormal bases by Gram–Schmidt, run again until nothing more is removed ("twice is enough").
//!
//! Source: L. Giraud, J. Langou, M. Rozložník, "The loss of orthogonality in the Gram–Schmidt
//! orthogonalization process" (2005); the criterion is Rutishauser's.

use crate::instruction_set::Kernel;
use crate::vector::{dot, four_dots, length, subtract};

/// A vector that keeps this part of its length in a pass needs no further pass.
const KEPT: f64 = 0.7;
/// A vector that falls below this part of its length at the start depends on the ones before it.
const DEPENDENT: f64 = 1e-9;
/// Most passes for one vector.
const PASSES_MAX: usize = 6;

/// Makes `count` vectors of `length` elements, one after the other in `vectors`, orthonormal.
///
/// A vector that depends on those before it is replaced by the first unit vector that does not.
/// `triangle`, if given, is `[count, count]` and receives R, with `old[j] = Σ_i R[i][j] · new[i]`.
/// Needs `count <= length`.
pub(crate) struct Orthonormalise<'a> {
    pub vectors: &'a mut [f32],
    pub count: usize,
    pub length: usize,
    pub triangle: Option<&'a mut [f64]>,
}

impl Kernel for Orthonormalise<'_> {
    type Output = ();

    #[inline(always)]
    fn run(mut self) {
        let mut next_unit = 0;
        let mut factors = vec![0f64; self.count];
        for index in 0..self.count {
            let (before, rest) = self.vectors.split_at_mut(index * self.length);
            let vector = &mut rest[..self.length];
            let mut norm = project_out(
                before,
                vector,
                DEPENDENT * length(vector),
                &mut factors[..index],
            );
            if let Some(triangle) = &mut self.triangle {
                for (row, factor) in factors[..index].iter_mut().enumerate() {
                    triangle[row * self.count + index] = std::mem::take(factor);
                }
                triangle[index * self.count + index] = norm.unwrap_or(0.0);
            }
            // Some unit vector keeps at least 1/√length, since there are fewer vectors than axes.
            let least = 0.5 / (self.length as f64).sqrt();
            while norm.is_none() && next_unit < self.length {
                vector.fill(0.0);
                vector[next_unit] = 1.0;
                next_unit += 1;
                norm = project_out(before, vector, least, &mut factors[..index]);
                factors.fill(0.0);
            }
            let scale = (1.0 / norm.unwrap_or(1.0)) as f32;
            for value in vector {
                *value *= scale;
            }
        }
    }
}

/// Removes from `vector` its parts along `before` and returns the length of what is left, or nothing if
/// that is not above `least`. Adds the parts to `factors`.
#[inline(always)]
fn project_out(before: &[f32], vector: &mut [f32], least: f64, factors: &mut [f64]) -> Option<f64> {
    let mut norm = length(vector);
    for _ in 0..PASSES_MAX {
        if norm <= least || norm == 0.0 {
            return None;
        }
        if before.is_empty() {
            return Some(norm);
        }
        pass(before, vector, factors);
        let left = length(vector);
        if left >= KEPT * norm && left > least {
            return Some(left);
        }
        norm = left;
    }
    None
}

/// One pass of classical Gram–Schmidt: all parts are measured first, then subtracted in order.
#[inline(always)]
fn pass(before: &[f32], vector: &mut [f32], factors: &mut [f64]) {
    let size = vector.len();
    let row = |index: usize| &before[index * size..][..size];
    let mut parts = vec![0f32; factors.len()];
    let (fours, ones) = parts.as_chunks_mut::<4>();
    let first_one = fours.len() * 4;
    for (index, four) in fours.iter_mut().enumerate() {
        *four = four_dots(std::array::from_fn(|r| row(index * 4 + r)), vector);
    }
    for (index, one) in ones.iter_mut().enumerate() {
        *one = dot(row(first_one + index), vector);
    }
    for (index, four) in fours.iter().enumerate() {
        subtract(
            std::array::from_fn::<_, 4, _>(|r| row(index * 4 + r)),
            *four,
            vector,
        );
    }
    for (index, one) in ones.iter().enumerate() {
        subtract([row(first_one + index)], [*one], vector);
    }
    for (factor, part) in factors.iter_mut().zip(&parts) {
        *factor += f64::from(*part);
    }
}
