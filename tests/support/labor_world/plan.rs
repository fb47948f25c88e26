//! What a seed makes: tasks, members as they declare themselves, how fast they truly are, and what will go wrong.

use kernel_labor::{Id, LaborTask, Member, Membership, Opening};

use super::Seeded;

/// Virtual time is in microunits: a member of capacity 1 at its declared speed does one unit of work in so many ticks.
pub const TICKS_PER_WORK: u64 = 1000;

/// How often things go wrong. All zero: a calm life.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// Messages lost, in a thousand.
    pub lost: u64,
    /// Messages doubled, in a thousand.
    pub doubled: u64,
    /// Longest way of a message, ticks: shorter and longer ones overtake each other.
    pub latency: u64,
    /// Crashes of each member but the first, on average, in the time that the job should take.
    pub crashes: u64,
    /// Partitions of each member but the first in that time.
    pub partitions: u64,
    /// Tasks that a member refuses, in ten thousand.
    pub refusals: u64,
    /// Whether the user pauses and resumes, and changes the priority.
    pub pauses: bool,
    /// The member that answers wrongly, and how many of its answers are wrong, in a thousand.
    pub liar: Option<(usize, u64)>,
}

/// One life, before it is lived.
#[derive(Clone, Debug)]
pub struct Plan {
    pub seed: u64,
    pub tasks: Vec<LaborTask>,
    /// As declared, in peer order; the first is the submitting node, which never fails.
    pub members: Vec<Member>,
    /// True speed of each, in thousandths of what it declares.
    pub speed_permille: Vec<u64>,
    /// Which of the kinds of costs.
    pub cost_kind: usize,
    pub spot_check_one_in: u32,
    pub faults: Faults,
}

impl Plan {
    /// A life with everything that can go wrong, on 2 to 32 members.
    pub fn stormy(seed: u64, tasks: usize) -> Self {
        let mut seeded = Seeded(seed.wrapping_mul(0x1000_0001) ^ 0x5eed);
        let liar = seeded.permille(300);
        let count = seeded.between(if liar { 3 } else { 2 }, 32) as usize;
        let mut members = members(&mut seeded, count);
        // Among few, a third opinion must be possible: nobody is too small for it, and nobody refuses.
        let few = liar && count < 8;
        if few {
            members
                .iter_mut()
                .for_each(|member| member.memory_bytes = 1 << 30);
        }
        let (cost_kind, tasks) = self::tasks(&mut seeded, tasks, true);
        // A third of the members is as fast as it says; others are up to twice as fast or slow; a few are stragglers.
        let speed_permille = (0..count)
            .map(|_| match seeded.below(12) {
                0..4 => 1000,
                4..11 => seeded.between(500, 2000),
                _ => seeded.between(20, 200),
            })
            .collect();
        let faults = Faults {
            lost: seeded.below(30),
            doubled: seeded.below(60),
            latency: seeded.between(1, 4000),
            crashes: seeded.below(4),
            partitions: seeded.below(3),
            refusals: if few { 0 } else { seeded.below(20) },
            pauses: seeded.permille(300),
            liar: liar.then(|| {
                (
                    seeded.between(1, count as u64 - 1) as usize,
                    [1000, 100, 10][seeded.below(3) as usize],
                )
            }),
        };
        // Against a liar that is wrong now and then only a check of every task proves everything.
        let spot_check_one_in = match (faults.liar.is_some(), seeded.below(3)) {
            (true, _) => 1,
            (false, 0) => 0,
            (false, 1) => 16,
            (false, _) => 4,
        };
        Self {
            seed,
            tasks,
            members,
            speed_permille,
            cost_kind,
            spot_check_one_in,
            faults,
        }
    }

    /// A life without any fault; speeds are `wrong` by up to a factor of two, or exactly as declared.
    pub fn calm(seed: u64, members: usize, tasks: usize, wrong: bool) -> Self {
        let mut seeded = Seeded(seed.wrapping_mul(0x2000_0003) ^ 0xca1f);
        let members = self::members(&mut seeded, members);
        let (cost_kind, tasks) = self::tasks(&mut seeded, tasks, false);
        let speed_permille = members
            .iter()
            .map(|_| {
                if wrong {
                    seeded.between(500, 2000)
                } else {
                    1000
                }
            })
            .collect();
        Self {
            seed,
            tasks,
            members,
            speed_permille,
            cost_kind,
            spot_check_one_in: 0,
            faults: Faults::default(),
        }
    }

    pub fn opening(&self) -> Opening {
        Opening {
            job: [1; 32],
            tasks: self.tasks.clone(),
            membership: Membership::new(self.members.clone()).expect("members of the plan"),
            strict: true,
            spot_check_one_in: self.spot_check_one_in,
        }
    }

