//! How far a reconstruction is from its original: sums in lanes whose number is fixed, so that their order never changes.

use std::array::from_fn;

use ndarray::{ArrayView1, ArrayView2};

use crate::CompressionErrors;
use crate::instruction_set::Kernel;
use crate::logarithm::log10;

/// Lanes of the sums: lane i takes the columns i, i + 16, i + 32, and so on of every row. Part of the definition.
const LANES: usize = 16;

/// Compares a panel of rows of the original with the same rows of the reconstruction.
pub(crate) struct Compare<'a> {
    pub original: ArrayView2<'a, f32>,
    pub reconstructed: ArrayView2<'a, f32>,
}

/// The running sums of a panel.
struct Lanes {
    difference: [f64; LANES],
    original: [f64; LANES],
    max_abs: [f64; LANES],
    least: [f32; LANES],
    most: [f32; LANES],
}

impl Lanes {
    /// `extremes` are the values for the least and the most, which must not see the zeros that fill up a row's end.
    #[inline(always)]
    fn add(&mut self, x: &[f32; LANES], y: &[f32; LANES], extremes: &[f32; LANES]) {
        let difference: [f64; LANES] = from_fn(|lane| f64::from(x[lane]) - f64::from(y[lane]));
        let wide: [f64; LANES] = from_fn(|lane| f64::from(x[lane]));
        for lane in 0..LANES {
            self.difference[lane] =
                difference[lane].mul_add(difference[lane], self.difference[lane]);
            self.original[lane] = wide[lane].mul_add(wide[lane], self.original[lane]);
            let size = difference[lane].abs();
            self.max_abs[lane] = if size > self.max_abs[lane] {
                size
            } else {
                self.max_abs[lane]
            };
            let value = extremes[lane];
            self.least[lane] = if value < self.least[lane] {
                value
            } else {
                self.least[lane]
            };
            self.most[lane] = if value > self.most[lane] {
                value
            } else {
                self.most[lane]
            };
        }
    }
}

/// Adds lanes as a tree: the upper half onto the lower half until one is left.
#[inline(always)]
fn tree(mut lanes: [f64; LANES]) -> f64 {
    let mut half = LANES / 2;
    while half > 0 {
        for lane in 0..half {
            lanes[lane] += lanes[lane + half];
        }
        half /= 2;
    }
    lanes[0]
}

impl Kernel for Compare<'_> {
    type Output = Sums;

    #[inline(always)]
    fn run(self) -> Sums {
        let mut lanes = Lanes {
            difference: [0.0; LANES],
            original: [0.0; LANES],
            max_abs: [0.0; LANES],
            least: [f32::INFINITY; LANES],
            most: [f32::NEG_INFINITY; LANES],
        };
        let (mut x_copy, mut y_copy) = (Vec::new(), Vec::new());
        for (x, y) in self
            .original
            .rows()
            .into_iter()
            .zip(self.reconstructed.rows())
        {
            let (x, x_rest) = contiguous(&x, &mut x_copy).as_chunks::<LANES>();
            let (y, y_rest) = contiguous(&y, &mut y_copy).as_chunks::<LANES>();
            for (x, y) in x.iter().zip(y) {
                lanes.add(x, y, x);
            }
            if let Some(first) = x_rest.first() {
                let fill = |rest: &[f32], value: f32| {
                    from_fn(|lane| rest.get(lane).copied().unwrap_or(value))
                };
                lanes.add(
                    &fill(x_rest, 0.0),
                    &fill(y_rest, 0.0),
                    &fill(x_rest, *first),
                );
            }
        }
        Sums {
            difference: tree(lanes.difference),
            original: tree(lanes.original),
            max_abs: lanes.max_abs.into_iter().fold(0.0, f64::max) as f32,
            least: lanes.least.into_iter().fold(f32::INFINITY, f32::min),
            most: lanes.most.into_iter().fold(f32::NEG_INFINITY, f32::max),
        }
    }
}

/// The values of a row, copied if they are strided: sums must not depend on the layout.
#[inline(always)]
fn contiguous<'a>(row: &'a ArrayView1<'_, f32>, copy: &'a mut Vec<f32>) -> &'a [f32] {
    match row.as_slice() {
        Some(values) => values,
        None => {
            copy.clear();
            copy.extend(row.iter().copied());
            copy
        }
    }
}

/// Sums over a part of a matrix.
#[derive(Clone, Copy)]
pub(crate) struct Sums {
    difference: f64,
    original: f64,
    max_abs: f32,
    least: f32,
    most: f32,
}

impl Default for Sums {
    fn default() -> Self {
        Self {
            difference: 0.0,
            original: 0.0,
            max_abs: 0.0,
            least: f32::INFINITY,
            most: f32::NEG_INFINITY,
        }
    }
}

impl Sums {
    pub fn plus(self, next: Self) -> Self {
        Self {
            difference: self.difference + next.difference,
            original: self.original + next.original,
            max_abs: self.max_abs.max(next.max_abs),
            least: self.least.min(next.least),
            most: self.most.max(next.most),
        }
    }

    pub fn errors(self, elements: usize) -> CompressionErrors {
        let relative_frobenius = match (self.difference == 0.0, self.original == 0.0) {
            (true, _) => 0.0,
            (false, true) => f64::INFINITY,
            (false, false) => (self.difference / self.original).sqrt(),
        };
        let range = f64::from(self.most) - f64::from(self.least);
        let peak = if range > 0.0 {
            range
        } else {
            f64::from(self.most.abs())
        };
        let mean_square = self.difference / elements.max(1) as f64;
        let psnr_db = if mean_square == 0.0 {
            f64::INFINITY
        } else {
            10.0 * log10(peak * peak / mean_square)
        };
        CompressionErrors {
            relative_frobenius,
            max_abs: self.max_abs,
            psnr_db,
        }
    }
}
