//! What would leave with a job, shown before it does: `run --manifest FILE` writes it, `run --ask` waits for a yes.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use actor_engine::Engine;
use actor_messages::{Command, JobId, JobManifest, ManifestContent};

use super::failure::Failure;
use super::session::Session;

/// Blobs named on the terminal; the file names all.
const BLOBS_LISTED: usize = 3;

/// What the user wants to see, and to decide.
#[derive(Default)]
pub struct Leaving {
    manifest: Option<PathBuf>,
    ask: bool,
    decided: Option<JobId>,
}

impl Leaving {
    pub fn new(manifest: Option<PathBuf>, ask: bool) -> Self {
        Self {
            manifest,
            ask,
            decided: None,
        }
    }

    /// Whether a job must wait until `decide` was called.
    pub fn waits(&self) -> bool {
        self.ask || self.manifest.is_some()
    }

    /// Says where a job that was waited for never wanted to leave.
    pub fn say_what_stayed(&self, session: &Session) {
        if self.waits() && self.decided.is_none() {
            session
                .note("No other workstation was asked, so nothing left and there is no manifest");
        }
    }

    /// Writes the manifest of a waiting job, asks where that is wanted, and answers the engine. Once a job.
    pub fn decide(
        &mut self,
        session: &Session,
        engine: &Engine,
        manifest: &JobManifest,
    ) -> Result<(), Failure> {
        if self.decided.as_ref() == Some(&manifest.job) {
            return Ok(());
        }
        self.decided = Some(manifest.job.clone());
        if let Some(path) = &self.manifest {
            write(path, manifest)?;
        }
        let leave = !self.ask || asked(session, manifest)?;
        if !leave {
            session.note("The job is kept on this workstation");
        }
        let job = manifest.job.clone();
        engine
            .send(Command::LetLeave { job, leave })
            .map_err(Failure::failed)
    }
}

/// On disk before the first byte of the job leaves.
fn write(path: &Path, manifest: &JobManifest) -> Result<(), Failure> {
    let written = || -> io::Result<()> {
        let mut file = File::create(path)?;
        serde_json::to_writer_pretty(&mut file, manifest)?;
        file.write_all(b"\n")?;
        file.sync_all()
    };
    written().map_err(|error| {
        Failure::failed(format!(
            "The manifest `{}` cannot be written, so nothing was sent: {error}",
            path.display()
        ))
    })
}

fn asked(session: &Session, manifest: &JobManifest) -> Result<bool, Failure> {
    session.note(text(manifest));
    session.note("Type yes to let it leave, anything else to keep it here:");
    let mut answer = String::new();
    io::stdin()
        .read_line(&mut answer)
        .map_err(|error| Failure::failed(format!("No answer can be read: {error}")))?;
    Ok(answer.trim().eq_ignore_ascii_case("yes"))
}

fn text(manifest: &JobManifest) -> String {
    let names: Vec<&str> = manifest
        .peers
        .iter()
        .map(|peer| peer.name.as_str())
        .collect();
    let mut lines = vec![format!(
        "{} over {} tasks would go to {}: {} blobs, {} bytes",
        manifest.operation,
        manifest.tasks,
        names.join(", "),
        manifest.blobs.len(),
        manifest.bytes
    )];
    let parameters = manifest.parameters.iter();
    lines.extend(parameters.map(|(name, value)| format!("  {name} = {value}")));
    for blob in manifest.blobs.iter().take(BLOBS_LISTED) {
        let content = match &blob.content {
            ManifestContent::PixelBlock { rows, columns, .. } => {
                format!("pixels of one slice, {rows} × {columns}")
            }
            ManifestContent::Matrix { rows, columns } => format!("weights, {rows} × {columns}"),
            ManifestContent::Model => "a model".to_owned(),
            ManifestContent::Other => "bytes that cannot be read here".to_owned(),
        };
        let digest = blob.digest.short();
        lines.push(format!("  {digest}  {} bytes  {content}", blob.bytes));
    }
    if manifest.blobs.len() > BLOBS_LISTED {
        let more = manifest.blobs.len() - BLOBS_LISTED;
        lines.push(format!("  and {more} more"));
    }
    lines.extend(manifest.warnings.iter().cloned());
    lines.join("\n")
}
