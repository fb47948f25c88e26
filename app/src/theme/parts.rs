//! The parts every panel is made of, so that all panels look and speak alike.

use eframe::egui::{
    self, Align, Button, Color32, CornerRadius, Frame, Layout, Margin, Response, RichText, Sense,
    Stroke, Ui, Vec2, WidgetInfo, WidgetType,
};

use super::icons::{self, Icon};
use super::{CONTROL_HEIGHT, CORNER, SPACE, SPACE_SMALL, colours};
use crate::texts::say;

/// A heading with room above it.
pub fn heading(ui: &mut Ui, text: &str) {
    ui.add_space(SPACE_SMALL);
    ui.label(
        RichText::new(say(text))
            .heading()
            .color(colours::now().text_strong),
    );
}

/// A quiet explanation, wrapped.
pub fn quiet(ui: &mut Ui, text: impl Into<String>) -> Response {
    ui.add(
        egui::Label::new(
            RichText::new(say(&text.into()))
                .small()
                .color(colours::now().text_quiet),
        )
        .wrap(),
    )
}

/// A sentence in the colour of its meaning, wrapped and selectable.
pub fn sentence(ui: &mut Ui, text: impl Into<String>, colour: Color32) -> Response {
    ui.add(egui::Label::new(RichText::new(say(&text.into())).color(colour)).wrap())
}

/// A name to the left and its value to the right.
pub fn pair(ui: &mut Ui, name: &str, value: impl Into<String>) {
    ui.scope(|ui| {
        // Text to read needs less height than things to press.
        ui.spacing_mut().interact_size.y = 18.0;
        ui.horizontal(|ui| pair_row(ui, name, value.into()));
    });
}

fn pair_row(ui: &mut Ui, name: &str, value: String) {
    ui.label(RichText::new(say(name)).color(colours::now().text_quiet));
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let value = RichText::new(say(&value)).color(colours::now().text_strong);
        ui.add(egui::Label::new(value).truncate());
    });
}

/// A card: raised ground, rounded, as wide as the panel.
pub fn card<R>(ui: &mut Ui, contents: impl FnOnce(&mut Ui) -> R) -> R {
    Frame::new()
        .fill(colours::now().card)
        .stroke(Stroke::new(1.0, colours::now().line))
        .corner_radius(CornerRadius::same(CORNER))
        .inner_margin(Margin::same(10))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            contents(ui)
        })
        .inner
}

/// The button to press next, as wide as its place.
pub fn primary(ui: &mut Ui, text: &str, enabled: bool) -> Response {
    let size = Vec2::new(ui.available_width(), CONTROL_HEIGHT + 4.0);
    ui.scope(|ui| {
        let widgets = &mut ui.visuals_mut().widgets;
        widgets.inactive.weak_bg_fill = colours::now().accent_ground;
        widgets.inactive.fg_stroke.color = colours::now().text_strong;
        widgets.hovered.weak_bg_fill = colours::now().accent_ground_hover;
        let row = Layout::left_to_right(Align::Center).with_main_align(Align::Center);
        let button = Button::new(say(text)).min_size(size);
        ui.allocate_ui_with_layout(size, row, |ui| ui.add_enabled(enabled, button))
            .inner
    })
    .inner
}

/// A square button with a drawn icon; `label` is its name for assistive technology.
pub fn icon_button(ui: &mut Ui, icon: Icon, label: &str, chosen: bool, enabled: bool) -> Response {
    let size = Vec2::splat(CONTROL_HEIGHT + 2.0);
    let sense = if enabled {
        Sense::click()
    } else {
        Sense::hover()
    };
    let (rect, response) = ui.allocate_exact_size(size, sense);
    response.widget_info(|| WidgetInfo::selected(WidgetType::Button, enabled, chosen, label));
    if ui.is_rect_visible(rect) {
        let lit = response.hovered() && enabled;
        let ground = match (chosen, lit) {
            (true, _) => colours::now().accent_ground,
            (false, true) => colours::now().button_hover,
            (false, false) => Color32::TRANSPARENT,
        };
        ui.painter()
            .rect_filled(rect, CornerRadius::same(CORNER), ground);
        if response.has_focus() {
            let stroke = Stroke::new(1.0, colours::now().accent);
            ui.painter().rect_stroke(
                rect,
                CornerRadius::same(CORNER),
                stroke,
                egui::StrokeKind::Inside,
            );
        }
        let ink = match (enabled, chosen || lit) {
            (false, _) => colours::now().line_strong,
            (true, true) => colours::now().text_strong,
            (true, false) => colours::now().text,
        };
        icons::paint(ui.painter(), icon, rect.shrink(6.0), ink);
    }
    response
}

