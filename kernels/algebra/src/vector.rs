//! Sums and updates over long vectors, in lanes whose number is fixed and so whose order never changes.

use std::array::from_fn;

/// Lanes of a sum in f32: lane i takes the elements i, i + 16, i + 32, and so on.
const LANES: usize = 16;
/// Lanes of a sum in f64.
pub(crate) const LANES_F64: usize = 8;

/// Adds lanes as a tree: the upper half onto the lower half until one is left.
macro_rules! tree {
    ($lanes:expr) => {{
        let mut lanes = $lanes;
        let mut half = lanes.len() / 2;
        while half > 0 {
            for lane in 0..half {
                lanes[lane] += lanes[lane + half];
            }
            half /= 2;
        }
        lanes[0]
    }};
}

/// Adds the products of one chunk to the lanes.
#[inline(always)]
fn add_products(sums: [f32; LANES], x: &[f32; LANES], y: &[f32; LANES]) -> [f32; LANES] {
    from_fn(|lane| x[lane].mul_add(y[lane], sums[lane]))
}

/// The last elements that do not fill all lanes, filled up with zeros.
#[inline(always)]
fn tail(rest: &[f32]) -> [f32; LANES] {
    let mut lanes = [0f32; LANES];
    lanes[..rest.len()].copy_from_slice(rest);
    lanes
}

/// The sum `Σ x[i] · y[i]`.
#[inline(always)]
pub(crate) fn dot(x: &[f32], y: &[f32]) -> f32 {
    let ((x, x_rest), (y, y_rest)) = (x.as_chunks::<LANES>(), y.as_chunks::<LANES>());
    let mut sums = [0f32; LANES];
    for (x, y) in x.iter().zip(y) {
        sums = add_products(sums, x, y);
    }
    sums = add_products(sums, &tail(x_rest), &tail(y_rest));
    tree!(sums)
}

/// The sums of four vectors with one, each with the bits of [`dot`].
#[inline(always)]
pub(crate) fn four_dots(rows: [&[f32]; 4], y: &[f32]) -> [f32; 4] {
    let [a, b, c, d] = rows.map(|row| row.as_chunks::<LANES>());
    let (y, y_rest) = y.as_chunks::<LANES>();
    let (mut sums_a, mut sums_b, mut sums_c, mut sums_d) =
        ([0f32; LANES], [0f32; LANES], [0f32; LANES], [0f32; LANES]);
    for ((((y, a), b), c), d) in y.iter().zip(a.0).zip(b.0).zip(c.0).zip(d.0) {
        sums_a = add_products(sums_a, a, y);
        sums_b = add_products(sums_b, b, y);
        sums_c = add_products(sums_c, c, y);
        sums_d = add_products(sums_d, d, y);
    }
    let y = tail(y_rest);
    sums_a = add_products(sums_a, &tail(a.1), &y);
    sums_b = add_products(sums_b, &tail(b.1), &y);
    sums_c = add_products(sums_c, &tail(c.1), &y);
    sums_d = add_products(sums_d, &tail(d.1), &y);
    [tree!(sums_a), tree!(sums_b), tree!(sums_c), tree!(sums_d)]
}

/// Subtracts `factors[r] · rows[r]` from `y`, one r after the other for each element.
#[inline(always)]
pub(crate) fn subtract<const N: usize>(rows: [&[f32]; N], factors: [f32; N], y: &mut [f32]) {
    let rows = rows.map(|row| &row[..y.len()]);
    for (index, y) in y.iter_mut().enumerate() {
        for row in 0..N {
            *y = (-factors[row]).mul_add(rows[row][index], *y);
        }
    }
}

/// Euclidean length of a vector; the squares are added in f32, the root is taken in f64.
#[inline(always)]
pub(crate) fn length(y: &[f32]) -> f64 {
    f64::from(dot(y, y)).sqrt()
}

/// The sum of the squares of a vector in f64.
#[inline(always)]
pub(crate) fn square_f64(x: &[f32]) -> f64 {
    let (chunks, rest) = x.as_chunks::<LANES>();
    let mut sums = [0f64; LANES];
    for chunk in chunks.iter().chain(std::iter::once(&tail(rest))) {
        let values = chunk.map(f64::from);
        sums = from_fn(|lane| values[lane].mul_add(values[lane], sums[lane]));
    }
    tree!(sums)
}

/// The sum `Σ x[i] · y[i]` in f64. The length is a multiple of [`LANES_F64`].
#[inline(always)]
pub(crate) fn dot_f64(x: &[f64], y: &[f64]) -> f64 {
    let mut sums = [0f64; LANES_F64];
    for (x, y) in x
        .as_chunks::<LANES_F64>()
        .0
        .iter()
        .zip(y.as_chunks::<LANES_F64>().0)
    {
        for lane in 0..LANES_F64 {
            sums[lane] = x[lane].mul_add(y[lane], sums[lane]);
        }
    }
    tree!(sums)
}

/// Turns the plane of two vectors: `x' = c·x − s·y`, `y' = s·x + c·y`.
#[inline(always)]
pub(crate) fn rotate_f64(x: &mut [f64], y: &mut [f64], cosine: f64, sine: f64) {
    for (x, y) in x.iter_mut().zip(y.iter_mut()) {
        let turned = (-sine).mul_add(*y, cosine * *x);
        *y = sine.mul_add(*x, cosine * *y);
        *x = turned;
    }
}
