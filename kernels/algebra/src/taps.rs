//! Weights along one axis, and the weighted sum of rows with them.

/// Columns whose sums are kept in registers together, where the radius is any.
const CHUNK: usize = 64;
/// The same where the radius is known when this is compiled.
const FEW: usize = 32;

/// Weights along one axis from the middle outwards, the same on both sides or of opposite sign.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Taps {
    pub weights: Vec<f32>,
    /// The left side counts negative, and the middle not at all.
    pub odd: bool,
}

impl Taps {
    /// Leaves the axis as it is.
    pub fn unit() -> Self {
        Self::even(&[1.0])
    }

    pub fn even(weights: &[f32]) -> Self {
        Self {
            weights: weights.to_vec(),
            odd: false,
        }
    }

    pub fn radius(&self) -> usize {
        self.weights.len() - 1
    }

    pub fn is_unit(&self) -> bool {
        !self.odd && self.weights == [1.0]
    }

    /// What the filter makes of a region that holds one value, in the order of [`weigh`].
    pub fn of_constant(&self, value: f32) -> f32 {
        let mut sum = if self.odd {
            0.0
        } else {
            value * self.weights[0]
        };
        for weight in &self.weights[1..] {
            let pair = if self.odd {
                // The two sides of an odd filter take each other away.
                0.0
            } else {
                value + value
            };
            sum = weight.mul_add(pair, sum);
        }
        sum
    }
}

/// The weighted sum of rows: `at(step, side)` is the row so many steps to the left (side 0) or right (side 1).
#[inline(always)]
pub(crate) fn weigh<'a>(taps: &Taps, at: impl Fn(usize, usize) -> &'a [f32], out: &mut [f32]) {
    macro_rules! of_radius {
        ($($radius:literal)*) => {
            match (taps.radius(), taps.odd) {
                $(
                    ($radius, false) => weigh_few::<$radius, false>(taps, at, out),
                    ($radius, true) => weigh_few::<$radius, true>(taps, at, out),
                )*
                _ => weigh_many(taps, at, out),
            }
        };
    }
    of_radius!(1 2 3 4 5 6 8)
}

/// The same for a radius that is known when this is compiled: the rows are looked up once, and a sum never leaves its register.
#[inline(always)]
fn weigh_few<'a, const RADIUS: usize, const ODD: bool>(
    taps: &Taps,
    at: impl Fn(usize, usize) -> &'a [f32],
    out: &mut [f32],
) {
    let length = out.len();
    let middle = &at(0, 0)[..length];
    let left: [&[f32]; RADIUS] = std::array::from_fn(|step| &at(step + 1, 0)[..length]);
    let right: [&[f32]; RADIUS] = std::array::from_fn(|step| &at(step + 1, 1)[..length]);
    let first = taps.weights[0];
    let weights: [f32; RADIUS] = std::array::from_fn(|step| taps.weights[step + 1]);
    let (chunks, rest) = out.as_chunks_mut::<FEW>();
    let of = |row: &'a [f32]| &row.as_chunks::<FEW>().0[..chunks.len()];
    let (middles, lefts, rights) = (of(middle), left.map(of), right.map(of));
    for (at, out) in chunks.iter_mut().enumerate() {
        let mut sums = [0f32; FEW];
        if !ODD {
            for lane in 0..FEW {
                sums[lane] = middles[at][lane] * first;
            }
        }
        for step in 0..RADIUS {
            let (left, right) = (&lefts[step][at], &rights[step][at]);
            for lane in 0..FEW {
                let pair = if ODD {
                    right[lane] - left[lane]
                } else {
                    left[lane] + right[lane]
                };
                sums[lane] = weights[step].mul_add(pair, sums[lane]);
            }
        }
        *out = sums;
    }
    let whole = length - rest.len();
    for (index, out) in (whole..).zip(rest) {
        let mut sum = if ODD { 0.0 } else { middle[index] * first };
        for step in 0..RADIUS {
            let (left, right) = (left[step][index], right[step][index]);
            let pair = if ODD { right - left } else { left + right };
            sum = weights[step].mul_add(pair, sum);
        }
        *out = sum;
    }
}

/// The same for any radius.
#[inline(always)]
fn weigh_many<'a>(taps: &Taps, at: impl Fn(usize, usize) -> &'a [f32], out: &mut [f32]) {
    let length = out.len();
    let whole = length / CHUNK * CHUNK;
    let middle = at(0, 0);
    for first in (0..whole).step_by(CHUNK) {
        let chunk = |row: &'a [f32]| row[first..].first_chunk::<CHUNK>();
        let mut sums = [0f32; CHUNK];
        if !taps.odd
            && let Some(middle) = chunk(middle)
        {
            for lane in 0..CHUNK {
                sums[lane] = middle[lane] * taps.weights[0];
            }
        }
        for (step, weight) in taps.weights.iter().enumerate().skip(1) {
            if let (Some(left), Some(right)) = (chunk(at(step, 0)), chunk(at(step, 1))) {
                for lane in 0..CHUNK {
                    let pair = if taps.odd {
                        right[lane] - left[lane]
                    } else {
                        left[lane] + right[lane]
                    };
                    sums[lane] = weight.mul_add(pair, sums[lane]);
                }
            }
        }
        out[first..first + CHUNK].copy_from_slice(&sums);
    }
    for index in whole..length {
        let mut sum = if taps.odd {
            0.0
        } else {
            middle[index] * taps.weights[0]
        };
        for (step, weight) in taps.weights.iter().enumerate().skip(1) {
            let (left, right) = (at(step, 0)[index], at(step, 1)[index]);
            let pair = if taps.odd { right - left } else { left + right };
            sum = weight.mul_add(pair, sum);
        }
        out[index] = sum;
    }
}
