//! Low-rank compression by the error that is allowed, with the rank found for it.

use ndarray::{ArrayView2, s};

use crate::{AlgebraError, BinaryAlgebra, CompressionErrors, LowRank};

/// Rank that is tried first; it doubles until the error is allowed.
const RANK_FIRST: usize = 8;

/// What a compression must keep.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Fidelity {
    /// The Frobenius norm of the difference is at most this part of that of the matrix, from 0 to 1.
    MaxRelativeError(f64),
    /// No element differs by more, in the unit of the matrix.
    MaxAbsError(f32),
    /// At least this part of the sum of squares is kept, above 0 and at most 1.
    Energy(f64),
}

impl Fidelity {
    fn check(self) -> Result<(), AlgebraError> {
        let (name, value, accepted, rule) = match self {
            Self::MaxRelativeError(value) => (
                "max_relative_error",
                value,
                (0.0..=1.0).contains(&value),
                "from 0 to 1",
            ),
            Self::MaxAbsError(value) => (
                "max_abs_error",
                f64::from(value),
                value >= 0.0 && value.is_finite(),
                "zero or a positive finite number",
            ),
            Self::Energy(value) => (
                "energy",
                value,
                value > 0.0 && value <= 1.0,
                "above 0 and at most 1",
            ),
        };
        if accepted {
            return Ok(());
        }
        Err(AlgebraError::parameter(name, value, rule))
    }

    fn allows(self, errors: &CompressionErrors) -> bool {
        match self {
            Self::MaxRelativeError(most) => errors.relative_frobenius <= most,
            Self::MaxAbsError(most) => errors.max_abs <= most,
            Self::Energy(least) => {
                1.0 - errors.relative_frobenius * errors.relative_frobenius >= least
            }
        }
    }

    /// What is missed even with all singular vectors.
    fn missed(self, errors: &CompressionErrors) -> AlgebraError {
        let reached =
            |figure: f64| format!("at least {figure:e}, which is what the rounding of f32 leaves");
        match self {
            Self::MaxRelativeError(most) => AlgebraError::parameter(
                "max_relative_error",
                most,
                reached(errors.relative_frobenius),
            ),
            Self::MaxAbsError(most) => {
                AlgebraError::parameter("max_abs_error", most, reached(f64::from(errors.max_abs)))
            }
            Self::Energy(least) => {
                let kept = 1.0 - errors.relative_frobenius * errors.relative_frobenius;
                AlgebraError::parameter(
                    "energy",
                    least,
                    format!("at most {kept}, which is what f32 keeps"),
                )
            }
        }
    }
}

impl BinaryAlgebra {
    /// Writes `x`, `[rows, columns]`, with as few singular vectors as keep what `fidelity` asks for, see
    /// [`Self::svd_compress`].
    ///
    /// The rank doubles from 8 until the measured error is allowed; then the singular vectors beyond the least
    /// sufficient number, found by bisection with the error measured each time, are dropped. The result always keeps
    /// what was asked for. The rank is the least possible one up to the error of the range finder; by `MaxAbsError`,
    /// which may rise with the rank now and then, a smaller one can exist.
    ///
    /// # Errors
    /// As [`Self::svd_compress`]; also a fidelity out of range, or finer than the rounding of f32 allows.
    pub fn svd_compress_to(
        &self,
        x: ArrayView2<'_, f32>,
        fidelity: Fidelity,
    ) -> Result<LowRank, AlgebraError> {
        fidelity.check()?;
        let limit = x.nrows().min(x.ncols());
        let mut k = RANK_FIRST.min(limit);
        let mut known = 0;
        let full = loop {
            let factors = self.svd_compress(x, k)?;
            let errors = factors.try_errors(x)?;
            if fidelity.allows(&errors) {
                break factors;
            }
            if k == limit {
                return Err(fidelity.missed(&errors));
            }
            known = k;
            k = (2 * k).min(limit);
        };
        // Ranks up to `low` are not enough, `high` is.
        let (mut low, mut high) = (known, k);
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if fidelity.allows(&full.truncated(middle).try_errors(x)?) {
                high = middle;
            } else {
                low = middle;
            }
        }
        Ok(full.truncated(high))
    }
}

impl LowRank {
    /// The first k singular values and their vectors.
    ///
    /// # Panics
    /// If there are fewer than k.
    #[must_use]
    pub fn truncated(&self, k: usize) -> Self {
        Self {
            u: self.u.slice(s![.., ..k]).as_standard_layout().into_owned(),
            s: self.s.slice(s![..k]).to_owned(),
            vt: self.vt.slice(s![..k, ..]).to_owned(),
        }
    }
}
