//! What becomes of a job when members are lost, come, refuse, contradict each other, or when its user stops it.

mod support;

use std::collections::BTreeSet;

use kernel_labor::{ArrayState, Decision, Id, Input, LaborArray, LaborTask, Suspension};
use support::{Seeded, commits, done, member, members, open, opened, sent, task, tasks, truth};

fn down(peer: &str) -> Input {
    Input::Down {
        peer: peer.to_owned(),
        incarnation: 1,
    }
}

#[test]
fn a_lost_peer_keeps_no_task_and_only_its_tasks_move() {
    for seed in 0..100 {
        let mut seeded = Seeded(seed);
        let crowd = members(&mut seeded, 5);
        let tasks = tasks(&mut seeded, 60, |seeded| 1 + seeded.below(50));
        let mut array = opened(&tasks, &crowd);
        // Some are done before.
        for task in tasks.iter().step_by(3) {
            let peer = array.holders_of(&task.id)[0].to_owned();
            array.apply(done(&peer, task.id, truth(&task.id)));
        }
        let lost = format!("peer-{:04}", seeded.below(5));
        let before: Vec<Vec<String>> = tasks
            .iter()
            .map(|task| {
                array
                    .holders_of(&task.id)
                    .into_iter()
                    .map(str::to_owned)
                    .collect()
            })
            .collect();
        let orphans: BTreeSet<Id> = array.unfinished_of(&lost).into_iter().collect();
        let decisions = array.apply(down(&lost));
        let moved: BTreeSet<Id> = sent(&decisions).into_iter().map(|(_, task)| task).collect();
        assert!(moved.is_subset(&orphans), "seed {seed}");
        assert!(array.unfinished_of(&lost).is_empty(), "seed {seed}");
        for (task, before) in tasks.iter().zip(before) {
            let after = array.holders_of(&task.id);
            assert!(!after.contains(&lost.as_str()), "seed {seed}");
            assert_eq!(
                after.is_empty(),
                array.answer(&task.id).is_some(),
                "seed {seed}: every open task has somebody"
            );
            if !before.contains(&lost) {
                assert_eq!(after, before, "seed {seed}: a task of another member moved");
            }
        }
        assert_eq!(array.epoch().unwrap().number, 1);
        assert!(array.members().all(|member| member.peer != lost));
    }
}

#[test]
fn an_answer_is_committed_once_however_often_it_comes() {
    let tasks = [task(1, 5), task(2, 5)];
    let mut array = opened(&tasks, &[member("a", 1), member("b", 1)]);
    let answer = done("a", tasks[0].id, truth(&tasks[0].id));
    assert_eq!(commits(&array.apply(answer.clone())), 1);
    assert_eq!(array.state(), ArrayState::Processing);
    let before = array.clone();
    for input in [answer, done("b", tasks[0].id, truth(&tasks[0].id))] {
        let decisions = array.apply(input);
        assert!(
            matches!(decisions[..], [Decision::Ignored { .. }]),
            "{decisions:?}"
        );
        assert_eq!(array, before);
    }
    let decisions = array.apply(done("b", tasks[1].id, truth(&tasks[1].id)));
    let result_digest = array.result_digest().unwrap();
    assert_eq!(
        decisions.last(),
        Some(&Decision::Finished { result_digest })
    );
    assert_eq!(
        (array.state(), array.committed(), array.total()),
        (ArrayState::Completed, 2, 2)
    );
    assert_eq!(
        array.done_by_peer(),
        [("a".to_owned(), 1), ("b".to_owned(), 1)]
    );
}

#[test]
fn a_late_answer_of_a_lost_member_counts_and_frees_its_successor() {
    let tasks = [task(1, 5), task(2, 5), task(3, 5), task(4, 5)];
    let mut array = opened(&tasks, &[member("a", 1), member("b", 1)]);
    let late = array.unfinished_of("b")[0];
    array.apply(down("b"));
    let decisions = array.apply(done("b", late, truth(&late)));
    assert_eq!(commits(&decisions), 1);
    assert!(
        decisions.contains(&Decision::Withdraw {
            peer: "a".to_owned(),
            tasks: vec![late]
        }),
        "{decisions:?}"
    );
    let stranger = array.apply(done("z", tasks[0].id, truth(&tasks[0].id)));
    assert_eq!(
        stranger,
        [Decision::Ignored {
            reason: "Peer z is not in the membership".to_owned()
        }]
    );
    let unknown = array.apply(done("a", [9; 32], [0; 32]));
    assert_eq!(
        unknown,
        [Decision::Ignored {
            reason: format!("Task {} is not part of this job", "09".repeat(32))
        }]
    );
}

