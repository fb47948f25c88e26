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
