//! The *Compute* and *Labor array* panels.

use std::sync::Arc;

use actor_messages::{Command, Event, JobId, JobState, ResumableJob, ScheduleCheck};
use clisonix::ClisonixApp;
use clisonix::action::Action;
use clisonix::state::Side;
use eframe::egui::{self, Key, Modifiers, PointerButton, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;

use crate::stage::*;

#[test]
fn one_key_compresses_and_the_loss_stands_beside_the_picture() {
    let stage = Stage::default();
    let mut harness = opened(&stage, SMALL);
    finished(&mut harness, &stage);
    for pane in ["Original pane", "Result pane", "Difference pane"] {
        harness.get_by_label_contains(pane);
    }
    harness
        .get_all_by_label("Relative error (Frobenius)")
        .next()
        .expect("valid in this test");
    harness
        .get_all_by_label("PSNR")
        .next()
        .expect("valid in this test");
    nothing_is_cut_off(&harness, SMALL);
}

#[test]
fn a_wrong_k_is_said_at_the_field_and_the_run_waits() {
    let stage = Stage::default();
    let mut harness = opened(&stage, SMALL);
    let set = Action::SetParameter("svd-compress".into(), "k".into(), "400".into());
    harness.state_mut().act(set);
    harness.run();
    harness.get_by_label_contains("at most `64` for this image");
    harness.get_by_label("Run on 27 slices").click();
    harness.run();
    assert!(
        !stage
            .sent()
            .iter()
            .any(|command| matches!(command, Command::RunJob(_)))
    );
}

#[test]
fn the_run_button_is_in_sight_at_the_smallest_supported_size() {
    let stage = Stage::default();
    let harness = opened(&stage, SMALL);
    assert!(harness.get_by_label("Run on 27 slices").rect().bottom() < 690.0);
}

#[test]
fn the_labor_array_names_its_members_and_its_digests() {
    let stage = Stage::default();
    let mut harness = opened(&stage, SMALL);
    finished(&mut harness, &stage);
    harness.state_mut().act(Action::ShowSide(Side::LaborArray));
    harness.run();
    for label in [
        "this workstation",
        "reading room 2",
        "lost",
        "Epoch",
        "Assignment",
        "Output",
    ] {
        harness.get_by_label(label);
    }
    harness.get_by_label("Tasks, 27 of 27 done");
    nothing_is_cut_off(&harness, SMALL);
}

#[test]
fn ten_thousand_tasks_fit_the_panel() {
    let stage = Stage::default();
    let mut harness = opened(&stage, SMALL);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::K);
    harness.run();
    stage.tell(Event::JobChanged(Arc::new(snapshot(
        10_000,
        JobState::Running,
    ))));
    harness.state_mut().act(Action::ShowSide(Side::LaborArray));
    harness.run();
    let grid = harness.get_by_label_contains("of 10000 done").rect();
    assert!(grid.height() <= 300.5 && grid.height() > 100.0, "{grid:?}");
    nothing_is_cut_off(&harness, SMALL);
}

#[test]
fn the_schedule_shown_is_computed_again_on_a_press_and_the_outcome_is_a_line() {
    let stage = Stage::default();
    let mut harness = opened(&stage, SMALL);
    finished(&mut harness, &stage);
    harness.state_mut().act(Action::ShowSide(Side::LaborArray));
    harness.run();
    let snapshot = snapshot(27, JobState::Completed);
    for (first_difference, line) in [
        (None, "Equal: 27 tasks in 2 epochs give the digests shown"),
        (Some("It differs".to_owned()), "It differs"),
    ] {
        harness.get_by_label("Recompute").click();
        harness.run();
        let asked = |command: &Command| {
            matches!(command, Command::RecomputeSchedule { job, epoch, assignment_digest }
            if (job, *epoch, Some(*assignment_digest)) == (&snapshot.job, 1, snapshot.assignment_digest))
        };
        assert!(stage.sent().iter().any(asked));
        harness.get_by_label("Computing the schedule again");
        stage.tell(Event::ScheduleRecomputed {
            job: snapshot.job.clone(),
            check: Ok(ScheduleCheck {
                tasks: 27,
                epochs: 2,
                first_difference,
            }),
        });
        harness.run();
        harness.get_by_label(line);
    }
    nothing_is_cut_off(&harness, SMALL);
}

