//! `clisonix node audit`: who connected, paired and computed which digest when, as audit messages of DICOM PS3.15.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use actor_engine::export_audit;
use serde::Serialize;

use super::failure::Failure;
use super::session::Session;

/// Writes the audit log of this home as one XML document, oldest message first.
#[derive(clap::Args)]
pub struct Audit {
    /// The file; standard output unless given.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Serialize)]
struct Exported {
    messages: usize,
    file: PathBuf,
}

impl Audit {
    pub fn execute(self, session: &Session) -> Result<(), Failure> {
        let Some(file) = self.out else {
            let mut out = BufWriter::new(io::stdout().lock());
            export_audit(session.home(), &mut out).map_err(Failure::failed)?;
            return out.flush().map_err(Failure::failed);
        };
        let told = |error: io::Error| {
            Failure::failed(format!("`{}` cannot be written: {error}", file.display()))
        };
        let mut out = BufWriter::new(File::create(&file).map_err(told)?);
        let messages = export_audit(session.home(), &mut out).map_err(Failure::failed)?;
        let written = out.into_inner().map_err(io::IntoInnerError::into_error);
        written.and_then(|file| file.sync_all()).map_err(told)?;
        let exported = Exported { messages, file };
        session.answer(&exported, || {
            format!("{messages} messages in {}", exported.file.display())
        })
    }
}
