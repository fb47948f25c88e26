//! The bar below the images while a volume is stacked, and the sentence on why there is none.

use eframe::egui::{Align, Layout, ProgressBar, RichText, Ui};

use crate::action::Action;
use crate::planes::PlanesAction;
use crate::state::State;
use crate::theme::colours;

/// Height of the bar, points.
pub const HEIGHT: f32 = 36.0;

/// Whether there is anything to say.
pub fn speaks(state: &State) -> bool {
    state.planes.building.is_some() || state.planes.refusal.is_some()
}

/// Draws the bar.
pub fn show(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    ui.horizontal_centered(|ui| {
        if let Some(building) = &state.planes.building {
            let words = format!(
                "Three planes: slice {} of {}",
                building.done + 1,
                building.total
            );
            ui.label(words);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if ui.button("Cancel planes").clicked() {
                    actions.push(Action::Planes(PlanesAction::Cancel));
                }
                let part = building.done as f32 / building.total.max(1) as f32;
                ui.add(ProgressBar::new(part));
            });
        } else if let Some(reason) = &state.planes.refusal {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if ui.button("Dismiss").clicked() {
                    actions.push(Action::Planes(PlanesAction::Dismiss));
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    let words = RichText::new(reason).color(colours::AMBER);
                    ui.add(eframe::egui::Label::new(words).truncate())
                        .on_hover_text(reason);
                });
            });
        }
    });
}
