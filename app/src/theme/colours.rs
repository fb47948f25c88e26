//! The only colour literals of the window: greys for a dark reading room, one accent, three meanings.

use std::cell::Cell;

use eframe::egui::Color32;

use super::Shade;

/// Behind images: black, so that nothing adapts the eye away from the dark end of the grey scale.
pub const VIEWPORT: Color32 = Color32::from_rgb(0, 0, 0);
/// Behind everything else.
pub const WINDOW: Color32 = Color32::from_rgb(14, 16, 19);
/// Side panels and bars.
pub const PANEL: Color32 = Color32::from_rgb(21, 24, 28);
/// Cards and fields that lie in a panel.
pub const CARD: Color32 = Color32::from_rgb(28, 32, 37);
/// Text fields, sunk into their card.
pub const FIELD: Color32 = Color32::from_rgb(12, 14, 16);
/// Buttons at rest.
pub const BUTTON: Color32 = Color32::from_rgb(41, 46, 53);
/// Buttons under the pointer.
pub const BUTTON_HOVER: Color32 = Color32::from_rgb(52, 59, 68);
/// Lines between regions.
pub const LINE: Color32 = Color32::from_rgb(43, 48, 55);
/// Lines around buttons, fields and boxes at rest.
pub const LINE_BUTTON: Color32 = Color32::from_rgb(62, 69, 78);
/// Lines around what has the pointer or the focus.
pub const LINE_STRONG: Color32 = Color32::from_rgb(84, 94, 106);

/// Ordinary text.
pub const TEXT: Color32 = Color32::from_rgb(206, 212, 219);
/// Headings and values that matter.
pub const TEXT_STRONG: Color32 = Color32::from_rgb(240, 243, 246);
/// Labels and explanations.
pub const TEXT_QUIET: Color32 = Color32::from_rgb(143, 152, 163);

/// The one accent: what is chosen, and what to press next.
pub const ACCENT: Color32 = Color32::from_rgb(84, 160, 235);
/// The accent as a ground under text.
pub const ACCENT_GROUND: Color32 = Color32::from_rgb(30, 82, 133);
/// The accent's ground under the pointer.
pub const ACCENT_GROUND_HOVER: Color32 = Color32::from_rgb(38, 100, 160);
/// The accent as a faint wash.
pub const ACCENT_WASH: Color32 = Color32::from_rgb(26, 42, 59);

/// Shown with reservation.
pub const AMBER: Color32 = Color32::from_rgb(228, 171, 66);
/// Could not be done.
pub const RED: Color32 = Color32::from_rgb(236, 109, 113);
/// Well.
pub const GREEN: Color32 = Color32::from_rgb(103, 190, 134);

/// The colours that differ between the light and the dark window; what each is for is said at the constants above.
#[derive(Debug, PartialEq)]
pub struct Palette {
    /// Behind everything else.
    pub window: Color32,
    /// Side panels and bars.
    pub panel: Color32,
    /// Cards and fields that lie in a panel.
    pub card: Color32,
    /// Text fields, sunk into their card.
    pub field: Color32,
    /// Buttons at rest.
    pub button: Color32,
    /// Buttons under the pointer.
    pub button_hover: Color32,
    /// Lines between regions.
    pub line: Color32,
    /// Lines around buttons, fields and boxes at rest.
    pub line_button: Color32,
    /// Lines around what has the pointer or the focus.
    pub line_strong: Color32,
    /// Ordinary text.
    pub text: Color32,
    /// Headings and values that matter.
    pub text_strong: Color32,
    /// Labels and explanations.
    pub text_quiet: Color32,
    /// The one accent: what is chosen, and what to press next.
    pub accent: Color32,
    /// The accent as a ground under text.
    pub accent_ground: Color32,
    /// The accent's ground under the pointer.
    pub accent_ground_hover: Color32,
    /// The accent as a faint wash.
    pub accent_wash: Color32,
    /// Shown with reservation.
    pub amber: Color32,
    /// Could not be done.
    pub red: Color32,
    /// Well.
    pub green: Color32,
}

/// For a dark reading room; images always lie in it.
static DARK: Palette = Palette {
    window: WINDOW,
    panel: PANEL,
    card: CARD,
    field: FIELD,
    button: BUTTON,
    button_hover: BUTTON_HOVER,
    line: LINE,
    line_button: LINE_BUTTON,
    line_strong: LINE_STRONG,
    text: TEXT,
    text_strong: TEXT_STRONG,
    text_quiet: TEXT_QUIET,
    accent: ACCENT,
    accent_ground: ACCENT_GROUND,
    accent_ground_hover: ACCENT_GROUND_HOVER,
    accent_wash: ACCENT_WASH,
    amber: AMBER,
    red: RED,
    green: GREEN,
};

