//! Places along one row of a resliced plane, in whole steps of 2^-32 voxel: exact, and the same everywhere.

/// Bits of a place below one voxel.
pub(crate) const ONE_BITS: u32 = 32;
/// One voxel.
pub(crate) const ONE: i64 = 1 << ONE_BITS;
/// Voxels beyond which no place is followed; a volume is never as long.
const FAR: f64 = 1e6;

/// Places along one row of a plane, in steps of 2^-32 voxel.
pub(crate) struct VoxelPath {
    base: [i64; 3],
    step: [i64; 3],
}

impl VoxelPath {
    pub fn new(base: [f64; 3], step: [f64; 3]) -> Self {
        let fixed = |part: f64| (part.clamp(-FAR, FAR) * ONE as f64).round() as i64;
        Self {
            base: base.map(fixed),
            step: step.map(fixed),
        }
    }

    #[inline(always)]
    pub fn at(&self, column: usize) -> [i64; 3] {
        std::array::from_fn(|axis| self.base[axis] + self.step[axis].wrapping_mul(column as i64))
    }

    /// Every place is a voxel's centre, one after the other along a row.
    pub fn is_whole(&self) -> bool {
        self.step == [ONE, 0, 0] && self.base.iter().all(|place| place % ONE == 0)
    }

    pub fn runs_along_a_row(&self) -> bool {
        self.step[1] == 0 && self.step[2] == 0
    }

    /// The columns, from the first up to but without the last, whose places lie from the lower up to but
    /// without the upper end on every axis.
    pub fn columns_within(&self, ends: [[i64; 2]; 3], columns: usize) -> (usize, usize) {
        let (mut start, mut end) = (0_i64, columns as i64);
        for (axis, [low, high]) in ends.into_iter().enumerate() {
            let (base, step) = (self.base[axis], self.step[axis]);
            if step == 0 {
                if base < low || base >= high {
                    return (0, 0);
                }
                continue;
            }
            // The least column at or beyond an end, towards growing columns.
            let reach = |end: i64| {
                let (distance, step) = if step > 0 {
                    (end - base, step)
                } else {
                    (base - end, -step)
                };
                (distance + step - 1).div_euclid(step)
            };
            if step > 0 {
                start = start.max(reach(low));
                end = end.min(reach(high));
            } else {
                // Falling: below the upper end means one step past it where it is met exactly.
                start = start.max(reach(high - 1));
                end = end.min(reach(low - 1));
            }
        }
        if start >= end {
            return (0, 0);
        }
        (start as usize, end as usize)
    }
}

/// What lies beyond the voxel before a place, 0 up to 1.
#[inline(always)]
pub(crate) fn share(place: i64) -> f32 {
    // Twenty-four bits, as many as a single holds.
    const SCALE: f32 = 1.0 / (1 << 24) as f32;
    ((place as u32) >> 8) as f32 * SCALE
}
