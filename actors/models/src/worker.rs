//! The thread's own part of live models: one result after the other, from the cache or computed.

use std::sync::Arc;
use std::time::Instant;

use actor_messages::{Event, EventInbox, LiveLatency, LiveResult, ViewportId};
use kernel_imaging::FrameReference;
use kernel_tasks::{Digest, TaskError, TaskOutput, model_on_slice};

use crate::cache::{Cache, Key};
use crate::latency::{Latency, microseconds};
use crate::live::{BlockOfFrame, LiveWish, Next, Queue};
use crate::packages::Packages;

/// Bytes of results that are kept for scrolling.
const CACHE_BYTES_MAX: u64 = 256 << 20;

/// What the thread holds.
pub(crate) struct Worker {
    queue: Arc<Queue>,
    packages: Arc<Packages>,
    inbox: Arc<EventInbox>,
    block: BlockOfFrame,
    cache: Cache,
    latency: Latency,
}

impl Worker {
    pub(crate) fn new(
        queue: Arc<Queue>,
        packages: Arc<Packages>,
        inbox: Arc<EventInbox>,
        block: BlockOfFrame,
    ) -> Self {
        Self {
            queue,
            packages,
            inbox,
            block,
            cache: Cache::new(CACHE_BYTES_MAX),
            latency: Latency::default(),
        }
    }

    /// Works until the program closes.
    pub(crate) fn serve(&mut self) {
        while let Some(next) = self.queue.next() {
            match next {
                Next::Wanted(wish, asked, serving) => self.show(*wish, asked, serving),
                Next::Ahead(frame, serving) => {
                    // What fails ahead is told when it is wanted.
                    let _ = self.result(None, serving, &frame, &mut LiveLatency::default());
                }
            }
        }
    }

    fn show(&mut self, wish: LiveWish, asked: Instant, serving: Digest) {
        let mut latency = LiveLatency {
            queue_us: microseconds(asked.elapsed()),
            ..LiveLatency::default()
        };
        let event = match self.result(Some(wish.viewport), serving, &wish.frame, &mut latency) {
            Ok(output) => {
                (latency.p50_us, latency.p99_us) = self.latency.record(asked.elapsed());
                Event::LiveReady(Arc::new(LiveResult {
                    viewport: wish.viewport,
                    generation: wish.generation,
                    reference: wish.frame,
                    asked: wish.model,
                    model: serving,
                    output,
                    latency,
                }))
            }
            // The viewport wants something newer.
            Err(None) => return,
            Err(Some(reason)) => Event::LiveFailed {
                viewport: wish.viewport,
                generation: wish.generation,
                reason,
            },
        };
        self.inbox.push(event);
    }

    /// A result from the cache, or computed; `Err(None)` where it was overtaken.
    fn result(
        &mut self,
        runs_for: Option<ViewportId>,
        model: Digest,
        frame: &FrameReference,
        latency: &mut LiveLatency,
    ) -> Result<Arc<TaskOutput>, Option<String>> {
        let key = Key::new(model, frame);
        if let Some(known) = self.cache.get(&key) {
            latency.cached = true;
            return Ok(known);
        }
        let begun = Instant::now();
        let package = self.packages.get(model).map_err(Some)?;
        let block = Arc::new((self.block)(frame).map_err(Some)?);
        self.queue.lock().last_block = Some(Arc::clone(&block));
        latency.pre_us = microseconds(begun.elapsed());
        let begun = Instant::now();
        let queue = &self.queue;
        let output = model_on_slice(model, &package, &block, &|| queue.is_overtaken(runs_for));
        let output = Arc::new(output.map_err(|error| match error {
            TaskError::Cancelled => None,
            error => Some(error.to_string()),
        })?);
        latency.run_us = microseconds(begun.elapsed());
        self.cache.insert(key, Arc::clone(&output));
        Ok(output)
    }
}
