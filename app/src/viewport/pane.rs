//! One pane: the picture, the words on it, the hands on it.

use eframe::egui::{
    self, Align2, Color32, CursorIcon, Rect, Sense, Stroke, Ui, WidgetInfo, WidgetType, pos2, vec2,
};
use kernel_imaging::ViewTransform;

use super::picture::Subject;
use super::{
    Pane, Viewport, Which, cross, figures, fused, graphics, lens, marks, menu, overlay, paint,
    reference_lines,
};
use crate::action::Action;
use crate::layout::{LayoutAction, SeriesInHand};
use crate::measure::Kind;
use crate::stack::StackView;
use crate::state::{Annotations, State};
use crate::theme::{self, SPACE, colours};
use crate::tools::Tool;

/// Panes of less height, in points, carry the short form of the corner text.
const SMALL_PANE: f32 = 400.0;

impl Viewport {
    pub(super) fn pane(
        &mut self,
        ui: &mut Ui,
        state: &State,
        pane: Pane<'_>,
        which: Which,
        leads: bool,
        actions: &mut Vec<Action>,
    ) {
        let scale = ui.ctx().pixels_per_point();
        let rect = snapped(pane.rect, scale);
        let size = [
            (rect.width() * scale).round() as usize,
            (rect.height() * scale).round() as usize,
        ];
        if size[0] == 0 || size[1] == 0 {
            return;
        }
        let response = ui.interact(rect, ui.id().with(pane.name), Sense::click_and_drag());
        response.widget_info(|| {
            WidgetInfo::labeled(
                WidgetType::Image,
                true,
                format!("{} pane, {}", pane.name, spoken(pane.view)),
            )
        });
        if response.clicked() || response.drag_started() {
            response.request_focus();
        }
        let active = pane.slot == state.layout.active;
        keep_keys(ui, &response, state.layout.is_grid());
        if !active && (response.clicked() || response.secondary_clicked()) {
            actions.push(Action::Layout(LayoutAction::Activate(pane.slot)));
        }
        if let Some(series) = response.dnd_release_payload::<SeriesInHand>() {
            let (scan, key) = (series.scan, series.key.clone());
            actions.push(Action::Layout(LayoutAction::ShowIn(pane.slot, scan, key)));
        }
        self.panes.push((response.id, rect, pane.slot));
        self.focused |= response.has_focus();
        let response = response.on_hover_and_drag_cursor(match state.tool {
            Tool::Pan => CursorIcon::Grab,
            Tool::Scroll => CursorIcon::ResizeVertical,
            _ => CursorIcon::Crosshair,
        });
        if leads && size != pane.view.size {
            actions.push(match active {
                true => Action::Resized(size),
                false => Action::Layout(LayoutAction::Resized(pane.slot, size)),
            });
        }
        if !pane.view.is_empty() {
            response.context_menu(|ui| menu::image_menu(ui, state, actions));
        }
        let painter = ui.painter_at(rect);
        painter.rect_filled(rect, 0.0, colours::VIEWPORT);
        let font = theme::overlay_font(rect.height());
        let Some(subject) = &pane.subject else {
            let at = rect.center();
            paint::text(
                &painter,
                at,
                Align2::CENTER_CENTER,
                &pane.absent,
                &font,
                colours::OVERLAY_QUIET,
            );
            caption(&painter, rect, &pane, state, &font);
            return;
        };
        let image = [subject.frame.columns, subject.frame.rows];
        let aspect = subject.attributes.aspect();
        let transform = pane.view.transform_for(image, aspect, size);
        let picture = match which {
            Which::Original => &mut self.original,
            Which::Result => &mut self.result,
            Which::Difference => &mut self.difference,
            Which::Slot(slot) => &mut self.slots[slot],
        };
        match picture.texture(
            ui.ctx(),
            subject,
            &pane.over,
            &pane.presentation,
            &transform,
            size,
        ) {
            Ok(texture) => {
                let whole = Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
                painter.image(texture, rect, whole, Color32::WHITE);
                if !pane.is_derived() {
                    let slot = pane.slot;
                    if self.fused.len() <= slot {
                        self.fused.resize_with(slot + 1, Default::default);
                    }
                    let picture = &mut self.fused[slot];
                    let of = (state, pane.view);
                    fused::draw(ui.ctx(), &painter, rect, of, picture, &transform, size);
                }
                if pane.over.shown.objects {
                    graphics::draw(&painter, rect, state, &transform, size, &font);
                }
                if let Some(overlay) = &pane.overlay {
                    let context = ui.ctx();
                    let labels = match which {
                        Which::Slot(slot) => &mut self.marked[slot].1,
                        _ => &mut self.live.labels,
                    };
                    let over = labels.texture(context, overlay, &transform, aspect, size);
                    over.map(|over| painter.image(over, rect, whole, Color32::WHITE));
                }
                if let Some(note) = &pane.note {
                    let at = rect.center_top() + vec2(0.0, font.size * 1.8);
                    paint::text(
                        &painter,
                        at,
                        Align2::CENTER_TOP,
                        note,
                        &font,
                        colours::AMBER,
                    );
                }
                // Below the words, so that no line runs through a letter.
                cross::draw(&painter, rect, state, pane.view, &transform, size);
                if let Which::Slot(slot) = which {
                    reference_lines::draw(&painter, rect, state, slot, &transform, size);
                }
                self.words(&painter, rect, &pane, state, &transform, size);
                self.drawn_over(&painter, rect, &pane, state, &transform, size);
                if let Some(at) = response.hover_pos() {
                    let place = at - rect.min;
                    let place = [f64::from(place.x * scale), f64::from(place.y * scale)];
                    let point = transform.image_from_view(place, aspect, size);
                    let probing = state.tool == Tool::Measure(Kind::Probe);
                    if state.annotations == Annotations::Full || probing {
                        let shown = self.colour_of(which, subject, point);
                        figures::probe(&painter, rect, subject, point, shown, &font);
                        if !pane.is_derived() {
                            fused::probe(&painter, rect, state, pane.view, point, &font);
                        }
                    }
                    if state.tool == Tool::Magnifier {
                        let (context, lens) = (ui.ctx(), &mut self.lens);
                        let how = &pane.presentation;
                        lens::magnifier(
                            context, &painter, lens, subject, how, &transform, point, at,
                        );
                    }
                }
            }
            Err(reason) => {
                let at = rect.center();
                paint::text(
                    &painter,
                    at,
                    Align2::CENTER_CENTER,
                    &reason,
                    &font,
                    colours::AMBER,
                );
            }
        }
        caption(&painter, rect, &pane, state, &font);
        let comparing = state.comparison.as_ref().is_some_and(|it| it.visible);
        if (response.has_focus() && comparing) || (active && matches!(which, Which::Slot(_))) {
            let stroke = Stroke::new(1.0, colours::ACCENT);
            painter.rect_stroke(rect, 0.0, stroke, egui::StrokeKind::Inside);
        }
    }