#[test]
fn a_member_that_comes_takes_work_and_one_that_restarts_loses_what_it_had() {
    let tasks: Vec<_> = (0..20).map(|number| task(number, 10)).collect();
    let mut array = opened(&tasks, &[member("a", 1)]);
    let decisions = array.apply(Input::Up(member("b", 1)));
    assert_eq!(array.unfinished_of("b").len(), 8, "{decisions:?}");
    assert_eq!(
        array.unfinished_of("a").len(),
        12,
        "eight went: the first ones are in hand, and more may go when the eight are done"
    );
    assert_eq!(array.epoch().unwrap().number, 1);
    // The same start again, and an older one, change nothing.
    let before = array.clone();
    let mut again = member("b", 1);
    array.apply(Input::Up(again.clone()));
    again.incarnation = 0;
    array.apply(Input::Up(again.clone()));
    assert_eq!(array, before);
    // A later start inside the detection window; then the old one's loss is noticed.
    again.incarnation = 2;
    let resent = sent(&array.apply(Input::Up(again)));
    assert!(!resent.is_empty());
    let before = array.clone();
    array.apply(down("b"));
    assert_eq!(array, before, "the loss of an earlier start is old news");
    let mut held = [array.unfinished_of("a"), array.unfinished_of("b")].concat();
    held.sort_unstable();
    held.dedup();
    assert_eq!(held.len(), 20);
}

#[test]
fn an_idle_member_takes_over_and_doubles_the_last_tasks_of_slower_ones() {
    let tasks: Vec<_> = (0..12).map(|number| task(number, 10)).collect();
    let mut array = opened(&tasks, &[member("fast", 5), member("slow", 1)]);
    let slow = array.unfinished_of("slow");
    assert_eq!(slow.len(), 2);
    let mut decisions = vec![];
    for task in array.unfinished_of("fast") {
        decisions.extend(array.apply(done("fast", task, truth(&task))));
    }
    assert!(
        decisions.contains(&Decision::Withdraw {
            peer: "slow".to_owned(),
            tasks: vec![slow[1]]
        }),
        "{decisions:?}"
    );
    assert_eq!(array.holders_of(&slow[1]), ["fast"]);
    array.apply(done("fast", slow[1], truth(&slow[1])));
    assert_eq!(
        array.holders_of(&slow[0]),
        ["slow", "fast"],
        "the last one is doubled by who has nothing else, since it has begun"
    );
    let decisions = array.apply(done("fast", slow[0], truth(&slow[0])));
    assert!(decisions.contains(&Decision::Withdraw {
        peer: "slow".to_owned(),
        tasks: vec![slow[0]]
    }));
    assert_eq!(array.state(), ArrayState::Completed);
}

#[test]
fn a_member_that_found_nothing_to_take_is_asked_again_when_another_shows_to_be_slow() {
    let tasks: Vec<_> = (0..40).map(|number| task(number, 10)).collect();
    let members = [member("a", 1), member("b", 1), member("late", 1)];
    let mut array = opened(&tasks, &members);
    // As declared, all end together: who is done first finds that nothing is worth taking.
    let own = array.unfinished_of("a");
    for task in array.unfinished_of("b").iter().chain(&own[..own.len() - 1]) {
        let peer = array.holders_of(task)[0].to_owned();
        array.apply(done(&peer, *task, truth(task)));
        // One of the three answers nothing at all: it is taken for slow, more so with each answer of the others.
    }
    let held = array.unfinished_of("late");
    assert!(
        held.len() < 13,
        "what the silent one had went to those who answer: {}",
        held.len()
    );
    let taken = array.unfinished_of("b");
    assert!(!taken.is_empty());
}

#[test]
fn a_refused_task_goes_to_somebody_else_and_fails_when_all_refuse() {
    let tasks = [task(1, 5)];
    let refuse = |peer: &str| Input::Refused {
        peer: peer.to_owned(),
        task: tasks[0].id,
    };
    let mut array = opened(&tasks, &[member("a", 1), member("b", 1)]);
    assert_eq!(
        sent(&array.apply(refuse("a"))),
        [("b".to_owned(), tasks[0].id)]
    );
    let decisions = array.apply(refuse("b"));
    let ArrayState::Failed(error) = array.state() else {
        panic!("{decisions:?}")
    };
    assert_eq!(decisions, [Decision::Failed(error.clone())]);
    assert!(
        error
            .to_string()
            .ends_with("was refused by every member that could compute it, 2 in all"),
        "{error}"
    );
    assert!(matches!(
        array.apply(Input::Resume)[..],
        [Decision::Ignored { .. }]
    ));
}

