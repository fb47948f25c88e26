//! Least and greatest value of every small block of a volume, so that rays leap over what cannot be seen.

use rayon::prelude::*;

use crate::frame::with_samples;
use crate::stored::Stored;
use crate::volume::Volume;

/// Voxels along an edge of a block.
pub(crate) const BLOCK: usize = 8;

/// Least and greatest stored value of each block of 8 × 8 × 8 voxels and the voxels just beyond it, so that
/// no value between voxels of the block lies outside. Padding counts as the least value that is none.
#[derive(Clone, Debug, PartialEq)]
pub struct Occupancy {
    /// Blocks along slices, rows, columns.
    pub(crate) blocks: [usize; 3],
    pub(crate) ranges: Vec<[f32; 2]>,
    /// Of the whole volume.
    pub(crate) range: [f32; 2],
}

impl Occupancy {
    /// Looks at every voxel once; what is asked for again and again is kept by the caller.
    pub fn of(volume: &Volume) -> Self {
        let padding = volume.attributes.padding_range(volume.samples.is_float());
        let blocks = volume.size.map(|length| length.div_ceil(BLOCK));
        let ranges: Vec<[f32; 2]> = with_samples!(&volume.samples, samples => {
            let count = blocks.iter().product::<usize>();
            (0..count)
                .into_par_iter()
                .map(|at| range(samples, volume.size, blocks, padding, at))
                .collect()
        });
        let whole = ranges.iter().fold(NOTHING, |all, one| joined(all, *one));
        let whole = if whole[0] <= whole[1] {
            whole
        } else {
            [0.0; 2]
        };
        // A block of padding alone, or one that touches padding, reaches down to the least value.
        let ranges = ranges.into_iter().map(|one| match one {
            [low, high] if low > high => [whole[0]; 2],
            [low, high] if padding.is_some() => [whole[0].min(low), high],
            one => one,
        });
        Self {
            blocks,
            ranges: ranges.collect(),
            range: whole,
        }
    }
}

const NOTHING: [f32; 2] = [f32::INFINITY, f32::NEG_INFINITY];

fn joined(one: [f32; 2], other: [f32; 2]) -> [f32; 2] {
    [one[0].min(other[0]), one[1].max(other[1])]
}

fn range<T: Stored>(
    samples: &[T],
    size: [usize; 3],
    blocks: [usize; 3],
    padding: Option<(f64, f64)>,
    at: usize,
) -> [f32; 2] {
    let place = [
        at / (blocks[1] * blocks[2]),
        at / blocks[2] % blocks[1],
        at % blocks[2],
    ];
    let from = place.map(|block| block * BLOCK);
    let to: [usize; 3] = std::array::from_fn(|axis| (from[axis] + BLOCK + 1).min(size[axis]));
    let mut found = NOTHING;
    for slice in from[0]..to[0] {
        for row in from[1]..to[1] {
            let line = (slice * size[1] + row) * size[2];
            for value in &samples[line + from[2]..line + to[2]] {
                let single = value.single();
                let padded =
                    |(low, high): (f64, f64)| value.value() >= low && value.value() <= high;
                if !padding.is_some_and(padded) && single.is_finite() {
                    found = joined(found, [single, single]);
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::{Frame, PhotometricInterpretation, Samples};
    use crate::{Camera, FrameAttributes, ImagePlane, Rendering, TransferFunction, render_volume};

    #[test]
    fn leaping_over_empty_blocks_changes_no_pixel() {
        let side = 36;
        let attributes: Vec<FrameAttributes> = (0..side)
            .map(|slice| FrameAttributes {
                plane: Some(ImagePlane {
                    position_lps_mm: [0.0, 0.0, f64::from(slice)],
                    row_direction_lps: [1.0, 0.0, 0.0],
                    column_direction_lps: [0.0, 1.0, 0.0],
                    spacing_mm: [1.0, 1.0],
                }),
                ..FrameAttributes::default()
            })
            .collect();
        let length = side as usize;
        let slices: Vec<_> = attributes
            .iter()
            .enumerate()
            .map(|(slice, attributes)| {
                let value = |at: usize| {
                    let near = [at % length, at / length, slice]
                        .iter()
                        .all(|part| (11..19).contains(part));
                    i16::from(near) * 900
                };
                let frame = Frame {
                    rows: length,
                    columns: length,
                    samples_per_pixel: 1,
                    samples: Samples::I16((0..length * length).map(value).collect()),
                    photometric: PhotometricInterpretation::Monochrome2,
                };
                (std::sync::Arc::new(frame), attributes)
            })
            .collect();
        let volume = Volume::from_slices(&slices).expect("the slices make a volume");
        let known = Occupancy::of(&volume);
        let mut blind = known.clone();
        blind.ranges.fill(blind.range);
        assert_ne!(known, blind);
        for turn in [0.0, 17.0, 45.0, 111.0] {
            let [row, column] =
                crate::turned([1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.48, 0.6, 0.64], turn);
            let camera = Camera::around(&volume, [row, column], 64);
            for rendering in [
                Rendering::Maximum,
                Rendering::Shaded(TransferFunction::ct_bone()),
            ] {
                let seen = |occupancy: &Occupancy| {
                    let frame = render_volume(&volume, occupancy, &camera, &rendering, &|| false);
                    format!("{:?}", frame.expect("nothing stops it").samples)
                };
                assert_eq!(seen(&known), seen(&blind), "{turn}° {rendering:?}");
            }
        }
    }
}
