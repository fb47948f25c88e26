//! What the journals of earlier and running jobs tell the window: which jobs can go on, and whether a schedule is the one shown.

use std::path::Path;
use std::sync::Arc;

use actor_messages::{Digest, Event, JobId, ScheduleCheck};

use crate::engine::Engine;
use crate::error::EngineError;

impl Engine {
    /// The jobs that can go on. A thread of its own reads the folder; it ends with that.
    pub(crate) fn list_interrupted(&self) -> Result<(), EngineError> {
        let home = self.home().to_owned();
        self.aside("clisonix-interrupted", move || {
            Event::JobsInterrupted(Arc::new(actor_labor::resumable(&home)))
        })
    }

    /// A schedule again, from its journal. A thread of its own reads and computes; it ends with that.
    pub(crate) fn recompute(
        &self,
        job: JobId,
        epoch: u32,
        shown: Digest,
    ) -> Result<(), EngineError> {
        let home = self.home().to_owned();
        self.aside("clisonix-recompute", move || Event::ScheduleRecomputed {
            check: recomputed(&home, &job, epoch, shown),
            job,
        })
    }

    /// Does what takes longer than a moment on a thread of its own, whose result is an event.
    fn aside(
        &self,
        name: &str,
        work: impl FnOnce() -> Event + Send + 'static,
    ) -> Result<(), EngineError> {
        let inbox = Arc::clone(self.inbox());
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || inbox.push(work()))
            .map(drop)
            .map_err(|error| EngineError::Start(error.to_string()))
    }
}

fn recomputed(
    home: &Path,
    job: &JobId,
    epoch: u32,
    shown: Digest,
) -> Result<ScheduleCheck, String> {
    let replayed = actor_labor::replay(&actor_labor::journal_path(home, job))
        .map_err(|error| error.to_string())?;
    let again = replayed.epochs.iter().find(|again| again.number == epoch);
    let Some(again) = again else {
        return Err(format!(
            "The journal does not yet tell of epoch {epoch}; try again in a moment"
        ));
    };
    let differs = (again.assignment_digest != shown).then(|| {
        format!(
            "Epoch {epoch} is shown with assignment {shown} and gives {}",
            again.assignment_digest
        )
    });
    Ok(ScheduleCheck {
        tasks: replayed.tasks,
        epochs: replayed.epochs.len(),
        first_difference: differs.or(replayed.first_difference),
    })
}
