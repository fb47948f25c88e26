//! What went wrong beside a study: a sentence for the reader instead of a failed folder.

use std::path::PathBuf;

/// How much a notice matters.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum Severity {
    /// Worth knowing; nothing is missing.
    Info,
    /// Something is shown with reservation.
    Warning,
    /// Something could not be shown.
    Error,
}

/// One sentence about a file or a study that a physician understands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Notice {
    /// How much it matters.
    pub severity: Severity,
    /// What happened and the value, without any patient's identity.
    pub text: String,
    /// The file it is about, kept apart from the text since a path may name a patient.
    pub path: Option<PathBuf>,
}

impl Notice {
    /// A notice that is about no single file.
    pub fn new(severity: Severity, text: impl Into<String>) -> Self {
        Self {
            severity,
            text: text.into(),
            path: None,
        }
    }

    /// The same notice, about one file.
    pub fn about(mut self, path: impl Into<PathBuf>) -> Self {
        self.path = Some(path.into());
        self
    }
}
