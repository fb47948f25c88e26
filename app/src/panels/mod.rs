//! The panels around the images. Each reads the state and says what the user wants; none changes anything.

pub mod compute;
mod deployments;
mod geometry;
mod job_card;
pub mod keys;
pub mod labor;
pub mod masks;
pub mod measure;
pub mod mesh;
pub mod models;
mod naming;
pub mod notices;
pub mod objects;
mod pairing;
mod parameters;
mod planes;
mod saving;
mod schedule;
mod self_test;
mod sharing;
mod sharing_flags;
pub mod status;
pub mod studies;
pub mod tags;
pub mod timeline;
pub mod toolbar;
mod trial;
pub mod welcome;

use eframe::egui::{
    Align, Button, CentralPanel, Frame, Layout, Margin, Panel, RichText, ScrollArea, Ui, Vec2,
};

use crate::action::{Action, hover_text};
use crate::state::{Side, State};
use crate::texts::tr;
use crate::theme::{CONTROL_HEIGHT, SPACE, SPACE_LARGE, Shade, colours, visuals};
use crate::viewport::Viewport;

/// Draws the whole window and returns what the user wants.
pub fn show(
    ui: &mut Ui,
    state: &State,
    viewport: &mut Viewport,
    small: &mut studies::Pictures,
) -> Vec<Action> {
    let mut actions = Vec::new();
    let bar = Frame::new()
        .fill(colours::now().panel)
        .inner_margin(Margin::symmetric(8, 4));
    let welcome = state.is_empty();
    if !state.panels.maximised || welcome {
        let status = Frame::new()
            .fill(colours::now().panel)
            .inner_margin(Margin::symmetric(10, 3));
        Panel::bottom("status")
            .exact_size(26.0)
            .frame(status)
            .resizable(false)
            .show(ui, |ui| {
                status::show(ui, state, &mut actions);
            });
        if !welcome {
            Panel::top("toolbar")
                .exact_size(38.0)
                .frame(bar)
                .resizable(false)
                .show(ui, |ui| {
                    toolbar::show(ui, state, &mut actions);
                });
        }
        if state.panels.notices {
            let frame = Frame::new()
                .fill(colours::now().panel)
                .inner_margin(Margin::symmetric(12, 8));
            let drawer = Panel::bottom("notices").frame(frame).resizable(true);
            drawer
                .default_size(190.0)
                .size_range(100.0..=420.0)
                .show(ui, |ui| {
                    notices::show(ui, state, &mut actions);
                });
        }
        if state.panels.side_open && (!welcome || state.panels.side == Side::Mesh) {
            side(ui, state, &mut actions);
        }
        if state.panels.studies && !welcome {
            let frame = Frame::new()
                .fill(colours::now().panel)
                .inner_margin(Margin::same(0));
            let list = Panel::left("studies").frame(frame).resizable(true);
            list.default_size(262.0)
                .size_range(200.0..=420.0)
                .show(ui, |ui| {
                    studies::show(ui, state, small, &mut actions);
                });
        }
    }
    if !state.saving.is_empty() {
        let frame = Frame::new()
            .fill(colours::now().card)
            .inner_margin(Margin::symmetric(12, 4));
        Panel::bottom("saving")
            .frame(frame)
            .resizable(false)
            .exact_size(saving::height(state.saving.len()))
            .show(ui, |ui| saving::show(ui, state, &mut actions));
    }
    if !welcome && !geometry::warnings(state).is_empty() {
        let frame = Frame::new()
            .fill(colours::now().card)
            .inner_margin(Margin::symmetric(12, 6));
        Panel::bottom("geometry")
            .frame(frame)
            .resizable(false)
            .exact_size(geometry::height(geometry::warnings(state).len()))
            .show(ui, |ui| geometry::show(ui, state, &mut actions));
    }
    if !welcome && planes::speaks(state) {
        let frame = Frame::new()
            .fill(colours::now().card)
            .inner_margin(Margin::symmetric(12, 4));
        Panel::bottom("planes")
            .frame(frame)
            .resizable(false)
            .exact_size(planes::HEIGHT)
            .show(ui, |ui| planes::show(ui, state, &mut actions));
    }
    let ground = if welcome {
        colours::now().window
    } else {
        colours::VIEWPORT
    };
    CentralPanel::default()
        .frame(Frame::new().fill(ground))
        .show(ui, |ui| {
            if welcome {
                welcome::show(ui, state, &mut actions);
            } else {
                // The eye stays adapted to the dark around the image.
                let before = colours::draw_with(Shade::Dark);
                if before != Shade::Dark {
                    *ui.visuals_mut() = visuals(Shade::Dark);
                }
                viewport.show(ui, state, &mut actions);
                colours::draw_with(before);
            }
        });
    if state.self_test.open {
        self_test::show(ui.ctx(), state, &mut actions);
    }
    if state.panels.keys {
        keys::show(ui.ctx(), state, &mut actions);
    }
    naming::show(ui.ctx(), state, &mut actions);
    welcome::drop_veil(ui);
    actions
}

