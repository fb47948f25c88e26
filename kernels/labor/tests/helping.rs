//! Late tasks: others compute them as well, the idle machine of the submitter at last, so that silent members cost time only.

mod support;

use kernel_labor::{ArrayState, Decision, Id, Input};
use support::{commits, done, member, opened, sent, task, truth};

#[test]
fn a_late_task_is_computed_by_somebody_else_too() {
    let tasks = [task(1, 5), task(2, 5)];
    let mut array = opened(&tasks, &[member("a", 1), member("b", 1)]);
    let late = array.unfinished_of("a")[0];
    let decisions = array.apply(Input::Late {
        peer: "a".to_owned(),
        task: late,
    });
    assert_eq!(sent(&decisions), [("b".to_owned(), late)]);
    assert_eq!(array.holders_of(&late), ["a", "b"]);
    assert!(
        sent(&array.apply(Input::Late {
            peer: "a".to_owned(),
            task: late
        }))
        .is_empty(),
        "a task that others have already asks for nobody by itself"
    );
}

fn helps(peer: &str, task: Id) -> Input {
    Input::Helps {
        peer: peer.to_owned(),
        task,
    }
}

#[test]
fn an_idle_member_helps_with_a_task_that_two_busy_ones_have() {
    let tasks = [task(1, 5), task(2, 5)];
    // B and C are so fast by their own word that the slow one is never chosen.
    let mut array = opened(
        &tasks,
        &[member("b", 32), member("c", 32), member("own", 1)],
    );
    assert!(array.unfinished_of("own").is_empty());
    for task in &tasks {
        let holder = array.holders_of(&task.id)[0].to_owned();
        array.apply(Input::Late {
            peer: holder,
            task: task.id,
        });
        assert_eq!(array.holders_of(&task.id).len(), 2);
        assert!(array.may_help("own", &task.id));
        let decisions = array.apply(helps("own", task.id));
        assert_eq!(sent(&decisions), [("own".to_owned(), task.id)]);
        assert_eq!(array.holders_of(&task.id).len(), 3);
    }
    for task in &tasks {
        assert_eq!(
            commits(&array.apply(done("own", task.id, truth(&task.id)))),
            1
        );
    }
    assert_eq!(array.state(), ArrayState::Completed);
    assert_eq!(array.done_by_peer(), [("own".to_owned(), 2)]);
}

#[test]
fn nobody_helps_who_may_not_and_no_task_is_had_by_more_than_three() {
    let tasks = [task(1, 5)];
    let mut small = member("small", 1);
    small.memory_bytes = 10;
    let crowd = [
        member("a", 9),
        member("b", 1),
        member("c", 1),
        member("d", 1),
        small,
    ];
    let mut array = opened(&tasks, &crowd);
    let id = tasks[0].id;
    for peer in ["a", "small", "z"] {
        let before = array.clone();
        assert!(!array.may_help(peer, &id));
        let decisions = array.apply(helps(peer, id));
        assert!(
            matches!(decisions[..], [Decision::Ignored { .. }]),
            "{peer}: {decisions:?}"
        );
        assert_eq!(array, before, "{peer}");
    }
    array.apply(helps("b", id));
    // Who refused it does not get it back.
    array.apply(Input::Refused {
        peer: "b".to_owned(),
        task: id,
    });
    assert!(!array.may_help("b", &id));
    array.apply(helps("c", id));
    array.apply(helps("d", id));
    assert_eq!(array.holders_of(&id), ["a", "c", "d"]);
    array.apply(Input::Up(member("e", 1)));
    assert!(!array.may_help("e", &id), "three are enough");
    array.apply(done("c", id, truth(&id)));
    assert!(!array.may_help("e", &id), "it is done");
}
