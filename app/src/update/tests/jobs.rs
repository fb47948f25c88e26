//! Jobs and their results beside the image.

use super::*;

#[test]
fn one_key_compresses_the_series_with_k_32_and_shows_the_loss() {
    let mut state = opened(5);
    show(&mut state);
    let commands = update(&mut state, Action::CompressSeries);
    let job = job(&commands).expect("a job");
    assert_eq!(job.operation, "svd-compress");
    assert_eq!(job.parameters, [("k".to_owned(), "32".to_owned())]);
    assert_eq!(job.frames.len(), 5);
    assert!(
        state
            .comparison
            .as_ref()
            .is_some_and(|comparison| comparison.visible)
    );
}

#[test]
fn the_result_of_the_image_on_screen_is_asked_for_once_it_is_committed() {
    let mut state = opened(5);
    show(&mut state);
    update(&mut state, Action::CompressSeries);
    assert!(
        receive(
            &mut state,
            Event::JobChanged(snapshot(JobState::Running, 0))
        )
        .is_empty()
    );
    let commands = receive(
        &mut state,
        Event::JobChanged(snapshot(JobState::Running, 1)),
    );
    assert!(matches!(
        commands[..],
        [Command::ShowResult { slice: 0, .. }]
    ));
    // Asked once, however often the job moves on.
    assert!(
        receive(
            &mut state,
            Event::JobChanged(snapshot(JobState::Running, 1))
        )
        .is_empty()
    );
    let commands = update(&mut state, Action::Scroll(1));
    assert!(
        !commands
            .iter()
            .any(|command| matches!(command, Command::ShowResult { .. }))
    );
    let commands = receive(
        &mut state,
        Event::JobChanged(snapshot(JobState::Running, 2)),
    );
    assert!(matches!(
        commands[..],
        [Command::ShowResult { slice: 1, .. }]
    ));
}

#[test]
fn a_result_of_an_image_scrolled_past_is_dropped() {
    let mut state = opened(5);
    show(&mut state);
    update(&mut state, Action::CompressSeries);
    receive(
        &mut state,
        Event::JobChanged(snapshot(JobState::Completed, 5)),
    );
    update(&mut state, Action::Scroll(2));
    let values = Arc::new(Array2::<f32>::zeros((SIDE, SIDE)));
    let result = |slice| {
        Event::SliceReady(Arc::new(SliceResult {
            job: JobId("0123456789abcdef".to_owned()),
            slice,
            original: values.clone(),
            result: values.clone(),
            labels: None,
            figures: None,
            summary: String::new(),
        }))
    };
    receive(&mut state, result(0));
    assert!(
        state
            .comparison
            .as_ref()
            .and_then(|comparison| comparison.current())
            .is_none()
    );
    receive(&mut state, result(2));
    assert!(
        state
            .comparison
            .as_ref()
            .and_then(|comparison| comparison.current())
            .is_some()
    );
}

#[test]
fn a_job_cancelled_before_it_has_a_name_is_cancelled_when_it_gets_one() {
    let mut state = opened(5);
    update(&mut state, Action::CompressSeries);
    assert!(update(&mut state, Action::CancelJob(RequestId(2))).is_empty());
    let commands = receive(
        &mut state,
        Event::JobChanged(snapshot(JobState::Preparing, 0)),
    );
    assert!(matches!(commands[..], [Command::CancelJob(_)]));
    assert_eq!(update(&mut state, Action::CancelJob(RequestId(2))).len(), 1);
    receive(
        &mut state,
        Event::JobChanged(snapshot(JobState::Cancelled, 0)),
    );
    assert!(update(&mut state, Action::CancelJob(RequestId(2))).is_empty());
}

#[test]
fn a_parameter_that_cannot_be_is_a_sentence_and_not_a_job() {
    let mut state = opened(5);
    for (value, part) in [
        ("0", "1 to 4096"),
        ("65", "at most `64`"),
        ("many", "whole number"),
        ("", "empty"),
    ] {
        let set = Action::SetParameter("svd-compress".into(), "k".into(), value.into());
        update(&mut state, set);
        let commands = update(&mut state, Action::Run);
        assert!(commands.is_empty(), "{value} made {commands:?}");
        let notice = state.notices.back().expect("a notice");
        assert!(notice.text.contains(part), "{}", notice.text);
    }
}
