//! The sheet of keys and gestures, made from the table of actions; here keys and other habits are changed.

use eframe::egui::{Align2, Button, Context, Grid, RichText, ScrollArea, Ui, Window};

use crate::action::{Action, Entry, Group, entries};
use crate::habits::{HabitAction, key_texts, shipped};
use crate::state::State;
use crate::texts::{Language, tr};
use crate::theme::{SPACE_LARGE, Shade, colours, parts};

/// What the mouse does, where habits do not change it.
fn gestures_of() -> [(&'static str, &'static str); 10] {
    [
        (tr("Left drag"), tr("The tool in hand")),
        (tr("Right click"), tr("Menu")),
        (tr("Wheel"), tr("One image")),
        (tr("Shift+wheel"), tr("Ten images")),
        (tr("Ctrl+wheel, pinch"), tr("Zoom at the pointer")),
        (tr("Alt+wheel"), tr("Thicker or thinner slab")),
        (tr("Shift+move"), tr("Crosshair follows the pointer")),
        (tr("Drag a line"), tr("Moves a plane; with Ctrl turns it")),
        (tr("Ctrl+drag"), tr("Finer; with Shift coarser")),
        (tr("Double click"), tr("Only the image")),
    ]
}

/// Draws the sheet.
pub fn show(context: &Context, state: &State, actions: &mut Vec<Action>) {
    let mut open = true;
    let area = context.content_rect().size();
    Window::new(tr("Keys and gestures"))
        .id("keys".into())
        .open(&mut open)
        .collapsible(false)
        .resizable(false)
        .anchor(Align2::CENTER_CENTER, [0.0, 0.0])
        .fixed_size([960.0_f32.min(area.x - 60.0), 560.0_f32.min(area.y - 100.0)])
        .show(context, |ui| {
            habits(ui, state, actions);
            waiting(ui, state, actions);
            ui.separator();
            ui.spacing_mut().interact_size.y = 16.0;
            ui.spacing_mut().button_padding.y = 0.0;
            ScrollArea::vertical()
                .auto_shrink([false, true])
                .show(ui, |ui| {
                    ui.columns(3, |columns| {
                        for (column, groups) in [
                            [Group::Images, Group::Tools, Group::Measure].as_slice(),
                            &[Group::View, Group::Compute, Group::Files],
                            &[Group::Panels, Group::Window],
                        ]
                        .into_iter()
                        .enumerate()
                        {
                            if column == 2 {
                                gestures(&mut columns[column], state);
                            }
                            for shown in groups {
                                group(&mut columns[column], state, *shown, actions);
                            }
                        }
                    });
                });
        });
    if !open {
        actions.push(Action::ToggleKeys);
    }
}

/// Language, light or dark, size, and whose keys they are.
fn habits(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let kept = &state.habits.kept;
    let mut want = |action| actions.push(Action::Habit(action));
    ui.horizontal_wrapped(|ui| {
        ui.label(tr("Language"));
        for language in Language::ALL {
            let on = kept.language == language;
            if ui.selectable_label(on, language.name()).clicked() {
                want(HabitAction::Speak(language));
            }
        }
        ui.separator();
        for (shade, name) in [(Shade::Dark, tr("Dark")), (Shade::Light, tr("Light"))] {
            if ui.selectable_label(kept.shade == shade, name).clicked() {
                want(HabitAction::Shade(shade));
            }
        }
        ui.separator();
        if ui.button(tr("Smaller")).clicked() {
            want(HabitAction::Size(-1));
        }
        let percent = format!("{} %", kept.scale_percent);
        let usual = ui
            .button(percent)
            .on_hover_text(tr("Back to the usual size"));
        if usual.clicked() {
            want(HabitAction::Size(0));
        }
        if ui.button(tr("Larger")).clicked() {
            want(HabitAction::Size(1));
        }
    });
    ui.horizontal_wrapped(|ui| {
        ui.label(tr("Keys and buttons"));
        let own = kept.profile.is_none();
        if ui.selectable_label(own, "Clisonix").clicked() {
            want(HabitAction::Profile(None));
        }
        for profile in shipped() {
            let on = kept.profile.as_ref() == Some(&profile.name);
            if ui.selectable_label(on, &profile.name).clicked() {
                want(HabitAction::Profile(Some(profile.name.clone())));
            }
        }
    });
}

