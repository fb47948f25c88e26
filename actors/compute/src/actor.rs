//! The actor's door: screen wishes, task wishes, gauges.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use actix::{Actor, Addr, Context, Handler};
use actor_messages::work::{Ask, ExecuteTask, PrepareInputs};
use actor_messages::{Command, EventInbox};

use crate::batch;
use crate::cache::FrameCache;
use crate::latency::Latency;
use crate::planes::Building;
use crate::pool::{Pool, PoolHandle};
use crate::screen::Screen;

/// Messages waiting for the compute actor at most.
pub const COMPUTE_MAILBOX_MAX: usize = 4_096;

/// What the actor is given at its start.
pub struct ComputeOptions {
    /// Threads that execute tasks; one more serves the screen alone.
    pub workers: usize,
    /// Bound of the frame cache, bytes.
    pub cache_bytes_max: u64,
    /// Where events go.
    pub inbox: Arc<EventInbox>,
}

/// Decodes and executes.
pub struct ComputeActor {
    pool: Pool,
    screen: Screen,
    building: Building,
}

/// Readings that need no message.
#[derive(Clone)]
pub struct ComputeGauges {
    cache: Arc<FrameCache>,
    latency: Arc<Latency>,
    pool: PoolHandle,
}

impl ComputeGauges {
    /// Decoded frames held, and the bound, bytes.
    pub fn cache_bytes(&self) -> (u64, u64) {
        (self.cache.bytes(), self.cache.bytes_max())
    }

    /// Screen requests from command to event: median and 99th percentile, microseconds.
    pub fn screen_latency_us(&self) -> (u64, u64) {
        self.latency.p50_p99_us()
    }

    /// Work waiting.
    pub fn queued(&self) -> usize {
        self.pool.waiting()
    }
}

impl ComputeActor {
    /// Starts the pool and the actor on the current arbiter.
    pub fn launch(options: ComputeOptions) -> std::io::Result<(Addr<Self>, ComputeGauges)> {
        let pool = Pool::start(options.workers)?;
        let cache = Arc::new(FrameCache::new(options.cache_bytes_max));
        let latency = Arc::new(Latency::default());
        let screen = Screen {
            pool: pool.handle(),
            cache: cache.clone(),
            latency: latency.clone(),
            inbox: options.inbox,
            newest: Arc::new(Mutex::new(BTreeMap::new())),
            known: Default::default(),
        };
        let gauges = ComputeGauges {
            cache,
            latency,
            pool: pool.handle(),
        };
        let building = Building::default();
        let actor = Self {
            pool,
            screen,
            building,
        };
        Ok((actor.start(), gauges))
    }
}

impl Actor for ComputeActor {
    type Context = Context<Self>;

    fn started(&mut self, context: &mut Self::Context) {
        context.set_mailbox_capacity(COMPUTE_MAILBOX_MAX);
    }
}

impl Handler<Ask> for ComputeActor {
    type Result = ();

    fn handle(&mut self, Ask(command): Ask, _: &mut Self::Context) {
        match command {
            Command::ShowFrame {
                viewport,
                generation,
                frame,
                read_ahead,
            } => {
                self.screen.show(viewport, generation, frame, read_ahead);
            }
            Command::Thumbnail { series_key, frame } => self.screen.thumbnail(series_key, frame),
            Command::ReadLayers {
                viewport,
                generation,
                frame,
                slice_mm,
                objects,
            } => {
                self.screen
                    .layers(viewport, generation, frame, slice_mm, objects);
            }
            Command::BuildVolume { request, frames } => {
                self.building.start(&self.screen, request, frames);
            }
            Command::CancelVolume(request) => self.building.cancel(request),
            Command::ShowPlane {
                viewport,
                generation,
                volume,
                plane,
                slab,
                reference,
            } => {
                self.screen
                    .plane(viewport, generation, volume, plane, slab, reference);
            }
            Command::ShowSolid {
                viewport,
                generation,
                volume,
                camera,
                rendering,
                reference,
            } => {
                self.screen
                    .solid(viewport, generation, volume, camera, rendering, reference);
            }
            // The engine sends other commands elsewhere.
            _ => {}
        }
    }
}

impl Handler<ExecuteTask> for ComputeActor {
    type Result = ();

    fn handle(&mut self, wish: ExecuteTask, _: &mut Self::Context) {
        batch::execute(&self.pool.handle(), wish);
    }
}

impl Handler<PrepareInputs> for ComputeActor {
    type Result = ();

    fn handle(&mut self, wish: PrepareInputs, _: &mut Self::Context) {
        batch::prepare(&self.pool.handle(), self.pool.workers(), wish);
    }
}
