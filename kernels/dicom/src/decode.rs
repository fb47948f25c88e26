//! One frame: its own bytes out of the source, then its samples.

use std::io::{Read, Seek, SeekFrom};

use kernel_imaging::{
    ByteRange, Frame, Instance, PhotometricInterpretation, PixelDataLocation, SampleKind, Samples,
};

use crate::codec::{Codec, EXPLICIT_BIG_ENDIAN, supported};
use crate::cursor::Ahead;
use crate::error::DicomError;
use crate::limits::COMPRESSED_FRAME_BYTES_MAX;
use crate::locate::{check_budget, native_frame_bits};
use crate::stored::{self, Layout};
use crate::{jpeg, jpeg_ls, jpeg_xl, jpeg2000, open, rle};

/// A codec's output: samples pixel by pixel in little-endian words of Bits Allocated.
pub(crate) struct Decoded {
    pub bytes: Vec<u8>,
    pub photometric: PhotometricInterpretation,
}

/// Decodes frame `frame` (from 0) of an instance that [`crate::read_instance`] read from the same source.
///
/// The samples are masked to Bits Stored and sign-extended, interleaved, and not converted in colour
/// except where the compressed file itself says so. Of uncompressed files only the frame's own bytes
/// are read.
///
/// # Errors
/// A sentence that names what is wrong with the frame or what is not supported.
pub fn decode_frame<R: Read + Seek>(
    mut source: R,
    length: u64,
    instance: &Instance,
    frame: usize,
) -> Result<Frame, DicomError> {
    let frames = instance.frames.len();
    if frame >= frames {
        return Err(DicomError::NoSuchFrame { frame, frames });
    }
    let codec = supported(instance)?;
    check_budget(instance, frames as u64)?;
    let (samples, photometric) = match &instance.pixel_data {
        PixelDataLocation::Absent => return Err(DicomError::NoSuchFrame { frame, frames: 0 }),
        PixelDataLocation::Native { value, kind } => {
            let samples = if open::is_deflated(&instance.transfer_syntax_uid) {
                let mut source = Ahead::new(&mut source);
                let opened = open::open(&mut source, length)?;
                let data = open::inflate(&mut source, &opened)?;
                let end = data.len() as u64;
                native(
                    &mut std::io::Cursor::new(data),
                    end,
                    instance,
                    *value,
                    *kind,
                    frame,
                )?
            } else {
                native(&mut source, length, instance, *value, *kind, frame)?
            };
            (samples, instance.photometric.clone())
        }
        PixelDataLocation::Encapsulated { frames: lists } => {
            let ranges = lists.get(frame).ok_or(DicomError::NoSuchFrame {
                frame,
                frames: lists.len(),
            })?;
            let data = gather(&mut source, length, ranges)?;
            let decoded = compressed(codec, &data, instance)?;
            let pixels = instance.rows * instance.columns;
            let samples = if instance.bits_allocated == 1 {
                if decoded.bytes.len() < pixels.div_ceil(8) {
                    return Err(wrong_size(decoded.bytes.len(), pixels.div_ceil(8)));
                }
                stored::bits(&decoded.bytes, 0, pixels)
            } else {
                let needed =
                    pixels * instance.samples_per_pixel * usize::from(instance.bits_allocated / 8);
                if decoded.bytes.len() != needed {
                    return Err(wrong_size(decoded.bytes.len(), needed));
                }
                stored::integers(&decoded.bytes, Layout::of(instance))?
            };
            (samples, decoded.photometric)
        }
    };
    Ok(Frame {
        rows: instance.rows,
        columns: instance.columns,
        samples_per_pixel: instance.samples_per_pixel,
        samples,
        photometric,
    })
}

fn wrong_size(found: usize, needed: usize) -> DicomError {
    DicomError::Damaged(format!(
        "the decoded frame has {found} bytes where {needed} are needed"
    ))
}

