//! An engine that is played, and a window on it.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use actor_messages::{
    Command, Digest, Event, JobId, JobOutcome, JobSnapshot, JobState, MemberCell, MeshSnapshot,
    NodeCard, PairingState, PeerCard, PeerState, RequestId, SharingLimits, SliceResult, SpanEnd,
    TaskCell, TaskSpan, TaskState, Timeline,
};
use clisonix::ClisonixApp;
use clisonix::action::Action;
use clisonix::backend::Backend;
use eframe::egui::{self, Key, Modifiers, PointerButton, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use kernel_imaging::{
    Frame, FrameAttributes, FrameReference, GeometryWarning, ImagePlane, Instance, Notice, Patient,
    Phi, PhotometricInterpretation, Samples, Series, Severity, SpacingCalibration, Study,
    StudyHeader, VoiFunction, VoiLut, WindowLevel, difference,
};
use ndarray::Array2;

const SIDE: usize = 64;

/// Plays the engine: keeps commands, gives the events it was told to, and decodes every frame at once.
#[derive(Clone, Default)]
pub struct Stage {
    /// Why nothing is taken, if so.
    pub refuses: Option<&'static str>,
    pub sent: Arc<Mutex<Vec<Command>>>,
    pub events: Arc<Mutex<VecDeque<Event>>>,
}

impl Stage {
    pub fn tell(&self, event: Event) {
        self.events
            .lock()
            .expect("no test panics holding it")
            .push_back(event);
    }

    pub fn sent(&self) -> Vec<Command> {
        self.sent.lock().expect("no test panics holding it").clone()
    }
}

impl Backend for Stage {
    fn send(&mut self, command: Command) -> Result<(), String> {
        if let Some(reason) = self.refuses {
            return Err(reason.to_owned());
        }
        if let Command::ShowFrame {
            viewport,
            generation,
            frame,
            ..
        } = &command
        {
            let reference = frame.clone();
            let (viewport, generation) = (*viewport, *generation);
            self.tell(Event::FrameReady {
                viewport,
                generation,
                reference,
                frame: pixels(),
            });
        }
        self.plane(&command);
        self.sent
            .lock()
            .expect("no test panics holding it")
            .push(command);
        Ok(())
    }

    fn drain(&mut self) -> Vec<Event> {
        self.events
            .lock()
            .expect("no test panics holding it")
            .drain(..)
            .collect()
    }
}

pub fn pixels() -> Arc<Frame> {
    Arc::new(Frame {
        rows: SIDE,
        columns: SIDE,
        samples_per_pixel: 1,
        samples: Samples::U16((0..SIDE * SIDE).map(|value| value as u16).collect()),
        photometric: PhotometricInterpretation::Monochrome2,
    })
}

pub fn study(count: usize) -> Study {
    let patient = Arc::new(Patient {
        name: Phi::new("Phantom^Test".into()),
        ..Patient::default()
    });
    let header = Arc::new(StudyHeader {
        date: Phi::new("20240131".into()),
        ..StudyHeader::default()
    });
    let level = WindowLevel::new(2_000.0, 4_000.0).expect("valid in this test");
    let frames = (0..count).map(|number| {
        let attributes = FrameAttributes {
            plane: Some(ImagePlane {
                position_lps_mm: [0.0, 0.0, number as f64],
                row_direction_lps: [1.0, 0.0, 0.0],
                column_direction_lps: [0.0, 1.0, 0.0],
                spacing_mm: [1.0, 1.0],
            }),
            spacing_mm: Some([1.0, 1.0]),
            calibration: SpacingCalibration::Patient,
            voi: vec![VoiLut::Window {
                level,
                function: VoiFunction::Linear,
                name: String::new(),
            }],
            ..FrameAttributes::default()
        };
        let instance = Instance {
            path: PathBuf::from(format!("/phantom/{number}.dcm")),
            sop_instance_uid: format!("1.2.{number}"),
            modality: "MR".into(),
            rows: SIDE,
            columns: SIDE,
            samples_per_pixel: 1,
            patient: patient.clone(),
            study: header.clone(),
            frames: vec![Arc::new(attributes)],
            ..Instance::default()
        };
        FrameReference {
            instance: Arc::new(instance),
            frame: 0,
        }
    });
    let series = Series {
        key: "1.2.3".into(),
        number: Some(4),
        modality: "MR".into(),
        description: Phi::new("A phantom with a description longer than the list is wide".into()),
        frames: frames.collect(),
        warnings: vec![GeometryWarning {
            text: "Uneven gaps: 1.0 mm and 2.0 mm".into(),
            files: ["a.dcm".into(), "b.dcm".into()],
        }],
        ..Series::default()
    };
    Study {
        uid: "1.2".into(),
        patient,
        header,
        series: vec![series],
        ..Study::default()
    }
}

pub fn window<'a>(stage: &Stage, size: [f32; 2]) -> Harness<'a, ClisonixApp> {
    // A home in which nothing can be written.
    window_in(stage, size, Path::new("/proc/nowhere"))
}

/// A window whose home is this folder.
pub fn window_in<'a>(stage: &Stage, size: [f32; 2], home: &Path) -> Harness<'a, ClisonixApp> {
    let (stage, home) = (stage.clone(), home.to_owned());
    let mut harness = Harness::builder()
        .with_size(vec2(size[0], size[1]))
        .with_max_steps(64)
        .build_eframe(move |_| ClisonixApp::new(stage, home));
    harness.run();
    harness
}

pub const SMALL: [f32; 2] = [1280.0, 720.0];

pub fn opened<'a>(stage: &Stage, size: [f32; 2]) -> Harness<'a, ClisonixApp> {
    opened_in(stage, size, Path::new("/proc/nowhere"))
}

/// The same in this home.
pub fn opened_in<'a>(stage: &Stage, size: [f32; 2], home: &Path) -> Harness<'a, ClisonixApp> {
    let mut harness = window_in(stage, size, home);
    harness
        .state_mut()
        .act(Action::Open(vec![PathBuf::from("/phantom")]));
    let notices = vec![
        Notice::new(Severity::Error, "The file ends inside of its pixels")
            .about("/phantom/broken.dcm"),
    ];
    stage.tell(Event::Studies {
        request: RequestId(1),
        studies: Arc::new(vec![study(27)]),
        notices: Arc::new(notices),
        finished: true,
        cancelled: false,
    });
    harness.run();
    harness
}

pub fn snapshot(count: usize, state: JobState) -> JobSnapshot {
    let cell = |at: usize| TaskCell {
        state: [TaskState::Done, TaskState::Running, TaskState::Waiting][at * 3 / count],
        member: (at % 2) as u16,
        reassigned: at.is_multiple_of(7),
    };
    let member = |peer: &str, name: &str, done, lost| MemberCell {
        peer: peer.into(),
        name: name.into(),
        capacity: 4,
        done,
        lost,
        deadline_ms: Some(5_000),
    };
    JobSnapshot {
        job: JobId("0123456789abcdef".into()),
        request: RequestId(2),
        operation: "svd-compress".into(),
        state,
        tasks: (0..count).map(cell).collect(),
        members: vec![
            member("12D3KooA", "this workstation", 20, false),
            member("12D3KooB", "reading room 2", 7, true),
        ],
        epoch: 1,
        prepared: count,
        done: count,
        paused: false,
        priority: actor_messages::Priority::Normal,
        spot_checked: 0,
        timeline: timeline(count),
        assignment_digest: Some(Digest::of(b"assignment")),
        elapsed_ms: 1_234,
    }
}

/// Two members, one of which is lost in the middle.
fn timeline(count: usize) -> Timeline {
    let span = |at: usize| {
        let begun_ms = (at * 1_200 / count) as u32;
        TaskSpan {
            slice: at as u32,
            member: (at % 2) as u16,
            begun_ms,
            ended_ms: begun_ms + 60,
            end: match (at % 2, at * 2 / count, at % 16) {
                (1, 1, _) => SpanEnd::Lost,
                (_, _, 4) => SpanEnd::Twice,
                _ => SpanEnd::Committed,
            },
            reassigned: at.is_multiple_of(7),
        }
    };
    Timeline {
        spans: (0..count).map(span).collect(),
        elapsed_ms: 1_234,
    }
}

pub fn finished(harness: &mut Harness<'_, ClisonixApp>, stage: &Stage) {
    harness.key_press_modifiers(Modifiers::COMMAND, Key::K);
    harness.run();
    stage.tell(Event::JobFinished(Arc::new(JobOutcome {
        snapshot: snapshot(27, JobState::Completed),
        output_digest: Digest::of(b"output"),
        assignment_digest: Digest::of(b"assignment"),
        membership_digest: Digest::of(b"membership"),
        receipts: vec![PathBuf::from("/nowhere/slice-0001.receipt.json")],
        results: Vec::new(),
        journal: None,
        taken_up: 0,
        peak_memory_bytes: 0,
        max_abs_error: Some(3.0),
        max_relative_error: Some(0.01),
        volume_ml: None,
        labels: Vec::new(),
        result_bytes: 1_000,
        input_bytes: 8_000,
    })));
    harness.run();
    let original =
        Array2::<f32>::from_shape_fn((SIDE, SIDE), |(row, column)| (row * SIDE + column) as f32);
    let result = original.mapv(|value| value + (value % 3.0) - 1.0);
    let slice = harness
        .state()
        .state()
        .comparison
        .as_ref()
        .expect("valid in this test")
        .slice
        .expect("valid in this test");
    stage.tell(Event::SliceReady(Arc::new(SliceResult {
        job: JobId("0123456789abcdef".into()),
        slice,
        labels: None,
        figures: difference(original.view(), result.view()).ok(),
        original: Arc::new(original),
        result: Arc::new(result),
        summary: "Rank 32".into(),
    })));
    harness.run();
}

pub fn mesh(pairing: PairingState) -> Event {
    let words = "amber basket cedar dolphin ember falcon garnet harbor";
    let peer = |number: usize, state| PeerCard {
        peer: format!("12D3KooWPeer{number}"),
        name: format!("reading room {number}"),
        fingerprint: words.into(),
        state,
        capacity: 8,
        memory_bytes: 8 << 30,
        numeric_class: None,
        incarnation: 1,
        round_trip_us: Some(410),
        tasks_done: 14,
        failures: 1,
        address: Some("/ip4/10.0.0.5/tcp/4001".into()),
        tasks_given: 5,
        bytes_sent: 3 << 20,
        bytes_received: 1 << 20,
        bytes_per_second: 0,
        takes_nothing: None,
        cut: None,
        models: None,
    };
    Event::Mesh(Arc::new(MeshSnapshot {
        sharing: true,
        me: NodeCard {
            peer: "12D3KooWMe".into(),
            name: "mine".into(),
            fingerprint: words.into(),
            addresses: vec!["/ip4/10.0.0.4/tcp/4001".into()],
            capacity: 2,
            memory_bytes: 4 << 30,
            numeric_class: Digest::of(b"class"),
        },
        peers: vec![peer(1, PeerState::Ready), peer(2, PeerState::Away)],
        nearby: Vec::new(),
        pairing,
        tasks_given: 3,
        limits: SharingLimits::default(),
        takes_nothing: None,
        leaving: Vec::new(),
        deployments: Vec::new(),
    }))
}

/// Every widget lies within the width of the window; rows of scrolled lists may lie below it.
pub fn nothing_is_cut_off(harness: &Harness<'_, ClisonixApp>, size: [f32; 2]) {
    let mut waiting = vec![harness.root()];
    while let Some(node) = waiting.pop() {
        waiting.extend(node.children());
        let Some(bounds) = node.accesskit_node().bounding_box() else {
            continue;
        };
        let label = node.accesskit_node().label().unwrap_or_default();
        assert!(
            bounds.x0 >= -0.5 && bounds.x1 <= f64::from(size[0]) + 0.5,
            "`{label}` reaches from {} to {} in a window {} wide",
            bounds.x0,
            bounds.x1,
            size[0]
        );
    }
}

pub fn drag(harness: &mut Harness<'_, ClisonixApp>, button: PointerButton, by: egui::Vec2) {
    let from = harness.get_by_label_contains("Image pane").rect().center();
    let press = |pressed, pos| egui::Event::PointerButton {
        pos,
        button,
        pressed,
        modifiers: Modifiers::NONE,
    };
    harness.hover_at(from);
    harness.run();
    harness.event(press(true, from));
    harness.run();
    for step in 1..=6 {
        harness.hover_at(from + by * (step as f32 / 6.0));
        harness.run();
    }
    harness.event(press(false, from + by));
    harness.run();
}
