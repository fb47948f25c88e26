//! What comes back after a crash: everything that was on screen, by paths and numbers alone.

use super::planes::{answer, state_with_a_volume};
use super::*;
use crate::layout::LayoutAction;
use crate::measure::{Kind, MeasureAction};
use crate::planes::PlanesAction;
use crate::session::{Left, Session, SessionAction, capture, parsed, written};
use crate::tools::look::LookAction;

/// Opens what a session names, as the engine would, in a new program.
fn come_back(session: &Session, all: &[Study]) -> State {
    let mut state = State::default();
    state.sessions.left = Some(Left {
        file: PathBuf::from("/home/sessions/1-2.session"),
        session: session.clone(),
    });
    let commands = update(&mut state, Action::Session(SessionAction::Restore));
    let opened = |command: &Command| match command {
        Command::Open { paths, .. } => Some(paths.clone()),
        _ => None,
    };
    let paths: Vec<_> = commands.iter().filter_map(opened).collect();
    assert_eq!(paths, session.scans);
    // The images come in two parts, as large folders do.
    let first = all.iter().take(1).cloned().collect();
    let commands = receive(&mut state, studies(first, false));
    answer(&mut state, commands);
    let commands = receive(&mut state, studies(all.to_vec(), true));
    answer(&mut state, commands);
    state
}

fn kept(state: &State) -> (Session, Vec<u8>) {
    let session = capture(state).expect("something is open");
    let bytes = written(&session).expect("numbers and paths");
    (session, bytes)
}

/// Two views, one of them zoomed and windowed, a length, a key image.
fn arranged() -> State {
    let mut state = state_with_a_volume();
    update(&mut state, Action::Resized([640, 640]));
    update(&mut state, Action::Layout(LayoutAction::Grid(2, 2)));
    let scan = Some(RequestId(1));
    let show = LayoutAction::ShowIn(3, scan, "second".into());
    let commands = update(&mut state, Action::Layout(show));
    answer(&mut state, commands);
    update(&mut state, Action::Layout(LayoutAction::Activate(0)));
    for action in [
        Action::Scroll(4),
        Action::ZoomBy(Some([100.0, 50.0]), 1.5),
        Action::WindowPreset("Lung"),
        Action::Invert,
        Action::RotateRight,
        Action::Look(LookAction::ToggleKeyImage),
        Action::UseTool(Tool::Measure(Kind::Length)),
    ] {
        let commands = update(&mut state, action);
        answer(&mut state, commands);
    }
    for at in [[200.0, 200.0], [300.0, 240.0]] {
        update(&mut state, Action::Measure(MeasureAction::Click(at)));
    }
    state
}

#[test]
fn views_windows_measurements_and_key_images_come_back_as_they_were() {
    let state = arranged();
    let (session, bytes) = kept(&state);
    let read = parsed(&bytes).expect("what was written");
    let back = come_back(&read, &state.scans[0].studies.clone());
    assert_eq!(capture(&back), Some(session));
    assert_eq!(back.view.index, state.view.index);
    assert_eq!(back.view.presentation, state.view.presentation);
    assert!(back.view.shown.is_some());
    let figures = |state: &State| state.measuring.list[0].figures.clone();
    assert!(figures(&state).length.is_some());
    assert_eq!(
        figures(&back),
        figures(&state),
        "measured anew on the image"
    );
    assert_eq!(back.looking.key_images, state.looking.key_images);
    let file = back.wishes.replace_session.clone();
    assert!(
        file.is_some(),
        "the file goes when this run has kept its own"
    );
    assert!(!crate::session::is_restoring(&back));
}

#[test]
fn planes_come_back_turned_and_at_their_point() {
    let mut state = state_with_a_volume();
    update(&mut state, Action::Resized([640, 640]));
    // Found automatically, it is the planes' own and not that of the series they came from.
    update(&mut state, Action::WindowDigit(0));
    for action in [
        PlanesAction::Toggle,
        PlanesAction::Turn(3),
        PlanesAction::Thickness(90),
    ] {
        let commands = update(&mut state, Action::Planes(action));
        answer(&mut state, commands);
    }
    update(&mut state, Action::Layout(LayoutAction::Activate(1)));
    let commands = update(&mut state, Action::Scroll(5));
    answer(&mut state, commands);
    let (session, bytes) = kept(&state);
    let read = parsed(&bytes).expect("what was written");
    let back = come_back(&read, &state.scans[0].studies.clone());
    let (was, is) = (
        session.planes.expect("planes"),
        capture(&back).expect("open"),
    );
    let is = is.planes.expect("planes again");
    assert_eq!(is.directions_lps, was.directions_lps);
    for axis in 0..3 {
        assert!((is.point_lps_mm[axis] - was.point_lps_mm[axis]).abs() < 1e-9);
    }
    assert_eq!((is.active, is.thickness_mm), (1, 9.0));
    assert!((0..3).all(|slot| {
        back.layout.view(slot, &back.view).presentation == state.view.presentation
    }));
    let words = |state: &State| state.view.plane.as_ref().map(|plane| plane.words());
    assert_eq!(words(&back), words(&state));
}

#[test]
fn no_word_of_a_patient_is_kept() {
    let mut state = arranged();
    let id = state.measuring.list[0].id;
    let words = "Roe^Jane, born in May".to_owned();
    update(
        &mut state,
        Action::Measure(MeasureAction::Rename(id, words)),
    );
    let (session, bytes) = kept(&state);
    let text = format!("{session:?} {}", String::from_utf8_lossy(&bytes));
    for told in ["HEAD", "Jane", "SOFT", "1.2.3"] {
        assert!(!text.contains(told), "`{told}` in {text}");
    }
}

#[test]
fn what_lies_there_no_more_is_said_and_the_rest_comes_back() {
    let state = arranged();
    let (mut session, _) = kept(&state);
    if let Some(Some(view)) = session.views.get_mut(3) {
        view.image.file = PathBuf::from("/data/gone.dcm");
    }
    let back = come_back(&session, &state.scans[0].studies.clone());
    assert_eq!(back.view.index, state.view.index);
    assert!(back.layout.view(3, &back.view).is_empty());
    let said = back
        .notices
        .iter()
        .any(|notice| notice.text.contains("did not come back"));
    assert!(said);
}

#[test]
fn a_session_that_is_not_wanted_is_forgotten() {
    let mut state = State::default();
    let (session, _) = kept(&arranged());
    let file = PathBuf::from("/home/sessions/1-2.session");
    state.sessions.left = Some(Left {
        file: file.clone(),
        session,
    });
    update(&mut state, Action::Session(SessionAction::Forget));
    assert_eq!(state.wishes.forget_session, Some(file));
    assert!(state.sessions.left.is_none() && state.is_empty());
}
