//! `clisonix save`: results as a DICOM object, beside the images that they are of.

use std::path::PathBuf;

use actor_messages::Digest;
use serde::Serialize;

use super::failure::Failure;
use super::session::Session;

/// Saves labels or masks of a job as a DICOM segmentation that lies over its images in any viewer.
#[derive(clap::Args)]
pub struct SaveDicom {
    /// The folder of a job's results and receipts.
    results: PathBuf,
    /// Where the images are that the job was run on.
    #[arg(long, num_args = 1.., required = true, value_name = "PATH")]
    input: Vec<PathBuf>,
    /// The DICOM file; one that is there is not replaced.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

#[derive(Serialize)]
struct SaveRecord {
    file: PathBuf,
    job: Digest,
    images: usize,
    segments: Vec<SegmentRecord>,
}

#[derive(Serialize)]
struct SegmentRecord {
    number: usize,
    label: String,
    pixels: u64,
}

impl SaveDicom {
    pub fn execute(self, session: &Session) -> Result<(), Failure> {
        let application = concat!("clisonix ", env!("CARGO_PKG_VERSION"));
        let saved = actor_engine::save_results(
            &self.results,
            &self.input,
            session.home(),
            &self.out,
            application,
        )
        .map_err(Failure::failed)?;
        let segments = saved.segments.into_iter().zip(saved.pixels).enumerate();
        let record = SaveRecord {
            file: self.out,
            job: saved.job,
            images: saved.images,
            segments: segments
                .map(|(at, (label, pixels))| SegmentRecord {
                    number: at + 1,
                    label,
                    pixels,
                })
                .collect(),
        };
        session.answer(&record, || {
            let segments = record.segments.iter().map(|segment| {
                format!(
                    "{} {} ({} pixels)",
                    segment.number, segment.label, segment.pixels
                )
            });
            format!(
                "`{}`: {} images, {}",
                record.file.display(),
                record.images,
                segments.collect::<Vec<_>>().join(", ")
            )
        })
    }
}
