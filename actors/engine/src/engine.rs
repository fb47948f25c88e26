//! Starts the actors on a thread of their own and sends each command to the one that it concerns.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::{SystemTime, UNIX_EPOCH};

use actix::dev::ToEnvelope;
use actix::prelude::SendError;
use actix::{Actor, Addr, Handler, Message, System};
use actor_compute::{ComputeActor, ComputeOptions};
use actor_labor::{LaborActor, LaborOptions, MeshDoors};
use actor_mesh::{MeshActor, MeshOptions};
use actor_messages::work::{Ask, ControlJob, Scan, ShowSlice, StartJob, StopJob};
use actor_messages::{
    AskBeforeSending, Command, Event, EventInbox, JobId, JobRequest, ModelDoors, RequestId,
};
use actor_models::{ModelsActor, ModelsOptions};
use actor_study::StudyActor;
use kernel_imaging::{Notice, Severity};

use crate::error::EngineError;
use crate::masks::MaskMaker;
use crate::meter::MeterActor;
use crate::options::EngineOptions;
use crate::resume::resumed_request;
use crate::save::Writings;

/// Memory given to the blobs of one job, bytes, where the user says nothing.
const JOB_BYTES_MAX: u64 = 4 << 30;

/// The running engine. Stopping it joins its thread.
pub struct Engine {
    doors: Doors,
    inbox: Arc<EventInbox>,
    thread: Option<JoinHandle<()>>,
    jobs: AtomicU64,
    home: PathBuf,
    writings: Writings,
    masks: MaskMaker,
}

#[derive(Clone)]
struct Doors {
    system: System,
    study: Addr<StudyActor>,
    compute: Addr<ComputeActor>,
    labor: Addr<LaborActor>,
    models: Addr<ModelsActor>,
    /// None where the mesh could not be started: viewing and local jobs go on without it.
    mesh: Option<Addr<MeshActor>>,
}

impl Engine {
    /// Starts the actors; returns when all of them take messages.
    pub fn start(options: EngineOptions) -> Result<Self, EngineError> {
        std::fs::create_dir_all(&options.home).map_err(|reason| EngineError::Home {
            folder: options.home.clone(),
            reason,
        })?;
        let EngineOptions { wake, .. } = options;
        let inbox = EventInbox::new(wake);
        let home = options.home.clone();
        let writings = Writings::new(inbox.clone(), home.clone(), options.application.clone());
        let masks = MaskMaker::start(inbox.clone())?;
        let options = Start {
            home: options.home,
            workers: options.threads.unwrap_or_else(cores).max(1),
            listen: options.listen,
            cores: options.cores,
            memory_bytes: options.memory_bytes.unwrap_or(JOB_BYTES_MAX),
            cache_bytes_max: options.cache_bytes_max,
            share: options.share,
            quic: options.quic,
            ask_before_sending: options.ask_before_sending,
            record_outgoing: options.record_outgoing,
            application: options.application,
            inbox: inbox.clone(),
        };
        let (started, starts) = mpsc::sync_channel(1);
        let thread = std::thread::Builder::new()
            .name("clisonix-actors".to_owned())
            .spawn(move || {
                let system = System::new();
                let doors = system.block_on(async move { launch(options) });
                let runs = doors.is_ok();
                // The starter waits for exactly one answer; it cannot have gone.
                let _ = started.send(doors);
                if runs {
                    let _ = system.run();
                }
            })
            .map_err(|error| EngineError::Start(error.to_string()))?;
        let doors = starts
            .recv()
            .map_err(|_| EngineError::Start("its thread ended before it was ready".to_owned()))??;
        Ok(Self {
            doors,
            inbox,
            thread: Some(thread),
            jobs: AtomicU64::new(0),
            home,
            writings,
            masks,
        })
    }

