//! Opening, scrolling, windows, notices, pairing.

use super::*;

#[test]
fn an_answer_to_an_older_request_is_dropped() {
    let mut state = opened(5);
    update(&mut state, Action::Scroll(1));
    update(&mut state, Action::Scroll(1));
    let stale = ready(&state, state.view.generation.0 - 1);
    receive(&mut state, stale);
    assert!(state.view.shown.is_none());
    show(&mut state);
    assert_eq!(state.view.shown.as_ref().map(|shown| shown.index), Some(2));
}

#[test]
fn another_viewports_answer_is_dropped() {
    let mut state = opened(5);
    let mut other = ready(&state, state.view.generation.0);
    if let Event::FrameReady { viewport, .. } = &mut other {
        *viewport = ViewportId(7);
    }
    receive(&mut state, other);
    assert!(state.view.shown.is_none());
}

#[test]
fn scrolling_stops_at_both_ends() {
    let mut state = opened(5);
    assert!(update(&mut state, Action::Scroll(-1)).is_empty());
    assert!(!update(&mut state, Action::Scroll(10)).is_empty());
    assert_eq!(state.view.index, 4);
    assert!(update(&mut state, Action::Scroll(1)).is_empty());
    update(&mut state, Action::FirstImage);
    assert_eq!(state.view.index, 0);
    update(&mut state, Action::LastImage);
    assert_eq!(state.view.index, 4);
}

#[test]
fn frames_ahead_are_asked_for_nearest_first_in_the_direction_of_scrolling() {
    let mut state = opened(30);
    update(&mut state, Action::ScrollTo(20));
    let commands = update(&mut state, Action::Scroll(-1));
    let [Command::ShowFrame { read_ahead, .. }] = &commands[..] else {
        panic!("{commands:?}")
    };
    let wanted = ["1.2.18", "1.2.20", "1.2.17", "1.2.21", "1.2.16"];
    let asked: Vec<&str> = read_ahead
        .iter()
        .take(5)
        .map(|frame| frame.instance.sop_instance_uid.as_str())
        .collect();
    assert_eq!(asked, wanted);
}

#[test]
fn a_failed_frame_never_leaves_the_old_picture_in_its_place() {
    let mut state = opened(5);
    show(&mut state);
    update(&mut state, Action::Scroll(1));
    let (viewport, generation) = (state.view.id, state.view.generation);
    let reason = "The file is truncated".to_owned();
    receive(
        &mut state,
        Event::FrameFailed {
            viewport,
            generation,
            reason: reason.clone(),
        },
    );
    assert!(state.view.shown.is_none());
    assert_eq!(state.view.failure, Some(reason));
}

#[test]
fn a_growing_series_keeps_the_image_that_is_looked_at() {
    let mut state = opened(3);
    update(&mut state, Action::ScrollTo(1));
    let mut grown = series("first", "CT", 3);
    grown.frames.insert(0, reference(90, "CT"));
    let study = Study {
        series: vec![grown],
        ..Study::default()
    };
    receive(&mut state, studies(vec![study], true));
    assert_eq!(state.view.index, 2);
    assert_eq!(
        state
            .view
            .wanted()
            .expect("a frame")
            .instance
            .sop_instance_uid,
        "1.2.1"
    );
}

#[test]
fn digits_choose_the_files_windows_and_the_presets_of_the_modality() {
    let mut state = opened(5);
    show(&mut state);
    assert_eq!(state.view.presentation.voi, VoiChoice::File(0));
    update(&mut state, Action::WindowDigit(8));
    let (lung, _) = state.view.window().expect("a window");
    assert_eq!((lung.center(), lung.width()), (-600.0, 1_500.0));
    // The file has one window only: the second key changes nothing.
    update(&mut state, Action::WindowDigit(2));
    assert_eq!(state.view.window().expect("a window").0, lung);
    update(&mut state, Action::WindowDigit(1));
    assert_eq!(state.view.presentation.voi, VoiChoice::File(0));
    update(&mut state, Action::WindowDigit(0));
    assert_eq!(state.view.presentation.voi, VoiChoice::Auto);
}

#[test]
fn a_drag_widens_to_the_right_and_escape_gives_the_window_back() {
    let mut state = opened(5);
    show(&mut state);
    let (before, _) = state.view.window().expect("a window");
    update(
        &mut state,
        Action::DragBegin(Tool::WindowLevel, [10.0, 10.0]),
    );
    update(&mut state, Action::DragBy([20.0, 5.0], Pace::Normal));
    let (after, _) = state.view.window().expect("a window");
    assert!(after.width() > before.width() && after.center() > before.center());
    update(&mut state, Action::Escape);
    assert_eq!(state.view.presentation.voi, VoiChoice::File(0));
    assert!(state.view.drag.is_none());
}

