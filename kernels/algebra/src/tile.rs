//! The register tile: a small block of the product kept in registers while one K block passes by.

use crate::instruction_set::Kernel;

/// Rows of data in a register tile.
pub(crate) const TILE_ROWS: usize = 6;
/// Length of one chain of fused multiply-adds; block sums are added in order. Part of the definition of the result.
pub(crate) const K_BLOCK: usize = 256;

/// One K block of MR × NR elements of the product. `a` are rows, `b` is a panel of width NR.
///
/// Each element is one chain of fused multiply-adds from zero, in column order.
#[inline(always)]
pub(crate) fn tile<const MR: usize, const NR: usize>(
    a: &[[f32; K_BLOCK]; MR],
    b: &[f32],
) -> [[f32; NR]; MR] {
    let mut sums = [[0f32; NR]; MR];
    let (b, _) = b.as_chunks::<NR>();
    // Says to the compiler that no index leaves a row.
    let b = &b[..b.len().min(K_BLOCK)];
    for (k, b) in b.iter().enumerate() {
        for row in 0..MR {
            for column in 0..NR {
                sums[row][column] = a[row][k].mul_add(b[column], sums[row][column]);
            }
        }
    }
    sums
}

/// A tile that is written to, or added to, rows of `out` that lie `stride` apart.
pub(crate) struct Tile<'a, const NR: usize> {
    pub a: &'a [[f32; K_BLOCK]; TILE_ROWS],
    pub b: &'a [f32],
    pub out: &'a mut [f32],
    pub stride: usize,
    pub add: bool,
}

impl<const NR: usize> Kernel for Tile<'_, NR> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let sums = tile::<TILE_ROWS, NR>(self.a, self.b);
        for (row, sums) in sums.iter().enumerate() {
            let out = &mut self.out[row * self.stride..][..NR];
            if self.add {
                for (out, sum) in out.iter_mut().zip(sums) {
                    *out += sum;
                }
            } else {
                out.copy_from_slice(sums);
            }
        }
    }
}
