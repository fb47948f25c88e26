//! JPEG XL, by jxl-oxide; the image's own size is checked before it is rendered.

use jxl_oxide::JxlImage;
use kernel_imaging::{Instance, PhotometricInterpretation};

use crate::decode::Decoded;
use crate::error::DicomError;

/// Decodes one frame; colour comes out as RGB.
pub(crate) fn decode(data: &[u8], instance: &Instance) -> Result<Decoded, DicomError> {
    let refused = |reason: String| DicomError::Codec {
        codec: "JPEG XL",
        reason,
    };
    let image = JxlImage::builder()
        .read(data)
        .map_err(|error| refused(error.to_string()))?;
    let matrix = [image.height() as usize, image.width() as usize];
    if matrix != [instance.rows, instance.columns] {
        return Err(refused(format!(
            "its matrix is {} x {}, the header says {} x {}",
            matrix[0], matrix[1], instance.rows, instance.columns
        )));
    }
    let bits = u16::try_from(image.image_header().metadata.bit_depth.bits_per_sample())
        .unwrap_or(u16::MAX);
    if bits > instance.bits_allocated {
        return Err(refused(format!(
            "it has {bits} bits, the header allocates {}",
            instance.bits_allocated
        )));
    }
    let render = image
        .render_frame(0)
        .map_err(|error| refused(error.to_string()))?;
    let mut stream = render.stream();
    let samples = instance.samples_per_pixel;
    if stream.channels() as usize != samples {
        return Err(refused(format!(
            "it has {} channels, the header says {samples}",
            stream.channels()
        )));
    }
    let mut unit = vec![0.0_f32; instance.rows * instance.columns * samples];
    let written = stream.write_to_buffer(&mut unit);
    if written != unit.len() {
        return Err(refused(format!(
            "{written} samples where {} are needed",
            unit.len()
        )));
    }
    // Samples come between 0 and 1; 16 bits fit a float's mantissa.
    let scale = f32::from(u16::MAX >> (16 - bits.clamp(1, 16)));
    let integer = |value: &f32| (value * scale).round().clamp(0.0, scale) as u16;
    let bytes = if instance.bits_allocated == 8 {
        unit.iter().map(|value| integer(value) as u8).collect()
    } else {
        unit.iter()
            .flat_map(|value| integer(value).to_le_bytes())
            .collect()
    };
    let photometric = if samples == 3 {
        PhotometricInterpretation::Rgb
    } else {
        instance.photometric.clone()
    };
    Ok(Decoded { bytes, photometric })
}
