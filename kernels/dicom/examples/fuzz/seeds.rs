//! What is broken: every small file of a folder, and zip archives of them that are made here.

use std::io::{Cursor, Result, Write};
use std::path::{Path, PathBuf};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Larger files only make it slow.
const FILE_BYTES_MAX: u64 = 3 * 1024 * 1024;
/// Files of an archive, and the largest of them.
const ARCHIVE_FILES: usize = 3;
const ARCHIVED_BYTES_MAX: u64 = 64 * 1024;
/// One archive for so many files.
const FILES_PER_ARCHIVE: usize = 16;

/// A whole file before it is broken.
pub enum Seed {
    /// One on the disk.
    File(PathBuf),
    /// A zip archive of some, half of them deflated.
    Archive(Vec<PathBuf>),
}

impl Seed {
    /// Its bytes.
    ///
    /// # Errors
    /// Those of reading the files.
    pub fn bytes(&self) -> Result<Vec<u8>> {
        let files = match self {
            Self::File(path) => return std::fs::read(path),
            Self::Archive(files) => files,
        };
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        for (place, path) in files.iter().enumerate() {
            let method = if place % 2 == 0 {
                zip::CompressionMethod::Deflated
            } else {
                zip::CompressionMethod::Stored
            };
            let options = SimpleFileOptions::default().compression_method(method);
            archive.start_file(format!("{place}/{}", name_of(path)), options)?;
            archive.write_all(&std::fs::read(path)?)?;
        }
        Ok(archive.finish()?.into_inner())
    }

    /// What a finding is reported by.
    pub fn name(&self) -> String {
        match self {
            Self::File(path) => name_of(path),
            Self::Archive(files) => {
                let names: Vec<String> = files.iter().map(|path| name_of(path)).collect();
                format!("zip archive of {}", names.join(", "))
            }
        }
    }
}

fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// Every file below a folder that is small enough, in the order of their paths, then the archives.
pub fn under(folder: &Path) -> Vec<Seed> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        for entry in entries.flatten() {
            let path = entry.path();
            let length = entry.metadata().map_or(0, |about| about.len());
            let is_text = path.extension().is_some_and(|end| end == "json");
            if path.is_dir() {
                folders.push(path);
            } else if !is_text && (1..=FILE_BYTES_MAX).contains(&length) {
                found.push((path, length));
            }
        }
    }
    found.sort();
    let small: Vec<PathBuf> = found
        .iter()
        .filter(|(_, length)| *length <= ARCHIVED_BYTES_MAX)
        .map(|(path, _)| path.clone())
        .collect();
    let archives = small
        .chunks(FILES_PER_ARCHIVE)
        .map(|files| Seed::Archive(files.iter().take(ARCHIVE_FILES).cloned().collect()));
    let archives: Vec<Seed> = archives.collect();
    let files = found.into_iter().map(|(path, _)| Seed::File(path));
    files.chain(archives).collect()
}
