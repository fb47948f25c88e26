//! Opening, looking, keys, notices, idleness.

use std::path::PathBuf;

use actor_messages::{Command, Event, PairingState, RequestId};
use clisonix::action::Action;
use clisonix::panels;
use clisonix::state::Side;
use eframe::egui::{self, Key, Modifiers, PointerButton, vec2};
use egui_kittest::kittest::Queryable;

use crate::stage::*;

#[test]
fn rule_32_the_welcome_screen_offers_every_way_to_open_and_says_what_it_is_not() {
    let stage = Stage::default();
    let harness = window(&stage, SMALL);
    for label in ["Open the sample study", "Open folder…", "Open files…"] {
        harness.get_by_label(label);
    }
    harness
        .get_all_by_label(panels::welcome::RESEARCH_USE)
        .next()
        .expect("valid in this test");
    nothing_is_cut_off(&harness, SMALL);
}

#[test]
fn a_scan_that_was_not_taken_is_over_and_says_why() {
    let stage = Stage {
        refuses: Some("The engine is busy"),
        ..Stage::default()
    };
    let mut harness = window(&stage, SMALL);
    let paths = vec![PathBuf::from("/phantom")];
    harness.state_mut().act(Action::Open(paths));
    harness.run();
    let state = harness.state().state();
    assert!(state.running_scan().is_none());
    let said: Vec<_> = state
        .all_notices()
        .map(|notice| notice.text.clone())
        .collect();
    assert_eq!(said, ["The engine is busy"]);
}

#[test]
fn dropped_files_are_opened() {
    let stage = Stage::default();
    let mut harness = window(&stage, SMALL);
    let file = egui::DroppedFile {
        path: Some(PathBuf::from("/phantom")),
        ..Default::default()
    };
    harness.input_mut().dropped_files.push(file);
    harness.run();
    let sent = stage.sent();
    assert!(matches!(&sent[..], [Command::Open { paths, .. }] if paths[0].ends_with("phantom")));
}

#[test]
fn a_study_is_listed_with_its_warnings_and_its_broken_files() {
    let stage = Stage::default();
    let mut harness = opened(&stage, SMALL);
    harness.get_by_label("MR · Series 4, 27 images");
    harness.get_by_label("Phantom, Test");
    let told = harness.get_all_by_label("Uneven gaps: 1.0 mm and 2.0 mm");
    assert_eq!(told.count(), 2, "in the list and in the geometry panel");
    harness.get_by_label("a.dcm");
    harness.get_by_label("b.dcm");
    harness.get_by_label("1 file not read");
    harness.get_by_label("Show reasons").click();
    harness.run();
    harness.get_by_label("The file ends inside of its pixels");
    nothing_is_cut_off(&harness, SMALL);
}

#[test]
fn a_scan_shows_how_far_it_is_and_can_be_cancelled() {
    let stage = Stage::default();
    let mut harness = window(&stage, SMALL);
    harness
        .state_mut()
        .act(Action::Open(vec![PathBuf::from("/phantom")]));
    stage.tell(Event::ScanProgress {
        request: RequestId(1),
        files_seen: 200,
        files_read: 50,
    });
    harness.run();
    harness.get_by_label("Reading headers, 50 of 200 files");
    harness.get_by_label("Cancel search").click();
    harness.run();
    assert!(matches!(
        stage.sent().last(),
        Some(Command::CancelOpen(RequestId(1)))
    ));
}

#[test]
fn keys_scroll_and_the_wheel_does_too() {
    let stage = Stage::default();
    let mut harness = opened(&stage, SMALL);
    let start = harness.state().state().view.index;
    harness.key_press(Key::ArrowDown);
    harness.run();
    assert_eq!(harness.state().state().view.index, start + 1);
    let at = harness.get_by_label_contains("Image pane").rect().center();
    harness.hover_at(at);
    harness.run();
    harness.event(egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Line,
        delta: vec2(0.0, -1.0),
        phase: egui::TouchPhase::Move,
        modifiers: Modifiers::NONE,
    });
    harness.run();
    assert_eq!(harness.state().state().view.index, start + 2);
    harness.get_by_label_contains(&format!("image {} of 27", start + 3));
}

#[test]
fn a_left_drag_changes_the_window_and_a_right_drag_the_zoom() {
    let stage = Stage::default();
    let mut harness = opened(&stage, SMALL);
    let before = harness
        .state()
        .state()
        .view
        .window()
        .expect("valid in this test")
        .0;
    drag(&mut harness, PointerButton::Primary, vec2(60.0, 0.0));
    let after = harness
        .state()
        .state()
        .view
        .window()
        .expect("valid in this test")
        .0;
    assert!(after.width() > before.width(), "{before:?} {after:?}");
    assert!(harness.state().state().view.fitted);
    drag(&mut harness, PointerButton::Secondary, vec2(0.0, -60.0));
    assert!(!harness.state().state().view.fitted);
    harness.key_press(Key::R);
    harness.run();
    assert!(harness.state().state().view.fitted);
    assert_eq!(
        harness
            .state()
            .state()
            .view
            .window()
            .expect("valid in this test")
            .0,
        before
    );
}

#[test]
fn the_key_sheet_opens_with_a_question_mark_and_closes_with_escape() {
    let stage = Stage::default();
    let mut harness = opened(&stage, SMALL);
    harness.key_press(Key::Questionmark);
    harness.run();
    harness.get_by_label("Keys and gestures");
    harness.get_by_label("Ctrl+K");
    nothing_is_cut_off(&harness, SMALL);
    harness.key_press(Key::Escape);
    harness.run();
    assert!(harness.query_by_label("Keys and gestures").is_none());
}

#[test]
fn an_idle_window_does_not_ask_to_be_drawn_again() {
    let stage = Stage::default();
    let mut harness = opened(&stage, SMALL);
    // A font that arrives from the disk draws once more.
    let rests = (0..8).any(|_| {
        harness.step();
        let mut views = harness.output().viewport_output.values();
        views.all(|output| output.repaint_delay > std::time::Duration::from_secs(60))
    });
    assert!(rests);
}

#[test]
fn every_panel_keeps_its_width_in_a_large_window_too() {
    let size = [1920.0, 1080.0];
    let stage = Stage::default();
    let mut harness = opened(&stage, size);
    finished(&mut harness, &stage);
    stage.tell(mesh(PairingState::Closed));
    for side in Side::ALL {
        harness.state_mut().act(Action::ShowSide(side));
        harness.run();
        nothing_is_cut_off(&harness, size);
    }
}
