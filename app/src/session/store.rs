//! The file of this run's session: written whole by a thread of its own, for its owner only, gone when the window is closed.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use super::{SESSION_BYTES_MAX, SESSION_VERSION, SESSIONS_KEPT_MAX, Session, capture};
use crate::state::State;

/// How often what is on screen is kept at most, s.
const KEPT_EVERY_S: f64 = 2.0;

/// What a program that ended without being closed has left.
#[derive(Clone, Debug, PartialEq)]
pub struct Left {
    /// Where it lies.
    pub file: PathBuf,
    /// What it says.
    pub session: Session,
}

/// Keeps the session of this run.
pub struct Keeper {
    writer: Option<(SyncSender<Order>, JoinHandle<()>)>,
    folder: PathBuf,
    name: String,
    kept: Option<Session>,
    /// An earlier session that came back: it goes when this one is written.
    replaced: Option<PathBuf>,
    changed: bool,
    due_s: f64,
}

enum Order {
    /// The session, and the file of an earlier one that goes once it is written.
    Write(Vec<u8>, Option<PathBuf>),
    /// Nothing is open any more, or the window was closed.
    Remove,
}

impl Keeper {
    /// For the sessions of a home; `name` tells this run from others and sorts by time.
    pub fn new(home: &Path, name: &str) -> Self {
        Self {
            writer: None,
            folder: home.join("sessions"),
            name: name.to_owned(),
            kept: None,
            replaced: None,
            changed: false,
            due_s: 0.0,
        }
    }

    /// An earlier session came back: its file goes when this one is written.
    pub fn replaces(&mut self, file: PathBuf) {
        self.replaced = Some(file);
        self.kept = None;
        self.changed = true;
    }

    /// Something may have changed.
    pub fn touch(&mut self) {
        self.changed = true;
    }

    /// Keeps the state where it changed and the time has come; answers when to be called again, s from now.
    pub fn keep(&mut self, state: &State, now_s: f64) -> Option<f64> {
        if !self.changed {
            return None;
        }
        if now_s < self.due_s {
            return Some(self.due_s - now_s);
        }
        self.due_s = now_s + KEPT_EVERY_S;
        if super::is_restoring(state) {
            // Half of it must not take the place of the whole.
            return Some(KEPT_EVERY_S);
        }
        self.changed = false;
        let session = capture(state);
        if session == self.kept {
            return None;
        }
        let order = match &session {
            Some(session) => match written(session) {
                Some(bytes) => Order::Write(bytes, self.replaced.clone()),
                None => return None,
            },
            None => Order::Remove,
        };
        if !self.send(order) {
            self.changed = true;
            return Some(KEPT_EVERY_S);
        }
        if session.is_some() {
            self.replaced = None;
        }
        self.kept = session;
        None
    }

    /// Hands an order to the writer; false while it is still busy.
    fn send(&mut self, order: Order) -> bool {
        if self.writer.is_none() {
            let (folder, name) = (self.folder.clone(), self.name.clone());
            let (sender, orders) = sync_channel(1);
            let thread = std::thread::Builder::new().name("clisonix-session".to_owned());
            let spawned = thread.spawn(move || write(&folder, &name, &orders));
            self.writer = spawned.ok().map(|handle| (sender, handle));
        }
        let Some((sender, _)) = &self.writer else {
            return false;
        };
        // A writer that has gone could not make its folder: there is nothing to keep sessions in.
        !matches!(sender.try_send(order), Err(TrySendError::Full(_)))
    }

    /// The window was closed: nothing is left to come back to.
    pub fn close(&mut self) {
        if let Some((sender, handle)) = self.writer.take() {
            let _ = sender.send(Order::Remove);
            drop(sender);
            let _ = handle.join();
        }
    }
}

/// Writes what it is told until nobody tells any more. The lock is held as long as the program lives,
/// so that others know its session from one that was left.
fn write(folder: &Path, name: &str, orders: &Receiver<Order>) {
    let Ok(_lock) = lock(folder, name) else {
        return;
    };
    let file = folder.join(format!("{name}.session"));
    while let Ok(order) = orders.recv() {
        // A session that cannot be kept costs a convenience; the folder's own error is said by the engine.
        let _ = match order {
            Order::Write(bytes, earlier) => replace(&file, &bytes).inspect(|()| {
                if let Some(earlier) = earlier {
                    forget(&earlier);
                }
            }),
            Order::Remove => fs::remove_file(&file),
        };
    }
    if !file.exists() {
        let _ = fs::remove_file(folder.join(format!("{name}.lock")));
    }
}

fn lock(folder: &Path, name: &str) -> std::io::Result<File> {
    fs::create_dir_all(folder)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    }
    let lock = owned(&folder.join(format!("{name}.lock")))?;
    lock.lock()?;
    Ok(lock)
}

/// A file that only its owner reads.
fn owned(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// The file as it was, or as it is now; never half of it.
fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let fresh = path.with_extension("new");
    let mut file = owned(&fresh)?;
    file.set_len(0)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&fresh, path)
}

/// What the newest program that ended without being closed has left in a home, and what could not be read of it.
pub fn left(home: &Path) -> (Option<Left>, Option<String>) {
    let entries = fs::read_dir(home.join("sessions")).into_iter().flatten();
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|end| end == "session"))
        .filter(|path| !is_held(&path.with_extension("lock")))
        .collect();
    files.sort();
    files.reverse();
    for old in files.iter().skip(SESSIONS_KEPT_MAX) {
        forget(old);
    }
    let Some(file) = files.into_iter().next() else {
        return (None, None);
    };
    match read(&file) {
        Ok(session) => (Some(Left { file, session }), None),
        Err(reason) => {
            let text = format!("The last session cannot be read: {reason}");
            forget(&file);
            (None, Some(text))
        }
    }
}

