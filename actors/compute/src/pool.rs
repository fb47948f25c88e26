//! The worker pool: four lanes by urgency, one worker kept for the screen, and the one place where a panic is caught.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// Work waiting in one lane at most; a full lane refuses.
pub const LANE_WAITING_MAX: usize = 16_384;

/// How urgent a piece of work is; the order of the variants is the order of service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// Somebody looks at the screen and waits.
    Screen,
    /// Tasks of this machine's user.
    Own,
    /// Tasks of paired workstations.
    Peer,
    /// Frames likely wanted soon, small pictures.
    Ahead,
}

const LANES: usize = 4;

/// A piece of work and what to say when it panics.
pub struct Work {
    /// Does it and delivers its answer.
    pub run: Box<dyn FnOnce() + Send>,
    /// Delivers a sentence instead, when `run` panicked before its own answer.
    pub panicked: Box<dyn FnOnce(String) + Send>,
}

/// Why work was not taken.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum NotTaken {
    /// The lane is full.
    #[error("The machine is busy: {LANE_WAITING_MAX} pieces of work are waiting already")]
    Full,
    /// The program is closing.
    #[error("Clisonix is closing")]
    Closing,
}

/// Worker threads. Dropping the pool drops waiting work; a worker ends when its running work does.
pub struct Pool {
    shared: Arc<Shared>,
    workers: usize,
}

/// A handle by which work can add further work without keeping the pool alive.
#[derive(Clone)]
pub struct PoolHandle(Arc<Shared>);

struct Shared {
    queues: Mutex<Queues>,
    arrived: Condvar,
}

#[derive(Default)]
struct Queues {
    lanes: [VecDeque<Work>; LANES],
    closing: bool,
}

/// The lanes that a worker serves, most urgent first.
const SCREEN_WORKER: &[Lane] = &[Lane::Screen, Lane::Ahead];
const BATCH_WORKER: &[Lane] = &[Lane::Screen, Lane::Own, Lane::Peer, Lane::Ahead];

impl Pool {
    /// Starts `workers` threads for everything and one for the screen alone.
    pub fn start(workers: usize) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            queues: Mutex::default(),
            arrived: Condvar::new(),
        });
        let workers = workers.max(1);
        let pool = Self {
            shared: shared.clone(),
            workers,
        };
        for number in 0..=workers {
            let serves = if number == 0 {
                SCREEN_WORKER
            } else {
                BATCH_WORKER
            };
            let shared = shared.clone();
            std::thread::Builder::new()
                .name(format!("clisonix-work-{number}"))
                .stack_size(16 << 20)
                .spawn(move || work(&shared, serves))?;
        }
        Ok(pool)
    }

    /// For work that adds work.
    pub fn handle(&self) -> PoolHandle {
        PoolHandle(self.shared.clone())
    }

    /// Threads that execute tasks.
    pub fn workers(&self) -> usize {
        self.workers
    }
}

impl PoolHandle {
    /// Queues a piece of work at the end of its lane.
    pub fn submit(&self, lane: Lane, work: Work) -> Result<(), NotTaken> {
        {
            let mut queues = self.0.lock();
            if queues.closing {
                return Err(NotTaken::Closing);
            }
            let waiting = &mut queues.lanes[lane as usize];
            if waiting.len() == LANE_WAITING_MAX {
                return Err(NotTaken::Full);
            }
            waiting.push_back(work);
        }
        self.0.arrived.notify_all();
        Ok(())
    }

