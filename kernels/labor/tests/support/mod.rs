//! Seeded tasks and members for the tests of this crate.
#![allow(dead_code, clippy::unwrap_used)]

pub mod wire;

use kernel_labor::{
    ArrayState, Decision, Id, Input, LaborArray, LaborTask, Member, Membership, Opening,
};

/// SplitMix64.
#[derive(Clone)]
pub struct Seeded(pub u64);

impl Seeded {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    pub fn one_in(&mut self, count: u64) -> bool {
        self.below(count) == 0
    }

    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for index in (1..items.len()).rev() {
            items.swap(index, self.below(index as u64 + 1) as usize);
        }
    }

    pub fn id(&mut self) -> Id {
        let mut id = [0; 32];
        id.chunks_mut(8)
            .for_each(|part| part.copy_from_slice(&self.next().to_le_bytes()));
        id
    }
}

pub fn member(peer: &str, capacity: u32) -> Member {
    Member {
        peer: peer.to_owned(),
        incarnation: 1,
        capacity,
        memory_bytes: 1 << 30,
        numeric_class: [7; 32],
        link_cost: 0,
    }
}

pub fn members(seeded: &mut Seeded, count: usize) -> Vec<Member> {
    (0..count)
        .map(|index| member(&format!("peer-{index:04}"), 1 + seeded.below(8) as u32))
        .collect()
}

pub fn task(number: u32, cost: u64) -> LaborTask {
    let mut id = [0; 32];
    id[..4].copy_from_slice(&number.to_be_bytes());
    LaborTask {
        id,
        cost,
        memory_bytes: 1 << 20,
        inputs: vec![],
    }
}

pub fn tasks(
    seeded: &mut Seeded,
    count: usize,
    cost: impl Fn(&mut Seeded) -> u64,
) -> Vec<LaborTask> {
    (0..count)
        .map(|_| LaborTask {
            id: seeded.id(),
            cost: cost(seeded),
            memory_bytes: 1 << 20,
            inputs: vec![(seeded.id(), 1000)],
        })
        .collect()
}

pub fn membership(members: &[Member]) -> Membership {
    Membership::new(members.to_vec()).unwrap()
}

pub fn open(tasks: &[LaborTask], members: &[Member]) -> Input {
    Input::Open(Opening {
        job: [1; 32],
        tasks: tasks.to_vec(),
        membership: membership(members),
        strict: true,
        spot_check_one_in: 0,
    })
}

/// What an honest member answers.
pub fn truth(task: &Id) -> Id {
    task.map(|byte| byte ^ 0xa5)
}

pub fn opened(tasks: &[LaborTask], members: &[Member]) -> LaborArray {
    let mut array = LaborArray::new();
    assert_eq!(array.state(), ArrayState::Idle);
    array.apply(open(tasks, members));
    assert_eq!(array.state(), ArrayState::Active);
    array
}

pub fn done(peer: &str, task: Id, digest: Id) -> Input {
    Input::Done {
        peer: peer.to_owned(),
        task,
        digest,
    }
}

pub fn sent(decisions: &[Decision]) -> Vec<(String, Id)> {
    let one = |decision: &Decision| match decision {
        Decision::Send { peer, tasks } => tasks.iter().map(|task| (peer.clone(), *task)).collect(),
        _ => vec![],
    };
    decisions.iter().flat_map(one).collect()
}

pub fn commits(decisions: &[Decision]) -> usize {
    decisions
        .iter()
        .filter(|decision| matches!(decision, Decision::Committed { .. }))
        .count()
}
