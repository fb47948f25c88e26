//! A schedule computed again from its journal: the same inputs must give the same epochs, commits and result.

use std::collections::VecDeque;
use std::path::Path;

use kernel_labor::{Decision, Input, LaborArray};
use kernel_tasks::{Digest, Job, TaskId};

use crate::journal::{Header, JournalError, Record, TornTail, read_journal};

/// One epoch of the schedule, as computed again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplayedEpoch {
    /// Counts from 0.
    pub number: u32,
    /// Digest of its members.
    pub membership_digest: Digest,
    /// Digest of its assignment.
    pub assignment_digest: Digest,
}

/// What a replay shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Replay {
    /// `JobId` of the run.
    pub job: String,
    /// The program that wrote the journal.
    pub application: String,
    /// Name of the operation.
    pub operation: String,
    /// Tasks of the job, each once.
    pub tasks: usize,
    /// Tasks committed.
    pub committed: usize,
    /// Epochs in order.
    pub epochs: Vec<ReplayedEpoch>,
    /// Over every placement in order.
    pub schedule_digest: Digest,
    /// Over the committed results in `TaskId` order.
    pub result_digest: Digest,
    /// Committed tasks by peer, in peer order.
    pub done_by_peer: Vec<(String, usize)>,
    /// Whether every task is committed.
    pub complete: bool,
    /// Where the journal first says something else than the replay, if anywhere.
    pub first_difference: Option<String>,
    /// What was dropped at the journal's end.
    pub torn: Option<TornTail>,
}

impl Replay {
    /// Whether the journal and the replay agree in everything that the journal says.
    pub fn is_equal(&self) -> bool {
        self.first_difference.is_none()
    }
}

/// Why nothing can be replayed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ReplayError {
    /// The file.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The request in its header.
    #[error("The journal's request cannot be read: {0}")]
    Request(#[from] kernel_tasks::TaskError),
}

/// Reads a journal and computes its schedule again.
pub fn replay(path: &Path) -> Result<Replay, ReplayError> {
    let (header, records, torn) = read_journal(path)?;
    replay_records(header, records, torn)
}

/// Computes a schedule again from what a journal holds.
pub fn replay_records(
    header: Header,
    records: Vec<Record>,
    torn: Option<TornTail>,
) -> Result<Replay, ReplayError> {
    let request = Job::decode(&header.request)?;
    let mut course = Course {
        array: LaborArray::new(),
        expected: VecDeque::new(),
        difference: None,
    };
    if header.opening.job != *request.digest().bytes() {
        course.differs(|| "The header names another job than its request".to_owned());
    }
    course.feed(Input::Open(header.opening));
    let assignment_digest = Digest::from(header.epoch.assignment_digest);
    course.meet(&Record::Epoch {
        epoch: header.epoch.number,
        assignment_digest,
    });
    for record in records {
        match record {
            Record::Input(input) => {
                if let Some(missing) = course.expected.front().cloned() {
                    course.differs(|| {
                        format!(
                            "The replay gives {}, which the journal leaves out",
                            told(&missing)
                        )
                    });
                }
                course.expected.clear();
                course.feed(input);
            }
            Record::Stopped => {}
            other => course.meet(&other),
        }
    }
    let Course {
        array, difference, ..
    } = course;
    let epoch = |epoch: &kernel_labor::Epoch| ReplayedEpoch {
        number: epoch.number,
        membership_digest: epoch.membership_digest.into(),
        assignment_digest: epoch.assignment_digest.into(),
    };
    let results = array
        .results()
        .into_iter()
        .map(|(task, output)| (TaskId::from(task), Digest::from(output)));
    Ok(Replay {
        job: header.job,
        application: header.application,
        operation: request.operation,
        tasks: array.total(),
        committed: array.committed(),
        epochs: array.epochs().iter().map(epoch).collect(),
        schedule_digest: array.schedule_digest().unwrap_or_default().into(),
        result_digest: kernel_tasks::job_digest(&results.collect()),
        done_by_peer: array.done_by_peer(),
        complete: array.total() > 0 && array.committed() == array.total(),
        first_difference: difference,
        torn,
    })
}

struct Course {
    array: LaborArray,
    /// What the replay says and the journal should say next.
    expected: VecDeque<Record>,
    difference: Option<String>,
}

impl Course {
    fn feed(&mut self, input: Input) {
        self.expected
            .extend(self.array.apply(input).into_iter().filter_map(recorded));
    }

    fn meet(&mut self, found: &Record) {
        match self.expected.pop_front() {
            Some(expected) if expected == *found => {}
            Some(expected) => self.differs(|| {
                format!(
                    "The journal has {} where the replay gives {}",
                    told(found),
                    told(&expected)
                )
            }),
            None => self.differs(|| {
                format!(
                    "The journal has {}, which the replay does not give",
                    told(found)
                )
            }),
        }
    }

    fn differs(&mut self, text: impl FnOnce() -> String) {
        self.difference.get_or_insert_with(text);
    }
}

/// How the journal records a decision, if it does.
pub(crate) fn recorded(decision: Decision) -> Option<Record> {
    match decision {
        Decision::Epoch(epoch) => Some(Record::Epoch {
            epoch: epoch.number,
            assignment_digest: epoch.assignment_digest.into(),
        }),
        Decision::Committed { task, digest, .. } => Some(Record::Commit {
            task: task.into(),
            output: digest.into(),
        }),
        Decision::Finished { result_digest } => Some(Record::Completed {
            output_digest: result_digest.into(),
        }),
        _ => None,
    }
}

fn told(record: &Record) -> String {
    match record {
        Record::Input(_) => "an input".to_owned(),
        Record::Commit { task, output } => format!("output {output} of task {task}"),
        Record::Epoch {
            epoch,
            assignment_digest,
        } => format!("assignment {assignment_digest} of epoch {epoch}"),
        Record::Completed { output_digest } => format!("result {output_digest}"),
        Record::Stopped => "the stop".to_owned(),
    }
}
