//! Spot checks: a share of the tasks is computed by a second peer, and a job is complete only when both said the same.

mod support;

use kernel_labor::{
    ArrayState, Decision, Input, LaborArray, Opening, Priority, Suspension, window_shares,
};
use support::{done, member, membership, sent, task, truth};

fn opened(peers: &[&str], spot_check_one_in: u32, count: u32) -> LaborArray {
    let members: Vec<_> = peers.iter().map(|peer| member(peer, 1)).collect();
    let mut array = LaborArray::new();
    array.apply(Input::Open(Opening {
        job: [1; 32],
        tasks: (0..count).map(|number| task(number, 10)).collect(),
        membership: membership(&members),
        strict: true,
        spot_check_one_in,
    }));
    array
}

#[test]
fn a_checked_task_goes_to_another_peer_and_holds_the_job_until_it_agrees() {
    let mut array = opened(&["a", "b", "c"], 1, 1);
    let id = task(0, 10).id;
    let first = array.holders_of(&id)[0].to_owned();
    let told = sent(&array.apply(done(&first, id, truth(&id))));
    assert_eq!(told.len(), 1);
    let second = told[0].0.clone();
    assert_ne!(first, second);
    assert_eq!(
        (array.state(), array.spot_checks()),
        (ArrayState::Processing, (0, 1))
    );
    // The same peer saying it again proves nothing, nor does a restarted one.
    array.apply(done(&first, id, truth(&id)));
    assert_eq!(array.state(), ArrayState::Processing);
    let mut again = member(&first, 1);
    again.incarnation = 2;
    array.apply(Input::Up(again));
    assert_eq!(array.holders_of(&id), [second.as_str()]);
    array.apply(done(&second, id, truth(&id)));
    assert_eq!(
        (array.state(), array.spot_checks()),
        (ArrayState::Completed, (1, 0))
    );
}

#[test]
fn a_check_that_differs_suspends_the_job_and_a_third_decides() {
    let mut array = opened(&["a", "b", "c"], 1, 1);
    let id = task(0, 10).id;
    let first = array.holders_of(&id)[0].to_owned();
    let second = sent(&array.apply(done(&first, id, [9; 32])))[0].0.clone();
    array.apply(done(&second, id, truth(&id)));
    assert!(matches!(
        array.state(),
        ArrayState::Suspended(Suspension::Conflict(_))
    ));
    let third = sent(&array.apply(Input::Resume))[0].0.clone();
    assert!(third != first && third != second);
    array.apply(done(&third, id, truth(&id)));
    assert_eq!(array.state(), ArrayState::Completed);
    assert_eq!(
        array.answer(&id).map(|(digest, _)| digest),
        Some(truth(&id))
    );
}

#[test]
fn a_member_alone_is_not_held_up_by_checks_that_nobody_can_make() {
    let mut array = opened(&["a"], 1, 3);
    for id in array.unfinished_of("a") {
        array.apply(done("a", id, truth(&id)));
    }
    assert_eq!(
        (array.state(), array.spot_checks()),
        (ArrayState::Completed, (0, 3))
    );
}

#[test]
fn a_member_that_answers_wrongly_and_leaves_at_once_is_found() {
    // So few are in the share that it hardly holds one of these.
    let mut array = opened(&["a", "b", "c"], u32::MAX, 12);
    let lies: Vec<_> = array.unfinished_of("a").into_iter().take(3).collect();
    for id in &lies {
        array.apply(done("a", *id, [9; 32]));
    }
    array.apply(Input::Down {
        peer: "a".to_owned(),
        incarnation: member("a", 1).incarnation,
    });
    for _ in 0..100 {
        if matches!(array.state(), ArrayState::Suspended(_)) {
            array.apply(Input::Resume);
        }
        for peer in ["b", "c"] {
            if let Some(id) = array.unfinished_of(peer).first().copied() {
                array.apply(done(peer, id, truth(&id)));
            }
        }
    }
    assert_eq!(array.state(), ArrayState::Completed);
    for id in lies {
        let answer = array.answer(&id).map(|(digest, _)| digest);
        assert_eq!(answer, Some(truth(&id)));
    }
}

#[test]
fn about_the_stated_share_is_checked() {
    let mut array = opened(&["a", "b"], 8, 800);
    let mut open = 800;
    while array.state() != ArrayState::Completed {
        for peer in ["a", "b"] {
            if let Some(id) = array.unfinished_of(peer).first().copied() {
                array.apply(done(peer, id, truth(&id)));
            }
        }
        open -= 1;
        assert!(open > 0, "it never ends");
    }
    let (checked, left) = array.spot_checks();
    assert!((60..140).contains(&(checked + left)), "{checked} of 800");
}

#[test]
fn jobs_share_by_priority_and_none_starves() {
    let (low, normal, high) = (Priority::Low, Priority::Normal, Priority::High);
    assert_eq!(window_shares(4, &[normal]), [4]);
    assert_eq!(window_shares(4, &[normal, normal]), [2, 2]);
    assert_eq!(window_shares(42, &[low, normal, high]), [2, 8, 32]);
    assert_eq!(
        window_shares(2, &[high, low, low]),
        [1, 1, 1],
        "one each at least"
    );
    assert_eq!(window_shares(6, &[low, normal, normal]), [1, 3, 2]);
    assert_eq!(window_shares(0, &[]), []);
}

#[test]
fn a_member_that_never_answers_a_check_does_not_hold_the_job_for_ever() {
    let mut array = opened(&["a", "b"], 1, 1);
    let id = task(0, 10).id;
    let first = array.holders_of(&id)[0].to_owned();
    let second = sent(&array.apply(done(&first, id, truth(&id))))[0]
        .0
        .clone();
    let late = array.apply(Input::Late {
        peer: second.clone(),
        task: id,
    });
    assert!(late.contains(&Decision::Withdraw {
        peer: second,
        tasks: vec![id]
    }));
    assert_eq!(
        (array.state(), array.spot_checks()),
        (ArrayState::Completed, (0, 1))
    );
}
