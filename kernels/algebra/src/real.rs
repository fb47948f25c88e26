//! The two kinds of real number that the dense kernels take, f32 and f64.

use std::ops::{Add, Div, Mul, Neg, Sub};

use ndarray::{Array2, ArrayView2};

use crate::{AlgebraError, BinaryAlgebra};

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// f32 or f64.
pub trait Real:
    sealed::Sealed
    + Copy
    + Send
    + Sync
    + PartialOrd
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + 'static
{
    /// Zero.
    const ZERO: Self;
    /// One.
    const ONE: Self;
    /// The distance from one to the next number.
    const STEP: Self;

    /// `self · factor + term` with one rounding.
    fn fused(self, factor: Self, term: Self) -> Self;

    /// The number without its sign.
    fn size(self) -> Self;

    /// The number in f64, exactly.
    fn to_f64(self) -> f64;

    /// The nearest number.
    fn from_f64(value: f64) -> Self;

    /// The product `a · b` of `[n, m]` and `[m, p]`, checked and in the order of [`BinaryAlgebra::transform_matrix`].
    ///
    /// # Errors
    /// As [`BinaryAlgebra::transform_matrix`].
    fn product(
        algebra: &BinaryAlgebra,
        a: ArrayView2<'_, Self>,
        b: ArrayView2<'_, Self>,
    ) -> Result<Array2<Self>, AlgebraError>;
}

macro_rules! real {
    ($type:ty, $product:expr) => {
        impl Real for $type {
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            const STEP: Self = <$type>::EPSILON;

            #[inline(always)]
            fn fused(self, factor: Self, term: Self) -> Self {
                self.mul_add(factor, term)
            }

            #[inline(always)]
            fn size(self) -> Self {
                self.abs()
            }

            #[inline(always)]
            fn to_f64(self) -> f64 {
                self.into()
            }

            #[inline(always)]
            fn from_f64(value: f64) -> Self {
                value as Self
            }

            fn product(
                algebra: &BinaryAlgebra,
                a: ArrayView2<'_, Self>,
                b: ArrayView2<'_, Self>,
            ) -> Result<Array2<Self>, AlgebraError> {
                $product(algebra, a, b)
            }
        }
    };
}

real!(f32, |algebra: &BinaryAlgebra, a, b: ArrayView2<'_, f32>| {
    algebra.transform_matrix(a, b.reversed_axes())
});
real!(f64, crate::product_f64::product);
