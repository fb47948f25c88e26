//! Pairing by a code of six words: show one here, or enter the other's.

use actor_messages::{MeshSnapshot, PairingState};
use eframe::egui::{Label, RichText, TextEdit, Ui};

use crate::action::Action;
use crate::panels::mesh::fingerprint;
use crate::state::State;
use crate::texts::tr;
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
                    .color(colours::now().text_strong);
                ui.add(Label::new(words).wrap().selectable(true));
                let left = *seconds_left as f32 / SHOWN_SECONDS;
                parts::progress(
                    ui,
                    "Time left",
                    left,
                    &format!("{seconds_left} seconds left"),
                );
                for address in addresses {
                    let text = RichText::new(address)
                        .monospace()
                        .color(colours::now().text);
                    ui.add(Label::new(text).truncate().selectable(true));
                }
                if *wrong_tries > 0 {
                    let words = format!("Wrong tries: {wrong_tries}, the third closes this");
                    parts::sentence(ui, words, colours::now().amber);
                }
                ui.horizontal(|ui| {
                    if ui.button(tr("Copy code")).clicked() {
                        actions.push(Action::Copy(code.clone()));
                    }
                    if ui.button(tr("Cancel pairing")).clicked() {
                        actions.push(Action::CancelPairing);
                    }
                });
            });
        }
        PairingState::Joining => {
            ui.label(tr("Looking for the workstation that shows this code"));
            if ui.button(tr("Cancel pairing")).clicked() {
                actions.push(Action::CancelPairing);
            }
        }
        PairingState::Paired {
            name,
            fingerprint: words,
            ..
        } => {
            parts::card(ui, |ui| {
                parts::sentence(ui, format!("Paired with {name}"), colours::now().green);
                parts::quiet(ui, "Both workstations show these words:");
                fingerprint(ui, words);
                if ui.button(tr("Done")).clicked() {
                    actions.push(Action::CancelPairing);
                }
            });
        }
        PairingState::Failed(reason) => {
            parts::sentence(ui, reason, colours::now().red);
            form(ui, state, actions);
        }
    }
}

fn form(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    if ui.button(tr("Show a code")).clicked() {
        actions.push(Action::ShowPairingCode);
    }
    let label = ui.label(
        RichText::new(tr("Code from the other workstation")).color(colours::now().text_quiet),
    );
    let mut code = state.pairing.code.clone();
    let edit = TextEdit::singleline(&mut code)
        .hint_text(tr("six words"))
        .desired_width(f32::INFINITY);
    if ui.add(edit).labelled_by(label.id).changed() {
        actions.push(Action::SetPairingCode(code.clone()));
    }
    let label = ui.label(
        RichText::new(tr("Its address, only where it is not found by itself"))
            .color(colours::now().text_quiet),
    );
    let mut address = state.pairing.address.clone();
    let edit = TextEdit::singleline(&mut address)
        .hint_text(tr("host:port"))
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
            eframe::egui::Button::new(tr("Pair with code")),
        )
        .clicked()
    {
        actions.push(Action::Pair);
    }
}
