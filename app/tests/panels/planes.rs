//! Three planes through a volume, through keys, names and the hand.

use std::sync::Arc;

use actor_messages::{Command, Event};
use eframe::egui::{self, Key, Modifiers, PointerButton, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;

use clisonix::ClisonixApp;
use kernel_imaging::{Occupancy, Volume, render_volume, reslice_slab};

use crate::stage::*;

impl Stage {
    /// Volumes are stacked and planes made by the kernels, at once.
    pub fn plane(&self, command: &Command) {
        match command {
            Command::BuildVolume { request, frames } => {
                let request = *request;
                let slices: Vec<_> = frames
                    .iter()
                    .map(|it| (pixels(), it.attributes()))
                    .collect();
                self.tell(match Volume::from_slices(&slices) {
                    Ok(volume) => Event::VolumeReady {
                        request,
                        volume: Arc::new(volume),
                    },
                    Err(error) => Event::VolumeFailed {
                        request,
                        reason: error.to_string(),
                    },
                });
            }
            Command::ShowPlane {
                viewport,
                generation,
                volume,
                plane,
                slab: (planes, step_mm, projection),
                reference,
            } => self.tell(Event::FrameReady {
                viewport: *viewport,
                generation: *generation,
                reference: reference.clone(),
                frame: Arc::new(reslice_slab(volume, plane, *planes, *step_mm, *projection)),
            }),
            Command::ShowSolid {
                viewport,
                generation,
                volume,
                camera,
                rendering,
                reference,
            } => {
                let known = Occupancy::of(volume);
                let made = render_volume(volume, &known, camera, rendering, &|| false);
                self.tell(Event::FrameReady {
                    viewport: *viewport,
                    generation: *generation,
                    reference: reference.clone(),
                    frame: Arc::new(made.expect("nothing stops it")),
                });
            }
            _ => {}
        }
    }
}

fn opened_planes<'a>(stage: &Stage) -> Harness<'a, ClisonixApp> {
    let mut harness = opened(stage, SMALL);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Num0);
    harness.run();
    harness
}

fn wheel(harness: &mut Harness<'_, ClisonixApp>, notches: f32, modifiers: Modifiers) {
    harness.event(egui::Event::MouseWheel {
        unit: egui::MouseWheelUnit::Line,
        delta: vec2(0.0, notches),
        phase: egui::TouchPhase::Move,
        modifiers,
    });
    harness.run();
}

#[test]
fn a_key_shows_three_planes_and_the_same_key_goes_back() {
    let stage = Stage::default();
    let mut harness = opened_planes(&stage);
    harness.get_by_label_contains("Axial pane, plane Axial 1 of 27");
    harness.get_by_label_contains("Coronal pane, plane Coronal 33 of 64");
    harness.get_by_label_contains("Sagittal pane, plane Sagittal 32 of 64");
    nothing_is_cut_off(&harness, SMALL);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Num0);
    harness.run();
    harness.get_by_label_contains("Image pane, image 1 of 27");
}

#[test]
fn the_wheel_goes_through_the_plane_under_it_and_with_alt_makes_a_slab() {
    let stage = Stage::default();
    let mut harness = opened_planes(&stage);
    let at = harness
        .get_by_label_contains("Coronal pane")
        .rect()
        .center();
    harness.hover_at(at);
    harness.run();
    wheel(&mut harness, -2.0, Modifiers::NONE);
    harness.get_by_label_contains("plane Coronal 35 of 64");
    harness.get_by_label_contains("plane Axial 1 of 27");
    wheel(&mut harness, 2.0, Modifiers::ALT);
    harness.get_by_label_contains("plane Coronal 35 of 64, MIP 5.0 mm, 5 planes");
    harness.get_by_label("Planes").click();
    harness.run();
    harness.get_by_label("Slab 20 mm").click();
    harness.run();
    harness.get_by_label_contains("Axial 1 of 27, MIP 20.0 mm, 21 planes");
    nothing_is_cut_off(&harness, SMALL);
}

#[test]
fn the_centre_of_the_crosshair_is_drawn_and_shift_makes_it_follow() {
    let stage = Stage::default();
    let mut harness = opened_planes(&stage);
    let pane = harness.get_by_label_contains("Axial pane").rect();
    // Half a pixel right of and below the middle of the picture, whose voxels are 64 by 64.
    let centre = pane.center();
    let press = |pressed, pos| egui::Event::PointerButton {
        pos,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    harness.hover_at(centre);
    harness.run();
    harness.event(press(true, centre));
    harness.run();
    for step in 1..=4 {
        harness.hover_at(centre + vec2(-20.0 * step as f32, 0.0));
        harness.run();
    }
    harness.event(press(false, centre + vec2(-80.0, 0.0)));
    harness.run();
    let [before, after] = [32, sagittal(&harness)];
    assert!(after > before + 4, "towards the right: {after}");
    assert!(
        harness
            .query_by_label_contains("Coronal 33 of 64")
            .is_some()
    );
    harness.hover_at(centre);
    harness.run();
    assert_eq!(sagittal(&harness), after, "without Shift nothing follows");
    harness.input_mut().modifiers = Modifiers::SHIFT;
    harness.hover_at(centre + vec2(30.0, 0.0));
    harness.run();
    assert!(sagittal(&harness) < before);
}

/// The number of the sagittal plane; it counts from the left of the patient to the right.
fn sagittal(harness: &Harness<'_, ClisonixApp>) -> usize {
    let state = harness.state().state();
    let view = state.layout.view(2, &state.view);
    view.plane.as_ref().expect("a plane").place[0]
}

#[test]
fn a_key_shows_the_volume_as_a_whole_and_a_drag_turns_it() {
    let stage = Stage::default();
    let mut harness = opened(&stage, SMALL);
    harness.key_press_modifiers(Modifiers::SHIFT, Key::V);
    harness.run();
    let pane = harness.get_by_label_contains("Volume pane");
    let at = pane.rect().center();
    nothing_is_cut_off(&harness, SMALL);
    let before = stage.sent().len();
    let press = |pressed, pos| egui::Event::PointerButton {
        pos,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    };
    harness.hover_at(at);
    harness.run();
    harness.event(press(true, at));
    harness.run();
    for step in 1..=4 {
        harness.hover_at(at + vec2(10.0 * step as f32, 0.0));
        harness.run();
    }
    harness.event(press(false, at + vec2(40.0, 0.0)));
    harness.run();
    let sizes: Vec<usize> = stage.sent()[before..]
        .iter()
        .filter_map(|command| match command {
            Command::ShowSolid { camera, .. } => Some(camera.size[0]),
            _ => None,
        })
        .collect();
    assert!(sizes.len() > 1 && sizes[0] == 256, "{sizes:?}");
    assert_eq!(sizes.last(), Some(&512), "{sizes:?}");
    harness.key_press_modifiers(Modifiers::SHIFT, Key::V);
    harness.run();
    assert!(harness.query_by_label_contains("Volume pane").is_none());
}
