//! Some neighbouring slices on their way through one operation or several, and what becomes of them at the end.

use std::ops::Range;

use kernel_algebra::BitMask;
use ndarray::{Array2, Array3, Axis, s};

use crate::canonical::malformed;
use crate::execute::{fetch, refused};
use crate::model::filled_values;
use crate::{Blobs, Digest, PixelBlock, TaskError, TaskOutput};

/// Slices between two operations.
pub(crate) struct Stack {
    /// Their values or marks.
    pub content: Content,
    /// Size of a voxel, where it is known.
    pub voxel_mm: Option<[f64; 3]>,
    /// Which voxels are padding, `[slices, rows, columns]`; only before the first operation.
    pub padded: Option<BitMask>,
}

/// What the slices hold.
pub(crate) enum Content {
    /// Values `[slices, rows, columns]`.
    Image(Array3<f32>),
    /// Marks.
    Mask(BitMask),
}

impl Stack {
    /// Reads the blocks of a task; `filled` puts the least value of its slice in the place of padding.
    pub fn read(
        inputs: &[Digest],
        filled: bool,
        blobs: &dyn Blobs,
        stop: &dyn Fn() -> Result<(), TaskError>,
    ) -> Result<Self, TaskError> {
        let mut first: Option<PixelBlock> = None;
        let mut values: Vec<f32> = Vec::new();
        let mut padded: Vec<bool> = Vec::new();
        let mut any_padded = false;
        for (at, input) in inputs.iter().enumerate() {
            stop()?;
            let block = PixelBlock::decode(&fetch(blobs, input)?)?;
            if let Some(like) = &first {
                if like.shape() != block.shape() {
                    return Err(TaskError::NoVolume {
                        slice: at + 1,
                        rows: block.rows,
                        columns: block.columns,
                    });
                }
                if like.voxel_mm != block.voxel_mm {
                    return Err(TaskError::VoxelSizes { slice: at + 1 });
                }
            }
            match filled {
                true => values.extend(filled_values(&block)?),
                false => values.extend(block.modality_values()?),
            }
            let own = block.padded();
            any_padded |= own.is_some();
            let count = block.rows as usize * block.columns as usize;
            padded.extend(own.unwrap_or_else(|| vec![false; count]));
            first.get_or_insert(block);
        }
        let like = first.ok_or(TaskError::NoSlices)?;
        let shape = (inputs.len(), like.rows as usize, like.columns as usize);
        let image = |values| Array3::from_shape_vec(shape, values);
        let padded = match any_padded {
            false => None,
            true => {
                let marks = padded.iter().map(|padded| f32::from(u8::from(*padded)));
                let marks = image(marks.collect()).map_err(|error| malformed("slices", error))?;
                let mask = BitMask::threshold(marks.view(), 1.0, 1.0);
                Some(mask.map_err(refused("padding"))?)
            }
        };
        Ok(Self {
            content: Content::Image(image(values).map_err(|error| malformed("slices", error))?),
            voxel_mm: like.voxel_mm,
            padded,
        })
    }

    /// How many slices there are.
    pub fn slices(&self) -> usize {
        match &self.content {
            Content::Image(values) => values.dim().0,
            Content::Mask(mask) => mask.shape()[0],
        }
    }

    /// The values; marks are 0 and 1.
    pub fn image(self) -> Array3<f32> {
        match self.content {
            Content::Image(values) => values,
            Content::Mask(mask) => {
                let [slices, rows, columns] = mask.shape();
                Array3::from_shape_fn((slices, rows, columns), |(slice, row, column)| {
                    f32::from(u8::from(mask.get([slice, row, column])))
                })
            }
        }
    }

    /// The marks; values above a limit are marked.
    pub fn mask_above(self, above: f64, operation: &str) -> Result<BitMask, TaskError> {
        let above = above as f32;
        match self.content {
            // The marks of a mask are 0 and 1 here too.
            Content::Mask(mask) if (0.0..1.0).contains(&above) => Ok(mask),
            _ => BitMask::threshold(self.image().view(), above.next_up(), f32::MAX)
                .map_err(refused(operation)),
        }
    }

    /// Only these slices.
    pub fn cut(self, range: Range<usize>) -> Result<Self, TaskError> {
        if range == (0..self.slices()) {
            return Ok(self);
        }
        let content = match self.content {
            Content::Image(values) => {
                Content::Image(values.slice_axis(Axis(0), range.into()).to_owned())
            }
            Content::Mask(mask) => {
                let [_, rows, columns] = mask.shape();
                let plane = rows * mask.row_words();
                let words = mask.words()[range.start * plane..range.end * plane].to_vec();
                let cut = BitMask::from_words([range.len(), rows, columns], words);
                Content::Mask(cut.map_err(refused("slices"))?)
            }
        };
        Ok(Self {
            content,
            voxel_mm: self.voxel_mm,
            padded: None,
        })
    }

    /// Each slice by itself.
    pub fn map_slices(
        values: &Array3<f32>,
        one: &mut dyn FnMut(Array2<f32>) -> Result<Array2<f32>, TaskError>,
    ) -> Result<Array3<f32>, TaskError> {
        let mut out = Array3::zeros(values.dim());
        for slice in 0..values.dim().0 {
            let result = one(values.slice(s![slice, .., ..]).to_owned())?;
            if result.dim() != (values.dim().1, values.dim().2) {
                let reason = format!(
                    "the result is {} x {} and the slice is {} x {}",
                    result.nrows(),
                    result.ncols(),
                    values.dim().1,
                    values.dim().2
                );
                return Err(TaskError::Pipeline { reason });
            }
            out.slice_mut(s![slice, .., ..]).assign(&result);
        }
        Ok(out)
    }

    /// The result of these slices.
    pub fn output(self) -> Result<TaskOutput, TaskError> {
        let side =
            |length: usize| u32::try_from(length).map_err(|error| malformed("result", error));
        let voxel_mm3 = self
            .voxel_mm
            .map(|[slice, row, column]| slice * row * column);
        let mut parts = match self.content {
            Content::Image(values) => {
                let (_, rows, columns) = values.dim();
                let (rows, columns) = (side(rows)?, side(columns)?);
                let slices = values.outer_iter();
                slices
                    .map(|slice| TaskOutput::Image {
                        rows,
                        columns,
                        values: slice.iter().copied().collect(),
                    })
                    .collect::<Vec<_>>()
            }
            Content::Mask(mask) => {
                let [_, rows, columns] = mask.shape();
                let plane = (rows * mask.row_words()).max(1);
                let (rows, columns) = (side(rows)?, side(columns)?);
                let slices = mask.words().chunks(plane);
                slices
                    .map(|words| {
                        let count = words.iter().map(|word| u64::from(word.count_ones())).sum();
                        TaskOutput::Mask {
                            rows,
                            columns,
                            words: words.to_vec(),
                            count,
                            volume_ml: voxel_mm3.map(|mm3| count as f64 * mm3 / 1000.0),
                        }
                    })
                    .collect()
            }
        };
        match parts.len() {
            1 => Ok(parts.remove(0)),
            _ => Ok(TaskOutput::Slab(parts)),
        }
    }
}
