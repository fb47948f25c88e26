//! Measurements, key images and cine.

use super::*;
use crate::measure::{Kind, MeasureAction, csv, words};
use crate::tools::look::LookAction;
use kernel_imaging::SpacingCalibration;

/// A state whose image fills a pane of four screen pixels a pixel.
fn ready_to_draw() -> State {
    let mut state = opened(5);
    update(&mut state, Action::Resized([SIDE * 4, SIDE * 4]));
    show(&mut state);
    state
}

fn act(state: &mut State, action: MeasureAction) {
    update(state, Action::Measure(action));
}

fn take(state: &mut State, kind: Kind) {
    update(state, Action::UseTool(Tool::Measure(kind)));
}

fn drag(state: &mut State, from: [f64; 2], to: [f64; 2]) {
    act(state, MeasureAction::Press(from));
    act(state, MeasureAction::Move(to));
    act(state, MeasureAction::Release(to));
}

fn lines(state: &State) -> Vec<String> {
    state.measuring.list.last().map(words).unwrap_or_default()
}

#[test]
fn a_length_without_calibration_is_never_in_mm() {
    let mut state = ready_to_draw();
    take(&mut state, Kind::Length);
    drag(&mut state, [40.0, 40.0], [80.0, 40.0]);
    assert_eq!(lines(&state), ["10.0 px (uncalibrated)"]);
    // Two clicks do what a drag does.
    act(&mut state, MeasureAction::Click([40.0, 100.0]));
    act(&mut state, MeasureAction::Hover([60.0, 100.0]));
    assert_eq!(state.measuring.list.len(), 1);
    act(&mut state, MeasureAction::Click([60.0, 100.0]));
    assert_eq!(lines(&state), ["5.0 px (uncalibrated)"]);
}

#[test]
fn regions_are_measured_in_modality_values() {
    let mut state = ready_to_draw();
    take(&mut state, Kind::Rectangle);
    // Pixels (2, 1) to (3, 2): stored 66, 67, 130, 131, less 1024.
    drag(&mut state, [8.0, 4.0], [16.0, 12.0]);
    let figures = &state.measuring.list[0].figures;
    let found = figures.region.as_ref().expect("four pixels");
    assert_eq!((found.pixels, found.mean), (4, 98.5 - 1024.0));
    assert_eq!((found.minimum, found.maximum), (-958.0, -893.0));
    assert_eq!(figures.area.as_ref().map(|area| area.value), Some(4.0));
    assert_eq!(lines(&state).len(), 3);
}

#[test]
fn angles_take_three_points_and_cobb_angles_two_lines() {
    let mut state = ready_to_draw();
    take(&mut state, Kind::Angle);
    drag(&mut state, [100.0, 100.0], [40.0, 100.0]);
    act(&mut state, MeasureAction::Click([40.0, 40.0]));
    assert_eq!(lines(&state), ["90.0°"]);
    take(&mut state, Kind::Cobb);
    drag(&mut state, [20.0, 200.0], [60.0, 200.0]);
    drag(&mut state, [60.0, 240.0], [20.0, 200.0 + 80.0]);
    assert_eq!(lines(&state), ["45.0°"]);
}

#[test]
fn a_polygon_ends_at_its_first_point_and_escape_gives_one_up() {
    let mut state = ready_to_draw();
    take(&mut state, Kind::Polygon);
    for at in [[8.0, 8.0], [40.0, 8.0], [40.0, 40.0], [10.0, 9.0]] {
        act(&mut state, MeasureAction::Click(at));
    }
    assert_eq!(state.measuring.list.len(), 1);
    act(&mut state, MeasureAction::Click([200.0, 200.0]));
    assert!(state.measuring.draft.is_some());
    update(&mut state, Action::Escape);
    assert!(state.measuring.draft.is_none());
    assert_eq!(state.measuring.list.len(), 1);
}

#[test]
fn what_is_drawn_moved_or_removed_comes_back_step_by_step() {
    let mut state = ready_to_draw();
    take(&mut state, Kind::Length);
    drag(&mut state, [40.0, 40.0], [80.0, 40.0]);
    // Taking hold of the right end makes it longer.
    drag(&mut state, [80.0, 40.0], [120.0, 40.0]);
    assert_eq!(lines(&state), ["20.0 px (uncalibrated)"]);
    act(&mut state, MeasureAction::RemoveSelected);
    assert!(state.measuring.list.is_empty());
    let seen = |state: &State| lines(state).first().cloned().unwrap_or_default();
    act(&mut state, MeasureAction::Undo);
    assert_eq!(seen(&state), "20.0 px (uncalibrated)");
    act(&mut state, MeasureAction::Undo);
    assert_eq!(seen(&state), "10.0 px (uncalibrated)");
    act(&mut state, MeasureAction::Undo);
    assert!(state.measuring.list.is_empty() && !state.measuring.can_undo());
    for words in ["10.0 px (uncalibrated)", "20.0 px (uncalibrated)", ""] {
        act(&mut state, MeasureAction::Redo);
        assert_eq!(seen(&state), words);
    }
}

