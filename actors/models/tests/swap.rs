//! A new version takes over while requests go on: none is lost, each names the version that made it, and one goes back.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use actor_messages::{Event, EventInbox, Generation, ViewportId, model_path};
use actor_models::{Live, LiveWish, ModelStore};
use kernel_imaging::{FrameReference, Instance};
use kernel_tasks::{Digest, PixelBlock, StoredSamples, TaskOutput, model_on_slice};

/// Answers that come within this are answers; it only bounds a test that fails.
const WITHIN: Duration = Duration::from_secs(120);

fn frame(number: u64) -> FrameReference {
    FrameReference {
        instance: Arc::new(Instance {
            path: format!("{number}").into(),
            ..Instance::default()
        }),
        frame: 0,
    }
}

/// Another picture for each number, so that no answer can be another request's.
fn block(number: u64) -> PixelBlock {
    let samples = (0..24 * 24).map(|pixel| ((pixel * 7 + number * 31) % 251) as u8);
    PixelBlock {
        rows: 24,
        columns: 24,
        samples: StoredSamples::U8(samples.collect()),
        slope: 1.0,
        intercept: 0.0,
        padding: None,
        voxel_mm: None,
    }
}

fn number(frame: &FrameReference) -> u64 {
    let name = frame.instance.path.to_string_lossy();
    name.parse().expect("the path is a number")
}

/// The shipped denoiser, and a later version of it that scales its input otherwise.
fn two_versions(home: &Path) -> [Digest; 2] {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/models/denoise");
    let newer: PathBuf = home.join("newer");
    fs::create_dir_all(&newer).expect("a folder");
    for file in fs::read_dir(&shipped).expect("it ships").flatten() {
        fs::copy(file.path(), newer.join(file.file_name())).expect("copied");
    }
    let manifest = fs::read_to_string(newer.join("model.toml")).expect("text");
    let manifest = manifest
        .replacen("1.0.0", "1.1.0", 1)
        .replacen("min-max", "z-score", 1);
    fs::write(newer.join("model.toml"), manifest).expect("written");
    let store = ModelStore::new(home);
    [&shipped, &newer].map(|folder| store.add(folder).expect("added").digest)
}

fn wish(viewport: u32, generation: u64, model: Digest) -> LiveWish {
    LiveWish {
        viewport: ViewportId(viewport),
        generation: Generation(generation),
        model,
        frame: frame(generation * 10 + u64::from(viewport)),
        read_ahead: Vec::new(),
        deadline: None,
        near: Vec::new(),
    }
}

fn made_by(home: &Path, model: Digest, frame: &FrameReference) -> TaskOutput {
    let package = fs::read(model_path(home, &model)).expect("it is here");
    model_on_slice(model, &package, &block(number(frame)), &|| false).expect("it runs")
}

/// The engine of live models over blocks that each frame's number makes, and where its answers come.
fn started(home: &Path) -> (Live, Arc<EventInbox>) {
    let inbox = EventInbox::new(Box::new(|| {}));
    let live = Live::start(
        home.to_owned(),
        Arc::clone(&inbox),
        Arc::new(|frame| Ok(block(number(frame)))),
    );
    (live.expect("threads"), inbox)
}

#[test]
fn no_request_is_lost_over_a_switch_and_each_answer_is_of_the_version_it_names() {
    let home = tempfile::tempdir().expect("a folder");
    let [old, new] = two_versions(home.path());
    let (live, inbox) = started(home.path());
    const VIEWPORTS: u32 = 3;
    let mut asked = [0_u64; VIEWPORTS as usize];
    let mut answered = [0_u64; VIEWPORTS as usize];
    let ask = |viewport: u32, asked: &mut [u64]| {
        asked[viewport as usize] += 1;
        live.ask(wish(viewport, asked[viewport as usize], old));
    };
    for viewport in 0..VIEWPORTS {
        ask(viewport, &mut asked);
    }
    let (mut by_old, mut by_new) = (0, 0);
    let mut switched = false;
    // Each viewport asks anew when it is answered: there is never a moment without requests.
    while by_new < 12 || by_old < 4 {
        for event in inbox.drain_within(WITHIN) {
            match event {
                Event::LiveReady(result) => {
                    let at = result.viewport.0 as usize;
                    answered[at] += 1;
                    assert_eq!(result.generation.0, answered[at], "in order, each once");
                    assert_eq!(result.asked, old);
                    let wanted = made_by(home.path(), result.model, &result.reference);
                    assert!(*result.output == wanted, "of the version that it names");
                    if result.model == new {
                        by_new += 1;
                    } else {
                        assert!(by_new == 0 || !switched, "no answer goes back in time");
                        by_old += 1;
                    }
                    if by_old == 4 && by_new == 0 && !switched {
                        assert!(live.switch(old, new));
                    }
                    if by_new < 12 {
                        ask(result.viewport.0, &mut asked);
                    }
                }
                Event::ModelSwitched { from, to, warmed } => {
                    assert_eq!((from, to), (old, new));
                    warmed.expect("it is ready");
                    switched = true;
                }
                other => panic!("{other:?}"),
            }
        }
    }
    assert!(switched);
    // What is still under way is answered too.
    while asked != answered {
        for event in inbox.drain_within(WITHIN) {
            let Event::LiveReady(result) = event else {
                panic!("{event:?}")
            };
            answered[result.viewport.0 as usize] += 1;
        }
    }
}