    /// Measurements and the bar of colours, on the pane that they belong to.
    fn drawn_over(
        &self,
        painter: &egui::Painter,
        rect: Rect,
        pane: &Pane<'_>,
        state: &State,
        transform: &ViewTransform,
        size: [usize; 2],
    ) {
        if pane.is_derived() {
            return;
        }
        let font = theme::overlay_font(rect.height());
        let view = pane.view;
        let drawn = (&state.measuring, pane.slot == state.layout.active);
        lens::colour_bar(painter, rect, view, &figures::unit_of(pane.view), &font);
        marks::show(painter, rect, view, drawn, transform, size, &font);
    }

    /// The colour on screen of the pixel under an image point.
    fn colour_of(&self, which: Which, subject: &Subject, point: [f64; 2]) -> Option<[u8; 3]> {
        let picture = match which {
            Which::Original => &self.original,
            Which::Result => &self.result,
            Which::Difference => &self.difference,
            Which::Slot(slot) => &self.slots[slot],
        };
        picture.colour_of(subject, point)
    }

    fn words(
        &self,
        painter: &egui::Painter,
        rect: Rect,
        pane: &Pane<'_>,
        state: &State,
        transform: &ViewTransform,
        size: [usize; 2],
    ) {
        let font = theme::overlay_font(rect.height());
        let small = rect.height() < SMALL_PANE;
        let zoom = transform.zoom;
        let corners = match pane.name {
            _ if !pane.is_derived() => overlay::corners(pane.view, state.annotations, zoom, small),
            _ => pane.corners.clone(),
        };
        let mut corners = corners;
        if !pane.is_derived() {
            corners
                .bottom_left
                .splice(0..0, overlay::looking(state, pane.view));
        }
        let rect = match pane.is_captioned() {
            false => rect,
            // Below the caption.
            true => rect.with_min_y(rect.top() + font.size * 1.6),
        };
        paint::corners(painter, rect, &corners, &font);
        let Some(shown) = &pane.view.shown else {
            return;
        };
        if state.annotations != Annotations::None && pane.letters {
            let attributes = shown.reference.attributes();
            let quadruped = shown.reference.instance.patient.quadruped;
            paint::letters(
                painter,
                rect,
                &attributes.letters(transform, quadruped),
                &font,
            );
            if state.annotations == Annotations::Full {
                paint::scale(painter, rect, attributes, transform, size, &font);
            }
        }
        if !pane.view.is_current() {
            let words = format!("Loading image {}", pane.view.index + 1);
            let at = rect.center_top() + vec2(0.0, font.size * 3.0);
            paint::text(
                painter,
                at,
                Align2::CENTER_TOP,
                &words,
                &font,
                colours::OVERLAY_QUIET,
            );
        }
    }
}

