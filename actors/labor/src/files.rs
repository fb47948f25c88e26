//! The files thread: matrices, journals, sources and results, in the order asked, so that the actor never waits for a disk.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;

use actix::dev::SendError;
use actix::{Message, Recipient};
use actor_messages::JobId;
use kernel_tasks::{BlockShape, Digest, ModelFacts};

use crate::document;
use crate::error::LaborActorError;
use crate::journal::{Header, JournalWriter, Record};
use crate::kept::Kept;
use crate::limits::{FILES_QUEUE_MAX, FULL_MAILBOX_WAIT};
use crate::matrix::{self, MatrixSource};
use crate::model::read_model;
use crate::results::{ResultsToWrite, Written, refuse_earlier, write_results};
use crate::resumption::{Earlier, KeptOutput, Wish};
use crate::sources::{Sources, blob_path, journal_path, sources_path};
use crate::storage::{Storage, reason, write_whole};

/// What the thread is asked.
pub enum FilesRequest {
    /// Look at the output folder, then make matrix parameters and keep them under `home/blobs`.
    Matrices {
        /// Where results will be written; refused when another run has left its own there.
        out: Option<PathBuf>,
        /// Name and source of each.
        sources: Vec<(String, MatrixSource)>,
        /// Column count of the slices.
        columns: usize,
        /// The job whose outputs are taken up, and the most bytes of them.
        resumes: Option<(JobId, u64)>,
    },
    /// Begin the journal of a job and write its sources.
    Begin {
        /// What the journal starts with.
        header: Box<Header>,
        /// Local only.
        sources: Sources,
        /// Local only.
        wish: Wish,
    },
    /// Keep outputs and sync them, then append to the journal and sync it.
    Append(Vec<Record>, Vec<KeptOutput>),
    /// Write results and receipts.
    Results(Box<ResultsToWrite>),
    /// The job is over; the journal is closed, and what only a resumption needs is removed where the job will not be resumed.
    Close {
        /// Whether it can still be resumed.
        resumable: bool,
        /// The job that it resumed.
        resumes: Option<JobId>,
        /// The calibration, where it is new.
        calibration: Option<Vec<u8>>,
    },
}

/// One matrix parameter, ready for a job's store.
#[derive(Clone, Debug)]
pub struct LoadedMatrix {
    /// The parameter.
    pub name: String,
    /// Its content address.
    pub digest: Digest,
    /// Its canonical bytes.
    pub bytes: Arc<[u8]>,
    /// Rows and columns.
    pub shape: BlockShape,
    /// What it is, where it is a model; its shape is then of no meaning.
    pub model: Option<ModelFacts>,
}

/// What the thread answers; each request but `Close` has one answer.
#[derive(Message, Debug)]
#[rtype(result = "()")]
pub struct FilesReport {
    /// The job that asked.
    pub job: JobId,
    /// What came of it.
    pub news: FilesNews,
}

/// What came of a request.
#[derive(Debug)]
pub enum FilesNews {
    /// Of `Matrices`.
    Matrices(Result<(Vec<LoadedMatrix>, Earlier), LaborActorError>),
    /// Of `Begin` and `Append`. After a failure the journal of this job is given up.
    Journal(Result<(), LaborActorError>),
    /// Of `Results`.
    Results(Result<Written, LaborActorError>),
}

/// The way to the thread. Dropping it lets the thread finish what was asked, then joins it.
pub struct Files {
    requests: Option<SyncSender<Asked>>,
    closing: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

type Asked = (JobId, FilesRequest, Recipient<FilesReport>);

impl Files {
    /// Starts the thread.
    pub fn start(home: PathBuf, storage: Box<dyn Storage>) -> Result<Self, LaborActorError> {
        let (requests, waiting) = sync_channel(FILES_QUEUE_MAX);
        let closing = Arc::new(AtomicBool::new(false));
        let shelf = Shelf {
            home,
            storage,
            journals: BTreeMap::new(),
            kept: Kept::default(),
            closing: Arc::clone(&closing),
        };
        let thread = std::thread::Builder::new()
            .name("clisonix-labor-files".to_owned())
            .spawn(move || shelf.serve(&waiting))
            .map_err(|error| LaborActorError::Thread {
                name: "files",
                reason: reason(&error),
            })?;
        Ok(Self {
            requests: Some(requests),
            closing,
            thread: Some(thread),
        })
    }

    /// Whether the thread still works; a panic ends it.
    pub fn is_alive(&self) -> bool {
        self.thread
            .as_ref()
            .is_some_and(|thread| !thread.is_finished())
    }

    /// Asks without waiting.
    pub fn ask(
        &self,
        job: &JobId,
        request: FilesRequest,
        reply: Recipient<FilesReport>,
    ) -> Result<(), LaborActorError> {
        let requests = self
            .requests
            .as_ref()
            .ok_or(LaborActorError::Stopped("files thread"))?;
        requests
            .try_send((job.clone(), request, reply))
            .map_err(|error| match error {
                TrySendError::Full(_) => LaborActorError::Busy("files thread"),
                TrySendError::Disconnected(_) => LaborActorError::Stopped("files thread"),
            })
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        self.closing.store(true, Ordering::Relaxed);
        self.requests = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was told by the panic hook; nothing more can be done with it here.
            let _ = thread.join();
        }
    }
}

/// What the thread holds.
struct Shelf {
    home: PathBuf,
    storage: Box<dyn Storage>,
    journals: BTreeMap<JobId, JournalWriter>,
    kept: Kept,
    /// The actor is being dropped while this thread ends, so nobody empties its mailbox.
    closing: Arc<AtomicBool>,
}

