//! What an image is taken to be beyond its edges.

use crate::AlgebraError;

/// How an image goes on beyond its edges; letters show a row `a b c d`.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Extension {
    /// Mirrored with the edge repeated: `c b a | a b c d | d c b`, "reflect" in scipy.
    Reflect,
    /// Mirrored about the edge: `d c b | a b c d | c b a`, "mirror" in scipy.
    Mirror,
    /// The edge repeated: `a a a | a b c d | d d d`.
    Nearest,
    /// Begun again: `b c d | a b c d | a b c`.
    Wrap,
    /// One value, which must be finite.
    Constant(f32),
}

impl Extension {
    pub(crate) fn check(self) -> Result<(), AlgebraError> {
        match self {
            Self::Constant(value) if !value.is_finite() => Err(AlgebraError::parameter(
                "extension",
                value,
                "a finite number",
            )),
            _ => Ok(()),
        }
    }

    /// The value beyond the edges, if it is a constant.
    pub(crate) fn constant(self) -> f32 {
        match self {
            Self::Constant(value) => value,
            _ => 0.0,
        }
    }

    /// The same with another constant, if it is one.
    pub(crate) fn with_constant(self, value: f32) -> Self {
        match self {
            Self::Constant(_) => Self::Constant(value),
            other => other,
        }
    }

    /// The index that stands for `at` on an axis of `length`, or nothing if that is the constant.
    #[inline]
    pub(crate) fn index(self, at: isize, length: usize) -> Option<usize> {
        let size = length as isize;
        if (0..size).contains(&at) {
            return Some(at as usize);
        }
        let index = match self {
            Self::Constant(_) => return None,
            Self::Nearest => at.clamp(0, size - 1),
            Self::Wrap => at.rem_euclid(size),
            Self::Reflect => {
                let at = at.rem_euclid(2 * size);
                at.min(2 * size - 1 - at)
            }
            Self::Mirror if size == 1 => 0,
            Self::Mirror => {
                let at = at.rem_euclid(2 * (size - 1));
                at.min(2 * (size - 1) - at)
            }
        };
        Some(index as usize)
    }

    /// Copies a row with `radius` values more at either end.
    #[inline]
    pub(crate) fn pad(self, row: &[f32], radius: usize, out: &mut [f32]) {
        let (length, reach) = (row.len(), radius as isize);
        out[radius..radius + length].copy_from_slice(row);
        let at = |index: isize| {
            self.index(index, length)
                .map_or(self.constant(), |index| row[index])
        };
        for step in 0..radius {
            out[step] = at(step as isize - reach);
            out[radius + length + step] = at((length + step) as isize);
        }
    }
}
