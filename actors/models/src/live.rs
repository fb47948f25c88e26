//! Models on the image on screen: the newest request of a viewport first, then the images likely wanted next, while nothing newer waits.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use actor_messages::{CanaryFigures, EventInbox, Generation, ViewportId};
use kernel_imaging::FrameReference;
use kernel_tasks::{Digest, PixelBlock, TaskOutput};

use crate::cache::{Cache, SharedCache};
use crate::canary::Canary;
use crate::deadlines::Deadlines;
use crate::packages::Packages;
use crate::routes::Routes;
use crate::warming::{Switch, Warming};
use crate::worker::Worker;

/// Bytes of results that are kept for scrolling.
const CACHE_BYTES_MAX: u64 = 256 << 20;
/// Viewports that may ask at once; a further one is not served.
const VIEWPORTS_MAX: usize = 64;
/// Images ahead that are remembered for a viewport.
const AHEAD_MAX: usize = 32;

/// Comparisons that wait; a further one takes the place of the oldest.
const COMPARISONS_MAX: usize = 16;
/// Trials at a time.
const TRIALS_MAX: usize = 16;

/// Decodes a frame into the block that a model reads, or says why not.
pub type BlockOfFrame = Arc<dyn Fn(&FrameReference) -> Result<PixelBlock, String> + Send + Sync>;

/// A wish of a viewport.
#[derive(Clone, Debug)]
pub struct LiveWish {
    /// Which viewport asks.
    pub viewport: ViewportId,
    /// The newest wins.
    pub generation: Generation,
    /// The model, or whichever version answers for it then.
    pub model: Digest,
    /// The image on screen.
    pub frame: FrameReference,
    /// Images likely wanted next, nearest first.
    pub read_ahead: Vec<FrameReference>,
    /// How long the asker waits before the answer for a near image will do, marked as such; none for ever.
    pub deadline: Option<Duration>,
    /// Images near this one, nearest first.
    pub near: Vec<FrameReference>,
}

/// The thread that runs models on the screen's images. Dropping this ends it.
pub struct Live {
    queue: Arc<Queue>,
    thread: Option<JoinHandle<()>>,
    warming: Warming,
    deadlines: Deadlines,
}

/// What waits for the thread, and who answers.
#[derive(Default)]
pub(crate) struct Queue {
    waiting: Mutex<Waiting>,
    arrived: Condvar,
}

#[derive(Default)]
pub(crate) struct Waiting {
    /// Versions that answer for others.
    pub(crate) routes: Routes,
    /// The last image that a model ran on: a new version is tried on it before it answers.
    pub(crate) last_block: Option<Arc<PixelBlock>>,
    /// At most one a viewport: a newer one takes the older one's place, which then never runs.
    wanted: BTreeMap<ViewportId, (LiveWish, Instant)>,
    /// Versions that are tried, by the one that answers; and what both are still to run on, oldest first.
    canaries: BTreeMap<Digest, Canary>,
    comparisons: VecDeque<Comparison>,
    /// Images ahead of the last wish.
    ahead: VecDeque<(Digest, FrameReference)>,
    pub(crate) closed: bool,
}

/// What is done next, with the version that does it: chosen when it begins, and kept to its end.
pub(crate) enum Next {
    /// A wish, and when it was told.
    Wanted(Box<LiveWish>, Instant, Digest),
    /// An answer that a version on trial is compared with.
    Compare(Comparison),
    /// An image ahead.
    Ahead(FrameReference, Digest),
}

/// An answer that was given, and the version that is to run on the same image.
pub(crate) struct Comparison {
    pub from: Digest,
    pub to: Digest,
    pub frame: FrameReference,
    pub answer: Arc<TaskOutput>,
    /// Microseconds of its run; none where it was there already.
    pub run_us: Option<u64>,
}

impl Queue {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Waiting> {
        // Each change is whole before the guard drops.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for something to do; none when the program closes.
    pub(crate) fn next(&self) -> Option<Next> {
        let idle = |waiting: &mut Waiting| {
            waiting.wanted.is_empty()
                && waiting.comparisons.is_empty()
                && waiting.ahead.is_empty()
                && !waiting.closed
        };
        let mut waiting = self
            .arrived
            .wait_while(self.lock(), idle)
            .unwrap_or_else(PoisonError::into_inner);
        if waiting.closed {
            return None;
        }
        // Whoever waits longest comes first, so that no viewport keeps another from its answer.
        let longest = waiting.wanted.iter().min_by_key(|(_, (_, asked))| *asked);
        let viewport = longest.map(|(viewport, _)| *viewport);
        if let Some((wish, asked)) = viewport.and_then(|viewport| waiting.wanted.remove(&viewport))
        {
            let serving = waiting.routes.serving(wish.model);
            return Some(Next::Wanted(Box::new(wish), asked, serving));
        }
        if let Some(comparison) = waiting.comparisons.pop_front() {
            return Some(Next::Compare(comparison));
        }
        let (model, frame) = waiting.ahead.pop_front()?;
        let serving = waiting.routes.serving(model);
        Some(Next::Ahead(frame, serving))
    }

