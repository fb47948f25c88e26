//! The *Models* panel: versions change hands while images go on.

use std::sync::Arc;

use actor_messages::{
    CanaryFigures, Command, DeploymentCard, DeploymentState, Digest, Event, HeldModel, LiveLatency,
    LiveResult, MeshSnapshot, ModelCard, ModelManifest, ModelsSnapshot, PairingState, TaskOutput,
};
use clisonix::action::Action;
use clisonix::state::Side;
use egui_kittest::kittest::Queryable;

use crate::stage::*;

const MANIFEST: &str = r#"
name = "body"
version = "VERSION"
summary = "The body on a slice"
licence = "MIT"
source = "made"
intended_use = "research"
[input]
dimensions = 2
intensity = { kind = "min-max" }
[output]
kind = "labelmap"
[[output.labels]]
name = "Background"
colour = [0, 0, 0]
[[output.labels]]
name = "Body"
colour = [200, 80, 80]
[check]
input_shape = [1, 1, 4, 4]
input_digest = ""
output_digest = ""
tolerance = 0.0
reference = "made"
"#;

/// A model of the registry; `before` where the bare name stands for it.
fn card(version: &str, current: bool, before: Option<&str>) -> ModelCard {
    let text = MANIFEST.replace("VERSION", version);
    let manifest = ModelManifest::parse(&text).expect("a manifest");
    ModelCard {
        digest: Digest::of(version.as_bytes()),
        full_name: manifest.full_name(),
        current,
        pinned: false,
        before: before.map(str::to_owned),
        aliases: Vec::new(),
        bytes: 1_000,
        weights: 10,
        engine: "tract".to_owned(),
        class: Digest::of(b"class"),
        check_difference: 0.0,
        cost: None,
        passed_over: Vec::new(),
        manifest,
    }
}

fn registry(models: Vec<ModelCard>) -> Event {
    Event::Models(Arc::new(ModelsSnapshot {
        models: Arc::new(models),
        problem: None,
    }))
}

fn digest(version: &str) -> Digest {
    Digest::of(version.as_bytes())
}

fn switches(stage: &Stage) -> Vec<(Digest, Digest)> {
    let sent = stage.sent().into_iter();
    sent.filter_map(|command| match command {
        Command::SwitchLive(from, to) if from != to => Some((from, to)),
        _ => None,
    })
    .collect()
}

/// Answers the last request of the window as a version would.
fn answer(stage: &Stage, by: Digest) {
    stage.tell(Event::LiveReady(Arc::new(result(stage, by))));
}

fn result(stage: &Stage, by: Digest) -> LiveResult {
    let asked = stage.sent().into_iter().rev().find_map(|command| {
        let Command::RunLive {
            viewport,
            generation,
            model,
            frame,
            ..
        } = command
        else {
            return None;
        };
        Some((viewport, generation, model, frame))
    });
    let (viewport, generation, model, reference) = asked.expect("the model was asked for");
    LiveResult {
        viewport,
        generation,
        reference,
        asked: model,
        model: by,
        output: Arc::new(TaskOutput::Labels {
            slices: 1,
            rows: 64,
            columns: 64,
            labels: vec![1; 64 * 64],
            counts: vec![0, 64 * 64],
            voxel_mm3: None,
        }),
        latency: LiveLatency::default(),
    }
}

#[test]
fn a_new_version_takes_over_when_it_is_ready_and_one_click_goes_back() {
    let stage = Stage::default();
    let mut harness = opened(&stage, SMALL);
    harness.state_mut().act(Action::ShowSide(Side::Models));
    stage.tell(registry(vec![card("1.0.0", true, None)]));
    harness.run_steps(3);
    harness.get_by_label("On the image: body").click();
    harness.run_steps(3);
    answer(&stage, digest("1.0.0"));
    harness.run_steps(3);
    harness.get_by_label("Made by body@1.0.0");

    let both = |newer: bool| {
        registry(vec![
            card("1.0.0", !newer, (!newer).then_some("1.1.0")),
            card("1.1.0", newer, newer.then_some("1.0.0")),
        ])
    };
    stage.tell(both(true));
    harness.run_steps(3);
    assert_eq!(switches(&stage), [(digest("1.0.0"), digest("1.1.0"))]);
    harness.get_by_label("Made by body@1.0.0");
    stage.tell(Event::ModelSwitched {
        from: digest("1.0.0"),
        to: digest("1.1.0"),
        warmed: Ok(1_000),
    });
    harness.run_steps(3);
    // Until the new version has answered, what the old one made stays: no frame is without its labels.
    harness.get_by_label("Made by body@1.0.0");
    answer(&stage, digest("1.1.0"));
    harness.run_steps(3);
    harness.get_by_label("Made by body@1.1.0");

    harness.get_by_label("Back to 1.0.0").click();
    harness.run_steps(3);
    assert!(matches!(
        stage.sent().last(),
        Some(Command::UseModelBefore(name)) if name == "body"
    ));
    stage.tell(both(false));
    harness.run_steps(3);
    assert_eq!(
        switches(&stage).last(),
        Some(&(digest("1.1.0"), digest("1.0.0")))
    );
    nothing_is_cut_off(&harness, SMALL);
}

