//! `clisonix export`: values, cines and copies of files for others.

use std::collections::BTreeSet;
use std::path::PathBuf;

use actor_messages::{CineToSave, CopyKind, RequestId, SaveRequest, SaveWish};
use kernel_imaging::Presentation;
use serde::Serialize;

use super::failure::Failure;
use super::images;
use super::render::Render;
use super::session::Session;
use crate::caption;
use crate::tools::look::frame_time_s;

/// Writes pictures, values, cines and copies for others. Nothing that is there is replaced.
#[derive(clap::Args)]
pub struct Export {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// One frame as it is displayed, with a line below it; no identity is on it. The same as `render`.
    Picture(Box<Render>),
    /// The modality values of one frame with 16 bits.
    Values {
        /// A DICOM file, or a folder, DICOMDIR or zip archive with one series.
        path: PathBuf,
        /// Which frame: of a file by its number there, of a folder by its place in the series; from 0.
        #[arg(long, value_name = "N", default_value_t = 0)]
        frame: usize,
        /// Which series, by key, UID or number, where there are several.
        #[arg(long, value_name = "NAME")]
        series: Option<String>,
        /// The .png or .tif file.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// A series as an animated PNG at the file's rate, with a line below it; no identity is on it.
    Cine {
        /// Files and folders that hold the series.
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        /// Which series, by key, UID or number, where there are several.
        #[arg(long, value_name = "NAME")]
        series: Option<String>,
        /// The .png file.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// The DICOM files themselves, as they are or without identities.
    Copies {
        /// Files and folders.
        #[arg(required = true)]
        paths: Vec<PathBuf>,
        /// Removes identities by the Basic Profile of DICOM PS3.15: patient, dates, institutions and private elements go, UIDs and
        /// identifiers get others, the same wherever they stand. Pixels stay as they are.
        #[arg(long)]
        anonymise: bool,
        /// Also files that say that identities are burned into their pixels.
        #[arg(long, requires = "anonymise")]
        burned_in: bool,
        /// The new folder.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
}

#[derive(Serialize)]
struct Exported {
    out: PathBuf,
    files: usize,
    words: String,
    notes: Vec<String>,
}

impl Export {
    pub fn execute(self, session: &Session) -> Result<(), Failure> {
        let (what, out) = match self.what {
            What::Picture(render) => return render.execute(session),
            What::Values {
                path,
                frame,
                series,
                out,
            } => {
                let frame = images::frame_of_path(session, &path, series.as_deref(), frame)?;
                let marks = caption::marks(&frame);
                (SaveWish::Values { frame, marks }, out)
            }
            What::Cine { paths, series, out } => (cine(session, &paths, series.as_deref())?, out),
            What::Copies {
                paths,
                anonymise,
                burned_in,
                out,
            } => {
                let kind = match anonymise {
                    true => CopyKind::Anonymised { burned_in },
                    false => CopyKind::Exact,
                };
                let series = files(session, &paths)?;
                (SaveWish::Copies { series, kind }, out)
            }
        };
        let saved = session.save(&SaveRequest {
            request: RequestId(1),
            what,
            out,
        })?;
        let answer = Exported {
            out: saved.out,
            files: saved.files,
            words: saved.words,
            notes: saved.notes,
        };
        session.answer(&answer, || {
            format!("`{}`: {}", answer.out.display(), answer.words)
        })
    }
}

fn cine(session: &Session, paths: &[PathBuf], series: Option<&str>) -> Result<SaveWish, Failure> {
    let series = images::one_series(session, paths, series)?;
    let first = series
        .frames
        .first()
        .ok_or_else(|| Failure::failed("The series has no images"))?;
    let marks = caption::marks(first);
    Ok(SaveWish::Cine(Box::new(CineToSave {
        presentation: Presentation::initial(first.attributes(), &first.instance.modality),
        frame_time_s: frame_time_s(first).0,
        strip: caption::strip(first.instance.columns, &marks),
        marks,
        frames: series.frames.into(),
    })))
}

/// Every file of every series, and of the objects beside them, each once.
fn files(session: &Session, paths: &[PathBuf]) -> Result<Vec<Vec<PathBuf>>, Failure> {
    let found = images::look(session, paths)?;
    let mut seen: BTreeSet<PathBuf> = BTreeSet::new();
    let mut all = Vec::new();
    for study in &found.studies {
        let mut fresh = |paths: Vec<PathBuf>| {
            let new: Vec<PathBuf> = paths
                .into_iter()
                .filter(|path| seen.insert(path.clone()))
                .collect();
            if !new.is_empty() {
                all.push(new);
            }
        };
        for series in &study.series {
            let frames = series.frames.iter();
            fresh(frames.map(|frame| frame.instance.path.clone()).collect());
        }
        fresh(study.objects.iter().map(|it| it.path.clone()).collect());
    }
    if all.is_empty() {
        return Err(Failure::failed("There is no DICOM file to copy"));
    }
    Ok(all)
}