/// Tabs side by side: as many as have room for their names in the narrowest panel.
const TABS_PER_ROW: usize = 4;

/// Some of the tabs, over the whole width.
fn tabs(ui: &mut Ui, state: &State, row: &[Side], actions: &mut Vec<Action>) {
    ui.spacing_mut().item_spacing.x = 0.0;
    ui.spacing_mut().button_padding.x = 1.0;
    let width = ui.available_width() / row.len() as f32;
    for tab in row {
        let chosen = state.panels.side == *tab;
        let (colour, line) = if chosen {
            (colours::now().text_strong, colours::now().accent)
        } else {
            (colours::now().text_quiet, colours::now().line)
        };
        let name = RichText::new(tr(tab.label())).color(colour);
        let button = Button::selectable(false, name)
            .min_size(Vec2::new(width, CONTROL_HEIGHT))
            .corner_radius(0.0);
        let action = match tab {
            Side::Tags => Action::FindTags,
            tab => Action::ShowSide(*tab),
        };
        let response = ui.add(button).on_hover_text(hover_text(&action));
        let edge = response.rect;
        let stroke = eframe::egui::Stroke::new(if chosen { 2.0 } else { 1.0 }, line);
        ui.painter()
            .hline(edge.x_range(), edge.bottom() - 1.0, stroke);
        if response.clicked() {
            actions.push(action);
        }
    }
}

/// The panel at the right with its tabs.
fn side(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let frame = Frame::new()
        .fill(colours::now().panel)
        .inner_margin(Margin::same(0));
    let panel = Panel::right("side").frame(frame).resizable(true);
    panel
        .default_size(324.0)
        .size_range(290.0..=520.0)
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 0.0;
            for row in Side::ALL.chunks(TABS_PER_ROW) {
                ui.horizontal(|ui| tabs(ui, state, row, actions));
            }
            let inner = Frame::new().inner_margin(Margin {
                left: 14,
                right: 10,
                top: 8,
                bottom: 8,
            });
            inner.show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = SPACE - 2.0;
                ScrollArea::vertical()
                    .id_salt(state.panels.side.label())
                    .auto_shrink(false)
                    .show(ui, |ui| {
                        ui.set_max_width(ui.available_width() - 4.0);
                        ui.with_layout(Layout::top_down(Align::Min), |ui| {
                            match state.panels.side {
                                Side::Compute => compute::show(ui, state, actions),
                                Side::Measurements => measure::show(ui, state, actions),
                                Side::Masks => masks::show(ui, state, actions),
                                Side::Models => models::show(ui, state, actions),
                                Side::Mesh => mesh::show(ui, state, actions),
                                Side::LaborArray => labor::show(ui, state, actions),
                                Side::Objects => objects::show(ui, state, actions),
                                Side::Tags => tags::show(ui, state, actions),
                            }
                            ui.add_space(SPACE_LARGE);
                        });
                    });
            });
        });
}