/// The name of a pane of a comparison, top left.
fn caption(
    painter: &egui::Painter,
    rect: Rect,
    pane: &Pane<'_>,
    state: &State,
    font: &egui::FontId,
) {
    if !pane.is_captioned() {
        return;
    }
    let words = match (pane.name, state.compared_job()) {
        ("Result", Some(job)) => format!("Result · {}", job.title),
        ("Difference", _) => "Difference · size of the error".to_owned(),
        (name, _) => name.to_owned(),
    };
    let at = rect.left_top() + vec2(SPACE, SPACE - 2.0);
    paint::text(painter, at, Align2::LEFT_TOP, &words, font, colours::ACCENT);
}

/// Why there is no image.
pub(super) fn absent(view: &StackView) -> String {
    match (&view.failure, view.is_empty()) {
        (Some(reason), _) => reason.clone(),
        (None, true) => "Choose a series at the left".to_owned(),
        (None, false) => format!("Loading image {}", view.index + 1),
    }
}

/// The name of a pane that shows a plane through a volume.
pub(super) fn plane_name(view: &StackView) -> Option<&'static str> {
    match &view.plane {
        Some(plane) => Some(plane.kind.label()),
        None => view.solid.then_some("Volume"),
    }
}

/// What assistive technology hears of the image; no identity.
fn spoken(view: &StackView) -> String {
    let Some(shown) = &view.shown else {
        return absent(view);
    };
    let which = match &view.plane {
        Some(plane) => {
            let slab = plane.slab_words().map(|slab| format!(", {slab}"));
            format!("plane {}{}", plane.words(), slab.unwrap_or_default())
        }
        None if view.solid => "volume as a whole".to_owned(),
        None => format!("image {} of {}", shown.index + 1, view.len()),
    };
    let window = view
        .window()
        .map(|(level, _)| format!(", window {:.0} level {:.0}", level.width(), level.center()));
    format!("{which}{}", window.unwrap_or_default())
}

/// Arrow keys and Tab stay with the image while it has the focus: they scroll.
fn keep_keys(ui: &Ui, response: &egui::Response, views: bool) {
    if response.has_focus() {
        let filter = egui::EventFilter {
            horizontal_arrows: true,
            vertical_arrows: true,
            escape: true,
            // With several views, Tab goes from one to the next.
            tab: views,
        };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    }
}

/// Onto whole screen pixels, so that a texture pixel is a screen pixel.
fn snapped(rect: Rect, scale: f32) -> Rect {
    let snap = |value: f32| (value * scale).round() / scale;
    Rect::from_min_max(
        pos2(snap(rect.left()), snap(rect.top())),
        pos2(snap(rect.right()), snap(rect.bottom())),
    )
}