    /// Hands a command to its actor. Never blocks.
    pub fn send(&self, command: Command) -> Result<(), EngineError> {
        match command {
            Command::Open {
                request,
                paths,
                text,
            } => {
                let scan = Scan::Start {
                    request,
                    paths,
                    text,
                };
                offer(&self.doors.study, scan)
            }
            Command::CancelOpen(request) => offer(&self.doors.study, Scan::Cancel(request)),
            Command::ShowFrame { .. }
            | Command::Thumbnail { .. }
            | Command::ReadLayers { .. }
            | Command::BuildVolume { .. }
            | Command::CancelVolume(_)
            | Command::ShowPlane { .. }
            | Command::ShowSolid { .. } => offer(&self.doors.compute, Ask(command)),
            Command::ReadObject { .. } | Command::ReadTags { .. } | Command::SelfTest { .. } => {
                offer(&self.doors.study, Ask(command))
            }
            Command::ListModels
            | Command::AddModel(_)
            | Command::RemoveModel(_)
            | Command::UseModel(_)
            | Command::UseModelBefore(_)
            | Command::SwitchLive(..)
            | Command::TryModel { .. }
            | Command::RunLive { .. } => offer(&self.doors.models, Ask(command)),
            Command::RunJob(request) => offer(
                &self.doors.labor,
                StartJob {
                    request,
                    job: self.new_job(),
                    resumes: None,
                },
            ),
            Command::ResumeJob { request, job, out } => self.resume(request, job, out),
            Command::ListInterrupted => self.list_interrupted(),
            Command::RecomputeSchedule {
                job,
                epoch,
                assignment_digest,
            } => self.recompute(job, epoch, assignment_digest),
            Command::CancelJob(job) => offer(&self.doors.labor, StopJob { job }),
            Command::ControlJob { job, control } => {
                offer(&self.doors.labor, ControlJob { job, control })
            }
            Command::ShowResult { job, slice } => {
                offer(&self.doors.labor, ShowSlice { job, slice })
            }
            Command::MakeMask(request) => self.masks.make(request),
            Command::ImportMasks(wish) => self.masks.import(wish),
            Command::CancelMask(request) => {
                self.masks.cancel(request);
                Ok(())
            }
            Command::Save(request) => self.writings.begin(request),
            Command::CancelSave(request) => {
                self.writings.cancel(request);
                Ok(())
            }
            Command::SetSharing(_)
            | Command::ShowPairingCode
            | Command::PairWithCode { .. }
            | Command::CancelPairing
            | Command::Dial(_)
            | Command::ForgetPeer(_)
            | Command::SetLimits(_)
            | Command::DeployModel { .. }
            | Command::InUse
            | Command::LetLeave { .. } => match &self.doors.mesh {
                Some(mesh) => offer(mesh, Ask(command)),
                None => Err(EngineError::NoMesh),
            },
        }
    }

    /// Finds the images of an earlier job and starts it again. A thread of its own reads the headers; it ends with that.
    fn resume(
        &self,
        request: RequestId,
        job: JobId,
        out: Option<PathBuf>,
    ) -> Result<(), EngineError> {
        let (labor, inbox) = (self.doors.labor.clone(), Arc::clone(&self.inbox));
        let (home, started) = (self.home.clone(), self.new_job());
        let spawned = std::thread::Builder::new().name("clisonix-resume".to_owned());
        let resumed = spawned.spawn(move || {
            let begun = resumed_request(&home, &job, request).and_then(|found| {
                let start = StartJob {
                    request: JobRequest {
                        out: out.or(found.out.clone()),
                        ..found
                    },
                    job: started,
                    resumes: Some(job),
                };
                offer(&labor, start)
            });
            if let Err(error) = begun {
                inbox.push(Event::JobFailed {
                    request,
                    job: None,
                    reason: error.to_string(),
                });
            }
        });
        resumed
            .map(drop)
            .map_err(|error| EngineError::Start(error.to_string()))
    }

    /// Where its files lie.
    pub(crate) fn home(&self) -> &Path {
        &self.home
    }

    /// Whether its thread still runs; no event comes after it has ended.
    pub fn is_running(&self) -> bool {
        self.thread
            .as_ref()
            .is_some_and(|thread| !thread.is_finished())
    }

    /// Where events wait.
    pub fn inbox(&self) -> &Arc<EventInbox> {
        &self.inbox
    }

