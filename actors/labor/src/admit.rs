//! The first half of a job's way: admitted, its turn awaited, its matrices and slices prepared, its shapes checked.

use std::sync::Arc;

use actix::dev::SendError;
use actix::{AsyncContext, Context};
use actor_messages::work::{PrepareInputs, PreparedInput, StartJob};
use actor_messages::{BlobStore, Event, JobId};

use crate::active::{ActiveJob, Phase};
use crate::actor::LaborActor;
use crate::error::{LaborActorError, bounded_sentence};
use crate::files::FilesRequest;
use crate::limits::{JOBS_AT_ONCE_MAX, JOBS_WAITING_MAX};
use crate::request::{CheckedRequest, check_request, check_shapes};

impl LaborActor {
    /// A wish comes in: it is refused in one sentence, or waits for its turn.
    pub(crate) fn admit(&mut self, start: StartJob, context: &mut Context<Self>) {
        match self.check(&start) {
            Ok(checked) => {
                let id = start.job.clone();
                self.jobs.insert(id.clone(), ActiveJob::new(start, checked));
                self.waiting.push_back(id.clone());
                self.push_snapshot(&id);
                self.wind_clock(context);
                self.begin_next(context);
            }
            Err(error) => {
                let (request, job) = (start.request.request, Some(start.job));
                self.options.inbox.push(Event::JobFailed {
                    request,
                    job,
                    reason: error.to_string(),
                });
            }
        }
    }

    fn check(&self, start: &StartJob) -> Result<CheckedRequest, LaborActorError> {
        if self.waiting.len() >= JOBS_WAITING_MAX {
            return Err(LaborActorError::TooManyJobs);
        }
        let checked = check_request(&start.job, &start.request)?;
        if self.jobs.contains_key(&start.job) || self.shown.get(&start.job).is_some() {
            return Err(LaborActorError::JobTwice(start.job.0.clone()));
        }
        Ok(checked)
    }

    /// Begins waiting jobs. One prepares at a time, so that the bytes left for its inputs are known.
    pub(crate) fn begin_next(&mut self, context: &mut Context<Self>) {
        while self.jobs.values().filter(|job| job.has_begun()).count() < JOBS_AT_ONCE_MAX
            && !self.jobs.values().any(ActiveJob::is_preparing)
        {
            let Some(id) = self.waiting.pop_front() else {
                return;
            };
            let held_bytes: u64 = self.jobs.values().map(|job| job.blobs.bytes()).sum();
            let Some(job) = self.jobs.get_mut(&id) else {
                continue;
            };
            job.blobs = BlobStore::new(self.options.blob_bytes_max.saturating_sub(held_bytes));
            if job.checked.matrices.is_empty() {
                job.phase = Phase::Room;
                self.prepare(&id, context);
                continue;
            }
            job.phase = Phase::Matrices;
            let columns = job
                .request
                .frames
                .first()
                .map_or(0, |frame| frame.instance.columns);
            let request = FilesRequest::Matrices {
                sources: job.checked.matrices.clone(),
                columns,
            };
            if let Err(error) = self.files.ask(&id, request, context.address().recipient()) {
                self.fail(&id, error, context);
            }
        }
    }

    /// Asks compute for the blocks; a full mailbox is tried again at the next tick.
    pub(crate) fn prepare(&mut self, id: &JobId, context: &mut Context<Self>) {
        let Some(job) = self.jobs.get_mut(id).filter(|job| job.phase == Phase::Room) else {
            return;
        };
        let request = PrepareInputs {
            job: id.clone(),
            frames: job.request.frames.clone(),
            slice_mm: job.request.slice_mm,
            blobs: job.blobs.clone(),
            cancelled: job.stop.clone(),
            reply: context.address().recipient(),
            progress: context.address().recipient(),
        };
        match self.options.prepare.try_send(request) {
            Ok(()) => job.phase = Phase::Inputs,
            Err(SendError::Full(_)) => {}
            Err(SendError::Closed(_)) => {
                self.fail(id, LaborActorError::Stopped("compute part"), context)
            }
        }
    }

    /// The blocks are here: shapes are checked, then members are asked for.
    pub(crate) fn inputs_prepared(
        &mut self,
        id: &JobId,
        inputs: Result<Vec<PreparedInput>, String>,
        context: &mut Context<Self>,
    ) {
        let Some(job) = self
            .jobs
            .get_mut(id)
            .filter(|job| job.phase == Phase::Inputs)
        else {
            return;
        };
        match accept_inputs(job, inputs) {
            Err(error) => self.fail(id, error, context),
            Ok(()) => {
                let mesh = self
                    .options
                    .mesh
                    .clone()
                    .filter(|_| self.jobs.get(id).is_some_and(|job| job.request.mesh));
                match mesh {
                    Some(mesh) => self.ask_members(id, &mesh, context),
                    None => self.open_alone(id, context),
                }
            }
        }
        self.begin_next(context);
    }
}

/// Keeps the prepared inputs of a job and checks its shapes.
fn accept_inputs(
    job: &mut ActiveJob,
    inputs: Result<Vec<PreparedInput>, String>,
) -> Result<(), LaborActorError> {
    let inputs = inputs.map_err(|reason| LaborActorError::Inputs(bounded_sentence(&reason)))?;
    let ready = check_shapes(&job.request, &job.checked, &inputs, &job.matrices)?;
    for matrix in &job.matrices {
        job.blobs
            .insert_verified(matrix.digest, Arc::clone(&matrix.bytes))?;
    }
    job.prepared = inputs.len();
    job.inputs = inputs;
    job.ready = Some(ready);
    job.phase = Phase::Members;
    Ok(())
}
