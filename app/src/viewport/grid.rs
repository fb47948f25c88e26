//! Draws the views of a grid, each with its own picture; the active one has a frame.

use eframe::egui::{Rect, Ui, pos2};

use super::overlay::Corners;
use super::pane::{absent, plane_name};
use super::picture::Subject;
use super::{GAP, Pane, Viewport, Which, over};
use crate::action::Action;
use crate::layers::Over;
use crate::layout::{Arrangement, Layout};
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
        self.marked.resize_with(layout.count(), Default::default);
        ui.painter().rect_filled(area, 0.0, colours::LINE);
        for slot in 0..layout.count() {
            let view = layout.view(slot, &state.view);
            let name =
                plane_name(view).map_or_else(|| format!("View {}", slot + 1), ToOwned::to_owned);
            let shown = view.shown.as_ref();
            let pane = Pane {
                name: &name,
                view,
                slot,
                rect: place(area, layout, slot),
                subject: shown.map(|shown| Subject::of(&shown.reference, &shown.frame)),
                // Layers are read for the view in hand only.
                over: match slot == layout.active {
                    true => over(state),
                    false => Over::nothing(),
                },
                overlay: self.marked[slot].0.over(state, view),
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

/// Where a slot lies: row by row from the top left, or the first beside the others.
fn place(area: Rect, layout: &Layout, slot: usize) -> Rect {
    if layout.arrangement == Arrangement::OneAndTwo {
        // Both columns have panes of about the same shape where the window is wide.
        let (left, right) = area.split_left_right_at_fraction(0.58);
        let (above, below) = right.split_top_bottom_at_fraction(0.5);
        let places = [left, above, below];
        return places[slot.min(places.len() - 1)].shrink(GAP / 2.0);
    }
    let (rows, columns) = (layout.rows, layout.columns);
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
