//! Two series in one view: only of one patient and frame of reference, cut along each image's own plane.

use super::linking::stack;
use super::planes::answer;
use super::*;
use crate::fusion::{FuseAction, partners};
use crate::planes::PlanesAction;
use kernel_imaging::Patient;

/// A CT, and a PET of coarser slices that lies in the same or in another frame of reference.
fn opened_with(reference_uid: &str) -> State {
    let mut state = State::default();
    update(&mut state, Action::Open(vec![PathBuf::from("/data")]));
    let mut other = stack("pet", reference_uid, -4.0, 8.0, 2.0);
    other.modality = "PT".to_owned();
    for frame in &mut other.frames {
        let instance = Instance {
            modality: "PT".to_owned(),
            series_uid: "pet".to_owned(),
            ..(*frame.instance).clone()
        };
        frame.instance = Arc::new(instance);
    }
    let study = Study {
        series: vec![stack("ct", "1.9", 0.0, 5.0, 1.0), other],
        ..Study::default()
    };
    let commands = receive(&mut state, studies(vec![study], true));
    answer(&mut state, commands);
    state
}

fn fuse(state: &mut State) -> Vec<Command> {
    let scan = Some(RequestId(1));
    update(state, Action::Fuse(FuseAction::With(scan, "pet".into())))
}

#[test]
fn the_second_series_is_cut_along_the_image_on_screen_and_follows_it() {
    let mut state = opened_with("1.9");
    assert_eq!(partners(&state).len(), 1);
    let commands = fuse(&mut state);
    assert!(state.fusion.building.is_some());
    answer(&mut state, commands);
    let lies_over = |state: &State| {
        let (_, reference, frame) = state.fusion.over(&state.view)?;
        Some((reference.attributes().plane, [frame.columns, frame.rows]))
    };
    let plane = |state: &State| state.view.wanted().and_then(|it| it.attributes().plane);
    assert_eq!(lies_over(&state), Some((plane(&state), [SIDE, SIDE])));
    // Another image: what lay over the one before is not shown on it.
    let commands = update(&mut state, Action::Scroll(3));
    answer(&mut state, commands);
    assert_eq!(lies_over(&state), Some((plane(&state), [SIDE, SIDE])));
    let before = state.fusion.over.as_ref().map(|over| over.presentation);
    update(&mut state, Action::Fuse(FuseAction::Brighter(1)));
    update(&mut state, Action::Fuse(FuseAction::Opacity(30)));
    let over = state.fusion.over.as_ref().expect("fused");
    assert_ne!(Some(over.presentation), before);
    assert_eq!(over.words(), "Fused with PT, 30 %");
    update(&mut state, Action::Fuse(FuseAction::Off));
    assert_eq!(lies_over(&state), None);
}

#[test]
fn planes_are_fused_too() {
    let mut state = opened_with("1.9");
    let commands = fuse(&mut state);
    answer(&mut state, commands);
    let commands = update(&mut state, Action::Planes(PlanesAction::Toggle));
    answer(&mut state, commands);
    for slot in 0..3 {
        let view = state.layout.view(slot, &state.view).clone();
        let (_, reference, _) = state.fusion.over(&view).expect("fused");
        let shown = view.shown.expect("a plane").reference;
        assert_eq!(reference.attributes().plane, shown.attributes().plane);
    }
}

#[test]
fn rule_25_another_frame_of_reference_or_patient_is_never_fused() {
    let mut state = opened_with("1.8");
    assert!(partners(&state).is_empty());
    assert!(fuse(&mut state).is_empty());
    assert!(
        state
            .notices
            .back()
            .is_some_and(|it| it.text.contains("same patient"))
    );
    let mut state = opened_with("1.9");
    let patient = Arc::new(Patient {
        name: Phi::new("Phantom^Other".to_owned()),
        ..Patient::default()
    });
    let mut study = state.scans[0].studies[0].clone();
    for frame in &mut study.series[1].frames {
        let instance = Instance {
            patient: patient.clone(),
            ..(*frame.instance).clone()
        };
        frame.instance = Arc::new(instance);
    }
    state.scans[0].studies = Arc::new(vec![study]);
    assert!(partners(&state).is_empty());
}

#[test]
fn a_series_that_is_no_volume_says_why_and_nothing_is_laid_over() {
    let mut state = opened_with("1.9");
    let commands = fuse(&mut state);
    let Some(Command::BuildVolume { request, .. }) = commands.first() else {
        panic!("{commands:?}")
    };
    let failed = Event::VolumeFailed {
        request: *request,
        reason: "The slices do not follow one another".to_owned(),
    };
    receive(&mut state, failed);
    assert!(state.fusion.building.is_none() && state.fusion.over.is_none());
    let said = state.planes.refusal.clone().expect("a sentence");
    assert!(said.ends_with("do not follow one another"), "{said}");
}
