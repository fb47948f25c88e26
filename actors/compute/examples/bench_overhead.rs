//! Measures what the actors add to a task: one JSON line with the medians, microseconds.
//!
//! Each task is computed directly and through the compute actor, turn about, so that both see the same machine.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Instant;

use actix::{Actor, Context, Handler, System};
use actor_compute::{ComputeActor, ComputeOptions};
use actor_messages::work::{ExecuteTask, Rank, TaskFinished};
use actor_messages::{BlobStore, CancelFlag, Determinism, EventInbox, JobId};
use kernel_tasks::{Job, PixelBlock, StoredSamples, split};

const TASKS: usize = 2_000;

struct Receiving(SyncSender<TaskFinished>);

impl Actor for Receiving {
    type Context = Context<Self>;
}

impl Handler<TaskFinished> for Receiving {
    type Result = ();

    fn handle(&mut self, finished: TaskFinished, _: &mut Self::Context) {
        self.0
            .send(finished)
            .expect("the bench waits for each answer");
    }
}

#[allow(clippy::print_stdout)]
fn main() {
    let blobs = BlobStore::new(1 << 30);
    let side = 256_u32;
    let samples = (0..side * side)
        .map(|at| (at.wrapping_mul(2_654_435_761) >> 20) as i16)
        .collect();
    let block = PixelBlock {
        rows: side,
        columns: side,
        samples: StoredSamples::I16(samples),
        slope: 1.0,
        intercept: -1024.0,
        padding: None,
        voxel_mm: None,
    };
    let input = blobs
        .insert(block.encode().expect("a valid block"))
        .expect("room");
    let limits =
        [("low", "100"), ("high", "2000")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    let job =
        Job::new("threshold", &limits, vec![input], Determinism::Strict).expect("a valid job");
    let task = Arc::new(split(&job).expect("one task").remove(0));

    let (answers, answered) = sync_channel(1);
    let (ready, launched) = sync_channel(1);
    let actors = std::thread::spawn(move || {
        let system = System::new();
        system.block_on(async {
            let options = ComputeOptions {
                workers: 1,
                cache_bytes_max: 1 << 20,
                inbox: EventInbox::new(Box::new(|| {})),
            };
            let (compute, _) = ComputeActor::launch(options).expect("threads");
            let reply = Receiving(answers).start().recipient();
            ready
                .send((compute, reply, System::current()))
                .expect("the bench waits");
        });
        system.run().expect("it runs");
    });
    let (compute, reply, system) = launched.recv().expect("the actors start");

    let mut direct = Vec::with_capacity(TASKS);
    let mut through = Vec::with_capacity(TASKS);
    for _ in 0..TASKS {
        let start = Instant::now();
        let output = kernel_tasks::execute(&task, &blobs, &|| false).expect("it computes");
        direct.push(start.elapsed().as_nanos());

        let start = Instant::now();
        let wish = ExecuteTask {
            job: JobId("bench".to_owned()),
            task: task.clone(),
            id: task.id(),
            blobs: blobs.clone(),
            rank: Rank::Own,
            cancelled: CancelFlag::new(),
            reply: reply.clone(),
        };
        compute.try_send(wish).expect("room");
        let answer = next(&answered);
        through.push(start.elapsed().as_nanos());
        assert_eq!(
            answer.output.as_deref(),
            Ok(output.as_slice()),
            "the bits must be the same"
        );
    }
    system.stop();
    actors.join().expect("no panic");
    let (direct, through) = (median_us(direct), median_us(through));
    println!(
        "{{\"name\":\"actor_overhead\",\"tasks\":{TASKS},\"direct_p50_us\":{direct:.1},\"actor_p50_us\":{through:.1},\"overhead_p50_us\":{:.1}}}",
        through - direct
    );
}

fn next(answered: &Receiver<TaskFinished>) -> TaskFinished {
    answered.recv().expect("every task is answered")
}

fn median_us(mut nanoseconds: Vec<u128>) -> f64 {
    nanoseconds.sort_unstable();
    nanoseconds[nanoseconds.len() / 2] as f64 / 1_000.0
}
