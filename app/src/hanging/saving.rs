//! Layouts that the user saves under a name: hanging protocols made of what is in view.

use actor_messages::Command;
use kernel_imaging::{Severity, Study};

use super::{Cell, Condition, HangingLayout, HangingProtocol, NAME_MAX, PROTOCOLS_MAX, check};
use crate::planes;
use crate::stack::StackView;
use crate::state::State;

/// What the hands want of hanging protocols.
#[derive(Clone, Debug, PartialEq)]
pub enum HangAction {
    /// Fill the views by the protocol of this name.
    Choose(String),
    /// Ask for a name to save the layout in view under, or ask no more.
    ToggleNaming,
    /// The name typed.
    SetName(String),
    /// Save the layout in view under the name typed.
    Save,
    /// Remove a layout that was saved.
    Forget(String),
}

/// What an action does.
pub fn update(state: &mut State, action: HangAction) -> Vec<Command> {
    let hanging = &mut state.hanging;
    match action {
        HangAction::Choose(name) => return super::choose(state, &name),
        HangAction::ToggleNaming => {
            hanging.naming = match hanging.naming {
                Some(_) => None,
                None => Some(String::new()),
            };
        }
        HangAction::SetName(name) => {
            hanging.naming = Some(name.chars().take(NAME_MAX).collect());
        }
        HangAction::Save => save(state),
        HangAction::Forget(name) => {
            hanging.saved.retain(|known| *known != name);
            hanging.protocols.retain(|known| known.name != name);
            state.wishes.save_layouts = true;
        }
    }
    Vec::new()
}

fn save(state: &mut State) {
    let Some(name) = state.hanging.naming.take() else {
        return;
    };
    let name = name.trim().to_owned();
    let hanging = &state.hanging;
    let taken = hanging.named(&name).is_some() && !hanging.saved.contains(&name);
    let problem = if taken {
        Some(format!(
            "`{name}` is the name of a hanging protocol already"
        ))
    } else if hanging.saved.len() >= PROTOCOLS_MAX && !hanging.saved.contains(&name) {
        Some(format!(
            "No more than {PROTOCOLS_MAX} layouts are kept; remove some"
        ))
    } else {
        None
    };
    let made = match problem {
        Some(problem) => Err(problem),
        None => check(in_view(state, &name)),
    };
    match made {
        Ok(protocol) => {
            state.hanging.add(protocol, true);
            state.hanging.applied = Some(name);
            state.wishes.save_layouts = true;
        }
        Err(problem) => {
            state.say(
                Severity::Warning,
                format!("The layout is not saved: {problem}"),
            );
            // What was typed can be mended.
            state.hanging.naming = Some(name);
        }
    }
}

/// The protocol of what is in view: kinds of images, no word of a patient and no number of a study.
fn in_view(state: &State, name: &str) -> HangingProtocol {
    let linking = &state.linking;
    let linked = linking.scroll && linking.zoom && linking.window;
    let (layout, cells) = if state.planes.is_open() {
        let layout = HangingLayout {
            rows: 1,
            columns: 1,
            planes: true,
            linked: false,
        };
        let source = planes::before(state).map_or(&state.view, |(_, view)| view);
        (layout, vec![cell(state, source, None)])
    } else {
        let layout = &state.layout;
        let views = || (0..layout.count()).map(|slot| layout.view(slot, &state.view));
        let hung = views().find_map(|view| study_of(state, view));
        let hanging = HangingLayout {
            rows: layout.rows,
            columns: layout.columns,
            planes: false,
            linked,
        };
        (
            hanging,
            views().map(|view| cell(state, view, hung)).collect(),
        )
    };
    let modality = cells.iter().find_map(|cell| cell.modality.clone());
    HangingProtocol {
        name: name.to_owned(),
        rank: 0,
        automatic: false,
        when: Condition {
            modality: modality.into_iter().collect(),
            body_part: Vec::new(),
            cells_min: Some(1),
        },
        layout,
        cells,
    }
}

fn study_of<'a>(state: &'a State, view: &StackView) -> Option<&'a Study> {
    let stack = view.stack.as_ref()?;
    let mut all = state.series();
    all.find(|(scan, _, series)| *scan == stack.scan && series.key == stack.key)
        .map(|(_, study, _)| study)
}

/// What a view shows, as a cell asks for it; `hung` is the study of the first view.
fn cell(state: &State, view: &StackView, hung: Option<&Study>) -> Cell {
    let (Some(stack), Some(frame)) = (&view.stack, view.wanted()) else {
        return Cell {
            empty: true,
            ..Cell::default()
        };
    };
    let said = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let by_image = stack.modality == "MG";
    let earlier = match (hung, study_of(state, view)) {
        (Some(hung), Some(study)) => usize::from(hung.uid != study.uid),
        _ => 0,
    };
    Cell {
        modality: said(&stack.modality),
        laterality: said(&frame.attributes().laterality).filter(|_| by_image),
        view: said(&frame.instance.view_position).filter(|_| by_image),
        prior: earlier,
        chest_wall: match view.justify {
            crate::stack::Justify::Left => Some(super::Edge::Left),
            crate::stack::Justify::Right => Some(super::Edge::Right),
            crate::stack::Justify::Centre => None,
        },
        ..Cell::default()
    }
}
