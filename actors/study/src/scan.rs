//! One scan: paths into studies and notices. A broken file is a notice beside the studies, never their failure.

use std::fs::File;
use std::io::BufReader;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use actor_messages::CancelFlag;
use kernel_dicom::{DicomError, arrange, read_instance};
use kernel_imaging::{Instance, Notice, Severity, Study};
use rayon::prelude::*;
use walkdir::WalkDir;

/// Files that one scan walks at most.
pub const FILES_MAX: usize = 1_000_000;

/// Folders below folders at most.
const DEPTH_MAX: usize = 64;

/// Files whose headers are read between two looks at the cancel flag.
const FILES_A_STEP: usize = 64;

/// Instances after which the first arrangement is shown; each later one waits for twice as many, so
/// that arranging again and again costs no more than arranging once.
const FIRST_ARRANGEMENT: usize = 16;

/// Files of one kind that are named in a notice before the rest is only counted.
const NOT_DICOM_NAMED: usize = 3;

/// What a scan found.
#[derive(Clone, Debug, Default)]
pub struct Scanned {
    /// Arranged.
    pub studies: Vec<Study>,
    /// Broken and foreign files, warnings of the arrangement.
    pub notices: Vec<Notice>,
    /// Whether it was stopped before its end.
    pub cancelled: bool,
}

/// How far a scan is.
pub enum Progress<'a> {
    /// Files seen by the walk, files read or refused.
    Files(usize, usize),
    /// The studies so far.
    Studies(&'a Scanned),
}

/// Walks `paths`, reads headers in parallel, arranges. `tell` hears of progress on the calling thread.
pub fn scan(
    paths: &[PathBuf],
    cancelled: &CancelFlag,
    mut tell: impl FnMut(Progress<'_>),
) -> Scanned {
    let mut notices = Vec::new();
    let files = walk(paths, cancelled, &mut notices, |seen| {
        tell(Progress::Files(seen, 0))
    });
    let mut instances: Vec<Instance> = Vec::new();
    let mut foreign: Vec<PathBuf> = Vec::new();
    let mut arrange_at = FIRST_ARRANGEMENT;
    let mut read = 0;
    for step in files.chunks(FILES_A_STEP) {
        if cancelled.is_cancelled() {
            break;
        }
        let headers: Vec<_> = step
            .par_iter()
            .map(|path| (path, read_header(path)))
            .collect();
        for (path, header) in headers {
            match header {
                Ok(instance) => instances.push(instance),
                Err(Header::NotDicom) => foreign.push(path.clone()),
                Err(Header::Broken(text)) => notices.push(Notice {
                    severity: Severity::Error,
                    text,
                    path: Some(path.clone()),
                }),
            }
        }
        read += step.len();
        tell(Progress::Files(files.len(), read));
        if instances.len() >= arrange_at && read < files.len() {
            arrange_at = instances.len() * 2;
            tell(Progress::Studies(&arranged(
                instances.clone(),
                &notices,
                &foreign,
                false,
            )));
        }
    }
    arranged(instances, &notices, &foreign, cancelled.is_cancelled())
}

fn arranged(
    instances: Vec<Instance>,
    notices: &[Notice],
    foreign: &[PathBuf],
    cancelled: bool,
) -> Scanned {
    let (studies, more) = arrange(instances);
    let mut notices: Vec<Notice> = notices.iter().cloned().chain(more).collect();
    for path in foreign.iter().take(NOT_DICOM_NAMED) {
        notices.push(Notice {
            severity: Severity::Info,
            text: "Not a DICOM file".to_owned(),
            path: Some(path.clone()),
        });
    }
    if foreign.len() > NOT_DICOM_NAMED {
        notices.push(Notice {
            severity: Severity::Info,
            text: format!(
                "{} further files are not DICOM",
                foreign.len() - NOT_DICOM_NAMED
            ),
            path: None,
        });
    }
    Scanned {
        studies,
        notices,
        cancelled,
    }
}

fn walk(
    paths: &[PathBuf],
    cancelled: &CancelFlag,
    notices: &mut Vec<Notice>,
    mut tell: impl FnMut(usize),
) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for root in paths {
        // Sorted, so that two scans of one folder meet the files in one order.
        let entries = WalkDir::new(root)
            .follow_links(true)
            .max_depth(DEPTH_MAX)
            .sort_by_file_name();
        for entry in entries {
            if cancelled.is_cancelled() {
                return files;
            }
            if files.len() == FILES_MAX {
                notices.push(Notice {
                    severity: Severity::Warning,
                    text: format!("More than {FILES_MAX} files: the rest was not read"),
                    path: Some(root.clone()),
                });
                return files;
            }
            match entry {
                Ok(entry) if entry.file_type().is_file() => files.push(entry.into_path()),
                Ok(_) => {}
                Err(error) => notices.push(Notice {
                    severity: Severity::Error,
                    text: unreadable(&error),
                    path: Some(error.path().unwrap_or(root).to_owned()),
                }),
            }
            if files.len().is_multiple_of(FILES_A_STEP) {
                tell(files.len());
            }
        }
    }
    files
}

fn unreadable(error: &walkdir::Error) -> String {
    match error.io_error() {
        Some(error) if error.kind() == std::io::ErrorKind::NotFound => {
            "There is no such file or folder".to_owned()
        }
        Some(error) => format!("Cannot be read: {error}"),
        None => "A link that leads back to its own folder was not followed".to_owned(),
    }
}

enum Header {
    NotDicom,
    Broken(String),
}

fn read_header(path: &Path) -> Result<Instance, Header> {
    let unreadable = |error: std::io::Error| Header::Broken(format!("Cannot be read: {error}"));
    let file = File::open(path).map_err(unreadable)?;
    let length = file.metadata().map_err(unreadable)?.len();
    // A reader that panics on one hostile file must not end the scan of the others.
    let header = catch_unwind(AssertUnwindSafe(|| {
        read_instance(BufReader::new(file), length, path).map_err(|error| match error {
            DicomError::NotDicom => Header::NotDicom,
            other => Header::Broken(other.to_string()),
        })
    }));
    header.unwrap_or_else(|_| Err(Header::Broken("The reader failed on this file".to_owned())))
}