    /// Ticks that this member needs for this much work.
    pub fn ticks(&self, member: usize, cost: u64) -> u64 {
        let speed = u64::from(self.members[member].capacity) * self.speed_permille[member];
        (cost * TICKS_PER_WORK * 1000).div_ceil(speed)
    }

    /// Ticks that the whole job would take if everybody were as fast as declared and nothing were ever idle.
    pub fn expected_ticks(&self) -> u64 {
        let work: u64 = self.tasks.iter().map(|task| task.cost).sum();
        let capacity: u64 = self
            .members
            .iter()
            .map(|member| u64::from(member.capacity))
            .sum();
        work * TICKS_PER_WORK / capacity
    }

    /// The least time in which these machines could do these tasks, at their true speeds: all work by all of them together,
    /// or the longest task on the fastest of them.
    pub fn lower_bound_ticks(&self) -> u64 {
        let speeds = (0..self.members.len())
            .map(|at| u64::from(self.members[at].capacity) * self.speed_permille[at]);
        let (all, fastest) = (speeds.clone().sum::<u64>(), speeds.max().unwrap_or(1));
        let work: u64 = self.tasks.iter().map(|task| task.cost).sum();
        let longest = self.tasks.iter().map(|task| task.cost).max().unwrap_or(0);
        let ticks = |work: u64, speed: u64| work * TICKS_PER_WORK * 1000 / speed;
        ticks(work, all).max(ticks(longest, fastest))
    }

    /// As [`Plan::lower_bound_ticks`], and besides: the tasks that are at least so long as each kind of long task, of which every
    /// machine does a whole number. Where few long tasks are most of the work, no schedule reaches the plain bound.
    pub fn whole_bound_ticks(&self) -> u64 {
        let mut costs: Vec<u64> = self.tasks.iter().map(|task| task.cost).collect();
        costs.sort_unstable_by(|a, b| b.cmp(a));
        let plain = self.lower_bound_ticks();
        let speeds: Vec<u64> = (0..self.members.len())
            .map(|at| u64::from(self.members[at].capacity) * self.speed_permille[at])
            .collect();
        let mut bound = plain;
        for (index, cost) in costs.iter().enumerate() {
            let last_of_kind = costs.get(index + 1) != Some(cost);
            if !last_of_kind {
                continue;
            }
            let count = index as u64 + 1;
            let fits = |ticks: u64| {
                let of = |speed: &u64| ticks * speed / (cost * TICKS_PER_WORK * 1000);
                speeds.iter().map(of).sum::<u64>() >= count
            };
            // The least time in which they fit; a time that is twice too long is found by doubling.
            let mut high = plain.max(1);
            while !fits(high) {
                high *= 2;
            }
            let mut low = 0;
            while low + 1 < high {
                let middle = low + (high - low) / 2;
                if fits(middle) {
                    high = middle;
                } else {
                    low = middle;
                }
            }
            bound = bound.max(high);
        }
        bound
    }
}

/// What an honest machine answers.
pub fn truth(task: &Id) -> Id {
    task.map(|byte| byte ^ 0xa5)
}

/// What the liar answers: always the same for a task.
pub fn lie(task: &Id) -> Id {
    task.map(|byte| byte ^ 0x5a)
}

/// The place of a peer in the plan.
pub fn index_of(peer: &str) -> usize {
    peer.trim_start_matches("peer-")
        .parse()
        .expect("a peer of the plan")
}

fn members(seeded: &mut Seeded, count: usize) -> Vec<Member> {
    (0..count)
        .map(|index| Member {
            peer: format!("peer-{index:04}"),
            incarnation: 1,
            capacity: seeded.between(1, 16) as u32,
            // The submitting node can hold everything; of the others some are small.
            memory_bytes: if index > 0 && seeded.permille(100) {
                1 << 20
            } else {
                1 << 30
            },
            numeric_class: [7; 32],
            link_cost: 0,
        })
        .collect()
}

/// Costs of one of four kinds: even, spread, two sizes, and a few long ones among many short ones.
fn tasks(seeded: &mut Seeded, count: usize, with_inputs: bool) -> (usize, Vec<LaborTask>) {
    let kind = seeded.below(4);
    let shared: Vec<Id> = (0..8).map(|_| seeded.id()).collect();
    let tasks = (0..count)
        .map(|_| LaborTask {
            id: seeded.id(),
            cost: match kind {
                0 => 500,
                1 => seeded.between(1, 1000),
                2 => [20, 800][seeded.below(2) as usize],
                _ => 1 << seeded.below(10),
            },
            memory_bytes: if with_inputs && seeded.permille(50) {
                1 << 25
            } else {
                1 << 19
            },
            inputs: if with_inputs {
                vec![
                    (seeded.id(), 1000),
                    (shared[seeded.below(8) as usize], 50_000),
                ]
            } else {
                Vec::new()
            },
        })
        .collect();
    (kind as usize, tasks)
}
