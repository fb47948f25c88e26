//! `clisonix jobs`: the journals of this home, one for each job that was started here.

use std::fs;
use std::path::PathBuf;

use super::failure::Failure;
use super::replay::ReplayRecord;
use super::session::Session;

/// Lists the jobs that were started with this home, from their journals.
#[derive(clap::Args)]
pub struct Jobs {}

impl Jobs {
    pub fn execute(self, session: &Session) -> Result<(), Failure> {
        let mut records = Vec::new();
        for journal in journals(session)? {
            match ReplayRecord::read(journal) {
                Ok(record) => records.push(record),
                // One unreadable journal does not hide the others.
                Err(failure) => session.note(failure),
            }
        }
        session.answer(&records, || {
            if records.is_empty() {
                return format!(
                    "No job was started with the home {}",
                    session.home().display()
                );
            }
            let lines: Vec<String> = records.iter().map(ReplayRecord::line).collect();
            lines.join("\n")
        })
    }
}

/// Sorted by name.
fn journals(session: &Session) -> Result<Vec<PathBuf>, Failure> {
    let folder = session.home().join("journals");
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let told = |error: std::io::Error| {
        Failure::failed(format!("`{}` cannot be read: {error}", folder.display()))
    };
    let mut found = Vec::new();
    for entry in fs::read_dir(&folder).map_err(told)? {
        let path = entry.map_err(told)?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "journal")
        {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
