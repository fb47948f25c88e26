//! What a user asks of a running job: stand still, go on, take more or less; and what that means for the others.

use actix::Context;
use actor_messages::{JobControl, JobId, Priority};
use kernel_labor::{Input, window_shares};

use crate::active::Phase;
use crate::actor::LaborActor;

impl LaborActor {
    /// Before its tasks are assigned, and once they are done, there is nothing to pause.
    pub(crate) fn control(&mut self, id: &JobId, control: JobControl, context: &mut Context<Self>) {
        let run = self
            .jobs
            .get_mut(id)
            .filter(|job| job.phase == Phase::Tasks)
            .and_then(|job| job.run.as_mut());
        let Some(run) = run else {
            return;
        };
        let steps = match control {
            JobControl::Pause => run.pause(),
            JobControl::Resume => run.resume(),
            JobControl::Prioritise(priority) => run.apply(Input::Prioritise(priority), None),
        };
        self.take_steps(id, steps, context);
        self.share_window();
        self.push_snapshot(id);
        let jobs: Vec<JobId> = self.jobs.keys().cloned().collect();
        for job in &jobs {
            self.dispatch(job, context);
        }
        self.advance_files(id, context);
    }

    /// This machine's window among the jobs that compute now, by their priorities.
    pub(crate) fn share_window(&mut self) {
        let mut runs: Vec<_> = self
            .jobs
            .values_mut()
            .filter(|job| job.phase == Phase::Tasks)
            .filter_map(|job| job.run.as_mut())
            .filter(|run| !run.is_paused())
            .collect();
        let priorities: Vec<Priority> = runs.iter().map(|run| run.priority()).collect();
        let shares = window_shares(self.options.local_window, &priorities);
        for (run, share) in runs.iter_mut().zip(shares) {
            run.set_local_window(share);
        }
    }
}
