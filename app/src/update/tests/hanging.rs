//! Hanging protocols: which image goes where, how it lies, and when nothing is hung.

use super::*;
use crate::hanging::{HangAction, Hanging};
use crate::layout::LayoutAction;
use crate::stack::{Justify, StackView};
use kernel_imaging::{Patient, StudyHeader};

/// One mammogram; rows run to `rows_run`.
fn mammogram(number: usize, side: &str, view: &str, rows_run: &str, intent: &str) -> Series {
    let plain = reference(number, "MG");
    let attributes = FrameAttributes {
        laterality: side.to_owned(),
        patient_orientation: Some([rows_run.to_owned(), "F".to_owned()]),
        ..plain.attributes().clone()
    };
    let instance = Instance {
        view_position: view.to_owned(),
        presentation_intent: intent.to_owned(),
        frames: vec![Arc::new(attributes)],
        ..(*plain.instance).clone()
    };
    let frame = FrameReference {
        instance: Arc::new(instance),
        frame: 0,
    };
    Series {
        frames: vec![frame],
        ..series(&format!("{side}{view}{number}"), "MG", 0)
    }
}

fn mammography() -> Vec<Series> {
    let shown = "FOR PRESENTATION";
    vec![
        mammogram(1, "L", "MLO", "A", "FOR PROCESSING"),
        mammogram(2, "L", "MLO", "A", shown),
        mammogram(3, "R", "CC", "P", shown),
        // Stored the other way round.
        mammogram(4, "R", "MLO", "A", shown),
        mammogram(5, "L", "CC", "A", shown),
    ]
}

fn open(series: Vec<Series>) -> State {
    let mut state = State::default();
    update(&mut state, Action::Open(vec![PathBuf::from("/data")]));
    let study = Study {
        series,
        ..Study::default()
    };
    receive(&mut state, studies(vec![study], true));
    state
}

fn view(state: &State, slot: usize) -> &StackView {
    state.layout.view(slot, &state.view)
}

fn key(state: &State, slot: usize) -> &str {
    let stack = view(state, slot).stack.as_ref();
    stack.map_or("", |stack| stack.key.as_str())
}

#[test]
fn mammograms_hang_back_to_back_in_whatever_order_they_come() {
    let mut all = mammography();
    for turn in 0..all.len() {
        all.rotate_left(1);
        let state = open(all.clone());
        assert_eq!(
            state.hanging.applied.as_deref(),
            Some("Mammography, four views")
        );
        let keys = [0, 1, 2, 3].map(|slot| key(&state, slot));
        assert_eq!(keys, ["RCC3", "LCC5", "RMLO4", "LMLO2"], "turn {turn}");
        assert_eq!(state.layout.active, 0);
        let lies = |slot: usize| {
            let view = view(&state, slot);
            (view.justify, view.transform.flip_horizontal)
        };
        assert_eq!(lies(0), (Justify::Right, false));
        assert_eq!(lies(1), (Justify::Left, false));
        assert_eq!(lies(2), (Justify::Right, true), "turned to the chest wall");
        assert_eq!(lies(3), (Justify::Left, false));
    }
}

#[test]
fn four_views_in_one_series_are_found_image_by_image() {
    let frames = mammography().into_iter().flat_map(|series| series.frames);
    let one = Series {
        frames: frames.collect(),
        ..series("all", "MG", 0)
    };
    let state = open(vec![one]);
    let places = [0, 1, 2, 3].map(|slot| (key(&state, slot), view(&state, slot).index));
    assert_eq!(places, [("all", 2), ("all", 4), ("all", 3), ("all", 1)]);
}

#[test]
fn a_justified_image_touches_its_edge_and_a_flipped_one_too() {
    let state = open(mammography());
    for slot in 0..4 {
        let mut shown = view(&state, slot).clone();
        shown.size = [300, 100];
        let size = [SIDE, SIDE];
        let transform = shown.transform_for(size, 1.0, shown.size);
        let ends =
            [0.0, SIDE as f64].map(|x| transform.view_from_image([x, 32.0], 1.0, shown.size)[0]);
        let (left, right) = (ends[0].min(ends[1]), ends[0].max(ends[1]));
        match shown.justify {
            Justify::Right => assert!((right - 300.0).abs() < 1e-9, "{slot}: {right}"),
            _ => assert!(left.abs() < 1e-9, "{slot}: {left}"),
        }
    }
}

#[test]
fn who_arranged_the_views_keeps_them_and_other_studies_are_not_hung() {
    let mut state = State::default();
    update(&mut state, Action::Open(vec![PathBuf::from("/data")]));
    let study = Study {
        series: mammography(),
        ..Study::default()
    };
    receive(&mut state, studies(vec![study.clone()], false));
    update(&mut state, Action::Layout(LayoutAction::Grid(1, 2)));
    receive(&mut state, studies(vec![study], true));
    assert_eq!(
        (state.layout.count(), state.hanging.applied.clone()),
        (2, None)
    );
    let state = open(vec![series("first", "CT", 30)]);
    assert_eq!(
        (state.layout.count(), state.hanging.applied.clone()),
        (1, None)
    );
}

