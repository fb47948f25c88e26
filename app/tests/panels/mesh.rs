//! The *Mesh* panel.

use actor_messages::{Command, PairingState};
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
