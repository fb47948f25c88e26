//! Files of the home folder: whole or not at all, and changed by one program at a time.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::MeshError;

/// Larger files in the home folder are not ours.
const FILE_BYTES_MAX: u64 = 16 * 1024 * 1024;

static TEMPORARY_FILES: AtomicU64 = AtomicU64::new(0);

/// When a file was changed and how long it is; equal stamps mean an unchanged file.
pub(crate) type Stamp = Option<(SystemTime, u64)>;

/// The stamp of a file; none where there is no file.
pub(crate) fn stamp(path: &Path) -> Stamp {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

/// Makes the home folder where it is missing.
pub(crate) fn create(home: &Path) -> Result<(), MeshError> {
    fs::create_dir_all(home).map_err(|source| MeshError::Write {
        path: home.to_owned(),
        source,
    })
}

/// Held while a file is read, changed and written, so that two programs of one home do not undo each other.
pub(crate) struct ChangeLock(#[expect(dead_code, reason = "unlocks when it is dropped")] File);

impl ChangeLock {
    /// Waits for the other program, which holds it for milliseconds only.
    pub(crate) fn take(home: &Path) -> Result<Self, MeshError> {
        let path = home.join("change.lock");
        let file = open_lock(&path)?;
        file.lock()
            .map_err(|source| MeshError::Write { path, source })?;
        Ok(Self(file))
    }
}

/// Held for as long as a process shares with this home; the system releases it however the process ends.
#[derive(Debug)]
pub(crate) struct MeshLock(#[expect(dead_code, reason = "unlocks when it is dropped")] File);

impl MeshLock {
    /// Refuses when another process holds it.
    pub(crate) fn take(home: &Path) -> Result<Self, MeshError> {
        let path = home.join("mesh.lock");
        let file = open_lock(&path)?;
        for _ in 0..LOCK_TRIES {
            match file.try_lock() {
                Ok(()) => return Ok(Self(file)),
                // A program that only asks whether a node runs holds it for an instant.
                Err(fs::TryLockError::WouldBlock) => std::thread::sleep(LOCK_PAUSE),
                Err(fs::TryLockError::Error(source)) => {
                    return Err(MeshError::Write { path, source });
                }
            }
        }
        Err(MeshError::HomeInUse {
            home: home.to_owned(),
        })
    }

    /// Whether some process shares with this home now.
    pub(crate) fn is_held(home: &Path) -> Result<bool, MeshError> {
        let path = home.join("mesh.lock");
        if !path.exists() {
            return Ok(false);
        }
        match open_lock(&path)?.try_lock_shared() {
            Ok(()) => Ok(false),
            Err(fs::TryLockError::WouldBlock) => Ok(true),
            Err(fs::TryLockError::Error(source)) => Err(MeshError::Read { path, source }),
        }
    }
}

/// How often and how far apart the lock is tried before another node is blamed.
const LOCK_TRIES: u32 = 5;
const LOCK_PAUSE: Duration = Duration::from_millis(20);

fn open_lock(path: &Path) -> Result<File, MeshError> {
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .map_err(|source| MeshError::Write {
            path: path.to_owned(),
            source,
        })
}

/// The bytes of a file, or nothing where there is none.
pub(crate) fn read(path: &Path) -> Result<Option<Vec<u8>>, MeshError> {
    let failed = |source| MeshError::Read {
        path: path.to_owned(),
        source,
    };
    match fs::metadata(path) {
        Ok(metadata) if metadata.len() > FILE_BYTES_MAX => {
            return Err(failed(io::Error::other(format!(
                "it has {} bytes",
                metadata.len()
            ))));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        _ => {}
    }
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(failed(source)),
    }
}

/// A JSON file as a value, or nothing where there is none.
pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<Option<T>, MeshError> {
    let Some(bytes) = read(path)? else {
        return Ok(None);
    };
    serde_json::from_slice(&bytes)
        .map(Some)
        .map_err(|error| MeshError::Damaged {
            path: path.to_owned(),
            reason: error.to_string(),
        })
}

/// Writes a value as a JSON file.
pub(crate) fn write_json<T: Serialize>(
    path: &Path,
    value: &T,
    durable: bool,
) -> Result<(), MeshError> {
    let mut bytes = serde_json::to_vec_pretty(value).map_err(|error| MeshError::Write {
        path: path.to_owned(),
        source: io::Error::other(error),
    })?;
    bytes.push(b'\n');
    replace(path, &bytes, durable)
}

/// Puts `bytes` in place of a file: readers see the old content or the new, also after a power cut
/// when `durable`. Only the owner may read it.
pub(crate) fn replace(path: &Path, bytes: &[u8], durable: bool) -> Result<(), MeshError> {
    let temporary = temporary_beside(path);
    let written = write_temporary(&temporary, bytes, durable)
        .and_then(|()| fs::rename(&temporary, path))
        .and_then(|()| if durable { sync_folder(path) } else { Ok(()) });
    written.map_err(|source| {
        // The temporary file is of no use to anybody; that it may stay behind is not a second failure.
        let _ = fs::remove_file(&temporary);
        MeshError::Write {
            path: path.to_owned(),
            source,
        }
    })
}

fn temporary_beside(path: &Path) -> PathBuf {
    let number = TEMPORARY_FILES.fetch_add(1, Ordering::Relaxed);
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.{number}.tmp", std::process::id()));
    path.with_file_name(name)
}

fn write_temporary(path: &Path, bytes: &[u8], durable: bool) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    if durable { file.sync_all() } else { Ok(()) }
}

#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    path.parent()
        .map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

#[cfg(not(unix))]
fn sync_folder(_path: &Path) -> io::Result<()> {
    Ok(())
}