#[test]
fn a_version_that_does_not_become_ready_is_told_and_the_old_one_stays() {
    let stage = Stage::default();
    let mut harness = opened(&stage, SMALL);
    harness.state_mut().act(Action::ShowSide(Side::Models));
    stage.tell(registry(vec![card("1.0.0", true, None)]));
    harness.run_steps(3);
    harness.get_by_label("On the image: body").click();
    harness.run_steps(3);
    stage.tell(registry(vec![
        card("1.0.0", false, None),
        card("1.1.0", true, Some("1.0.0")),
    ]));
    harness.run_steps(3);
    stage.tell(Event::ModelSwitched {
        from: digest("1.0.0"),
        to: digest("1.1.0"),
        warmed: Err("its memory is too small".to_owned()),
    });
    harness.run_steps(3);
    answer(&stage, digest("1.0.0"));
    harness.run_steps(3);
    harness.get_by_label("Made by body@1.0.0");
    let told = "body@1.0.0 goes on answering, since body@1.1.0 does not become ready: its memory is too small";
    let mut notices = harness.state().state().all_notices();
    assert!(notices.any(|notice| notice.text == told));
}

#[test]
fn a_model_is_sent_to_whoever_lacks_it_and_the_panel_tells_how_far_it_is() {
    let stage = Stage::default();
    let mut harness = opened(&stage, SMALL);
    harness.state_mut().act(Action::ShowSide(Side::Models));
    stage.tell(registry(vec![card("1.0.0", true, None)]));
    let with = |models: Vec<HeldModel>, state: Option<DeploymentState>| {
        let Event::Mesh(mesh) = mesh(PairingState::Closed) else {
            panic!("it is one");
        };
        let mut mesh = MeshSnapshot::clone(&mesh);
        let peer = mesh.peers[0].peer.clone();
        mesh.peers.truncate(1);
        mesh.peers[0].models = Some(models);
        mesh.deployments = state
            .into_iter()
            .map(|state| DeploymentCard {
                model: digest("1.0.0"),
                full_name: "body@1.0.0".to_owned(),
                peer: peer.clone(),
                state,
            })
            .collect();
        (Event::Mesh(Arc::new(mesh)), peer)
    };
    let (mesh, peer) = with(Vec::new(), None);
    stage.tell(mesh);
    harness.run_steps(3);
    harness.get_by_label("Send to peers").click();
    harness.run_steps(3);
    assert!(matches!(
        stage.sent().last(),
        Some(Command::DeployModel { model, peers }) if *model == digest("1.0.0") && *peers == [peer]
    ));
    let sending = DeploymentState::Sending {
        sent_bytes: 1 << 20,
        bytes: 10 << 20,
    };
    stage.tell(with(Vec::new(), Some(sending)).0);
    harness.run_steps(3);
    harness.get_by_label_contains("sent");
    let held = HeldModel {
        digest: digest("1.0.0"),
        full_name: "body@1.0.0".to_owned(),
        current: true,
        class: Digest::of(b"another"),
    };
    stage.tell(with(vec![held], Some(DeploymentState::There)).0);
    harness.run_steps(3);
    harness.get_by_label("has it");
    harness.state_mut().act(Action::ShowSide(Side::Mesh));
    harness.run_steps(3);
    harness.get_by_label("body@1.0.0 (another numeric class than here)");
}

#[test]
fn a_version_is_tried_beside_the_one_on_the_image_and_its_figures_are_shown() {
    let stage = Stage::default();
    let mut harness = opened(&stage, SMALL);
    harness.state_mut().act(Action::ShowSide(Side::Models));
    stage.tell(registry(vec![
        card("1.0.0", true, None),
        card("1.1.0", false, None),
    ]));
    harness.run_steps(3);
    harness
        .get_all_by_label("On the image: body")
        .next()
        .expect("the first version")
        .click();
    harness.run_steps(3);
    harness.get_by_label("Try version 1.1.0").click();
    harness.run_steps(3);
    let (from, to) = (digest("1.0.0"), digest("1.1.0"));
    assert!(matches!(
        stage.sent().last(),
        Some(Command::TryModel { from: of, to: tried, percent: 10 }) if *of == from && *tried == to
    ));
    stage.tell(Event::CanaryTold(Ok(Arc::new(CanaryFigures {
        from,
        to,
        percent: 10,
        requests: 30,
        compared: 3,
        skipped: 0,
        failed: 0,
        failure: None,
        alike_mean: 0.9876,
        alike_least: 0.95,
        from_run_us: 9_000,
        to_run_us: 8_000,
    }))));
    harness.run_steps(3);
    harness.get_by_label("3 of 30 images");
    harness.get_by_label("98.76 %, at least 95.00 %");
    harness.get_by_label("End the trial").click();
    harness.run_steps(3);
    assert!(matches!(
        stage.sent().last(),
        Some(Command::TryModel { percent: 0, .. })
    ));
    assert!(harness.query_by_label("3 of 30 images").is_none());
}

#[test]
fn labels_of_a_near_image_say_that_they_are_until_the_own_ones_are_there() {
    let stage = Stage::default();
    let mut harness = opened(&stage, SMALL);
    harness.state_mut().act(Action::ShowSide(Side::Models));
    stage.tell(registry(vec![card("1.0.0", true, None)]));
    harness.run_steps(3);
    harness.get_by_label("On the image: body").click();
    harness.run_steps(3);
    stage.tell(Event::LiveLate(Arc::new(result(&stage, digest("1.0.0")))));
    harness.run_steps(3);
    harness.get_by_label("Made by body@1.0.0 of a near image; this one's follow");
    answer(&stage, digest("1.0.0"));
    harness.run_steps(3);
    harness.get_by_label("Made by body@1.0.0");
}