#[test]
fn what_the_old_version_has_begun_it_ends_and_one_step_goes_back() {
    let home = tempfile::tempdir().expect("a folder");
    let [old, new] = two_versions(home.path());
    let inbox = EventInbox::new(Box::new(|| {}));
    // The first image waits in the middle of its request.
    let gate = Arc::new((Mutex::new((false, false)), Condvar::new()));
    let inside = Arc::clone(&gate);
    let live = Live::start(
        home.path().to_owned(),
        Arc::clone(&inbox),
        Arc::new(move |frame| {
            let mut state = inside.0.lock().expect("whole");
            state.0 = true;
            inside.1.notify_all();
            drop(inside.1.wait_while(state, |state| !state.1).expect("whole"));
            Ok(block(number(frame)))
        }),
    )
    .expect("threads");
    let one = || loop {
        let mut events = inbox.drain_within(WITHIN);
        assert!(events.len() <= 1, "{events:?}");
        if let Some(event) = events.pop() {
            return event;
        }
    };
    let answer = || match one() {
        Event::LiveReady(result) => result.model,
        other => panic!("{other:?}"),
    };
    live.ask(wish(0, 1, old));
    let begun = gate.0.lock().expect("whole");
    drop(gate.1.wait_while(begun, |state| !state.0).expect("whole"));
    assert!(live.switch(old, new));
    assert!(matches!(one(), Event::ModelSwitched { warmed: Ok(_), .. }));
    gate.0.lock().expect("whole").1 = true;
    gate.1.notify_all();
    assert_eq!(answer(), old, "it was under way");
    live.ask(wish(0, 2, old));
    assert_eq!(answer(), new);
    assert!(live.switch(new, old));
    assert!(matches!(one(), Event::ModelSwitched { warmed: Ok(_), .. }));
    live.ask(wish(0, 3, new));
    assert_eq!(answer(), old, "one step goes back");
}

#[test]
fn a_version_that_does_not_become_ready_leaves_the_old_one_answering() {
    let home = tempfile::tempdir().expect("a folder");
    let [old, _] = two_versions(home.path());
    let (live, inbox) = started(home.path());
    let nowhere = Digest::of(b"nowhere");
    assert!(live.switch(old, nowhere));
    let mut events = inbox.drain_within(WITHIN);
    let Some(Event::ModelSwitched {
        warmed: Err(reason),
        ..
    }) = events.pop()
    else {
        panic!("{events:?}")
    };
    assert!(reason.contains("registry"), "{reason}");
    live.ask(wish(0, 1, old));
    let Some(Event::LiveReady(result)) = inbox.drain_within(WITHIN).pop() else {
        panic!("it runs")
    };
    assert_eq!(result.model, old);
}

#[test]
fn a_version_on_trial_runs_on_its_share_of_the_requests_and_never_answers() {
    let home = tempfile::tempdir().expect("a folder");
    let [old, new] = two_versions(home.path());
    let (live, inbox) = started(home.path());
    assert!(live.try_beside(old, new, 25));
    let begun = inbox.drain_within(WITHIN).pop();
    assert!(
        matches!(&begun, Some(Event::CanaryTold(Ok(figures))) if figures.requests == 0),
        "{begun:?}"
    );
    let mut last = None;
    let mut compared = 0;
    for generation in 1..=40 {
        live.ask(wish(0, generation, old));
        // Every fourth request is compared after its answer, and that is told.
        let mut answered = false;
        while !answered || compared < generation / 4 {
            for event in inbox.drain_within(WITHIN) {
                match event {
                    Event::LiveReady(result) => {
                        assert_eq!(result.model, old, "a trial answers nobody");
                        answered = true;
                    }
                    Event::CanaryTold(Ok(figures)) => {
                        compared = figures.compared;
                        last = Some(figures);
                    }
                    other => panic!("{other:?}"),
                }
            }
        }
    }
    let figures = last.expect("it is told");
    assert_eq!((figures.requests, figures.compared), (40, 10));
    assert_eq!((figures.skipped, figures.failed), (0, 0));
    // The later version scales its input otherwise, so it answers otherwise, but not wildly.
    assert!(figures.alike_mean > 0.5 && figures.alike_mean < 1.0);
    assert!(figures.alike_least <= figures.alike_mean);
    assert!(live.try_beside(old, new, 0));
    live.ask(wish(0, 41, old));
    live.ask(wish(1, 42, old));
    let mut answers = 0;
    while answers < 2 {
        for event in inbox.drain_within(WITHIN) {
            assert!(matches!(event, Event::LiveReady(_)), "{event:?}");
            answers += 1;
        }
    }
}
