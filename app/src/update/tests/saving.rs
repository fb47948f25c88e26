//! Saving results: what is asked of the engine, and how it is told.

use actor_messages::{JobOutcome, SaveImages, SaveReport, SaveWish};

use super::*;
use crate::saving::{SavingAction, Subject};
use crate::state::Picker;

fn outcome() -> Event {
    let snapshot = (*snapshot(JobState::Completed, 5)).clone();
    let digest = actor_messages::Digest::of(b"x");
    Event::JobFinished(Arc::new(JobOutcome {
        snapshot,
        output_digest: digest,
        assignment_digest: digest,
        membership_digest: digest,
        receipts: Vec::new(),
        results: Vec::new(),
        journal: None,
        taken_up: 0,
        peak_memory_bytes: 0,
        max_abs_error: None,
        max_relative_error: None,
        volume_ml: None,
        labels: Vec::new(),
        result_bytes: 0,
        input_bytes: 0,
    }))
}

#[test]
fn results_are_saved_with_the_images_that_the_job_was_run_on() {
    let mut state = opened(5);
    show(&mut state);
    let commands = update(&mut state, Action::CompressSeries);
    let request = job(&commands).expect("a job").request;
    let subject = Subject::Results(request);
    let to = |name: &str| Action::Saving(SavingAction::To(subject, PathBuf::from(name)));
    assert!(update(&mut state, to("/early")).is_empty());
    receive(&mut state, outcome());
    update(&mut state, Action::Saving(SavingAction::Pick(subject)));
    assert_eq!(state.wishes.picker, Some(Picker::Save(subject)));
    assert_eq!(subject.name(&state), "svd-compress-series");

    let commands = update(&mut state, to("/out/series"));
    let [Command::Save(wish)] = &commands[..] else {
        panic!("{commands:?}");
    };
    let SaveWish::Results { images, .. } = &wish.what else {
        panic!("{wish:?}");
    };
    assert!(matches!(images, SaveImages::These { frames, .. } if frames.len() == 5));
    let request = wish.request;
    receive(
        &mut state,
        Event::SaveProgress {
            request,
            done: 2,
            total: 5,
        },
    );
    assert_eq!(state.saving[0].progress, Some((2, 5)));
    let report = SaveReport {
        words: "5 images".to_owned(),
        ..SaveReport::default()
    };
    receive(
        &mut state,
        Event::Saved {
            request,
            saved: Ok(Arc::new(report)),
        },
    );
    let commands = update(&mut state, Action::Saving(SavingAction::Open(request)));
    assert!(matches!(&commands[..], [Command::Open { paths, .. }] if paths[0] == *"/out/series"));
    assert!(state.saving.is_empty());
}

#[test]
fn a_writing_that_fails_says_so_where_it_can_be_copied() {
    let mut state = opened(5);
    show(&mut state);
    let commands = update(&mut state, Action::CompressSeries);
    let request = job(&commands).expect("a job").request;
    receive(&mut state, outcome());
    let to = SavingAction::To(Subject::Results(request), PathBuf::from("/out"));
    update(&mut state, Action::Saving(to));
    let request = state.saving[0].request;
    let stop = update(&mut state, Action::Saving(SavingAction::Cancel(request)));
    assert!(matches!(&stop[..], [Command::CancelSave(stopped)] if *stopped == request));
    receive(
        &mut state,
        Event::Saved {
            request,
            saved: Err("the disk is full".to_owned()),
        },
    );
    let notice = state.notices.back().expect("a notice");
    assert_eq!(notice.severity, Severity::Error);
    assert!(notice.text.contains("the disk is full"), "{}", notice.text);
    update(&mut state, Action::Saving(SavingAction::Dismiss(request)));
    assert!(state.saving.is_empty());
}

/// The view of a patient of this name as a picture.
fn pictured(name: &str, identity: bool) -> kernel_imaging::Rgba8Image {
    let mut state = opened(3);
    show(&mut state);
    if let Some(shown) = &mut state.view.shown {
        let patient = kernel_imaging::Patient {
            name: Phi::new(name.to_owned()),
            ..Default::default()
        };
        let mut instance = (*shown.reference.instance).clone();
        instance.patient = Arc::new(patient);
        shown.reference.instance = Arc::new(instance);
    }
    let before = state.annotations;
    let size = eframe::egui::vec2(640.0, 480.0);
    let (image, marks) =
        crate::export::picture(&mut state, size, 1.0, identity).expect("a picture");
    assert_eq!(state.annotations, before);
    assert!(marks[0].contains("Not a medical device"), "{marks:?}");
    assert!(image.height > 480, "the marks stand below");
    image
}

#[test]
fn a_picture_shows_who_it_is_of_only_when_that_is_wanted() {
    let [roe, doe] = ["Roe^Jane", "Doe^John"];
    assert!(pictured(roe, false) == pictured(doe, false));
    let named = pictured(roe, true);
    assert!(named != pictured(doe, true));
    // The image itself is on it, not only words.
    let grey = named.pixels.as_chunks::<4>().0.iter();
    let greys: std::collections::BTreeSet<u8> = grey.map(|pixel| pixel[0]).collect();
    assert!(greys.len() > 100, "{}", greys.len());
}

#[test]
fn what_is_saved_of_the_study_is_asked_with_its_files_and_its_window() {
    let mut state = opened(4);
    let to = |subject| Action::Saving(SavingAction::To(subject, PathBuf::from("/out.png")));
    // Nothing is on screen yet.
    assert!(update(&mut state, to(Subject::Values)).is_empty());
    show(&mut state);
    let wish = |state: &mut State, subject| match &update(state, to(subject))[..] {
        [Command::Save(request)] => request.what.clone(),
        other => panic!("{other:?}"),
    };
    let SaveWish::Cine(cine) = wish(&mut state, Subject::Cine) else {
        panic!("no cine");
    };
    assert_eq!((cine.frames.len(), cine.strip.width), (4, SIDE));
    let SaveWish::Copies { series, kind } = wish(&mut state, Subject::Anonymised) else {
        panic!("no copies");
    };
    assert_eq!(series[0].len(), 4);
    assert_eq!(
        kind,
        actor_messages::CopyKind::Anonymised { burned_in: false }
    );
    let view = Subject::View { identity: false };
    assert!(update(&mut state, to(view)).is_empty());
    let wished = state.wishes.picture.take().expect("the window draws it");
    assert_eq!((wished.0, wished.2), (view, false));
}
