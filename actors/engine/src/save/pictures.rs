//! What is seen, the values behind it and cines, as pictures for others.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use actor_messages::{CineToSave, SaveReport};
use actor_study::{Cine, picture, values16, write_whole};
use kernel_imaging::{
    DisplayLut, FrameReference, Rgba8Image, ViewTransform, modality_values, present_viewport,
};

use super::SaveContext;
use crate::error::EngineError;

/// Images of one cine at most.
const CINE_IMAGES_MAX: usize = 5_000;
/// Pixels of one image of a cine at most: 4096 x 4096.
const CINE_PIXELS_MAX: usize = 1 << 24;

/// One picture, as it is.
pub fn save_picture(
    image: &Rgba8Image,
    marks: &[String],
    out: &Path,
) -> Result<SaveReport, EngineError> {
    let bytes = picture(out, image, marks).map_err(EngineError::Save)?;
    write_whole(out, &bytes).map_err(EngineError::Save)?;
    Ok(SaveReport {
        out: out.to_owned(),
        files: 1,
        words: format!(
            "A picture of {} x {} pixels is saved",
            image.width, image.height
        ),
        ..SaveReport::default()
    })
}

/// The modality values of a grey frame.
pub fn save_values(
    reference: &FrameReference,
    marks: &[String],
    out: &Path,
) -> Result<SaveReport, EngineError> {
    let frame = actor_compute::decode(reference).map_err(EngineError::Save)?;
    let attributes = reference.attributes();
    let values = modality_values(&frame, attributes)
        .map_err(|error| EngineError::Save(error.to_string()))?;
    let values: Vec<f32> = values.iter().copied().collect();
    let unit = match attributes.rescale_unit.as_str() {
        "US" => "",
        unit => unit,
    };
    let size = [frame.rows, frame.columns];
    let made = values16(out, size, &values, unit, marks).map_err(EngineError::Save)?;
    write_whole(out, &made.bytes).map_err(EngineError::Save)?;
    Ok(SaveReport {
        out: out.to_owned(),
        files: 1,
        words: format!("The values are saved with 16 bits: {}", made.meaning(unit)),
        ..SaveReport::default()
    })
}

/// The images of a series one after the other, as they are seen, with their marks below.
pub fn save_cine(
    cine: &CineToSave,
    out: &Path,
    context: &SaveContext<'_>,
) -> Result<SaveReport, EngineError> {
    let count = cine.frames.len();
    if count == 0 || count > CINE_IMAGES_MAX {
        return Err(EngineError::Save(format!(
            "A cine has 1 to {CINE_IMAGES_MAX} images, not {count}"
        )));
    }
    if !out
        .extension()
        .is_some_and(|it| it.eq_ignore_ascii_case("png"))
    {
        return Err(EngineError::Save(
            "A cine is saved as an animated PNG; the name must end with .png".to_owned(),
        ));
    }
    let failed = |reason: String| {
        EngineError::Save(format!("`{}` cannot be written: {reason}", out.display()))
    };
    let file = File::create_new(out).map_err(|error| failed(error.to_string()))?;
    let written = all(cine, BufWriter::new(&file), context)
        .and_then(|()| file.sync_all().map_err(|error| error.to_string()));
    if let Err(reason) = written {
        // What is there is cut short; the reason is told in any case.
        let _ = std::fs::remove_file(out);
        return Err(failed(reason));
    }
    Ok(SaveReport {
        out: out.to_owned(),
        files: 1,
        words: format!(
            "A cine of {count} images at {:.1} a second is saved as an animated PNG",
            1.0 / cine.frame_time_s
        ),
        ..SaveReport::default()
    })
}

fn all(cine: &CineToSave, mut to: impl Write, context: &SaveContext<'_>) -> Result<(), String> {
    let count = cine.frames.len();
    let first = drawn(cine, 0)?;
    let size = [first.width, first.height];
    let mut writer = Cine::begin(&mut to, size, count, cine.frame_time_s, &cine.marks)?;
    writer.add(&first)?;
    for at in 1..count {
        if context.cancelled.is_cancelled() {
            return Err("The writing was cancelled".to_owned());
        }
        (context.told)(at, count);
        writer.add(&drawn(cine, at)?)?;
    }
    writer.finish()?;
    to.flush().map_err(|error| error.to_string())
}

/// One image with square pixels, one screen pixel a column, and the strip of marks below it.
fn drawn(cine: &CineToSave, at: usize) -> Result<Rgba8Image, String> {
    let reference = &cine.frames[at];
    let frame = actor_compute::decode(reference)?;
    let attributes = reference.attributes();
    let lut = DisplayLut::new(&frame, attributes, &cine.presentation)
        .map_err(|error| error.to_string())?;
    let aspect = attributes.aspect();
    let height = ((frame.rows as f64 * aspect).round() as usize).max(1);
    if frame.columns.saturating_mul(height) > CINE_PIXELS_MAX {
        return Err(format!(
            "Image {} would have {} x {height} pixels, more than a cine has",
            at + 1,
            frame.columns
        ));
    }
    let size = [frame.columns, height];
    let view = ViewTransform::fit([frame.columns, frame.rows], aspect, size);
    let mut image = present_viewport(&frame, attributes, &lut, &view, size);
    if cine.strip.width != image.width {
        return Err("The images of the cine are of several sizes".to_owned());
    }
    image.height += cine.strip.height;
    image.pixels.extend_from_slice(&cine.strip.pixels);
    Ok(image)
}
