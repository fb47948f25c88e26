//! JPEG 2000 and HTJ2K, by openjp2; the codestream's size marker is checked before the codec runs.

use jpeg2k::{DecodeParameters, Image};
use kernel_imaging::{Instance, PhotometricInterpretation};

use crate::decode::Decoded;
use crate::error::DicomError;

/// Most tiles of one frame: fewer than a codestream may have, more than images do.
const TILES_MAX: u64 = 65_535;

/// How far into the frame a codestream may begin (some writers wrap it in a JP2 file).
const WRAPPER_BYTES_MAX: usize = 64 * 1024;

/// Decodes one frame. The codec undoes the codestream's own colour transform.
pub(crate) fn decode(data: &[u8], instance: &Instance) -> Result<Decoded, DicomError> {
    let refused = |reason: String| DicomError::Codec {
        codec: "JPEG 2000",
        reason,
    };
    check_size(data, instance).map_err(&refused)?;
    let parameters = DecodeParameters::new().strict(true).ignore_pclr_cmap_cdef();
    let image =
        Image::from_bytes_with(data, parameters).map_err(|error| refused(error.to_string()))?;
    let components = image.components();
    let pixels = instance.rows * instance.columns;
    let samples = instance.samples_per_pixel;
    if components.len() != samples {
        return Err(refused(format!(
            "{} components where {samples} are needed",
            components.len()
        )));
    }
    let sample_bytes = usize::from(instance.bits_allocated.div_ceil(8));
    let mut bytes = vec![0; pixels * samples * sample_bytes];
    for (index, component) in components.iter().enumerate() {
        let size = [component.height() as usize, component.width() as usize];
        if size != [instance.rows, instance.columns] {
            return Err(refused(format!(
                "component {index} is {} x {}",
                size[0], size[1]
            )));
        }
        let places = bytes
            .chunks_exact_mut(sample_bytes)
            .skip(index)
            .step_by(samples);
        for (place, value) in places.zip(component.data()) {
            place.copy_from_slice(&value.to_le_bytes()[..sample_bytes]);
        }
    }
    let photometric = match &instance.photometric {
        PhotometricInterpretation::YbrRct | PhotometricInterpretation::YbrIct => {
            PhotometricInterpretation::Rgb
        }
        // Chrominance at full size has been checked above.
        PhotometricInterpretation::YbrFull422 => PhotometricInterpretation::YbrFull,
        other => other.clone(),
    };
    if instance.bits_allocated == 1 {
        let mut packed = vec![0_u8; pixels.div_ceil(8)];
        for (pixel, value) in bytes.iter().enumerate() {
            packed[pixel / 8] |= (value & 1) << (pixel % 8);
        }
        bytes = packed;
    }
    Ok(Decoded { bytes, photometric })
}

/// Checks the SIZ marker (ITU-T T.800 A.5.1) against the DICOM header.
fn check_size(data: &[u8], instance: &Instance) -> Result<(), String> {
    const START: [u8; 4] = [0xFF, 0x4F, 0xFF, 0x51];
    let window = &data[..data.len().min(WRAPPER_BYTES_MAX)];
    let start = window
        .windows(START.len())
        .position(|bytes| bytes == START)
        .ok_or_else(|| "no codestream in the frame".to_owned())?;
    let word = |index: usize| {
        let from = start + 8 + index * 4;
        data.get(from..from + 4)
            .and_then(|bytes| bytes.first_chunk::<4>())
            .map(|bytes| u64::from(u32::from_be_bytes(*bytes)))
            .ok_or_else(|| "its size marker is cut short".to_owned())
    };
    let (x, y, x0, y0) = (word(0)?, word(1)?, word(2)?, word(3)?);
    let (tile_x, tile_y) = (word(4)?, word(5)?);
    let matrix = (y.checked_sub(y0), x.checked_sub(x0));
    if matrix != (Some(instance.rows as u64), Some(instance.columns as u64)) {
        return Err(format!(
            "its matrix is {} x {}, the header says {} x {}",
            matrix.0.unwrap_or(0),
            matrix.1.unwrap_or(0),
            instance.rows,
            instance.columns
        ));
    }
    if tile_x == 0
        || tile_y == 0
        || x.div_ceil(tile_x).saturating_mul(y.div_ceil(tile_y)) > TILES_MAX
    {
        return Err(format!("its tiles of {tile_y} x {tile_x} are too small"));
    }
    let components = data
        .get(start + 40..start + 42)
        .and_then(|bytes| bytes.first_chunk::<2>())
        .map_or(0, |bytes| usize::from(u16::from_be_bytes(*bytes)));
    if components != instance.samples_per_pixel {
        return Err(format!(
            "it has {components} components, the header says {}",
            instance.samples_per_pixel
        ));
    }
    Ok(())
}
