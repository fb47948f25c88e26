//! The rows of opening, going through images, windows and panels.

use eframe::egui::Key;

use super::{Action, Shortcut, ctrl, key, shift, table};
use crate::habits::HabitAction;
use crate::saving::{SavingAction, Subject};
use crate::self_test::SelfTestAction;
use crate::tools::Tool;

table! {
    ACTIONS;
    Files "open-files" Action::PickFiles, "Open files", "Choose DICOM files to open", [ctrl(Key::O, "Ctrl+O")];
    Files "open-folder" Action::PickFolder, "Open folder", "Choose a folder; all folders in it are searched", [Shortcut { key: Key::O, ctrl: true, shift: true, text: "Ctrl+Shift+O" }];
    Files "open-sample" Action::OpenSample, "Open the sample study", "27 slices of a head, public domain", [];
    Files "close-studies" Action::CloseStudies, "Close all studies", "Back to the welcome screen", [ctrl(Key::W, "Ctrl+W")];
    Files "save-view" Action::Saving(SavingAction::Pick(Subject::View { identity: false })), "Picture without identity", "The view as it is on screen, PNG, JPEG or a page of PDF; patient and study are left out", [ctrl(Key::S, "Ctrl+S")];
    Files "save-view-identity" Action::Saving(SavingAction::Pick(Subject::View { identity: true })), "Picture with identity", "The view as it is on screen, PNG, JPEG or a page of PDF, with patient and study", [];
    Files "save-values" Action::Saving(SavingAction::Pick(Subject::Values)), "Values with 16 bits", "Modality values of the image on screen, PNG or TIFF", [];
    Files "save-cine" Action::Saving(SavingAction::Pick(Subject::Cine)), "Cine", "The series on screen as an animated PNG, without identity", [];
    Files "save-copies" Action::Saving(SavingAction::Pick(Subject::Copies)), "DICOM copies", "All files of the study as they are, identities included", [];
    Files "save-anonymised" Action::Saving(SavingAction::Pick(Subject::Anonymised)), "Anonymised copies", "All files of the study without identities (PS3.15 Basic Profile); pixels stay as they are", [];
    Images "previous-image" Action::Scroll(-1), "Previous image", "One image back", [key(Key::ArrowUp, "Up")];
    Images "next-image" Action::Scroll(1), "Next image", "One image on", [key(Key::ArrowDown, "Down")];
    Images "back-ten" Action::Scroll(-10), "Ten images back", "Ten images back", [shift(Key::ArrowUp, "Shift+Up")];
    Images "on-ten" Action::Scroll(10), "Ten images on", "Ten images on", [shift(Key::ArrowDown, "Shift+Down")];
    Images "first-image" Action::FirstImage, "First image", "To the first image", [key(Key::Home, "Home")];
    Images "last-image" Action::LastImage, "Last image", "To the last image", [key(Key::End, "End")];
    Images "previous-series" Action::PreviousSeries, "Previous series", "The series before this one", [key(Key::PageUp, "PgUp"), key(Key::ArrowLeft, "Left")];
    Images "next-series" Action::NextSeries, "Next series", "The series after this one", [key(Key::PageDown, "PgDn"), key(Key::ArrowRight, "Right")];
    Tools "window-level" Action::UseTool(Tool::WindowLevel), "Window/level", "Left drag: across changes the width, down the level", [key(Key::W, "W")];
    Tools "zoom" Action::UseTool(Tool::Zoom), "Zoom", "Left drag: up is larger; right drag always zooms", [key(Key::Z, "Z")];
    Tools "pan" Action::UseTool(Tool::Pan), "Pan", "Left drag moves the image; middle drag always does", [key(Key::T, "T")];
    Tools "scroll" Action::UseTool(Tool::Scroll), "Scroll", "Left drag goes through the images; the wheel always does", [key(Key::S, "S")];
    View "reset" Action::Reset, "Reset view", "Zoom, pan, turns, flips and window as at the beginning", [key(Key::R, "R")];
    View "fit" Action::Fit, "Fit image", "The whole image", [key(Key::Equals, "=")];
    View "zoom-in" Action::ZoomIn, "Zoom in", "Larger", [key(Key::Plus, "+")];
    View "zoom-out" Action::ZoomOut, "Zoom out", "Smaller", [key(Key::Minus, "-")];
    View "flip-horizontal" Action::FlipHorizontal, "Flip left-right", "Left for right; the orientation letters follow", [key(Key::H, "H")];
    View "flip-vertical" Action::FlipVertical, "Flip top-bottom", "Top for bottom; the orientation letters follow", [key(Key::V, "V")];
    View "rotate-right" Action::RotateRight, "Rotate right", "A quarter clockwise", [key(Key::CloseBracket, "]")];
    View "rotate-left" Action::RotateLeft, "Rotate left", "A quarter counter-clockwise", [key(Key::OpenBracket, "[")];
    View "annotations" Action::CycleAnnotations, "Annotations", "Text on the image: full, minimal, none", [key(Key::Space, "Space")];
    View "maximise" Action::ToggleMaximised, "Only the image", "Hide or show all panels; a double click does the same", [key(Key::F, "F")];
    View "full-screen" Action::ToggleFullScreen, "Full screen", "Fill the screen, or not", [key(Key::F11, "F11")];
    Window "invert" Action::Invert, "Invert", "Black for white", [key(Key::I, "I")];
    Window "window-auto" Action::WindowDigit(0), "Auto", "From the least to the greatest value, without padding", [key(Key::Num0, "0")];
    Window "window-file-1" Action::WindowDigit(1), "First window of the file", "As the file says", [key(Key::Num1, "1")];
    Window "window-file-2" Action::WindowDigit(2), "Second window of the file", "As the file says", [key(Key::Num2, "2")];
    Window "window-3" Action::WindowDigit(3), "Preset 3 (CT brain)", "A window in HU for CT; a part of the range for others", [key(Key::Num3, "3")];
    Window "window-4" Action::WindowDigit(4), "Preset 4 (CT subdural)", "A window in HU for CT; a part of the range for others", [key(Key::Num4, "4")];
    Window "window-5" Action::WindowDigit(5), "Preset 5 (CT stroke)", "A window in HU for CT; a part of the range for others", [key(Key::Num5, "5")];
    Window "window-6" Action::WindowDigit(6), "Preset 6 (CT soft tissue)", "A window in HU for CT; a part of the range for others", [key(Key::Num6, "6")];
    Window "window-7" Action::WindowDigit(7), "Preset 7 (CT mediastinum)", "A window in HU for CT; a part of the range for others", [key(Key::Num7, "7")];
    Window "window-8" Action::WindowDigit(8), "Preset 8 (CT lung)", "A window in HU for CT; a part of the range for others", [key(Key::Num8, "8")];
    Window "window-9" Action::WindowDigit(9), "Preset 9 (CT bone)", "A window in HU for CT; a part of the range for others", [key(Key::Num9, "9")];
    Compute "compress" Action::CompressSeries, "Compress k=32", "Keep the 32 strongest patterns of each slice and see the loss", [ctrl(Key::K, "Ctrl+K")];
    Compute "comparison" Action::ToggleComparison, "Compare", "Original, result and difference side by side, or the image alone", [ctrl(Key::D, "Ctrl+D")];
    Compute "swipe" Action::ToggleSwipe, "Swipe", "Original and result in one place, parted by a line that is drawn across", [Shortcut { key: Key::D, ctrl: true, shift: true, text: "Ctrl+Shift+D" }];
    Panels "notices" Action::ToggleNotices, "Notices", "What went wrong, with reasons", [ctrl(Key::M, "Ctrl+M")];
    Panels "self-test" Action::SelfTest(SelfTestAction::Toggle), "Self-test", "Whether the rules of display are kept on this machine, one image a rule", [Shortcut { key: Key::T, ctrl: true, shift: true, text: "Ctrl+Shift+T" }];
    Panels "larger-window" Action::Habit(HabitAction::Size(1)), "Larger window parts", "Text and buttons a step larger", [ctrl(Key::Plus, "Ctrl++"), ctrl(Key::Equals, "Ctrl+=")];
    Panels "smaller-window" Action::Habit(HabitAction::Size(-1)), "Smaller window parts", "Text and buttons a step smaller", [ctrl(Key::Minus, "Ctrl+-")];
    Panels "usual-window" Action::Habit(HabitAction::Size(0)), "Usual size", "Text and buttons as they ship", [Shortcut { key: Key::Num0, ctrl: true, shift: true, text: "Ctrl+Shift+0" }];
    Panels "keys" Action::ToggleKeys, "Keys", "Keys and gestures, language, light or dark, size", [key(Key::Questionmark, "?")];
    Panels "escape" Action::Escape, "Cancel", "Cancels what is in hand; never a result", [key(Key::Escape, "Esc")];
}
