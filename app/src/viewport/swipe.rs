//! Original and result in one place, parted by a line that the hand draws across.

use eframe::egui::{
    Align2, CursorIcon, Key, Rect, Sense, Stroke, Ui, UiBuilder, Vec2, WidgetInfo, WidgetType, pos2,
};

use super::figures::FIGURES_HEIGHT;
use super::{GAP, Pane, Places, Which, paint};
use crate::action::Action;
use crate::theme::{self, colours};

/// Parts of the whole, as whole numbers.
pub const WHOLE: u16 = 1_000;
/// What an arrow moves the line by, in thousandths.
const STEP: u16 = 20;
/// How near to the line the hand takes hold of it, points.
const GRIP: f32 = 7.0;

/// One place for both, with the figures beneath.
pub(super) fn places(area: Rect) -> Places {
    let (above, figures) = area.split_top_bottom_at_y(area.bottom() - FIGURES_HEIGHT);
    let both = above.shrink(GAP / 2.0);
    Places {
        original: both,
        result: both,
        difference: None,
        figures: figures.shrink(GAP / 2.0),
    }
}

/// Where the line lies.
fn line(rect: Rect, part: u16) -> f32 {
    rect.left() + rect.width() * f32::from(part.min(WHOLE)) / f32::from(WHOLE)
}

/// Room for the part of a pane that is seen: the original left of the line, the result right of it.
pub(super) fn half(ui: &mut Ui, pane: &Pane<'_>, which: Which, part: u16) -> Ui {
    let mut seen = pane.rect;
    match which {
        Which::Original => seen.max.x = line(pane.rect, part),
        _ => seen.min.x = line(pane.rect, part),
    }
    let place = UiBuilder::new().max_rect(pane.rect).id_salt(pane.name);
    let mut child = ui.new_child(place);
    child.set_clip_rect(seen.intersect(ui.clip_rect()));
    child
}

/// The line itself: drawn with the hand, or moved with the arrows while it has the focus.
pub(super) fn divider(ui: &mut Ui, rect: Rect, part: u16, actions: &mut Vec<Action>) {
    let x = line(rect, part);
    let grip = Rect::from_x_y_ranges(x - GRIP..=x + GRIP, rect.y_range());
    let response = ui.interact(grip, ui.id().with("divider"), Sense::click_and_drag());
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(
            WidgetType::Slider,
            true,
            "Divider between original and result",
        );
        info.value = Some(f64::from(part) / f64::from(WHOLE) * 100.0);
        info
    });
    if response.clicked() || response.drag_started() {
        response.request_focus();
    }
    if let (true, Some(at)) = (response.dragged(), response.interact_pointer_pos()) {
        let share = (at.x - rect.left()) / rect.width().max(1.0);
        let moved = (share.clamp(0.0, 1.0) * f32::from(WHOLE)).round() as u16;
        if moved != part {
            actions.push(Action::Swipe(moved));
        }
    }
    if response.has_focus() {
        let (back, on) = ui.input(|input| {
            let pressed = |key| input.num_presses(key) as u16;
            (pressed(Key::ArrowLeft), pressed(Key::ArrowRight))
        });
        let moved = part.saturating_sub(back * STEP).saturating_add(on * STEP);
        if moved != part {
            actions.push(Action::Swipe(moved.min(WHOLE)));
        }
    }
    let ink = match response.hovered() || response.dragged() || response.has_focus() {
        true => colours::ACCENT,
        false => colours::OVERLAY,
    };
    let response = response.on_hover_and_drag_cursor(CursorIcon::ResizeHorizontal);
    let painter = ui.painter_at(rect);
    for (width, colour) in [(3.5, colours::OVERLAY_EDGE), (1.5, ink)] {
        painter.vline(x, rect.y_range(), Stroke::new(width, colour));
    }
    painter.circle_filled(pos2(x, rect.center().y), GRIP, ink);
    let font = theme::overlay_font(rect.height());
    for (side, words, align) in [
        (-1.0, "Original", Align2::RIGHT_CENTER),
        (1.0, "Result", Align2::LEFT_CENTER),
    ] {
        let at = pos2(x, rect.center().y) + Vec2::new(side * GRIP * 2.0, 0.0);
        paint::text(&painter, at, align, words, &font, colours::OVERLAY);
    }
    drop(response);
}
