//! Draws the views of a grid, each with its own picture; the active one has a frame.

use eframe::egui::{Rect, Ui, pos2};

use super::overlay::Corners;
use super::pane::absent;
use super::picture::Subject;
use super::{GAP, Pane, Viewport, Which, over};
use crate::action::Action;
use crate::layers::Over;
use crate::state::State;
use crate::theme::colours;

impl Viewport {
    pub(super) fn grid(
        &mut self,
        ui: &mut Ui,
        state: &State,
        area: Rect,
        actions: &mut Vec<Action>,
    ) {
        let layout = &state.layout;
        self.slots.resize_with(layout.count(), Default::default);
        ui.painter().rect_filled(area, 0.0, colours::LINE);
        for slot in 0..layout.count() {
            let view = layout.view(slot, &state.view);
            let name = format!("View {}", slot + 1);
            let shown = view.shown.as_ref();
            let pane = Pane {
                name: &name,
                view,
                slot,
                rect: place(area, [layout.rows, layout.columns], slot),
                subject: shown.map(|shown| Subject::of(&shown.reference, &shown.frame)),
                // Layers are read for the view in hand only.
                over: match slot == layout.active {
                    true => over(state),
                    false => Over::nothing(),
                },
                overlay: None,
                note: None,
                presentation: view.presentation,
                corners: Corners::default(),
                absent: absent(view),
                letters: true,
            };
            self.pane(ui, state, pane, Which::Slot(slot), true, actions);
        }
    }
}

impl Pane<'_> {
    /// Whether it shows something computed, not an image of a file.
    pub(super) fn is_derived(&self) -> bool {
        matches!(self.name, "Result" | "Difference")
    }

    /// Whether its name stands on it.
    pub(super) fn is_captioned(&self) -> bool {
        self.is_derived() || self.name == "Original"
    }
}

/// Where a slot lies: row by row from the top left.
fn place(area: Rect, [rows, columns]: [usize; 2], slot: usize) -> Rect {
    let (width, height) = (
        area.width() / columns.max(1) as f32,
        area.height() / rows.max(1) as f32,
    );
    let (row, column) = (slot / columns.max(1), slot % columns.max(1));
    let corner = pos2(
        area.left() + width * column as f32,
        area.top() + height * row as f32,
    );
    Rect::from_min_size(corner, eframe::egui::vec2(width, height)).shrink(GAP / 2.0)
}
