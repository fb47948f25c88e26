//! The first half of a job's way: admitted, its turn awaited, its matrices and slices prepared, its shapes checked.

use std::sync::Arc;

use actix::dev::SendError;
use actix::{AsyncContext, Context};
use actor_messages::work::{PrepareInputs, PreparedInput, StartJob};
use actor_messages::{BlobStore, Event, JobId};
use kernel_imaging::Severity;

use crate::active::{ActiveJob, Phase};
use crate::actor::LaborActor;
use crate::error::LaborActorError;
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

    /// Begins waiting jobs in their order. One prepares at a time, so that the bytes left for it are known.
    pub(crate) fn begin_next(&mut self, context: &mut Context<Self>) {
        while self.jobs.values().filter(|job| job.has_begun()).count() < JOBS_AT_ONCE_MAX
            && !self.jobs.values().any(ActiveJob::is_preparing)
        {
            let Some(id) = self.waiting.front().cloned() else {
                return;
            };
            let held_bytes: u64 = self.jobs.values().map(ActiveJob::held_bytes).sum();
            let left_bytes = self.options.blob_bytes_max.saturating_sub(held_bytes);
            let Some(job) = self.jobs.get_mut(&id) else {
                self.waiting.pop_front();
                continue;
            };
            if job.short_bytes.is_some_and(|short| left_bytes <= short) {
                return;
            }
            self.waiting.pop_front();
            job.allowed_bytes = left_bytes;
            job.blobs = BlobStore::new(left_bytes);
            if job.checked.matrices.is_empty() && job.request.out.is_none() && job.resumes.is_none()
            {
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
                out: job.request.out.clone(),
                sources: job.checked.matrices.clone(),
                columns,
                resumes: job.resumes.clone().map(|earlier| (earlier, left_bytes)),
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
            // Others hold what is missing, and give it back when they end.
            Err(error) if error.is_memory() && job.allowed_bytes < self.options.blob_bytes_max => {
                job.put_back();
                self.waiting.push_front(id.clone());
                self.notice(
                    Severity::Info,
                    format!("{error} while other jobs run; it waits for one of them to end"),
                );
            }
            Err(error) => self.fail(id, error, context),
            Ok(()) => self.find_company(id, context),
        }
        self.begin_next(context);
    }

    /// Asks the mesh for members, or runs the job here alone: where the user or the pictures want that.
    fn find_company(&mut self, id: &JobId, context: &mut Context<Self>) {
        let Some(job) = self.jobs.get(id) else { return };
        let burned_in = job.has_burned_in_text();
        match self.options.mesh.clone().filter(|_| job.request.mesh) {
            Some(_) if burned_in => {
                self.notice(
                    Severity::Warning,
                    "The patient's identity may be burned into these pictures, so they leave this workstation for no other; the job runs here alone",
                );
                self.open_alone(id, context);
            }
            Some(mesh) => self.ask_members(id, &mesh, context),
            None => self.open_alone(id, context),
        }
    }
}

/// Keeps the prepared inputs of a job and checks its shapes.
fn accept_inputs(
    job: &mut ActiveJob,
    inputs: Result<Vec<PreparedInput>, String>,
) -> Result<(), LaborActorError> {
    let bytes_max = job.allowed_bytes;
    let inputs = inputs.map_err(|reason| LaborActorError::of_preparing(&reason, bytes_max))?;
    let ready = check_shapes(&job.request, &job.checked, &inputs, &job.matrices)?;
    for matrix in &job.matrices {
        job.blobs
            .insert_verified(matrix.digest, Arc::clone(&matrix.bytes))?;
    }
    // The results are kept in memory beside the inputs until they are written: room for them is made sure of now.
    let wanted_bytes = job.blobs.bytes().saturating_add(ready.output_bytes_max());
    if wanted_bytes > bytes_max {
        return Err(LaborActorError::MemoryForResults {
            wanted_bytes,
            bytes_max,
        });
    }
    job.kept_bytes = wanted_bytes;
    job.prepared = inputs.len();
    job.inputs = inputs;
    job.ready = Some(ready);
    job.phase = Phase::Members;
    Ok(())
}
