//! DICOM files copied into a new folder: as they are, or without identities.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use kernel_dicom::{Deidentified, Pseudonyms, deidentify};
use rayon::prelude::*;

use crate::objects::open;
use crate::write::{in_new_folder, write_whole};

/// How files are copied.
#[derive(Clone, Copy)]
pub enum Copying<'a> {
    /// Byte by byte.
    Exact,
    /// Without identities.
    Deidentified {
        /// The names instead.
        names: &'a Pseudonyms<'a>,
        /// Also those that say that identities are burned into their pixels.
        burned_in: bool,
    },
}

/// What was copied, and what was not.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Copied {
    /// Files in the new folder.
    pub files: usize,
    /// Files that say that identities are burned into their pixels, left out.
    pub burned_in: usize,
    /// Files that could not be copied, with the reason of the first.
    pub refused: Option<(usize, String)>,
}

enum One {
    Done,
    BurnedIn,
    Refused(String),
}

/// Copies files, by series, into a new folder: `series-001/image-0001.dcm`. Names tell nothing of a patient.
///
/// `told` hears how many are done, and stops all by an error.
///
/// # Errors
/// A sentence; no folder is left behind then. A file without identities that cannot be made is left out and told.
pub fn copy_files(
    folder: &Path,
    series: &[Vec<PathBuf>],
    copying: Copying<'_>,
    told: &(dyn Fn(usize) -> Result<(), String> + Sync),
) -> Result<Copied, String> {
    let mut work: Vec<(&PathBuf, usize, usize)> = Vec::new();
    for (number, files) in series.iter().enumerate() {
        work.extend(
            files
                .iter()
                .enumerate()
                .map(|(at, file)| (file, number, at)),
        );
    }
    if work.is_empty() {
        return Err("There is no file to copy".to_owned());
    }
    let digits = work.len().to_string().len().max(4);
    in_new_folder(folder, |part| {
        for number in 0..series.len() {
            let folder = part.join(format!("series-{:03}", number + 1));
            fs::create_dir(&folder)
                .map_err(|error| format!("`{}` cannot be made: {error}", folder.display()))?;
        }
        let done = AtomicUsize::new(0);
        let one = |(file, number, at): &(&PathBuf, usize, usize)| {
            let name = format!("image-{:0digits$}.dcm", at + 1);
            let to = part.join(format!("series-{:03}", number + 1)).join(name);
            told(done.fetch_add(1, Ordering::Relaxed))?;
            copy_one(file, &to, copying)
        };
        let made: Vec<Result<One, String>> = work.par_iter().map(one).collect();
        let mut copied = Copied::default();
        for one in made {
            match one? {
                One::Done => copied.files += 1,
                One::BurnedIn => copied.burned_in += 1,
                One::Refused(reason) => {
                    let (count, _) = copied.refused.get_or_insert((0, reason));
                    *count += 1;
                }
            }
        }
        if copied.files == 0 {
            return Err(match &copied.refused {
                Some((count, reason)) => format!("None of {count} files can be copied: {reason}"),
                None => format!(
                    "All {} files say that identities are burned into their pixels",
                    copied.burned_in
                ),
            });
        }
        // A series of which nothing was copied leaves no folder.
        for number in 0..series.len() {
            let _ = fs::remove_dir(part.join(format!("series-{:03}", number + 1)));
        }
        Ok(copied)
    })
}

fn copy_one(file: &Path, to: &Path, copying: Copying<'_>) -> Result<One, String> {
    // The reader's sentences name no path and no patient.
    let (mut source, length) = match open(file) {
        Ok(opened) => opened,
        Err(reason) => return Ok(One::Refused(reason)),
    };
    match copying {
        Copying::Exact => {
            let mut copy = File::create_new(to).map_err(|error| error.to_string())?;
            io::copy(&mut source, &mut copy)
                .and_then(|_| copy.flush())
                .and_then(|()| copy.sync_all())
                .map_err(|error| format!("A copy cannot be written: {error}"))?;
            Ok(One::Done)
        }
        Copying::Deidentified { names, burned_in } => match deidentify(source, length, names) {
            Ok(Deidentified {
                burned_in: true, ..
            }) if !burned_in => Ok(One::BurnedIn),
            Ok(made) => write_whole(to, &made.bytes).map(|()| One::Done),
            Err(error) => Ok(One::Refused(error.to_string())),
        },
    }
}
