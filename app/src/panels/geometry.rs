//! The *Geometry* panel: what is wrong with the places of a series' images, in amber, with the files it lies between.

use eframe::egui::{Align, Label, Layout, RichText, Ui};
use kernel_imaging::{GeometryWarning, Series};

use crate::action::Action;
use crate::state::State;
use crate::texts::tr;
use crate::theme::{SPACE, colours};

/// Height of the panel's heading with its margins, in points.
const HEAD_HEIGHT: f32 = 46.0;
/// Warnings that are shown; the list of series has all.
const ROWS_MAX: usize = 3;
/// Height of a warning with its files, in points.
const ROW_HEIGHT: f32 = 50.0;

/// The warnings of the series on screen.
pub fn warnings(state: &State) -> &[GeometryWarning] {
    shown(state).map_or(&[], |series| series.warnings.as_slice())
}

fn shown(state: &State) -> Option<&Series> {
    let stack = state.view.stack.as_ref()?;
    state
        .series()
        .find(|(scan, _, series)| *scan == stack.scan && series.key == stack.key)
        .map(|(_, _, series)| series)
}

/// Draws the panel under the image; the series list says the same in short.
pub fn show(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let warnings = warnings(state);
    ui.horizontal(|ui| {
        let count = match warnings.len() {
            1 => "Geometry: 1 warning".to_owned(),
            count => format!("Geometry: {count} warnings"),
        };
        ui.label(RichText::new(count).strong().color(colours::now().amber));
        ui.label(
            RichText::new(tr("Measure and reformat with care"))
                .small()
                .color(colours::now().text_quiet),
        );
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if ui.small_button(tr("Copy")).clicked() {
                let lines: Vec<String> = warnings.iter().map(line).collect();
                actions.push(Action::Copy(lines.join("\n")));
            }
        });
    });
    for warning in warnings.iter().take(ROWS_MAX) {
        let text = RichText::new(&warning.text).color(colours::now().amber);
        ui.add(Label::new(text).truncate());
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = SPACE;
            for file in warning.files.iter().filter(|file| !file.is_empty()) {
                let words = RichText::new(file).monospace().color(colours::now().text);
                ui.add(Label::new(words).selectable(true));
            }
        });
    }
    if warnings.len() > ROWS_MAX {
        let words = format!("{} more stand under the series", warnings.len() - ROWS_MAX);
        ui.label(
            RichText::new(words)
                .small()
                .color(colours::now().text_quiet),
        );
    }
}

/// Height that so many warnings take, in points; at most those of the rows shown.
pub fn height(warnings: usize) -> f32 {
    HEAD_HEIGHT + ROW_HEIGHT * warnings.clamp(1, ROWS_MAX + 1) as f32
}

/// A warning with its files as one line of text.
fn line(warning: &GeometryWarning) -> String {
    let files = warning.files.iter().filter(|file| !file.is_empty());
    let files: Vec<&str> = files.map(String::as_str).collect();
    if files.is_empty() {
        return warning.text.clone();
    }
    format!("{} ({})", warning.text, files.join(", "))
}
