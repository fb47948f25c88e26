//! How the values between voxels are found: nearest, linear, cubic, Lanczos, with weights tabulated once.

use crate::plane::fraction;

/// Places between two voxels for which weights are tabulated; between them they are interpolated.
const STEPS: usize = 1 << 10;
/// Voxels on either side that a Lanczos kernel takes.
const LANCZOS: usize = 3;
/// Most voxels along an axis.
const TAPS_MAX: usize = 2 * LANCZOS;

/// How a value between voxels is found. Beyond the outermost voxels the edge is repeated.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum Interpolation {
    /// The nearest voxel; of equally near ones the one with the higher index.
    Nearest,
    /// In proportion between the two voxels on either side, along each axis.
    Linear,
    /// The cubic of four voxels with a = −1/2 (R. G. Keys, 1981), which gives quadratics exactly.
    Cubic,
    /// A sinc windowed by a sinc over six voxels (Lanczos 3), with weights that add up to one.
    Lanczos,
}

/// What a kernel needs to know.
pub(crate) enum Weights {
    Nearest,
    Linear,
    Table(Box<Table>),
}

impl Weights {
    pub fn new(interpolation: Interpolation) -> Self {
        match interpolation {
            Interpolation::Nearest => Self::Nearest,
            Interpolation::Linear => Self::Linear,
            Interpolation::Cubic => Self::Table(Box::new(Table::new(4, cubic))),
            Interpolation::Lanczos => Self::Table(Box::new(Table::new(TAPS_MAX, lanczos))),
        }
    }
}

/// Weights of the voxels around a point, for points at 1024 places between two voxels.
pub(crate) struct Table {
    taps: usize,
    weights: Vec<[f32; TAPS_MAX]>,
}

impl Table {
    fn new(taps: usize, weight: fn(f64) -> f64) -> Self {
        let weights = (0..=STEPS)
            .map(|step| {
                let part = step as f64 / STEPS as f64;
                let mut row = [0f64; TAPS_MAX];
                for (tap, out) in row[..taps].iter_mut().enumerate() {
                    *out = weight(tap as f64 - (taps / 2 - 1) as f64 - part);
                }
                let sum: f64 = row.iter().fold(0.0, |sum, weight| sum + weight);
                row.map(|weight| (weight / sum) as f32)
            })
            .collect();
        Self { taps, weights }
    }

    pub fn taps(&self) -> usize {
        self.taps
    }

    #[inline(always)]
    fn at(&self, at: i64) -> [f32; TAPS_MAX] {
        let place = fraction(at) * STEPS as f32;
        let index = (place as usize).min(STEPS - 1);
        let part = place - index as f32;
        let (low, high) = (&self.weights[index], &self.weights[index + 1]);
        std::array::from_fn(|tap| part.mul_add(high[tap] - low[tap], low[tap]))
    }

    /// The weighted sum along columns, then rows, then slices.
    #[inline(always)]
    pub fn value(&self, values: &[f32], shape: [usize; 3], at: [i64; 3], taps: usize) -> f32 {
        let weights = at.map(|at| self.at(at));
        let index = |axis: usize, tap: usize| {
            let voxel = (at[axis] >> 32) + tap as i64 - (taps as i64 / 2 - 1);
            voxel.clamp(0, shape[axis] as i64 - 1) as usize
        };
        let columns: [usize; TAPS_MAX] = std::array::from_fn(|tap| index(2, tap));
        let mut sum = 0f32;
        for slice in 0..taps {
            let mut plane = 0f32;
            for row in 0..taps {
                let first = (index(0, slice) * shape[1] + index(1, row)) * shape[2];
                let line = &values[first..first + shape[2]];
                let mut total = 0f32;
                for tap in 0..taps {
                    total = weights[2][tap].mul_add(line[columns[tap]], total);
                }
                plane = weights[1][row].mul_add(total, plane);
            }
            sum = weights[0][slice].mul_add(plane, sum);
        }
        sum
    }
}

fn cubic(distance: f64) -> f64 {
    let x = distance.abs();
    if x < 1.0 {
        (1.5 * x - 2.5) * x * x + 1.0
    } else if x < 2.0 {
        ((-0.5 * x + 2.5) * x - 4.0) * x + 2.0
    } else {
        0.0
    }
}

fn lanczos(distance: f64) -> f64 {
    let reach = LANCZOS as f64;
    if distance.abs() >= reach {
        return 0.0;
    }
    sinc(distance) * sinc(distance / reach)
}

/// `sin(πx) / (πx)` for |x| ≤ 3, by multiplications and additions alone.
fn sinc(x: f64) -> f64 {
    if x == 0.0 {
        return 1.0;
    }
    // sin(πx) = ± sin(π·rest), the rest being at most a half.
    let whole = x.round();
    let rest = std::f64::consts::PI * (x - whole);
    let square = rest * rest;
    // The Taylor series, whose next term is below 10⁻¹⁷ of the first.
    let mut series = 1.0;
    for n in (1..=10).rev() {
        let k = f64::from(2 * n) * f64::from(2 * n + 1);
        series = 1.0 - square / k * series;
    }
    let sign = if whole as i64 % 2 == 0 { 1.0 } else { -1.0 };
    sign * rest * series / (std::f64::consts::PI * x)
}
