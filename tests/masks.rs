//! Masks through the real engine: a formula over the sample study, saved as a segmentation, and taken out of it again.

#[allow(dead_code, reason = "each file of tests uses a part of it")]
mod support;

use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use actor_engine::{Engine, EngineOptions};
use actor_messages::{
    Command, Event, MaskImport, MaskPlanes, MaskRequest, MaskToSave, MaskWanted, MaskWork,
    RequestId, SaveRequest, SaveWish,
};
use kernel_imaging::{BitPlane, FrameReference, TextRule};
use support::sample;

/// Longest that a test waits for one event; only a failing one waits that long.
const PATIENCE: Duration = Duration::from_secs(120);

struct Bench {
    engine: Engine,
    woken: Receiver<()>,
}

impl Bench {
    fn at(home: &std::path::Path) -> Self {
        let (wake, woken) = channel();
        let engine = Engine::start(EngineOptions {
            wake: Box::new(move || {
                // The bench may be gone when the last events come.
                let _ = wake.send(());
            }),
            ..EngineOptions::new(home.to_owned())
        });
        let engine = engine.expect("the engine starts");
        Self { engine, woken }
    }

    fn answer<T>(&self, command: Command, wanted: impl Fn(Event) -> Option<T>) -> T {
        self.engine.send(command).expect("it is taken");
        loop {
            if let Some(found) = self.engine.inbox().drain().into_iter().find_map(&wanted) {
                return found;
            }
            self.woken
                .recv_timeout(PATIENCE)
                .expect("the engine answers");
        }
    }

    fn mask(&self, request: MaskRequest) -> Result<MaskPlanes, String> {
        let id = request.request;
        self.answer(Command::MakeMask(request), |event| match event {
            Event::MaskMade(made) if made.request == id => Some(made.planes.clone()),
            _ => None,
        })
    }
}

fn series() -> (Arc<[FrameReference]>, Option<f64>) {
    let found = actor_engine::scan(&[sample()], TextRule::default());
    let series = &found.studies[0].series[0];
    let slice_mm = series.voxel_mm.map(|[slice, ..]| slice);
    (series.frames.clone().into(), slice_mm)
}

fn count(planes: &MaskPlanes) -> usize {
    planes.iter().flatten().map(BitPlane::count).sum()
}

fn request(
    id: u64,
    formula: &str,
    wanted: MaskWanted,
    masks: Vec<(String, MaskPlanes)>,
) -> MaskRequest {
    let (frames, slice_mm) = series();
    MaskRequest {
        request: RequestId(id),
        work: MaskWork::Formula(formula.to_owned()),
        frames,
        slice_mm,
        wanted,
        masks,
    }
}

#[test]
fn an_image_looked_at_shows_what_the_whole_mask_has_there() {
    let folder = tempfile::tempdir().expect("a folder");
    let bench = Bench::at(folder.path());
    let whole = bench.mask(request(1, "image >= 40", MaskWanted::Series, Vec::new()));
    let whole = whole.expect("made");
    assert_eq!(whole.len(), 27);
    assert!(count(&whole) > 10_000, "{}", count(&whole));
    let masks = || vec![("A".to_owned(), Arc::clone(&whole))];
    let formula = "A and not erode(A, 1.5 mm)";
    let edge = bench.mask(request(2, formula, MaskWanted::Series, masks()));
    let edge = edge.expect("made");
    assert!(count(&edge) > 0 && count(&edge) < count(&whole));
    for index in [0, 13, 26] {
        let one = bench.mask(request(3, formula, MaskWanted::Image(index), masks()));
        let one = one.expect("made");
        assert_eq!(one.len(), 1);
        assert!(
            same(one[0].as_ref(), edge[index].as_ref()),
            "image {index}: neighbours beyond the image count too"
        );
    }
    let refused = bench.mask(request(4, "B or A", MaskWanted::Series, masks()));
    assert!(refused.expect_err("refused").contains('B'));
    bench.engine.stop();
}

fn same(one: Option<&BitPlane>, other: Option<&BitPlane>) -> bool {
    let bits = |plane: Option<&BitPlane>| {
        plane.map(|plane| {
            let (rows, columns) = (plane.rows(), plane.columns());
            (0..rows * columns)
                .map(|at| plane.is_set(at / columns, at % columns))
                .collect::<Vec<bool>>()
        })
    };
    bits(one) == bits(other)
}

#[test]
fn masks_come_back_out_of_the_segmentation_that_they_were_saved_as() {
    let folder = tempfile::tempdir().expect("a folder");
    let bench = Bench::at(folder.path());
    let make = |id, formula| {
        let made = bench.mask(request(id, formula, MaskWanted::Series, Vec::new()));
        made.expect("made")
    };
    // They overlap.
    let masks = [
        ("bright", make(1, "image >= 40")),
        ("middle", make(2, "image >= 20 and image <= 60")),
    ];
    let (frames, slice_mm) = series();
    let out = folder.path().join("masks.dcm");
    let saved = bench.answer(
        Command::Save(SaveRequest {
            request: RequestId(3),
            what: SaveWish::Masks {
                frames: Arc::clone(&frames),
                masks: masks
                    .iter()
                    .map(|(name, planes)| MaskToSave {
                        name: (*name).to_owned(),
                        colour: [200, 100, 50],
                        planes: Arc::clone(planes),
                    })
                    .collect(),
            },
            out: out.clone(),
        }),
        |event| match event {
            Event::Saved { saved, .. } => Some(saved),
            _ => None,
        },
    );
    assert!(saved.expect("saved").words.contains("2 masks"));
    let wish = MaskImport {
        request: RequestId(4),
        path: out,
        text: TextRule::default(),
        frames,
        slice_mm,
    };
    let back = bench.answer(Command::ImportMasks(wish), |event| match event {
        Event::MasksImported { masks, .. } => Some(masks),
        _ => None,
    });
    let back = back.expect("read");
    assert_eq!(back.len(), 2);
    for (read, (name, planes)) in back.iter().zip(&masks) {
        assert_eq!(read.name, *name);
        let alike = read.planes.iter().zip(planes.iter());
        assert!(alike.into_iter().all(|(a, b)| same(a.as_ref(), b.as_ref())));
    }
    bench.engine.stop();
}
