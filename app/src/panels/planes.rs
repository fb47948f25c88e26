//! The bar below the images while a volume is stacked, and the sentence on why there is none.

use eframe::egui::{Align, Layout, ProgressBar, RichText, Ui};

use crate::action::Action;
use crate::fusion::FuseAction;
use crate::planes::PlanesAction;
use crate::state::State;
use crate::texts::tr;
use crate::theme::colours;

/// Height of the bar, points.
pub const HEIGHT: f32 = 36.0;

/// Whether there is anything to say.
pub fn speaks(state: &State) -> bool {
    let building = state.planes.building.is_some() || state.fusion.building.is_some();
    building || state.planes.refusal.is_some()
}

/// Draws the bar.
pub fn show(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    ui.horizontal_centered(|ui| {
        let planes = state.planes.building.as_ref().map(|building| {
            let cancel = Action::Planes(PlanesAction::Cancel);
            (
                "Three planes",
                "Cancel planes",
                cancel,
                building.done,
                building.total,
            )
        });
        let fusion = state.fusion.building.as_ref().map(|building| {
            let (cancel, total) = (Action::Fuse(FuseAction::Off), building.stack.frames.len());
            ("Fusion", "Cancel fusion", cancel, building.done, total)
        });
        if let Some((name, label, cancel, done, total)) = planes.or(fusion) {
            ui.label(format!("{name}: slice {} of {total}", done + 1));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if ui.button(label).clicked() {
                    actions.push(cancel);
                }
                ui.add(ProgressBar::new(done as f32 / total.max(1) as f32));
            });
        } else if let Some(reason) = &state.planes.refusal {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if ui.button(tr("Dismiss")).clicked() {
                    actions.push(Action::Planes(PlanesAction::Dismiss));
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    let words = RichText::new(reason).color(colours::now().amber);
                    ui.add(eframe::egui::Label::new(words).truncate())
                        .on_hover_text(reason);
                });
            });
        }
    });
}
