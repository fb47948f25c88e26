//! Whether the pixel data can hold the frames that the header declares, and which bytes are whose.

use kernel_imaging::{
    ByteRange, Instance, PhotometricInterpretation, PixelDataLocation, SampleKind,
};

use crate::error::DicomError;
use crate::limits::{FRAME_BYTES_MAX, FRAMES_MAX, PIXEL_BYTES_MAX};
use crate::pixel_element::{self, PixelLocation, Span};

/// Bits that one frame takes in uncompressed pixel data.
pub(crate) fn native_frame_bits(instance: &Instance) -> Option<u64> {
    let samples = (instance.rows as u64)
        .checked_mul(instance.columns as u64)?
        .checked_mul(instance.samples_per_pixel as u64)?;
    let bits = samples.checked_mul(u64::from(instance.bits_allocated))?;
    // Two chrominance samples are shared by two pixels (PS3.3 C.7.6.3.1.2).
    if instance.photometric == PhotometricInterpretation::YbrFull422
        && instance.samples_per_pixel == 3
    {
        return Some(bits / 3 * 2);
    }
    Some(bits)
}

/// Bytes of one decoded frame.
pub(crate) fn decoded_frame_bytes(instance: &Instance) -> Option<u64> {
    (instance.rows as u64)
        .checked_mul(instance.columns as u64)?
        .checked_mul(instance.samples_per_pixel as u64)?
        .checked_mul(u64::from(instance.bits_allocated.div_ceil(8)))
}

/// Checks matrix and frame count against the budgets.
pub(crate) fn check_budget(instance: &Instance, frames: u64) -> Result<(), DicomError> {
    let over = |what, value, limit| Err(DicomError::OverLimit { what, value, limit });
    if frames > FRAMES_MAX {
        return over("The number of frames", frames, FRAMES_MAX);
    }
    let frame_bytes = decoded_frame_bytes(instance).unwrap_or(u64::MAX);
    if frame_bytes > FRAME_BYTES_MAX {
        return over("The size of a frame in bytes", frame_bytes, FRAME_BYTES_MAX);
    }
    let all = frame_bytes.saturating_mul(frames);
    if all > PIXEL_BYTES_MAX {
        return over("The size of all frames in bytes", all, PIXEL_BYTES_MAX);
    }
    Ok(())
}

/// Assigns the pixel data that the walk found to frames.
pub(crate) fn locate(
    found: &PixelLocation,
    instance: &Instance,
    frames: u64,
) -> Result<PixelDataLocation, DicomError> {
    match found {
        PixelLocation::Native(kind, span) => {
            let bits = native_frame_bits(instance).and_then(|bits| bits.checked_mul(frames));
            let needed = bits.unwrap_or(u64::MAX).div_ceil(8);
            if needed > span.length {
                return Err(DicomError::Damaged(format!(
                    "{frames} frames of {} x {} need {needed} bytes of pixel data, the file has {}",
                    instance.rows, instance.columns, span.length
                )));
            }
            Ok(PixelDataLocation::Native {
                value: range(span),
                kind: match kind {
                    pixel_element::SampleKind::Integer => SampleKind::Integer,
                    pixel_element::SampleKind::Float => SampleKind::Float,
                    pixel_element::SampleKind::Double => SampleKind::Double,
                },
            })
        }
        PixelLocation::Fragments {
            table,
            first_item,
            fragments,
            starts,
            ..
        } => {
            let frames = usize::try_from(frames).unwrap_or(usize::MAX);
            let lists = assign(table, *first_item, fragments, frames)
                .or_else(|| by_start(fragments, starts, frames))
                .ok_or_else(|| {
                    DicomError::Damaged(format!(
                        "{frames} frames do not match the {} fragments of pixel data",
                        fragments.len()
                    ))
                })?;
            Ok(PixelDataLocation::Encapsulated { frames: lists })
        }
    }
}

fn range(span: &Span) -> ByteRange {
    ByteRange {
        offset_bytes: span.offset,
        length_bytes: span.length,
    }
}

/// Fragments of each frame, by count or by offset table (PS3.5 A.4); `None` when they do not match.
fn assign(
    table: &[u64],
    first_item: u64,
    fragments: &[Span],
    frames: usize,
) -> Option<Vec<Vec<ByteRange>>> {
    if frames == 0 || fragments.len() < frames {
        return None;
    }
    if frames == 1 {
        return Some(vec![fragments.iter().map(range).collect()]);
    }
    if fragments.len() == frames {
        return Some(fragments.iter().map(|span| vec![range(span)]).collect());
    }
    if table.len() != frames || table.first() != Some(&0) {
        return None;
    }
    let mut lists: Vec<Vec<ByteRange>> = Vec::with_capacity(frames);
    for span in fragments {
        // An offset points at the item's tag, 8 bytes before its value.
        let item = span.offset.checked_sub(8)?.checked_sub(first_item)?;
        if table.get(lists.len()) == Some(&item) {
            lists.push(Vec::new());
        }
        lists.last_mut()?.push(range(span));
    }
    (lists.len() == frames).then_some(lists)
}

/// Fragments of each frame when there is no offset table: a frame begins where an image begins.
fn by_start(fragments: &[Span], starts: &[bool], frames: usize) -> Option<Vec<Vec<ByteRange>>> {
    if starts.first() != Some(&true) || starts.iter().filter(|start| **start).count() != frames {
        return None;
    }
    let mut lists: Vec<Vec<ByteRange>> = Vec::with_capacity(frames);
    for (span, start) in fragments.iter().zip(starts) {
        if *start {
            lists.push(Vec::new());
        }
        lists.last_mut()?.push(range(span));
    }
    Some(lists)
}
