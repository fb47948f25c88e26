//! Foreign bytes for what crosses a wire or lies in a journal: `cargo run -p kernel_labor --example fuzz_wire -- [MUTANTS] [FIRST_SEED]`.
//!
//! A real log, a membership and tasks are written, broken in a seeded way, and read; what still reads is replayed. A panic ends the run
//! with the seed of the mutant.

use std::panic::{AssertUnwindSafe, catch_unwind};

#[path = "../tests/support/mod.rs"]
mod support;

use support::wire::{Outcome, read_mutant};

#[allow(clippy::print_stdout)]
fn main() {
    let numbers: Vec<u64> = std::env::args()
        .skip(1)
        .map(|word| word.parse().expect("MUTANTS and FIRST_SEED are numbers"))
        .collect();
    let (mutants, first) = (
        numbers.first().copied().unwrap_or(100_000),
        numbers.get(1).copied().unwrap_or(0),
    );
    let (mut refused, mut replayed) = (0_u64, 0_u64);
    for seed in first..first + mutants {
        match catch_unwind(AssertUnwindSafe(|| read_mutant(seed))) {
            Ok(Outcome::Refused) => refused += 1,
            Ok(Outcome::Replayed) => replayed += 1,
            Err(_) => {
                println!("mutant {seed} made the array panic");
                std::process::exit(1);
            }
        }
    }
    println!("{mutants} mutants: {refused} refused, {replayed} read and replayed without a panic");
}
