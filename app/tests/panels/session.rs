//! A session that was not closed comes back from the welcome screen.

use actor_messages::Command;
use eframe::egui::Key;
use egui_kittest::kittest::Queryable;

use crate::stage::*;

const RESTORE: &str = "Restore the last session";

#[test]
fn what_was_on_screen_is_offered_by_the_next_start_and_opened_again() {
    let home = tempfile::tempdir().expect("a folder");
    let stage = Stage::default();
    let mut harness = opened_in(&stage, SMALL, home.path());
    assert!(harness.query_by_label(RESTORE).is_none());
    harness.key_press(Key::ArrowDown);
    harness.run();
    // The file is written by a thread of its own.
    let kept = || {
        let entries = std::fs::read_dir(home.path().join("sessions"));
        let mut names = entries.into_iter().flatten().flatten().map(|it| it.path());
        names.any(|path| path.extension().is_some_and(|end| end == "session"))
    };
    while !kept() {
        harness.step();
    }
    // Nobody closes the window: the program is gone.
    drop(harness);
    let next = Stage::default();
    let mut harness = window_in(&next, SMALL, home.path());
    while harness.query_by_label(RESTORE).is_none() {
        harness = window_in(&next, SMALL, home.path());
    }
    nothing_is_cut_off(&harness, SMALL);
    harness.get_by_label(RESTORE).click();
    harness.run();
    let sent = next.sent();
    let opened = |command: &Command| matches!(command, Command::Open { paths, .. } if paths[0].ends_with("phantom"));
    assert!(sent.iter().any(opened), "{sent:?}");
}

#[test]
fn a_session_that_is_not_wanted_is_not_offered_again() {
    let home = tempfile::tempdir().expect("a folder");
    let stage = Stage::default();
    let harness = opened_in(&stage, SMALL, home.path());
    drop(harness);
    let mut harness = window_in(&stage, SMALL, home.path());
    while harness.query_by_label(RESTORE).is_none() {
        harness = window_in(&stage, SMALL, home.path());
    }
    harness.get_by_label("Forget it").click();
    harness.run();
    assert!(harness.query_by_label(RESTORE).is_none());
    let harness = window_in(&stage, SMALL, home.path());
    assert!(harness.query_by_label(RESTORE).is_none());
}
