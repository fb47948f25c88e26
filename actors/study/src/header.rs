//! One file: its header, or why there is none, or that it holds other files.

use std::fs::File;
use std::io::{Read, Seek};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use kernel_dicom::{Begun, DicomDirectory, DicomError, is_zip, read_dicomdir, read_instance};
use kernel_imaging::{Instance, TextRule};

/// SOP class of a DICOM directory, PS3.6 Table A-1.
const DIRECTORY_CLASS: &str = "1.2.840.10008.1.3.10";

/// What a file turned out to be.
pub enum Content {
    /// An image, or an object beside images.
    Instance(Box<Instance>),
    /// A zip archive, not yet looked into.
    Archive,
    /// A DICOMDIR, with what it lists.
    Directory(DicomDirectory),
    /// Something else.
    Foreign,
    /// DICOM that cannot be read, and why.
    Broken(String),
}

/// Reads the header of a file.
pub fn read_file(path: &Path, text: TextRule) -> Content {
    let unreadable = |error: std::io::Error| Content::Broken(format!("Cannot be read: {error}"));
    match File::open(path).and_then(Begun::measured) {
        Err(error) => unreadable(error),
        Ok((begun, _)) if is_zip(begun.head()) => Content::Archive,
        Ok((begun, length)) => read_bytes(begun, length, path, text),
    }
}

/// Reads the header of a file whose bytes are at hand.
pub fn read_bytes<R: Read + Seek>(
    mut source: R,
    length: u64,
    path: &Path,
    text: TextRule,
) -> Content {
    // A reader that panics on one hostile file must not end the scan of the others.
    let read = catch_unwind(AssertUnwindSafe(|| {
        let instance = read_instance(&mut source, length, path, text)?;
        if instance.sop_class_uid == DIRECTORY_CLASS {
            return read_dicomdir(&mut source, length, text).map(Content::Directory);
        }
        Ok(Content::Instance(Box::new(instance)))
    }));
    match read {
        Ok(Ok(content)) => content,
        Ok(Err(DicomError::NotDicom)) => Content::Foreign,
        Ok(Err(error)) => Content::Broken(error.to_string()),
        Err(_) => Content::Broken("The reader failed on this file".to_owned()),
    }
}

/// The files a directory lists that are there, below its folder, and a sentence about those that are not.
pub fn listed_files(
    directory: &DicomDirectory,
    path: &Path,
    is_cancelled: impl Fn() -> bool,
) -> (Vec<PathBuf>, Vec<String>) {
    let folder = path.parent().unwrap_or(Path::new(""));
    let home = folder.canonicalize();
    let mut sentences = directory.refused.clone();
    let (mut files, mut missing, mut outside) = (Vec::new(), 0_usize, 0_usize);
    for listed in &directory.files {
        if is_cancelled() {
            break;
        }
        // File IDs are in capitals; some systems show the names on a disc in small letters.
        let small = PathBuf::from(listed.to_string_lossy().to_lowercase());
        let found = [listed, &small]
            .into_iter()
            .map(|name| folder.join(name))
            .find(|file| file.is_file());
        match (found, &home) {
            (None, _) => missing += 1,
            (Some(file), Ok(home)) => {
                // A link in the folder may still lead out of it.
                if file.canonicalize().is_ok_and(|real| real.starts_with(home)) {
                    files.push(file);
                } else {
                    outside += 1;
                }
            }
            (Some(_), Err(_)) => outside += 1,
        }
    }
    if missing > 0 {
        sentences.push(format!(
            "The directory lists {missing} files that are not there"
        ));
    }
    if outside > 0 {
        sentences.push(format!(
            "The directory lists {outside} files that links lead out of its folder: they are not opened"
        ));
    }
    (files, sentences)
}
