//! The walk over folders, on a thread of its own: a slow share holds up neither the reading nor a cancellation.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use actor_messages::CancelFlag;
use kernel_imaging::{Notice, Severity};
use walkdir::WalkDir;

/// Files that one scan walks at most.
pub const FILES_MAX: usize = 1_000_000;

/// Folders below folders at most.
const DEPTH_MAX: usize = 64;

/// Paths that the walk may be ahead of the reading.
const PATHS_AHEAD_MAX: usize = 16_384;

/// How long a silent walk is waited for before the cancel flag is looked at again.
const PATIENCE: Duration = Duration::from_millis(50);

enum Met {
    File(PathBuf),
    Trouble(Notice),
}

/// A walk that goes on.
pub struct Walk {
    met: Receiver<Met>,
    seen: Arc<AtomicUsize>,
    ended: bool,
}

impl Walk {
    /// Begins to walk `paths`, files and folders, in their order.
    pub fn begin(paths: &[PathBuf], cancelled: &CancelFlag) -> Self {
        let (told, met) = sync_channel(PATHS_AHEAD_MAX);
        let seen = Arc::new(AtomicUsize::new(0));
        let walker = (paths.to_vec(), cancelled.clone(), seen.clone());
        let started = std::thread::Builder::new()
            .name("clisonix-walk".to_owned())
            .spawn(move || walk(&walker.0, &walker.1, &walker.2, &told));
        // Without a thread the channel is closed, and the scan ends with what it has.
        let ended = started.is_err();
        Self { met, seen, ended }
    }

    /// Files met so far.
    pub fn seen(&self) -> usize {
        self.seen.load(Ordering::Relaxed)
    }

    /// Fills `files` up to `wanted`, waiting for the walk only while there are none.
    pub fn take(
        &mut self,
        files: &mut VecDeque<PathBuf>,
        wanted: usize,
        notices: &mut Vec<Notice>,
        cancelled: &CancelFlag,
    ) {
        while files.len() < wanted && !self.ended && !cancelled.is_cancelled() {
            let patience = if files.is_empty() {
                PATIENCE
            } else {
                Duration::ZERO
            };
            match self.met.recv_timeout(patience) {
                Ok(Met::File(path)) => files.push_back(path),
                Ok(Met::Trouble(notice)) => notices.push(notice),
                Err(RecvTimeoutError::Timeout) if files.is_empty() => {}
                Err(RecvTimeoutError::Timeout) => return,
                Err(RecvTimeoutError::Disconnected) => self.ended = true,
            }
        }
    }
}

/// Ends when it is done, cancelled, or when nobody listens any more.
fn walk(roots: &[PathBuf], cancelled: &CancelFlag, seen: &AtomicUsize, told: &SyncSender<Met>) {
    let trouble = |severity, text: String, path: &Path| {
        told.send(Met::Trouble(Notice::new(severity, text).about(path)))
    };
    for root in roots {
        // Sorted, so that two scans of one folder meet the files in one order.
        let entries = WalkDir::new(root)
            .follow_links(true)
            .max_depth(DEPTH_MAX)
            .sort_by_file_name();
        for entry in entries {
            if cancelled.is_cancelled() {
                return;
            }
            if seen.load(Ordering::Relaxed) == FILES_MAX {
                let text = format!("More than {FILES_MAX} files: the rest was not read");
                // Nobody listens to a scan that was given up.
                let _ = trouble(Severity::Warning, text, root);
                return;
            }
            let heard = match entry {
                Ok(entry) if entry.file_type().is_file() => {
                    seen.fetch_add(1, Ordering::Relaxed);
                    told.send(Met::File(entry.into_path()))
                }
                Ok(_) => Ok(()),
                Err(error) => {
                    let path = error.path().unwrap_or(root);
                    trouble(Severity::Error, unreadable(&error), path)
                }
            };
            if heard.is_err() {
                return;
            }
        }
    }
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
