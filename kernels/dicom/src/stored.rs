//! Stored values out of bytes: mask, shift, sign, byte order, bit packing, planes and chrominance (PS3.5 8.1, PS3.3 C.7.6.3).

use kernel_imaging::{Instance, Samples};

use crate::error::DicomError;

/// How the samples of one frame are written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout {
    /// Bits Allocated: 1, 8, 16 or 32.
    pub allocated: u16,
    /// Bits Stored.
    pub stored: u16,
    /// High Bit.
    pub high_bit: u16,
    /// Two's complement.
    pub signed: bool,
    /// Big-endian words.
    pub big_endian: bool,
}

impl Layout {
    /// The layout that a header declares, in little endian.
    pub fn of(instance: &Instance) -> Self {
        Self {
            allocated: instance.bits_allocated,
            stored: instance.bits_stored,
            high_bit: instance.high_bit,
            signed: instance.signed,
            big_endian: false,
        }
    }
}

macro_rules! unpack {
    ($bytes:expr, $layout:expr, $unsigned:ty, $signed:ty, $size:literal, $make_unsigned:path, $make_signed:path) => {{
        let chunks = $bytes.as_chunks::<$size>().0;
        let word = |chunk: &[u8; $size]| {
            if $layout.big_endian {
                <$unsigned>::from_be_bytes(*chunk)
            } else {
                <$unsigned>::from_le_bytes(*chunk)
            }
        };
        let width = <$unsigned>::BITS;
        let stored = u32::from($layout.stored).clamp(1, width);
        // Bits above High Bit are shifted out first: they may hold overlays (rule 1).
        let above = width - (u32::from($layout.high_bit) + 1).clamp(stored, width);
        let unused = width - stored;
        if $layout.signed {
            $make_signed(
                chunks
                    .iter()
                    .map(|chunk| ((word(chunk) << above) as $signed) >> unused)
                    .collect(),
            )
        } else {
            $make_unsigned(
                chunks
                    .iter()
                    .map(|chunk| (word(chunk) << above) >> unused)
                    .collect(),
            )
        }
    }};
}

/// Samples of 8, 16 or 32 bits allocated: masked to Bits Stored and sign-extended (rule 1).
pub(crate) fn integers(bytes: &[u8], layout: Layout) -> Result<Samples, DicomError> {
    Ok(match layout.allocated {
        8 => unpack!(bytes, layout, u8, i8, 1, Samples::U8, Samples::I8),
        16 => unpack!(bytes, layout, u16, i16, 2, Samples::U16, Samples::I16),
        32 => unpack!(bytes, layout, u32, i32, 4, Samples::U32, Samples::I32),
        other => {
            return Err(DicomError::Unsupported(format!(
                "samples of {other} bits allocated"
            )));
        }
    })
}

/// Single bits, the first in the lowest bit of a byte, from bit `first` on.
pub(crate) fn bits(bytes: &[u8], first: usize, count: usize) -> Samples {
    Samples::U8(
        (first..first + count)
            .map(|bit| bytes[bit / 8] >> (bit % 8) & 1)
            .collect(),
    )
}

/// Float Pixel Data.
pub(crate) fn floats(bytes: &[u8], big_endian: bool) -> Samples {
    let number = |chunk: &[u8; 4]| {
        if big_endian {
            f32::from_be_bytes(*chunk)
        } else {
            f32::from_le_bytes(*chunk)
        }
    };
    Samples::F32(bytes.as_chunks::<4>().0.iter().map(number).collect())
}

/// Double Float Pixel Data.
pub(crate) fn doubles(bytes: &[u8], big_endian: bool) -> Samples {
    let number = |chunk: &[u8; 8]| {
        if big_endian {
            f64::from_be_bytes(*chunk)
        } else {
            f64::from_le_bytes(*chunk)
        }
    };
    Samples::F64(bytes.as_chunks::<8>().0.iter().map(number).collect())
}

/// Exchanges the bytes of each 16-bit word: bytes and bits in a big-endian OW value (PS3.5 8.1.1).
pub(crate) fn swap_words(bytes: &mut [u8]) {
    for pair in bytes.as_chunks_mut::<2>().0 {
        pair.swap(0, 1);
    }
}

/// From one plane after the other to samples pixel by pixel.
pub(crate) fn interleave(planes: &[u8], sample_bytes: usize, samples_per_pixel: usize) -> Vec<u8> {
    let plane = planes.len() / samples_per_pixel;
    let pixels = plane / sample_bytes;
    let mut out = Vec::with_capacity(planes.len());
    for pixel in 0..pixels {
        for sample in 0..samples_per_pixel {
            let start = sample * plane + pixel * sample_bytes;
            out.extend_from_slice(&planes[start..start + sample_bytes]);
        }
    }
    out
}

/// From Y Y Cb Cr to Y Cb Cr of every pixel (YBR_FULL_422, PS3.3 C.7.6.3.1.2).
pub(crate) fn spread_chrominance(bytes: &[u8]) -> Vec<u8> {
    let quads = bytes.as_chunks::<4>().0;
    quads
        .iter()
        .flat_map(|[y0, y1, cb, cr]| [*y0, *cb, *cr, *y1, *cb, *cr])
        .collect()
}