/// Whether the program of a lock still runs.
fn is_held(lock: &Path) -> bool {
    let opened = OpenOptions::new().write(true).open(lock);
    opened.is_ok_and(|file| matches!(file.try_lock(), Err(TryLockError::WouldBlock)))
}

/// The bytes of a session; none for one that cannot be kept, such as one with a path that is no text.
pub(crate) fn written(session: &Session) -> Option<Vec<u8>> {
    let bytes = postcard::to_stdvec(session).ok()?;
    (bytes.len() as u64 <= SESSION_BYTES_MAX).then_some(bytes)
}

/// The session of these bytes, or why there is none.
pub(crate) fn parsed(bytes: &[u8]) -> Result<Session, String> {
    // The version stands first, in whatever form the rest is.
    let (version, _) = postcard::take_from_bytes::<u32>(bytes).map_err(|it| it.to_string())?;
    match version {
        SESSION_VERSION => postcard::from_bytes(bytes).map_err(|error| error.to_string()),
        other => Err(format!("it is of version {other}")),
    }
}

fn read(file: &Path) -> Result<Session, String> {
    let bytes = fs::metadata(file).map_or(0, |facts| facts.len());
    if bytes > SESSION_BYTES_MAX {
        return Err(format!("it has {bytes} bytes"));
    }
    parsed(&fs::read(file).map_err(|error| error.to_string())?)
}

/// Removes what a session left.
pub fn forget(file: &Path) {
    // What is gone already needs no removing.
    let _ = fs::remove_file(file);
    let _ = fs::remove_file(file.with_extension("lock"));
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::state::Scan;

    fn open(path: &str) -> State {
        State {
            scans: vec![Scan {
                paths: vec![PathBuf::from(path)],
                ..Scan::default()
            }],
            ..State::default()
        }
    }

    /// Keeps a state, and ends without being closed.
    fn crashed(home: &Path, name: &str, path: &str) {
        let mut keeper = Keeper::new(home, name);
        keeper.touch();
        assert_eq!(keeper.keep(&open(path), 0.0), None);
        let (sender, handle) = keeper.writer.take().expect("it writes");
        drop(sender);
        handle.join().expect("it ended");
    }

    #[test]
    fn a_run_that_was_not_closed_is_offered_and_the_newest_of_several() {
        let home = tempfile::tempdir().expect("a folder");
        assert_eq!(left(home.path()), (None, None));
        crashed(home.path(), "100-1", "/first");
        crashed(home.path(), "200-1", "/second");
        let (found, broken) = left(home.path());
        let found = found.expect("a session");
        assert_eq!(found.session.scans, [[PathBuf::from("/second")]]);
        assert_eq!(broken, None);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let facts = fs::metadata(&found.file).expect("it is there");
            assert_eq!(facts.permissions().mode() & 0o777, 0o600);
        }
        forget(&found.file);
        let found = left(home.path()).0.expect("the one before");
        assert_eq!(found.session.scans, [[PathBuf::from("/first")]]);
    }

    #[test]
    fn a_run_that_lives_or_was_closed_is_not_offered() {
        let home = tempfile::tempdir().expect("a folder");
        crashed(home.path(), "100-1", "/first");
        let mut keeper = Keeper::new(home.path(), "200-1");
        keeper.replaces(home.path().join("sessions/100-1.session"));
        keeper.keep(&open("/second"), 0.0);
        // It is written once a second order waits for its turn and is taken.
        let mut wait = keeper.keep(&open("/third"), 10.0);
        keeper.touch();
        while wait.is_some() || keeper.changed {
            std::thread::yield_now();
            wait = keeper.keep(&open("/third"), 20.0);
            keeper.due_s = 0.0;
        }
        let file = home.path().join("sessions/200-1.session");
        while !file.exists() || home.path().join("sessions/100-1.session").exists() {
            std::thread::yield_now();
        }
        assert_eq!(left(home.path()).0, None, "its program lives");
        keeper.close();
        assert!(!file.exists() && !file.with_extension("lock").exists());
        assert_eq!(left(home.path()).0, None);
    }

    #[test]
    fn a_broken_session_is_said_once() {
        let home = tempfile::tempdir().expect("a folder");
        crashed(home.path(), "100-1", "/first");
        let file = home.path().join("sessions/100-1.session");
        fs::write(&file, "{").expect("written");
        let (found, broken) = left(home.path());
        assert!(found.is_none() && broken.is_some_and(|text| text.starts_with("The last session")));
        assert_eq!(left(home.path()), (None, None));
    }

    #[test]
    fn keeping_is_bounded_in_time_and_waits_for_a_session_that_comes_back() {
        let home = tempfile::tempdir().expect("a folder");
        let mut keeper = Keeper::new(home.path(), "100-1");
        assert_eq!(keeper.keep(&open("/a"), 0.0), None, "nothing changed");
        keeper.touch();
        assert_eq!(keeper.keep(&open("/a"), 0.0), None);
        keeper.touch();
        assert_eq!(keeper.keep(&open("/b"), 0.5), Some(1.5));
        let mut restoring = open("/b");
        let session = capture(&restoring).expect("open");
        restoring.sessions.restoring = Some((session, Vec::new()));
        assert_eq!(keeper.keep(&restoring, 3.0), Some(KEPT_EVERY_S));
        keeper.close();
    }
}
