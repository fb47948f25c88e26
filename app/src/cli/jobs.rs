//! `clisonix jobs`: the journals of this home, one for each job that was started here; and going on with one that a crash ended.

use std::fs;
use std::path::PathBuf;

use actor_engine::EngineOptions;
use actor_messages::{Command, JobId, RequestId};

use super::failure::Failure;
use super::leaving::Leaving;
use super::replay::ReplayRecord;
use super::run::{JobRecord, THREADS_MAX};
use super::session::Session;
use super::{interrupt, job};

/// Lists the jobs that were started with this home, from their journals; goes on with one that a crash ended.
#[derive(clap::Args)]
pub struct Jobs {
    #[command(subcommand)]
    wish: Option<Wish>,
}

#[derive(clap::Subcommand)]
enum Wish {
    /// Goes on with a job that ended with its process; only its unfinished tasks are computed.
    Resume(Resume),
}

/// Goes on with a job that ended with its process.
#[derive(clap::Args)]
struct Resume {
    /// Its name, as `clisonix jobs` lists it.
    job: String,
    /// Another folder for results and receipts than the one it was started with.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Threads that compute here; all cores unless given. No result depends on it.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=THREADS_MAX))]
    threads: Option<u64>,
}

impl Jobs {
    pub fn execute(self, session: &Session) -> Result<(), Failure> {
        match self.wish {
            Some(Wish::Resume(resume)) => resume.execute(session),
            None => list(session),
        }
    }
}

fn list(session: &Session) -> Result<(), Failure> {
    let mut records = Vec::new();
    let resumable = actor_engine::resumable(session.home());
    for journal in journals(session)? {
        match ReplayRecord::read(journal) {
            Ok(mut record) => {
                record.resumable = Some(resumable.iter().any(|job| job.job.0 == record.job()));
                records.push(record);
            }
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

impl Resume {
    fn execute(self, session: &Session) -> Result<(), Failure> {
        let known = actor_engine::resumable(session.home());
        let Some(found) = known.into_iter().find(|known| known.job.0 == self.job) else {
            return Err(Failure::failed(format!(
                "The job {} has nothing to resume, or is running now; clisonix jobs lists those that can be resumed",
                self.job.chars().take(40).collect::<String>()
            )));
        };
        session.note(format_args!(
            "{} of {} tasks are done and kept",
            found.committed, found.tasks
        ));
        let interrupted = interrupt::listen()?;
        let threads = self
            .threads
            .and_then(|threads| usize::try_from(threads).ok());
        let engine = session.engine(|options| EngineOptions { threads, ..options })?;
        let request = RequestId(1);
        let begin = Command::ResumeJob {
            request,
            job: JobId(self.job),
            out: self.out,
        };
        let outcome = job::follow(
            session,
            &engine,
            begin,
            request,
            found.slices,
            &mut Leaving::default(),
            &interrupted,
        )?;
        engine.stop();
        let record = JobRecord::new(&outcome, &[]);
        session.answer(&record, || record.text())
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
