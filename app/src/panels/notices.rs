//! The drawer of notices: what went wrong, about which file, ready to be copied.

use eframe::egui::{Align, Label, Layout, RichText, ScrollArea, Ui};
use kernel_imaging::{Notice, Severity};

use crate::action::Action;
use crate::panels::welcome::words;
use crate::state::State;
use crate::texts::{say, tr};
use crate::theme::{colours, parts};

/// Draws the drawer.
pub fn show(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let notices: Vec<&Notice> = state.all_notices().collect();
    ui.horizontal(|ui| {
        ui.label(
            RichText::new(tr("Notices"))
                .heading()
                .color(colours::now().text_strong),
        );
        ui.label(RichText::new(notices.len().to_string()).color(colours::now().text_quiet));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if ui.button(tr("Hide")).clicked() {
                actions.push(Action::ToggleNotices);
            }
            if ui
                .add_enabled(!notices.is_empty(), eframe::egui::Button::new(tr("Clear")))
                .clicked()
            {
                actions.push(Action::ClearNotices);
            }
            if ui
                .add_enabled(
                    !notices.is_empty(),
                    eframe::egui::Button::new(tr("Copy all")),
                )
                .clicked()
            {
                let lines: Vec<String> = notices.iter().map(|notice| line(notice)).collect();
                actions.push(Action::Copy(lines.join("\n")));
            }
        });
    });
    if notices.is_empty() {
        parts::quiet(ui, "Nothing went wrong.");
        return;
    }
    let height = ui
        .text_style_height(&eframe::egui::TextStyle::Body)
        .max(20.0);
    let rows = ScrollArea::vertical().id_salt("notices").auto_shrink(false);
    rows.show_rows(ui, height, notices.len(), |ui, range| {
        for notice in range.filter_map(|row| notices.get(row)) {
            row(ui, notice, actions);
        }
    });
}

fn row(ui: &mut Ui, notice: &Notice, actions: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        parts::dot(ui, colour(notice.severity));
        if let Some(path) = &notice.path {
            let (name, _) = words(path);
            let name = RichText::new(name)
                .monospace()
                .color(colours::now().text_quiet);
            ui.add(Label::new(name).selectable(true))
                .on_hover_text(path.display().to_string());
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if ui.small_button(tr("Copy")).clicked() {
                actions.push(Action::Copy(line(notice)));
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let text = RichText::new(say(&notice.text)).color(colours::now().text);
                ui.add(Label::new(text).truncate().selectable(true));
            });
        });
    });
}

/// The colour of a severity.
pub fn colour(severity: Severity) -> eframe::egui::Color32 {
    match severity {
        Severity::Info => colours::now().accent,
        Severity::Warning => colours::now().amber,
        Severity::Error => colours::now().red,
    }
}

/// A notice as one line of text.
fn line(notice: &Notice) -> String {
    match &notice.path {
        Some(path) => format!("{}: {}", path.display(), notice.text),
        None => notice.text.clone(),
    }
}
