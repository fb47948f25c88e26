//! From a decoded frame to the pixel block that a task reads: pixels, geometry and rescale, no word about the patient.

use kernel_imaging::{Frame, FrameAttributes, FrameReference, ModalityLut, Samples};
use kernel_tasks::{PixelBlock, StoredSamples};

use crate::decode::decode;

/// Decodes a frame and makes its block. `slice_mm` is the distance between slices, where known.
///
/// The error is a sentence: what the frame is, and why operations cannot read it yet.
pub fn pixel_block(
    reference: &FrameReference,
    slice_mm: Option<f64>,
) -> Result<PixelBlock, String> {
    let frame = decode(reference)?;
    let attributes = reference
        .instance
        .frames
        .get(reference.frame)
        .ok_or_else(|| format!("The file has no frame {}", reference.frame + 1))?;
    block_of(frame, attributes, slice_mm)
}

/// Bytes of the stored pixels of a block.
pub fn stored_bytes(block: &PixelBlock) -> u64 {
    let per_sample = match block.samples {
        StoredSamples::U8(_) | StoredSamples::I8(_) => 1,
        StoredSamples::U16(_) | StoredSamples::I16(_) => 2,
        StoredSamples::U32(_) | StoredSamples::I32(_) | StoredSamples::F32(_) => 4,
        StoredSamples::F64(_) => 8,
    };
    block.samples.len() as u64 * per_sample
}

fn block_of(
    frame: Frame,
    attributes: &FrameAttributes,
    slice_mm: Option<f64>,
) -> Result<PixelBlock, String> {
    if frame.samples_per_pixel != 1 {
        return Err(format!(
            "Operations read grey images, and this one has {} samples a pixel",
            frame.samples_per_pixel
        ));
    }
    let side = |length: usize, name: &str| {
        u32::try_from(length).map_err(|_| format!("An image with {length} {name} is too large"))
    };
    let (rows, columns) = (side(frame.rows, "rows")?, side(frame.columns, "columns")?);
    let (samples, slope, intercept, padding) = match &attributes.modality_lut {
        ModalityLut::Rescale { slope, intercept } => (
            stored(frame.samples),
            *slope,
            *intercept,
            attributes.padding,
        ),
        // A table is no line: the block then holds modality values, and padding is not among them.
        ModalityLut::Table(_) => {
            let values = kernel_imaging::modality_values(&frame, attributes)
                .map_err(|error| error.to_string())?;
            (
                StoredSamples::F32(values.into_raw_vec_and_offset().0),
                1.0,
                0.0,
                None,
            )
        }
    };
    let voxel_mm = match (slice_mm, &attributes.plane) {
        (Some(slice_mm), Some(plane)) => Some([slice_mm, plane.spacing_mm[0], plane.spacing_mm[1]]),
        _ => None,
    };
    let block = PixelBlock {
        rows,
        columns,
        samples,
        slope,
        intercept,
        padding,
        voxel_mm,
    };
    block.check().map_err(|error| error.to_string())?;
    Ok(block)
}

fn stored(samples: Samples) -> StoredSamples {
    match samples {
        Samples::U8(values) => StoredSamples::U8(values),
        Samples::I8(values) => StoredSamples::I8(values),
        Samples::U16(values) => StoredSamples::U16(values),
        Samples::I16(values) => StoredSamples::I16(values),
        Samples::U32(values) => StoredSamples::U32(values),
        Samples::I32(values) => StoredSamples::I32(values),
        Samples::F32(values) => StoredSamples::F32(values),
        Samples::F64(values) => StoredSamples::F64(values),
    }
}
