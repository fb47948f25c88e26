//! JPEG baseline, extended (8 bits) and lossless: the header is checked before the codec runs.

use jpeg_decoder::{ColorTransform, Decoder, PixelFormat};
use kernel_imaging::{Instance, PhotometricInterpretation};

use crate::decode::Decoded;
use crate::error::DicomError;
use crate::jpeg_markers::{Headers, read_headers};

/// Decodes one frame. Subsampled chrominance is spread over all pixels; colour is not converted, but
/// labelled as the JPEG's own markers say.
pub(crate) fn decode(data: &[u8], instance: &Instance) -> Result<Decoded, DicomError> {
    let refused = |reason: String| DicomError::Codec {
        codec: "JPEG",
        reason,
    };
    let headers = read_headers(data).map_err(&refused)?;
    headers.check(instance).map_err(&refused)?;
    if !headers.lossless && headers.precision != 8 {
        return Err(DicomError::Unsupported(format!(
            "JPEG extended with {} bits",
            headers.precision
        )));
    }
    let sample_bytes = usize::from(instance.bits_allocated / 8);
    let samples = instance.rows * instance.columns * instance.samples_per_pixel;
    let mut decoder = Decoder::new(data);
    decoder.set_max_decoding_buffer_size(samples * sample_bytes.max(2));
    if instance.samples_per_pixel > 1 {
        // The codec calls it RGB to interleave the components as they are.
        decoder.set_color_transform(ColorTransform::RGB);
    }
    let decoded = decoder
        .decode()
        .map_err(|error| refused(error.to_string()))?;
    let format = decoder
        .info()
        .map(|info| info.pixel_format)
        .ok_or_else(|| refused("no image in the frame".to_owned()))?;
    let wide = format == PixelFormat::L16;
    let bytes = match (wide, sample_bytes) {
        (false, 1) => decoded,
        (false, 2) => decoded
            .iter()
            .flat_map(|value| u16::from(*value).to_le_bytes())
            .collect(),
        // The codec writes words in the machine's own order.
        (true, 2) => decoded
            .as_chunks::<2>()
            .0
            .iter()
            .flat_map(|word| u16::from_ne_bytes(*word).to_le_bytes())
            .collect(),
        _ => {
            return Err(refused(format!(
                "{} bits where 8 are allocated",
                headers.precision
            )));
        }
    };
    Ok(Decoded {
        bytes,
        photometric: meaning(&headers, instance),
    })
}

/// What three components mean: the JPEG's own markers decide, and without any the header (rule 13).
fn meaning(headers: &Headers, instance: &Instance) -> PhotometricInterpretation {
    let declared = instance.photometric.clone();
    if instance.samples_per_pixel == 1 {
        return declared;
    }
    let chrominance = match (headers.lossless, headers.adobe_transform, headers.jfif) {
        (false, Some(transform), _) => transform == 1,
        (false, None, true) => true,
        _ => declared != PhotometricInterpretation::Rgb,
    };
    if chrominance {
        PhotometricInterpretation::YbrFull
    } else {
        PhotometricInterpretation::Rgb
    }
}
