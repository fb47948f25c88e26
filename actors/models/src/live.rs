//! Models on the image on screen: the newest request of a viewport first, then the images likely wanted next, while nothing newer waits.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

use actor_messages::{
    Event, EventInbox, Generation, LiveLatency, LiveResult, ViewportId, model_path,
};
use kernel_imaging::FrameReference;
use kernel_tasks::{Digest, PixelBlock, TaskError, TaskOutput, model_on_slice};

use crate::cache::{Cache, Key};
use crate::latency::{Latency, microseconds};

/// Bytes of results that are kept for scrolling.
const CACHE_BYTES_MAX: u64 = 256 << 20;
/// Viewports that may ask at once; a further one is not served.
const VIEWPORTS_MAX: usize = 64;
/// Images ahead that are remembered for a viewport.
const AHEAD_MAX: usize = 32;
/// Packages kept in memory.
const PACKAGES_MAX: usize = 4;

/// Decodes a frame into the block that a model reads, or says why not.
pub type BlockOfFrame = Arc<dyn Fn(&FrameReference) -> Result<PixelBlock, String> + Send + Sync>;

/// A wish of a viewport.
#[derive(Clone, Debug)]
pub struct LiveWish {
    /// Which viewport asks.
    pub viewport: ViewportId,
    /// The newest wins.
    pub generation: Generation,
    /// The model.
    pub model: Digest,
    /// The image on screen.
    pub frame: FrameReference,
    /// Images likely wanted next, nearest first.
    pub read_ahead: Vec<FrameReference>,
}

/// The thread that runs models on the screen's images. Dropping this ends it.
pub struct Live {
    queue: Arc<Queue>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Queue {
    waiting: Mutex<Waiting>,
    arrived: Condvar,
}

#[derive(Default)]
struct Waiting {
    /// At most one a viewport: a newer one takes the older one's place, which then never runs.
    wanted: BTreeMap<ViewportId, (LiveWish, Instant)>,
    /// Images ahead of the last wish.
    ahead: VecDeque<(Digest, FrameReference)>,
    closed: bool,
}

enum Next {
    Wanted(Box<LiveWish>, Instant),
    Ahead(Digest, FrameReference),
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // Each change is whole before the guard drops.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self) -> Option<Next> {
        let idle = |waiting: &mut Waiting| {
            waiting.wanted.is_empty() && waiting.ahead.is_empty() && !waiting.closed
        };
        let mut waiting = self
            .arrived
            .wait_while(self.lock(), idle)
            .unwrap_or_else(PoisonError::into_inner);
        if waiting.closed {
            return None;
        }
        if let Some((_, (wish, asked))) = waiting.wanted.pop_first() {
            return Some(Next::Wanted(Box::new(wish), asked));
        }
        let (model, frame) = waiting.ahead.pop_front()?;
        Some(Next::Ahead(model, frame))
    }

    /// Whether what runs now need not go on: something newer is wanted, or the program closes.
    fn is_overtaken(&self) -> bool {
        let waiting = self.lock();
        waiting.closed || !waiting.wanted.is_empty()
    }
}

impl Live {
    /// Starts the thread; its answers go to `inbox`.
    pub fn start(
        home: PathBuf,
        inbox: Arc<EventInbox>,
        block: BlockOfFrame,
    ) -> std::io::Result<Self> {
        let queue = Arc::<Queue>::default();
        let mut worker = Worker {
            queue: Arc::clone(&queue),
            home,
            inbox,
            block,
            cache: Cache::new(CACHE_BYTES_MAX),
            packages: VecDeque::new(),
            latency: Latency::default(),
        };
        let thread = std::thread::Builder::new()
            .name("clisonix-live".to_owned())
            .stack_size(16 << 20)
            .spawn(move || worker.serve())?;
        Ok(Self {
            queue,
            thread: Some(thread),
        })
    }

