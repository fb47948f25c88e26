//! `clisonix save`: results as a DICOM object, beside the images that they are of.

use std::path::PathBuf;

use actor_messages::{Digest, RequestId, SaveImages, SaveRequest, SaveWish};
use serde::Serialize;

use super::failure::Failure;
use super::session::Session;

/// Saves results of a job as DICOM: labels and masks as a segmentation that lies over its images in any viewer, computed images as a
/// derived series beside them.
#[derive(clap::Args)]
pub struct SaveDicom {
    /// The folder of a job's results and receipts.
    results: PathBuf,
    /// Where the images are that the job was run on.
    #[arg(long, num_args = 1.., required = true, value_name = "PATH")]
    input: Vec<PathBuf>,
    /// The DICOM file of labels and masks, or the folder of images; what is there is not replaced.
    #[arg(long, value_name = "FILE|DIR")]
    out: PathBuf,
}

#[derive(Serialize)]
struct SaveRecord {
    /// The file of labels and masks, or the folder of images.
    file: PathBuf,
    files: usize,
    job: Digest,
    images: usize,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    segments: Vec<SegmentRecord>,
    /// The greatest difference between a computed value and what is written for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    rounding_max: Option<f64>,
    notes: Vec<String>,
}

#[derive(Serialize)]
struct SegmentRecord {
    number: usize,
    label: String,
    pixels: u64,
}

impl SaveDicom {
    pub fn execute(self, session: &Session) -> Result<(), Failure> {
        let request = SaveRequest {
            request: RequestId(1),
            what: SaveWish::Results {
                results: self.results,
                images: SaveImages::Among(self.input),
            },
            out: self.out,
        };
        let saved = session.save(&request)?;
        let Some(results) = saved.results else {
            return Err(Failure::failed("No results were saved"));
        };
        let segments = results.segments.into_iter().enumerate();
        let record = SaveRecord {
            file: saved.out,
            files: saved.files,
            job: results.job,
            images: results.images,
            segments: segments
                .map(|(at, (label, pixels))| SegmentRecord {
                    number: at + 1,
                    label,
                    pixels,
                })
                .collect(),
            rounding_max: results.rounding_max,
            notes: saved.notes,
        };
        let words = saved.words;
        session.answer(&record, || {
            let segments = record.segments.iter().map(|segment| {
                format!(
                    "\n{} {} ({} pixels)",
                    segment.number, segment.label, segment.pixels
                )
            });
            format!(
                "`{}`: {words}{}",
                record.file.display(),
                segments.collect::<String>()
            )
        })
    }
}
