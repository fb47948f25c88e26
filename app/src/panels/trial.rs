//! A version on trial beside the one on the image: begun and ended by a click, with its figures.

use actor_messages::{CanaryFigures, ModelCard};
use eframe::egui::Ui;

use crate::action::Action;
use crate::state::State;
use crate::theme::parts;

/// The button that begins or ends the trial of a version, where another version of the model is on the image.
pub fn button(ui: &mut Ui, state: &State, card: &ModelCard, actions: &mut Vec<Action>) {
    if of(state, card).is_some() {
        if ui.button("End the trial").clicked() {
            actions.push(Action::TryModel(None));
        }
        return;
    }
    let live = state.models.live.and_then(|live| state.models.card(&live));
    let another =
        |live: &ModelCard| live.digest != card.digest && live.manifest.name == card.manifest.name;
    if live.is_some_and(another) {
        let tip = "Runs this version, too, on one image in ten, and compares; the version on the image goes on answering";
        let begun = ui.button(format!("Try version {}", card.manifest.version));
        if begun.on_hover_text(tip).clicked() {
            actions.push(Action::TryModel(Some(card.digest)));
        }
    }
}

/// The figures of the trial of a version.
pub fn figures(ui: &mut Ui, state: &State, card: &ModelCard) {
    let Some(figures) = of(state, card) else {
        return;
    };
    parts::pair(
        ui,
        "Compared",
        format!("{} of {} images", figures.compared, figures.requests),
    );
    if figures.compared > 0 {
        let percent = |share: f64| format!("{:.2} %", share * 100.0);
        parts::pair(
            ui,
            "Alike",
            format!(
                "{}, at least {}",
                percent(figures.alike_mean),
                percent(figures.alike_least)
            ),
        );
        let duration = |us: u64| match us {
            0 => "–".to_owned(),
            us => parts::duration_us(us),
        };
        parts::pair(
            ui,
            "Time of a run",
            format!(
                "{}, against {}",
                duration(figures.to_run_us),
                duration(figures.from_run_us)
            ),
        );
    }
    if figures.skipped > 0 {
        parts::pair(ui, "Left out, too busy", figures.skipped.to_string());
    }
    if let Some(reason) = &figures.failure {
        parts::pair(ui, "Failed", format!("{}: {reason}", figures.failed));
    }
}

fn of<'a>(state: &'a State, card: &ModelCard) -> Option<&'a CanaryFigures> {
    let trial = state.models.trial.as_deref();
    trial.filter(|trial| trial.to == card.digest)
}