/// Reads `range`, checked against the end of the source before anything is allocated.
fn read<R: Read + Seek>(
    source: &mut R,
    end: u64,
    offset: u64,
    length: u64,
) -> Result<Vec<u8>, DicomError> {
    let left = end.saturating_sub(offset);
    if length > left {
        return Err(DicomError::CutShort {
            part: "The frame".to_owned(),
            declared: length,
            left,
        });
    }
    let size = usize::try_from(length)
        .map_err(|_| DicomError::Damaged(format!("a frame of {length} bytes")))?;
    source.seek(SeekFrom::Start(offset))?;
    let mut bytes = vec![0; size];
    source.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn gather<R: Read + Seek>(
    source: &mut R,
    end: u64,
    ranges: &[ByteRange],
) -> Result<Vec<u8>, DicomError> {
    let total = ranges
        .iter()
        .fold(0_u64, |sum, range| sum.saturating_add(range.length_bytes));
    if total > COMPRESSED_FRAME_BYTES_MAX {
        return Err(DicomError::OverLimit {
            what: "The size of a compressed frame in bytes",
            value: total,
            limit: COMPRESSED_FRAME_BYTES_MAX,
        });
    }
    let mut data = Vec::new();
    for range in ranges {
        data.append(&mut read(
            source,
            end,
            range.offset_bytes,
            range.length_bytes,
        )?);
    }
    Ok(data)
}

fn native<R: Read + Seek>(
    source: &mut R,
    end: u64,
    instance: &Instance,
    value: ByteRange,
    kind: SampleKind,
    frame: usize,
) -> Result<Samples, DicomError> {
    let frame_bits = native_frame_bits(instance)
        .ok_or_else(|| DicomError::Damaged("the frame has no size".to_owned()))?;
    let first_bit = frame_bits
        .checked_mul(frame as u64)
        .ok_or_else(|| DicomError::Damaged("the frame has no place".to_owned()))?;
    let (mut start, mut stop) = (first_bit / 8, (first_bit + frame_bits).div_ceil(8));
    let big_endian = instance.transfer_syntax_uid == EXPLICIT_BIG_ENDIAN;
    // Bytes and bits lie in 16-bit words when the element is OW, which matters in big endian only.
    let in_words = big_endian && instance.bits_allocated <= 8 && is_ow(source, end, value)?;
    if in_words {
        start &= !1;
        stop = (stop + 1) & !1;
    }
    if stop > value.length_bytes {
        return Err(DicomError::CutShort {
            part: "The pixel data".to_owned(),
            declared: stop,
            left: value.length_bytes,
        });
    }
    let mut bytes = read(source, end, value.offset_bytes + start, stop - start)?;
    if in_words {
        stored::swap_words(&mut bytes);
        // Bit frames keep the words' first bits: `stored::bits` is told where the frame begins.
        if instance.bits_allocated == 8 {
            let skip = (first_bit / 8 - start) as usize;
            bytes.drain(..skip);
            bytes.truncate((frame_bits / 8) as usize);
        }
    }
    match kind {
        SampleKind::Float => return Ok(stored::floats(&bytes, big_endian)),
        SampleKind::Double => return Ok(stored::doubles(&bytes, big_endian)),
        SampleKind::Integer => {}
    }
    if instance.bits_allocated == 1 {
        return Ok(stored::bits(
            &bytes,
            (first_bit - start * 8) as usize,
            frame_bits as usize,
        ));
    }
    if instance.samples_per_pixel > 1 {
        if instance.photometric == PhotometricInterpretation::YbrFull422 {
            bytes = stored::spread_chrominance(&bytes);
        } else if instance.planar == 1 {
            let sample_bytes = usize::from(instance.bits_allocated / 8);
            bytes = stored::interleave(&bytes, sample_bytes, instance.samples_per_pixel);
        }
    }
    stored::integers(
        &bytes,
        Layout {
            big_endian,
            ..Layout::of(instance)
        },
    )
}

/// Whether the pixel data element is OW: its explicit header ends with VR, two reserved bytes and four of length.
fn is_ow<R: Read + Seek>(source: &mut R, end: u64, value: ByteRange) -> Result<bool, DicomError> {
    let Some(vr_offset) = value.offset_bytes.checked_sub(8) else {
        return Ok(false);
    };
    Ok(read(source, end, vr_offset, 2)? == b"OW")
}

fn compressed(codec: Codec, data: &[u8], instance: &Instance) -> Result<Decoded, DicomError> {
    match codec {
        Codec::Native => Err(DicomError::Damaged(
            "an uncompressed frame in fragments".to_owned(),
        )),
        Codec::Rle => rle::decode(data, instance),
        Codec::Jpeg => jpeg::decode(data, instance),
        Codec::JpegLs => jpeg_ls::decode(data, instance),
        Codec::Jpeg2000 => jpeg2000::decode(data, instance),
        Codec::JpegXl => jpeg_xl::decode(data, instance),
        Codec::DeflatedFrame => deflated_frame(data, instance),
        Codec::EncapsulatedUncompressed => Ok(uncompressed_frame(data.to_vec(), instance)),
    }
}

/// Deflated Image Frame Compression (PS3.5 A.4.13): a raw deflate stream of one uncompressed frame.
fn deflated_frame(data: &[u8], instance: &Instance) -> Result<Decoded, DicomError> {
    let needed = native_frame_bits(instance).unwrap_or(u64::MAX).div_ceil(8);
    let mut bytes = Vec::new();
    flate2::read::DeflateDecoder::new(data)
        .take(needed)
        .read_to_end(&mut bytes)
        .map_err(|error| DicomError::Codec {
            codec: "deflated",
            reason: error.to_string(),
        })?;
    Ok(uncompressed_frame(bytes, instance))
}

fn uncompressed_frame(mut bytes: Vec<u8>, instance: &Instance) -> Decoded {
    let needed = native_frame_bits(instance).unwrap_or(u64::MAX).div_ceil(8);
    // Fragments have an even length: one byte of padding may follow.
    bytes.truncate(usize::try_from(needed).unwrap_or(usize::MAX));
    if instance.samples_per_pixel > 1 {
        if instance.photometric == PhotometricInterpretation::YbrFull422 {
            bytes = stored::spread_chrominance(&bytes);
        } else if instance.planar == 1 {
            bytes = stored::interleave(
                &bytes,
                usize::from(instance.bits_allocated / 8),
                instance.samples_per_pixel,
            );
        }
    }
    Decoded {
        bytes,
        photometric: instance.photometric.clone(),
    }
}
