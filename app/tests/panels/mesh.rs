//! The *Mesh* panel.

use std::sync::Arc;

use actor_messages::{Command, Event, JobId, JobManifest, ManifestPeer, PairingState};
use clisonix::action::Action;
use clisonix::state::Side;
use egui_kittest::kittest::Queryable;

use crate::stage::*;

#[test]
fn the_switch_shares_and_a_code_is_shown_with_its_time() {
    let stage = Stage::default();
    let mut harness = opened(&stage, SMALL);
    stage.tell(mesh(PairingState::Closed));
    harness.state_mut().act(Action::ShowSide(Side::Mesh));
    harness.run();
    harness
        .get_by_label("Share with nearby workstations")
        .click();
    harness.run();
    assert!(matches!(
        stage.sent().last(),
        Some(Command::SetSharing(false))
    ));
    harness.get_by_label("Show a code").scroll_to_me();
    harness.run();
    harness.get_by_label("Show a code").click();
    harness.run();
    assert!(matches!(
        stage.sent().last(),
        Some(Command::ShowPairingCode)
    ));
    stage.tell(mesh(PairingState::Showing {
        code: "one two three four five six".into(),
        addresses: vec!["10.0.0.4:4002".into()],
        seconds_left: 97,
        wrong_tries: 1,
    }));
    harness.run();
    harness.get_by_label("one two three four five six");
    harness.get_by_label("97 seconds left");
    nothing_is_cut_off(&harness, SMALL);
}

#[test]
fn a_peer_is_forgotten_only_when_asked_twice() {
    let stage = Stage::default();
    let mut harness = opened(&stage, SMALL);
    stage.tell(mesh(PairingState::Closed));
    harness.state_mut().act(Action::ShowSide(Side::Mesh));
    harness.run();
    // The card may lie below the fold of a small window, where a reader of names still reaches it.
    harness
        .get_by_label("Forget reading room 1…")
        .click_accesskit();
    harness.run();
    assert!(
        !stage
            .sent()
            .iter()
            .any(|command| matches!(command, Command::ForgetPeer(_)))
    );
    harness.get_by_label("Forget").click_accesskit();
    harness.run();
    assert!(
        matches!(stage.sent().last(), Some(Command::ForgetPeer(peer)) if peer == "12D3KooWPeer1")
    );
}

#[test]
fn work_of_others_is_paused_with_one_click() {
    let stage = Stage::default();
    let mut harness = opened(&stage, SMALL);
    stage.tell(mesh(PairingState::Closed));
    harness.state_mut().act(Action::ShowSide(Side::Mesh));
    harness.run();
    harness.get_by_label("Pause").click_accesskit();
    harness.run();
    let sent = stage.sent();
    let Some(Command::SetLimits(limits)) = sent.last() else {
        panic!("{sent:?}")
    };
    assert!(limits.paused);
}

#[test]
fn a_run_leaves_only_after_a_yes_to_all_that_would_leave() {
    let stage = Stage::default();
    let mut harness = opened(&stage, SMALL);
    let Event::Mesh(now) = mesh(PairingState::Closed) else {
        panic!("it is the mesh")
    };
    let mut waiting = (*now).clone();
    waiting.leaving = vec![Arc::new(JobManifest {
        job: JobId("00112233aabbccdd".to_owned()),
        operation: "svd-compress version 2".to_owned(),
        parameters: vec![("k".to_owned(), "32".to_owned())],
        tasks: 27,
        peers: vec![ManifestPeer {
            peer: "12D3KooWPeer1".to_owned(),
            name: "reading room 1".to_owned(),
        }],
        blobs: Vec::new(),
        bytes: 5 << 20,
        warnings: vec!["The face in a scan of a head leaves with its pixels".to_owned()],
    })];
    // Whatever the user looks at then, the question comes to the front.
    harness.state_mut().act(Action::ShowSide(Side::LaborArray));
    stage.tell(Event::Mesh(Arc::new(waiting)));
    harness.run();
    harness.get_by_label("May this run leave for reading room 1? It goes on here meanwhile.");
    harness.get_by_label("The face in a scan of a head leaves with its pixels.");
    harness.get_by_label("Keep it here").click();
    harness.run();
    assert!(matches!(
        stage.sent().last(),
        Some(Command::LetLeave { leave: false, .. })
    ));
    harness.get_by_label("Let it leave").click();
    harness.run();
    assert!(matches!(
        stage.sent().last(),
        Some(Command::LetLeave { leave: true, .. })
    ));
    nothing_is_cut_off(&harness, SMALL);
}
