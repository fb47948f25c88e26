//! Promises about how often tasks are computed: windows, fairness between jobs, spot checks; executions are counted.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use actor_labor::limits::{PEER_WINDOW_MIN, SPOT_CHECK_ONE_IN};
use actor_labor::{Calibration, Record, read_journal};
use actor_messages::work::ControlJob;
use actor_messages::{JobControl, JobId, JobState, Priority};
use kernel_labor::Input;
use support::compute::{Hold, Release, ReleaseSome};
use support::mesh::{Conduct, ME, PeerScript, peer};
use support::{House, HouseOptions, notices, request, request_of};

/// Waits until so many executions were counted, and then for what the next turns of the actor bring: a snapshot comes at each.
fn counted(house: &House, at_least: usize) -> BTreeMap<JobId, usize> {
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        let executions = house.executions.lock().expect("no panic").clone();
        if executions.len() >= at_least || Instant::now() > until {
            let mut counts = BTreeMap::new();
            for (job, _) in executions {
                *counts.entry(job).or_default() += 1;
            }
            return counts;
        }
        std::thread::yield_now();
    }
}

#[test]
fn no_more_tasks_are_out_than_the_windows_of_this_machine_and_of_each_peer() {
    const WINDOW: usize = 3;
    let silent = PeerScript {
        peer: "a",
        capacity: 1,
        conduct: Conduct::Silent,
    };
    let mut house = House::open(HouseOptions {
        hold: Hold::Tasks,
        local_window: WINDOW,
        peers: vec![silent],
        ..HouseOptions::default()
    });
    let job = house.start(request("threshold", &[], 60));
    // One answer comes back and one task takes its place, so all that goes out at once is out by then.
    counted(&house, WINDOW);
    house.workers.try_send(ReleaseSome(1)).expect("room");
    let counts = counted(&house, WINDOW + 1);
    assert_eq!(counts, BTreeMap::from([(job.clone(), WINDOW + 1)]));
    assert_eq!(house.sent.lock().expect("no panic").len(), PEER_WINDOW_MIN);
    house.stop(&job);
    house.snapshot(|snapshot| snapshot.state == JobState::Cancelled);
    house.close();
}

#[test]
fn two_jobs_share_the_window_alike_until_one_is_given_priority() {
    const WINDOW: usize = 10;
    let mut house = House::open(HouseOptions {
        hold: Hold::Tasks,
        local_window: WINDOW,
        ..HouseOptions::default()
    });
    let first = house.start(request("threshold", &[], 60));
    counted(&house, WINDOW);
    let second = house.start(request_of(
        "threshold",
        &[],
        &(100..160).collect::<Vec<_>>(),
    ));
    house.snapshot(|snapshot| snapshot.job == second && snapshot.state == JobState::Running);
    // The second begins beside what the first has out already; then each has its half.
    house.workers.try_send(ReleaseSome(WINDOW)).expect("room");
    counted(&house, 2 * WINDOW);
    let high = ControlJob {
        job: second.clone(),
        control: JobControl::Prioritise(Priority::High),
    };
    house.labor.try_send(high).expect("room");
    house.snapshot(|snapshot| snapshot.priority == Priority::High);
    let before = house.executions.lock().expect("no panic").len();
    house
        .workers
        .try_send(ReleaseSome(4 * WINDOW))
        .expect("room");
    house
        .workers
        .try_send(ReleaseSome(4 * WINDOW))
        .expect("room");
    counted(&house, before + WINDOW);
    house
        .workers
        .try_send(ReleaseSome(4 * WINDOW))
        .expect("room");
    counted(&house, before + 2 * WINDOW);
    let after = house.executions.lock().expect("no panic")[before..].to_vec();
    let of_second = after.iter().filter(|(job, _)| *job == second).count();
    assert!(
        of_second * 3 > after.len() * 2,
        "{of_second} of {} for the one of high priority",
        after.len()
    );
    assert!(of_second < after.len(), "the other goes on");
    house.workers.try_send(Release).expect("room");
    for job in [first, second] {
        house.stop(&job);
    }
    house.close();
}

