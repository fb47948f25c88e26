//! The rules of the window: a state and an action or an event give a new state and commands. No drawing, no files.

mod array;
mod compute;
mod events;
mod files;
mod frames;
pub mod mesh;
pub mod models;
mod objects;
pub(crate) mod viewing;

#[cfg(test)]
mod tests;

use actor_messages::Command;

use crate::action::Action;
use crate::layout;
use crate::linking;
use crate::masks;
use crate::measure;
use crate::planes;
use crate::state::{Picker, Side, State};
use crate::tools::{self, Tool};

pub use events::receive;

/// What an action does to the state, and what the engine is asked for.
pub fn update(state: &mut State, action: Action) -> Vec<Command> {
    let mut commands = Vec::new();
    let before = linking::Before::of(&state.view);
    let again = state.planes.is_open() && planes::reopens(&action);
    if planes::ends(&action) {
        commands.extend(planes::cancel(state));
        commands.extend(planes::leave(state));
    }
    commands.extend(decide(state, action));
    if again {
        commands.extend(planes::start(state));
    }
    commands.extend(planes::settle(state));
    commands.extend(linking::settle(state, before));
    commands.extend(crate::fusion::settle(state));
    commands
}

fn decide(state: &mut State, action: Action) -> Vec<Command> {
    match action {
        Action::PickFiles => pick(state, Picker::Files),
        Action::PickFolder => pick(state, Picker::Folder),
        Action::PickMatrix => pick(state, Picker::Matrix),
        Action::OpenSample => match state.sample.clone() {
            Some(sample) => files::open(state, vec![sample]),
            None => files::no_sample(state),
        },
        Action::Open(paths) => files::open(state, paths),
        Action::ReadTextAs(text) => files::read_text_as(state, text),
        Action::CancelOpen => files::cancel(state),
        Action::CloseStudies => files::close(state),
        Action::ShowSeries(scan, key) => viewing::show_series(state, scan, &key),
        Action::NextSeries => viewing::step_series(state, 1),
        Action::PreviousSeries => viewing::step_series(state, -1),
        Action::Scroll(by) => viewing::scroll(state, by),
        Action::ScrollTo(index) => viewing::scroll_to(state, index),
        Action::FirstImage => viewing::scroll_to(state, 0),
        Action::LastImage => viewing::scroll_to(state, usize::MAX),
        Action::UseTool(tool) => {
            tools::end(&mut state.view);
            measure::cancel(&mut state.measuring);
            state.tool = tool;
            if matches!(tool, Tool::Mask(_)) {
                // What the brush draws is named, coloured and measured there.
                open_side(state, Side::Masks);
            }
            Vec::new()
        }
        Action::DragBegin(tool, at) => {
            tools::begin(&mut state.view, tool, at);
            Vec::new()
        }
        Action::DragBy(by, pace) => match tools::moved(&mut state.view, by, pace) {
            0 => Vec::new(),
            images => viewing::scroll(state, images),
        },
        Action::DragEnd => {
            tools::end(&mut state.view);
            Vec::new()
        }
        Action::Look(action) => tools::look::update(state, action),
        Action::Layout(action) => layout::update(state, action),
        Action::Session(action) => crate::session::update(state, action),
        Action::Fuse(action) => crate::fusion::update(state, action),
        Action::Hang(action) => crate::hanging::update(state, action),
        Action::Link(action) => linking::update(state, action),
        Action::Planes(action) => planes::update(state, action),
        // A brush is moved as a measurement is drawn.
        Action::Measure(action) if matches!(state.tool, Tool::Mask(_)) && action.is_of_hand() => {
            masks::hand(state, &action)
        }
        Action::Mask(action) => masks::update(state, action),
        Action::Measure(action) => measure::update(state, action),
        Action::Escape => escape(state),
        Action::Copy(text) => {
            state.wishes.copy = Some(text);
            Vec::new()
        }
        Action::ChooseOperation(_)
        | Action::SetParameter(..)
        | Action::SetScope(_)
        | Action::SetJobMesh(_)
        | Action::SetKeep(_)
        | Action::Run
        | Action::CompressSeries
        | Action::CancelJob(_)
        | Action::ControlJob(..)
        | Action::ResumeJob(_)
        | Action::RecomputeSchedule(_)
        | Action::Compare(_)
        | Action::ToggleComparison
        | Action::ToggleSwipe
        | Action::Swipe(_) => compute::update(state, action),
        Action::ShowSide(Side::Models) => {
            open_side(state, Side::Models);
            vec![Command::ListModels]
        }
        Action::ShowSide(Side::LaborArray) => {
            open_side(state, Side::LaborArray);
            vec![Command::ListInterrupted]
        }
        Action::AddModel(_)
        | Action::SetModelPath(_)
        | Action::AddTypedModel
        | Action::RemoveModel(_)
        | Action::DeployModel(..)
        | Action::TryModel(_)
        | Action::UseModel(_)
        | Action::UseModelBefore(_)
        | Action::SetLive(_)
        | Action::SetOpacity(_)
        | Action::RunModel(_) => models::update(state, action),
        Action::SetSharing(_)
        | Action::ShowPairingCode
        | Action::SetPairingCode(_)
        | Action::SetPairingAddress(_)
        | Action::Pair
        | Action::CancelPairing
        | Action::SetDialAddress(_)
        | Action::Dial
        | Action::AskForget(_)
        | Action::Forget(_) => mesh::update(state, action),
        Action::SelfTest(action) => crate::self_test::update(state, action),
        Action::Saving(action) => crate::saving::update(state, action),
        Action::Share(action) => crate::share::update(state, action),
        Action::Habit(action) => crate::habits::update(state, action),
        Action::ToggleObject(_)
        | Action::ToggleOverlays
        | Action::ToggleShutters
        | Action::ToggleObjects
        | Action::SetGraphicsOnly(_)
        | Action::SearchTags(_)
        | Action::FindTags => objects::update(state, action),
        Action::CycleAnnotations => {
            state.annotations = state.annotations.next();
            Vec::new()
        }
        Action::Reset if state.planes.is_open() => {
            layout::update(state, layout::LayoutAction::ResetAll)
        }
        other if viewing::changes_view(state, &other) => Vec::new(),
        other => {
            arrange_panels(state, &other);
            objects::follow_tags(state)
        }
    }
}

