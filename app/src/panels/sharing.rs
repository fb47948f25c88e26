//! What this workstation gives to paired ones, and the runs that wait for a yes before anything of them leaves.

use actor_messages::{JobManifest, ManifestContent, MeshSnapshot, operations};
use eframe::egui::{CollapsingHeader, DragValue, ScrollArea, TextEdit, Ui};

use crate::action::Action;
use crate::share::{ShareAction, hours};
use crate::state::State;
use crate::texts::tr;
use crate::theme::{colours, parts};

/// Blobs of a waiting run that are listed; the rest is counted.
const BLOBS_LISTED: usize = 200;
/// Height of that list, in points.
const BLOBS_HEIGHT: f32 = 160.0;
const GIB: f64 = (1_u64 << 30) as f64;

/// Draws the runs that wait.
pub fn leaving(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let waiting = state.mesh.iter().flat_map(|mesh| &mesh.leaving);
    for manifest in waiting {
        parts::card(ui, |ui| question(ui, manifest, actions));
    }
}

fn question(ui: &mut Ui, manifest: &JobManifest, actions: &mut Vec<Action>) {
    let names: Vec<&str> = manifest
        .peers
        .iter()
        .map(|peer| peer.name.as_str())
        .collect();
    let words = format!(
        "May this run leave for {}? It goes on here meanwhile.",
        names.join(", ")
    );
    parts::sentence(ui, words, colours::now().amber);
    parts::pair(ui, "Operation", &manifest.operation);
    for (name, value) in &manifest.parameters {
        parts::pair(ui, name, value);
    }
    let total = format!(
        "{} in {} blobs, {} tasks",
        parts::bytes(manifest.bytes),
        manifest.blobs.len(),
        manifest.tasks
    );
    parts::pair(ui, "Leaves", total);
    CollapsingHeader::new("All that would leave")
        .id_salt(&manifest.job.0)
        .show(ui, |ui| {
            ScrollArea::vertical()
                .max_height(BLOBS_HEIGHT)
                .show(ui, |ui| blobs(ui, manifest));
        });
    for warning in &manifest.warnings {
        parts::sentence(ui, format!("{warning}."), colours::now().amber);
    }
    ui.horizontal(|ui| {
        let answer = |leave| Action::Share(ShareAction::LetLeave(manifest.job.clone(), leave));
        if ui.button(tr("Let it leave")).clicked() {
            actions.push(answer(true));
        }
        if ui.button(tr("Keep it here")).clicked() {
            actions.push(answer(false));
        }
    });
}

fn blobs(ui: &mut Ui, manifest: &JobManifest) {
    for blob in manifest.blobs.iter().take(BLOBS_LISTED) {
        let content = match &blob.content {
            ManifestContent::PixelBlock { rows, columns, .. } => {
                format!("pixels {columns} × {rows}")
            }
            ManifestContent::Matrix { rows, columns } => format!("weights {columns} × {rows}"),
            ManifestContent::Model => "model".to_owned(),
            ManifestContent::Other => "not readable here".to_owned(),
        };
        parts::pair(ui, &blob.digest.short().to_string(), content);
    }
    if manifest.blobs.len() > BLOBS_LISTED {
        let more = manifest.blobs.len() - BLOBS_LISTED;
        parts::quiet(ui, format!("and {more} more"));
    }
}

/// Draws what is given and its limits.
pub fn limits(ui: &mut Ui, state: &State, mesh: &MeshSnapshot, actions: &mut Vec<Action>) {
    parts::divide(ui);
    parts::heading(ui, "What this workstation gives");
    let mut share = |action| actions.push(Action::Share(action));
    let limits = &mesh.limits;
    if let Some(reason) = &mesh.takes_nothing {
        parts::sentence(ui, format!("{reason}."), colours::now().amber);
    }
    let words = if limits.paused { "Go on" } else { "Pause" };
    if ui.button(words).clicked() {
        share(ShareAction::Pause(!limits.paused));
    }
    let mut cores = limits.cores.unwrap_or(mesh.me.capacity);
    let mut memory_gib = mesh.me.memory_bytes as f64 / GIB;
    ui.horizontal(|ui| {
        let label = ui.label(tr("Cores at most"));
        let field = DragValue::new(&mut cores).range(1..=1024);
        if ui.add(field).labelled_by(label.id).changed() {
            share(ShareAction::Cores(Some(cores)));
        }
        let label = ui.label(tr("Memory at most"));
        let field = DragValue::new(&mut memory_gib)
            .range(0.25..=1024.0)
            .speed(0.25)
            .suffix(" GiB");
        if ui.add(field).labelled_by(label.id).changed() {
            share(ShareAction::Memory(Some((memory_gib * GIB) as u64)));
        }
    });
    let told = limits
        .hours
        .map_or_else(String::new, |hours| hours.to_string());
    let mut typed = state.pairing.hours.clone().unwrap_or(told);
    ui.horizontal(|ui| {
        let label = ui.label(tr("Hours"));
        let field = TextEdit::singleline(&mut typed)
            .hint_text(tr("always, or 18:00-07:00"))
            .desired_width(140.0);
        let field = ui.add(field).labelled_by(label.id);
        if field.changed() {
            share(ShareAction::SetHours(typed.clone()));
        }
        if field.lost_focus() {
            share(ShareAction::UseHours);
        }
    });
    if let Err(problem) = hours(&typed) {
        parts::sentence(ui, problem, colours::now().amber);
    }
    let mut only_idle = limits.only_idle;
    if ui
        .checkbox(&mut only_idle, tr("Only while nobody uses it"))
        .changed()
    {
        share(ShareAction::OnlyIdle(only_idle));
    }
    CollapsingHeader::new("Operations and models for others").show(ui, |ui| {
        for spec in operations() {
            let allowed = limits.operations.as_ref();
            let mut allowed = allowed.is_none_or(|names| names.contains(spec.name));
            if ui.checkbox(&mut allowed, spec.label).changed() {
                share(ShareAction::Operation(spec.name, allowed));
            }
        }
        let mut any = limits.models.is_none();
        if ui.checkbox(&mut any, tr("Any model")).changed() {
            share(ShareAction::AnyModel(any));
        }
        let Some(chosen) = &limits.models else {
            return;
        };
        for model in state.models.cards() {
            let mut allowed = chosen.contains(&model.digest);
            if ui.checkbox(&mut allowed, &model.full_name).changed() {
                share(ShareAction::Model(model.digest, allowed));
            }
        }
    });
    parts::quiet(
        ui,
        "Nothing of others is kept on this disk; their work waits while this workstation has its own.",
    );
    let totals = mesh.peers.iter().fold((0, 0), |(sent, received), peer| {
        (sent + peer.bytes_sent, received + peer.bytes_received)
    });
    let got: u64 = mesh.peers.iter().map(|peer| peer.tasks_done).sum();
    parts::pair(ui, "Given", format!("{} tasks", mesh.tasks_given));
    parts::pair(ui, "Got", format!("{got} tasks"));
    parts::pair(
        ui,
        "Sent, received",
        format!("{}, {}", parts::bytes(totals.0), parts::bytes(totals.1)),
    );
}
