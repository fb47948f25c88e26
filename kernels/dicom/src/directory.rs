//! Reads a DICOM directory (DICOMDIR, PS3.3 F): the files it lists, below its own folder and nowhere else.

use std::io::{Read, Seek};
use std::path::PathBuf;

use dicom_dictionary_std::tags;
use kernel_imaging::TextRule;

use crate::dataset::Dataset;
use crate::error::DicomError;
use crate::limits::DIRECTORY_FILES_MAX;
use crate::open::read_object;

/// What a directory lists.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct DicomDirectory {
    /// Files relative to the directory's folder, each once, in its order.
    pub files: Vec<PathBuf>,
    /// Why entries are left out, a sentence each; no path is repeated in it.
    pub refused: Vec<String>,
}

/// Reads the files that a DICOMDIR lists.
///
/// # Errors
/// [`DicomError::Unsupported`] when the file is no directory; a sentence for a damaged file.
pub fn read_dicomdir<R: Read + Seek>(
    mut source: R,
    length: u64,
    text: TextRule,
) -> Result<DicomDirectory, DicomError> {
    let header = read_object(&mut source, length, text)?;
    let root = Dataset::new(&header.walked.header, &header.sets);
    if root.vr(tags::DIRECTORY_RECORD_SEQUENCE).is_none() {
        return Err(DicomError::Unsupported(
            "an object that is no DICOM directory".to_owned(),
        ));
    }
    let mut directory = DicomDirectory::default();
    let (mut outside, mut over) = (0_usize, 0_usize);
    let mut seen = std::collections::BTreeSet::new();
    for record in root.items(tags::DIRECTORY_RECORD_SEQUENCE) {
        let parts = record.codes(tags::REFERENCED_FILE_ID);
        // Inactive records (retired) and those of patients, studies and series name no file.
        if parts.iter().all(String::is_empty) || record.integer(tags::RECORD_IN_USE_FLAG) == Some(0)
        {
            continue;
        }
        match below_the_folder(&parts) {
            None => outside += 1,
            Some(_) if directory.files.len() >= DIRECTORY_FILES_MAX => over += 1,
            Some(path) => {
                if seen.insert(path.clone()) {
                    directory.files.push(path);
                }
            }
        }
    }
    if outside > 0 {
        directory.refused.push(format!(
            "The directory lists {outside} files outside of its folder: they are not opened"
        ));
    }
    if over > 0 {
        directory.refused.push(format!(
            "The directory lists {over} files more than the {DIRECTORY_FILES_MAX} that are opened"
        ));
    }
    Ok(directory)
}

/// The path that the components of a file ID make, when each is a plain name.
fn below_the_folder(parts: &[String]) -> Option<PathBuf> {
    let is_plain = |part: &String| {
        !part.is_empty()
            && !matches!(part.as_str(), "." | "..")
            && !part.contains(['/', '\\', ':', '\0'])
    };
    parts.iter().all(is_plain).then(|| parts.iter().collect())
}