    /// Ends the actors and waits for their thread.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        if let Some(thread) = self.thread.take() {
            self.doors.system.stop();
            // A panic of the actors' thread has been printed where it happened.
            let _ = thread.join();
        }
    }

    /// A name that this machine has not used: from the clock, the process and a count. In no result.
    fn new_job(&self) -> JobId {
        let nanoseconds = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |time| time.as_nanos());
        let count = self.jobs.fetch_add(1, Ordering::Relaxed);
        let text = format!("{nanoseconds} {} {count}", std::process::id());
        JobId(blake3::hash(text.as_bytes()).to_hex()[..16].to_owned())
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.end();
    }
}

struct Start {
    home: PathBuf,
    workers: usize,
    listen: Option<String>,
    cores: Option<u32>,
    memory_bytes: u64,
    cache_bytes_max: u64,
    share: bool,
    quic: bool,
    ask_before_sending: AskBeforeSending,
    record_outgoing: Option<PathBuf>,
    application: String,
    inbox: Arc<EventInbox>,
}

fn launch(start: Start) -> Result<Doors, EngineError> {
    let told = |error: &dyn std::fmt::Display| EngineError::Start(error.to_string());
    let study = StudyActor::launch(start.inbox.clone());
    let (compute, gauges) = ComputeActor::launch(ComputeOptions {
        workers: start.workers,
        cache_bytes_max: start.cache_bytes_max,
        inbox: start.inbox.clone(),
    })
    .map_err(|error| told(&error))?;
    MeterActor::launch(gauges, start.inbox.clone());
    let models = ModelsActor::launch(ModelsOptions {
        home: start.home.clone(),
        inbox: start.inbox.clone(),
        // A slice on its own has no neighbours to tell its thickness by, and 2-D models need none.
        block: Arc::new(|frame| actor_compute::pixel_block(frame, None)),
    })
    .map_err(|error| told(&error))?;
    let doors = ModelDoors {
        watch: models.clone().recipient(),
        read: models.clone().recipient(),
        keep: models.clone().recipient(),
    };
    let mesh = MeshActor::start_with_models(
        MeshOptions {
            home: start.home.clone(),
            listen: start.listen,
            capacity: start
                .cores
                .unwrap_or_else(|| u32::try_from(start.workers).unwrap_or(1)),
            memory_bytes: start.memory_bytes,
            numeric_class: kernel_tasks::numeric_class(),
            share: start.share,
            blob_bytes_max: start.memory_bytes,
            quic: start.quic,
            ask_before_sending: start.ask_before_sending,
            record_outgoing: start.record_outgoing,
        },
        compute.clone().recipient(),
        Some(doors),
        start.inbox.clone(),
    );
    let mesh = match mesh {
        Ok(mesh) => Some(mesh),
        Err(error) => {
            let text = format!("Sharing is not possible: {error}");
            start
                .inbox
                .push(Event::Notice(Notice::new(Severity::Error, text)));
            None
        }
    };
    let labor = LaborActor::new(LaborOptions {
        prepare: compute.clone().recipient(),
        execute: compute.clone().recipient(),
        mesh: mesh.clone().map(|mesh| MeshDoors {
            list: mesh.clone().recipient(),
            offer: mesh.clone().recipient(),
            send: mesh.clone().recipient(),
            close: mesh.clone().recipient(),
            distrust: mesh.recipient(),
        }),
        inbox: start.inbox,
        home: start.home,
        application: start.application,
        // Twice the workers keeps every worker busy while answers travel.
        local_window: start.workers * 2,
        blob_bytes_max: start.memory_bytes,
    })
    .map_err(|error| told(&error))?
    .start();
    Ok(Doors {
        system: System::current(),
        study,
        compute,
        labor,
        models,
        mesh,
    })
}

fn offer<A, M>(to: &Addr<A>, message: M) -> Result<(), EngineError>
where
    A: Actor + Handler<M>,
    A::Context: ToEnvelope<A, M>,
    M: Message + Send + 'static,
    M::Result: Send,
{
    to.try_send(message).map_err(|error| match error {
        SendError::Full(_) => EngineError::Busy,
        SendError::Closed(_) => EngineError::Stopped,
    })
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}
