//! How the window looks: one type scale, spacing in steps of four, a dark theme for reading images.

pub mod colours;
pub mod fonts;
pub mod icons;
pub mod parts;

use eframe::egui::{
    self, Context, CornerRadius, FontFamily, FontId, Margin, Shadow, Stroke, TextStyle, Theme, Vec2,
};

/// Half a step, between things that belong together.
pub const SPACE_SMALL: f32 = 4.0;
/// One step, between things.
pub const SPACE: f32 = 8.0;
/// Two steps, between groups.
pub const SPACE_LARGE: f32 = 16.0;
/// Height of buttons and fields.
pub const CONTROL_HEIGHT: f32 = 26.0;
/// Corners of buttons, fields and cards.
pub const CORNER: u8 = 4;

/// Name of the text style of the welcome title.
pub const TITLE: &str = "title";

/// The text style of the welcome title.
pub fn title() -> TextStyle {
    TextStyle::Name(TITLE.into())
}

/// The font of text on images, for a viewport of this height in points.
pub fn overlay_font(height: f32) -> FontId {
    FontId::new(
        if height < 420.0 { 11.0 } else { 13.0 },
        FontFamily::Proportional,
    )
}

/// Gives the window its look; called once for a context.
pub fn apply(context: &Context) {
    context.set_theme(Theme::Dark);
    context.all_styles_mut(|style| {
        let sizes = [
            (
                TextStyle::Small,
                FontId::new(11.5, FontFamily::Proportional),
            ),
            (TextStyle::Body, FontId::new(13.5, FontFamily::Proportional)),
            (
                TextStyle::Button,
                FontId::new(13.5, FontFamily::Proportional),
            ),
            (
                TextStyle::Monospace,
                FontId::new(12.0, FontFamily::Monospace),
            ),
            (
                TextStyle::Heading,
                FontId::new(15.5, FontFamily::Proportional),
            ),
            (title(), FontId::new(30.0, FontFamily::Proportional)),
        ];
        style.text_styles = sizes.into();
        style.animation_time = 0.0;
        spacing(&mut style.spacing);
        visuals(&mut style.visuals);
    });
    // Ctrl with plus and minus belongs to nobody yet; plus and minus zoom the image.
    context.options_mut(|options| options.zoom_with_keyboard = false);
}

fn spacing(spacing: &mut egui::style::Spacing) {
    spacing.item_spacing = Vec2::new(SPACE, SPACE_SMALL + 2.0);
    spacing.button_padding = Vec2::new(10.0, 4.0);
    spacing.interact_size = Vec2::new(28.0, CONTROL_HEIGHT);
    spacing.menu_margin = Margin::same(6);
    spacing.window_margin = Margin::same(12);
    spacing.indent = SPACE_LARGE;
    spacing.icon_width = 16.0;
    spacing.icon_spacing = 6.0;
    spacing.tooltip_width = 320.0;
    spacing.scroll = egui::style::ScrollStyle::thin();
    spacing.scroll.bar_width = 8.0;
}

fn visuals(visuals: &mut egui::Visuals) {
    *visuals = egui::Visuals::dark();
    let corner = CornerRadius::same(CORNER);
    visuals.panel_fill = colours::PANEL;
    visuals.window_fill = colours::CARD;
    visuals.window_stroke = Stroke::new(1.0, colours::LINE);
    visuals.window_corner_radius = CornerRadius::same(6);
    visuals.menu_corner_radius = corner;
    visuals.window_shadow = Shadow {
        offset: [0, 6],
        blur: 18,
        spread: 0,
        color: colours::VEIL,
    };
    visuals.popup_shadow = Shadow {
        offset: [0, 4],
        blur: 10,
        spread: 0,
        color: colours::VEIL,
    };
    visuals.extreme_bg_color = colours::FIELD;
    visuals.text_edit_bg_color = Some(colours::FIELD);
    visuals.faint_bg_color = colours::CARD;
    visuals.code_bg_color = colours::FIELD;
    visuals.hyperlink_color = colours::ACCENT;
    visuals.warn_fg_color = colours::AMBER;
    visuals.error_fg_color = colours::RED;
    visuals.weak_text_color = Some(colours::TEXT_QUIET);
    visuals.selection.bg_fill = colours::ACCENT_GROUND;
    visuals.selection.stroke = Stroke::new(1.0, colours::TEXT_STRONG);
    let widgets = &mut visuals.widgets;
    for (state, ground, line, text) in [
        (
            &mut widgets.noninteractive,
            colours::PANEL,
            colours::LINE,
            colours::TEXT,
        ),
        (
            &mut widgets.inactive,
            colours::BUTTON,
            colours::LINE_BUTTON,
            colours::TEXT,
        ),
        (
            &mut widgets.hovered,
            colours::BUTTON_HOVER,
            colours::LINE_STRONG,
            colours::TEXT_STRONG,
        ),
        (
            &mut widgets.active,
            colours::ACCENT_GROUND,
            colours::ACCENT,
            colours::TEXT_STRONG,
        ),
        (
            &mut widgets.open,
            colours::BUTTON_HOVER,
            colours::LINE_STRONG,
            colours::TEXT_STRONG,
        ),
    ] {
        state.bg_fill = ground;
        state.weak_bg_fill = ground;
        state.bg_stroke = Stroke::new(1.0, line);
        state.fg_stroke = Stroke::new(1.0, text);
        state.corner_radius = corner;
        state.expansion = 0.0;
    }
}
