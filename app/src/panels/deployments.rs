//! Models on paired workstations: who has one, who is to get it, and how far it is.

use actor_messages::{DeploymentState, HeldModel, MeshSnapshot, ModelCard, PeerCard};
use eframe::egui::Ui;

use crate::action::Action;
use crate::state::State;
use crate::theme::parts;

/// The button that brings a model to all paired workstations; nothing while there are none.
pub fn button(ui: &mut Ui, state: &State, card: &ModelCard, actions: &mut Vec<Action>) {
    let Some(mesh) = state.mesh.as_ref().filter(|mesh| !mesh.peers.is_empty()) else {
        return;
    };
    let lacks = |peer: &&PeerCard| !has(peer, card);
    let lacking: Vec<String> = mesh
        .peers
        .iter()
        .filter(lacks)
        .map(|peer| peer.peer.clone())
        .collect();
    let send = eframe::egui::Button::new("Send to peers");
    let tip = "Brings this version to every paired workstation; those that are away get it when they return. \
               No name stands for another version there afterwards";
    let sent = ui
        .add_enabled(!lacking.is_empty(), send)
        .on_hover_text(tip)
        .on_disabled_hover_text("Every paired workstation has it");
    if sent.clicked() {
        actions.push(Action::DeployModel(card.digest, lacking));
    }
}

/// One line for each workstation that has a model or is to get it.
pub fn lines(ui: &mut Ui, state: &State, card: &ModelCard) {
    let Some(mesh) = &state.mesh else { return };
    for peer in &mesh.peers {
        if let Some(words) = standing(mesh, peer, card) {
            parts::pair(ui, &peer.name, words);
        }
    }
}

fn standing(mesh: &MeshSnapshot, peer: &PeerCard, card: &ModelCard) -> Option<String> {
    let deployment = mesh
        .deployments
        .iter()
        .find(|one| one.peer == peer.peer && one.model == card.digest);
    match deployment.map(|one| &one.state) {
        Some(DeploymentState::Refused(reason)) => Some(reason.clone()),
        _ if has(peer, card) => Some("has it".to_owned()),
        Some(DeploymentState::Waiting) => Some("gets it when it is there".to_owned()),
        Some(DeploymentState::Sending { sent_bytes, bytes }) => Some(format!(
            "{} of {} sent",
            parts::bytes(*sent_bytes),
            parts::bytes(*bytes)
        )),
        // Arrived, and removed there since.
        Some(DeploymentState::There) | None => None,
    }
}

/// What a workstation has, in a line; a model that computes other bits there than here is marked.
pub fn held(state: &State, models: &[HeldModel]) -> String {
    let here = |model: &HeldModel| state.models.card(&model.digest).map(|card| card.class);
    let names: Vec<String> = models
        .iter()
        .map(|model| match here(model) {
            Some(class) if class != model.class => {
                format!("{} (another numeric class than here)", model.full_name)
            }
            _ => model.full_name.clone(),
        })
        .collect();
    names.join(", ")
}

fn has(peer: &PeerCard, card: &ModelCard) -> bool {
    let models = peer.models.iter().flatten();
    models.clone().any(|model| model.digest == card.digest)
}