/// What the sheet waits for, and the way back from keys that were changed.
fn waiting(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let mut want = |action| actions.push(Action::Habit(action));
    ui.horizontal(|ui| match state.habits.waiting {
        Some(name) => {
            let label = entries().find(|entry| entry.id == name);
            let label = label.map_or(name, |entry| tr(entry.label));
            let words = format!("{}: {label}", tr("Press the new key, or Esc"));
            ui.label(RichText::new(words).color(colours::now().amber));
            if state.habits.kept.keys.contains_key(name)
                && ui.button(tr("As the profile has it")).clicked()
            {
                want(HabitAction::Unbind(name));
            }
        }
        None => {
            parts::quiet(ui, "A click on a key changes it.");
            if !state.habits.kept.keys.is_empty()
                && ui.button(tr("All keys as the profile has them")).clicked()
            {
                want(HabitAction::UnbindAll);
            }
        }
    });
}

fn group(ui: &mut Ui, state: &State, group: Group, actions: &mut Vec<Action>) {
    parts::heading(ui, tr(group.label()));
    Grid::new(group.label())
        .num_columns(2)
        .spacing([SPACE_LARGE, 3.0])
        .show(ui, |ui| {
            for entry in entries().filter(|entry| entry.group == group) {
                key(ui, state, entry, actions);
                ui.label(
                    RichText::new(tr(entry.label))
                        .small()
                        .color(colours::now().text),
                );
                ui.end_row();
            }
        });
}

/// The keys of an action; a click asks for another.
fn key(ui: &mut Ui, state: &State, entry: &'static Entry, actions: &mut Vec<Action>) {
    let waits = state.habits.waiting == Some(entry.id);
    let texts = key_texts(entry);
    let text = match (waits, texts.is_empty()) {
        (true, _) => "…",
        (false, true) => "–",
        (false, false) => texts.as_str(),
    };
    let own = state.habits.kept.keys.contains_key(entry.id);
    let colour = match own || waits {
        true => colours::now().amber,
        false => colours::now().accent,
    };
    let button = Button::new(RichText::new(text).small().color(colour)).frame(false);
    let response = ui.add(button);
    response.widget_info(|| {
        let name = match texts.is_empty() {
            true => format!("{}: {}", tr("Key of"), tr(entry.label)),
            false => texts.clone(),
        };
        eframe::egui::WidgetInfo::labeled(eframe::egui::WidgetType::Button, true, name)
    });
    if response.on_hover_text(tr("Change this key")).clicked() {
        let ask = (!waits).then_some(entry.id);
        actions.push(Action::Habit(HabitAction::Ask(ask)));
    }
}

fn gestures(ui: &mut Ui, state: &State) {
    parts::heading(ui, "Mouse and touch");
    let mouse = state.habits.mouse();
    Grid::new("gestures")
        .num_columns(2)
        .spacing([SPACE_LARGE, 3.0])
        .show(ui, |ui| {
            for (button, drag) in [
                (tr("Middle drag"), mouse.middle),
                (tr("Right drag"), mouse.right),
            ] {
                let tool = Action::UseTool(drag.tool());
                let label = crate::action::entry(&tool).map_or("", |entry| tr(entry.label));
                row(ui, button, label);
            }
            for (gesture, meaning) in gestures_of() {
                row(ui, gesture, meaning);
            }
        });
}

fn row(ui: &mut Ui, keys: &str, meaning: &str) {
    ui.label(RichText::new(keys).small().color(colours::now().accent));
    ui.label(RichText::new(meaning).small().color(colours::now().text));
    ui.end_row();
}