/// A bar that shows how far something is, with its words beneath; `fraction` is 0 to 1.
pub fn progress(ui: &mut Ui, name: &str, fraction: f32, words: &str) {
    let (rect, response) =
        ui.allocate_exact_size(Vec2::new(ui.available_width(), 6.0), Sense::hover());
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(WidgetType::ProgressIndicator, true, name);
        info.value = Some(f64::from(fraction) * 100.0);
        info
    });
    let round = CornerRadius::same(3);
    ui.painter().rect_filled(rect, round, colours::now().field);
    let mut done = rect;
    done.set_width(rect.width() * fraction.clamp(0.0, 1.0));
    ui.painter().rect_filled(done, round, colours::now().accent);
    quiet(ui, words);
}

/// A dot of a colour before text that follows in the same row.
pub fn dot(ui: &mut Ui, colour: Color32) {
    let (rect, _) = ui.allocate_exact_size(Vec2::splat(10.0), Sense::hover());
    ui.painter().circle_filled(rect.center(), 4.0, colour);
}

/// Space between two groups of a panel, with a line through it.
pub fn divide(ui: &mut Ui) {
    ui.add_space(SPACE);
    let width = ui.available_width();
    let (rect, _) = ui.allocate_exact_size(Vec2::new(width, 1.0), Sense::hover());
    ui.painter().hline(
        rect.x_range(),
        rect.center().y,
        Stroke::new(1.0, colours::now().line),
    );
    ui.add_space(SPACE_SMALL);
}

/// Bytes in the unit that reads best.
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KB", "MB", "GB", "TB"];
    let mut value = count as f64;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    match (unit, value >= 99.5) {
        (0, _) => format!("{count} B"),
        (_, true) => format!("{value:.0} {}", UNITS[unit]),
        (_, false) => format!("{value:.1} {}", UNITS[unit]),
    }
}

/// A time from microseconds in the unit that reads best.
pub fn duration_us(micros: u64) -> String {
    match micros {
        0..=999 => format!("{micros} µs"),
        1_000..=99_999 => format!("{:.1} ms", micros as f64 / 1_000.0),
        100_000..=999_999 => format!("{} ms", micros / 1_000),
        _ => format!("{:.1} s", micros as f64 / 1_000_000.0),
    }
}

/// A measured value with as many digits as are worth reading.
pub fn number(value: f64) -> String {
    let size = value.abs();
    match () {
        () if value.is_infinite() => "∞".to_owned(),
        () if value.is_nan() => "–".to_owned(),
        () if size == 0.0 => "0".to_owned(),
        () if !(0.001..99_999.5).contains(&size) => format!("{value:.2e}"),
        () if size >= 100.0 => format!("{value:.0}"),
        () if size >= 10.0 => format!("{value:.1}"),
        () if size >= 1.0 => format!("{value:.2}"),
        () => format!("{value:.4}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_times_read_in_the_nearest_unit() {
        assert_eq!(bytes(512), "512 B");
        assert_eq!(bytes(3_538_944), "3.4 MB");
        assert_eq!(bytes(1 << 30), "1.0 GB");
        assert_eq!(duration_us(850), "850 µs");
        assert_eq!(duration_us(1_240), "1.2 ms");
        assert_eq!(number(0.012_34), "0.0123");
        assert_eq!(number(f64::INFINITY), "∞");
    }
}