fn pick(state: &mut State, picker: Picker) -> Vec<Command> {
    state.wishes.picker = Some(picker);
    Vec::new()
}

/// Esc: the innermost thing that is in hand, one a press; never a result.
fn escape(state: &mut State) -> Vec<Command> {
    if state.habits.waiting.take().is_some() {
    } else if state.panels.keys {
        state.panels.keys = false;
    } else if state.self_test.open {
        state.self_test.open = false;
    } else if measure::cancel(&mut state.measuring)
        || tools::look::stop(&mut state.looking)
        || planes::give_back(&mut state.planes)
    {
    } else if state.hanging.naming.is_some() {
        return crate::hanging::update(state, crate::hanging::HangAction::ToggleNaming);
    } else if state.planes.refusal.is_some() {
        return planes::update(state, planes::PlanesAction::Dismiss);
    } else if state.fusion.building.is_some() {
        return crate::fusion::stop(state);
    } else if state.planes.building.is_some() {
        return planes::cancel(state);
    } else if let Some(index) = tools::cancel(&mut state.view) {
        return viewing::scroll_to(state, index);
    } else if state.pairing.forgetting.take().is_some() {
    } else if state.panels.full_screen {
        arrange_panels(state, &Action::ToggleFullScreen);
    } else if state.layout.single {
        state.layout.single = false;
    } else if state.panels.maximised {
        state.panels.maximised = false;
    } else {
        state.tool = crate::habits::first_tool(&state.habits);
    }
    Vec::new()
}

fn arrange_panels(state: &mut State, action: &Action) {
    let panels = &mut state.panels;
    match action {
        Action::ToggleMaximised => panels.maximised = !panels.maximised,
        Action::ToggleFullScreen => {
            panels.full_screen = !panels.full_screen;
            state.wishes.full_screen = Some(panels.full_screen);
        }
        Action::ToggleKeys => panels.keys = !panels.keys,
        Action::ToggleStudies => {
            panels.studies = panels.maximised || !panels.studies;
            panels.maximised = false;
        }
        Action::ToggleSide => {
            panels.side_open = panels.maximised || !panels.side_open;
            panels.maximised = false;
        }
        Action::ShowSide(side) => open_side(state, *side),
        Action::ToggleNotices => {
            panels.notices = !panels.notices;
            state.notices_unread = 0;
        }
        Action::ClearNotices => {
            state.notices.clear();
            for scan in &mut state.scans {
                scan.notices = Default::default();
            }
            state.notices_unread = 0;
        }
        _ => {}
    }
}

/// Brings a tab of the panel at the right to the front.
fn open_side(state: &mut State, side: Side) {
    state.panels.side = side;
    state.panels.side_open = true;
    state.panels.maximised = false;
}
