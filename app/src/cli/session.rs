//! What all commands share: the home folder, and the two ways out: one document, and notes beside it.

use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use actor_engine::{Engine, EngineOptions, SaveContext};
use actor_messages::{CancelFlag, SaveReport, SaveRequest};
use kernel_imaging::{Notice, Severity};
use serde::Serialize;

use super::failure::Failure;

/// One run of the command line.
pub struct Session {
    home: PathBuf,
    json: bool,
}

impl Session {
    pub fn new(home: Option<PathBuf>, json: bool) -> Self {
        let home = home.unwrap_or_else(actor_engine::default_home);
        // Before anything runs a model: what is there only later is not used by this program any more.
        actor_engine::offer_engines(&home);
        Self { home, json }
    }

    /// Where keys, peers and journals are kept.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// Prints the answer of a command: `document` as JSON, or `text` for people.
    pub fn answer(
        &self,
        document: &impl Serialize,
        text: impl FnOnce() -> String,
    ) -> Result<(), Failure> {
        let mut answer = if self.json {
            serde_json::to_string_pretty(document).map_err(Failure::failed)?
        } else {
            text()
        };
        if !answer.ends_with('\n') {
            answer.push('\n');
        }
        let mut out = io::stdout().lock();
        let written = out.write_all(answer.as_bytes()).and_then(|()| out.flush());
        match written {
            // Whoever reads has seen enough.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            written => written
                .map_err(|error| Failure::failed(format!("The answer cannot be written: {error}"))),
        }
    }

    /// Says something beside the answer, on standard error.
    pub fn note(&self, text: impl fmt::Display) {
        // Nobody is left to be told that standard error is closed.
        let _ = writeln!(io::stderr().lock(), "{text}");
    }

    /// Says a notice of the engine.
    pub fn notice(&self, notice: &Notice) {
        self.note(notice_line(notice));
    }

    /// Writes files for others through the engine's door, and says what should be known of them.
    pub fn save(&self, request: &SaveRequest) -> Result<SaveReport, Failure> {
        let saved = actor_engine::save(
            request,
            &SaveContext {
                home: &self.home,
                application: concat!("clisonix ", env!("CARGO_PKG_VERSION")),
                told: &|_, _| {},
                cancelled: &CancelFlag::new(),
            },
        )
        .map_err(Failure::failed)?;
        for note in &saved.notes {
            self.note(note);
        }
        Ok(saved)
    }

    /// An engine on this session's home.
    pub fn engine(
        &self,
        change: impl FnOnce(EngineOptions) -> EngineOptions,
    ) -> Result<Engine, Failure> {
        Engine::start(change(EngineOptions::new(self.home.clone()))).map_err(Failure::failed)
    }
}

/// A notice in one line.
fn notice_line(notice: &Notice) -> String {
    let word = match notice.severity {
        Severity::Info => "Note",
        Severity::Warning => "Warning",
        Severity::Error => "Problem",
    };
    match &notice.path {
        Some(path) => format!("{word}: {}: {}", path.display(), notice.text),
        None => format!("{word}: {}", notice.text),
    }
}

/// A notice as it stands in a document.
#[derive(Serialize)]
pub struct NoticeRecord {
    severity: Severity,
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<PathBuf>,
}

impl From<&Notice> for NoticeRecord {
    fn from(notice: &Notice) -> Self {
        Self {
            severity: notice.severity,
            text: notice.text.clone(),
            path: notice.path.clone(),
        }
    }
}
