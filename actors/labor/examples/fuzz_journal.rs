//! Breaks a journal again and again and reads it: `cargo run -p actor_labor --example fuzz_journal -- JOURNAL [MUTANTS] [FIRST_SEED]`.
//! A panic ends the run with the seed of the mutant.

use std::panic::{AssertUnwindSafe, catch_unwind};

#[path = "../tests/support/mutants.rs"]
mod mutants;

#[allow(clippy::print_stdout)]
fn main() {
    let mut words = std::env::args().skip(1);
    let path = words
        .next()
        .expect("JOURNAL is a file that a job has written");
    let mut number = |otherwise: u64| {
        words
            .next()
            .map_or(otherwise, |word| word.parse().expect("a number"))
    };
    let (mutants, first) = (number(100_000), number(0));
    let journal = std::fs::read(path).expect("a journal that can be read");
    let mut replayed = 0_u64;
    for seed in first..first + mutants {
        match catch_unwind(AssertUnwindSafe(|| mutants::read_mutant(&journal, seed))) {
            Ok(read) => replayed += u64::from(read),
            Err(_) => {
                println!("mutant {seed} made the reader panic");
                std::process::exit(1);
            }
        }
    }
    println!(
        "{mutants} mutants: {} refused, {replayed} read and replayed without a panic",
        mutants - replayed
    );
}
