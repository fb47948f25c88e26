//! The first thing one sees: how to open a study, the sample one click away, what this program is not.

use std::path::Path;

use eframe::egui::{
    self, Align, Align2, Button, FontId, Id, LayerId, Layout, Order, RichText, Sense, Ui, Vec2,
};

use crate::action::{Action, hover_text};
use crate::self_test::SelfTestAction;
use crate::session::SessionAction;
use crate::state::{Side, State};
use crate::texts::tr;
use crate::theme::{self, SPACE, SPACE_LARGE, SPACE_SMALL, colours, parts};

/// Said on the welcome screen, in the status bar and wherever pictures leave the program (rule 32).
pub const RESEARCH_USE: &str = "Research use. Not a medical device.";
const COLUMN_WIDTH: f32 = 560.0;

/// Draws the screen.
pub fn show(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let area = ui.available_size();
    let width = COLUMN_WIDTH.min(area.x - SPACE_LARGE * 2.0);
    egui::ScrollArea::vertical()
        .id_salt("welcome")
        .auto_shrink(false)
        .show(ui, |ui| {
            ui.vertical_centered(|ui| {
                ui.set_max_width(width);
                let rows = state.recent.len().min(5) as f32;
                ui.add_space(((area.y - 400.0 - rows * 30.0) * 0.42).max(SPACE_LARGE));
                ui.with_layout(Layout::top_down(Align::Min), |ui| {
                    contents(ui, state, actions)
                });
            });
        });
}

fn contents(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    ui.spacing_mut().item_spacing.y = SPACE;
    let title = RichText::new("Clisonix")
        .text_style(theme::title())
        .color(colours::now().text_strong);
    ui.label(title);
    ui.label(
        RichText::new(tr("DICOM viewer and inference engine")).color(colours::now().text_quiet),
    );
    ui.add_space(SPACE);
    ui.horizontal(|ui| {
        let width = (ui.available_width() - SPACE * 2.0) / 3.0;
        let size = Vec2::new(width, 44.0);
        let sample = Button::new(
            RichText::new(tr("Open the sample study")).color(colours::now().text_strong),
        )
        .fill(colours::now().accent_ground)
        .min_size(size);
        let there = state.sample.is_some();
        let response = ui
            .add_enabled(there, sample)
            .on_hover_text(hover_text(&Action::OpenSample));
        if response
            .on_disabled_hover_text(tr("No sample study beside the program"))
            .clicked()
        {
            actions.push(Action::OpenSample);
        }
        for (label, action) in [
            (tr("Open folder…"), Action::PickFolder),
            (tr("Open files…"), Action::PickFiles),
        ] {
            let button = ui.add(Button::new(label).min_size(size));
            if button.on_hover_text(hover_text(&action)).clicked() {
                actions.push(action);
            }
        }
    });
    parts::quiet(
        ui,
        "Or drop DICOM files and folders anywhere on this window.",
    );
    left(ui, state, actions);
    recent(ui, state, actions);
    parts::divide(ui);
    sharing(ui, state, actions);
    parts::divide(ui);
    ui.label(RichText::new(RESEARCH_USE).color(colours::now().amber));
    parts::quiet(
        ui,
        "Images stay on this machine. Workstations that you pair see pixel blocks and parameters, \
         never a name, a number or a date of a patient.",
    );
}

/// What a run left that ended without being closed.
fn left(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    let Some(left) = &state.sessions.left else {
        return;
    };
    ui.horizontal(|ui| {
        let restore =
            RichText::new(tr("Restore the last session")).color(colours::now().text_strong);
        let button = Button::new(restore).min_size(Vec2::new(0.0, 32.0));
        if ui.add(button).clicked() {
            actions.push(Action::Session(SessionAction::Restore));
        }
        let words = format!("It was not closed: {}", left.session.words());
        ui.label(RichText::new(words).color(colours::now().amber));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if ui.link(tr("Forget it")).clicked() {
                actions.push(Action::Session(SessionAction::Forget));
            }
        });
    });
}

fn recent(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    if state.recent.is_empty() {
        return;
    }
    parts::heading(ui, "Recent");
    ui.spacing_mut().item_spacing.y = 2.0;
    for path in state.recent.iter().take(5) {
        let (name, folder) = words(path);
        let size = Vec2::new(ui.available_width(), 28.0);
        let (rect, response) = ui.allocate_exact_size(size, Sense::click());
        response.widget_info(|| {
            egui::WidgetInfo::labeled(
                egui::WidgetType::Button,
                true,
                format!("Open recent {name}"),
            )
        });
        if response.hovered() || response.has_focus() {
            ui.painter()
                .rect_filled(rect, f32::from(theme::CORNER), colours::now().card);
        }
        let inner = rect.shrink2(Vec2::new(SPACE, 0.0));
        let painter = ui.painter_at(inner);
        let body = egui::TextStyle::Body.resolve(ui.style());
        let drawn = painter.text(
            inner.left_center(),
            Align2::LEFT_CENTER,
            &name,
            body,
            colours::now().accent,
        );
        let at = drawn.right_center() + Vec2::new(SPACE * 1.5, 0.0);
        let small = egui::TextStyle::Small.resolve(ui.style());
        painter.text(
            at,
            Align2::LEFT_CENTER,
            &folder,
            small,
            colours::now().text_quiet,
        );
        let response = response.on_hover_text(path.display().to_string());
        if response.clicked() {
            actions.push(Action::Open(vec![path.clone()]));
        }
    }
}

/// The last part of a path, and where it lies.
pub fn words(path: &Path) -> (String, String) {
    let name = path.file_name().map_or_else(
        || path.display().to_string(),
        |name| name.to_string_lossy().into_owned(),
    );
    let folder = path
        .parent()
        .map(|parent| parent.display().to_string())
        .unwrap_or_default();
    (name, folder)
}

fn sharing(ui: &mut Ui, state: &State, actions: &mut Vec<Action>) {
    ui.horizontal(|ui| {
        let sharing = state.mesh.as_ref().is_some_and(|mesh| mesh.sharing);
        let mut wanted = sharing;
        let known = state.mesh.is_some();
        let switch = egui::Checkbox::new(&mut wanted, "Share with nearby workstations");
        if ui.add_enabled(known, switch).changed() {
            actions.push(Action::SetSharing(wanted));
        }
        ui.add_space(SPACE_SMALL);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if ui.link(tr("Self-test")).clicked() {
                actions.push(Action::SelfTest(SelfTestAction::Toggle));
            }
            if ui.link(tr("Workstations and pairing")).clicked() {
                let open = state.panels.side_open && state.panels.side == Side::Mesh;
                actions.push(if open {
                    Action::ToggleSide
                } else {
                    Action::ShowSide(Side::Mesh)
                });
            }
        });
    });
}

/// A veil over everything while files are held above the window.
pub fn drop_veil(ui: &Ui) {
    if ui.input(|input| input.raw.hovered_files.is_empty()) {
        return;
    }
    let area = ui.ctx().content_rect();
    let painter = ui
        .ctx()
        .layer_painter(LayerId::new(Order::Foreground, Id::new("drop veil")));
    painter.rect_filled(area, 0.0, colours::VEIL);
    let font = FontId::proportional(22.0);
    painter.text(
        area.center(),
        Align2::CENTER_CENTER,
        "Drop to open",
        font,
        colours::now().text_strong,
    );
}
