//! Measurements as a DICOM structured report beside the images that they lie on.

use std::path::Path;

use actor_messages::{Digest, SaveReport};
use actor_study::{Derivation, measurement_report, write_whole};
use kernel_imaging::Mark;

use super::identity::{now_unix_s, uid};
use crate::error::EngineError;

/// Writes the file.
pub fn save(
    marks: &[Mark],
    left_out: usize,
    out: &Path,
    application: &str,
) -> Result<SaveReport, EngineError> {
    let report = |uid: &(dyn Fn(&str) -> String + Sync), made_unix_s| {
        let derivation = Derivation {
            application,
            description: "Measurements",
            algorithm: "",
            uid,
            made_unix_s,
        };
        measurement_report(marks, &derivation).map_err(EngineError::Save)
    };
    // Equal measurements on equal images are the same object, whenever they are saved.
    let content = Digest::of(&report(&|part| uid(part), 0)?);
    let named = |part: &str| uid(&format!("measurements {content} {part}"));
    let bytes = report(&named, now_unix_s())?;
    write_whole(out, &bytes).map_err(EngineError::Save)?;
    let notes = match left_out {
        0 => Vec::new(),
        count => vec![format!(
            "{count} measurements on images of other studies are not in it"
        )],
    };
    Ok(SaveReport {
        out: out.to_owned(),
        files: 1,
        words: format!(
            "{} measurements are saved as a DICOM structured report",
            marks.len()
        ),
        notes,
        results: None,
    })
}
