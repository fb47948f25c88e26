//! Files inside a zip archive: listed with bounds, read one at a time into memory, never written anywhere.

use std::io::{Read, Seek};
use std::path::PathBuf;

use zip::CompressionMethod;

use crate::error::DicomError;
use crate::limits::{ZIP_ENTRIES_MAX, ZIP_ENTRY_BYTES_MAX, ZIP_RATIO_MAX, ZIP_TOTAL_BYTES_MAX};

/// One file of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZipEntry {
    /// Its place in the archive: what [`ZipFiles::read`] takes.
    pub index: usize,
    /// Its path, which lies within the archive.
    pub path: PathBuf,
    /// Its size once inflated, as the archive states it, in bytes.
    pub length_bytes: u64,
}

/// A zip archive whose list has been read.
pub struct ZipFiles<R> {
    archive: zip::ZipArchive<R>,
    /// Files in the archive's order.
    pub entries: Vec<ZipEntry>,
    /// Why files are left out, a sentence each; no path is repeated in it.
    pub refused: Vec<String>,
}

fn unreadable(error: &zip::result::ZipError) -> DicomError {
    match error {
        zip::result::ZipError::Io(error) => {
            DicomError::Damaged(format!("the zip archive cannot be read ({})", error.kind()))
        }
        _ => DicomError::Damaged("the zip archive cannot be read".to_owned()),
    }
}

fn within(what: &'static str, value: u64, limit: u64) -> Result<(), DicomError> {
    if value <= limit {
        return Ok(());
    }
    Err(DicomError::OverLimit { what, value, limit })
}

/// Lists the files of a zip archive; nothing is inflated.
///
/// Folders are left out; encrypted files, those compressed other than by deflate, those that point
/// outside of the archive and those that would inflate too far are told in [`ZipFiles::refused`].
///
/// # Errors
/// [`DicomError::OverLimit`] for too many files or too large a total; a sentence for a damaged archive.
pub fn zip_entries<R: Read + Seek>(source: R) -> Result<ZipFiles<R>, DicomError> {
    let mut archive = zip::ZipArchive::new(source).map_err(|error| unreadable(&error))?;
    within(
        "The number of files in the zip archive",
        archive.len() as u64,
        ZIP_ENTRIES_MAX,
    )?;
    let mut entries = Vec::new();
    let mut total = 0_u64;
    let [mut outside, mut encrypted, mut unknown, mut bombs] = [0_usize; 4];
    for index in 0..archive.len() {
        let Ok(file) = archive.by_index_raw(index) else {
            unknown += 1;
            continue;
        };
        if file.is_dir() {
            continue;
        }
        let known = matches!(
            file.compression(),
            CompressionMethod::Stored | CompressionMethod::Deflated
        );
        let (length, packed) = (file.size(), file.compressed_size());
        let bomb =
            length > ZIP_ENTRY_BYTES_MAX || length > packed.max(1).saturating_mul(ZIP_RATIO_MAX);
        match file.enclosed_name() {
            _ if file.encrypted() => encrypted += 1,
            _ if !known => unknown += 1,
            _ if bomb => bombs += 1,
            None => outside += 1,
            Some(path) => {
                total = total.saturating_add(length);
                entries.push(ZipEntry {
                    index,
                    path,
                    length_bytes: length,
                });
            }
        }
    }
    within(
        "The inflated size of the zip archive in bytes",
        total,
        ZIP_TOTAL_BYTES_MAX,
    )?;
    let told = [
        (outside, "point outside of the archive"),
        (encrypted, "are encrypted"),
        (unknown, "are compressed in a way that is not supported"),
        (bombs, "would inflate too far"),
    ];
    let refused = told
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, why)| format!("{count} files of the zip archive {why}: they are not opened"))
        .collect();
    Ok(ZipFiles {
        archive,
        entries,
        refused,
    })
}

impl<R: Read + Seek> ZipFiles<R> {
    /// Inflates one file; memory grows with what is really there and stops at its stated length.
    ///
    /// # Errors
    /// That the file is damaged, or larger than the archive states.
    pub fn read(&mut self, entry: &ZipEntry) -> Result<Vec<u8>, DicomError> {
        within(
            "The size of a file in the zip archive in bytes",
            entry.length_bytes,
            ZIP_ENTRY_BYTES_MAX,
        )?;
        let file = self
            .archive
            .by_index(entry.index)
            .map_err(|error| unreadable(&error))?;
        let mut bytes = Vec::new();
        file.take(entry.length_bytes.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(|_| {
                DicomError::Damaged("a file in the zip archive cannot be inflated".to_owned())
            })?;
        if bytes.len() as u64 != entry.length_bytes {
            return Err(DicomError::Damaged(format!(
                "a file in the zip archive has not the {} bytes that are stated",
                entry.length_bytes
            )));
        }
        Ok(bytes)
    }
}