    /// Whether what runs now need not go on: for a viewport, when it has a newer wish; for nobody, when anything is wanted.
    pub(crate) fn is_overtaken(&self, runs_for: Option<ViewportId>) -> bool {
        let waiting = self.lock();
        let newer = match &runs_for {
            Some(viewport) => waiting.wanted.contains_key(viewport),
            None => !waiting.wanted.is_empty(),
        };
        waiting.closed || newer
    }
}

impl Waiting {
    pub(crate) fn begin_trial(&mut self, from: Digest, to: Digest, percent: u32) -> CanaryFigures {
        self.end_trial(from);
        if self.canaries.len() == TRIALS_MAX {
            self.canaries.pop_first();
        }
        let canary = Canary::new(from, to, percent);
        let figures = canary.figures();
        self.canaries.insert(from, canary);
        figures
    }

    pub(crate) fn end_trial(&mut self, from: Digest) {
        self.canaries.remove(&from);
        self.comparisons
            .retain(|comparison| comparison.from != from);
    }

    /// Counts an answered request, and has a version on trial run on it where it is one of its share.
    pub(crate) fn answered(
        &mut self,
        by: Digest,
        frame: &FrameReference,
        answer: &Arc<TaskOutput>,
        run_us: Option<u64>,
    ) {
        let Some(canary) = self.canaries.get_mut(&by) else {
            return;
        };
        if !canary.takes() {
            return;
        }
        let comparison = Comparison {
            from: by,
            to: canary.to(),
            frame: frame.clone(),
            answer: Arc::clone(answer),
            run_us,
        };
        self.comparisons.push_back(comparison);
        if self.comparisons.len() > COMPARISONS_MAX
            && let Some(oldest) = self.comparisons.pop_front()
            && let Some(canary) = self.canaries.get_mut(&oldest.from)
        {
            canary.skip();
        }
    }

    /// The trial that a comparison belongs to, if it goes on.
    pub(crate) fn trial(&mut self, comparison: &Comparison) -> Option<&mut Canary> {
        let canary = self.canaries.get_mut(&comparison.from);
        canary.filter(|canary| canary.to() == comparison.to)
    }

    /// A comparison that was stopped by a wish is made after it.
    pub(crate) fn compare_again(&mut self, comparison: Comparison) {
        if self.trial(&comparison).is_some() && self.comparisons.len() < COMPARISONS_MAX {
            self.comparisons.push_front(comparison);
        }
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
        let packages = Arc::new(Packages::new(&home));
        let warming = Warming::start(
            Arc::clone(&queue),
            Arc::clone(&packages),
            Arc::clone(&inbox),
        )?;
        let cache = SharedCache::new(Mutex::new(Cache::new(CACHE_BYTES_MAX)));
        let deadlines = Deadlines::start(Arc::clone(&cache), Arc::clone(&inbox))?;
        let watch = Arc::clone(deadlines.watch());
        let mut worker = Worker::new(Arc::clone(&queue), packages, inbox, block, cache, watch);
        let thread = std::thread::Builder::new()
            .name("clisonix-live".to_owned())
            .stack_size(16 << 20)
            .spawn(move || worker.serve())?;
        Ok(Self {
            queue,
            thread: Some(thread),
            warming,
            deadlines,
        })
    }

    /// Makes `to` ready beside `from`, which answers meanwhile; then `to` answers wherever `from` did, and what `from` has begun it
    /// ends. From a version to itself: it answers for itself again, at once. False where too many wait.
    pub fn switch(&self, from: Digest, to: Digest) -> bool {
        if from == to {
            self.queue.lock().routes.switch(from, to);
            return true;
        }
        self.warming.ask(Switch {
            from,
            to,
            tried_percent: None,
        })
    }

    /// Makes `to` ready and has it run, beside `from`, on this share of the requests to `from`, after each was answered; with 0 ends
    /// that. False where too many wait.
    pub fn try_beside(&self, from: Digest, to: Digest, percent: u32) -> bool {
        if percent > 0 {
            return self.warming.ask(Switch {
                from,
                to,
                tried_percent: Some(percent.min(100)),
            });
        }
        self.queue.lock().end_trial(from);
        true
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
        let asked = Instant::now();
        // Before the thread can take it: its answer ends the deadline.
        let serving = waiting.routes.serving(wish.model);
        self.deadlines.watch().begin(&wish, serving, asked);
        waiting.wanted.insert(wish.viewport, (wish, asked));
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
