//! One scan: paths into studies and notices. A broken file is a notice beside the studies, never their failure.

use std::collections::{BTreeSet, VecDeque};
use std::path::{Path, PathBuf};

use actor_messages::CancelFlag;
use kernel_dicom::arrange;
use kernel_imaging::{Instance, Notice, Severity, Study, TextRule};
use rayon::prelude::*;

use crate::archive::Archive;
use crate::header::{Content, listed_files, read_file};
use crate::walk::Walk;

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

/// Walks `paths`, reads headers in parallel, with text as `text` says, and arranges. `tell` hears of progress on the calling thread.
///
/// Zip archives are looked into, and what a DICOMDIR lists below its folder is read as well.
pub fn scan(
    paths: &[PathBuf],
    text: TextRule,
    cancelled: &CancelFlag,
    mut tell: impl FnMut(Progress<'_>),
) -> Scanned {
    let mut walk = Walk::begin(paths, cancelled);
    let mut found = Found {
        arrange_at: FIRST_ARRANGEMENT,
        text,
        ..Found::default()
    };
    let mut waiting = VecDeque::new();
    loop {
        // The first picture does not wait for a whole step.
        let wanted = if found.read == 0 {
            FIRST_ARRANGEMENT
        } else {
            FILES_A_STEP
        };
        walk.take(&mut waiting, wanted, &mut found.notices, cancelled);
        if waiting.is_empty() || cancelled.is_cancelled() {
            break;
        }
        let step: Vec<PathBuf> = waiting.drain(..waiting.len().min(wanted)).collect();
        let step: Vec<PathBuf> = step
            .into_iter()
            .filter(|path| found.met.insert(path.clone()))
            .collect();
        let contents: Vec<Content> = step.par_iter().map(|path| read_file(path, text)).collect();
        for (path, content) in step.into_iter().zip(contents) {
            match content {
                Content::Archive => found.look_into(&path, cancelled, walk.seen(), &mut tell),
                Content::Directory(directory) => {
                    let is_cancelled = || cancelled.is_cancelled();
                    let (files, sentences) = listed_files(&directory, &path, is_cancelled);
                    found.warn(sentences, &path);
                    let new = files.into_iter().filter(|file| !found.met.contains(file));
                    waiting.extend(new);
                }
                content => found.keep(path, content),
            }
            found.read += 1;
        }
        let more = waiting.len();
        found.progress(walk.seen(), more, &mut tell);
    }
    found.arranged(cancelled.is_cancelled())
}

/// What a scan has found so far.
#[derive(Default)]
struct Found {
    instances: Vec<Instance>,
    notices: Vec<Notice>,
    foreign: Vec<PathBuf>,
    met: BTreeSet<PathBuf>,
    read: usize,
    inside: usize,
    arrange_at: usize,
    text: TextRule,
}

impl Found {
    fn keep(&mut self, path: PathBuf, content: Content) {
        match content {
            Content::Instance(instance) => self.instances.push(*instance),
            Content::Broken(text) => self
                .notices
                .push(Notice::new(Severity::Error, text).about(path)),
            // An archive in an archive stays closed, and a directory there names nothing that is not read anyway.
            Content::Foreign | Content::Archive => self.foreign.push(path),
            Content::Directory(_) => {}
        }
    }

    fn warn(&mut self, sentences: Vec<String>, path: &Path) {
        let notices = sentences
            .into_iter()
            .map(|text| Notice::new(Severity::Warning, text).about(path));
        self.notices.extend(notices);
    }

    fn look_into(
        &mut self,
        path: &Path,
        cancelled: &CancelFlag,
        seen: usize,
        tell: &mut impl FnMut(Progress<'_>),
    ) {
        let mut archive = match Archive::open(path) {
            Ok(archive) => archive,
            Err(text) => {
                let notice = Notice::new(Severity::Error, text).about(path);
                self.notices.push(notice);
                return;
            }
        };
        self.warn(archive.refused().to_vec(), path);
        self.inside += archive.len();
        loop {
            let step = archive.step(self.text);
            if step.is_empty() || cancelled.is_cancelled() {
                return;
            }
            self.read += step.len();
            for (path, content) in step {
                self.keep(path, content);
            }
            self.progress(seen, 0, tell);
        }
    }

    /// Tells of the files, and of the studies when there are enough new ones.
    fn progress(&mut self, seen: usize, waiting: usize, tell: &mut impl FnMut(Progress<'_>)) {
        let seen = (seen + self.inside).max(self.read + waiting);
        tell(Progress::Files(seen, self.read));
        if self.instances.len() >= self.arrange_at && self.read < seen {
            self.arrange_at = self.instances.len() * 2;
            tell(Progress::Studies(&self.clone_arranged()));
        }
    }

    fn clone_arranged(&self) -> Scanned {
        arranged(
            self.instances.clone(),
            self.notices.clone(),
            &self.foreign,
            false,
        )
    }

    fn arranged(self, cancelled: bool) -> Scanned {
        arranged(self.instances, self.notices, &self.foreign, cancelled)
    }
}

fn arranged(
    instances: Vec<Instance>,
    mut notices: Vec<Notice>,
    foreign: &[PathBuf],
    cancelled: bool,
) -> Scanned {
    let (studies, more) = arrange(instances);
    notices.extend(more);
    // The walk runs beside the reading; which of them spoke first must not be seen.
    notices.sort_by(|a, b| (&a.path, a.severity, &a.text).cmp(&(&b.path, b.severity, &b.text)));
    for path in foreign.iter().take(NOT_DICOM_NAMED) {
        notices.push(Notice::new(Severity::Info, "Not a DICOM file").about(path));
    }
    if foreign.len() > NOT_DICOM_NAMED {
        let text = format!(
            "{} further files are not DICOM",
            foreign.len() - NOT_DICOM_NAMED
        );
        notices.push(Notice::new(Severity::Info, text));
    }
    Scanned {
        studies,
        notices,
        cancelled,
    }
}
