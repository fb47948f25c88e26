//! `clisonix replay`: computes the schedule of a journal again and says whether it is the same.

use std::path::PathBuf;

use actor_engine::Replay as Replayed;
use actor_messages::Digest;
use serde::Serialize;

use super::failure::Failure;
use super::session::Session;

/// Computes the schedule of a journal again and says equal or not equal.
#[derive(clap::Args)]
pub struct Replay {
    /// A JOB.journal.
    journal: PathBuf,
}

/// A journal and what its replay showed.
#[derive(Serialize)]
pub struct ReplayRecord {
    job: String,
    journal: PathBuf,
    equal: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_difference: Option<String>,
    operation: String,
    tasks: usize,
    committed: usize,
    complete: bool,
    epochs: usize,
    schedule_digest: Digest,
    output_digest: Digest,
    members: Vec<(String, usize)>,
    /// Bytes at the end that a crash left half written.
    torn: bool,
    /// Whether `jobs resume` goes on with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resumable: Option<bool>,
}

impl ReplayRecord {
    /// Computes the schedule again.
    pub fn read(journal: PathBuf) -> Result<Self, Failure> {
        let replayed: Replayed = actor_engine::replay(&journal).map_err(Failure::failed)?;
        Ok(Self {
            equal: replayed.is_equal(),
            job: replayed.job,
            journal,
            first_difference: replayed.first_difference,
            operation: replayed.operation,
            tasks: replayed.tasks,
            committed: replayed.committed,
            complete: replayed.complete,
            epochs: replayed.epochs.len(),
            schedule_digest: replayed.schedule_digest,
            output_digest: replayed.result_digest,
            members: replayed.done_by_peer,
            torn: replayed.torn.is_some(),
            resumable: None,
        })
    }

    /// The job of the journal.
    pub fn job(&self) -> &str {
        &self.job
    }

    /// One line for a list.
    pub fn line(&self) -> String {
        let state = match (self.resumable, self.complete) {
            (Some(true), _) => "resumable",
            (_, true) => "done",
            (_, false) => "unfinished",
        };
        format!(
            "{}  {state}  {} of {} tasks  {}  {}",
            self.job,
            self.committed,
            self.tasks,
            self.operation,
            self.journal.display()
        )
    }
}

impl Replay {
    pub fn execute(self, session: &Session) -> Result<(), Failure> {
        let record = ReplayRecord::read(self.journal)?;
        session.answer(&record, || {
            let word = if record.equal { "equal" } else { "not equal" };
            format!(
                "{word}: {}\nschedule digest  {}\noutput digest    {}",
                record.line(),
                record.schedule_digest,
                record.output_digest
            )
        })?;
        match record.first_difference {
            None => Ok(()),
            Some(difference) => Err(Failure::failed(format!("Not equal: {difference}"))),
        }
    }
}
