//! Thousands of seeded lives of the labor array: `cargo run --release -p kernel_labor --example simulate -- [SEEDS] [FIRST] [TASKS]`.
//! The lives are those of `tests/simulation.rs`; a seed that fails is printed, and its number as FIRST with SEEDS 1 lives it again.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

#[path = "../../../tests/support/labor_world/mod.rs"]
mod labor_world;

use labor_world::{Plan, Story, calm_digest, life};

#[allow(clippy::print_stdout)]
fn main() {
    let arguments: Vec<u64> = std::env::args()
        .skip(1)
        .map(|word| word.parse().expect("SEEDS, FIRST and TASKS are numbers"))
        .collect();
    let seeds = arguments.first().copied().unwrap_or(10_000);
    let first = arguments.get(1).copied().unwrap_or(0);
    let tasks = arguments.get(2).map_or(2000, |tasks| *tasks as usize);
    let next = AtomicU64::new(first);
    let [failed, epochs, settled, checked, inputs] = [(); 5].map(|()| AtomicUsize::new(0));
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + seeds {
                        return;
                    }
                    match live(seed, tasks) {
                        Ok(story) => {
                            epochs.fetch_add(story.epochs, Ordering::Relaxed);
                            settled.fetch_add(story.settled, Ordering::Relaxed);
                            checked.fetch_add(story.checked, Ordering::Relaxed);
                            inputs.fetch_add(story.inputs, Ordering::Relaxed);
                        }
                        Err(reason) => {
                            failed.fetch_add(1, Ordering::Relaxed);
                            println!("seed {seed}: {reason}");
                        }
                    }
                }
            });
        }
    });
    let [failed, epochs, settled, checked, inputs] =
        [failed, epochs, settled, checked, inputs].map(AtomicUsize::into_inner);
    println!(
        "{seeds} seeds of {tasks} tasks: {failed} failed; {epochs} memberships, {settled} contradictions settled, \
         {checked} spot checks confirmed, {inputs} inputs, {:.1} s",
        begun.elapsed().as_secs_f64()
    );
    if failed > 0 {
        std::process::exit(1);
    }
}

fn live(seed: u64, tasks: usize) -> Result<Story, String> {
    let lived = catch_unwind(AssertUnwindSafe(|| {
        let plan = Plan::stormy(seed, tasks);
        let story = life(&plan)?;
        if story.result_digest == calm_digest(&plan)? {
            Ok(story)
        } else {
            Err("The result differs from the calm one".to_owned())
        }
    }));
    lived.unwrap_or_else(|_| Err("The array panicked".to_owned()))
}
