//! Several views: each keeps its own series, and answers find the view that asked.

use super::*;
use crate::layout::LayoutAction;
use kernel_imaging::Patient;

fn act(state: &mut State, action: LayoutAction) -> Vec<Command> {
    update(state, Action::Layout(action))
}

fn key(state: &State, slot: usize) -> Option<&str> {
    let stack = state.layout.view(slot, &state.view).stack.as_ref();
    stack.map(|stack| stack.key.as_str())
}

#[test]
fn each_view_keeps_its_series_and_gets_its_own_answers() {
    let mut state = opened(5);
    show(&mut state);
    act(&mut state, LayoutAction::Grid(1, 2));
    assert_eq!((key(&state, 0), key(&state, 1)), (Some("first"), None));
    let scan = Some(RequestId(1));
    let commands = act(&mut state, LayoutAction::ShowIn(1, scan, "second".into()));
    assert_eq!(
        (key(&state, 0), key(&state, 1)),
        (Some("first"), Some("second"))
    );
    let [Command::ShowFrame { viewport, .. }] = commands[..] else {
        panic!("{commands:?}")
    };
    assert_eq!(viewport, state.view.id);
    // The answer comes after the user went back to the first view.
    let answer = ready(&state, state.view.generation.0);
    act(&mut state, LayoutAction::Activate(0));
    receive(&mut state, answer);
    assert!(state.layout.view(1, &state.view).shown.is_some());
    assert_eq!(state.layout.view(1, &state.view).id, viewport);
    assert_eq!(key(&state, 0), Some("first"));
    // Scrolling moves the active view alone.
    update(&mut state, Action::Scroll(2));
    assert_eq!(
        (state.view.index, state.layout.view(1, &state.view).index),
        (2, 0)
    );
}

#[test]
fn a_smaller_grid_keeps_the_active_view_and_names_are_not_used_again() {
    let mut state = opened(5);
    act(&mut state, LayoutAction::Grid(9, 9));
    assert_eq!(state.layout.count(), 16);
    act(
        &mut state,
        LayoutAction::ShowIn(15, Some(RequestId(1)), "second".into()),
    );
    let gone = state.layout.view(14, &state.view).id;
    act(&mut state, LayoutAction::Grid(1, 2));
    assert_eq!((state.layout.active, key(&state, 1)), (1, Some("second")));
    act(&mut state, LayoutAction::Grid(4, 4));
    assert!((0..16).all(|slot| state.layout.view(slot, &state.view).id != gone));
    let mut ids: Vec<ViewportId> = (0..16)
        .map(|slot| state.layout.view(slot, &state.view).id)
        .collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 16);
}

#[test]
fn one_view_fills_the_screen_and_escape_brings_all_back() {
    let mut state = opened(5);
    act(&mut state, LayoutAction::ToggleSingle);
    assert!(!state.layout.single);
    act(&mut state, LayoutAction::Grid(2, 2));
    act(&mut state, LayoutAction::ToggleSingle);
    assert!(state.layout.single && !state.layout.is_grid());
    update(&mut state, Action::Escape);
    assert!(state.layout.is_grid());
    act(&mut state, LayoutAction::NextView);
    assert_eq!(state.layout.active, 1);
}

#[test]
fn closing_the_studies_leaves_no_picture_in_any_view() {
    let mut state = opened(5);
    show(&mut state);
    act(&mut state, LayoutAction::Grid(1, 2));
    act(&mut state, LayoutAction::Activate(1));
    update(&mut state, Action::CloseStudies);
    act(&mut state, LayoutAction::Grid(2, 2));
    assert!((0..4).all(|slot| state.layout.view(slot, &state.view).shown.is_none()));
}

#[test]
fn rule_25_patients_are_never_side_by_side() {
    let mut state = opened(5);
    let mut other = series("third", "MR", 2);
    for reference in &mut other.frames {
        let mut instance = (*reference.instance).clone();
        instance.patient = Arc::new(Patient {
            name: Phi::new("Phantom^Other".into()),
            ..Patient::default()
        });
        reference.instance = Arc::new(instance);
    }
    let first = state.scans[0].studies[0].clone();
    let second = Study {
        series: vec![other],
        ..Study::default()
    };
    receive(&mut state, studies(vec![first, second], true));
    act(&mut state, LayoutAction::Grid(1, 3));
    let scan = Some(RequestId(1));
    act(&mut state, LayoutAction::ShowIn(1, scan, "second".into()));
    assert_eq!(
        (key(&state, 0), key(&state, 1)),
        (Some("first"), Some("second"))
    );
    act(&mut state, LayoutAction::ShowIn(2, scan, "third".into()));
    let keys = [0, 1, 2].map(|slot| key(&state, slot));
    assert_eq!(keys, [None, None, Some("third")]);
    assert!(
        state
            .notices
            .iter()
            .any(|notice| notice.text.contains("another patient"))
    );
}