#[test]
fn a_paused_job_sends_nothing_until_it_goes_on() {
    let tasks: Vec<_> = (0..8).map(|number| task(number, 10)).collect();
    let mut array = opened(&tasks, &[member("a", 1), member("b", 1)]);
    assert_eq!(
        array.apply(Input::Pause),
        [Decision::Suspended(Suspension::Paused)]
    );
    let orphans = array.unfinished_of("b");
    assert!(sent(&array.apply(down("b"))).is_empty());
    // One of them is answered meanwhile, so it is never sent.
    array.apply(done("b", orphans[0], truth(&orphans[0])));
    let decisions = array.apply(Input::Resume);
    assert_eq!(decisions[0], Decision::Resumed);
    let resent: Vec<Id> = sent(&decisions).into_iter().map(|(_, task)| task).collect();
    assert_eq!(resent, orphans[1..]);
}

#[test]
fn a_job_without_members_waits_and_a_cancelled_one_does_not() {
    let tasks = [task(1, 5), task(2, 5)];
    let mut array = opened(&tasks, &[member("a", 1)]);
    let decisions = array.apply(down("a"));
    let Some(Decision::Suspended(reason)) = decisions.last() else {
        panic!("{decisions:?}")
    };
    assert_eq!(
        reason.to_string(),
        "There are no members to assign tasks to"
    );
    let mut small = member("small", 1);
    small.memory_bytes = 10;
    array.apply(Input::Up(small));
    let ArrayState::Suspended(reason) = array.state() else {
        panic!("nobody fits")
    };
    assert!(
        reason
            .to_string()
            .contains("fits nowhere: it needs 1048576 bytes"),
        "{reason}"
    );
    let decisions = array.apply(Input::Up(member("b", 1)));
    assert!(
        decisions.contains(&Decision::Resumed) && sent(&decisions).len() == 2,
        "{decisions:?}"
    );
    assert_eq!(array.apply(Input::Cancel), [Decision::Cancelled]);
    assert_eq!(array.state(), ArrayState::Cancelled);
    assert!(matches!(
        array.apply(done("b", tasks[0].id, [0; 32]))[..],
        [Decision::Ignored { .. }]
    ));
}

#[test]
fn a_member_of_another_class_gets_no_work_of_a_strict_job() {
    let Input::Open(mut opening) = open(&[task(1, 5), task(2, 5)], &[member("a", 1)]) else {
        panic!("an opening")
    };
    opening.membership = opening.membership.requiring_class([7; 32]);
    let mut array = LaborArray::replay(&[Input::Open(opening)]);
    let mut other = member("b", 100);
    other.numeric_class = [8; 32];
    assert!(sent(&array.apply(Input::Up(other))).is_empty());
    array.apply(down("a"));
    let ArrayState::Suspended(_) = array.state() else {
        panic!("nobody may compute it")
    };
}

#[test]
fn an_impossible_opening_fails_with_its_reason() {
    let mut array = LaborArray::new();
    assert!(matches!(
        array.apply(Input::Pause)[..],
        [Decision::Ignored { .. }]
    ));
    let decisions = array.apply(open(&[], &[member("a", 1)]));
    assert!(
        matches!(&decisions[..], [Decision::Failed(error)] if error.to_string() == "There are no tasks to assign")
    );
    assert!(matches!(array.state(), ArrayState::Failed(_)));
}

#[test]
fn the_result_has_the_digest_that_other_rooms_give_it() {
    let tasks: Vec<LaborTask> = [2_u8, 1, 3]
        .into_iter()
        .map(|byte| LaborTask {
            id: [byte; 32],
            ..task(0, 1)
        })
        .collect();
    let mut array = opened(&tasks, &[member("a", 1)]);
    [1_u8, 2, 3]
        .into_iter()
        .for_each(|byte| drop(array.apply(done("a", [byte; 32], [byte * 10; 32]))));
    let hex: String = array
        .result_digest()
        .unwrap()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(
        hex,
        "dd401e2bbabd737fd2f3de17cd89cd703d3881afae12df4aab145cacf0990e93"
    );
}
