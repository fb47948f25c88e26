//! Rows of the table of actions for looking closely, measuring, cine, layers over the image, and the panels beside it.

use eframe::egui::Key;
use kernel_imaging::{Colormap, Interpolation, SlabProjection};

use super::Tool;
use super::look::LookAction as Look;
use crate::action::{Action, Shortcut, ctrl, key, shift, table};
use crate::hanging::HangAction as Hang;
use crate::layout::LayoutAction as Layout;
use crate::linking::LinkAction as Link;
use crate::masks::Hand;
use crate::measure::{Kind, MeasureAction as Measure};
use crate::planes::PlanesAction as Planes;
use crate::state::Side;

table! {
    READING_ACTIONS;
    Tools "magnifier" Action::UseTool(Tool::Magnifier), "Magnifier", "A lens under the pointer, twice and a half as large", [key(Key::M, "M")];
    Measure "probe" Action::UseTool(Tool::Measure(Kind::Probe)), "Probe", "Click: stored, modality and displayed value of a pixel", [key(Key::P, "P")];
    Measure "length" Action::UseTool(Tool::Measure(Kind::Length)), "Length", "Drag, or click both ends; in mm where the file allows it", [key(Key::D, "D")];
    Measure "angle" Action::UseTool(Tool::Measure(Kind::Angle)), "Angle", "Drag one arm to the vertex, then click the end of the other", [key(Key::A, "A")];
    Measure "cobb" Action::UseTool(Tool::Measure(Kind::Cobb)), "Cobb angle", "Drag along one end plate, then along the other", [shift(Key::A, "Shift+A")];
    Measure "rectangle" Action::UseTool(Tool::Measure(Kind::Rectangle)), "Rectangle", "Drag from corner to corner: area, mean, deviation, least, greatest", [shift(Key::E, "Shift+E")];
    Measure "ellipse" Action::UseTool(Tool::Measure(Kind::Ellipse)), "Ellipse", "Drag from corner to corner: area, mean, deviation, least, greatest", [key(Key::E, "E")];
    Measure "polygon" Action::UseTool(Tool::Measure(Kind::Polygon)), "Polygon", "Click each corner; a double click or Enter closes it", [shift(Key::D, "Shift+D")];
    Measure "freehand" Action::UseTool(Tool::Measure(Kind::Freehand)), "Freehand", "Drag around a region", [shift(Key::F, "Shift+F")];
    Measure "text" Action::UseTool(Tool::Measure(Kind::Text)), "Text", "Click a place, then write in the Measure panel", [key(Key::B, "B")];
    Measure "arrow" Action::UseTool(Tool::Measure(Kind::Arrow)), "Arrow", "Drag to what it points at", [shift(Key::B, "Shift+B")];
    Measure "close-outline" Action::Measure(Measure::Finish), "Close the outline", "Ends a polygon", [key(Key::Enter, "Enter")];
    Measure "undo" Action::Measure(Measure::Undo), "Undo", "Takes back the last change of a measurement", [ctrl(Key::Z, "Ctrl+Z")];
    Measure "redo" Action::Measure(Measure::Redo), "Redo", "Does again what was taken back", [ctrl(Key::Y, "Ctrl+Y"), Shortcut { key: Key::Z, ctrl: true, shift: true, text: "Ctrl+Shift+Z" }];
    Measure "remove" Action::Measure(Measure::RemoveSelected), "Remove", "Removes the measurement that is chosen", [key(Key::Delete, "Del"), key(Key::Backspace, "Backspace")];
    Measure "copy-table" Action::Measure(Measure::CopyTable), "Copy as CSV", "All measurements on the clipboard, comma-separated", [];
    Measure "mask-brush" Action::UseTool(Tool::Mask(Hand::Brush)), "Brush", "Drag to mark pixels of the mask in hand", [shift(Key::M, "Shift+M")];
    Measure "mask-eraser" Action::UseTool(Tool::Mask(Hand::Erase)), "Eraser", "Drag to unmark pixels of the mask in hand", [shift(Key::N, "Shift+N")];
    Panels "masks" Action::ShowSide(Side::Masks), "Masks", "Masks of the series, with volumes and formulas", [];
    Images "cine" Action::Look(Look::ToggleCine), "Cine", "Plays the images at the file's rate, or stops", [key(Key::C, "C")];
    Images "cine-slower" Action::Look(Look::Slower), "Cine slower", "A quarter fewer images a second", [key(Key::Comma, ",")];
    Images "cine-faster" Action::Look(Look::Faster), "Cine faster", "A third more images a second", [key(Key::Period, ".")];
    Images "key-image" Action::Look(Look::ToggleKeyImage), "Key image", "Marks this image, or takes the mark away", [key(Key::K, "K")];
    Images "next-key-image" Action::Look(Look::NextKeyImage), "Next key image", "The next marked image of this series, around the end", [shift(Key::K, "Shift+K")];
    View "interpolation" Action::Look(Look::ToggleInterpolation), "Smooth pixels", "Between pixels: interpolated, or each as it is", [key(Key::N, "N")];
    Window "colours-grey" Action::Look(Look::UseColours(Colormap::Grey)), "Grey", "Black to white", [];
    Window "colours-hot" Action::Look(Look::UseColours(Colormap::Hot)), "Hot", "Black, red, yellow, white", [];
    Window "colours-bone" Action::Look(Look::UseColours(Colormap::Bone)), "Bone", "Grey with a blue cast in the shadows", [];
    Window "colours-cool-warm" Action::Look(Look::UseColours(Colormap::CoolWarm)), "Cool-warm", "Blue through light grey to red", [];
    Window "next-colours" Action::Look(Look::NextColours), "Next colours", "Grey, hot, bone, cool-warm, and around", [key(Key::L, "L")];
    View "next-view" Action::Layout(Layout::NextView), "Next view", "Another view takes keys and tools; so does a click", [key(Key::Tab, "Tab")];
    View "reset-all" Action::Layout(Layout::ResetAll), "Reset all views", "Zoom, pan, turns, flips and windows as at the beginning", [ctrl(Key::R, "Ctrl+R")];
    View "layout-1x1" Action::Layout(Layout::Grid(1, 1)), "1 × 1", "One view", [ctrl(Key::Num7, "Ctrl+7")];
    View "layout-1x2" Action::Layout(Layout::Grid(1, 2)), "1 × 2", "Two views side by side", [ctrl(Key::Num8, "Ctrl+8")];
    View "layout-2x2" Action::Layout(Layout::Grid(2, 2)), "2 × 2", "Four views", [ctrl(Key::Num9, "Ctrl+9")];
    View "three-planes" Action::Planes(Planes::Toggle), "Three planes", "Axial, coronal and sagittal planes through this series, or back to it", [ctrl(Key::Num0, "Ctrl+0")];
    View "volume" Action::Planes(Planes::ToggleSolid), "Volume rendering", "The volume as a whole beside the planes, turned with a drag; on the processor", [shift(Key::V, "Shift+V")];
    View "crosshair" Action::Planes(Planes::ToggleCrosshair), "Crosshair", "Where planes and views cut each other, on or off; with Shift the crosshair follows the pointer", [key(Key::X, "X")];
    View "save-layout" Action::Hang(Hang::ToggleNaming), "Save this layout", "The grid and the kinds of images in it, under a name", [];
    View "link-scroll" Action::Link(Link::ToggleScroll), "Link scrolling", "Views of one frame of reference scroll together, by position", [key(Key::Y, "Y")];
    View "link-zoom" Action::Link(Link::ToggleZoom), "Link zoom", "Zoom and pan together, by size in mm", [shift(Key::Z, "Shift+Z")];
    View "link-window" Action::Link(Link::ToggleWindow), "Link windows", "One window for all views of the modality", [shift(Key::W, "Shift+W")];
    View "link-anchor" Action::Link(Link::Anchor), "Link as they lie", "The images on screen belong together, also without a common frame of reference; again takes it back", [shift(Key::Y, "Shift+Y")];
    View "straighten" Action::Planes(Planes::Straighten), "Straight planes", "Along the patient's axes, through the middle", [];
    View "turn-planes-right" Action::Planes(Planes::Turn(1)), "Turn planes right", "The lines on this plane by 5°; Ctrl with a drag of a line turns freely", [ctrl(Key::CloseBracket, "Ctrl+]")];
    View "turn-planes-left" Action::Planes(Planes::Turn(-1)), "Turn planes left", "The lines on this plane by 5°", [ctrl(Key::OpenBracket, "Ctrl+[")];
    View "slab-thicker" Action::Planes(Planes::Thicken(1)), "Thicker slab", "Two planes more; Alt with the wheel does the same", [ctrl(Key::ArrowUp, "Ctrl+Up")];
    View "slab-thinner" Action::Planes(Planes::Thicken(-1)), "Thinner slab", "Two planes fewer, one plane at least", [ctrl(Key::ArrowDown, "Ctrl+Down")];
    View "slab-maximum" Action::Planes(Planes::Projection(SlabProjection::Maximum)), "Maximum (MIP)", "The greatest value through the slab", [];
    View "slab-minimum" Action::Planes(Planes::Projection(SlabProjection::Minimum)), "Minimum (MinIP)", "The least value through the slab", [];
    View "slab-mean" Action::Planes(Planes::Projection(SlabProjection::Mean)), "Mean", "The mean value through the slab", [];
    View "overlays" Action::ToggleOverlays, "Overlays", "Drawings that the file lays over its image, on or off", [key(Key::O, "O")];
    View "shutters" Action::ToggleShutters, "Shutters", "Hide what the file says is not to be seen, or show it", [];
    View "objects-over" Action::ToggleObjects, "Segments and contours", "Segmentations, contours and graphics over the image, on or off", [key(Key::G, "G")];
    Panels "studies" Action::ToggleStudies, "Studies", "Show or hide the study list", [ctrl(Key::B, "Ctrl+B")];
    Panels "side" Action::ToggleSide, "Panels", "Show or hide the panel at the right", [ctrl(Key::J, "Ctrl+J")];
    Panels "compute" Action::ShowSide(Side::Compute), "Compute", "Operations on these images", [ctrl(Key::Num1, "Ctrl+1")];
    Panels "mesh" Action::ShowSide(Side::Mesh), "Mesh", "Workstations nearby", [ctrl(Key::Num2, "Ctrl+2")];
    Panels "labor-array" Action::ShowSide(Side::LaborArray), "Labor array", "Who does which task", [ctrl(Key::Num3, "Ctrl+3")];
    Panels "objects" Action::ShowSide(Side::Objects), "Objects", "Segmentations, contours, presentation states, reports and documents", [ctrl(Key::Num4, "Ctrl+4")];
    Panels "tags" Action::FindTags, "Tags", "All elements of the file on screen, with a search", [ctrl(Key::F, "Ctrl+F")];
    Panels "models" Action::ShowSide(Side::Models), "Models", "Models of this workstation, on the image or over the series", [ctrl(Key::Num5, "Ctrl+5")];
    Panels "measurements" Action::ShowSide(Side::Measurements), "Measurements", "What was measured", [ctrl(Key::Num6, "Ctrl+6")];
}

/// Names of the two interpolations, for words on the image.
pub fn interpolation_name(interpolation: Interpolation) -> &'static str {
    match interpolation {
        Interpolation::Linear => "interpolated",
        Interpolation::Nearest => "pixels as they are",
    }
}
