//! The only colour literals of the window: greys for a dark reading room, one accent, three meanings.

use eframe::egui::Color32;

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
