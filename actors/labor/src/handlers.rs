//! One handler for each message: each hands over to the room that knows.

use actix::{Context, Handler};
use actor_messages::JobId;
use actor_messages::work::{
    ControlJob, FramePrepared, InputsPrepared, MemberChanged, Members, ShowSlice, StartJob,
    StopJob, TaskFinished,
};
use kernel_imaging::Severity;
use kernel_tasks::Blobs;

use crate::actor::LaborActor;
use crate::display::SliceToShow;
use crate::files::FilesReport;
use crate::shown::plane_of;

impl Handler<StartJob> for LaborActor {
    type Result = ();

    fn handle(&mut self, start: StartJob, context: &mut Context<Self>) {
        self.admit(start, context);
    }
}

impl Handler<StopJob> for LaborActor {
    type Result = ();

    fn handle(&mut self, stop: StopJob, context: &mut Context<Self>) {
        self.stop(&stop.job, context);
    }
}

impl Handler<ControlJob> for LaborActor {
    type Result = ();

    fn handle(&mut self, ask: ControlJob, context: &mut Context<Self>) {
        self.control(&ask.job, ask.control, context);
    }
}

impl Handler<FramePrepared> for LaborActor {
    type Result = ();

    fn handle(&mut self, frame: FramePrepared, _: &mut Context<Self>) {
        if let Some(job) = self
            .jobs
            .get_mut(&frame.job)
            .filter(|job| job.is_preparing())
        {
            job.prepared = job.prepared.max(frame.prepared);
            job.dirty = true;
        }
    }
}

impl Handler<InputsPrepared> for LaborActor {
    type Result = ();

    fn handle(&mut self, prepared: InputsPrepared, context: &mut Context<Self>) {
        self.inputs_prepared(&prepared.job, prepared.inputs, context);
    }
}

impl Handler<Members> for LaborActor {
    type Result = ();

    fn handle(&mut self, members: Members, context: &mut Context<Self>) {
        self.members_named(members, context);
    }
}

impl Handler<TaskFinished> for LaborActor {
    type Result = ();

    fn handle(&mut self, finished: TaskFinished, context: &mut Context<Self>) {
        self.task_finished(finished, context);
    }
}

impl Handler<MemberChanged> for LaborActor {
    type Result = ();

    fn handle(&mut self, changed: MemberChanged, context: &mut Context<Self>) {
        self.member_changed(changed, context);
    }
}

impl Handler<FilesReport> for LaborActor {
    type Result = ();

    fn handle(&mut self, report: FilesReport, context: &mut Context<Self>) {
        self.files_reported(report, context);
    }
}

impl Handler<ShowSlice> for LaborActor {
    type Result = ();

    fn handle(&mut self, show: ShowSlice, _: &mut Context<Self>) {
        match self.slice_of(&show.job, show.slice) {
            Ok(slice) => self.display.ask(slice),
            Err(text) => self.notice(Severity::Info, text),
        }
    }
}

impl LaborActor {
    fn slice_of(&self, job: &JobId, slice: usize) -> Result<SliceToShow, String> {
        let number = slice.saturating_add(1);
        let (block, output, plane) = if let Some(active) = self.jobs.get(job) {
            let found = active.run.as_ref().and_then(|run| {
                let (input, task) = run.slices().get(slice)?;
                let plane = plane_of(run.slices(), slice);
                Some((active.blobs.get(input)?, run.output(*task)?, plane))
            });
            found.ok_or_else(|| format!("Slice {number} is not computed yet"))?
        } else if let Some(shown) = self.shown.get(job) {
            shown
                .slice(slice)
                .ok_or_else(|| format!("Slice {number} was not computed"))?
        } else {
            let bytes_max = self.shown.bytes_max();
            return Err(format!(
                "The results of job {} are not held in memory; at most {bytes_max} bytes are kept",
                job.0
            ));
        };
        Ok(SliceToShow {
            job: job.clone(),
            slice,
            plane,
            block,
            output,
        })
    }
}
