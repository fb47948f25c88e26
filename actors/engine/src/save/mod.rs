//! Writing into files for others: one door for the window's command and for the command line.

mod copies;
mod identity;
mod masks;
mod measurements;
mod pictures;
mod pseudonyms;
mod results;
mod segmentation;
mod series;
mod statement;
mod writings;

use std::path::Path;

use actor_messages::{CancelFlag, Digest, SaveImages, SaveReport, SaveRequest, SaveWish};

use crate::error::EngineError;

pub use writings::Writings;

/// Who writes, and who hears of it.
pub struct SaveContext<'a> {
    /// Where the registry of models is.
    pub home: &'a Path,
    /// The program and its version.
    pub application: &'a str,
    /// Hears how many parts of how many are done.
    pub told: &'a (dyn Fn(usize, usize) + Sync),
    /// Raised to stop.
    pub cancelled: &'a CancelFlag,
}

/// Writes what is wished. On failure nothing of it is left behind.
///
/// # Errors
/// One sentence.
pub fn save(request: &SaveRequest, context: &SaveContext<'_>) -> Result<SaveReport, EngineError> {
    match &request.what {
        SaveWish::Results { results, images } => {
            save_results(results, images, &request.out, context)
        }
        SaveWish::Measurements { marks, left_out } => {
            measurements::save(marks, *left_out, &request.out, context.application)
        }
        SaveWish::Masks { frames, masks } => {
            masks::save(frames, masks, &request.out, context.application)
        }
        SaveWish::Picture { image, marks } => pictures::save_picture(image, marks, &request.out),
        SaveWish::Values { frame, marks } => pictures::save_values(frame, marks, &request.out),
        SaveWish::Cine(cine) => pictures::save_cine(cine, &request.out, context),
        SaveWish::Copies { series, kind } => copies::save(series, *kind, &request.out, context),
        SaveWish::File { bytes, words } => {
            actor_study::write_whole(&request.out, bytes).map_err(EngineError::Save)?;
            Ok(SaveReport {
                out: request.out.clone(),
                files: 1,
                words: words.clone(),
                ..SaveReport::default()
            })
        }
    }
}

/// Labels and masks become a segmentation, images a series. The images that they are of are found by the digests in the receipts;
/// a result whose bytes are not its receipt's is refused.
fn save_results(
    results: &Path,
    images: &SaveImages,
    out: &Path,
    context: &SaveContext<'_>,
) -> Result<SaveReport, EngineError> {
    if out.symlink_metadata().is_ok() {
        return Err(EngineError::Save(format!(
            "`{}` is there already and is not replaced",
            out.display()
        )));
    }
    let read = results::read_results(results)?;
    let wanted: Vec<Digest> = read.iter().flat_map(results::images_of).collect();
    let frames = results::find_frames(images, &wanted)?;
    let is_labels = segmentation::is_labels(&read[0].output);
    if is_labels {
        return segmentation::save(&read, &frames, context.home, out, context.application);
    }
    series::save(
        &read,
        &frames,
        out,
        context.application,
        context.told,
        context.cancelled,
    )
}
