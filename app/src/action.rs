//! Every action there is, in one table: its name, label, tooltip and shortcut.

use std::path::PathBuf;

use actor_messages::{Digest, JobControl, RequestId};
use eframe::egui::Key;

use crate::job::Scope;
use crate::layout::LayoutAction;
use crate::measure::MeasureAction;
use crate::state::Side;
use crate::tools::look::LookAction;
use crate::tools::table::READING_ACTIONS;
use crate::tools::{Pace, Tool};

/// What the user wants. Panels return these; `update` decides.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Choose files to open.
    PickFiles,
    /// Choose a folder to open.
    PickFolder,
    /// Choose a file of weights.
    PickMatrix,
    /// Open the sample study.
    OpenSample,
    /// Open these.
    Open(Vec<PathBuf>),
    /// Stop the running scan.
    CancelOpen,
    /// Close everything and go back to the welcome screen.
    CloseStudies,
    /// Show a series.
    ShowSeries(Option<RequestId>, String),
    /// The series after this one.
    NextSeries,
    /// The series before this one.
    PreviousSeries,
    /// Move by so many images.
    Scroll(i64),
    /// To this image.
    ScrollTo(usize),
    /// To the first image.
    FirstImage,
    /// To the last image.
    LastImage,
    /// What a left drag does from now on.
    UseTool(Tool),
    /// A drag begins at a point of the pane, in screen pixels.
    DragBegin(Tool, [f64; 2]),
    /// The drag moved by so many screen pixels.
    DragBy([f64; 2], Pace),
    /// The drag is over.
    DragEnd,
    /// Colours, interpolation, cine, key images.
    Look(LookAction),
    /// Several views side by side.
    Layout(LayoutAction),
    /// Drawing and keeping measurements.
    Measure(MeasureAction),
    /// Zoom about a point of the pane, or its centre.
    ZoomBy(Option<[f64; 2]>, f64),
    /// A pane is drawn at this size in screen pixels.
    Resized([usize; 2]),
    /// The whole image.
    Fit,
    /// Larger.
    ZoomIn,
    /// Smaller.
    ZoomOut,
    /// Zoom, pan, turns, flips and window as at the beginning.
    Reset,
    /// Black for white.
    Invert,
    /// Left for right.
    FlipHorizontal,
    /// Top for bottom.
    FlipVertical,
    /// A quarter clockwise.
    RotateRight,
    /// A quarter counter-clockwise.
    RotateLeft,
    /// A window by its digit: 0 auto, 1 and 2 the file's, 3 to 9 the modality's.
    WindowDigit(u8),
    /// One of the file's windows or tables.
    WindowFile(usize),
    /// A preset by its name.
    WindowPreset(&'static str),
    /// Full, minimal, none.
    CycleAnnotations,
    /// Overlay planes, on or off.
    ToggleOverlays,
    /// Shutters, on or off.
    ToggleShutters,
    /// Segments, contours and graphics, on or off.
    ToggleObjects,
    /// One object beside the images: lay it over them, look through it, or read it; or not.
    ToggleObject(PathBuf),
    /// Only the graphics of a presentation state.
    SetGraphicsOnly(bool),
    /// What the tag inspector searches for.
    SearchTags(String),
    /// The tag inspector, ready to be typed into.
    FindTags,
    /// Only the image, or everything.
    ToggleMaximised,
    /// The whole screen, or a window.
    ToggleFullScreen,
    /// Cancel what is in hand.
    Escape,
    /// The sheet of keys.
    ToggleKeys,
    /// The study list.
    ToggleStudies,
    /// The panel at the right.
    ToggleSide,
    /// A tab of the panel at the right.
    ShowSide(Side),
    /// The notices drawer.
    ToggleNotices,
    /// Forget the notices.
    ClearNotices,
    /// Put text on the clipboard.
    Copy(String),
    /// Another operation.
    ChooseOperation(String),
    /// A parameter's text: operation, parameter, value.
    SetParameter(String, String, String),
    /// Slice or series.
    SetScope(Scope),
    /// Whether paired workstations may help.
    SetJobMesh(bool),
    /// Whether results are written.
    SetKeep(bool),
    /// Run what the form says.
    Run,
    /// Compress the series with k = 32 and show the loss.
    CompressSeries,
    /// Stop a job.
    CancelJob(RequestId),
    /// Pause a job, let it go on, or change its priority.
    ControlJob(RequestId, JobControl),
    /// Show a job's results beside the originals.
    Compare(RequestId),
    /// Show or hide the panes of the comparison.
    ToggleComparison,
    /// Add a model that lies in a folder.
    AddModel(PathBuf),
    /// The folder typed.
    SetModelPath(String),
    /// Add the model of the folder typed.
    AddTypedModel,
    /// Remove a model from the registry.
    RemoveModel(Digest),
    /// Run a model on the image on screen, or none.
    SetLive(Option<Digest>),
    /// How much of labels is seen over the image, 0 to 1.
    SetOpacity(f32),
    /// Run a model over the series, as a job.
    RunModel(Digest),
    /// The one switch.
    SetSharing(bool),
    /// Show a pairing code.
    ShowPairingCode,
    /// The code typed.
    SetPairingCode(String),
    /// The address typed.
    SetPairingAddress(String),
    /// Pair with the code typed.
    Pair,
    /// Stop pairing.
    CancelPairing,
    /// The address typed to connect to.
    SetDialAddress(String),
    /// Connect to it.
    Dial,
    /// Ask once more before a peer is forgotten, or take the question back.
    AskForget(Option<String>),
    /// Forget a peer.
    Forget(String),
    /// What is given, and what may leave.
    Share(crate::share::ShareAction),
}

