//! Keys, language, light and dark, and size: chosen on the key sheet, kept in the home.

use clisonix::action::Action;
use clisonix::habits::HabitAction;
use clisonix::measure::Kind;
use clisonix::texts::Language;
use clisonix::theme::Shade;
use clisonix::tools::Tool;
use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable;

use crate::stage::*;

#[test]
fn a_key_is_changed_on_the_sheet_and_kept_for_the_next_run() {
    let home = tempfile::tempdir().expect("a folder");
    let stage = Stage::default();
    let mut harness = opened_in(&stage, SMALL, home.path());
    harness.key_press(Key::Questionmark);
    harness.run();
    // D draws a length as it ships.
    harness.get_by_label("D").click_accesskit();
    harness.run();
    harness.get_by_label("Press the new key, or Esc: Length");
    harness.key_press_modifiers(Modifiers::SHIFT, Key::Q);
    harness.run();
    assert!(
        harness
            .query_by_label("Press the new key, or Esc: Length")
            .is_none()
    );
    harness.get_by_label("Shift+Q");
    harness.key_press(Key::Escape);
    harness.run();
    harness.key_press_modifiers(Modifiers::SHIFT, Key::Q);
    harness.run();
    let length = Tool::Measure(Kind::Length);
    assert_eq!(harness.state().state().tool, length);
    harness.key_press(Key::Escape);
    harness.key_press(Key::D);
    harness.run();
    assert_ne!(harness.state().state().tool, length, "D is nobody's key");
    // The file is written beside the window; the exit waits for it.
    harness.state_mut().wait_for_habits();
    let again = opened_in(&Stage::default(), SMALL, home.path());
    let keymap = &again.state().state().habits.keymap;
    let texts: Vec<String> = keymap.keys("length").map(|key| key.text()).collect();
    assert_eq!(texts, ["Shift+Q"]);
}

#[test]
fn the_window_speaks_german_and_goes_light_and_everything_has_room() {
    let stage = Stage::default();
    let mut harness = opened(&stage, SMALL);
    harness.key_press(Key::Questionmark);
    harness.run();
    harness.get_by_label("Deutsch").click();
    harness.run();
    harness.get_by_label("Tasten und Gesten");
    harness.get_by_label("Hell").click();
    harness.run();
    nothing_is_cut_off(&harness, SMALL);
    let kept = &harness.state().state().habits.kept;
    assert_eq!(
        (kept.language, kept.shade),
        (Language::German, Shade::Light)
    );
    harness.key_press(Key::Escape);
    harness.run();
    harness.get_by_label("Anordnung");

    harness.get_by_label("Rechnen").click();
    harness.run();
    nothing_is_cut_off(&harness, SMALL);
    for side in clisonix::state::Side::ALL {
        harness.state_mut().act(Action::ShowSide(side));
        harness.run();
        nothing_is_cut_off(&harness, SMALL);
    }
}

#[test]
fn parts_of_the_window_grow_with_a_key() {
    let stage = Stage::default();
    let mut harness = opened(&stage, SMALL);
    let before = harness.ctx.pixels_per_point();
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Plus);
    harness.run();
    assert_eq!(harness.state().state().habits.kept.scale_percent, 110);
    assert!(harness.ctx.pixels_per_point() > before);
    harness.state_mut().act(Action::Habit(HabitAction::Size(0)));
    harness.run();
    assert_eq!(harness.ctx.pixels_per_point(), before);
}