/// For a bright room; text has at least 4.5 times the contrast of its ground.
static LIGHT: Palette = Palette {
    window: Color32::from_rgb(226, 229, 233),
    panel: Color32::from_rgb(240, 242, 244),
    card: Color32::from_rgb(250, 251, 252),
    field: Color32::from_rgb(255, 255, 255),
    button: Color32::from_rgb(222, 226, 231),
    button_hover: Color32::from_rgb(208, 214, 221),
    line: Color32::from_rgb(205, 210, 216),
    line_button: Color32::from_rgb(176, 183, 191),
    line_strong: Color32::from_rgb(134, 144, 155),
    text: Color32::from_rgb(44, 50, 57),
    text_strong: Color32::from_rgb(14, 18, 22),
    text_quiet: Color32::from_rgb(88, 97, 108),
    accent: Color32::from_rgb(20, 96, 172),
    accent_ground: Color32::from_rgb(176, 208, 240),
    accent_ground_hover: Color32::from_rgb(156, 196, 235),
    accent_wash: Color32::from_rgb(220, 233, 246),
    amber: Color32::from_rgb(140, 88, 0),
    red: Color32::from_rgb(184, 32, 40),
    green: Color32::from_rgb(22, 112, 58),
};

/// The colours of a window.
pub fn of(shade: Shade) -> &'static Palette {
    match shade {
        Shade::Dark => &DARK,
        Shade::Light => &LIGHT,
    }
}

thread_local! {
    static NOW: Cell<Shade> = const { Cell::new(Shade::Dark) };
}

/// The colours that this thread draws with.
pub fn now() -> &'static Palette {
    of(NOW.with(Cell::get))
}

/// Lets this thread draw with the colours of a shade; answers with the one before.
pub fn draw_with(shade: Shade) -> Shade {
    NOW.with(|now| now.replace(shade))
}

/// Text on the image.
pub const OVERLAY: Color32 = Color32::from_rgb(222, 226, 220);
/// Text on the image that is said less loudly.
pub const OVERLAY_QUIET: Color32 = Color32::from_rgb(164, 170, 172);
/// Overlay planes of the file, over its image.
pub const OVERLAY_PLANE: Color32 = Color32::from_rgb(255, 236, 139);
/// Around text on the image, so that it can be read on white.
pub const OVERLAY_EDGE: Color32 = Color32::from_rgb(0, 0, 0);
/// Measurements at rest.
pub const MEASURE: Color32 = Color32::from_rgb(240, 214, 92);
/// A veil over the window while files are held above it.
pub const VEIL: Color32 = Color32::from_black_alpha(190);

/// A colour that a file asks for: of a segment, a contour, a graphic.
pub const fn of_file([red, green, blue]: [u8; 3]) -> Color32 {
    Color32::from_rgb(red, green, blue)
}

/// One colour a member of the labor array; told apart with every common colour blindness.
pub const MEMBERS: [Color32; 8] = [
    Color32::from_rgb(84, 160, 235),
    Color32::from_rgb(230, 159, 0),
    Color32::from_rgb(86, 196, 160),
    Color32::from_rgb(214, 132, 178),
    Color32::from_rgb(226, 216, 92),
    Color32::from_rgb(222, 112, 62),
    Color32::from_rgb(158, 140, 228),
    Color32::from_rgb(150, 186, 200),
];

/// The lines along which the axial, the coronal and the sagittal plane cut others, each in its colour.
pub const PLANES: [Color32; 3] = [
    Color32::from_rgb(236, 109, 113),
    Color32::from_rgb(103, 190, 134),
    Color32::from_rgb(240, 214, 92),
];

/// The colour of a plane with this index.
pub fn plane(index: usize) -> Color32 {
    PLANES[index % PLANES.len()]
}

/// The colour of the member with this index; colours repeat after eight.
pub fn member(index: usize) -> Color32 {
    MEMBERS[index % MEMBERS.len()]
}

/// A colour that an image has.
pub fn of_sample([red, green, blue]: [u8; 3]) -> Color32 {
    Color32::from_rgb(red, green, blue)
}

/// A colour that an image has, seen through; `alpha` 0 is nothing and 255 is all of it.
pub fn veil([red, green, blue]: [u8; 3], alpha: u8) -> Color32 {
    Color32::from_rgba_unmultiplied(red, green, blue, alpha)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance (WCAG 2.1).
    fn luminance(colour: Color32) -> f64 {
        let linear = |value: u8| match f64::from(value) / 255.0 {
            part if part <= 0.040_45 => part / 12.92,
            part => ((part + 0.055) / 1.055).powf(2.4),
        };
        0.2126 * linear(colour.r()) + 0.7152 * linear(colour.g()) + 0.0722 * linear(colour.b())
    }

    #[test]
    fn text_can_be_read_in_the_light_and_in_the_dark() {
        for shade in [Shade::Dark, Shade::Light] {
            let colours = of(shade);
            for ground in [colours.panel, colours.card, colours.window] {
                for text in [
                    colours.text,
                    colours.text_strong,
                    colours.text_quiet,
                    colours.accent,
                    colours.amber,
                    colours.red,
                    colours.green,
                ] {
                    let (a, b) = (luminance(ground), luminance(text));
                    let contrast = (a.max(b) + 0.05) / (a.min(b) + 0.05);
                    assert!(
                        contrast >= 4.5,
                        "{shade:?} {text:?} on {ground:?}: {contrast:.1}"
                    );
                }
            }
        }
    }
}
