//! The small window in which a layout gets its name.

use eframe::egui::{Align2, Context, Key, TextEdit, Window};

use crate::action::Action;
use crate::hanging::HangAction;
use crate::state::State;
use crate::texts::tr;
use crate::theme::parts;

/// Draws the window while a name is asked for.
pub fn show(context: &Context, state: &State, actions: &mut Vec<Action>) {
    let Some(name) = &state.hanging.naming else {
        return;
    };
    let mut want = |action| actions.push(Action::Hang(action));
    let mut open = true;
    Window::new("Save this layout")
        .open(&mut open)
        .collapsible(false)
        .resizable(false)
        .anchor(Align2::CENTER_CENTER, [0.0, 0.0])
        .show(context, |ui| {
            ui.set_width(320.0);
            let mut typed = name.clone();
            let label = ui.label(tr("Name"));
            let field = TextEdit::singleline(&mut typed).desired_width(f32::INFINITY);
            let field = ui.add(field).labelled_by(label.id);
            if typed.is_empty() && !field.has_focus() {
                field.request_focus();
            }
            if typed != *name {
                want(HangAction::SetName(typed));
            }
            parts::quiet(
                ui,
                "The grid and the kinds of images in it are kept, no word of a patient.",
            );
            let entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
            let is_named = !name.trim().is_empty();
            let pressed = ui
                .add_enabled(is_named, eframe::egui::Button::new(tr("Save layout")))
                .clicked();
            if pressed || (entered && is_named) {
                want(HangAction::Save);
            }
        });
    if !open {
        want(HangAction::ToggleNaming);
    }
}