/// A key with its modifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shortcut {
    /// The key, by what it means.
    pub key: Key,
    /// Ctrl, or Command on a Mac.
    pub ctrl: bool,
    /// Shift.
    pub shift: bool,
    /// How the key sheet writes it.
    pub text: &'static str,
}

pub(crate) const fn key(key: Key, text: &'static str) -> Shortcut {
    Shortcut {
        key,
        ctrl: false,
        shift: false,
        text,
    }
}

pub(crate) const fn ctrl(key: Key, text: &'static str) -> Shortcut {
    Shortcut {
        key,
        ctrl: true,
        shift: false,
        text,
    }
}

pub(crate) const fn shift(key: Key, text: &'static str) -> Shortcut {
    Shortcut {
        key,
        ctrl: false,
        shift: true,
        text,
    }
}

/// Where the key sheet lists an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Opening and closing.
    Files,
    /// Images and series.
    Images,
    /// What a drag does.
    Tools,
    /// Measurements.
    Measure,
    /// How the image lies.
    View,
    /// Greys.
    Window,
    /// Operations.
    Compute,
    /// Panels.
    Panels,
}

impl Group {
    /// All, in the order of the key sheet.
    pub const ALL: [Self; 8] = [
        Self::Files,
        Self::Images,
        Self::Tools,
        Self::Measure,
        Self::View,
        Self::Window,
        Self::Compute,
        Self::Panels,
    ];

    /// Its heading.
    pub fn label(self) -> &'static str {
        match self {
            Self::Files => "Files",
            Self::Images => "Images",
            Self::Tools => "Left drag",
            Self::Measure => "Measure",
            Self::View => "View",
            Self::Window => "Window",
            Self::Compute => "Compute",
            Self::Panels => "Panels",
        }
    }
}

/// One row of the table.
pub struct Entry {
    /// A stable name.
    pub id: &'static str,
    /// What happens.
    pub action: Action,
    /// On buttons and in menus.
    pub label: &'static str,
    /// One sentence.
    pub tooltip: &'static str,
    /// The keys that do it; the first is shown.
    pub shortcuts: &'static [Shortcut],
    /// Where the key sheet lists it.
    pub group: Group,
}

macro_rules! table {
    ($name:ident; $($group:ident $id:literal $action:expr, $label:literal, $tooltip:literal, [$($shortcut:expr),*];)*) => {
        /// Rows of the table of actions.
        pub static $name: &[$crate::action::Entry] = &[$($crate::action::Entry {
            id: $id,
            action: $action,
            label: $label,
            tooltip: $tooltip,
            shortcuts: &[$($shortcut),*],
            group: $crate::action::Group::$group,
        }),*];
    };
}
pub(crate) use table;

table! {
    ACTIONS;
    Files "open-files" Action::PickFiles, "Open files", "Choose DICOM files to open", [ctrl(Key::O, "Ctrl+O")];
    Files "open-folder" Action::PickFolder, "Open folder", "Choose a folder; all folders in it are searched", [Shortcut { key: Key::O, ctrl: true, shift: true, text: "Ctrl+Shift+O" }];
    Files "open-sample" Action::OpenSample, "Open the sample study", "27 slices of a head, public domain", [];
    Files "close-studies" Action::CloseStudies, "Close all studies", "Back to the welcome screen", [ctrl(Key::W, "Ctrl+W")];
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
    Panels "notices" Action::ToggleNotices, "Notices", "What went wrong, with reasons", [ctrl(Key::M, "Ctrl+M")];
    Panels "keys" Action::ToggleKeys, "Keys", "This sheet", [key(Key::Questionmark, "?")];
    Panels "escape" Action::Escape, "Cancel", "Cancels what is in hand; never a result", [key(Key::Escape, "Esc")];
}

/// Every row: those above, and those of reading tools.
pub fn entries() -> impl Iterator<Item = &'static Entry> {
    ACTIONS.iter().chain(READING_ACTIONS)
}

/// The row of an action, if it is in the table.
pub fn entry(action: &Action) -> Option<&'static Entry> {
    entries().find(|entry| entry.action == *action)
}

/// What a tooltip says: the label, its key, the sentence.
pub fn hover_text(action: &Action) -> String {
    let Some(entry) = entry(action) else {
        return String::new();
    };
    match entry.shortcuts.first() {
        Some(shortcut) => format!("{} ({})\n{}", entry.label, shortcut.text, entry.tooltip),
        None => format!("{}\n{}", entry.label, entry.tooltip),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_actions_share_a_name_or_a_key() {
        let mut names: Vec<_> = entries().map(|entry| entry.id).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), entries().count());
        let keys: Vec<_> = entries()
            .flat_map(|entry| entry.shortcuts)
            .map(|shortcut| (shortcut.key, shortcut.ctrl, shortcut.shift))
            .collect();
        for (at, shortcut) in keys.iter().enumerate() {
            assert!(
                !keys[..at].contains(shortcut),
                "two actions share {shortcut:?}"
            );
        }
    }

    #[test]
    fn tooltips_name_the_key() {
        assert!(hover_text(&Action::CompressSeries).contains("Ctrl+K"));
        assert_eq!(hover_text(&Action::Open(Vec::new())), "");
    }
}
