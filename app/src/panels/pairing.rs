//! Pairing by a code of six words: show one here, or enter the other's.

use actor_messages::{MeshSnapshot, PairingState};
use eframe::egui::{Label, RichText, TextEdit, Ui};

use crate::action::Action;
use crate::panels::mesh::fingerprint;
use crate::state::State;
use crate::theme::{colours, parts};
use crate::update::mesh::code_problem;

/// Seconds that a code is shown.
const SHOWN_SECONDS: f32 = 120.0;

/// Draws what the state of pairing asks for.
pub fn show(ui: &mut Ui, state: &State, mesh: &MeshSnapshot, actions: &mut Vec<Action>) {
    parts::divide(ui);
    parts::heading(ui, "Pair");
    match &mesh.pairing {
        PairingState::Closed => form(ui, state, actions),
        PairingState::Showing {
            code,
            addresses,
            seconds_left,
            wrong_tries,
        } => {
            parts::card(ui, |ui| {
                parts::quiet(ui, "Enter these six words on the other workstation");
                let words = RichText::new(code)
                    .heading()
                    .monospace()
                    .color(colours::TEXT_STRONG);
                ui.add(Label::new(words).wrap().selectable(true));
                let left = *seconds_left as f32 / SHOWN_SECONDS;
                parts::progress(
                    ui,
                    "Time left",
                    left,
                    &format!("{seconds_left} seconds left"),
                );
                for address in addresses {
                    let text = RichText::new(address).monospace().color(colours::TEXT);
                    ui.add(Label::new(text).truncate().selectable(true));
                }
                if *wrong_tries > 0 {
                    let words = format!("Wrong tries: {wrong_tries}, the third closes this");
                    parts::sentence(ui, words, colours::AMBER);
                }
                ui.horizontal(|ui| {
                    if ui.button("Copy code").clicked() {
                        actions.push(Action::Copy(code.clone()));
                    }
                    if ui.button("Cancel pairing").clicked() {
                        actions.push(Action::CancelPairing);
                    }
                });
            });
        }
        PairingState::Joining => {
            ui.label("Looking for the workstation that shows this code");
            if ui.button("Cancel pairing").clicked() {
                actions.push(Action::CancelPairing);
            }
        }
        PairingState::Paired {
            name,
            fingerprint: words,
            ..
        } => {
            parts::card(ui, |ui| {
                parts::sentence(ui, format!("Paired with {name}"), colours::GREEN);
                parts::quiet(ui, "Both workstations show these words:");
                fingerprint(ui, words);
                if ui.button("Done").clicked() {
                    actions.push(Action::CancelPairing);
                }
            });
        }
        PairingState::Failed(reason) => {
            parts::sentence(ui, reason, colours::RED);
            form(ui, state, actions);
        }
    }
}

fn form(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    if ui.button("Show a code").clicked() {
        actions.push(Action::ShowPairingCode);
    }
    let label =
        ui.label(RichText::new("Code from the other workstation").color(colours::TEXT_QUIET));
    let mut code = state.pairing.code.clone();
    let edit = TextEdit::singleline(&mut code)
        .hint_text("six words")
        .desired_width(f32::INFINITY);
    if ui.add(edit).labelled_by(label.id).changed() {
        actions.push(Action::SetPairingCode(code.clone()));
    }
    let label = ui.label(
        RichText::new("Its address, only where it is not found by itself")
            .color(colours::TEXT_QUIET),
    );
    let mut address = state.pairing.address.clone();
    let edit = TextEdit::singleline(&mut address)
        .hint_text("host:port")
        .desired_width(f32::INFINITY);
    if ui.add(edit).labelled_by(label.id).changed() {
        actions.push(Action::SetPairingAddress(address.clone()));
    }
    let problem = code_problem(&code);
    if let (Some(problem), false) = (&problem, code.trim().is_empty()) {
        parts::quiet(ui, problem.clone());
    }
    if ui
        .add_enabled(
            problem.is_none(),
            eframe::egui::Button::new("Pair with code"),
        )
        .clicked()
    {
        actions.push(Action::Pair);
    }
}
