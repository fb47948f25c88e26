//! One run: how far it is, how to stop it, how well it went, where its results lie.

use eframe::egui::{Button, RichText, Ui};

use crate::action::Action;
use crate::job::JobView;
use crate::saving::{self, SavingAction, Subject};
use crate::state::{Side, State};
use crate::texts::tr;
use crate::theme::{colours, parts};
use crate::viewport::figures::outcome_rows;

/// Draws the card of a job.
pub fn show(ui: &mut Ui, state: &State, job: &JobView, actions: &mut Vec<Action>) {
    parts::card(ui, |ui| {
        ui.add(
            eframe::egui::Label::new(
                RichText::new(&job.title)
                    .strong()
                    .color(colours::now().text_strong),
            )
            .wrap(),
        );
        let (fraction, words) = job.progress();
        if job.is_running() {
            parts::progress(ui, "Progress of the run", fraction, &words);
        } else if let Some(failure) = &job.failure {
            parts::sentence(ui, failure, colours::now().red);
        } else {
            parts::quiet(ui, words);
        }
        figures(ui, job);
        ui.horizontal_wrapped(|ui| buttons(ui, state, job, actions));
        written(ui, job, actions);
    });
}

/// Of the job as a whole; those of the slice on screen stand beside its picture.
fn figures(ui: &mut Ui, job: &JobView) {
    for (name, value) in outcome_rows(job) {
        parts::pair(ui, name, value);
    }
}

fn buttons(ui: &mut Ui, state: &State, job: &JobView, actions: &mut Vec<Action>) {
    if job.is_running() && ui.button(tr("Cancel run")).clicked() {
        actions.push(Action::CancelJob(job.request));
    }
    let shown = state
        .comparison
        .as_ref()
        .is_some_and(|comparison| comparison.request == job.request && comparison.visible);
    let has_results = job
        .snapshot
        .as_ref()
        .is_some_and(|snapshot| snapshot.done > 0);
    if shown && !job.is_running() {
        if ui.button(tr("Hide comparison")).clicked() {
            actions.push(Action::ToggleComparison);
        }
    } else if has_results && !shown && ui.button(tr("Show beside original")).clicked() {
        actions.push(Action::Compare(job.request));
    }
    save(ui, job, actions);
    if job.snapshot.is_some() && ui.button(tr("Tasks")).clicked() {
        actions.push(Action::ShowSide(Side::LaborArray));
    }
}

/// Saves the results for others, once there are any.
pub fn save(ui: &mut Ui, job: &JobView, actions: &mut Vec<Action>) {
    if job.outcome.is_some() {
        let able = saving::savable(job);
        let button = ui.add_enabled(able.is_ok(), Button::new(tr("Save as DICOM")));
        let button = match able {
            Ok(()) => button.on_hover_text(tr("Labels and masks as a segmentation, images as a derived series, with the receipt in it"),
            ),
            Err(reason) => button.on_disabled_hover_text(reason),
        };
        if button.clicked() {
            let subject = Subject::Results(job.request);
            actions.push(Action::Saving(SavingAction::Pick(subject)));
        }
    }
}

fn written(ui: &mut Ui, job: &JobView, actions: &mut Vec<Action>) {
    let (Some(outcome), Some(out)) = (&job.outcome, &job.out) else {
        return;
    };
    if outcome.receipts.is_empty() {
        return;
    }
    ui.horizontal(|ui| {
        let words = format!("{} receipts written", outcome.receipts.len());
        ui.label(RichText::new(words).small().color(colours::now().green))
            .on_hover_text(out.display().to_string());
        if ui.small_button(tr("Copy folder")).clicked() {
            actions.push(Action::Copy(out.display().to_string()));
        }
    });
}
