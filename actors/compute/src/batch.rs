//! Batch work: frames into pixel blocks, and tasks into answers, each a piece that lets the screen pass.

use std::sync::{Arc, Mutex, PoisonError};

use actor_messages::work::{
    ExecuteTask, FramePrepared, InputsPrepared, PrepareInputs, PreparedInput, Rank, TaskFinished,
};

use crate::block::{pixel_block, stored_bytes};
use crate::deliver::deliver;
use crate::pool::{Lane, PoolHandle, Work};

/// Executes one task and always answers.
pub fn execute(pool: &PoolHandle, wish: ExecuteTask) {
    let lane = match wish.rank {
        Rank::Own => Lane::Own,
        Rank::Peer => Lane::Peer,
    };
    let answer = |wish: &ExecuteTask, output: Result<Arc<[u8]>, String>| {
        deliver(
            &wish.reply,
            TaskFinished {
                job: wish.job.clone(),
                id: wish.id,
                peer: String::new(),
                output,
            },
        );
    };
    let (panicking, refused) = (wish.clone(), wish.clone());
    let work = Work {
        run: Box::new(move || {
            let cancelled = || wish.cancelled.is_cancelled();
            let output = kernel_tasks::execute(&wish.task, &wish.blobs, &cancelled)
                .map(Arc::from)
                .map_err(|error| error.to_string());
            answer(&wish, output);
        }),
        panicked: Box::new(move |said| {
            answer(
                &panicking,
                Err(format!("The operation failed inside: {said}")),
            );
        }),
    };
    if let Err(full) = pool.submit(lane, work) {
        // The refusal must not wait for the asker's mailbox on the actor's own thread.
        aside(move || answer(&refused, Err(full.to_string())));
    }
}

/// Does something short on a thread of its own.
fn aside(work: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().name("clisonix-aside".to_owned());
    // A system without room for one more thread has no room for any job either.
    let _ = thread.spawn(work);
}

/// Decodes the frames of a job one piece at a time, `workers` at once; answers when the last is done.
pub fn prepare(pool: &PoolHandle, workers: usize, wish: PrepareInputs) {
    let run = Arc::new(Preparation {
        state: Mutex::new(State {
            next: 0,
            running: 0,
            inputs: vec![None; wish.frames.len()],
            prepared: 0,
            failed: None,
            answered: false,
        }),
        pool: pool.clone(),
        wish,
    });
    if run.wish.frames.is_empty() {
        run.finish_if_over();
        return;
    }
    for _ in 0..workers.min(run.wish.frames.len()) {
        step(run.clone());
    }
}

struct Preparation {
    wish: PrepareInputs,
    pool: PoolHandle,
    state: Mutex<State>,
}

struct State {
    next: usize,
    running: usize,
    inputs: Vec<Option<PreparedInput>>,
    prepared: usize,
    failed: Option<String>,
    answered: bool,
}

fn step(run: Arc<Preparation>) {
    let slice = {
        let mut state = run.lock();
        if state.next == run.wish.frames.len() || state.failed.is_some() {
            drop(state);
            run.finish_if_over();
            return;
        }
        state.running += 1;
        state.next += 1;
        state.next - 1
    };
    let (working, panicking, refused) = (run.clone(), run.clone(), run.clone());
    let work = Work {
        run: Box::new(move || {
            let made = working.make(slice);
            working.done(slice, made);
            step(working);
        }),
        panicked: Box::new(move |said| {
            panicking.done(slice, Err(format!("The decoder failed: {said}")));
            panicking.finish_if_over();
        }),
    };
    if let Err(full) = run.pool.submit(Lane::Own, work) {
        aside(move || {
            refused.done(slice, Err(full.to_string()));
            refused.finish_if_over();
        });
    }
}

impl Preparation {
    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        // Decoding happens outside the lock; under it only counters move.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn make(&self, slice: usize) -> Result<PreparedInput, String> {
        if self.wish.cancelled.is_cancelled() {
            return Err("Cancelled".to_owned());
        }
        let reference = &self.wish.frames[slice];
        let block = pixel_block(reference, self.wish.slice_mm)
            .map_err(|reason| format!("Image {}: {reason}", slice + 1))?;
        let bytes = block
            .encode()
            .map_err(|error| format!("Image {}: {error}", slice + 1))?;
        let length = bytes.len() as u64;
        let digest = self
            .wish
            .blobs
            .insert(bytes)
            .map_err(|error| error.to_string())?;
        Ok(PreparedInput {
            digest,
            rows: block.rows as usize,
            columns: block.columns as usize,
            bytes: length,
            stored_bytes: stored_bytes(&block),
            path: reference.instance.path.clone(),
            frame: reference.frame,
            slice_mm: self.wish.slice_mm,
        })
    }

    fn done(&self, slice: usize, made: Result<PreparedInput, String>) {
        let prepared = {
            let mut state = self.lock();
            state.running -= 1;
            match made {
                Ok(input) => {
                    state.inputs[slice] = Some(input);
                    state.prepared += 1;
                }
                // The lowest failing slice is not always met first: one sentence is enough.
                Err(reason) => state.failed = state.failed.take().or(Some(reason)),
            }
            state.prepared
        };
        // Progress that finds no room is overtaken by the next.
        let _ = self.wish.progress.try_send(FramePrepared {
            job: self.wish.job.clone(),
            prepared,
        });
    }

    fn finish_if_over(&self) {
        let inputs = {
            let mut state = self.lock();
            let over = state.failed.is_some() || state.prepared == state.inputs.len();
            if state.running > 0 || state.answered || !over {
                return;
            }
            state.answered = true;
            match state.failed.take() {
                Some(reason) => Err(reason),
                None => Ok(state.inputs.drain(..).flatten().collect()),
            }
        };
        deliver(
            &self.wish.reply,
            InputsPrepared {
                job: self.wish.job.clone(),
                inputs,
            },
        );
    }
}
