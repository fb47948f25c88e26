//! Promises about the rooms beside this one: compute that dies, a mesh that is full, and pictures that no other machine may see.

mod support;

use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::Duration;

use actor_messages::work::CloseJob;
use actor_messages::{JobId, JobRequest, JobState};
use kernel_imaging::{FrameReference, Instance};
use support::compute::{Die, Hold};
use support::gate::Gate;
use support::mesh::{Conduct, peer};
use support::{House, HouseOptions, notices, request};

fn wish() -> JobRequest {
    request("threshold", &[], 6)
}

#[test]
fn a_job_whose_compute_part_died_fails_and_does_not_wait_for_ever() {
    let mut house = House::open(HouseOptions {
        hold: Hold::Tasks,
        ..HouseOptions::default()
    });
    let job = house.start(wish());
    house.snapshot(|snapshot| snapshot.state == JobState::Running);
    house.workers.try_send(Die).expect("room");
    let sentence = house.end(&job).0.expect_err("it cannot go on");
    house.close();
    assert_eq!(
        sentence,
        "The compute part has stopped; restart the program"
    );
}

#[test]
fn the_end_of_a_job_is_told_to_a_mesh_that_was_full() {
    let (open, waits) = channel();
    let (heard, hears) = channel();
    let mut house = House::open(HouseOptions {
        peers: vec![peer("a", Conduct::Honest)],
        gate: Some(Gate { open: waits, heard }),
        ..HouseOptions::default()
    });
    let door = house.gate.clone().expect("a gate");
    let filler = || CloseJob {
        job: JobId("filler".to_owned()),
    };
    // Full, and still full after the actor behind it has taken what it takes at once.
    for _ in 0..5 {
        while door.try_send(filler()).is_ok() {}
        std::thread::sleep(Duration::from_millis(20));
    }
    // Every sender has one place of its own behind the full ones: the first job takes it, the second finds no room.
    let jobs = [(); 2].map(|()| house.run(wish()).0.snapshot.job.clone());
    std::thread::sleep(Duration::from_millis(200));
    assert!(hears.try_recv().is_err(), "nothing was heard yet");
    drop(open);
    let mut closed = Vec::new();
    while closed.len() < jobs.len() {
        let job = hears
            .recv_timeout(Duration::from_secs(20))
            .expect("the mesh hears of the end of both");
        closed.extend((job != filler().job).then_some(job));
    }
    assert_eq!(closed, jobs);
    assert!(
        hears.recv_timeout(Duration::from_millis(200)).is_err(),
        "it is told once"
    );
    drop(door);
    house.close();
}

#[test]
fn pictures_with_burned_in_text_leave_this_machine_for_no_other() {
    let mut wish = wish();
    let instance = Arc::clone(&wish.frames[0].instance);
    // One picture is enough.
    wish.frames[3] = FrameReference {
        instance: Arc::new(Instance {
            burned_in: true,
            ..(*instance).clone()
        }),
        frame: 3,
    };
    let mut house = House::open(HouseOptions {
        peers: vec![peer("a", Conduct::Honest)],
        ..HouseOptions::default()
    });
    let (outcome, seen) = house.run(wish.clone());
    let members: Vec<&str> = outcome
        .snapshot
        .members
        .iter()
        .map(|member| member.peer.as_str())
        .collect();
    assert_eq!(members, ["local"]);
    let told = notices(&seen);
    assert!(
        matches!(&told[..], [text] if text.contains("burned into") && text.contains("alone")),
        "{told:?}"
    );
    // Who asked for no mesh is told nothing.
    wish.mesh = false;
    let (_, seen) = house.run(wish);
    assert_eq!(notices(&seen), [""; 0]);
    house.close();
}
