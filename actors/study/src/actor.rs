//! The actor's door: each scan and each reading runs on a thread of its own, so that a slow share holds up nobody.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix::{Actor, Addr, Context, Handler};
use actor_messages::work::{Ask, Scan};
use actor_messages::{CancelFlag, Command, Event, EventInbox, RequestId};
use kernel_imaging::{Notice, Severity, TextRule};

use crate::objects::{read_object, read_tag_rows};
use crate::scan::{Progress, Scanned, scan};
use crate::self_test::self_test;

/// Scans that run at once at most.
pub const SCANS_MAX: usize = 8;

/// Objects and files of tags that are read at once at most.
pub const READINGS_MAX: usize = 16;

/// Messages waiting for the study actor at most.
pub const STUDY_MAILBOX_MAX: usize = 64;

/// Starts and stops scans.
pub struct StudyActor {
    inbox: Arc<EventInbox>,
    running: Arc<AtomicUsize>,
    readings: Arc<AtomicUsize>,
    scans: BTreeMap<RequestId, CancelFlag>,
}

impl StudyActor {
    /// Starts the actor on the current arbiter.
    pub fn launch(inbox: Arc<EventInbox>) -> Addr<Self> {
        Self {
            inbox,
            running: Arc::default(),
            readings: Arc::default(),
            scans: BTreeMap::new(),
        }
        .start()
    }

    fn begin(&mut self, request: RequestId, paths: Vec<PathBuf>, text: TextRule) {
        let refuse = |inbox: &EventInbox, text: String| {
            inbox.push(Event::Studies {
                request,
                studies: Arc::default(),
                notices: Arc::new(vec![Notice::new(Severity::Error, text)]),
                finished: true,
                cancelled: false,
            });
        };
        if self.running.fetch_add(1, Ordering::Relaxed) >= SCANS_MAX {
            self.running.fetch_sub(1, Ordering::Relaxed);
            refuse(
                &self.inbox,
                format!("{SCANS_MAX} scans are running already"),
            );
            return;
        }
        let cancelled = CancelFlag::new();
        // Request numbers grow, so the oldest flags belong to scans that are over.
        while self.scans.len() >= SCANS_MAX * 2 {
            self.scans.pop_first();
        }
        self.scans.insert(request, cancelled.clone());
        let (inbox, running) = (self.inbox.clone(), self.running.clone());
        let started = std::thread::Builder::new()
            .name("clisonix-scan".to_owned())
            .spawn(move || {
                let progress = |progress: Progress<'_>| match progress {
                    Progress::Files(files_seen, files_read) => {
                        inbox.push(Event::ScanProgress {
                            request,
                            files_seen,
                            files_read,
                        });
                    }
                    Progress::Studies(found) => tell(&inbox, request, found.clone(), false),
                };
                // Whatever happens inside, the list must not search for ever.
                let found = catch_unwind(AssertUnwindSafe(|| {
                    scan(&paths, text, &cancelled, progress)
                }));
                let found = found.unwrap_or_else(|_| Scanned {
                    notices: vec![Notice::new(
                        Severity::Error,
                        "The search failed inside; no study of it can be shown",
                    )],
                    ..Scanned::default()
                });
                tell(&inbox, request, found, true);
                running.fetch_sub(1, Ordering::Relaxed);
            });
        if let Err(error) = started {
            self.running.fetch_sub(1, Ordering::Relaxed);
            refuse(
                &self.inbox,
                format!("The scan could not be started: {error}"),
            );
        }
    }

    /// Runs a reading on a thread of its own; whatever happens, `answer` makes an event of it.
    fn read<T: Send + 'static>(
        &self,
        reading: impl FnOnce() -> Result<T, String> + Send + 'static,
        answer: impl FnOnce(Result<T, String>) -> Event + Clone + Send + 'static,
    ) {
        let refused = answer.clone();
        if self.readings.fetch_add(1, Ordering::Relaxed) >= READINGS_MAX {
            self.readings.fetch_sub(1, Ordering::Relaxed);
            let text = format!("{READINGS_MAX} files are being read already");
            self.inbox.push(refused(Err(text)));
            return;
        }
        let (inbox, readings) = (self.inbox.clone(), self.readings.clone());
        let started = std::thread::Builder::new()
            .name("clisonix-read".to_owned())
            .spawn(move || {
                let read = catch_unwind(AssertUnwindSafe(reading));
                let read =
                    read.unwrap_or_else(|_| Err("The reader failed on this file".to_owned()));
                inbox.push(answer(read));
                readings.fetch_sub(1, Ordering::Relaxed);
            });
        if let Err(error) = started {
            self.readings.fetch_sub(1, Ordering::Relaxed);
            let text = format!("The reading could not be started: {error}");
            self.inbox.push(refused(Err(text)));
        }
    }
}

fn tell(inbox: &EventInbox, request: RequestId, found: Scanned, finished: bool) {
    inbox.push(Event::Studies {
        request,
        studies: Arc::new(found.studies),
        notices: Arc::new(found.notices),
        finished,
        cancelled: found.cancelled,
    });
}

impl Actor for StudyActor {
    type Context = Context<Self>;

    fn started(&mut self, context: &mut Self::Context) {
        context.set_mailbox_capacity(STUDY_MAILBOX_MAX);
    }

    fn stopped(&mut self, _: &mut Self::Context) {
        for cancelled in self.scans.values() {
            cancelled.cancel();
        }
    }
}

impl Handler<Scan> for StudyActor {
    type Result = ();

    fn handle(&mut self, message: Scan, _: &mut Self::Context) {
        match message {
            Scan::Start {
                request,
                paths,
                text,
            } => self.begin(request, paths, text),
            Scan::Cancel(request) => {
                if let Some(cancelled) = self.scans.remove(&request) {
                    cancelled.cancel();
                }
            }
        }
    }
}

impl Handler<Ask> for StudyActor {
    type Result = ();

    fn handle(&mut self, Ask(command): Ask, _: &mut Self::Context) {
        match command {
            Command::ReadObject { path, kind, text } => {
                let about = path.clone();
                self.read(
                    move || read_object(&path, kind, text).map(Arc::new),
                    move |read| Event::ObjectRead { path: about, read },
                );
            }
            Command::ReadTags { path, text } => {
                let about = path.clone();
                self.read(
                    move || read_tag_rows(&path, text).map(Arc::new),
                    move |rows| Event::TagsRead { path: about, rows },
                );
            }
            Command::SelfTest { keep } => self.read(
                move || self_test(keep.as_deref()).map(Arc::new),
                Event::SelfTested,
            ),
            // The engine sends other commands elsewhere.
            _ => {}
        }
    }
}
