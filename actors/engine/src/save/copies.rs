//! DICOM files copied for others, as they are or without identities.

use std::path::{Path, PathBuf};

use actor_messages::{CopyKind, SaveReport};
use actor_study::{Copying, Pseudonyms, copy_files};

use super::SaveContext;
use super::pseudonyms::Key;
use crate::error::EngineError;

/// Copies files, by series, into a new folder.
pub fn save(
    series: &[Vec<PathBuf>],
    kind: CopyKind,
    out: &Path,
    context: &SaveContext<'_>,
) -> Result<SaveReport, EngineError> {
    let total = series.iter().map(Vec::len).sum();
    let told = |done: usize| {
        if context.cancelled.is_cancelled() {
            return Err("The writing was cancelled".to_owned());
        }
        (context.told)(done, total);
        Ok(())
    };
    let (copied, words) = match kind {
        CopyKind::Exact => {
            let copied = copy_files(out, series, Copying::Exact, &told);
            (copied, "copied as they are, identities included")
        }
        CopyKind::Anonymised { burned_in } => {
            let key = Key::of_home(context.home)?;
            let (uid, word) = (|name: &str| key.uid(name), |name: &str| key.word(name));
            let names = Pseudonyms {
                uid: &uid,
                word: &word,
            };
            let copying = Copying::Deidentified {
                names: &names,
                burned_in,
            };
            let copied = copy_files(out, series, copying, &told);
            (copied, "copied without identities (PS3.15 Basic Profile)")
        }
    };
    let copied = copied.map_err(EngineError::Save)?;
    let mut notes = Vec::new();
    if copied.burned_in > 0 {
        notes.push(format!(
            "{} say that identities are burned into their pixels and are left out",
            copied.burned_in
        ));
    }
    if let Some((count, reason)) = copied.refused {
        notes.push(format!("{count} could not be copied: {reason}"));
    }
    if matches!(kind, CopyKind::Anonymised { .. }) {
        notes.push("Pixels are as they were: look at them for words and faces".to_owned());
    }
    Ok(SaveReport {
        out: out.to_owned(),
        files: copied.files,
        words: format!("{} files are {words}", copied.files),
        notes,
        results: None,
    })
}
