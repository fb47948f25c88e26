//! The end of a job: completed, failed or cancelled; and its turn at the files thread.

use std::sync::Arc;

use actix::dev::SendError;
use actix::{AsyncContext, Context};
use actor_messages::work::CloseJob;
use actor_messages::{Event, JobId, JobOutcome, JobRequest, JobState, LabelFigure};
use kernel_imaging::Severity;
use kernel_labor::Input;
use kernel_tasks::{Digest, MODEL_SLICE, MODEL_VOLUME};

use crate::active::{JournalState, Phase};
use crate::actor::LaborActor;
use crate::error::LaborActorError;
use crate::files::{FilesNews, FilesReport, FilesRequest, LoadedMatrix};
use crate::journal::Record;
use crate::limits::JOURNAL_BATCH_MAX;
use crate::peak::peak_memory_bytes;
use crate::results::{ResultsToWrite, Written};
use crate::sources::journal_path;

impl LaborActor {
    /// Every task is committed: the rest of the journal, then the results.
    pub(crate) fn finish(
        &mut self,
        id: &JobId,
        output_digest: Digest,
        context: &mut Context<Self>,
    ) {
        let Some(job) = self
            .jobs
            .get_mut(id)
            .filter(|job| job.phase == Phase::Tasks)
        else {
            return;
        };
        job.phase = Phase::Results;
        job.output_digest = Some(output_digest);
        // Tasks that two members have may still run here.
        job.stop.cancel();
        self.close_on_mesh(id);
        self.enter(id, JobState::Writing);
        self.advance_files(id, context);
    }

    /// The job cannot go on: one sentence. What was computed can still be shown.
    pub(crate) fn fail(&mut self, id: &JobId, error: LaborActorError, context: &mut Context<Self>) {
        let Some(job) = self.jobs.get(id).filter(|job| job.phase != Phase::Close) else {
            return;
        };
        let (request, reason) = (job.request.request, error.to_string());
        self.end(id, JobState::Failed(reason.clone()), context);
        self.options.inbox.push(Event::JobFailed {
            request,
            job: Some(id.clone()),
            reason,
        });
    }

    /// The user stops a job. One that is being written stops at the next file.
    pub(crate) fn stop(&mut self, id: &JobId, context: &mut Context<Self>) {
        let Some(job) = self.jobs.get_mut(id) else {
            return;
        };
        job.stop_writing.cancel();
        if job.phase == Phase::Results && job.results_asked {
            return;
        }
        if let Some(run) = job.run.as_mut().filter(|_| job.phase == Phase::Tasks) {
            run.apply(Input::Cancel, None);
        }
        self.end(id, JobState::Cancelled, context);
        self.begin_next(context);
    }

    fn end(&mut self, id: &JobId, state: JobState, context: &mut Context<Self>) {
        let Some(job) = self
            .jobs
            .get_mut(id)
            .filter(|job| job.phase != Phase::Close)
        else {
            return;
        };
        let shared = job.phase == Phase::Tasks;
        job.phase = Phase::Close;
        job.stop.cancel();
        if let Some(run) = job.run.as_mut() {
            run.records.push(Record::Stopped);
        }
        if shared {
            self.close_on_mesh(id);
        }
        self.waiting.retain(|waiting| waiting != id);
        self.enter(id, state);
        self.advance_files(id, context);
    }

    fn close_on_mesh(&mut self, id: &JobId) {
        let shared = self
            .jobs
            .get(id)
            .and_then(|job| job.run.as_ref())
            .is_some_and(|run| run.is_shared());
        if shared {
            self.unclosed.insert(id.clone());
            self.close_the_unclosed();
        }
    }

    /// Tells the mesh which jobs are over. What a full mailbox refuses is told at the next tick: peers would hold its memory for ever.
    pub(crate) fn close_the_unclosed(&mut self) {
        let mesh = self.options.mesh.as_ref();
        self.unclosed.retain(|job| {
            let told = mesh.map(|mesh| mesh.close.try_send(CloseJob { job: job.clone() }));
            matches!(told, Some(Err(SendError::Full(_))))
        });
    }

