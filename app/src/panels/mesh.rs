//! The *Mesh* panel: the one switch, who this workstation is, pairing, the paired workstations.

use actor_messages::{Digest, MeshSnapshot, PeerCard, PeerState};
use eframe::egui::{Align, Color32, Label, Layout, RichText, TextEdit, Ui};

use crate::action::Action;
use crate::panels::{deployments, pairing, sharing, sharing_flags};
use crate::state::State;
use crate::texts::tr;
use crate::theme::{colours, parts};

/// Nearby workstations listed that are not paired.
const NEARBY_LISTED: usize = 8;

/// Draws the panel.
pub fn show(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let Some(mesh) = &state.mesh else {
        parts::heading(ui, "Sharing");
        parts::quiet(ui, "The mesh is starting.");
        return;
    };
    parts::heading(ui, "Sharing");
    let mut sharing = mesh.sharing;
    if ui
        .checkbox(&mut sharing, tr("Share with nearby workstations"))
        .changed()
    {
        actions.push(Action::SetSharing(sharing));
    }
    parts::quiet(
        ui,
        "Paired workstations then help with runs, and this one helps them. Pixel blocks and \
         parameters travel encrypted; no identity does.",
    );
    sharing::leaving(ui, state, actions);
    sharing_flags::flags(ui, state);
    // Whoever has paired wants to see who is there; whoever has not wants to pair.
    if mesh.peers.is_empty() {
        pairing::show(ui, state, mesh, actions);
        peers(ui, state, mesh, actions);
    } else {
        peers(ui, state, mesh, actions);
        pairing::show(ui, state, mesh, actions);
    }
    sharing::limits(ui, state, mesh, actions);
    me(ui, mesh, actions);
    nearby(ui, mesh);
    if mesh.sharing && !mesh.peers.is_empty() {
        dial(ui, state, actions);
    }
}

fn me(ui: &mut Ui, mesh: &MeshSnapshot, actions: &mut Vec<Action>) {
    parts::divide(ui);
    parts::heading(ui, "This workstation");
    parts::pair(ui, "Name", &mesh.me.name);
    ui.label(RichText::new(tr("Fingerprint")).color(colours::now().text_quiet));
    fingerprint(ui, &mesh.me.fingerprint);
    parts::pair(
        ui,
        "Gives",
        capacity(mesh.me.capacity, mesh.me.memory_bytes),
    );
    if mesh.sharing {
        ui.label(RichText::new(tr("Addresses")).color(colours::now().text_quiet));
        if mesh.me.addresses.is_empty() {
            parts::quiet(ui, "None yet");
        }
        for address in &mesh.me.addresses {
            let short = host_port(address).unwrap_or_else(|| address.clone());
            ui.horizontal(|ui| {
                let text = RichText::new(&short).monospace().color(colours::now().text);
                ui.add(Label::new(text).truncate().selectable(true))
                    .on_hover_text(address);
                if ui.small_button(tr("Copy")).clicked() {
                    actions.push(Action::Copy(short.clone()));
                }
            });
        }
    }
}

/// Words to be compared by eye.
pub fn fingerprint(ui: &mut Ui, words: &str) {
    let text = RichText::new(words)
        .monospace()
        .color(colours::now().text_strong);
    ui.add(Label::new(text).wrap().selectable(true));
}

/// `/ip4/10.0.0.5/tcp/4001/p2p/…` as `10.0.0.5:4001`.
pub fn host_port(address: &str) -> Option<String> {
    let mut parts = address.split('/').skip(1);
    let (kind, host) = (parts.next()?, parts.next()?);
    if !matches!(kind, "ip4" | "ip6" | "dns" | "dns4" | "dns6") || parts.next()? != "tcp" {
        return None;
    }
    let port = parts.next()?;
    Some(if kind == "ip6" {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    })
}

fn capacity(cores: u32, memory_bytes: u64) -> String {
    let cores = if cores == 1 {
        "1 core".to_owned()
    } else {
        format!("{cores} cores")
    };
    format!("{cores}, {}", parts::bytes(memory_bytes))
}

fn peers(ui: &mut Ui, state: &State, mesh: &MeshSnapshot, actions: &mut Vec<Action>) {
    parts::divide(ui);
    parts::heading(ui, "Paired workstations");
    if mesh.peers.is_empty() {
        parts::quiet(
            ui,
            "None yet. Show a code here and enter it there, or the other way round.",
        );
    }
    for peer in &mesh.peers {
        parts::card(ui, |ui| {
            card(ui, state, (peer, mesh.me.numeric_class), actions)
        });
    }
}

