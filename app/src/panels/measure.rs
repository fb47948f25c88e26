//! The *Measure* panel: tools, the list of what was measured with its words and histogram, undo, and the table.

use eframe::egui::{Button, RichText, Sense, TextEdit, Ui, Vec2, WidgetInfo, WidgetType, pos2};
use kernel_imaging::{Histogram, RegionFigures};

use crate::action::{Action, entry, hover_text};
use crate::measure::{Kind, MeasureAction, Measurement, words};
use crate::saving::{SavingAction, Subject};
use crate::state::State;
use crate::texts::tr;
use crate::theme::{SPACE_SMALL, colours, parts};
use crate::tools::Tool;

/// Which pixels count, as the kernel defines it.
pub const COUNTING_RULE: &str =
    "Pixels whose centre lies inside count, at least one; padding never does.";

/// Draws the panel.
pub fn show(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    parts::heading(ui, "Measurements");
    ui.horizontal_wrapped(|ui| {
        for kind in Kind::ALL {
            let tool = Tool::Measure(kind);
            let button = ui
                .selectable_label(state.tool == tool, tr(kind.label()))
                .on_hover_text(hover_text(&Action::UseTool(tool)));
            if button.clicked() {
                actions.push(Action::UseTool(tool));
            }
        }
    });
    parts::quiet(ui, COUNTING_RULE);
    ui.horizontal_wrapped(|ui| {
        let any = !state.measuring.list.is_empty();
        let rows = [
            (MeasureAction::Undo, state.measuring.can_undo()),
            (MeasureAction::Redo, state.measuring.can_redo()),
            (MeasureAction::CopyTable, any),
        ];
        for (action, enabled) in rows {
            let action = Action::Measure(action);
            let label = entry(&action).map_or("", |entry| tr(entry.label));
            let button = ui.add_enabled(enabled, Button::new(label));
            if button.on_hover_text(hover_text(&action)).clicked() {
                actions.push(action);
            }
        }
        for (subject, label) in [
            (Subject::Report, tr("Save as DICOM SR")),
            (Subject::Table, tr("Save as CSV")),
        ] {
            if ui.add_enabled(any, Button::new(label)).clicked() {
                actions.push(Action::Saving(SavingAction::Pick(subject)));
            }
        }
        if ui.add_enabled(any, Button::new(tr("Remove all"))).clicked() {
            actions.push(Action::Measure(MeasureAction::RemoveAll));
        }
    });
    if state.measuring.list.is_empty() {
        parts::quiet(
            ui,
            "Nothing is measured yet: choose a tool and draw on the image.",
        );
    }
    for one in &state.measuring.list {
        ui.add_space(SPACE_SMALL);
        ui.push_id(one.id, |ui| {
            parts::card(ui, |ui| card(ui, state, one, actions));
        });
    }
}

fn card(ui: &mut Ui, state: &State, one: &Measurement, actions: &mut Vec<Action>) {
    let chosen = state.measuring.selected == Some(one.id);
    let act = |action| Action::Measure(action);
    ui.horizontal(|ui| {
        let title = format!("{} {}", one.kind.label(), one.id);
        let title = RichText::new(title).color(if chosen {
            colours::now().accent
        } else {
            colours::now().text_strong
        });
        if ui
            .selectable_label(chosen, title)
            .on_hover_text(tr("Go to its image"))
            .clicked()
        {
            actions.push(act(MeasureAction::GoTo(one.id)));
        }
        let remove = ui.small_button(tr("Remove"));
        if remove.clicked() {
            actions.push(act(MeasureAction::Remove(one.id)));
        }
    });
    if chosen {
        let mut text = one.text.clone();
        let field = TextEdit::singleline(&mut text)
            .hint_text(tr("Words"))
            .desired_width(f32::INFINITY);
        let field = ui.add(field);
        field.widget_info(|| WidgetInfo::labeled(WidgetType::TextEdit, true, "Words"));
        if field.changed() {
            actions.push(act(MeasureAction::Rename(one.id, text)));
        }
    }
    for line in words(one) {
        ui.label(RichText::new(line).color(colours::now().text));
    }
    let counted = |found: &&RegionFigures| !found.histogram.counts.is_empty();
    if let (true, Some(found)) = (chosen, one.figures.region.as_ref().filter(counted)) {
        histogram(ui, &found.histogram, &one.figures.unit);
    }
}

fn histogram(ui: &mut Ui, histogram: &Histogram, unit: &str) {
    let (rect, response) =
        ui.allocate_exact_size(Vec2::new(ui.available_width(), 56.0), Sense::hover());
    let [low, high] = histogram.range.map(parts::number);
    let words = format!("Histogram from {low} to {high} {unit}");
    response.widget_info(|| WidgetInfo::labeled(WidgetType::Image, true, words.trim_end()));
    let greatest = histogram.counts.iter().copied().max().unwrap_or(1).max(1);
    let width = rect.width() / histogram.counts.len().max(1) as f32;
    ui.painter().rect_filled(rect, 2.0, colours::now().field);
    for (bar, count) in histogram.counts.iter().enumerate() {
        let height = rect.height() * *count as f32 / greatest as f32;
        let left = rect.left() + width * bar as f32;
        let shape = eframe::egui::Rect::from_min_max(
            pos2(left, rect.bottom() - height),
            pos2(left + (width - 0.5).max(0.5), rect.bottom()),
        );
        ui.painter().rect_filled(shape, 0.0, colours::now().accent);
    }
    parts::quiet(ui, words.trim_end().to_owned());
}