    /// The compute actor is gone: what it was asked is never answered. Results that are being written need it no more.
    pub(crate) fn lose_compute(&mut self, id: &JobId, context: &mut Context<Self>) {
        let needs_it = |phase: Phase| !matches!(phase, Phase::Results | Phase::Close);
        if self.jobs.get(id).is_some_and(|job| needs_it(job.phase)) {
            self.fail(id, LaborActorError::Stopped("compute part"), context);
        }
    }

    /// Gives the files thread the next thing of a job: at most one is under way, so nothing can pile up there.
    pub(crate) fn advance_files(&mut self, id: &JobId, context: &mut Context<Self>) {
        let Some(job) = self.jobs.get_mut(id) else {
            return;
        };
        if job.journal == JournalState::Busy {
            return;
        }
        if let Some(run) = job.run.as_mut() {
            if job.journal == JournalState::Absent {
                run.records.clear();
                run.outputs_to_keep.clear();
            }
            let count = run.records.len().min(JOURNAL_BATCH_MAX);
            if count > 0 {
                let batch: Vec<Record> = run.records.drain(..count).collect();
                let outputs = std::mem::take(&mut run.outputs_to_keep);
                let asked = self.files.ask(
                    id,
                    FilesRequest::Append(batch.clone(), outputs.clone()),
                    context.address().recipient(),
                );
                match asked {
                    Ok(()) => job.journal = JournalState::Busy,
                    // Tried again at the next tick, in the same order.
                    Err(LaborActorError::Busy(_)) => {
                        drop(run.records.splice(0..0, batch));
                        run.outputs_to_keep = outputs;
                    }
                    Err(error) => self.give_up_journal(id, &error),
                }
                return;
            }
        }
        match job.phase {
            Phase::Results if !job.results_asked => self.ask_results(id, context),
            Phase::Close => self.forget(id, context),
            _ => {}
        }
    }

    fn ask_results(&mut self, id: &JobId, context: &mut Context<Self>) {
        let Some(job) = self.jobs.get_mut(id) else {
            return;
        };
        let results = job
            .run
            .as_ref()
            .and_then(|run| run.results(&self.options.application));
        let Some((ground, slices)) = results else {
            return;
        };
        let work = ResultsToWrite {
            out: job.request.out.clone(),
            slices,
            ground,
            cancelled: job.stop_writing.clone(),
        };
        match self.files.ask(
            id,
            FilesRequest::Results(Box::new(work)),
            context.address().recipient(),
        ) {
            Ok(()) => job.results_asked = true,
            Err(LaborActorError::Busy(_)) => {}
            Err(error) => self.fail(id, error, context),
        }
    }

    /// The files thread has done something.
    pub(crate) fn files_reported(&mut self, report: FilesReport, context: &mut Context<Self>) {
        let id = report.job;
        match report.news {
            FilesNews::Matrices(loaded) => {
                let Some(job) = self
                    .jobs
                    .get_mut(&id)
                    .filter(|job| job.phase == Phase::Matrices)
                else {
                    return;
                };
                let fitted = loaded
                    .and_then(|(loaded, earlier)| Ok((fitting(loaded, &job.request)?, earlier)));
                match fitted {
                    Ok((matrices, earlier)) => {
                        job.matrices = matrices;
                        job.earlier = earlier;
                        job.phase = Phase::Room;
                        self.prepare(&id, context);
                    }
                    Err(error) => self.fail(&id, error, context),
                }
            }
            FilesNews::Journal(written) => {
                if let Some(job) = self.jobs.get_mut(&id) {
                    job.journal = JournalState::Idle;
                    job.journal_begun = true;
                }
                if let Err(error) = written {
                    self.give_up_journal(&id, &error);
                }
                self.advance_files(&id, context);
            }
            FilesNews::Results(Ok(written)) => self.complete(&id, written, context),
            FilesNews::Results(Err(LaborActorError::Cancelled)) => {
                self.end(&id, JobState::Cancelled, context)
            }
            FilesNews::Results(Err(error)) => self.fail(&id, error, context),
        }
        self.begin_next(context);
    }

    /// A journal that cannot be written costs the way to resume and replay, not the results.
    fn give_up_journal(&mut self, id: &JobId, error: &LaborActorError) {
        if let Some(job) = self.jobs.get_mut(id) {
            job.journal = JournalState::Absent;
            job.journal_begun = false;
        }
        self.notice(
            Severity::Warning,
            format!("{error}; the job goes on without a journal"),
        );
    }