impl Shelf {
    fn serve(mut self, waiting: &Receiver<Asked>) {
        while let Ok((job, request, reply)) = waiting.recv() {
            let news = match request {
                FilesRequest::Matrices {
                    out,
                    sources,
                    columns,
                    resumes,
                } => FilesNews::Matrices(
                    out.as_deref()
                        .map_or(Ok(()), refuse_earlier)
                        .and_then(|()| self.matrices(&job, &sources, columns))
                        .and_then(|matrices| {
                            Ok((matrices, self.kept.earlier(&self.home, resumes)?))
                        }),
                ),
                FilesRequest::Begin {
                    header,
                    sources,
                    wish,
                } => FilesNews::Journal(self.begin(&job, &header, &sources, &wish)),
                FilesRequest::Append(records, outputs) => {
                    FilesNews::Journal(self.append(&job, &records, &outputs))
                }
                FilesRequest::Results(work) => {
                    FilesNews::Results(write_results(self.storage.as_mut(), &work))
                }
                FilesRequest::Close {
                    resumable,
                    resumes,
                    calibration,
                } => {
                    self.journals.remove(&job);
                    let storage = self.storage.as_mut();
                    if let Some(calibration) = calibration {
                        crate::calibration::keep(storage, &self.home, &calibration);
                    }
                    self.kept
                        .close(storage, &self.home, &job, resumable, resumes.as_ref());
                    continue;
                }
            };
            self.answer(&reply, FilesReport { job, news });
        }
    }

    fn matrices(
        &mut self,
        job: &JobId,
        sources: &[(String, MatrixSource)],
        columns: usize,
    ) -> Result<Vec<LoadedMatrix>, LaborActorError> {
        let mut loaded = Vec::with_capacity(sources.len());
        for (name, source) in sources {
            if let MatrixSource::Model(digest) = source {
                loaded.push(read_model(&self.home, name, *digest)?);
                continue;
            }
            let (bytes, shape) = match source {
                MatrixSource::Document(source) => (
                    document::load(name, source, columns)?,
                    // Of no meaning.
                    BlockShape {
                        rows: 1,
                        columns: 1,
                    },
                ),
                source => {
                    let block = matrix::load(name, source, columns)?;
                    (block.encode()?, block.shape())
                }
            };
            let digest = Digest::of(&bytes);
            let path = blob_path(&self.home, &digest);
            if !path.exists() {
                self.keep("matrix", job, &path, &bytes)?;
            }
            loaded.push(LoadedMatrix {
                name: name.clone(),
                digest,
                bytes: bytes.into(),
                shape,
                model: None,
            });
        }
        Ok(loaded)
    }

    fn begin(
        &mut self,
        job: &JobId,
        header: &Header,
        sources: &Sources,
        wish: &Wish,
    ) -> Result<(), LaborActorError> {
        let failed = |what: &'static str, reason: String| LaborActorError::HomeFile {
            what,
            job: job.0.clone(),
            reason,
        };
        let json = sources
            .to_json()
            .map_err(|error| failed("list of sources", error.to_string()))?;
        let path = sources_path(&self.home, job);
        self.keep("list of sources", job, &path, &json)?;
        let path = journal_path(&self.home, job);
        if let Some(folder) = path.parent() {
            self.storage
                .create_folder(folder)
                .map_err(|error| failed("journal", reason(&error)))?;
        }
        let journal = JournalWriter::create(self.storage.as_mut(), &path, header)
            .map_err(|error| failed("journal", reason(&error)))?;
        self.journals.insert(job.clone(), journal);
        self.kept
            .begin(self.storage.as_mut(), &self.home, job, wish)
    }

    fn append(
        &mut self,
        job: &JobId,
        records: &[Record],
        outputs: &[KeptOutput],
    ) -> Result<(), LaborActorError> {
        let failed = |reason: String| LaborActorError::HomeFile {
            what: "journal",
            job: job.0.clone(),
            reason,
        };
        if !outputs.is_empty() {
            self.kept
                .append(job, outputs)
                .map_err(|error| failed(reason(&error)))?;
        }
        let journal = self
            .journals
            .get_mut(job)
            .ok_or_else(|| failed("it is closed".to_owned()))?;
        let appended = journal
            .append(records)
            .map_err(|error| failed(reason(&error)));
        if appended.is_err() {
            // Its tail is torn now: a further record behind the tear could not be read.
            self.journals.remove(job);
        }
        appended
    }

    fn keep(
        &mut self,
        what: &'static str,
        job: &JobId,
        path: &std::path::Path,
        bytes: &[u8],
    ) -> Result<(), LaborActorError> {
        let storage = self.storage.as_mut();
        let folder = path
            .parent()
            .map_or(Ok(false), |folder| storage.create_folder(folder));
        folder
            .and_then(|_| write_whole(storage, path, bytes))
            .map_err(|error| LaborActorError::HomeFile {
                what,
                job: job.0.clone(),
                reason: reason(&error),
            })
    }

    /// Sends a report and waits while the mailbox is full: this thread may wait, the actor may not.
    fn answer(&self, reply: &Recipient<FilesReport>, report: FilesReport) {
        let mut report = report;
        while let Err(SendError::Full(back)) = reply.try_send(report) {
            if self.closing.load(Ordering::Relaxed) {
                return;
            }
            report = back;
            std::thread::sleep(FULL_MAILBOX_WAIT);
        }
    }
}
