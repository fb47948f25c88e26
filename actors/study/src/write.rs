//! Writes DICOM objects that were made here: whole files and folders, or none.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use kernel_dicom::{
    Derivation, ImagesToWrite, SegmentationToWrite, write_image, write_measurement_report,
    write_segmentation,
};
use kernel_imaging::Mark;
use rayon::prelude::*;

use crate::objects::open;

fn told(path: &Path, reason: &dyn std::fmt::Display) -> String {
    format!("`{}` cannot be written: {reason}", path.display())
}

/// Writes labels of a series as a SEG file. An existing file is not replaced.
///
/// # Errors
/// A sentence; no file is left behind then.
pub fn save_segmentation(
    path: &Path,
    segmentation: &SegmentationToWrite<'_>,
    derivation: &Derivation<'_>,
) -> Result<(), String> {
    let bytes = write_segmentation(segmentation, derivation).map_err(|error| told(path, &error))?;
    write_whole(path, &bytes)
}

/// The bytes of a report of measurements.
///
/// # Errors
/// A sentence.
pub fn measurement_report(marks: &[Mark], derivation: &Derivation<'_>) -> Result<Vec<u8>, String> {
    write_measurement_report(marks, derivation)
        .map_err(|error| format!("The report cannot be written: {error}"))
}

/// Writes computed images into a new folder, a file each; `values` gives those of an image, and `statements` what is said of it.
/// Returns the greatest difference between a value and what is written for it.
///
/// # Errors
/// A sentence; no folder is left behind then.
pub fn save_images(
    folder: &Path,
    images: &ImagesToWrite<'_>,
    statements: &[String],
    derivation: &Derivation<'_>,
    values: &(dyn Fn(usize) -> Result<Vec<f32>, String> + Sync),
) -> Result<f64, String> {
    let digits = images.frames.len().to_string().len().max(4);
    in_new_folder(folder, |part| {
        let one = |at: usize| {
            let values = values(at)?;
            let statement = statements.get(at).map_or("", String::as_str);
            let source = open(&images.frames[at].instance.path)?;
            let written = write_image(images, at, &values, statement, source, derivation)
                .map_err(|error| told(folder, &error))?;
            let name = format!("image-{:0digits$}.dcm", at + 1);
            write_whole(&part.join(name), &written.bytes)?;
            Ok(written.rounding_max)
        };
        let made: Vec<Result<f64, String>> =
            (0..images.frames.len()).into_par_iter().map(one).collect();
        // The first failure in the order of the images, however the threads ran.
        made.into_iter()
            .try_fold(0.0, |greatest: f64, one| Ok(greatest.max(one?)))
    })
}

/// Lets a folder be filled under another name, and gives it its own when all of it is there.
///
/// # Errors
/// A sentence; no folder is left behind then.
pub fn in_new_folder<T>(
    folder: &Path,
    fill: impl FnOnce(&Path) -> Result<T, String>,
) -> Result<T, String> {
    if folder.symlink_metadata().is_ok() {
        return Err(told(folder, &"it is there already"));
    }
    let name = folder
        .file_name()
        .ok_or_else(|| told(folder, &"it is no name of a folder"))?;
    let mut part = name.to_owned();
    part.push(format!(".{}.part", std::process::id()));
    let part = folder.with_file_name(part);
    fs::create_dir(&part).map_err(|error| told(folder, &error))?;
    let filled = fill(&part).and_then(|filled| {
        fs::rename(&part, folder).map_err(|error| told(folder, &error))?;
        Ok(filled)
    });
    if filled.is_err() {
        // What is there is not whole; the reason is told in any case.
        let _ = fs::remove_dir_all(&part);
    }
    filled
}

/// Writes a new file.
///
/// # Errors
/// A sentence; no file is left behind then.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), String> {
    let mut file = File::create_new(path).map_err(|error| told(path, &error))?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    written.map_err(|error| {
        // What is there is cut short; the reason is told in any case.
        let _ = fs::remove_file(path);
        told(path, &error)
    })
}
