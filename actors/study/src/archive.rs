//! The files of a zip archive, inflated some at a time so that memory stays bounded.

use kernel_imaging::TextRule;
use std::fs::File;
use std::io::{BufReader, Cursor};
use std::path::{Path, PathBuf};

use kernel_dicom::{ZipEntry, ZipFiles, zip_entries};
use rayon::prelude::*;

use crate::header::{Content, read_bytes};

/// Files of an archive that are in memory at once at most.
const ENTRIES_A_STEP: usize = 64;

/// Bytes of inflated files that are in memory at once, unless a single file is larger.
const INFLATED_BYTES_A_STEP: u64 = 256 * 1024 * 1024;

/// An archive whose list has been read.
pub struct Archive {
    path: PathBuf,
    files: ZipFiles<BufReader<File>>,
    next: usize,
}

impl Archive {
    /// Opens an archive; the error is a sentence.
    pub fn open(path: &Path) -> Result<Self, String> {
        let file = File::open(path).map_err(|error| format!("Cannot be read: {error}"))?;
        let files = zip_entries(BufReader::new(file)).map_err(|error| error.to_string())?;
        Ok(Self {
            path: path.to_owned(),
            files,
            next: 0,
        })
    }

    /// How many files it has.
    pub fn len(&self) -> usize {
        self.files.entries.len()
    }

    /// Why files of it are left out.
    pub fn refused(&self) -> &[String] {
        &self.files.refused
    }

    /// The next files with what they are; none at the end. Their paths go on within the archive.
    pub fn step(&mut self, text: TextRule) -> Vec<(PathBuf, Content)> {
        let mut inflated: Vec<(PathBuf, Result<Vec<u8>, String>)> = Vec::new();
        let mut bytes = 0;
        while inflated.len() < ENTRIES_A_STEP {
            let Some(entry) = self.files.entries.get(self.next).cloned() else {
                break;
            };
            if !inflated.is_empty() && bytes + entry.length_bytes > INFLATED_BYTES_A_STEP {
                break;
            }
            self.next += 1;
            bytes += entry.length_bytes;
            inflated.push((self.path.join(&entry.path), self.inflate(&entry)));
        }
        inflated
            .into_par_iter()
            .map(|(path, bytes)| {
                let content = match bytes {
                    Ok(bytes) => {
                        let length = bytes.len() as u64;
                        read_bytes(Cursor::new(bytes), length, &path, text)
                    }
                    Err(reason) => Content::Broken(reason),
                };
                (path, content)
            })
            .collect()
    }

    fn inflate(&mut self, entry: &ZipEntry) -> Result<Vec<u8>, String> {
        self.files.read(entry).map_err(|error| error.to_string())
    }
}
