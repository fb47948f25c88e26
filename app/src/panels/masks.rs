//! The *Masks* panel: the masks of the series on screen with their volumes, tools to draw them, formulas seen while one scrolls.

use std::path::PathBuf;

use actor_messages::ObjectContent;
use eframe::egui::{
    self, Button, DragValue, RichText, Slider, TextEdit, Ui, WidgetInfo, WidgetType,
};

use crate::action::Action;
use crate::masks::{Hand, Mask, MaskAction, RADIUS_PIXELS_MAX};
use crate::saving::{SavingAction, Subject};
use crate::state::State;
use crate::texts::tr;
use crate::theme::{colours, parts};
use crate::tools::Tool;

/// What may stand in a formula, in a line.
pub const FORMULA_HELP: &str = "Letters are masks, image is the values of the series: A and not dilate(B, 2 mm), image >= 300 or A; \
    and, or, xor, not, dilate, erode, open, close.";

/// Draws the panel.
pub fn show(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    parts::heading(ui, "Masks");
    if state.view.stack.is_none() {
        parts::quiet(ui, "Open a study first, then there is something to mark.");
        return;
    }
    tools(ui, state, actions);
    for mask in state.masks_here() {
        ui.push_id(mask.letter, |ui| {
            parts::card(ui, |ui| one(ui, state, mask, actions));
        });
    }
    if state.masks_here().next().is_none() {
        parts::quiet(
            ui,
            "No mask yet: draw with the brush, or make one of a formula.",
        );
    }
    changes(ui, state, actions);
    parts::divide(ui);
    formula(ui, state, actions);
    parts::divide(ui);
    files(ui, state, actions);
}

fn act(actions: &mut Vec<Action>, action: MaskAction) {
    actions.push(Action::Mask(action));
}

fn tools(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    ui.horizontal_wrapped(|ui| {
        for (hand, label) in [(Hand::Brush, "Brush"), (Hand::Erase, "Eraser")] {
            let tool = Tool::Mask(hand);
            if ui.selectable_label(state.tool == tool, label).clicked() {
                actions.push(Action::UseTool(tool));
            }
        }
        let mut radius = state.masks.radius;
        let value = DragValue::new(&mut radius)
            .range(0.5..=RADIUS_PIXELS_MAX)
            .speed(0.25)
            .suffix(" px");
        let field = ui
            .add(value)
            .on_hover_text(tr("Radius of the brush in image pixels"));
        field.widget_info(|| WidgetInfo::labeled(WidgetType::DragValue, true, "Brush radius"));
        if field.changed() {
            act(actions, MaskAction::Radius(radius));
        }
        if ui.button(tr("New mask")).clicked() {
            act(actions, MaskAction::Add);
        }
    });
    ui.horizontal_wrapped(|ui| {
        for (label, action, enabled) in [
            (tr("Undo"), MaskAction::Undo, state.masks.can_undo()),
            (tr("Redo"), MaskAction::Redo, state.masks.can_redo()),
        ] {
            if ui.add_enabled(enabled, Button::new(label)).clicked() {
                act(actions, action);
            }
        }
    });
    let mut opacity = state.masks.opacity;
    let slider = Slider::new(&mut opacity, 0.0..=1.0).text("Opacity of masks");
    if ui.add(slider).changed() {
        act(actions, MaskAction::Opacity(opacity));
    }
}

fn one(ui: &mut Ui, state: &State, mask: &Mask, actions: &mut Vec<Action>) {
    let chosen = state.masks.chosen == Some(mask.letter);
    ui.horizontal(|ui| {
        let mut colour = mask.colour;
        let swatch = ui.color_edit_button_srgb(&mut colour);
        if swatch.on_hover_text(tr("Colour")).changed() {
            act(actions, MaskAction::Colour(mask.letter, colour));
        }
        let title = format!("{} {}", mask.letter, mask.name);
        let title = RichText::new(title).color(match chosen {
            true => colours::now().accent,
            false => colours::now().text_strong,
        });
        if ui.selectable_label(chosen, title).clicked() {
            act(actions, MaskAction::Choose(mask.letter));
        }
        let mut seen = mask.visible;
        let name = format!("Show mask {}", mask.letter);
        let box_ = ui.checkbox(&mut seen, "");
        box_.widget_info(|| WidgetInfo::selected(WidgetType::Checkbox, true, seen, &name));
        if box_.on_hover_text(tr("Show")).changed() {
            act(actions, MaskAction::Toggle(mask.letter));
        }
        if ui.small_button(tr("Remove")).clicked() {
            act(actions, MaskAction::Remove(mask.letter));
        }
    });
    if chosen {
        let mut name = mask.name.clone();
        let field = ui.add(TextEdit::singleline(&mut name).desired_width(f32::INFINITY));
        field.widget_info(|| WidgetInfo::labeled(WidgetType::TextEdit, true, "Name of the mask"));
        if field.changed() {
            act(actions, MaskAction::Rename(mask.letter, name));
        }
    }
    let images = mask.planes.iter().flatten().count();
    let words = match state.mask_volume_ml(mask) {
        Some(ml) => format!("{ml:.2} ml on {images} images"),
        None => {
            let voxels: usize = mask.planes.iter().flatten().map(|it| it.count()).sum();
            format!("{voxels} pixels on {images} images; the size of a voxel is not known")
        }
    };
    parts::quiet(ui, words);
}