    /// The files thread is gone and answers nothing any more.
    pub(crate) fn lose_files(&mut self, id: &JobId, context: &mut Context<Self>) {
        if let Some(job) = self.jobs.get_mut(id) {
            job.journal = JournalState::Absent;
            job.journal_begun = false;
            if matches!(job.phase, Phase::Matrices | Phase::Results) {
                self.fail(id, LaborActorError::Stopped("files thread"), context);
            }
        }
    }

    fn complete(&mut self, id: &JobId, written: Written, context: &mut Context<Self>) {
        let Some(job) = self
            .jobs
            .get_mut(id)
            .filter(|job| job.phase == Phase::Results)
        else {
            return;
        };
        job.state = JobState::Completed;
        job.phase = Phase::Close;
        let (Some(run), Some(output_digest)) = (job.run.as_ref(), job.output_digest) else {
            return;
        };
        let first = run.epochs().0;
        let labels = label_figures(&written, job.label_names());
        let outcome = JobOutcome {
            snapshot: job.snapshot(),
            output_digest,
            assignment_digest: first.assignment_digest.into(),
            membership_digest: first.membership_digest.into(),
            receipts: written.receipts,
            results: written.results,
            journal: job
                .journal_begun
                .then(|| journal_path(&self.options.home, id)),
            taken_up: job.taken_up,
            peak_memory_bytes: peak_memory_bytes(),
            max_abs_error: written.max_abs_error,
            max_relative_error: written.max_relative_error,
            labels,
            volume_ml: written.volume_ml,
            result_bytes: written.result_bytes,
            input_bytes: job.stored_bytes(),
        };
        self.push_snapshot(id);
        // Kept before it is told, so that who hears of the end can ask for a slice at once.
        self.advance_files(id, context);
        self.options
            .inbox
            .push(Event::JobFinished(Arc::new(outcome)));
    }

    fn forget(&mut self, id: &JobId, context: &mut Context<Self>) {
        let Some(job) = self.jobs.remove(id) else {
            return;
        };
        if let Some(shown) = job.shown() {
            self.shown.keep(shown);
        }
        let close = FilesRequest::Close {
            resumable: matches!(job.state, JobState::Failed(_)),
            resumes: job.resumes.clone(),
            calibration: self.calibration.to_keep(),
        };
        // A thread that takes nothing now closes the file when it ends; nothing is lost with it.
        let _ = self.files.ask(id, close, context.address().recipient());
    }
}

/// Refuses a model that was made for other modalities than these images have.
fn fitting(
    loaded: Vec<LoadedMatrix>,
    request: &JobRequest,
) -> Result<Vec<LoadedMatrix>, LaborActorError> {
    let Some(frame) = request.frames.first() else {
        return Ok(loaded);
    };
    let modality = &frame.instance.modality;
    for model in loaded.iter().filter_map(|loaded| loaded.model.as_ref()) {
        let made_for = &model.manifest.modalities;
        if !made_for.is_empty() && !made_for.contains(modality) {
            return Err(LaborActorError::Model {
                model: model.manifest.full_name(),
                reason: format!(
                    "it was made for {}, and these images are {modality}",
                    made_for.join(", ")
                ),
            });
        }
        let volume = request.operation == MODEL_VOLUME;
        if volume != (model.manifest.input.dimensions == 3) {
            return Err(LaborActorError::Model {
                model: model.manifest.full_name(),
                reason: format!(
                    "it is a {}-D model; operation {} runs it",
                    model.manifest.input.dimensions,
                    if volume { MODEL_SLICE } else { MODEL_VOLUME }
                ),
            });
        }
    }
    Ok(loaded)
}

/// Numbers of the results under the names of the model's manifest.
fn label_figures(written: &Written, names: Vec<String>) -> Vec<LabelFigure> {
    let figure = |(label, voxels): (usize, &u64)| LabelFigure {
        label: u8::try_from(label).unwrap_or(u8::MAX),
        name: names.get(label).cloned().unwrap_or_default(),
        voxels: *voxels,
        volume_ml: written
            .label_volumes_ml
            .as_ref()
            .and_then(|ml| ml.get(label).copied()),
    };
    written
        .label_counts
        .iter()
        .enumerate()
        .map(figure)
        .collect()
}
