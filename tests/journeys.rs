//! Journeys through the real window code and the real engine, acted by names and keys as a user would.

#[allow(dead_code, reason = "each file of tests uses a part of it")]
mod support;

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use actor_engine::{Engine, EngineOptions};
use actor_messages::{Digest, PairingState, PeerState};
use clisonix::ClisonixApp;
use clisonix::action::Action;
use clisonix::job::JobView;
use clisonix::state::State;
use eframe::egui::accesskit::Role;
use eframe::egui::{Event, Key, Modifiers, MouseWheelUnit, PointerButton, Pos2, TouchPhase, Vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;

/// Longest that a journey waits for one thing; only a failing one waits that long.
const PATIENCE: Duration = Duration::from_secs(120);

struct Desk {
    window: Harness<'static, ClisonixApp>,
    woken: Receiver<()>,
}

impl Desk {
    fn at(home: &Path) -> Self {
        let (wake, woken) = channel();
        let options = EngineOptions {
            listen: Some("127.0.0.1:0".to_owned()),
            wake: Box::new(move || {
                // The desk may be gone when the last events come.
                let _ = wake.send(());
            }),
            ..EngineOptions::new(home.to_owned())
        };
        let engine = Engine::start(options).expect("the engine starts");
        let app = ClisonixApp::new(engine, home.to_owned());
        let window = Harness::builder()
            .with_size(Vec2::new(1280.0, 720.0))
            .build_ui_state(
                |ui, app: &mut ClisonixApp| {
                    let context = ui.ctx().clone();
                    app.logic(&context);
                    app.draw(ui);
                },
                app,
            );
        Self { window, woken }
    }

    fn state(&self) -> &State {
        self.window.state().state()
    }

    /// Draws until `holds`, woken by the engine and not by a clock.
    fn until(&mut self, what: &str, holds: impl Fn(&State) -> bool) {
        let begun = Instant::now();
        loop {
            self.window.run_steps(2);
            if holds(self.state()) {
                return;
            }
            let left = PATIENCE.checked_sub(begun.elapsed());
            let left = left.unwrap_or_else(|| panic!("waited in vain for {what}"));
            // A wake-up that came while drawing is still in the channel.
            let _ = self.woken.recv_timeout(left);
        }
    }

    fn click(&mut self, label: &str) {
        self.window.get_by_label(label).click();
        self.window.run_steps(2);
    }

    fn write(&mut self, label: &str, text: &str) {
        let field = self.window.get_by_role_and_label(Role::TextInput, label);
        field.focus();
        self.window.run_steps(2);
        self.window
            .get_by_role_and_label(Role::TextInput, label)
            .type_text(text);
        self.window.run_steps(2);
    }

    fn press(&mut self, modifiers: Modifiers, key: Key) {
        self.window.key_press_modifiers(modifiers, key);
        self.window.run_steps(2);
    }

    fn drag(&mut self, button: PointerButton, from: Pos2, by: Vec2) {
        let press = |pos, pressed| Event::PointerButton {
            pos,
            button,
            pressed,
            modifiers: Modifiers::NONE,
        };
        for event in [
            Event::PointerMoved(from),
            press(from, true),
            Event::PointerMoved(from + by * 0.5),
            Event::PointerMoved(from + by),
            press(from + by, false),
        ] {
            self.window.event(event);
            self.window.run_steps(1);
        }
    }

    fn wheel(&mut self, at: Pos2, lines: f32) {
        self.window.event(Event::PointerMoved(at));
        self.window.run_steps(1);
        self.window.event(Event::MouseWheel {
            unit: MouseWheelUnit::Line,
            delta: Vec2::new(0.0, lines),
            phase: TouchPhase::Move,
            modifiers: Modifiers::NONE,
        });
        self.window.run_steps(2);
    }

    fn open_sample(&mut self) {
        self.click("Open the sample study");
        self.until("the first image", |state| state.view.shown.is_some());
        self.until("the end of the scan", |state| {
            state.scans.iter().all(|scan| scan.finished)
        });
    }

    /// Presses the key for k = 32 and waits for the results.
    fn compress(&mut self) -> Digest {
        self.press(Modifiers::COMMAND, Key::K);
        self.end_of_job()
    }

    fn end_of_job(&mut self) -> Digest {
        self.until("the end of the job", |state| {
            state
                .newest_job()
                .is_some_and(|job| job.outcome.is_some() || job.failure.is_some())
        });
        let job = self.job();
        let outcome = job.outcome.as_ref();
        outcome
            .unwrap_or_else(|| panic!("the job failed: {:?}", job.failure))
            .output_digest
    }

    fn job(&self) -> &JobView {
        self.state().newest_job().expect("a job")
    }

    fn done(&self) -> usize {
        let outcome = self.job().outcome.as_ref().expect("it is over");
        outcome
            .snapshot
            .members
            .iter()
            .map(|member| member.done)
            .sum()
    }
}

fn homes() -> (tempfile::TempDir, PathBuf, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let (mine, theirs) = (folder.path().join("mine"), folder.path().join("theirs"));
    (folder, mine, theirs)
}

const CENTRE: Pos2 = Pos2::new(640.0, 360.0);

#[test]
fn the_sample_opens_scrolls_and_changes_its_window() {
    let (_folder, mine, _) = homes();
    let mut desk = Desk::at(&mine);
    assert!(
        desk.window
            .query_all_by_label_contains("Research use")
            .count()
            > 0
    );
    desk.open_sample();
    assert_eq!(desk.state().view.len(), 27);
    let begun = desk.state().view.index;

    desk.wheel(CENTRE, -1.0);
    desk.until("the next image", |state| {
        state.view.is_current() && state.view.index != begun
    });
    let next = desk.state().view.index;
    assert_eq!(next, begun + 1, "one notch is one image");
    desk.press(Modifiers::NONE, Key::End);
    desk.until("the last image", |state| {
        state.view.is_current() && state.view.index == 26
    });
    desk.press(Modifiers::NONE, Key::ArrowDown);
    assert_eq!(
        desk.state().view.index,
        26,
        "there is nothing behind the last image"
    );

    let (before, _) = desk
        .state()
        .view
        .window()
        .expect("a grey image has a window");
    desk.drag(PointerButton::Primary, CENTRE, Vec2::new(60.0, 0.0));
    let (wider, _) = desk.state().view.window().expect("a window");
    assert!(wider.width() > before.width(), "to the right is wider");
    desk.drag(PointerButton::Primary, CENTRE, Vec2::new(0.0, 60.0));
    let (moved, _) = desk.state().view.window().expect("a window");
    assert!(
        (moved.center() - wider.center()).abs() > f64::EPSILON,
        "down moves the level"
    );

    desk.drag(PointerButton::Middle, CENTRE, Vec2::new(40.0, 20.0));
    assert!(!desk.state().view.fitted, "a pan is the user's own view");
    desk.press(Modifiers::NONE, Key::R);
    assert!(desk.state().view.fitted, "reset fits the image again");
    let (reset, _) = desk.state().view.window().expect("a window");
    assert!(
        (reset.width() - before.width()).abs() < 1e-9,
        "reset takes the window back"
    );
}

#[test]
fn one_key_compresses_the_series_and_shows_the_loss() {
    let (_folder, mine, _) = homes();
    let mut desk = Desk::at(&mine);
    desk.open_sample();
    let digest = desk.compress();
    desk.until("the result of this image", |state| {
        state
            .comparison
            .as_ref()
            .is_some_and(|shown| shown.current().is_some())
    });
    let result = desk
        .state()
        .comparison
        .as_ref()
        .and_then(|shown| shown.current())
        .cloned();
    let figures = result.expect("shown").figures.expect("both have one shape");
    assert!(
        figures.relative_frobenius > 0.0,
        "rank 32 of 274 loses something"
    );
    assert!(
        figures.relative_frobenius < 0.2,
        "and not much: {}",
        figures.relative_frobenius
    );
    assert!(desk.window.query_all_by_label_contains("Relative").count() > 0);
    assert_eq!(
        desk.compress(),
        digest,
        "the same job gives the same digest"
    );
}

#[test]
fn a_paired_workstation_helps_is_lost_and_no_bit_changes() {
    let (_folder, mine, theirs) = homes();
    let mut desk = Desk::at(&mine);
    desk.open_sample();
    let alone = desk.compress();

    desk.press(Modifiers::COMMAND, Key::Num2);
    desk.click("Share with nearby workstations");
    desk.until("sharing", |state| {
        state.mesh.as_ref().is_some_and(|mesh| mesh.sharing)
    });
    let window = support::Living::start(support::clisonix().arg("--home").arg(&theirs).args([
        "pair",
        "--show",
        "--listen",
        "127.0.0.1:0",
    ]));
    let code = support::text(&window.document, "code").to_owned();
    let address = window.document["addresses"][0]
        .as_str()
        .expect("an address")
        .to_owned();
    desk.write("Code from the other workstation", &code);
    desk.write(
        "Its address, only where it is not found by itself",
        &address,
    );
    desk.click("Pair with code");
    desk.until("pairing", |state| {
        let mesh = state.mesh.as_ref();
        mesh.is_some_and(|mesh| matches!(mesh.pairing, PairingState::Paired { .. }))
    });
    assert!(window.end(), "the other side has paired too");

    let (mut node, place) = support::node(&theirs);
    desk.window.state_mut().act(Action::SetDialAddress(place));
    desk.window.state_mut().act(Action::Dial);
    desk.until("the peer to be ready", |state| {
        let peers = state.mesh.as_ref().map(|mesh| mesh.peers.as_slice());
        peers.is_some_and(|peers| peers.iter().any(|peer| peer.state == PeerState::Ready))
    });
    let shared = desk.compress();
    assert_eq!(shared, alone, "two nodes give the digest of one");
    let members = &desk.job().outcome.as_ref().expect("over").snapshot.members;
    assert_eq!(members.len(), 2);
    assert!(
        members.iter().all(|member| member.done > 0),
        "both worked: {members:?}"
    );

    // Rank 200 takes long enough for the plug to be pulled in between.
    let slow = |desk: &mut Desk, mesh: bool| {
        let app = desk.window.state_mut();
        app.act(Action::ChooseOperation("svd-compress".to_owned()));
        app.act(Action::SetParameter(
            "svd-compress".to_owned(),
            "k".to_owned(),
            "200".to_owned(),
        ));
        app.act(Action::SetScope(clisonix::job::Scope::Series));
        app.act(Action::SetJobMesh(mesh));
        app.act(Action::Run);
    };
    slow(&mut desk, false);
    let alone = desk.end_of_job();
    slow(&mut desk, true);
    desk.until("the first results", |state| {
        let job = state.newest_job().and_then(|job| job.snapshot.as_ref());
        job.is_some_and(|snapshot| snapshot.done > 0)
    });
    node.kill();
    assert_eq!(
        desk.end_of_job(),
        alone,
        "a lost member costs time and no bit"
    );
    assert_eq!(desk.done(), 27, "each slice is committed once");
}