fn changes(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let able = state.mask_in_hand().is_some() && state.masks.making.is_none();
    ui.horizontal_wrapped(|ui| {
        for (label, action) in [
            (tr("Grow 1 mm"), MaskAction::Grow(1.0)),
            (tr("Shrink 1 mm"), MaskAction::Grow(-1.0)),
            (tr("Smooth"), MaskAction::Smooth),
            (tr("Fill holes"), MaskAction::Fill),
            (tr("Largest part"), MaskAction::Largest),
        ] {
            if ui.add_enabled(able, Button::new(label)).clicked() {
                act(actions, action);
            }
        }
        let outline = ui.button(tr("Take the chosen outline"));
        if outline
            .on_hover_text(tr("Marks what lies in the outline chosen in Measure"))
            .clicked()
        {
            act(actions, MaskAction::TakeOutline);
        }
    });
    if let Some(making) = &state.masks.making {
        let (done, total) = making.progress.unwrap_or((0, 0));
        let part = done as f32 / total.max(1) as f32;
        parts::progress(
            ui,
            "Progress of the mask",
            part,
            &format!("{done} of {total} images"),
        );
        if ui.button(tr("Cancel mask")).clicked() {
            act(actions, MaskAction::Cancel);
        }
    }
}

fn formula(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    parts::heading(ui, "Range and formula");
    let mut range = state.masks.range.clone();
    ui.horizontal_wrapped(|ui| {
        let mut changed = false;
        for (text, label) in range.iter_mut().zip([tr("From"), tr("To")]) {
            let name = ui.label(label);
            let field = ui.add(TextEdit::singleline(text).desired_width(52.0));
            changed |= field.labelled_by(name.id).changed();
        }
        if ui.button(tr("Use range")).clicked() {
            act(actions, MaskAction::UseRange);
        }
        if changed {
            act(actions, MaskAction::Range(range.clone()));
        }
    });
    let mut text = state.masks.formula.clone();
    let name = ui.label(tr("Formula"));
    let field = TextEdit::singleline(&mut text)
        .desired_width(f32::INFINITY)
        .hint_text(tr("A and not dilate(B, 2 mm)"));
    if ui.add(field).labelled_by(name.id).changed() {
        act(actions, MaskAction::Formula(text));
    }
    ui.horizontal_wrapped(|ui| {
        let mut look = state.masks.look;
        if ui
            .checkbox(&mut look, tr("See it while scrolling"))
            .changed()
        {
            act(actions, MaskAction::Look(look));
        }
        let able = !state.masks.formula.trim().is_empty() && state.masks.making.is_none();
        if ui.add_enabled(able, Button::new(tr("Make mask"))).clicked() {
            act(actions, MaskAction::Make);
        }
    });
    if let Some(reason) = &state.masks.failure {
        parts::sentence(ui, reason.clone(), colours::now().red);
    }
    parts::quiet(ui, FORMULA_HELP);
}

fn files(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let any = state
        .masks_here()
        .any(|mask| mask.planes.iter().flatten().next().is_some());
    if ui
        .add_enabled(any, Button::new(tr("Save as DICOM SEG")))
        .clicked()
    {
        actions.push(Action::Saving(SavingAction::Pick(Subject::Masks)));
    }
    let seen: Option<PathBuf> = state.attached.visible.iter().rev().find_map(|path| {
        let content = state.attached.content(path)?;
        matches!(content, ObjectContent::Segmentation(_)).then(|| path.clone())
    });
    let import = ui.add_enabled(
        seen.is_some(),
        egui::Button::new(tr("Take from segmentation")),
    );
    let words = "Show a segmentation over the images first, in Objects";
    if let (true, Some(path)) = (import.on_disabled_hover_text(words).clicked(), seen) {
        act(actions, MaskAction::Import(path));
    }
}
