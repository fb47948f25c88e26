//! The bar at the top: opening, tools, how the image lies, the one key for compression, the panels.

use eframe::egui::{Align, Button, Color32, Layout, RichText, Sense, Stroke, Ui, Vec2};

use super::saving;
use crate::action::{Action, entry, hover_text};
use crate::state::State;
use crate::texts::tr;
use crate::theme::icons::Icon;
use crate::theme::{CONTROL_HEIGHT, SPACE, SPACE_SMALL, colours, parts};
use crate::tools::Tool;
use crate::viewport::{colours_menu, layout_menu, measure_menu, planes_menu, window_menu};

/// Draws the bar.
pub fn show(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    ui.horizontal_centered(|ui| {
        ui.spacing_mut().item_spacing.x = 2.0;
        icon(
            ui,
            Icon::PanelLeft,
            Action::ToggleStudies,
            state.panels.studies,
            true,
            actions,
        );
        icon(ui, Icon::Files, Action::PickFiles, false, true, actions);
        icon(ui, Icon::Folder, Action::PickFolder, false, true, actions);
        gap(ui);
        let open = !state.view.is_empty();
        for tool in Tool::ALL {
            icon(
                ui,
                tool_icon(tool),
                Action::UseTool(tool),
                state.tool == tool,
                open,
                actions,
            );
        }
        gap(ui);
        icon(ui, Icon::Reset, Action::Reset, false, open, actions);
        icon(
            ui,
            Icon::Invert,
            Action::Invert,
            state.view.presentation.invert,
            open,
            actions,
        );
        let transform = &state.view.transform;
        icon(
            ui,
            Icon::FlipHorizontal,
            Action::FlipHorizontal,
            transform.flip_horizontal,
            open,
            actions,
        );
        icon(
            ui,
            Icon::FlipVertical,
            Action::FlipVertical,
            transform.flip_vertical,
            open,
            actions,
        );
        icon(
            ui,
            Icon::RotateLeft,
            Action::RotateLeft,
            false,
            open,
            actions,
        );
        icon(
            ui,
            Icon::RotateRight,
            Action::RotateRight,
            false,
            open,
            actions,
        );
        icon(
            ui,
            Icon::Annotations,
            Action::CycleAnnotations,
            false,
            open,
            actions,
        );
        ui.add_space(SPACE_SMALL);
        ui.add_enabled_ui(open, |ui| {
            ui.menu_button(tr("Window"), |ui| window_menu(ui, state, actions));
            ui.menu_button(tr("Colours"), |ui| colours_menu(ui, actions));
            ui.menu_button(tr("Layout"), |ui| layout_menu(ui, state, actions));
            ui.menu_button(tr("Planes"), |ui| planes_menu(ui, state, actions));
            ui.menu_button(tr("Measure"), |ui| measure_menu(ui, actions));
            ui.menu_button(tr("Save"), |ui| saving::menu(ui, actions));
        });
        gap(ui);
        compress(ui, open, actions);
        ui.add_space(SPACE_SMALL);
        let visible = state
            .comparison
            .as_ref()
            .is_some_and(|comparison| comparison.visible);
        let can_compare = visible || !state.jobs.is_empty();
        icon(
            ui,
            Icon::Compare,
            Action::ToggleComparison,
            visible,
            open && can_compare,
            actions,
        );
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            icon(
                ui,
                Icon::PanelRight,
                Action::ToggleSide,
                state.panels.side_open,
                true,
                actions,
            );
            icon(
                ui,
                Icon::Keys,
                Action::ToggleKeys,
                state.panels.keys,
                true,
                actions,
            );
            icon(
                ui,
                Icon::Notices,
                Action::ToggleNotices,
                state.panels.notices,
                true,
                actions,
            );
            if state.notices_unread > 0 {
                let count = state.notices_unread.min(999).to_string();
                ui.label(RichText::new(count).small().color(colours::now().amber));
            }
            gap(ui);
            ui.add_space(SPACE_SMALL);
            if ui
                .button(tr("Close"))
                .on_hover_text(hover_text(&Action::CloseStudies))
                .clicked()
            {
                actions.push(Action::CloseStudies);
            }
        });
    });
}

fn compress(ui: &mut Ui, open: bool, actions: &mut Vec<Action>) {
    let action = Action::CompressSeries;
    let label = entry(&action).map_or("", |entry| tr(entry.label));
    let text = RichText::new(label).color(if open {
        colours::now().text_strong
    } else {
        colours::now().text_quiet
    });
    let button = Button::new(text)
        .fill(if open {
            colours::now().accent_ground
        } else {
            Color32::TRANSPARENT
        })
        .min_size(Vec2::new(0.0, CONTROL_HEIGHT));
    if ui
        .add_enabled(open, button)
        .on_hover_text(hover_text(&action))
        .clicked()
    {
        actions.push(action);
    }
}

fn icon(
    ui: &mut Ui,
    icon: Icon,
    action: Action,
    chosen: bool,
    enabled: bool,
    actions: &mut Vec<Action>,
) {
    let label = entry(&action).map_or("", |entry| tr(entry.label));
    let response = parts::icon_button(ui, icon, label, chosen, enabled);
    if response.on_hover_text(hover_text(&action)).clicked() && enabled {
        actions.push(action);
    }
}

fn tool_icon(tool: Tool) -> Icon {
    match tool {
        Tool::WindowLevel => Icon::WindowLevel,
        Tool::Zoom => Icon::Zoom,
        Tool::Pan => Icon::Pan,
        Tool::Scroll => Icon::Scroll,
        // These are chosen from the Measure menu and by keys.
        Tool::Magnifier | Tool::Measure(_) | Tool::Mask(_) => Icon::Zoom,
    }
}

fn gap(ui: &mut Ui) {
    let (rect, _) = ui.allocate_exact_size(Vec2::new(SPACE * 2.0, CONTROL_HEIGHT), Sense::hover());
    let line = rect.shrink2(Vec2::new(0.0, 5.0));
    ui.painter().vline(
        rect.center().x,
        line.y_range(),
        Stroke::new(1.0, colours::now().line),
    );
}
