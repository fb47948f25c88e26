//! Models on the image on screen: the newest wish is answered, stale ones never run, and what was seen is there at once.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use actor_messages::{Event, EventInbox, Generation, ViewportId};
use actor_models::{Live, LiveWish, ModelStore};
use kernel_imaging::{FrameReference, Instance};
use kernel_tasks::{Digest, PixelBlock, StoredSamples};

/// Answers that come within this are answers; it only bounds a test that fails.
const WITHIN: Duration = Duration::from_secs(60);

fn frame(number: usize) -> FrameReference {
    FrameReference {
        instance: Arc::new(Instance {
            path: format!("{number}").into(),
            ..Instance::default()
        }),
        frame: 0,
    }
}

fn block() -> PixelBlock {
    PixelBlock {
        rows: 24,
        columns: 24,
        samples: StoredSamples::U8((0..=255).cycle().take(24 * 24).collect()),
        slope: 1.0,
        intercept: 0.0,
        padding: None,
        voxel_mm: None,
    }
}

fn answer(inbox: &EventInbox) -> Event {
    let mut events = inbox.drain_within(WITHIN);
    assert_eq!(events.len(), 1, "{events:?}");
    events.remove(0)
}

fn wish(model: Digest, generation: u64) -> LiveWish {
    LiveWish {
        viewport: ViewportId(0),
        generation: Generation(generation),
        model,
        frame: frame(generation as usize),
        read_ahead: Vec::new(),
        deadline: None,
        near: Vec::new(),
    }
}

#[test]
fn a_stale_wish_never_runs_and_the_second_look_is_cached() {
    let home = tempfile::tempdir().expect("a folder");
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/models/denoise");
    let model = ModelStore::new(home.path())
        .add(&shipped)
        .expect("added")
        .digest;
    let inbox = EventInbox::new(Box::new(|| {}));
    // The first decoding waits until the others have been asked for.
    let gate = Arc::new((Mutex::new(false), Condvar::new()));
    let decoded = Arc::new(AtomicUsize::new(0));
    let (opens, counts) = (Arc::clone(&gate), Arc::clone(&decoded));
    let live = Live::start(
        home.path().to_owned(),
        Arc::clone(&inbox),
        Arc::new(move |_| {
            let open = opens.0.lock().expect("whole");
            drop(opens.1.wait_while(open, |open| !*open).expect("whole"));
            counts.fetch_add(1, Ordering::SeqCst);
            Ok(block())
        }),
    )
    .expect("a thread");
    live.ask(wish(model, 1));
    for generation in 2..=40 {
        live.ask(wish(model, generation));
    }
    *gate.0.lock().expect("whole") = true;
    gate.1.notify_all();
    let last = loop {
        let Event::LiveReady(result) = answer(&inbox) else {
            panic!("it runs")
        };
        if result.generation == Generation(40) {
            break result;
        }
    };
    assert!(!last.latency.cached);
    // At most the one that ran already, and the newest.
    assert!(decoded.load(Ordering::SeqCst) <= 2, "stale wishes ran");
    live.ask(LiveWish {
        generation: Generation(41),
        ..wish(model, 40)
    });
    let Event::LiveReady(again) = answer(&inbox) else {
        panic!("it is there")
    };
    assert!(again.latency.cached);
    assert!(Arc::ptr_eq(&again.output, &last.output));
}

#[test]
fn a_model_that_is_not_here_is_said() {
    let home = tempfile::tempdir().expect("a folder");
    let inbox = EventInbox::new(Box::new(|| {}));
    let block = Arc::new(|_: &FrameReference| Ok(block()));
    let live = Live::start(home.path().to_owned(), Arc::clone(&inbox), block).expect("a thread");
    live.ask(wish(Digest::of(b"nothing"), 1));
    let Event::LiveFailed { reason, .. } = answer(&inbox) else {
        panic!("there is no such model")
    };
    assert!(reason.contains("registry"), "{reason}");
}

#[test]
fn an_answer_that_is_late_is_stood_for_by_a_near_one_that_says_so_and_follows() {
    let home = tempfile::tempdir().expect("a folder");
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/models/denoise");
    let model = ModelStore::new(home.path())
        .add(&shipped)
        .expect("added")
        .digest;
    let inbox = EventInbox::new(Box::new(|| {}));
    // Images from the second on wait until the gate is opened.
    let gate = Arc::new((Mutex::new(false), Condvar::new()));
    let opens = Arc::clone(&gate);
    let live = Live::start(
        home.path().to_owned(),
        Arc::clone(&inbox),
        Arc::new(move |reference: &FrameReference| {
            if reference.instance.path != Path::new("1") {
                let open = opens.0.lock().expect("whole");
                drop(opens.1.wait_while(open, |open| !*open).expect("whole"));
            }
            Ok(block())
        }),
    )
    .expect("threads");
    live.ask(wish(model, 1));
    assert!(matches!(answer(&inbox), Event::LiveReady(_)));
    live.ask(LiveWish {
        deadline: Some(Duration::ZERO),
        near: vec![frame(3), frame(1)],
        ..wish(model, 2)
    });
    let Event::LiveLate(late) = answer(&inbox) else {
        panic!("nothing stands for it")
    };
    assert_eq!(late.generation, Generation(2));
    assert_eq!(late.reference.instance.path, Path::new("1"));
    *gate.0.lock().expect("whole") = true;
    gate.1.notify_all();
    let Event::LiveReady(ready) = answer(&inbox) else {
        panic!("its own answer follows")
    };
    assert_eq!(ready.reference.instance.path, Path::new("2"));
    // Where nothing near is there, nothing stands for it.
    live.ask(LiveWish {
        deadline: Some(Duration::ZERO),
        near: vec![frame(9)],
        ..wish(model, 4)
    });
    assert!(matches!(answer(&inbox), Event::LiveReady(_)));
}
