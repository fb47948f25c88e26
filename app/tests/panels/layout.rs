//! Views side by side, through keys, names and the hand.

use eframe::egui::{self, Key, Modifiers, PointerButton};
use egui_kittest::kittest::Queryable;

use crate::stage::*;

#[test]
fn a_series_is_dragged_into_a_view_and_a_click_makes_a_view_active() {
    let stage = Stage::default();
    let mut harness = opened(&stage, SMALL);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Num8);
    harness.run();
    let from = harness
        .get_by_label("MR · Series 4, 27 images")
        .rect()
        .center();
    let to = harness.get_by_label_contains("View 2 pane").rect().center();
    let button = |pos, pressed| egui::Event::PointerButton {
        pos,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    harness.hover_at(from);
    harness.run();
    harness.event(button(from, true));
    harness.run();
    for part in [0.3, 0.6, 1.0] {
        harness.hover_at(from + (to - from) * part);
        harness.run();
    }
    harness.event(button(to, false));
    harness.run();
    let state = harness.state().state();
    assert_eq!(state.layout.active, 1);
    assert!(state.view.shown.is_some());
    harness.get_by_label_contains("View 1 pane, image 1 of 27");
    harness.get_by_label_contains("View 2 pane, image 1 of 27");
    harness.get_by_label_contains("View 1 pane").click();
    harness.run();
    assert_eq!(harness.state().state().layout.active, 0);
    harness.key_press(Key::ArrowDown);
    harness.run();
    harness.get_by_label_contains("View 1 pane, image 2 of 27");
    harness.get_by_label_contains("View 2 pane, image 1 of 27");
    harness.key_press(Key::Tab);
    harness.run();
    assert_eq!(harness.state().state().layout.active, 1);
    nothing_is_cut_off(&harness, SMALL);
}

#[test]
fn the_layout_menu_offers_up_to_four_by_four() {
    let stage = Stage::default();
    let mut harness = opened(&stage, SMALL);
    harness.get_by_label("Layout").click();
    harness.run();
    harness.get_by_label("4 by 4").click();
    harness.run();
    assert_eq!(harness.state().state().layout.count(), 16);
    harness.get_by_label_contains("View 16 pane");
    nothing_is_cut_off(&harness, SMALL);
}

#[test]
fn a_layout_is_saved_under_a_name_and_is_in_the_menu_after_the_next_start() {
    let home = tempfile::tempdir().expect("a folder");
    let stage = Stage::default();
    let mut harness = opened_in(&stage, SMALL, home.path());
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Num8);
    harness.run();
    for name in ["Layout", "Hanging", "Save this layout"] {
        harness.get_by_label_contains(name).click();
        harness.run();
    }
    harness.event(egui::Event::Text("Two beside".into()));
    harness.run();
    harness.get_by_label("Save layout").click();
    harness.run();
    harness.get_by_label("Hanging: Two beside");
    nothing_is_cut_off(&harness, SMALL);
    // The file is written by a thread of its own.
    while !home.path().join("layouts.json").exists() {
        harness.step();
    }
    let next = Stage::default();
    let mut harness = opened_in(&next, SMALL, home.path());
    for name in ["Layout", "Hanging", "Two beside"] {
        harness.get_by_label_contains(name).click();
        harness.run();
    }
    assert_eq!(harness.state().state().layout.count(), 2);
}