#[test]
fn an_interrupted_run_is_offered_and_goes_on_once() {
    let stage = Stage::default();
    let mut harness = opened(&stage, SMALL);
    harness.state_mut().act(Action::ShowSide(Side::LaborArray));
    harness.run();
    assert!(
        stage
            .sent()
            .iter()
            .any(|command| matches!(command, Command::ListInterrupted))
    );
    stage.tell(Event::JobsInterrupted(Arc::new(vec![ResumableJob {
        job: JobId("fedcba9876543210".to_owned()),
        operation: "svd-compress".to_owned(),
        slices: 27,
        committed: 9,
        tasks: 27,
    }])));
    harness.run();
    harness.get_by_label("9 of 27 tasks are done and kept");
    harness.get_by_label("Resume svd-compress").click();
    harness.run();
    let resumed = stage
        .sent()
        .iter()
        .filter(|command| matches!(command, Command::ResumeJob { job, out: None, .. } if job.0 == "fedcba9876543210"))
        .count();
    assert_eq!(resumed, 1);
    assert!(harness.query_by_label("Resume svd-compress").is_none());
}

#[test]
fn the_timeline_has_a_row_for_each_member_at_ten_thousand_tasks() {
    let stage = Stage::default();
    let mut harness = opened(&stage, SMALL);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::K);
    harness.run();
    stage.tell(Event::JobChanged(Arc::new(snapshot(
        10_000,
        JobState::Running,
    ))));
    harness.state_mut().act(Action::ShowSide(Side::LaborArray));
    harness.run();
    let rows = harness.get_by_label("Timeline of 2 members").rect();
    assert!(rows.height() > 20.0 && rows.width() > 200.0, "{rows:?}");
    nothing_is_cut_off(&harness, SMALL);
}

/// `cargo test --workspace --test panels -- --ignored --nocapture frames_at_ten_thousand_tasks`
#[test]
#[ignore = "prints how long frames take and promises nothing"]
#[allow(clippy::print_stdout)]
fn frames_at_ten_thousand_tasks_and_how_long_they_take() {
    let stage = Stage::default();
    let mut harness = opened(&stage, SMALL);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::K);
    harness.run();
    let mut times: Vec<_> = [27, 10_000]
        .iter()
        .flat_map(|count| {
            stage.tell(Event::JobChanged(Arc::new(snapshot(
                *count,
                JobState::Running,
            ))));
            harness.state_mut().act(Action::ShowSide(Side::LaborArray));
            harness.run();
            let mut times: Vec<_> = (0..60)
                .map(|_| {
                    let begun = std::time::Instant::now();
                    harness.step();
                    begun.elapsed()
                })
                .collect();
            times.sort();
            [times[30], times[59]]
        })
        .collect();
    let large = times.split_off(2);
    println!(
        "a frame of the whole window, median and worst of 60: {times:?} at 27 tasks, {large:?} at 10,000"
    );
}

#[test]
fn a_key_lays_original_and_result_in_one_place_and_a_line_parts_them() {
    let stage = Stage::default();
    let mut harness = opened(&stage, SMALL);
    finished(&mut harness, &stage);
    let swipe = |harness: &Harness<'_, ClisonixApp>| {
        let comparison = harness.state().state().comparison.as_ref();
        comparison.and_then(|comparison| comparison.swipe)
    };
    harness.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::D);
    harness.run();
    assert_eq!(swipe(&harness), Some(500));
    let line = harness.get_by_label("Divider between original and result");
    let at = line.rect().center();
    nothing_is_cut_off(&harness, SMALL);
    let press = |pressed, pos| egui::Event::PointerButton {
        pos,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    let window = harness.state().state().view.window();
    harness.hover_at(at);
    harness.run();
    harness.event(press(true, at));
    harness.run();
    for step in 1..=4 {
        harness.hover_at(at + vec2(-30.0 * step as f32, 0.0));
        harness.run();
    }
    harness.event(press(false, at + vec2(-120.0, 0.0)));
    harness.run();
    let moved = swipe(&harness).expect("it is open");
    assert!(moved < 450, "{moved}");
    // The line has the hand, not the window.
    assert_eq!(harness.state().state().view.window(), window);
    harness.key_press(Key::ArrowRight);
    harness.run();
    assert_eq!(swipe(&harness), Some(moved + 20));
    harness.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::D);
    harness.run();
    assert_eq!(swipe(&harness), None);
    harness.get_by_label_contains("Difference pane");
}
