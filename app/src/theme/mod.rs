//! How the window looks: one type scale, spacing in steps of four, dark for reading images or light.

pub mod colours;
pub mod fonts;
pub mod icons;
pub mod parts;

use eframe::egui::{
    self, Context, CornerRadius, FontFamily, FontId, Margin, Shadow, Stroke, TextStyle, Theme, Vec2,
};
use serde::{Deserialize, Serialize};

/// Light or dark; images lie in the dark always.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Shade {
    /// For a reading room.
    #[default]
    Dark,
    /// For a bright room.
    Light,
}

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

/// Gives the window its look, anew where light or dark was chosen.
pub fn apply(context: &Context, shade: Shade) {
    context.set_theme(match shade {
        Shade::Dark => Theme::Dark,
        Shade::Light => Theme::Light,
    });
    colours::draw_with(shade);
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
        style.visuals = visuals(shade);
    });
    // Ctrl with plus and minus is in the table of actions.
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

/// How widgets look.
pub fn visuals(shade: Shade) -> egui::Visuals {
    let colours = colours::of(shade);
    let mut visuals = match shade {
        Shade::Dark => egui::Visuals::dark(),
        Shade::Light => egui::Visuals::light(),
    };
    let corner = CornerRadius::same(CORNER);
    visuals.panel_fill = colours.panel;
    visuals.window_fill = colours.card;
    visuals.window_stroke = Stroke::new(1.0, colours.line);
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
    visuals.extreme_bg_color = colours.field;
    visuals.text_edit_bg_color = Some(colours.field);
    visuals.faint_bg_color = colours.card;
    visuals.code_bg_color = colours.field;
    visuals.hyperlink_color = colours.accent;
    visuals.warn_fg_color = colours.amber;
    visuals.error_fg_color = colours.red;
    visuals.weak_text_color = Some(colours.text_quiet);
    visuals.selection.bg_fill = colours.accent_ground;
    visuals.selection.stroke = Stroke::new(1.0, colours.text_strong);
    let widgets = &mut visuals.widgets;
    for (state, ground, line, text) in [
        (
            &mut widgets.noninteractive,
            colours.panel,
            colours.line,
            colours.text,
        ),
        (
            &mut widgets.inactive,
            colours.button,
            colours.line_button,
            colours.text,
        ),
        (
            &mut widgets.hovered,
            colours.button_hover,
            colours.line_strong,
            colours.text_strong,
        ),
        (
            &mut widgets.active,
            colours.accent_ground,
            colours.accent,
            colours.text_strong,
        ),
        (
            &mut widgets.open,
            colours.button_hover,
            colours.line_strong,
            colours.text_strong,
        ),
    ] {
        state.bg_fill = ground;
        state.weak_bg_fill = ground;
        state.bg_stroke = Stroke::new(1.0, line);
        state.fg_stroke = Stroke::new(1.0, text);
        state.corner_radius = corner;
        state.expansion = 0.0;
    }
    visuals
}