fn card(ui: &mut Ui, state: &State, (peer, mine): (&PeerCard, Digest), actions: &mut Vec<Action>) {
    let (words, colour) = standing(peer.state);
    ui.horizontal(|ui| {
        parts::dot(ui, colour);
        ui.label(
            RichText::new(&peer.name)
                .strong()
                .color(colours::now().text_strong),
        )
        .on_hover_text(format!("{}\n{}", peer.fingerprint, peer.peer));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.label(RichText::new(words).color(colour));
        });
    });
    if peer.capacity > 0 {
        parts::pair(ui, "Gives", capacity(peer.capacity, peer.memory_bytes));
    }
    if let Some(round_trip_us) = peer.round_trip_us {
        parts::pair(ui, "Round trip", parts::duration_us(round_trip_us));
    }
    if let Some(class) = peer.numeric_class {
        let same = class == mine;
        let words = if same { "as here" } else { "another than here" };
        parts::pair(ui, "Numeric class", format!("{}, {words}", class.short()));
    }
    if let Some(models) = peer.models.as_ref().filter(|models| !models.is_empty()) {
        parts::pair(ui, "Models", deployments::held(state, models));
    }
    let lost = if peer.failures > 0 {
        format!(", {} lost", peer.failures)
    } else {
        String::new()
    };
    parts::pair(
        ui,
        "Tasks done for us",
        format!("{}{lost}", peer.tasks_done),
    );
    parts::pair(ui, "Tasks done for it", peer.tasks_given.to_string());
    let rate = if peer.bytes_per_second > 0 {
        format!(", {}/s now", parts::bytes(peer.bytes_per_second))
    } else {
        String::new()
    };
    parts::pair(
        ui,
        "Sent, received",
        format!(
            "{}, {}{rate}",
            parts::bytes(peer.bytes_sent),
            parts::bytes(peer.bytes_received)
        ),
    );
    for reason in [&peer.takes_nothing, &peer.cut].into_iter().flatten() {
        parts::sentence(ui, reason, colours::now().amber);
    }
    if let Some(address) = &peer.address {
        parts::pair(
            ui,
            "Address",
            host_port(address).unwrap_or_else(|| address.clone()),
        );
    }
    ui.horizontal(|ui| {
        if state.pairing.forgetting.as_ref() == Some(&peer.peer) {
            ui.label(
                RichText::new(tr("Cut it and forget it?"))
                    .small()
                    .color(colours::now().amber),
            );
            if ui.small_button(tr("Forget")).clicked() {
                actions.push(Action::Forget(peer.peer.clone()));
            }
            if ui.small_button(tr("Keep")).clicked() {
                actions.push(Action::AskForget(None));
            }
        } else if ui.small_button(format!("Forget {}…", peer.name)).clicked() {
            actions.push(Action::AskForget(Some(peer.peer.clone())));
        }
    });
}

/// A peer's state in words and in its colour.
pub fn standing(state: PeerState) -> (&'static str, Color32) {
    match state {
        PeerState::Away => ("Away", colours::now().text_quiet),
        PeerState::Connecting => ("Connecting", colours::now().amber),
        PeerState::Ready => ("Ready", colours::now().green),
        PeerState::Working => ("Working for us", colours::now().accent),
        PeerState::Cut => ("Cut: misbehaved", colours::now().red),
    }
}

fn nearby(ui: &mut Ui, mesh: &MeshSnapshot) {
    if mesh.nearby.is_empty() {
        return;
    }
    parts::divide(ui);
    parts::heading(ui, "Seen nearby, not paired");
    for node in mesh.nearby.iter().take(NEARBY_LISTED) {
        let address = host_port(&node.address).unwrap_or_else(|| node.address.clone());
        let text = RichText::new(address)
            .monospace()
            .color(colours::now().text_quiet);
        ui.add(Label::new(text).truncate())
            .on_hover_text(&node.peer);
    }
    if mesh.nearby.len() > NEARBY_LISTED {
        parts::quiet(
            ui,
            format!("and {} more", mesh.nearby.len() - NEARBY_LISTED),
        );
    }
}

fn dial(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    parts::divide(ui);
    let label = ui.label(
        RichText::new(tr("Connect to a paired workstation")).color(colours::now().text_quiet),
    );
    ui.horizontal(|ui| {
        let mut address = state.pairing.dial.clone();
        let edit = TextEdit::singleline(&mut address)
            .hint_text(tr("host:port"))
            .desired_width(180.0);
        if ui.add(edit).labelled_by(label.id).changed() {
            actions.push(Action::SetDialAddress(address.clone()));
        }
        let ready = !address.trim().is_empty();
        if ui
            .add_enabled(ready, eframe::egui::Button::new(tr("Connect")))
            .clicked()
        {
            actions.push(Action::Dial);
        }
    });
}