#[test]
fn zoom_keeps_the_point_under_the_press_and_pan_moves_with_the_hand() {
    let mut state = opened(5);
    show(&mut state);
    update(&mut state, Action::Resized([400, 300]));
    let aspect = 1.0;
    state.view.unfit();
    let press = [100.0, 80.0];
    let point = state
        .view
        .transform
        .image_from_view(press, aspect, [400, 300]);
    update(&mut state, Action::DragBegin(Tool::Zoom, press));
    update(&mut state, Action::DragBy([0.0, -60.0], Pace::Normal));
    let zoomed = state
        .view
        .transform
        .image_from_view(press, aspect, [400, 300]);
    assert!((zoomed[0] - point[0]).abs() < 1e-9 && (zoomed[1] - point[1]).abs() < 1e-9);
    update(&mut state, Action::DragEnd);
    update(&mut state, Action::DragBegin(Tool::Pan, press));
    update(&mut state, Action::DragBy([30.0, 0.0], Pace::Normal));
    let panned = state
        .view
        .transform
        .image_from_view([130.0, 80.0], aspect, [400, 300]);
    assert!((panned[0] - point[0]).abs() < 1e-9);
    update(&mut state, Action::Fit);
    assert!(state.view.fitted);
}

#[test]
fn cancelling_a_scan_keeps_what_was_found() {
    let mut state = State::default();
    update(&mut state, Action::Open(vec![PathBuf::from("/data")]));
    let study = Study {
        series: vec![series("first", "CT", 2)],
        ..Study::default()
    };
    receive(&mut state, studies(vec![study], false));
    let commands = update(&mut state, Action::CancelOpen);
    assert!(matches!(commands[..], [Command::CancelOpen(RequestId(1))]));
    assert_eq!(state.series().count(), 1);
}

#[test]
fn opening_the_same_again_lists_it_once() {
    let mut state = opened(3);
    update(&mut state, Action::Open(vec![PathBuf::from("/data")]));
    assert_eq!(state.scans.len(), 1);
    assert_eq!(state.recent, [PathBuf::from("/data")]);
}

#[test]
fn series_keys_go_through_the_list_and_stop_at_its_ends() {
    let mut state = opened(3);
    assert!(update(&mut state, Action::PreviousSeries).is_empty());
    update(&mut state, Action::NextSeries);
    assert_eq!(
        state.view.stack.as_ref().map(|stack| stack.key.as_str()),
        Some("second")
    );
    assert!(update(&mut state, Action::NextSeries).is_empty());
}

#[test]
fn closing_makes_answers_under_way_stale() {
    let mut state = opened(3);
    let late = ready(&state, state.view.generation.0);
    update(&mut state, Action::CloseStudies);
    assert!(state.is_empty());
    receive(&mut state, late);
    assert!(state.view.shown.is_none() && state.view.stack.is_none());
}

#[test]
fn notices_are_bounded_and_counted_while_the_drawer_is_shut() {
    let mut state = State::default();
    for number in 0..crate::state::NOTICES_KEPT_MAX + 5 {
        let notice = Notice::new(Severity::Warning, number.to_string());
        receive(&mut state, Event::Notice(notice));
    }
    assert_eq!(state.notices.len(), crate::state::NOTICES_KEPT_MAX);
    assert_eq!(state.notices_unread, crate::state::NOTICES_KEPT_MAX + 5);
    update(&mut state, Action::ToggleNotices);
    assert_eq!(state.notices_unread, 0);
}

#[test]
fn a_pairing_code_needs_six_words_and_is_not_kept() {
    let mut state = State::default();
    update(&mut state, Action::SetPairingCode("one two three".into()));
    assert!(update(&mut state, Action::Pair).is_empty());
    update(
        &mut state,
        Action::SetPairingCode("  One two three four FIVE six ".into()),
    );
    let commands = update(&mut state, Action::Pair);
    let [
        Command::PairWithCode {
            code,
            address: None,
        },
    ] = &commands[..]
    else {
        panic!("{commands:?}")
    };
    assert_eq!(code, "one two three four five six");
    assert!(state.pairing.code.is_empty());
}
