//! The log as bytes: it reads back, replays, and foreign bytes are refused or harmless.

mod support;

use kernel_labor::{Id, Input, LaborArray, Member};
use support::{Seeded, members, open, tasks, truth};

#[test]
fn a_log_reads_back_from_bytes_and_replays() {
    let mut seeded = Seeded(3);
    let (crowd, tasks) = (members(&mut seeded, 3), tasks(&mut seeded, 9, |_| 4));
    let log = vec![
        open(&tasks, &crowd),
        Input::Done {
            peer: "peer-0001".to_owned(),
            task: tasks[0].id,
            digest: truth(&tasks[0].id),
        },
        Input::Down {
            peer: "peer-0002".to_owned(),
            incarnation: 1,
        },
        Input::Up(Member {
            incarnation: 2,
            ..crowd[2].clone()
        }),
        Input::Refused {
            peer: "peer-0000".to_owned(),
            task: tasks[1].id,
        },
        Input::Pause,
        Input::Resume,
        Input::Helps {
            peer: "peer-0001".to_owned(),
            task: tasks[2].id,
        },
        Input::Prioritise(kernel_labor::Priority::High),
        Input::Cancel,
    ];
    let bytes = postcard::to_stdvec(&log).unwrap();
    let back: Vec<Input> = postcard::from_bytes(&bytes).unwrap();
    assert_eq!(back, log);
    assert_eq!(LaborArray::replay(&back), LaborArray::replay(&log));
    // A membership in foreign bytes is checked like any other: the same peer twice is refused.
    let twice = [&crowd[0], &crowd[0]].map(|member| {
        (
            member.peer.clone(),
            member.incarnation,
            member.capacity,
            member.memory_bytes,
            member.numeric_class,
            member.link_cost,
        )
    });
    let forged = postcard::to_stdvec(&(twice.to_vec(), None::<Id>)).unwrap();
    assert!(postcard::from_bytes::<kernel_labor::Membership>(&forged).is_err());
    // Mutated bytes give an error or another log, never a panic, and any log replays.
    for round in 0..3000 {
        let mut bytes = bytes.clone();
        let at = seeded.below(bytes.len() as u64) as usize;
        bytes[at] = seeded.next() as u8;
        if round % 3 == 0 {
            bytes.truncate(at);
        }
        if let Ok(log) = postcard::from_bytes::<Vec<Input>>(&bytes) {
            let _ = LaborArray::replay(&log).state();
        }
    }
}

#[test]
fn foreign_bytes_for_logs_memberships_and_tasks_are_refused_or_replayed() {
    let replayed = (0..3000)
        .filter(|seed| support::wire::read_mutant(*seed) == support::wire::Outcome::Replayed)
        .count();
    // Mutants that are all refused at once would try nothing.
    assert!((300..2700).contains(&replayed), "{replayed} of 3000");
}
