//! The few file operations that results, journals and sources need, behind a trait so that a full disk can be played.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// A file being written.
pub trait StoredFile: Write + Send {
    /// Returns once everything written is on the disk.
    fn sync(&mut self) -> io::Result<()>;
}

/// Where files are written.
pub trait Storage: Send {
    /// An empty file for writing; one that is there is emptied. Readable by its owner only where the platform knows that.
    fn create(&mut self, path: &Path) -> io::Result<Box<dyn StoredFile>>;
    /// Gives a file its final name, replacing one that has it.
    fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove(&mut self, path: &Path) -> io::Result<()>;
    /// Makes a folder and those above it; says whether it made any.
    fn create_folder(&mut self, path: &Path) -> io::Result<bool>;
    /// Removes a folder if it is empty.
    fn remove_folder(&mut self, path: &Path) -> io::Result<()>;
    /// Returns once the names in a folder are on the disk.
    fn sync_folder(&mut self, path: &Path) -> io::Result<()>;
}

/// The file system.
#[derive(Clone, Copy, Debug, Default)]
pub struct Disk;

impl StoredFile for File {
    fn sync(&mut self) -> io::Result<()> {
        self.sync_all()
    }
}

impl Storage for Disk {
    fn create(&mut self, path: &Path) -> io::Result<Box<dyn StoredFile>> {
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        Ok(Box::new(options.open(path)?))
    }

    fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn remove(&mut self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn create_folder(&mut self, path: &Path) -> io::Result<bool> {
        if path.is_dir() {
            return Ok(false);
        }
        fs::create_dir_all(path)?;
        Ok(true)
    }

    fn remove_folder(&mut self, path: &Path) -> io::Result<()> {
        fs::remove_dir(path)
    }

    fn sync_folder(&mut self, path: &Path) -> io::Result<()> {
        // Only Unix lets a folder be opened and synced; elsewhere the rename itself is as durable as it gets.
        if cfg!(unix) {
            File::open(path)?.sync_all()
        } else {
            Ok(())
        }
    }
}

/// Writes a whole file under a temporary name, syncs it and gives it its final name; nothing is left when that fails.
pub fn write_whole(storage: &mut dyn Storage, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let part = part_path(path);
    let written = storage.create(&part).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync()
    });
    let written = written.and_then(|()| storage.rename(&part, path));
    if written.is_err() {
        // The first failure is the one to tell; a file that was never made cannot be removed.
        let _ = storage.remove(&part);
        return written;
    }
    match path.parent() {
        Some(folder) => storage.sync_folder(folder),
        None => Ok(()),
    }
}

/// The temporary name beside a final one.
pub fn part_path(path: &Path) -> std::path::PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".part");
    path.with_file_name(name)
}

/// What an operating system error means, in words; without the number.
pub fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::StorageFull => "the disk is full".to_owned(),
        io::ErrorKind::QuotaExceeded => "the disk quota is used up".to_owned(),
        io::ErrorKind::PermissionDenied => "there is no permission to write there".to_owned(),
        io::ErrorKind::ReadOnlyFilesystem => "the disk is read-only".to_owned(),
        io::ErrorKind::NotFound => "it does not exist".to_owned(),
        io::ErrorKind::NotADirectory => "a part of its path is a file, not a folder".to_owned(),
        io::ErrorKind::AlreadyExists => "a file of that name is in the way".to_owned(),
        io::ErrorKind::IsADirectory => "a folder of that name is in the way".to_owned(),
        _ => {
            let text = error.to_string();
            match text.split_once(" (os error") {
                Some((words, _)) => words.to_lowercase(),
                None => text,
            }
        }
    }
}