    /// Work waiting in all lanes.
    pub fn waiting(&self) -> usize {
        self.0.lock().lanes.iter().map(VecDeque::len).sum()
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        let dropped = {
            let mut queues = self.shared.lock();
            queues.closing = true;
            std::mem::take(&mut queues.lanes)
        };
        // Not under the lock: what work holds may end other things.
        drop(dropped);
        self.shared.arrived.notify_all();
        // Nobody joins the workers: closing the window must not wait for a long operation to end.
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queues> {
        // No work runs under the lock, so it is never poisoned half-way through a change.
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self, serves: &[Lane]) -> Option<Work> {
        let mut queues = self.lock();
        loop {
            if queues.closing {
                return None;
            }
            for &lane in serves {
                if let Some(work) = queues.lanes[lane as usize].pop_front() {
                    return Some(work);
                }
            }
            queues = self
                .arrived
                .wait(queues)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

fn work(shared: &Shared, serves: &[Lane]) {
    // Kernels use rayon; inside a worker they stay on its own thread, so that batch work cannot
    // take the threads that the window draws with. Their bits do not depend on it.
    let _one_thread = rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .use_current_thread()
        .build();
    while let Some(Work { run, panicked }) = shared.next(serves) {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(run)) {
            let said = panic
                .downcast_ref::<&str>()
                .map(|text| (*text).to_owned())
                .or_else(|| panic.downcast_ref::<String>().cloned())
                .unwrap_or_else(|| "no reason given".to_owned());
            // Telling may meet a closed channel but must not end the worker either.
            let _ = catch_unwind(AssertUnwindSafe(|| panicked(said)));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    fn quiet(run: impl FnOnce() + Send + 'static) -> Work {
        Work {
            run: Box::new(run),
            panicked: Box::new(|_| {}),
        }
    }

    #[test]
    fn a_panicking_kernel_is_told_and_the_pool_works_on() {
        let pool = Pool::start(1).expect("threads");
        let (told, hears) = mpsc::channel();
        for _ in 0..20 {
            let told = told.clone();
            pool.handle()
                .submit(
                    Lane::Own,
                    Work {
                        run: Box::new(|| panic!("rank 0")),
                        panicked: Box::new(move |said| told.send(said).expect("open")),
                    },
                )
                .expect("room");
        }
        let ends = told.clone();
        pool.handle()
            .submit(
                Lane::Own,
                quiet(move || ends.send("end".to_owned()).expect("open")),
            )
            .expect("room");
        let said: Vec<String> = hears.iter().take(21).collect();
        assert_eq!(said.iter().filter(|text| *text == "rank 0").count(), 20);
        assert_eq!(said.last().map(String::as_str), Some("end"));
    }

    #[test]
    fn screen_work_goes_before_batch_work() {
        let pool = Pool::start(1).expect("threads");
        let (order, seen) = mpsc::channel();
        let gates: Vec<_> = (0..2).map(|_| mpsc::channel::<()>()).collect();
        let (started, starts) = mpsc::channel();
        let mut openers = Vec::new();
        // Both workers are held, so that everything queued behind them waits: first the one that serves all lanes, since only it takes this one.
        for ((opener, gate), lane) in gates.into_iter().zip([Lane::Own, Lane::Screen]) {
            let started = started.clone();
            openers.push(opener);
            pool.handle()
                .submit(
                    lane,
                    quiet(move || {
                        started.send(()).expect("open");
                        let _ = gate.recv();
                    }),
                )
                .expect("room");
            starts.recv().expect("a worker starts");
        }
        for lane in [Lane::Ahead, Lane::Peer, Lane::Own, Lane::Screen] {
            let order = order.clone();
            pool.handle()
                .submit(lane, quiet(move || order.send(lane).expect("open")))
                .expect("room");
        }
        // Only the worker of all lanes is let go: it serves them in their order.
        drop(openers.remove(0));
        let seen: Vec<Lane> = seen.iter().take(4).collect();
        drop(openers);
        assert_eq!(seen.first(), Some(&Lane::Screen));
    }

    #[test]
    fn a_full_lane_refuses() {
        let pool = Pool::start(1).expect("threads");
        let handle = pool.handle();
        let (opener, gate) = mpsc::channel::<()>();
        let gate = Arc::new(Mutex::new(gate));
        let mut refused = false;
        for _ in 0..LANE_WAITING_MAX + 8 {
            let gate = gate.clone();
            let wait = quiet(move || {
                let _ = gate.lock().expect("whole").recv();
            });
            refused |= handle.submit(Lane::Own, wait) == Err(NotTaken::Full);
        }
        drop(opener);
        assert!(refused);
    }
}
