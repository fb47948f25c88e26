//! RLE Lossless, PS3.5 Annex G: byte planes, most significant first, each packed by runs.

use kernel_imaging::Instance;

use crate::decode::Decoded;
use crate::error::DicomError;

const HEADER_BYTES: usize = 64;
const SEGMENTS_MAX: usize = 15;

/// Decodes one frame; the photometric interpretation stays what the file says.
pub(crate) fn decode(data: &[u8], instance: &Instance) -> Result<Decoded, DicomError> {
    let matrix = instance.rows * instance.columns;
    // Single bits are packed into bytes before they are packed by runs.
    let pixels = if instance.bits_allocated == 1 {
        matrix.div_ceil(8)
    } else {
        matrix
    };
    let sample_bytes = usize::from(instance.bits_allocated.div_ceil(8));
    let planes = sample_bytes * instance.samples_per_pixel;
    let segments = segments(data, planes)?;
    // A run of 128 bytes takes two, so a segment cannot grow more than that.
    if segments
        .iter()
        .any(|segment| segment.len().saturating_mul(64) < pixels)
    {
        return Err(refused("a segment is too short for the frame".to_owned()));
    }
    let mut bytes = vec![0; pixels * planes];
    for (plane, segment) in segments.iter().enumerate() {
        // Planes come sample by sample, the high byte first; the output is little endian.
        let sample = plane / sample_bytes;
        let byte = sample_bytes - 1 - plane % sample_bytes;
        let mut places = bytes[sample * sample_bytes + byte..]
            .iter_mut()
            .step_by(planes);
        let written = unpack(segment, pixels, &mut places);
        if written != pixels {
            return Err(refused(format!(
                "segment {plane} holds {written} of {pixels} bytes"
            )));
        }
    }
    Ok(Decoded {
        bytes,
        photometric: instance.photometric.clone(),
    })
}

fn refused(reason: String) -> DicomError {
    DicomError::Codec {
        codec: "RLE",
        reason,
    }
}

/// Cuts the frame into its segments, by a header of 16 little-endian words.
fn segments(data: &[u8], expected: usize) -> Result<Vec<&[u8]>, DicomError> {
    let header = data
        .first_chunk::<HEADER_BYTES>()
        .ok_or_else(|| refused(format!("the frame has {} bytes and no header", data.len())))?;
    let words: Vec<usize> = header
        .as_chunks::<4>()
        .0
        .iter()
        .map(|word| u32::from_le_bytes(*word) as usize)
        .collect();
    let count = words[0];
    if count != expected || count > SEGMENTS_MAX {
        return Err(refused(format!(
            "{count} segments where {expected} are needed"
        )));
    }
    let mut ends = words[2..=count].to_vec();
    ends.push(data.len());
    words[1..=count]
        .iter()
        .zip(ends)
        .map(|(start, end)| {
            if *start < HEADER_BYTES || *start > end {
                return Err(refused(format!(
                    "a segment begins at byte {start} and ends at {end}"
                )));
            }
            data.get(*start..end)
                .ok_or_else(|| refused(format!("a segment ends at byte {end} of {}", data.len())))
        })
        .collect()
}

/// Unpacks one segment into `places`; returns how many bytes were written.
fn unpack<'p>(
    segment: &[u8],
    wanted: usize,
    places: &mut impl Iterator<Item = &'p mut u8>,
) -> usize {
    let mut rest = segment;
    let mut written = 0;
    let mut put = |value: u8, written: &mut usize| {
        if *written < wanted
            && let Some(place) = places.next()
        {
            *place = value;
            *written += 1;
        }
    };
    while written < wanted {
        let [control, after @ ..] = rest else { break };
        rest = after;
        let count = usize::from(*control);
        if count < 128 {
            let literal = rest.get(..=count).unwrap_or(rest);
            for value in literal {
                put(*value, &mut written);
            }
            rest = &rest[literal.len()..];
        } else if count > 128 {
            let [value, after @ ..] = rest else { break };
            for _ in 0..257 - count {
                put(*value, &mut written);
            }
            rest = after;
        }
    }
    written
}
