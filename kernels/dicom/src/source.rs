//! The bytes behind an instance's path: a file, or a file inside of a zip archive whose path goes on within it.

use std::io::{Cursor, Error, ErrorKind, Read, Result as IoResult, Seek, SeekFrom};
use std::path::Path;

use crate::archive::zip_entries;
use crate::error::DicomError;

/// What every zip archive begins with: a file, or the end of an archive without any.
const ZIP_MARKS: [&[u8; 4]; 2] = [b"PK\x03\x04", b"PK\x05\x06"];

/// Bytes that are read like a file.
#[derive(Debug)]
pub enum Source<R> {
    /// The file itself.
    File(R),
    /// A file of an archive, inflated.
    Inflated(Cursor<Vec<u8>>),
}

impl<R: Read> Read for Source<R> {
    fn read(&mut self, buffer: &mut [u8]) -> IoResult<usize> {
        match self {
            Self::File(file) => file.read(buffer),
            Self::Inflated(bytes) => bytes.read(buffer),
        }
    }
}

impl<R: Seek> Seek for Source<R> {
    fn seek(&mut self, to: SeekFrom) -> IoResult<u64> {
        match self {
            Self::File(file) => file.seek(to),
            Self::Inflated(bytes) => bytes.seek(to),
        }
    }
}

/// Opens what a path names, and says how many bytes it has.
///
/// `open` gives the file of a path with its length, or `None` where there is no file of that name. For
/// `scan.zip/series/1.dcm`, where `scan.zip` is a file, the archive's file `series/1.dcm` is inflated.
///
/// # Errors
/// Those of `open`; that there is no such file, in the folder or in the archive; those of the archive.
pub fn open_source<R: Read + Seek>(
    path: &Path,
    open: impl Fn(&Path) -> IoResult<Option<(R, u64)>>,
) -> Result<(Source<R>, u64), DicomError> {
    if let Some((file, length)) = open(path)? {
        return Ok((Source::File(file), length));
    }
    let missing = || DicomError::Read(Error::from(ErrorKind::NotFound));
    for archive in path.ancestors().skip(1) {
        if archive.as_os_str().is_empty() {
            break;
        }
        let Some((file, _)) = open(archive)? else {
            continue;
        };
        let inner = path.strip_prefix(archive).map_err(|_| missing())?;
        let mut files = zip_entries(file)?;
        let entry = files.entries.iter().find(|entry| entry.path == inner);
        let entry = entry.cloned().ok_or_else(missing)?;
        let bytes = files.read(&entry)?;
        let length = bytes.len() as u64;
        return Ok((Source::Inflated(Cursor::new(bytes)), length));
    }
    Err(missing())
}

/// True when bytes begin like a zip archive.
pub fn is_zip(head: &[u8]) -> bool {
    ZIP_MARKS.iter().any(|mark| head.starts_with(*mark))
}
