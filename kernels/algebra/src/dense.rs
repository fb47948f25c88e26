//! Products of matrices element by element, of all pairs and with themselves; the Frobenius norm.

use std::array::from_fn;

use ndarray::{Array2, ArrayView1, ArrayView2, Axis, Zip, s};

use crate::checks::{bounded, check_matrix, check_result, check_square};
use crate::instruction_set::Kernel;
use crate::real::Real;
use crate::{AlgebraError, BinaryAlgebra};

/// Lanes of the norm: lane i takes the columns i, i + 16, i + 32, and so on of every row. Part of the definition.
const LANES: usize = 16;

impl BinaryAlgebra {
    /// The Hadamard product `a ∘ b`: element by element, `[n, m]` and `[n, m]`.
    ///
    /// # Errors
    /// An empty argument, different shapes, NaN or infinite values, a result out of range.
    pub fn hadamard<T: Real>(
        &self,
        a: ArrayView2<'_, T>,
        b: ArrayView2<'_, T>,
    ) -> Result<Array2<T>, AlgebraError> {
        check_matrix("a", &a)?;
        check_matrix("b", &b)?;
        if a.dim() != b.dim() {
            return Err(AlgebraError::ShapeMismatch {
                left: "a",
                left_shape: a.shape().to_vec(),
                right: "b",
                right_shape: b.shape().to_vec(),
            });
        }
        let product = Zip::from(&a).and(&b).map_collect(|a, b| *a * *b);
        check_result(&product)?;
        Ok(product.as_standard_layout().into_owned())
    }

    /// The Kronecker product `a ⊗ b`: `[n, m]` and `[p, q]` give `[n·p, m·q]`, each element of `a` times all of `b`.
    ///
    /// # Errors
    /// An empty argument, NaN or infinite values, a result that is too large or out of range.
    pub fn kronecker<T: Real>(
        &self,
        a: ArrayView2<'_, T>,
        b: ArrayView2<'_, T>,
    ) -> Result<Array2<T>, AlgebraError> {
        check_matrix("a", &a)?;
        check_matrix("b", &b)?;
        let ((n, m), (p, q)) = (a.dim(), b.dim());
        let shape = bounded("Kronecker product", n.checked_mul(p), m.checked_mul(q))?;
        let mut product = Array2::from_elem(shape, T::ZERO);
        for (mut block, row) in product.axis_chunks_iter_mut(Axis(0), p).zip(a.rows()) {
            for (mut part, factor) in block.axis_chunks_iter_mut(Axis(1), q).zip(row) {
                part.zip_mut_with(&b, |out, value| *out = *factor * *value);
            }
        }
        check_result(&product)?;
        Ok(product)
    }

    /// The outer product `x yᵀ`: `[n]` and `[m]` give `[n, m]`.
    ///
    /// # Errors
    /// As [`Self::kronecker`].
    pub fn outer<T: Real>(
        &self,
        x: ArrayView1<'_, T>,
        y: ArrayView1<'_, T>,
    ) -> Result<Array2<T>, AlgebraError> {
        check_matrix("x", &x.view().insert_axis(Axis(1)))?;
        check_matrix("y", &y.view().insert_axis(Axis(0)))?;
        let shape = bounded("outer product", Some(x.len()), Some(y.len()))?;
        let product = Array2::from_shape_fn(shape, |(row, column)| x[row] * y[column]);
        check_result(&product)?;
        Ok(product)
    }

    /// The Frobenius norm, the root of the sum of squares of all elements; sums are in f64 and in a fixed order.
    ///
    /// # Errors
    /// An empty matrix, NaN or infinite values.
    pub fn frobenius_norm<T: Real>(&self, x: ArrayView2<'_, T>) -> Result<f64, AlgebraError> {
        check_matrix("x", &x)?;
        Ok(self.run(Norm(x)))
    }

    /// The power `xⁿ` of a square matrix by squaring, from the highest bit of the exponent; the unit matrix for zero.
    ///
    /// # Errors
    /// A matrix that is empty or not square, NaN or infinite values, a result out of range.
    pub fn matrix_power<T: Real>(
        &self,
        x: ArrayView2<'_, T>,
        exponent: u32,
    ) -> Result<Array2<T>, AlgebraError> {
        check_square("x", &x)?;
        if exponent == 0 {
            let unit = |(row, column)| if row == column { T::ONE } else { T::ZERO };
            return Ok(Array2::from_shape_fn(x.dim(), unit));
        }
        let mut power = x.as_standard_layout().into_owned();
        for bit in (0..exponent.ilog2()).rev() {
            power = T::product(self, power.view(), power.view())?;
            if exponent >> bit & 1 == 1 {
                power = T::product(self, power.view(), x)?;
            }
        }
        Ok(power)
    }
}

/// The norm of a matrix, scaled by a power of two so that no square leaves the range of f64.
struct Norm<'a, T>(ArrayView2<'a, T>);

impl<T: Real> Kernel for Norm<'_, T> {
    type Output = f64;

    #[inline(always)]
    fn run(self) -> f64 {
        let most = self.0.iter().fold(T::ZERO, |most, value| {
            if value.size() > most {
                value.size()
            } else {
                most
            }
        });
        let scale = power_of_two_below(most.to_f64());
        let mut sums = [0f64; LANES];
        for row in self.0.rows() {
            for first in (0..row.len()).step_by(LANES) {
                let part = row.slice(s![first..row.len().min(first + LANES)]);
                let values: [f64; LANES] = match part.as_slice().and_then(|part| part.first_chunk())
                {
                    Some(part) => part.map(|value: T| value.to_f64() * scale),
                    None => {
                        from_fn(|lane| part.get(lane).map_or(0.0, |value| value.to_f64() * scale))
                    }
                };
                sums = from_fn(|lane| values[lane].mul_add(values[lane], sums[lane]));
            }
        }
        let mut half = LANES / 2;
        while half > 0 {
            for lane in 0..half {
                sums[lane] += sums[lane + half];
            }
            half /= 2;
        }
        sums[0].sqrt() / scale
    }
}

/// The power of two that brings `most` into `[1, 2)` as far as one exists; 1 for zero.
fn power_of_two_below(most: f64) -> f64 {
    if most == 0.0 {
        return 1.0;
    }
    let exponent = ((most.to_bits() >> 52) & 0x7ff) as i64 - 1023;
    f64::from_bits(((1023 - exponent.min(1022)) as u64) << 52)
}
