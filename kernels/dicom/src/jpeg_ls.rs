//! JPEG-LS lossless and near-lossless, by CharLS; the header is checked before the codec runs.

use charls::CharLS;
use kernel_imaging::Instance;

use crate::decode::Decoded;
use crate::error::DicomError;
use crate::jpeg_markers::read_headers;
use crate::stored::interleave;

/// Decodes one frame; colour stays what the file says.
pub(crate) fn decode(data: &[u8], instance: &Instance) -> Result<Decoded, DicomError> {
    let refused = |reason: String| DicomError::Codec {
        codec: "JPEG-LS",
        reason,
    };
    let headers = read_headers(data).map_err(&refused)?;
    headers.check(instance).map_err(&refused)?;
    let decoded = CharLS::default()
        .decode(data)
        .map_err(|error| refused(error.to_string()))?;
    let samples = instance.rows * instance.columns * instance.samples_per_pixel;
    let sample_bytes = usize::from(headers.precision.div_ceil(8));
    if decoded.len() != samples * sample_bytes {
        return Err(refused(format!(
            "{} bytes where {} are needed",
            decoded.len(),
            samples * sample_bytes
        )));
    }
    let decoded = if instance.samples_per_pixel > 1 && headers.interleave == 0 {
        interleave(&decoded, sample_bytes, instance.samples_per_pixel)
    } else {
        decoded
    };
    let bytes = if sample_bytes == 1 && instance.bits_allocated == 16 {
        decoded
            .iter()
            .flat_map(|value| u16::from(*value).to_le_bytes())
            .collect()
    } else {
        decoded
    };
    Ok(Decoded {
        bytes,
        photometric: instance.photometric.clone(),
    })
}
