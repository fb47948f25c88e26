//! The *Tags* panel: all elements of the file on screen, sequences and private ones too, with a search and copying.

use eframe::egui::{Align, ComboBox, Layout, RichText, ScrollArea, Sense, TextEdit, Ui, Vec2};
use kernel_imaging::{FallbackCharacterSet, TagRow, TextRule};

use crate::action::Action;
use crate::state::State;
use crate::texts::tr;
use crate::theme::{SPACE, colours, parts};

/// Height of a row, in points.
const ROW_HEIGHT: f32 = 34.0;
/// How far a sequence's items stand in, in points.
const INDENT: f32 = 10.0;

/// Draws the panel.
pub fn show(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    parts::heading(ui, "Tags");
    let inspector = &state.tags;
    let mut words = inspector.words.clone();
    let field = TextEdit::singleline(&mut words)
        .hint_text(tr("Tag, name or value"))
        .desired_width(f32::INFINITY);
    let field = ui.add(field);
    if inspector.wants_focus {
        field.request_focus();
    }
    if field.changed() {
        actions.push(Action::SearchTags(words));
    }
    character_set(ui, state.text, actions);
    let Some(frame) = state.view.wanted() else {
        parts::quiet(ui, "No image is open.");
        return;
    };
    let path = &frame.instance.path;
    let rows = match &inspector.read {
        Some((of, Ok(rows))) if of == path => rows,
        Some((of, Err(reason))) if of == path => {
            parts::sentence(ui, reason.clone(), colours::now().red);
            return;
        }
        _ => {
            parts::quiet(ui, "Reading the tags of this image");
            return;
        }
    };
    let shown = inspector.matching();
    ui.horizontal(|ui| {
        parts::quiet(ui, format!("{} of {} elements", shown.len(), rows.len()));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if ui.small_button(tr("Copy shown")).clicked() {
                let lines: Vec<String> = shown.iter().map(|at| line(&rows[*at])).collect();
                actions.push(Action::Copy(lines.join("\n")));
            }
        });
    });
    ui.spacing_mut().item_spacing.y = 0.0;
    let height = ui.available_height().max(ROW_HEIGHT * 8.0);
    ScrollArea::vertical()
        .id_salt("tags")
        .max_height(height)
        .auto_shrink(false)
        .show_rows(ui, ROW_HEIGHT, shown.len(), |ui, range| {
            for at in range.filter_map(|place| shown.get(place)) {
                row(ui, &rows[*at], actions);
            }
        });
}

/// Which character set text is read in where the file leaves that open.
fn character_set(ui: &mut Ui, now: TextRule, actions: &mut Vec<Action>) {
    let mut rule = now;
    ui.horizontal(|ui| {
        parts::quiet(ui, "Text in");
        ComboBox::from_id_salt("character-set")
            .selected_text(rule.character_set.label())
            .width(ui.available_width())
            .show_ui(ui, |ui| {
                for set in FallbackCharacterSet::ALL {
                    ui.selectable_value(&mut rule.character_set, *set, set.label());
                }
            })
            .response
            .on_hover_text(tr("The character set of names and text in files that name none; opens the studies again"));
    });
    if rule.character_set == FallbackCharacterSet::Guess {
        rule.overrides = false;
    } else {
        ui.checkbox(&mut rule.overrides, tr("In files that name another, too"));
    }
    if rule != now {
        actions.push(Action::ReadTextAs(rule));
    }
}

fn row(ui: &mut Ui, row: &TagRow, actions: &mut Vec<Action>) {
    let size = Vec2::new(ui.available_width(), ROW_HEIGHT);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    if !ui.is_rect_visible(rect) {
        return;
    }
    if response.hovered() {
        ui.painter().rect_filled(rect, 0.0, colours::now().card);
    }
    let indent = INDENT * row.depth.min(12) as f32;
    let mut inner = ui.new_child(
        eframe::egui::UiBuilder::new()
            .max_rect(rect.with_min_x(rect.left() + indent))
            .layout(Layout::top_down(Align::Min)),
    );
    inner.spacing_mut().item_spacing.y = 0.0;
    let head = format!("{} {} {}", row.tag_text(), vr(row), row.name);
    let private = !row.tag.0.is_multiple_of(2);
    let colour = if private {
        colours::now().amber
    } else {
        colours::now().text_quiet
    };
    let head = RichText::new(head).small().color(colour);
    inner.add(eframe::egui::Label::new(head).truncate());
    let value = RichText::new(row.value.reveal()).color(colours::now().text_strong);
    inner.add(eframe::egui::Label::new(value).truncate());
    let hover = format!("{}\nClick to copy", line(row));
    response.context_menu(|ui| {
        ui.set_min_width(SPACE * 20.0);
        for (label, text) in [
            ("Copy the line", line(row)),
            ("Copy the value", row.value.reveal().clone()),
            ("Copy the tag", row.tag_text()),
        ] {
            if ui.button(label).clicked() {
                actions.push(Action::Copy(text));
                ui.close();
            }
        }
    });
    if response.on_hover_text(hover).clicked() {
        actions.push(Action::Copy(line(row)));
    }
}

fn vr(row: &TagRow) -> String {
    String::from_utf8_lossy(&row.vr).trim().to_owned()
}

/// One element as a line of text.
fn line(row: &TagRow) -> String {
    let length = row
        .length_bytes
        .map_or_else(|| "undefined length".to_owned(), |bytes| format!("{bytes}"));
    format!(
        "{}{} {} {} [{}] ({length})",
        "  ".repeat(row.depth),
        row.tag_text(),
        vr(row),
        row.name,
        row.value.reveal()
    )
}
