//! Seeded breaks of what crosses a wire or lies in a journal.

use kernel_labor::{Input, LaborArray, LaborTask, Member, Membership, Priority};

use super::{Seeded, done, members, open, tasks, truth};

/// What became of a mutant.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    Refused,
    Replayed,
}

/// Breaks one of: a log, a membership, a list of tasks; reads it, and replays what reads.
pub fn read_mutant(seed: u64) -> Outcome {
    let mut seeded = Seeded(seed);
    let count = 1 + seeded.below(4) as usize;
    let crowd = members(&mut seeded, count);
    let tasks = tasks(&mut seeded, 1 + seed as usize % 9, |seeded| {
        seeded.next() >> seeded.below(64)
    });
    let peer = |at: usize| crowd[at % crowd.len()].peer.clone();
    let log = [
        open(&tasks, &crowd),
        done(&peer(0), tasks[0].id, truth(&tasks[0].id)),
        Input::Late {
            peer: peer(1),
            task: tasks[0].id,
        },
        Input::Down {
            peer: peer(2),
            incarnation: 1,
        },
        Input::Up(Member {
            incarnation: 2,
            ..crowd[0].clone()
        }),
        Input::Helps {
            peer: peer(0),
            task: tasks[0].id,
        },
        Input::Prioritise(Priority::Low),
    ];
    match seeded.below(4) {
        0 => {
            let bytes = broken(&mut seeded, postcard::to_stdvec(&tasks).expect("bytes"));
            match postcard::from_bytes::<Vec<LaborTask>>(&bytes) {
                Err(_) => Outcome::Refused,
                Ok(tasks) => {
                    let membership = Membership::new(crowd.clone()).expect("members");
                    // Either an assignment or a sentence.
                    match kernel_labor::assign(&tasks, &membership) {
                        Ok(_) => Outcome::Replayed,
                        Err(error) => {
                            assert!(!error.to_string().is_empty());
                            Outcome::Refused
                        }
                    }
                }
            }
        }
        1 => {
            let whole = Membership::new(crowd.clone()).expect("members");
            let bytes = broken(&mut seeded, postcard::to_stdvec(&whole).expect("bytes"));
            match postcard::from_bytes::<Membership>(&bytes) {
                Err(_) => Outcome::Refused,
                Ok(membership) => {
                    assert!(!membership.members().is_empty());
                    Outcome::Replayed
                }
            }
        }
        _ => {
            let bytes = broken(&mut seeded, postcard::to_stdvec(&log[..]).expect("bytes"));
            match postcard::from_bytes::<Vec<Input>>(&bytes) {
                Err(_) => Outcome::Refused,
                Ok(log) => {
                    let (one, other) = (LaborArray::replay(&log), LaborArray::replay(&log));
                    assert_eq!(one, other);
                    Outcome::Replayed
                }
            }
        }
    }
}

/// Bytes altered, cut out, doubled or cut off.
pub fn broken(seeded: &mut Seeded, mut bytes: Vec<u8>) -> Vec<u8> {
    for _ in 0..1 + seeded.below(3) {
        if bytes.is_empty() {
            break;
        }
        let at = seeded.below(bytes.len() as u64) as usize;
        match seeded.below(5) {
            0 => bytes.truncate(at),
            1 => drop(bytes.remove(at)),
            2 => bytes.insert(at, seeded.next() as u8),
            3 => bytes[at] = 0xff,
            _ => bytes[at] = seeded.next() as u8,
        }
    }
    bytes
}