#[test]
fn a_protocol_is_chosen_by_name_and_a_misfit_is_said() {
    let mut state = open(vec![series("short", "CT", 3), series("long", "CT", 30)]);
    show(&mut state);
    let commands = update(
        &mut state,
        Action::Hang(HangAction::Choose("CT, three planes".into())),
    );
    assert_eq!(key(&state, 0), "long");
    assert!(
        commands
            .iter()
            .any(|it| matches!(it, Command::BuildVolume { frames, .. } if frames.len() == 30))
    );
    assert_eq!(state.hanging.applied.as_deref(), Some("CT, three planes"));
    update(&mut state, Action::Layout(LayoutAction::Grid(1, 1)));
    assert_eq!(state.hanging.applied, None);
    update(
        &mut state,
        Action::Hang(HangAction::Choose("Mammography, four views".into())),
    );
    assert_eq!((state.layout.count(), key(&state, 0)), (1, "long"));
    let said = state.planes.refusal.clone().unwrap_or_default();
    assert!(said.contains("does not fit"), "{said}");
}

/// A study of a day, with a series of a modality.
fn study_of(day: &str, name: &str, modality: &str) -> Study {
    let patient = Arc::new(Patient {
        name: Phi::new(name.to_owned()),
        id: Phi::new("1".to_owned()),
        ..Patient::default()
    });
    let mut of_day = series(&format!("{modality}{day}"), modality, 4);
    for frame in &mut of_day.frames {
        let instance = Instance {
            patient: patient.clone(),
            ..(*frame.instance).clone()
        };
        frame.instance = Arc::new(instance);
    }
    Study {
        uid: format!("1.2.{day}"),
        patient,
        header: Arc::new(StudyHeader {
            date: Phi::new(day.to_owned()),
            ..StudyHeader::default()
        }),
        series: vec![of_day],
        ..Study::default()
    }
}

#[test]
fn the_last_study_of_the_same_patient_before_this_one_is_its_prior() {
    let mut state = State::default();
    update(&mut state, Action::Open(vec![PathBuf::from("/data")]));
    let all = vec![
        study_of("20240501", "Phantom^One", "CT"),
        study_of("20200101", "Phantom^One", "CT"),
        study_of("20230101", "Phantom^One", "CT"),
        study_of("20240401", "Phantom^Other", "CT"),
        study_of("20240601", "Phantom^One", "CT"),
    ];
    receive(&mut state, studies(all, true));
    assert_eq!(key(&state, 0), "CT20240501");
    update(
        &mut state,
        Action::Hang(HangAction::Choose("Beside the prior".into())),
    );
    assert_eq!(
        [key(&state, 0), key(&state, 1)],
        ["CT20240501", "CT20230101"]
    );
    assert!(state.linking.scroll && state.linking.window);
    // Another modality is no prior of this series.
    let mut state = State::default();
    update(&mut state, Action::Open(vec![PathBuf::from("/data")]));
    let all = vec![
        study_of("20240501", "Phantom^One", "CT"),
        study_of("20230101", "Phantom^One", "MR"),
    ];
    receive(&mut state, studies(all, true));
    update(
        &mut state,
        Action::Hang(HangAction::Choose("Beside the prior".into())),
    );
    assert_eq!(state.layout.count(), 1);
}

#[test]
fn a_saved_layout_comes_back_under_its_name_and_says_nothing_of_the_patient() {
    let mut state = open(mammography());
    let type_name = |state: &mut State, name: &str| {
        update(state, Action::Hang(HangAction::ToggleNaming));
        update(state, Action::Hang(HangAction::SetName(name.into())));
        update(state, Action::Hang(HangAction::Save));
    };
    type_name(&mut state, "Mine");
    assert_eq!(state.hanging.saved, ["Mine"]);
    assert!(state.wishes.save_layouts && state.hanging.naming.is_none());
    let text = state.hanging.saved_text().expect("it can be written");
    let text = String::from_utf8(text).expect("text");
    assert!(!text.contains("HEAD") && !text.contains("1.2."), "{text}");
    // In another program the views are filled as they were.
    let keys = |state: &State| [0, 1, 2, 3].map(|slot| key(state, slot).to_owned());
    let mut next = open(mammography());
    let was = keys(&next);
    let (mut hanging, _) = Hanging::new(&[]);
    hanging.read_saved(&text).expect("what was written");
    next.hanging = hanging;
    update(&mut next, Action::Layout(LayoutAction::Grid(1, 1)));
    update(&mut next, Action::Hang(HangAction::Choose("Mine".into())));
    assert_eq!(keys(&next), was);
    assert_eq!(view(&next, 2).justify, Justify::Right);
    // The name of one that ships is not taken, and what was typed stays.
    type_name(&mut next, "CT, three planes");
    assert_eq!(next.hanging.saved, ["Mine"]);
    assert_eq!(next.hanging.naming.as_deref(), Some("CT, three planes"));
    update(&mut next, Action::Hang(HangAction::Forget("Mine".into())));
    assert!(next.hanging.named("Mine").is_none() && next.hanging.saved.is_empty());
}

#[test]
fn an_empty_view_stays_empty_in_a_saved_layout() {
    let mut state = open(vec![series("first", "CT", 3), series("second", "MR", 3)]);
    update(&mut state, Action::Layout(LayoutAction::Grid(1, 3)));
    let show = LayoutAction::ShowIn(2, Some(RequestId(1)), "second".into());
    update(&mut state, Action::Layout(show));
    update(&mut state, Action::Hang(HangAction::SetName("Gap".into())));
    update(&mut state, Action::Hang(HangAction::Save));
    update(&mut state, Action::Layout(LayoutAction::Grid(1, 1)));
    update(&mut state, Action::Hang(HangAction::Choose("Gap".into())));
    let keys = [0, 1, 2].map(|slot| key(&state, slot).to_owned());
    assert_eq!(keys, ["first", "", "second"]);
}
