//! Two different answers to one task: the job stands still, both peers are named, and a third computation decides.

mod support;

use kernel_labor::{ArrayState, Decision, Id, Input, LaborArray, LaborTask, Suspension};
use support::{done, member, open, opened, sent, task, truth};

#[test]
fn different_answers_suspend_a_strict_job_and_a_third_decides() {
    let tasks = [task(1, 5), task(2, 4), task(3, 3)];
    let mut array = opened(&tasks, &[member("a", 1), member("b", 1), member("c", 1)]);
    let (contested, wrong) = (tasks[0].id, [0; 32]);
    array.apply(done("a", contested, wrong));
    let other = array.unfinished_of("b")[0];
    let decisions = array.apply(done("b", contested, truth(&contested)));
    let Some(Decision::Suspended(Suspension::Conflict(conflict))) = decisions.last() else {
        panic!("{decisions:?}")
    };
    assert_eq!(
        (conflict.first_peer.as_str(), conflict.second_peer.as_str()),
        ("a", "b")
    );
    assert!(
        conflict
            .to_string()
            .starts_with("Peers a and b gave different answers to task 00000001")
    );
    // Answers are welcome while it stands still; nothing new is sent.
    assert!(sent(&array.apply(done("b", other, truth(&other)))).is_empty());
    assert!(matches!(
        array.state(),
        ArrayState::Suspended(Suspension::Conflict(_))
    ));
    let decisions = array.apply(Input::Resume);
    assert!(decisions.contains(&Decision::Resumed));
    assert!(
        sent(&decisions).contains(&("c".to_owned(), contested)),
        "{decisions:?}"
    );
    let again = array.apply(done("a", contested, wrong));
    assert_eq!(
        again,
        [Decision::Ignored {
            reason: "The answer of a to this task is in doubt".to_owned()
        }]
    );
    let decisions = array.apply(done("c", contested, truth(&contested)));
    let settled = Decision::Settled {
        task: contested,
        digest: truth(&contested),
        outvoted: vec!["a".to_owned()],
        reopened: vec![],
    };
    assert!(decisions.contains(&settled), "{decisions:?}");
    assert!(
        array.members().all(|member| member.peer != "a"),
        "a peer proven wrong is treated as lost"
    );
    assert!(matches!(
        array.apply(Input::Up(member("a", 1)))[..],
        [Decision::Ignored { .. }]
    ));
    let last = tasks[2].id;
    array.apply(done("c", last, truth(&last)));
    assert_eq!(array.state(), ArrayState::Completed);
    assert!(
        array
            .results()
            .iter()
            .all(|(task, digest)| *digest == truth(task))
    );
}

#[test]
fn what_only_a_wrong_peer_vouched_for_is_computed_again() {
    let tasks: Vec<_> = (0..9).map(|number| task(number, 5)).collect();
    let mut array = opened(&tasks, &[member("liar", 1), member("m", 1), member("n", 1)]);
    let lies = array.unfinished_of("liar");
    lies.iter()
        .for_each(|task| drop(array.apply(done("liar", *task, [0; 32]))));
    array.apply(done("m", lies[0], truth(&lies[0])));
    array.apply(Input::Resume);
    let decisions = array.apply(done("n", lies[0], truth(&lies[0])));
    let reopened = decisions.iter().find_map(|decision| {
        if let Decision::Settled { reopened, .. } = decision {
            Some(reopened.clone())
        } else {
            None
        }
    });
    assert_eq!(reopened.expect("the contradiction was settled"), lies[1..]);
    for task in &tasks {
        if let Some(peer) = array
            .holders_of(&task.id)
            .first()
            .map(|peer| (*peer).to_owned())
        {
            array.apply(done(&peer, task.id, truth(&task.id)));
        }
    }
    assert_eq!(array.state(), ArrayState::Completed);
    assert!(
        array
            .results()
            .iter()
            .all(|(task, digest)| *digest == truth(task))
    );
}

