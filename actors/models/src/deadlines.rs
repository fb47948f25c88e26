//! What is told when an answer does not come in time: the nearest image's that is there, and it says of which image it is.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

use actor_messages::{Event, EventInbox, Generation, LiveLatency, LiveResult, ViewportId};
use kernel_tasks::Digest;

use crate::cache::{Key, SharedCache};
use crate::latency::microseconds;
use crate::live::LiveWish;

/// The thread that waits for deadlines. Dropping this ends it.
pub(crate) struct Deadlines {
    watch: Arc<Watch>,
    thread: Option<JoinHandle<()>>,
}

/// Wishes that have a deadline.
#[derive(Default)]
pub(crate) struct Watch {
    due: Mutex<Due>,
    changed: Condvar,
}

#[derive(Default)]
struct Due {
    /// At most one a viewport: its newest.
    wishes: BTreeMap<ViewportId, Wish>,
    closed: bool,
}

struct Wish {
    wish: LiveWish,
    /// The version that answers.
    serving: Digest,
    asked: Instant,
    at: Instant,
}

impl Watch {
    /// Waits for the deadline of a wish, if it has one, and for no older one of its viewport.
    pub(crate) fn begin(&self, wish: &LiveWish, serving: Digest, asked: Instant) {
        let mut due = self.lock();
        due.wishes.remove(&wish.viewport);
        let at = wish.deadline.and_then(|within| asked.checked_add(within));
        if let Some(at) = at.filter(|_| !wish.near.is_empty()) {
            let wish = wish.clone();
            let viewport = wish.viewport;
            let begun = Wish {
                wish,
                serving,
                asked,
                at,
            };
            due.wishes.insert(viewport, begun);
            drop(due);
            self.changed.notify_one();
        }
    }

    /// A wish is about to be answered: what is told late comes before its answer or not at all.
    pub(crate) fn end(&self, viewport: ViewportId, generation: Generation) {
        let mut due = self.lock();
        let of_it = |begun: &Wish| begun.wish.generation == generation;
        if due.wishes.get(&viewport).is_some_and(of_it) {
            due.wishes.remove(&viewport);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Due> {
        // Each change is whole before the guard drops.
        self.due.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Deadlines {
    pub(crate) fn start(cache: SharedCache, inbox: Arc<EventInbox>) -> std::io::Result<Self> {
        let watch = Arc::<Watch>::default();
        let watched = Arc::clone(&watch);
        let thread = std::thread::Builder::new()
            .name("clisonix-deadlines".to_owned())
            .spawn(move || serve(&watched, &cache, &inbox))?;
        Ok(Self {
            watch,
            thread: Some(thread),
        })
    }

    /// Where deadlines are told.
    pub(crate) fn watch(&self) -> &Arc<Watch> {
        &self.watch
    }
}

impl Drop for Deadlines {
    fn drop(&mut self) {
        self.watch.lock().closed = true;
        self.watch.changed.notify_one();
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was told by the panic hook.
            let _ = thread.join();
        }
    }
}

fn serve(watch: &Watch, cache: &SharedCache, inbox: &EventInbox) {
    let mut due = watch.lock();
    while !due.closed {
        let wishes = due.wishes.iter();
        let next = wishes.map(|(viewport, begun)| (begun.at, *viewport));
        let Some((at, viewport)) = next.min() else {
            due = watch
                .changed
                .wait(due)
                .unwrap_or_else(PoisonError::into_inner);
            continue;
        };
        let left = at.saturating_duration_since(Instant::now());
        if !left.is_zero() {
            let waited = watch.changed.wait_timeout(due, left);
            due = waited.unwrap_or_else(PoisonError::into_inner).0;
            continue;
        }
        if let Some(begun) = due.wishes.remove(&viewport)
            && let Some(late) = nearest(cache, begun)
        {
            // Told while the lock is held, so that it never follows the answer itself.
            inbox.push(Event::LiveLate(Arc::new(late)));
        }
    }
}

/// The answer for the nearest image that has one.
fn nearest(cache: &SharedCache, begun: Wish) -> Option<LiveResult> {
    let Wish {
        wish,
        serving,
        asked,
        ..
    } = begun;
    let mut cache = cache.lock().unwrap_or_else(PoisonError::into_inner);
    let (reference, output) = wish.near.iter().find_map(|frame| {
        let known = cache.get(&Key::new(serving, frame))?;
        Some((frame.clone(), known))
    })?;
    Some(LiveResult {
        viewport: wish.viewport,
        generation: wish.generation,
        reference,
        asked: wish.model,
        model: serving,
        output,
        latency: LiveLatency {
            queue_us: microseconds(asked.elapsed()),
            cached: true,
            ..LiveLatency::default()
        },
    })
}