    /// Asks for a model on an image. An older wish of the viewport that has not run yet is dropped.
    pub fn ask(&self, wish: LiveWish) {
        let mut waiting = self.queue.lock();
        let newer = |(known, _): &(LiveWish, Instant)| known.generation > wish.generation;
        if waiting.wanted.get(&wish.viewport).is_some_and(newer) {
            return;
        }
        if waiting.wanted.len() >= VIEWPORTS_MAX && !waiting.wanted.contains_key(&wish.viewport) {
            return;
        }
        let model = wish.model;
        let ahead = wish.read_ahead.iter().take(AHEAD_MAX);
        waiting.ahead = ahead.map(|frame| (model, frame.clone())).collect();
        waiting.wanted.insert(wish.viewport, (wish, Instant::now()));
        drop(waiting);
        self.queue.arrived.notify_one();
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.queue.lock().closed = true;
        self.queue.arrived.notify_one();
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was told by the panic hook.
            let _ = thread.join();
        }
    }
}

struct Worker {
    queue: Arc<Queue>,
    home: PathBuf,
    inbox: Arc<EventInbox>,
    block: BlockOfFrame,
    cache: Cache,
    packages: VecDeque<(Digest, Arc<[u8]>)>,
    latency: Latency,
}

impl Worker {
    fn serve(&mut self) {
        while let Some(next) = self.queue.next() {
            match next {
                Next::Wanted(wish, asked) => self.show(*wish, asked),
                Next::Ahead(model, frame) => {
                    // What fails ahead is told when it is wanted.
                    let _ = self.result(model, &frame, &mut LiveLatency::default());
                }
            }
        }
    }

    fn show(&mut self, wish: LiveWish, asked: Instant) {
        let mut latency = LiveLatency {
            queue_us: microseconds(asked.elapsed()),
            ..LiveLatency::default()
        };
        let event = match self.result(wish.model, &wish.frame, &mut latency) {
            Ok(output) => {
                (latency.p50_us, latency.p99_us) = self.latency.record(asked.elapsed());
                Event::LiveReady(Arc::new(LiveResult {
                    viewport: wish.viewport,
                    generation: wish.generation,
                    reference: wish.frame,
                    model: wish.model,
                    output,
                    latency,
                }))
            }
            // A newer wish of some viewport stopped it; if it was another one's, this one is asked again after it.
            Err(None) => return self.again(wish, asked),
            Err(Some(reason)) => Event::LiveFailed {
                viewport: wish.viewport,
                generation: wish.generation,
                reason,
            },
        };
        self.inbox.push(event);
    }

    fn again(&self, wish: LiveWish, asked: Instant) {
        let mut waiting = self.queue.lock();
        waiting.wanted.entry(wish.viewport).or_insert((wish, asked));
    }

    /// A result from the cache, or computed; `Err(None)` where it was overtaken.
    fn result(
        &mut self,
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
        let package = self.package(model).map_err(Some)?;
        let block = (self.block)(frame).map_err(Some)?;
        latency.pre_us = microseconds(begun.elapsed());
        let begun = Instant::now();
        let queue = &self.queue;
        let output = model_on_slice(model, &package, &block, &|| queue.is_overtaken());
        let output = Arc::new(output.map_err(|error| match error {
            TaskError::Cancelled => None,
            error => Some(error.to_string()),
        })?);
        latency.run_us = microseconds(begun.elapsed());
        self.cache.insert(key, Arc::clone(&output));
        Ok(output)
    }

    fn package(&mut self, model: Digest) -> Result<Arc<[u8]>, String> {
        if let Some((_, bytes)) = self.packages.iter().find(|(known, _)| *known == model) {
            return Ok(Arc::clone(bytes));
        }
        let bytes = std::fs::read(model_path(&self.home, &model))
            .ok()
            .filter(|bytes| Digest::of(bytes) == model)
            .ok_or_else(|| {
                format!(
                    "Model {} is not in this workstation's registry",
                    model.short()
                )
            })?;
        let bytes: Arc<[u8]> = bytes.into();
        if self.packages.len() == PACKAGES_MAX {
            self.packages.pop_front();
        }
        self.packages.push_back((model, Arc::clone(&bytes)));
        Ok(bytes)
    }
}
