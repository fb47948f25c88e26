//! The bar at the bottom: what runs, memory, cache, how fast images come, who shares.

use actor_messages::PeerState;
use eframe::egui::{Align, Layout, RichText, Ui};

use crate::action::Action;
use crate::panels::welcome::RESEARCH_USE;
use crate::state::{Side, State};
use crate::texts::{say, tr};
use crate::theme::{colours, parts};

/// Draws the bar.
pub fn show(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    ui.horizontal_centered(|ui| {
        ui.spacing_mut().item_spacing.x = 14.0;
        activity(ui, state);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 14.0;
            sharing(ui, state, actions);
            gauges(ui, state);
        });
    });
}

fn small(text: impl Into<String>) -> RichText {
    RichText::new(say(&text.into())).small()
}

fn activity(ui: &mut Ui, state: &State) {
    if let Some(scan) = state.running_scan() {
        ui.label(small(format!(
            "Reading {} of {} files",
            scan.files_read, scan.files_seen
        )));
    } else if let Some(job) = state.jobs.iter().rev().find(|job| job.is_running()) {
        let (_, words) = job.progress();
        let label = small(format!("{}: {words}", job.title)).color(colours::now().accent);
        ui.add(eframe::egui::Label::new(label).truncate());
    } else if let Some(name) = &state.hanging.applied {
        ui.label(small(RESEARCH_USE).color(colours::now().text_quiet));
        ui.label(small(format!("Hanging: {name}")));
    } else {
        ui.label(small(RESEARCH_USE).color(colours::now().text_quiet));
    }
}

fn gauges(ui: &mut Ui, state: &State) {
    let meter = &state.meter;
    if meter.screen_latency_p50_us > 0 {
        let words = format!(
            "Image p50 {} p99 {}",
            parts::duration_us(meter.screen_latency_p50_us),
            parts::duration_us(meter.screen_latency_p99_us)
        );
        ui.label(small(words).color(colours::now().text_quiet))
            .on_hover_text(tr("Time from asking for an image to having it decoded"));
    }
    if let Some(latency) = state.models.latency.filter(|_| state.models.live.is_some()) {
        let words = format!(
            "Model p50 {} p99 {}",
            parts::duration_us(latency.p50_us),
            parts::duration_us(latency.p99_us)
        );
        let (p50, p99) = (latency.p50_parts, latency.p99_parts);
        let part = |name: &str, p50: u64, p99: u64| {
            let (p50, p99) = (parts::duration_us(p50), parts::duration_us(p99));
            format!("{name}: p50 {p50}, p99 {p99}")
        };
        let tip = [
            "Time from asking a model for an image to having its answer, of the last 256 requests"
                .to_owned(),
            part("Waiting", p50.queue_us, p99.queue_us),
            part("Decoding", p50.pre_us, p99.pre_us),
            part("In the model", p50.run_us, p99.run_us),
            part("Keeping the answer", p50.post_us, p99.post_us),
        ];
        ui.label(small(words).color(colours::TEXT_QUIET))
            .on_hover_text(tip.join("\n"));
    }
    if meter.cache_bytes_max > 0 {
        let words = format!(
            "Cache {} of {}",
            parts::bytes(meter.cache_bytes),
            parts::bytes(meter.cache_bytes_max)
        );
        ui.label(small(words).color(colours::now().text_quiet))
            .on_hover_text(tr("Decoded images held"));
    }
    if meter.resident_bytes > 0 {
        let words = format!("Memory {}", parts::bytes(meter.resident_bytes));
        ui.label(small(words).color(colours::now().text_quiet))
            .on_hover_text(tr("Memory of this program"));
    }
    if meter.queued > 0 {
        ui.label(small(format!("Queue {}", meter.queued)).color(colours::now().text_quiet));
    }
}

fn sharing(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let Some(mesh) = &state.mesh else {
        ui.label(small("Mesh starting").color(colours::now().text_quiet));
        return;
    };
    let here = |state: PeerState| matches!(state, PeerState::Ready | PeerState::Working);
    let ready = mesh.peers.iter().filter(|peer| here(peer.state)).count();
    let (words, colour) = match (mesh.sharing, mesh.peers.len()) {
        (false, _) => ("Sharing off".to_owned(), colours::now().text_quiet),
        (true, 0) => ("Sharing, no peers".to_owned(), colours::now().text),
        (true, all) => {
            let colour = if ready > 0 {
                colours::now().green
            } else {
                colours::now().amber
            };
            (format!("Sharing, {ready} of {all} peers"), colour)
        }
    };
    let link = ui.link(small(words).color(colour));
    if link.on_hover_text(tr("Open the Mesh panel")).clicked() {
        actions.push(Action::ShowSide(Side::Mesh));
    }
}
