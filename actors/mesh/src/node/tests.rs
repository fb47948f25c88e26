//! Promises about peers that lie and mailboxes that are full, on the deciding thread alone, without a network.

use actix::System;
use actor_messages::work::MemberChange;
use kernel_tasks::{Digest, TaskId};

use super::bench::{Bench, News, tasks};

#[test]
fn an_answer_without_the_digest_that_it_claims_cuts_the_peer_and_counts_for_nothing() {
    System::new().block_on(async {
        let mut bench = Bench::new();
        let tasks = tasks(3);
        let job = bench.give(&tasks, 7);
        bench.answer(&job, tasks[0].id(), b"honest", b"honest");
        bench.answer(&job, tasks[1].id(), b"claimed", b"forged");
        bench.answer(&job, tasks[2].id(), b"late", b"late");
        assert!(matches!(bench.next().await, News::Finished(done) if done.id == tasks[0].id()));
        assert!(
            matches!(bench.next().await, News::Changed(lost) if lost.change == MemberChange::Down)
        );
        assert!(
            bench.node.outbox.is_empty(),
            "the forged and the late answer were dropped"
        );
        assert!(
            bench
                .cut()
                .is_some_and(|why| why.contains("the digest that it claims"))
        );
        let book = bench.ended();
        assert!(book[0].cut.is_some(), "it stays cut after a restart");
    });
}

#[test]
fn a_member_that_was_outvoted_is_cut_and_stays_cut() {
    System::new().block_on(async {
        let mut bench = Bench::new();
        bench.give(&tasks(1), 7);
        let wrong = actor_messages::work::Distrust {
            peer: bench.peer.clone(),
            clause: "it gave an answer that two others contradict".to_owned(),
        };
        bench.node.input(super::NodeInput::Distrust(wrong));
        assert!(bench.cut().is_some_and(|why| why.contains("contradict")));
        assert!(bench.ended()[0].cut.is_some());
    });
}

#[test]
fn an_answer_that_was_not_asked_for_cuts_the_peer() {
    System::new().block_on(async {
        let mut bench = Bench::new();
        let tasks = tasks(2);
        let job = bench.give(&tasks, 7);
        bench.answer(
            &job,
            TaskId(Digest::of(b"no task of this job")),
            b"bytes",
            b"bytes",
        );
        assert!(bench.cut().is_some_and(|why| why.contains("was not asked")));
    });
}

#[test]
fn a_full_mailbox_loses_no_result_and_keeps_their_order() {
    System::new().block_on(async {
        let mut bench = Bench::new();
        let tasks = tasks(200);
        let job = bench.give(&tasks, 7);
        let mut answered = Vec::new();
        // All answers come before labor takes the first one, in windows as the wire would bring them.
        loop {
            let asked = bench.requests();
            if asked.is_empty() {
                break;
            }
            for id in asked {
                bench.answer(&job, id, b"output", b"output");
                answered.push(id);
            }
            bench.node.send_waiting_tasks();
        }
        assert_eq!(answered.len(), 200);
        for id in answered {
            let News::Finished(done) = bench.next().await else {
                panic!("no answer")
            };
            assert_eq!(done.id, id);
        }
        assert!(bench.node.outbox.is_empty());
    });
}

#[test]
fn a_peer_has_no_more_tasks_at_a_time_than_its_window() {
    System::new().block_on(async {
        let mut bench = Bench::new();
        let tasks = tasks(200);
        let job = bench.give(&tasks, 7);
        let first = bench.requests();
        assert_eq!(first.len(), 64, "two for each of its 32 cores");
        bench.answer(&job, first[0], b"output", b"output");
        bench.node.send_waiting_tasks();
        assert_eq!(bench.requests().len(), 1);
    });
}

#[test]
fn a_restarted_peer_is_not_the_member_that_was_assigned() {
    System::new().block_on(async {
        let mut bench = Bench::new();
        bench.give(&tasks(1), 6);
        assert!(
            matches!(bench.next().await, News::Changed(lost) if lost.change == MemberChange::Down)
        );
        assert!(bench.requests().is_empty());
    });
}

