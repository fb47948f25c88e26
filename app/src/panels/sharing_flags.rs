//! What the open images say about identity in their pixels, told where they may leave the machine (rule 31).

use eframe::egui::Ui;
use kernel_imaging::sharing_flags;

use crate::state::State;
use crate::theme::{colours, parts};

/// Sentences for the series on screen; nothing without one.
pub fn flags(ui: &mut Ui, state: &State) {
    for flag in sharing_flags(state.view.frames()) {
        parts::sentence(ui, format!("Before sharing: {flag}."), colours::now().amber);
    }
}
