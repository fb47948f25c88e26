//! The sheet of keys and gestures, made from the table of actions.

use eframe::egui::{Align2, Context, Grid, RichText, ScrollArea, Ui, Window};

use crate::action::{Action, Group, entries};
use crate::theme::{SPACE_LARGE, colours, parts};

const GESTURES: [(&str, &str); 12] = [
    ("Left drag", "The tool in hand"),
    ("Middle drag", "Pan"),
    ("Right drag", "Zoom about the press point"),
    ("Right click", "Menu"),
    ("Wheel", "One image"),
    ("Shift+wheel", "Ten images"),
    ("Ctrl+wheel, pinch", "Zoom at the pointer"),
    ("Alt+wheel", "Thicker or thinner slab"),
    ("Shift+move", "Crosshair follows the pointer"),
    ("Drag a line", "Moves a plane; with Ctrl turns it"),
    ("Ctrl+drag", "Finer; with Shift coarser"),
    ("Double click", "Only the image"),
];

/// Draws the sheet.
pub fn show(context: &Context, actions: &mut Vec<Action>) {
    let mut open = true;
    let area = context.content_rect().size();
    Window::new("Keys and gestures")
        .open(&mut open)
        .collapsible(false)
        .resizable(false)
        .anchor(Align2::CENTER_CENTER, [0.0, 0.0])
        .fixed_size([960.0_f32.min(area.x - 60.0), 540.0_f32.min(area.y - 120.0)])
        .show(context, |ui| {
            ui.spacing_mut().interact_size.y = 16.0;
            ScrollArea::vertical()
                .auto_shrink([false, true])
                .show(ui, |ui| {
                    ui.columns(3, |columns| {
                        group(&mut columns[0], Group::Images);
                        group(&mut columns[0], Group::Tools);
                        group(&mut columns[0], Group::Measure);
                        group(&mut columns[0], Group::Panels);
                        group(&mut columns[1], Group::View);
                        group(&mut columns[1], Group::Compute);
                        group(&mut columns[1], Group::Files);
                        gestures(&mut columns[2]);
                        group(&mut columns[2], Group::Window);
                    });
                });
        });
    if !open {
        actions.push(Action::ToggleKeys);
    }
}

fn group(ui: &mut Ui, group: Group) {
    parts::heading(ui, group.label());
    Grid::new(group.label())
        .num_columns(2)
        .spacing([SPACE_LARGE, 3.0])
        .show(ui, |ui| {
            for entry in entries().filter(|entry| entry.group == group) {
                if entry.shortcuts.is_empty() {
                    continue;
                }
                let keys: Vec<&str> = entry
                    .shortcuts
                    .iter()
                    .map(|shortcut| shortcut.text)
                    .collect();
                row(ui, &keys.join(", "), entry.label);
            }
        });
}

fn gestures(ui: &mut Ui) {
    parts::heading(ui, "Mouse and touch");
    Grid::new("gestures")
        .num_columns(2)
        .spacing([SPACE_LARGE, 3.0])
        .show(ui, |ui| {
            for (gesture, meaning) in GESTURES {
                row(ui, gesture, meaning);
            }
        });
}

fn row(ui: &mut Ui, keys: &str, meaning: &str) {
    ui.label(RichText::new(keys).small().color(colours::ACCENT));
    ui.label(RichText::new(meaning).small().color(colours::TEXT));
    ui.end_row();
}
