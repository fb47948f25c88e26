//! Saving, masks and the self-test, through keys, names and the hand.

use std::sync::Arc;

use actor_messages::{
    Command, Event, MaskWanted, RuleResult, SaveReport, SaveWish, SelfTestReport,
};
use clisonix::action::Action;
use clisonix::saving::{SavingAction, Subject};
use eframe::egui::{Key, Modifiers, PointerButton, vec2};
use egui_kittest::kittest::Queryable;

use crate::stage::*;

#[test]
fn a_key_asks_where_the_picture_goes() {
    let stage = Stage::default();
    let mut harness = opened(&stage, SMALL);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::S);
    harness.run_steps(3);
    harness.get_by_label("Save a picture without identity (.png, .jpg, .pdf)");
}

#[test]
fn a_picture_is_drawn_and_the_strip_tells_what_became_of_it() {
    let stage = Stage::default();
    let mut harness = opened(&stage, SMALL);
    let to = SavingAction::To(Subject::View { identity: false }, "/tmp/view.png".into());
    harness.state_mut().act(Action::Saving(to));
    harness.run_steps(3);
    let wish = stage.sent().into_iter().find_map(|command| match command {
        Command::Save(request) => Some(request),
        _ => None,
    });
    let wish = wish.expect("the picture is handed to the engine");
    let SaveWish::Picture { image, .. } = &wish.what else {
        panic!("{:?}", wish.request);
    };
    let grey = image.pixels.as_chunks::<4>().0.iter();
    assert!(
        grey.map(|pixel| pixel[0]).max() > Some(100),
        "the image is on it"
    );
    harness.get_by_label("Cancel saving");
    nothing_is_cut_off(&harness, SMALL);
    stage.tell(Event::Saved {
        request: wish.request,
        saved: Ok(Arc::new(SaveReport {
            words: "A picture is saved".to_owned(),
            ..SaveReport::default()
        })),
    });
    harness.run_steps(3);
    harness
        .get_all_by_label("A picture is saved")
        .next()
        .expect("it is told");
    harness.get_by_label("Dismiss").click();
    harness.run_steps(3);
    assert!(harness.query_by_label("Dismiss").is_none());
}

#[test]
fn measurements_are_saved_from_their_panel() {
    let stage = Stage::default();
    let mut harness = opened(&stage, SMALL);
    harness.key_press(Key::D);
    harness.run();
    drag(&mut harness, PointerButton::Primary, vec2(90.0, 0.0));
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Num6);
    harness.run();
    harness.get_by_label("Save as CSV");
    harness.get_by_label("Save as DICOM SR").click();
    harness.run_steps(3);
    harness.get_by_label("Save measurements as a DICOM structured report");
}

#[test]
fn a_brush_draws_a_mask_that_the_panel_lists_with_its_volume() {
    let stage = Stage::default();
    let mut harness = opened(&stage, SMALL);
    harness.get_by_label("Masks").click();
    harness.run();
    harness.key_press_modifiers(Modifiers::SHIFT, Key::M);
    harness.run();
    drag(&mut harness, PointerButton::Primary, vec2(60.0, 0.0));
    harness.run();
    harness.get_by_label("A Mask A");
    harness.get_by_label_contains(" on 1 images");
    nothing_is_cut_off(&harness, SMALL);
    harness.get_by_label("Fill holes").click();
    harness.run();
    let asked = stage.sent().into_iter().any(
        |command| matches!(command, Command::MakeMask(wish) if wish.wanted == MaskWanted::Series),
    );
    assert!(asked);
    harness.get_by_label("Cancel mask");
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    harness.run();
    assert!(
        harness
            .state()
            .state()
            .masks_here()
            .all(|mask| { mask.planes.iter().all(Option::is_none) })
    );
}

#[test]
fn the_self_test_page_says_which_rules_are_kept() {
    let stage = Stage::default();
    let mut harness = opened(&stage, SMALL);
    harness.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::T);
    harness.run_steps(3);
    let asked = stage.sent();
    assert!(
        asked
            .iter()
            .any(|it| matches!(it, Command::SelfTest { keep: None }))
    );
    let rule = |rule, observed: &str| RuleResult {
        rule,
        title: "A rule".to_owned(),
        expected: "10 20".to_owned(),
        observed: observed.to_owned(),
        kept: observed == "10 20",
    };
    stage.tell(Event::SelfTested(Ok(Arc::new(SelfTestReport {
        rules: vec![rule(1, "10 20"), rule(2, "10 30")],
        folder: None,
    }))));
    harness.run_steps(3);
    harness.get_by_label("1 rules are not kept here");
    harness.get_by_label("2 · A rule: expected 10 20, seen 10 30");
    harness.get_by_label("Open these images").click();
    harness.run_steps(3);
    let asked = stage.sent();
    assert!(
        asked
            .iter()
            .any(|it| matches!(it, Command::SelfTest { keep: Some(_) }))
    );
    harness.key_press(Key::Escape);
    harness.run_steps(3);
    assert!(harness.query_by_label("Open these images").is_none());
}
