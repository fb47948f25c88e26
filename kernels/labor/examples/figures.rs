//! The figures of the labor array, in one run: `cargo run --release -p kernel_labor --example figures -- [assign] [moved] [ratios] [million]`.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Instant;

use kernel_labor::{ArrayState, Decision, Id, Input, LaborArray, Membership, Opening, assign};

#[path = "../../../tests/support/labor_world/mod.rs"]
mod labor_world;

use labor_world::{Plan, life};

const RATIO_SEEDS: u64 = 2000;

#[allow(clippy::print_stdout)]
fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let wants = |name: &str| wanted.is_empty() || wanted.iter().any(|word| word == name);
    if wants("assign") {
        assigning();
    }
    if wants("moved") {
        moved();
    }
    if wants("ratios") {
        ratios();
    }
    let calm = wants("million").then(|| million(false));
    let crashed = (wants("million") || wants("million-crashing")).then(|| million(true));
    if let Some((digest, seconds)) = crashed {
        let compared = match calm {
            None => "not compared".to_owned(),
            Some((other, calm)) if other == digest => {
                format!("equal to those without, in {calm:.2} s")
            }
            Some(_) => "NOT EQUAL to those without".to_owned(),
        };
        println!(
            "1,000,000 tasks on 1,000 members: {seconds:.2} s with one in ten crashing; results {compared}"
        );
    }
}

#[allow(clippy::print_stdout)]
fn assigning() {
    let plan = Plan::calm(1, 50, 10_000, false);
    let membership = Membership::new(plan.members.clone()).expect("members of the plan");
    let mut times: Vec<_> = (0..21)
        .map(|_| {
            let begun = Instant::now();
            assign(&plan.tasks, &membership).expect("a possible array");
            begun.elapsed()
        })
        .collect();
    times.sort();
    println!(
        "assign 10,000 tasks to 50 members: least {:?}, median {:?}, worst {:?} of 21",
        times[0], times[10], times[20]
    );
}

/// One of fifty members leaves: how many tasks move that were not its own?
#[allow(clippy::print_stdout)]
fn moved() {
    let plan = Plan::calm(2, 50, 10_000, false);
    let mut array = LaborArray::new();
    array.apply(Input::Open(plan.opening()));
    let peer = plan.members[7].peer.clone();
    let own: BTreeSet<Id> = array.unfinished_of(&peer).into_iter().collect();
    let down = Input::Down {
        peer,
        incarnation: 1,
    };
    let moved: BTreeSet<Id> = array.apply(down).into_iter().flat_map(sent).collect();
    let others = moved.difference(&own).count();
    println!(
        "one of 50 members leaves with {} tasks: {} tasks moved, {others} of others",
        own.len(),
        moved.len()
    );
}

fn sent(decision: Decision) -> Vec<Id> {
    match decision {
        Decision::Send { tasks, .. } => tasks,
        _ => Vec::new(),
    }
}

#[allow(clippy::print_stdout)]
fn ratios() {
    let kinds = [
        "even",
        "spread from 1 to 1000",
        "20 or 800",
        "powers of two up to 512",
    ];
    for wrong in [false, true] {
        let mut ratios: BTreeMap<usize, Vec<(f64, f64, u64)>> = BTreeMap::new();
        for seed in 0..RATIO_SEEDS {
            let members = 2 + (seed % 31) as usize;
            let plan = Plan::calm(seed, members, 20 * members, wrong);
            let story = life(&plan).expect("a calm life");
            let over = |bound: u64| story.makespan as f64 / bound as f64;
            let (plain, whole) = (
                over(plan.lower_bound_ticks()),
                over(plan.whole_bound_ticks()),
            );
            ratios
                .entry(plan.cost_kind)
                .or_default()
                .push((plain, whole, seed));
        }
        let speeds = if wrong {
            "wrong by up to 2"
        } else {
            "accurate"
        };
        for (kind, mut ratios) in ratios {
            ratios.sort_by(|a, b| a.0.total_cmp(&b.0));
            let (worst, _, seed) = ratios[ratios.len() - 1];
            let whole = ratios
                .iter()
                .map(|(_, whole, _)| *whole)
                .fold(0.0, f64::max);
            println!(
                "makespan over the lower bound, speeds {speeds}, costs {}: median {:.3}, worst {worst:.3} (seed {seed}) of {} seeds; \
                 worst {whole:.3} over the bound with whole tasks",
                kinds[kind],
                ratios[ratios.len() / 2].0,
                ratios.len()
            );
        }
    }
}

/// The result digest, and the seconds that the array took.
fn million(crashing: bool) -> (Id, f64) {
    let plan = Plan::calm(5, 1000, 1_000_000, false);
    let begun = Instant::now();
    let mut array = LaborArray::new();
    let mut queues: BTreeMap<String, VecDeque<Id>> = BTreeMap::new();
    let mut pending = vec![Input::Open(Opening {
        strict: true,
        ..plan.opening()
    })];
    let mut turn = 0_usize;
    while array.state() != ArrayState::Completed {
        for input in std::mem::take(&mut pending) {
            for decision in array.apply(input) {
                if let Decision::Send { peer, tasks } = decision {
                    queues.entry(peer).or_default().extend(tasks);
                }
            }
        }
        for (index, member) in plan.members.iter().enumerate() {
            let peer = member.peer.clone();
            if crashing && index % 10 == 9 && turn > index {
                if queues.remove(&peer).is_some() {
                    pending.push(Input::Down {
                        peer,
                        incarnation: 1,
                    });
                }
            } else if let Some(task) = queues.get_mut(&peer).and_then(VecDeque::pop_front) {
                let digest = task.map(|byte| byte ^ 0xa5);
                pending.push(Input::Done { peer, task, digest });
            }
        }
        turn += 1;
    }
    let digest = array.result_digest().expect("an open job");
    (digest, begun.elapsed().as_secs_f64())
}
