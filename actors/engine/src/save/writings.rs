//! Writings that run: each on a thread of its own, that can be stopped, and that always ends with an event.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use actor_messages::{CancelFlag, Event, EventInbox, RequestId, SAVES_MAX, SaveRequest};

use super::{SaveContext, save};
use crate::error::EngineError;

/// Those that run now.
pub struct Writings {
    running: Arc<Mutex<BTreeMap<RequestId, CancelFlag>>>,
    inbox: Arc<EventInbox>,
    home: PathBuf,
    application: String,
}

impl Writings {
    /// None yet.
    pub fn new(inbox: Arc<EventInbox>, home: PathBuf, application: String) -> Self {
        Self {
            running: Arc::default(),
            inbox,
            home,
            application,
        }
    }

    /// Begins one; it answers with `Event::Saved`.
    pub fn begin(&self, request: SaveRequest) -> Result<(), EngineError> {
        let cancelled = CancelFlag::new();
        {
            let mut running = lock(&self.running);
            if running.len() >= SAVES_MAX {
                return Err(EngineError::Save(format!(
                    "{SAVES_MAX} writings are running already; try again when one has ended"
                )));
            }
            running.insert(request.request, cancelled.clone());
        }
        let id = request.request;
        let (running, inbox) = (Arc::clone(&self.running), Arc::clone(&self.inbox));
        let (home, application) = (self.home.clone(), self.application.clone());
        let thread = std::thread::Builder::new().name("clisonix-save".to_owned());
        let started = thread.spawn(move || {
            let told = |done, total| {
                inbox.push(Event::SaveProgress {
                    request: id,
                    done,
                    total,
                });
            };
            let context = SaveContext {
                home: &home,
                application: &application,
                told: &told,
                cancelled: &cancelled,
            };
            // Whatever happens inside, the window must not wait for ever.
            let saved = catch_unwind(AssertUnwindSafe(|| save(&request, &context)));
            let saved = match saved {
                Ok(saved) => saved.map(Arc::new).map_err(|error| error.to_string()),
                Err(_) => Err("The writing failed inside; nothing was kept of it".to_owned()),
            };
            lock(&running).remove(&id);
            inbox.push(Event::Saved { request: id, saved });
        });
        started.map(drop).map_err(|error| {
            lock(&self.running).remove(&id);
            EngineError::Start(error.to_string())
        })
    }

    /// Asks one to stop.
    pub fn cancel(&self, request: RequestId) {
        if let Some(cancelled) = lock(&self.running).get(&request) {
            cancelled.cancel();
        }
    }
}

impl Drop for Writings {
    fn drop(&mut self) {
        for cancelled in lock(&self.running).values() {
            cancelled.cancel();
        }
    }
}

/// A thread that panicked holding the list left it whole: entries only come and go.
fn lock(
    running: &Mutex<BTreeMap<RequestId, CancelFlag>>,
) -> std::sync::MutexGuard<'_, BTreeMap<RequestId, CancelFlag>> {
    running.lock().unwrap_or_else(PoisonError::into_inner)
}
