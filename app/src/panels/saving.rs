//! The strip of writings: how far each is, how to stop it, what became of it.

use eframe::egui::{Align, Button, Label, Layout, ProgressBar, RichText, Ui};

use crate::action::{Action, entry};
use crate::habits::key_text;
use crate::saving::{SavingAction, Subject, Writing};
use crate::state::State;
use crate::texts::tr;
use crate::theme::colours;

/// Height of one line of the strip, points.
const LINE_POINTS: f32 = 26.0;

/// What can be saved of the study on screen.
pub fn menu(ui: &mut Ui, actions: &mut Vec<Action>) {
    ui.set_min_width(220.0);
    for identity in [false, true] {
        item(ui, Subject::View { identity }, actions);
    }
    item(ui, Subject::Values, actions);
    item(ui, Subject::Cine, actions);
    ui.separator();
    item(ui, Subject::Copies, actions);
    item(ui, Subject::Anonymised, actions);
}

fn item(ui: &mut Ui, subject: Subject, actions: &mut Vec<Action>) {
    let action = Action::Saving(SavingAction::Pick(subject));
    let Some(entry) = entry(&action) else { return };
    let mut button = Button::new(tr(entry.label));
    if let Some(key) = key_text(entry) {
        button = button.shortcut_text(key);
    }
    if ui.add(button).on_hover_text(tr(entry.tooltip)).clicked() {
        actions.push(action);
        ui.close();
    }
}

/// How high the strip is for so many writings.
pub fn height(writings: usize) -> f32 {
    LINE_POINTS * writings as f32 + 8.0
}

/// Draws the strip.
pub fn show(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    for writing in &state.saving {
        ui.push_id(writing.request.0, |ui| {
            ui.horizontal(|ui| line(ui, writing, actions));
        });
    }
}

fn line(ui: &mut Ui, writing: &Writing, actions: &mut Vec<Action>) {
    ui.set_min_height(LINE_POINTS - 4.0);
    let label = writing.subject.label();
    let act = Action::Saving;
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        match &writing.saved {
            None => {
                if ui.button(tr("Cancel saving")).clicked() {
                    actions.push(act(SavingAction::Cancel(writing.request)));
                }
            }
            Some(saved) => {
                if ui.button(tr("Dismiss")).clicked() {
                    actions.push(act(SavingAction::Dismiss(writing.request)));
                }
                let path = writing.out.display().to_string();
                if saved.is_ok() && ui.button(tr("Copy path")).on_hover_text(&path).clicked() {
                    actions.push(Action::Copy(path));
                }
                if saved.is_ok()
                    && writing.subject.is_dicom()
                    && ui
                        .button("Open saved")
                        .on_hover_text(tr("Lists it beside the studies that are open"))
                        .clicked()
                {
                    actions.push(act(SavingAction::Open(writing.request)));
                }
            }
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            match &writing.saved {
                None => {
                    ui.label(format!("Saving {}", label.to_lowercase()));
                    let (part, words) = match writing.progress {
                        Some((done, total)) => (
                            done as f32 / total.max(1) as f32,
                            format!("{done} of {total}"),
                        ),
                        None => (0.0, "begins".to_owned()),
                    };
                    ui.add(ProgressBar::new(part).desired_width(160.0).text(words));
                }
                Some(Ok(report)) => {
                    let words = std::iter::once(&report.words).chain(&report.notes);
                    let words: Vec<&str> = words.map(String::as_str).collect();
                    let text = RichText::new(words.join(" · ")).color(colours::now().green);
                    ui.add(Label::new(text).truncate());
                }
                Some(Err(reason)) => {
                    let text = RichText::new(format!("{label} are not saved: {reason}"));
                    ui.add(Label::new(text.color(colours::now().red)).truncate());
                }
            }
        });
    });
}