#[test]
fn a_contradiction_without_a_third_member_waits_for_one() {
    let tasks = [task(1, 5)];
    let mut array = opened(&tasks, &[member("a", 1), member("b", 1)]);
    array.apply(done("a", tasks[0].id, [0; 32]));
    assert_eq!(array.state(), ArrayState::Completed);
    array.apply(done("b", tasks[0].id, truth(&tasks[0].id)));
    array.apply(Input::Resume);
    let ArrayState::Suspended(reason) = array.state() else {
        panic!("{:?}", array.state())
    };
    assert!(
        reason
            .to_string()
            .ends_with("has two different answers, and no third member is here to decide"),
        "{reason}"
    );
    assert_eq!(
        sent(&array.apply(Input::Up(member("c", 1)))),
        [("c".to_owned(), tasks[0].id)]
    );
    let decisions = array.apply(done("c", tasks[0].id, [5; 32]));
    assert!(
        matches!(decisions.last(), Some(Decision::Failed(_))),
        "three answers are no majority: {decisions:?}"
    );
}

#[test]
fn a_job_that_is_not_strict_keeps_the_first_answer() {
    let Input::Open(mut opening) = open(&[task(1, 5)], &[member("a", 1), member("b", 1)]) else {
        panic!("an opening")
    };
    opening.strict = false;
    let mut array = LaborArray::replay(&[Input::Open(opening), done("a", task(1, 5).id, [1; 32])]);
    array.apply(done("b", task(1, 5).id, [2; 32]));
    assert_eq!(array.answer(&task(1, 5).id), Some(([1; 32], "a")));
    assert_eq!(array.state(), ArrayState::Completed);
}

/// Whoever has an open task answers it truly, until nobody has one.
fn all_answer_truly(array: &mut LaborArray, tasks: &[LaborTask]) {
    for _ in 0..tasks.len() * 4 {
        for task in tasks {
            let holders: Vec<String> = array
                .holders_of(&task.id)
                .iter()
                .map(|peer| (*peer).to_owned())
                .collect();
            for peer in holders {
                array.apply(done(&peer, task.id, truth(&task.id)));
            }
        }
    }
}

/// The liar and an honest peer answer one task, in this order.
fn contradict(array: &mut LaborArray, liar_first: bool, honest: &str, task: Id) {
    let mut answers = [
        done("liar", task, [0; 32]),
        done(honest, task, truth(&task)),
    ];
    if !liar_first {
        answers.reverse();
    }
    answers
        .into_iter()
        .for_each(|answer| drop(array.apply(answer)));
}

#[test]
fn a_contradiction_falls_with_the_peer_that_another_one_proves_wrong() {
    let tasks: Vec<_> = (0..6).map(|number| task(number, 5)).collect();
    for liar_first in [true, false] {
        let members = [member("a", 1), member("liar", 1), member("z", 1)];
        let mut array = opened(&tasks, &members);
        contradict(&mut array, liar_first, "a", tasks[0].id);
        contradict(&mut array, liar_first, "z", tasks[1].id);
        array.apply(Input::Resume);
        // A third one is found while the user wants everything to stand still, and nobody is asked about it yet.
        array.apply(Input::Pause);
        contradict(&mut array, liar_first, "a", tasks[2].id);
        let settled = array.apply(done("z", tasks[0].id, truth(&tasks[0].id)));
        assert!(
            settled
                .iter()
                .any(|decision| matches!(decision, Decision::Settled { .. }))
        );
        // Whoever answered the third one is alone from now on: its answer is in doubt no more.
        array.apply(Input::Down {
            peer: "z".to_owned(),
            incarnation: 1,
        });
        array.apply(Input::Resume);
        all_answer_truly(&mut array, &tasks);
        assert_eq!(array.state(), ArrayState::Completed, "{liar_first}");
        assert!(
            array
                .results()
                .iter()
                .all(|(task, digest)| *digest == truth(task))
        );
    }
}

#[test]
fn an_answer_that_most_gave_already_needs_no_further_member() {
    let tasks = [task(1, 5)];
    let mut array = opened(&tasks, &[member("liar", 1), member("m", 1), member("n", 1)]);
    // Both true answers come before anybody can be asked.
    array.apply(Input::Pause);
    contradict(&mut array, true, "m", tasks[0].id);
    array.apply(done("n", tasks[0].id, truth(&tasks[0].id)));
    let asked = sent(&array.apply(Input::Resume));
    assert!(
        matches!(&asked[..], [(peer, _)] if peer != "liar"),
        "{asked:?}"
    );
    let again = array.apply(done("liar", tasks[0].id, [0; 32]));
    assert!(matches!(again[..], [Decision::Ignored { .. }]), "{again:?}");
    array.apply(done(&asked[0].0, tasks[0].id, truth(&tasks[0].id)));
    assert_eq!(array.state(), ArrayState::Completed);
    assert!(array.members().all(|member| member.peer != "liar"));
}