#[test]
fn about_the_stated_share_is_computed_by_a_second_member_and_no_other_task_is() {
    const TASKS: usize = 160;
    let mut house = House::open(HouseOptions {
        peers: vec![peer("a", Conduct::Honest), peer("z", Conduct::Honest)],
        ..HouseOptions::default()
    });
    let (outcome, _) = house.run(request("threshold", &[], TASKS));
    let journal = outcome.journal.clone().expect("a journal");
    let (_, records, _) = read_journal(&journal).expect("a journal");
    let here = house.executions.lock().expect("no panic").len();
    let there = house.sent.lock().expect("no panic").len();
    let home = house.close();
    let mut answers: BTreeMap<[u8; 32], BTreeSet<String>> = BTreeMap::new();
    for record in records {
        if let Record::Input(Input::Done { peer, task, .. }) = record {
            answers.entry(task).or_default().insert(peer);
        }
    }
    let twice = answers.values().filter(|peers| peers.len() > 1).count();
    let checked = outcome.snapshot.spot_checked;
    assert_eq!(answers.len(), TASKS);
    let share = TASKS / SPOT_CHECK_ONE_IN as usize;
    assert!(
        (share / 3..=share * 3).contains(&checked),
        "{checked} of {TASKS}"
    );
    assert!(
        twice >= checked,
        "{twice} tasks have answers of two members"
    );
    // Besides the checks only the last tasks may be computed twice, by members with nothing left to do.
    let executions = here + there;
    assert!(
        (TASKS + checked..=TASKS + checked + 3 * 4).contains(&executions),
        "{executions} executions of {TASKS} tasks, {checked} checked"
    );
    // What was seen of the speed of each machine that answered is kept for the next run.
    let calibration = Calibration::read(home.path()).expect("a calibration");
    let known: BTreeSet<&str> = calibration
        .speeds()
        .map(|speed| speed.peer.as_str())
        .collect();
    let members = outcome.snapshot.members.iter();
    for member in members.filter(|member| member.done > 0) {
        assert!(known.contains(member.peer.as_str()), "{known:?}");
    }
    assert!(known.len() > 1, "{known:?}");
}

#[test]
fn what_waits_for_the_users_yes_is_computed_here_as_soon_as_there_is_nothing_else_to_do() {
    let peers = vec![peer("a", Conduct::Held), peer("z", Conduct::Held)];
    // Nobody is late before the test is over.
    let mut house = House::open(HouseOptions {
        peers,
        late_after: Duration::from_secs(86_400),
        ..HouseOptions::default()
    });
    let (outcome, seen) = house.run(request("threshold", &[], 60));
    assert_eq!(outcome.snapshot.state, JobState::Completed);
    let done_here = outcome
        .snapshot
        .members
        .iter()
        .find(|member| member.peer == ME);
    assert_eq!(done_here.map(|member| member.done), Some(60));
    let notices = notices(&seen);
    assert!(
        notices
            .iter()
            .all(|notice| !notice.contains("No answer in time")),
        "nobody is to blame: {notices:?}"
    );
    house.close();
}

#[test]
fn a_peer_has_as_long_as_was_seen_of_it_or_of_this_machine_and_its_deadline_is_shown() {
    const USUAL: Duration = Duration::from_secs(3_600);
    let row = |peer: &str, work: u64| {
        format!(
            r#"{{"operation":"threshold","peer":"{peer}","work":{work},"busy_ms":1000,"answers":9,"seen":1}}"#
        )
    };
    let peers = vec![peer("a", Conduct::Silent), peer("z", Conduct::Silent)];
    // What is out with a peer is its window, and every slice costs the same.
    let shown = |calibration: Option<String>| {
        let mut house = House::open(HouseOptions {
            peers: peers.clone(),
            late_after: USUAL,
            hold: Hold::Tasks,
            calibration,
            ..HouseOptions::default()
        });
        let job = house.start(request("threshold", &[], 60));
        let snapshot = house.snapshot(|snapshot| {
            let others = snapshot.members.iter().filter(|member| member.peer != ME);
            others.filter(|member| member.deadline_ms.is_some()).count() == 2
        });
        house.stop(&job);
        house.snapshot(|snapshot| snapshot.state == JobState::Cancelled);
        house.close();
        let of = |peer: &str| {
            let member = snapshot.members.iter().find(|member| member.peer == peer);
            member.and_then(|member| member.deadline_ms)
        };
        [of("a"), of("z")]
    };
    let usual_ms = Some(3_600_000);
    assert_eq!(shown(None), [usual_ms, usual_ms], "nothing is known");
    let file = |rows: &[String]| Some(format!(r#"{{"version":1,"speeds":[{}]}}"#, rows.join(",")));
    // So slow that it has the longest time, so fast that it has the shortest.
    let (longest, shortest) = (Some(30 * 3_600_000), Some(900_000));
    let known = file(&[row("a", 1), row("z", u64::MAX / 2)]);
    assert_eq!(shown(known), [longest, shortest]);
    let own = file(&[row(ME, u64::MAX / 2), row("a", 1)]);
    assert_eq!(
        shown(own),
        [longest, shortest],
        "the unknown is taken for as fast as we are"
    );
}
