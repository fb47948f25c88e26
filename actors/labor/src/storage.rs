//! The few file operations that results, journals and sources need, behind a trait so that a full disk can be played.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// A file being written.
pub trait StoredFile: Write + Send {
    /// Returns once everything written is on the disk.
    fn sync(&mut self) -> io::Result<()>;
}

/// Temporary names that are tried for one file.
const PART_NAMES_MAX: usize = 1000;

/// Where files are written.
pub trait Storage: Send {
    /// A new file for writing; refused where the name is taken. Readable by its owner only where the platform knows that.
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
        options.write(true).create_new(true);
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
    let (part, mut file) = create_part(storage, path)?;
    let written = file.write_all(bytes).and_then(|()| file.sync());
    drop(file);
    let written = written.and_then(|()| storage.rename(&part, path));
    if written.is_err() {
        // The first failure is the one to tell.
        let _ = storage.remove(&part);
        return written;
    }
    match path.parent() {
        Some(folder) => storage.sync_folder(folder),
        None => Ok(()),
    }
}

/// A new file under a temporary name beside the final one. No other writer has that name: not of this program, since a counter is in it,
/// nor of another one, since its number is in it; a name that an earlier program of the same number left behind is passed over.
pub fn create_part(
    storage: &mut dyn Storage,
    path: &Path,
) -> io::Result<(PathBuf, Box<dyn StoredFile>)> {
    static COUNTER: AtomicU64 = AtomicU64::new(0);
    let mut created = Err(io::Error::from(io::ErrorKind::AlreadyExists));
    for _ in 0..PART_NAMES_MAX {
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let mut name = std::ffi::OsString::from(".");
        name.push(path.file_name().unwrap_or_default());
        name.push(format!(".{}-{number}.part", std::process::id()));
        let part = path.with_file_name(name);
        created = storage.create(&part).map(|file| (part, file));
        if !matches!(&created, Err(error) if error.kind() == io::ErrorKind::AlreadyExists) {
            break;
        }
    }
    created
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_writers_of_one_file_never_share_a_temporary_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("name");
        let (one, mut first) = create_part(&mut Disk, &path).expect("a file");
        let (two, mut second) = create_part(&mut Disk, &path).expect("a file");
        assert_ne!(one, two);
        first.write_all(b"first").expect("written");
        second.write_all(b"2nd").expect("written");
        assert_eq!(fs::read(&one).expect("bytes"), b"first");
        // Nor does one empty what another is writing.
        let taken = Disk.create(&one).err().expect("the name is taken");
        assert_eq!(taken.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&one).expect("bytes"), b"first");
        write_whole(&mut Disk, &path, b"whole").expect("written");
        assert_eq!(fs::read(&path).expect("bytes"), b"whole");
    }

    #[test]
    fn names_that_a_dead_program_left_behind_are_passed_over() {
        /// Takes the first names for taken.
        struct Littered(usize);
        impl Storage for Littered {
            fn create(&mut self, path: &Path) -> io::Result<Box<dyn StoredFile>> {
                if self.0 > 0 {
                    self.0 -= 1;
                    return Err(io::ErrorKind::AlreadyExists.into());
                }
                Disk.create(path)
            }
            fn rename(&mut self, from: &Path, to: &Path) -> io::Result<()> {
                Disk.rename(from, to)
            }
            fn remove(&mut self, path: &Path) -> io::Result<()> {
                Disk.remove(path)
            }
            fn create_folder(&mut self, path: &Path) -> io::Result<bool> {
                Disk.create_folder(path)
            }
            fn remove_folder(&mut self, path: &Path) -> io::Result<()> {
                Disk.remove_folder(path)
            }
            fn sync_folder(&mut self, path: &Path) -> io::Result<()> {
                Disk.sync_folder(path)
            }
        }
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("name");
        write_whole(&mut Littered(3), &path, b"whole").expect("written");
        assert!(create_part(&mut Littered(usize::MAX), &path).is_err());
    }
}
