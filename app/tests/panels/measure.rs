//! Measuring, looking closely and cine, through keys, names and the hand.

use clisonix::state::Side;
use eframe::egui::{Key, Modifiers, PointerButton, vec2};
use egui_kittest::kittest::Queryable;
use kernel_imaging::{Colormap, Interpolation};

use crate::stage::*;

#[test]
fn a_key_and_a_drag_measure_a_length_in_mm_and_the_list_tells_it() {
    let stage = Stage::default();
    let mut harness = opened(&stage, SMALL);
    harness.key_press(Key::D);
    harness.run();
    drag(&mut harness, PointerButton::Primary, vec2(90.0, 0.0));
    let list = &harness.state().state().measuring.list;
    assert_eq!(list.len(), 1);
    let length = list[0].figures.length.clone().expect("a length");
    assert_eq!(length.unit, "mm");
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Num6);
    harness.run();
    harness.get_by_label("Length 1");
    harness.get_by_label(&format!("{:.1} mm", length.value));
    nothing_is_cut_off(&harness, SMALL);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    harness.run();
    assert!(harness.query_by_label("Length 1").is_none());
    harness.get_by_label("Redo").click();
    harness.run();
    harness.get_by_label("Length 1");
}

#[test]
fn a_region_tells_its_figures_and_its_histogram() {
    let stage = Stage::default();
    let mut harness = opened(&stage, SMALL);
    harness.key_press(Key::E);
    harness.run();
    drag(&mut harness, PointerButton::Primary, vec2(120.0, 80.0));
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Num6);
    harness.run();
    harness.get_by_label_contains("Mean ");
    harness.get_by_label_contains("Area ");
    harness
        .get_all_by_label_contains("Histogram from")
        .next()
        .expect("a histogram");
    harness.get_by_label("Remove").click();
    harness.run();
    assert!(harness.state().state().measuring.list.is_empty());
    assert_eq!(harness.state().state().panels.side, Side::Measurements);
}

#[test]
fn keys_change_colours_smoothing_and_key_images() {
    let stage = Stage::default();
    let mut harness = opened(&stage, SMALL);
    for key in [Key::L, Key::N, Key::K, Key::M] {
        harness.key_press(key);
        harness.run();
    }
    let at = harness.get_by_label_contains("Image pane").rect().center();
    harness.hover_at(at);
    harness.run();
    let state = harness.state().state();
    assert_eq!(state.view.presentation.colormap, Colormap::Hot);
    assert_eq!(state.view.transform.interpolation, Interpolation::Nearest);
    assert_eq!(state.looking.key_images.len(), 1);
    harness.get_by_label("Colours").click();
    harness.run();
    harness.get_by_label_contains("Cool-warm").click();
    harness.run();
    let colormap = harness.state().state().view.presentation.colormap;
    assert_eq!(colormap, Colormap::CoolWarm);
}

#[test]
fn cine_plays_with_one_key_and_a_stopped_one_lets_the_window_rest() {
    let stage = Stage::default();
    let mut harness = opened(&stage, SMALL);
    let start = harness.state().state().view.index;
    harness.key_press(Key::C);
    harness.run_steps(60);
    assert_ne!(harness.state().state().view.index, start);
    harness.key_press(Key::C);
    harness.run();
    assert!(harness.state().state().looking.cine.is_none());
}
