//! Breaks every public file again and again and counts panics, hangs and runaway allocations:
//! `cargo run --example fuzz_mutants -- FOLDER MUTANTS [FIRST_SEED]`; one JSON line at the end.
//!
//! The readers run in a process of their own, so that a stack overflow or an abort is counted and not the end.

#![allow(clippy::print_stdout, reason = "the answer of a program")]

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

#[path = "fuzz/counted.rs"]
mod counted;
#[path = "../tests/shared/mutants.rs"]
mod mutants;
#[path = "fuzz/seeds.rs"]
mod seeds;

use seeds::Seed;

/// A reader that works for so long on one file hangs: its own processor time, since others may use the machine.
const HANG: Duration = Duration::from_secs(5);
/// A reader that is silent for so long hangs without working.
const SILENCE_MAX: Duration = Duration::from_secs(300);
/// Clock ticks a second of `/proc`.
const TICKS_A_SECOND: u64 = 100;
/// What any file may allocate, bytes.
const ALLOCATION_BYTES_MIN: u64 = 64 * 1024 * 1024;
/// And for each byte of a file.
const ALLOCATION_FOR_EACH_BYTE: u64 = 64;
fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |at: usize| arguments.get(at).and_then(|text| text.parse::<u64>().ok());
    let (Some(folder), Some(count)) = (arguments.first(), number(1)) else {
        eprintln!("fuzz_mutants FOLDER MUTANTS [FIRST_SEED]");
        return ExitCode::from(2);
    };
    let files = seeds::under(Path::new(folder));
    let first = number(2).unwrap_or(0);
    if arguments.get(3).is_some_and(|word| word == "worker") {
        work(&files, first, count);
        return ExitCode::SUCCESS;
    }
    watch(folder, first, count, &files)
}

/// Reads one mutant after the other and says a line before and after each.
fn work(files: &[Seed], first: u64, count: u64) {
    std::panic::set_hook(Box::new(|_| {}));
    let mut out = std::io::stdout().lock();
    let mut held: Option<(u64, Vec<u8>)> = None;
    for seed in first..first + count {
        let at = seed % files.len() as u64;
        if held.as_ref().is_none_or(|(index, _)| *index != at) {
            held = files[at as usize].bytes().ok().map(|bytes| (at, bytes));
        }
        let Some((_, whole)) = &held else { continue };
        let bytes = mutants::mutant(whole, seed);
        // A reader that ends in an abort leaves its seed behind.
        let _ = writeln!(out, "begin {seed}");
        let _ = out.flush();
        let before = counted::start();
        let done = std::panic::catch_unwind(|| mutants::read_everything(&bytes).is_ok());
        let taken = counted::peak_bytes_since(before);
        let allowed = ALLOCATION_BYTES_MIN.max(bytes.len() as u64 * ALLOCATION_FOR_EACH_BYTE);
        let word = match done {
            Err(_) => "panic".to_owned(),
            Ok(_) if taken > allowed => format!("allocation {taken}"),
            Ok(true) => "read".to_owned(),
            Ok(false) => "refused".to_owned(),
        };
        let _ = writeln!(out, "end {seed} {word}");
        let _ = out.flush();
    }
}

#[derive(Default)]
struct Counts {
    read: u64,
    refused: u64,
    panics: u64,
    hangs: u64,
    deaths: u64,
    allocations: u64,
}

fn watch(folder: &str, first: u64, count: u64, files: &[Seed]) -> ExitCode {
    let mut counts = Counts::default();
    let mut next = first;
    while next < first + count {
        let Ok(mut worker) = start_worker(folder, next, first + count - next) else {
            eprintln!("The reader's process could not be started");
            return ExitCode::FAILURE;
        };
        next = follow(&mut worker, next, &mut counts, files);
    }
    let bad = counts.panics + counts.hangs + counts.deaths + counts.allocations;
    println!(
        "{{\"mutants\":{count},\"files\":{},\"first_seed\":{first},\"read\":{},\"refused\":{},\"panics\":{},\"hangs\":{},\"deaths\":{},\"runaway_allocations\":{}}}",
        files.len(),
        counts.read,
        counts.refused,
        counts.panics,
        counts.hangs,
        counts.deaths,
        counts.allocations,
    );
    ExitCode::from(u8::from(bad > 0))
}

fn start_worker(folder: &str, first: u64, count: u64) -> std::io::Result<Child> {
    Command::new(std::env::current_exe()?)
        .args([folder, &count.to_string(), &first.to_string(), "worker"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
}

/// Follows a worker until it ends, dies or hangs; returns the seed to go on with.
fn follow(worker: &mut Child, first: u64, counts: &mut Counts, files: &[Seed]) -> u64 {
    let (told, lines) = channel();
    if let Some(out) = worker.stdout.take() {
        std::thread::spawn(move || {
            for line in BufReader::new(out).lines().map_while(Result::ok) {
                if told.send(line).is_err() {
                    return;
                }
            }
        });
    }
    let mut begun = None;
    let mut since = (Instant::now(), Duration::ZERO);
    let mut next = first;
    loop {
        match lines.recv_timeout(HANG) {
            Ok(line) => {
                let mut words = line.split(' ');
                let kind = words.next();
                let seed = words
                    .next()
                    .and_then(|text| text.parse().ok())
                    .unwrap_or(next);
                if kind == Some("begin") {
                    begun = Some(seed);
                    since = (Instant::now(), processor_time(worker.id()));
                    continue;
                }
                begun = None;
                next = seed + 1;
                let word = words.next().unwrap_or_default();
                match word {
                    "read" => counts.read += 1,
                    "refused" => counts.refused += 1,
                    "panic" => counts.panics += 1,
                    _ => counts.allocations += 1,
                }
                if !matches!(word, "read" | "refused") {
                    report(seed, &line, files);
                }
            }
            Err(RecvTimeoutError::Timeout)
                if processor_time(worker.id()).saturating_sub(since.1) < HANG
                    && since.0.elapsed() < SILENCE_MAX => {}
            Err(reason) => {
                let hangs = reason == RecvTimeoutError::Timeout;
                let _ = worker.kill();
                let _ = worker.wait();
                let seed = match begun {
                    Some(seed) => seed,
                    // At its end, or to be started again where it stopped between two files.
                    None if next > first => return next,
                    None => next,
                };
                if hangs {
                    counts.hangs += 1;
                } else {
                    counts.deaths += 1;
                }
                report(seed, if hangs { "hang" } else { "death" }, files);
                return seed + 1;
            }
        }
    }
}

/// What a process has used of the processor so far, in user and system mode.
fn processor_time(process: u32) -> Duration {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // The name in brackets may hold blanks; the 14th and 15th fields are the 12th and 13th after it.
    let after = text.rsplit_once(')').map_or("", |(_, after)| after);
    let fields = after.split_whitespace().skip(11).take(2);
    let ticks: u64 = fields.filter_map(|field| field.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 1000 / TICKS_A_SECOND)
}

fn report(seed: u64, what: &str, files: &[Seed]) {
    let file = &files[(seed % files.len() as u64) as usize];
    println!("seed {seed}, {}: {what}", file.name());
}
