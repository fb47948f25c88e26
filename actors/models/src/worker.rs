//! The thread's own part of live models: one result after the other, from the cache or computed.

use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Instant;

use actor_messages::{Event, EventInbox, LiveLatency, LiveResult, ViewportId};
use kernel_imaging::FrameReference;
use kernel_tasks::{Digest, TaskError, TaskOutput, model_on_slice};

use crate::cache::{Cache, Key, SharedCache};
use crate::deadlines::Watch;
use crate::latency::{Latencies, microseconds};
use crate::live::{BlockOfFrame, Comparison, LiveWish, Next, Queue};
use crate::packages::Packages;

/// What the thread holds.
pub(crate) struct Worker {
    queue: Arc<Queue>,
    packages: Arc<Packages>,
    inbox: Arc<EventInbox>,
    block: BlockOfFrame,
    cache: SharedCache,
    deadlines: Arc<Watch>,
    latency: Latencies,
}

impl Worker {
    pub(crate) fn new(
        queue: Arc<Queue>,
        packages: Arc<Packages>,
        inbox: Arc<EventInbox>,
        block: BlockOfFrame,
        cache: SharedCache,
        deadlines: Arc<Watch>,
    ) -> Self {
        Self {
            queue,
            packages,
            inbox,
            block,
            cache,
            deadlines,
            latency: Latencies::default(),
        }
    }

    /// Works until the program closes.
    pub(crate) fn serve(&mut self) {
        while let Some(next) = self.queue.next() {
            match next {
                Next::Wanted(wish, asked, serving) => self.show(*wish, asked, serving),
                Next::Compare(comparison) => self.compare(comparison),
                Next::Ahead(frame, serving) => {
                    // What fails ahead is told when it is wanted.
                    let _ = self.result(None, serving, &frame, &mut LiveLatency::default());
                }
            }
        }
    }

    fn show(&mut self, wish: LiveWish, asked: Instant, serving: Digest) {
        let (viewport, generation) = (wish.viewport, wish.generation);
        let mut latency = LiveLatency {
            queue_us: microseconds(asked.elapsed()),
            ..LiveLatency::default()
        };
        let event = match self.result(Some(wish.viewport), serving, &wish.frame, &mut latency) {
            Ok(output) => {
                let finished = Instant::now();
                let run_us = (!latency.cached).then_some(latency.run_us);
                let mut waiting = self.queue.lock();
                waiting.answered(serving, &wish.frame, &output, run_us);
                drop(waiting);
                latency.post_us = microseconds(finished.elapsed());
                self.latency.record(asked.elapsed(), &mut latency);
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
        self.deadlines.end(viewport, generation);
        self.inbox.push(event);
    }

    /// Runs a version on trial on an image that another one answered for, and tells how alike the answers are.
    fn compare(&mut self, comparison: Comparison) {
        let mut latency = LiveLatency::default();
        let made = self.result(None, comparison.to, &comparison.frame, &mut latency);
        let mut waiting = self.queue.lock();
        let Some(canary) = waiting.trial(&comparison) else {
            return;
        };
        match made {
            Ok(output) => canary.compare(
                (&comparison.answer, comparison.run_us),
                (&output, (!latency.cached).then_some(latency.run_us)),
            ),
            Err(Some(reason)) => canary.fail(reason),
            Err(None) => return waiting.compare_again(comparison),
        }
        let figures = Arc::new(canary.figures());
        drop(waiting);
        self.inbox.push(Event::CanaryTold(Ok(figures)));
    }

    fn cache(&self) -> MutexGuard<'_, Cache> {
        // Each change is whole before the guard drops.
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
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
        if let Some(known) = self.cache().get(&key) {
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
        self.cache().insert(key, Arc::clone(&output));
        Ok(output)
    }
}
