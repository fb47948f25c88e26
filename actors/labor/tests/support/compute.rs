//! A small compute actor: blocks made by integer formulas instead of decoded frames, tasks by the real kernel.

use std::sync::{Arc, Mutex};

use actix::{Actor, ActorContext, Context, Handler, Message};
use actor_messages::work::{
    ExecuteTask, FramePrepared, InputsPrepared, PrepareInputs, PreparedInput, TaskFinished,
};
use actor_messages::{BlobStore, JobId};
use kernel_tasks::{PixelBlock, StoredSamples, TaskId, execute};

pub const ROWS: usize = 48;
pub const COLUMNS: usize = 40;

/// When the actor computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// At once.
    Nothing,
    /// Tasks wait for [`Release`]; blocks are made.
    Tasks,
    /// Each task fails with this sentence.
    Failing(&'static str),
    /// Blocks cannot be made.
    Broken(&'static str),
    /// Every answer is given twice.
    Doubled,
}

/// Ends the actor, as a panic would.
#[derive(Message, Clone, Copy)]
#[rtype(result = "()")]
pub struct Die;

/// Lets held tasks go.
#[derive(Message, Clone, Copy)]
#[rtype(result = "()")]
pub struct Release;

/// Lets so many held tasks go, the first that came first; what comes then is held.
#[derive(Message, Clone, Copy)]
#[rtype(result = "()")]
pub struct ReleaseSome(pub usize);

/// What was given to the workers, in order.
pub type Executions = Arc<Mutex<Vec<(JobId, TaskId)>>>;

pub struct Workers {
    hold: Hold,
    held: Vec<ExecuteTask>,
    executions: Executions,
}

impl Workers {
    pub fn new(hold: Hold, executions: Executions) -> Self {
        Self {
            hold,
            executions,
            held: Vec::new(),
        }
    }

    fn compute(&self, request: &ExecuteTask) {
        let stopped = || request.cancelled.is_cancelled();
        let output = match self.hold {
            Hold::Failing(sentence) => Err(sentence.to_owned()),
            _ => execute(&request.task, &request.blobs, &stopped)
                .map(Into::into)
                .map_err(|error| error.to_string()),
        };
        let finished = TaskFinished {
            job: request.job.clone(),
            id: request.id,
            peer: String::new(),
            output,
        };
        let times = if self.hold == Hold::Doubled { 2 } else { 1 };
        for _ in 0..times {
            // A test that is over has closed the mailbox.
            let _ = request.reply.try_send(finished.clone());
        }
    }
}

impl Actor for Workers {
    type Context = Context<Self>;

    fn started(&mut self, context: &mut Self::Context) {
        context.set_mailbox_capacity(4096);
    }
}

impl Handler<Die> for Workers {
    type Result = ();

    fn handle(&mut self, _: Die, context: &mut Self::Context) {
        context.stop();
    }
}

impl Handler<Release> for Workers {
    type Result = ();

    fn handle(&mut self, _: Release, _: &mut Self::Context) {
        self.hold = Hold::Nothing;
        for request in std::mem::take(&mut self.held) {
            self.compute(&request);
        }
    }
}

impl Handler<ReleaseSome> for Workers {
    type Result = ();

    fn handle(&mut self, some: ReleaseSome, _: &mut Self::Context) {
        let count = some.0.min(self.held.len());
        for request in self.held.drain(..count).collect::<Vec<_>>() {
            self.compute(&request);
        }
    }
}

impl Handler<ExecuteTask> for Workers {
    type Result = ();

    fn handle(&mut self, request: ExecuteTask, _: &mut Self::Context) {
        self.executions
            .lock()
            .expect("no test panics holding it")
            .push((request.job.clone(), request.id));
        if self.hold == Hold::Tasks {
            self.held.push(request);
        } else {
            self.compute(&request);
        }
    }
}

impl Handler<PrepareInputs> for Workers {
    type Result = ();

    fn handle(&mut self, request: PrepareInputs, _: &mut Self::Context) {
        let inputs = match self.hold {
            Hold::Broken(sentence) => Err(sentence.to_owned()),
            _ => request
                .frames
                .iter()
                .enumerate()
                .map(|(index, frame)| {
                    let _ = request.progress.try_send(FramePrepared {
                        job: request.job.clone(),
                        prepared: index + 1,
                    });
                    prepare(
                        &frame.instance.path,
                        frame.frame,
                        request.slice_mm,
                        &request.blobs,
                    )
                })
                .collect(),
        };
        let _ = request.reply.try_send(InputsPrepared {
            job: request.job,
            inputs,
        });
    }
}

/// The block of a frame: the pixels depend on the frame's number alone.
pub fn block(frame: usize, slice_mm: Option<f64>) -> PixelBlock {
    let pixel = |index: usize| {
        let (row, column) = (index / COLUMNS, index % COLUMNS);
        let texture =
            (row * row * 7 + column * 13 * (frame + 3) + row * column * (frame + 1)) % 1009;
        i16::try_from(texture).expect("below 1009") - 200
    };
    PixelBlock {
        rows: ROWS as u32,
        columns: COLUMNS as u32,
        samples: StoredSamples::I16((0..ROWS * COLUMNS).map(pixel).collect()),
        slope: 1.5,
        intercept: -1024.0,
        padding: None,
        voxel_mm: slice_mm.map(|slice_mm| [slice_mm, 0.5, 0.5]),
    }
}

fn prepare(
    path: &std::path::Path,
    frame: usize,
    slice_mm: Option<f64>,
    blobs: &BlobStore,
) -> Result<PreparedInput, String> {
    let bytes = block(frame, slice_mm).encode().expect("a block");
    let length = bytes.len() as u64;
    Ok(PreparedInput {
        digest: blobs.insert(bytes).map_err(|full| full.to_string())?,
        rows: ROWS,
        columns: COLUMNS,
        bytes: length,
        stored_bytes: (ROWS * COLUMNS * 2) as u64,
        path: path.to_owned(),
        frame,
        slice_mm,
    })
}
