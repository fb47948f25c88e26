//! Writes DICOM objects that were made here: whole files or none.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use kernel_dicom::{Derivation, SegmentationToWrite, write_segmentation};

/// Writes labels of a series as a SEG file. An existing file is not replaced.
///
/// # Errors
/// A sentence; no file is left behind then.
pub fn save_segmentation(
    path: &Path,
    segmentation: &SegmentationToWrite<'_>,
    derivation: &Derivation<'_>,
) -> Result<(), String> {
    let told = |reason: &dyn std::fmt::Display| {
        format!("`{}` cannot be written: {reason}", path.display())
    };
    let bytes = write_segmentation(segmentation, derivation).map_err(|error| told(&error))?;
    let mut file = File::create_new(path).map_err(|error| told(&error))?;
    let written = file.write_all(&bytes).and_then(|()| file.sync_all());
    written.map_err(|error| {
        // What is there is cut short; the reason is told in any case.
        let _ = fs::remove_file(path);
        told(&error)
    })
}