#[test]
fn a_task_under_the_id_of_another_is_not_computed() {
    System::new().block_on(async {
        let mut bench = Bench::new();
        let tasks = tasks(2);
        let job = bench.take(&tasks);
        let peer = bench.peer.clone();
        bench
            .node
            .requested(&peer, &job, tasks[0].id(), &tasks[1].encode());
        assert!(
            bench
                .cut()
                .is_some_and(|why| why.contains("under the id of another"))
        );
        assert!(bench.node.taken.is_empty(), "its jobs are dropped");
    });
}

#[test]
fn a_shared_input_is_asked_for_once_and_tasks_start_when_it_is_here() {
    System::new().block_on(async {
        let mut bench = Bench::new();
        let tasks = tasks(1);
        let job = bench.take(&tasks);
        let peer = bench.peer.clone();
        bench
            .node
            .requested(&peer, &job, tasks[0].id(), &tasks[0].encode());
        let fetch = bench.fetches.try_recv().expect("the input is wanted");
        assert_eq!((fetch.digest, fetch.bytes), (tasks[0].inputs[0], Some(4)));
        assert!(!bench.node.compute_refused());
        bench
            .node
            .fetched(&peer, &fetch, Ok(0_u32.to_le_bytes().to_vec().into()));
        assert!(matches!(bench.next().await, News::Execute(id) if id == tasks[0].id()));
    });
}

#[test]
fn no_more_cores_work_for_peers_than_the_user_gives() {
    System::new().block_on(async {
        let mut bench = Bench::new();
        let tasks = tasks(3);
        let job = bench.take(&tasks);
        // An offer counts on what was given when it was made; less is given from now on.
        bench.node.settings.limits.cores = Some(1);
        let peer = bench.peer.clone();
        for (slice, task) in (0_u32..).zip(&tasks) {
            bench.node.requested(&peer, &job, task.id(), &task.encode());
            let fetch = bench.fetches.try_recv().expect("the input is wanted");
            let bytes = slice.to_le_bytes().to_vec();
            bench.node.fetched(&peer, &fetch, Ok(bytes.into()));
        }
        bench.node.start_ready_tasks();
        let running = |bench: &Bench| bench.node.taken[&job].running.len();
        assert_eq!(running(&bench), 1);
        let done = actor_messages::work::TaskFinished {
            job: job.clone(),
            id: *bench.node.taken[&job].running.keys().next().expect("one"),
            peer: String::new(),
            output: Ok(vec![1].into()),
        };
        bench.node.computed(done);
        bench.node.start_ready_tasks();
        assert_eq!(running(&bench), 1);
        bench.node.settings.limits.cores = None;
        bench.node.start_ready_tasks();
        assert_eq!(running(&bench), 2);
    });
}

#[test]
fn what_is_taken_away_from_peers_ends_at_once_with_a_sentence() {
    System::new().block_on(async {
        let mut bench = Bench::new();
        let tasks = tasks(2);
        let job = bench.take(&tasks);
        let cancelled = bench.node.taken[&job].cancelled.clone();
        let limits = actor_messages::SharingLimits {
            paused: true,
            ..Default::default()
        };
        bench.node.set_limits(limits);
        assert!(cancelled.is_cancelled() && bench.node.taken.is_empty());
        let mut said = None;
        while let Ok(frame) = bench.frames.try_recv() {
            if let crate::protocol::frame::Frame::JobRefused { reason, .. } = frame {
                said = Some(reason);
            }
        }
        assert!(said.is_some_and(|reason| reason.contains("its user paused it")));
    });
}

#[test]
fn work_of_a_lost_submitter_is_cancelled_and_its_blobs_are_dropped() {
    System::new().block_on(async {
        let mut bench = Bench::new();
        let tasks = tasks(1);
        let job = bench.take(&tasks);
        let cancelled = bench.node.taken[&job].cancelled.clone();
        bench.node.lose(&bench.peer.clone(), None);
        assert!(cancelled.is_cancelled());
        assert!(bench.node.taken.is_empty());
    });
}
