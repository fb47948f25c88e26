//! Everything a user can want, and the table of those that have a name, a tooltip and a key.

mod entry;
mod rows;

use std::path::PathBuf;

use actor_messages::{Digest, JobControl, JobId, RequestId};
use kernel_imaging::TextRule;

use crate::habits::{HabitAction, key_text};
use crate::job::Scope;
use crate::layout::LayoutAction;
use crate::linking::LinkAction;
use crate::masks::MaskAction;
use crate::measure::MeasureAction;
use crate::planes::PlanesAction;
use crate::saving::SavingAction;
use crate::self_test::SelfTestAction;
use crate::state::Side;
use crate::texts::tr;
use crate::tools::look::LookAction;
use crate::tools::table::READING_ACTIONS;
use crate::tools::{Pace, Tool};

pub use entry::{Entry, Group, Shortcut};
pub(crate) use entry::{ctrl, key, shift, table};
pub use rows::ACTIONS;

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
    /// What an earlier run left.
    Session(crate::session::SessionAction),
    /// Two series in one view.
    Fuse(crate::fusion::FuseAction),
    /// Hanging protocols and saved layouts.
    Hang(crate::hanging::HangAction),
    /// Views that go together.
    Link(LinkAction),
    /// Planes through a volume.
    Planes(PlanesAction),
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
    /// How text is read in files that name no character set, or a wrong one.
    ReadTextAs(TextRule),
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
    /// Go on with a job of an earlier process.
    ResumeJob(JobId),
    /// Compute the schedule of a job again, and say whether it is the one shown.
    RecomputeSchedule(RequestId),
    /// Show a job's results beside the originals.
    Compare(RequestId),
    /// Show or hide the panes of the comparison.
    ToggleComparison,
    /// Original and result in one place with a line between them, or side by side.
    ToggleSwipe,
    /// The line lies at so many thousandths of the width.
    Swipe(u16),
    /// Add a model that lies in a folder.
    AddModel(PathBuf),
    /// The folder typed.
    SetModelPath(String),
    /// Add the model of the folder typed.
    AddTypedModel,
    /// Remove a model from the registry.
    RemoveModel(Digest),
    /// Try a version beside the one on the image, or end the trial.
    TryModel(Option<Digest>),
    /// Bring a model to these paired workstations.
    DeployModel(Digest, Vec<String>),
    /// Let a name stand for this version of the model.
    UseModel(Digest),
    /// Let a name stand again for the version before.
    UseModelBefore(String),
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
    /// Masks over the series.
    Mask(MaskAction),
    /// Writing files for others.
    Saving(SavingAction),
    /// Whether the rules of display are kept here.
    SelfTest(SelfTestAction),
    /// Keys, language, light and dark, size.
    Habit(HabitAction),
    /// What is given, and what may leave.
    Share(crate::share::ShareAction),
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
    let (label, tooltip) = (tr(entry.label), tr(entry.tooltip));
    match key_text(entry) {
        Some(key) => format!("{label} ({key})\n{tooltip}"),
        None => format!("{label}\n{tooltip}"),
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