#[test]
fn a_measurement_belongs_to_its_image_and_the_list_goes_there() {
    let mut state = ready_to_draw();
    // The second series has three images, named like the first three of this one.
    update(&mut state, Action::ScrollTo(4));
    show(&mut state);
    take(&mut state, Kind::Probe);
    act(&mut state, MeasureAction::Click([10.0, 6.0]));
    assert_eq!(lines(&state), ["-958", "stored 66 at (2, 1)"]);
    update(&mut state, Action::ScrollTo(0));
    show(&mut state);
    let there = state.view.wanted().cloned().expect("an image");
    assert_eq!(state.measuring.on(&there).count(), 0);
    let id = state.measuring.list[0].id;
    update(&mut state, Action::Measure(MeasureAction::GoTo(id)));
    assert_eq!(state.view.index, 4);
    update(
        &mut state,
        Action::ShowSeries(Some(RequestId(1)), "second".into()),
    );
    update(&mut state, Action::Measure(MeasureAction::GoTo(id)));
    let key = state.view.stack.as_ref().map(|stack| stack.key.as_str());
    assert_eq!((key, state.view.index), (Some("first"), 4));
}

#[test]
fn the_table_quotes_words_and_holds_no_identity() {
    let mut state = ready_to_draw();
    take(&mut state, Kind::Text);
    act(&mut state, MeasureAction::Click([10.0, 6.0]));
    let id = state.measuring.list[0].id;
    act(
        &mut state,
        MeasureAction::Rename(id, "mass, \"left\"".into()),
    );
    let table = csv(&state.measuring.list);
    let rows: Vec<&str> = table.lines().collect();
    assert_eq!(rows.len(), 2);
    assert!(
        rows[1].starts_with("1,Text,\"mass, \"\"left\"\"\",1.2.0,1,"),
        "{table}"
    );
    assert_eq!(SpacingCalibration::Unknown.label(), "uncalibrated");
}

#[test]
fn cine_keeps_its_rate_by_the_clock_and_counts_what_it_leaves_out() {
    let mut state = ready_to_draw();
    let tick = |state: &mut State, seconds: f64| {
        update(state, Action::Look(LookAction::CineTick(seconds)))
    };
    update(&mut state, Action::Look(LookAction::ToggleCine));
    tick(&mut state, 50.0);
    assert_eq!(state.view.index, 0);
    // Ten a second where the file says nothing.
    tick(&mut state, 50.101);
    assert_eq!(state.view.index, 1);
    // The image is still being decoded: nothing is skipped over unseen.
    tick(&mut state, 50.201);
    assert_eq!(state.view.index, 1);
    show(&mut state);
    tick(&mut state, 50.501);
    assert_eq!(state.view.index, 4);
    assert_eq!(
        state.looking.cine.as_ref().map(|cine| cine.dropped),
        Some(3)
    );
    update(&mut state, Action::Escape);
    assert!(state.looking.cine.is_none());
}

#[test]
fn key_images_are_marked_and_found_again() {
    let mut state = ready_to_draw();
    update(&mut state, Action::Look(LookAction::ToggleKeyImage));
    update(&mut state, Action::ScrollTo(3));
    update(&mut state, Action::Look(LookAction::ToggleKeyImage));
    update(&mut state, Action::Look(LookAction::NextKeyImage));
    assert_eq!(state.view.index, 0);
    update(&mut state, Action::Look(LookAction::ToggleKeyImage));
    update(&mut state, Action::Look(LookAction::NextKeyImage));
    assert_eq!(state.view.index, 3);
}

#[test]
fn measurements_of_a_report_come_back_onto_their_images_once() {
    use actor_messages::{Attachment, ObjectContent, SaveWish};
    use kernel_imaging::{ImageReference, Report, ReportedMark};

    use crate::saving::{SavingAction, Subject};

    let mut state = opened(3);
    show(&mut state);
    let reported = |uid: &str, points: [[f64; 2]; 2]| ReportedMark {
        image: ImageReference {
            sop_instance_uid: uid.to_owned(),
            frames: Vec::new(),
        },
        kind: Kind::Length,
        points: points.to_vec(),
        text: "axis".to_owned(),
        figures: Default::default(),
    };
    let report = Report {
        marks: vec![
            reported("1.2.2", [[1.0, 2.0], [3.0, 4.0]]),
            reported("9.9.9", [[1.0, 2.0], [3.0, 4.0]]),
        ],
        ..Report::default()
    };
    let path = PathBuf::from("/sr.dcm");
    let read = Attachment {
        path: path.clone(),
        content: ObjectContent::Report(report),
    };
    state.attached.read.insert(path.clone(), Ok(Arc::new(read)));
    let import = || Action::Measure(MeasureAction::Import(path.clone()));
    update(&mut state, import());
    let list = &state.measuring.list;
    assert_eq!(list.len(), 1);
    assert_eq!(list[0].frame.instance.sop_instance_uid, "1.2.2");
    assert_eq!(list[0].text, "axis");
    let told = state.notices.back().expect("it is told").text.clone();
    assert!(told.contains("1 lie on images that are not open"), "{told}");
    update(&mut state, import());
    assert_eq!(state.measuring.list.len(), 1, "each once");

    let to = |subject, path: &str| Action::Saving(SavingAction::To(subject, path.into()));
    let commands = update(&mut state, to(Subject::Report, "/m.dcm"));
    let [Command::Save(wish)] = &commands[..] else {
        panic!("{commands:?}");
    };
    assert!(matches!(&wish.what, SaveWish::Measurements { marks, .. } if marks.len() == 1));
    let commands = update(&mut state, to(Subject::Table, "/m.csv"));
    let [Command::Save(wish)] = &commands[..] else {
        panic!("{commands:?}");
    };
    let SaveWish::File { bytes, .. } = &wish.what else {
        panic!("{wish:?}");
    };
    assert!(String::from_utf8_lossy(bytes).contains("1.2.2"));
    update(&mut state, Action::Measure(MeasureAction::Undo));
    assert!(state.measuring.list.is_empty());
}
