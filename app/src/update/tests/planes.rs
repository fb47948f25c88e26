//! Three planes through a volume: the way there and back, the point that they share, what is asked for.

use super::*;
use crate::planes::{Grip, PlaneKind, PlanesAction, grip_at};
use kernel_imaging::{ImagePlane, SlabProjection, Volume, reslice, reslice_slab};

const SLICES: usize = 20;

/// Slices 3 mm apart, 1 mm pixels, whose values tell where they lie.
fn volume_reference(slice: usize) -> FrameReference {
    let plain = reference(slice, "CT");
    let plane = ImagePlane {
        position_lps_mm: [-32.0, -32.0, 3.0 * slice as f64],
        row_direction_lps: [1.0, 0.0, 0.0],
        column_direction_lps: [0.0, 1.0, 0.0],
        spacing_mm: [1.0, 1.0],
    };
    let attributes = FrameAttributes {
        plane: Some(plane),
        spacing_mm: Some([1.0, 1.0]),
        calibration: kernel_imaging::SpacingCalibration::Patient,
        ..plain.attributes().clone()
    };
    let instance = Instance {
        frames: vec![Arc::new(attributes)],
        burned_in: slice == 7,
        series_uid: "1.2.3".to_owned(),
        frame_of_reference_uid: "1.9".to_owned(),
        ..(*plain.instance).clone()
    };
    FrameReference {
        instance: Arc::new(instance),
        frame: 0,
    }
}

pub(super) fn state_with_a_volume() -> State {
    let mut state = State::default();
    update(&mut state, Action::Open(vec![PathBuf::from("/data")]));
    let volume = Series {
        frames: (0..SLICES).map(volume_reference).collect(),
        voxel_mm: Some([3.0, 1.0, 1.0]),
        ..series("volume", "CT", 0)
    };
    let study = Study {
        series: vec![volume, series("second", "MR", 3)],
        ..Study::default()
    };
    receive(&mut state, studies(vec![study], true));
    show(&mut state);
    state
}

fn act(state: &mut State, action: PlanesAction) -> Vec<Command> {
    update(state, Action::Planes(action))
}

/// Answers as the engine does: volumes are stacked and planes made by the kernels.
pub(super) fn answer(state: &mut State, commands: Vec<Command>) {
    let mut waiting = commands;
    while let Some(command) = waiting.pop() {
        let event = match command {
            Command::BuildVolume { request, frames } => {
                let slices: Vec<_> = frames.iter().map(|it| (frame(), it.attributes())).collect();
                match Volume::from_slices(&slices) {
                    Ok(volume) => Event::VolumeReady {
                        request,
                        volume: Arc::new(volume),
                    },
                    Err(error) => Event::VolumeFailed {
                        request,
                        reason: error.to_string(),
                    },
                }
            }
            Command::ShowPlane {
                viewport,
                generation,
                volume,
                plane,
                slab: (planes, step_mm, projection),
                reference,
            } => Event::FrameReady {
                viewport,
                generation,
                reference,
                frame: Arc::new(match planes {
                    1 => reslice(&volume, &plane),
                    _ => reslice_slab(&volume, &plane, planes, step_mm, projection),
                }),
            },
            solid @ Command::ShowSolid { .. } => super::solids::rendered(solid),
            Command::ShowFrame {
                viewport,
                generation,
                frame: reference,
                ..
            } => Event::FrameReady {
                viewport,
                generation,
                reference,
                frame: frame(),
            },
            _ => continue,
        };
        waiting.extend(receive(state, event));
    }
}

fn opened_planes() -> State {
    let mut state = state_with_a_volume();
    let commands = act(&mut state, PlanesAction::Toggle);
    assert!(state.planes.building.is_some());
    answer(&mut state, commands);
    assert!(state.planes.is_open());
    state
}

fn asked(commands: &[Command]) -> Vec<ViewportId> {
    let of = |command: &Command| match command {
        Command::ShowPlane { viewport, .. } => Some(*viewport),
        _ => None,
    };
    commands.iter().filter_map(of).collect()
}

fn id(state: &State, slot: usize) -> ViewportId {
    state.layout.view(slot, &state.view).id
}

fn words(state: &State, slot: usize) -> String {
    let view = state.layout.view(slot, &state.view);
    view.plane.as_ref().expect("a plane").words()
}

#[test]
fn three_planes_open_through_the_slice_in_view_and_close_at_the_slice_of_their_point() {
    let mut state = opened_planes();
    assert_eq!(state.layout.count(), 3);
    let all = [0, 1, 2].map(|slot| words(&state, slot));
    let coronal_and_sagittal = ["Coronal 33 of 64", "Sagittal 32 of 64"];
    assert_eq!(all[0], "Axial 11 of 20");
    assert_eq!(all[1..], coronal_and_sagittal);
    // The axial plane is the slice itself.
    let shown = state.view.shown.as_ref().expect("an axial plane");
    assert_eq!(shown.frame.stored_value(5, 9, 0), Some(5.0 * 64.0 + 9.0));
    let marks = &shown.reference.instance;
    assert!(marks.burned_in, "a mark of one slice is on every plane");
    update(&mut state, Action::Scroll(4));
    let commands = act(&mut state, PlanesAction::Toggle);
    answer(&mut state, commands);
    assert!(!state.planes.is_open());
    assert_eq!((state.layout.count(), state.view.index), (1, 14));
    assert!(state.view.plane.is_none() && state.view.is_current());
}

#[test]
fn the_wheel_asks_for_one_plane_and_stops_at_the_ends() {
    let mut state = opened_planes();
    let commands = update(&mut state, Action::Scroll(1));
    assert_eq!(asked(&commands), [id(&state, 0)]);
    assert_eq!(words(&state, 0), "Axial 12 of 20");
    update(&mut state, Action::LastImage);
    assert_eq!(words(&state, 0), "Axial 20 of 20");
    assert!(update(&mut state, Action::Scroll(1)).is_empty());
    update(&mut state, Action::FirstImage);
    assert_eq!(words(&state, 0), "Axial 1 of 20");
    // There and back is the same plane: measurements on it are found again.
    let before = state.planes.cut.as_ref().expect("open").point_lps_mm;
    for by in [3, -3] {
        let commands = update(&mut state, Action::Scroll(by));
        answer(&mut state, commands);
    }
    let after = state.planes.cut.as_ref().expect("open").point_lps_mm;
    assert!((0..3).all(|axis| (before[axis] - after[axis]).abs() < 1e-9));
}

#[test]
fn the_crosshair_is_drawn_to_another_place_and_the_other_planes_follow() {
    let mut state = opened_planes();
    let size = [640, 640];
    update(&mut state, Action::Resized(size));
    let middle = [325.0, 325.0];
    assert_eq!(grip_at(&state, 0, middle, false), Some(Grip::Centre));
    assert_eq!(
        grip_at(&state, 0, [325.0, 100.0], false),
        Some(Grip::Line(PlaneKind::Sagittal))
    );
    assert_eq!(
        grip_at(&state, 0, [100.0, 325.0], false),
        Some(Grip::Line(PlaneKind::Coronal))
    );
    assert_eq!(grip_at(&state, 0, [100.0, 100.0], false), None);
    act(&mut state, PlanesAction::Grab(Grip::Centre));
    let commands = act(&mut state, PlanesAction::DragTo([425.0, 225.0]));
    assert_eq!(asked(&commands), [id(&state, 1), id(&state, 2)]);
    assert_eq!(words(&state, 1), "Coronal 23 of 64");
    assert_eq!(words(&state, 2), "Sagittal 22 of 64");
    act(&mut state, PlanesAction::Release);
    // Esc gives back what a drag took.
    act(&mut state, PlanesAction::Grab(Grip::Centre));
    act(&mut state, PlanesAction::DragTo([500.0, 500.0]));
    update(&mut state, Action::Escape);
    assert_eq!(words(&state, 1), "Coronal 23 of 64");
    assert!(state.planes.is_open());
    // A line moves one plane alone.
    act(
        &mut state,
        PlanesAction::Grab(Grip::Line(PlaneKind::Coronal)),
    );
    let commands = act(&mut state, PlanesAction::DragTo([105.0, 425.0]));
    assert_eq!(asked(&commands), [id(&state, 1)]);
    assert_eq!(words(&state, 1), "Coronal 43 of 64");
    act(&mut state, PlanesAction::ToggleCrosshair);
    assert_eq!(grip_at(&state, 0, [425.0, 425.0], false), None);
}

#[test]
fn turned_planes_keep_their_size_and_what_lies_under_the_crosshair() {
    let mut state = opened_planes();
    update(&mut state, Action::Resized([640, 640]));
    let place = |state: &State, slot: usize| {
        let view = state.layout.view(slot, &state.view);
        let cut = state.planes.cut.as_ref().expect("open");
        let plane = view.shown.as_ref().expect("shown").reference.attributes();
        let plane = plane.plane.expect("a plane");
        let (image, aspect) = view.image().expect("an image");
        let transform = view.transform_for(image, aspect, view.size);
        let at = transform.view_from_image(cut.on(&plane), aspect, view.size);
        (at, transform.zoom / plane.spacing_mm[1])
    };
    let before = place(&state, 1);
    let commands = act(&mut state, PlanesAction::Turn(6));
    assert_eq!(asked(&commands), [id(&state, 1), id(&state, 2)]);
    answer(&mut state, commands);
    assert_eq!(words(&state, 0), "Axial 11 of 20");
    assert!(words(&state, 1).starts_with("Coronal, oblique"));
    let (at, pixels_a_mm) = place(&state, 1);
    assert!((at[0] - before.0[0]).abs() < 1e-6 && (at[1] - before.0[1]).abs() < 1e-6);
    assert!((pixels_a_mm - before.1).abs() < 1e-9);
    let cut = state.planes.cut.as_ref().expect("open");
    let [across, along] = [PlaneKind::Coronal, PlaneKind::Sagittal].map(|kind| cut.normal(kind));
    let dot: f64 = (0..3).map(|axis| across[axis] * along[axis]).sum();
    assert!(dot.abs() < 1e-12, "still at right angles");
    update(&mut state, Action::Reset);
    assert_eq!(words(&state, 1), "Coronal 33 of 64");
    assert!((0..3).all(|slot| state.layout.view(slot, &state.view).fitted));
}

#[test]
fn a_hand_on_a_line_with_ctrl_turns_by_the_angle_it_goes() {
    let mut state = opened_planes();
    update(&mut state, Action::Resized([640, 640]));
    let held = grip_at(&state, 0, [565.0, 325.0], true).expect("the coronal line");
    assert_eq!(held, Grip::Turn([565.0, 325.0]));
    act(&mut state, PlanesAction::Grab(held));
    act(&mut state, PlanesAction::DragTo([325.0, 565.0]));
    let normal = state
        .planes
        .cut
        .as_ref()
        .expect("open")
        .normal(PlaneKind::Coronal);
    // A quarter clockwise on the screen: what looked to the back looks to the right.
    assert!((normal[0] + 1.0).abs() < 1e-9, "{normal:?}");
}

#[test]
fn one_window_for_all_planes_and_slabs_say_how_thick_they_are() {
    let mut state = opened_planes();
    update(&mut state, Action::WindowPreset("Lung"));
    let chosen = state.view.presentation;
    assert!((0..3).all(|slot| state.layout.view(slot, &state.view).presentation == chosen));
    let commands = act(&mut state, PlanesAction::Thicken(2));
    assert_eq!(asked(&commands).len(), 3);
    let slab = |state: &State, slot: usize| {
        let view = state.layout.view(slot, &state.view);
        view.plane.as_ref().and_then(|plane| plane.slab_words())
    };
    assert_eq!(slab(&state, 0).as_deref(), Some("MIP 15.0 mm, 5 planes"));
    assert_eq!(slab(&state, 1).as_deref(), Some("MIP 15.0 mm, 15 planes"));
    act(
        &mut state,
        PlanesAction::Projection(SlabProjection::Minimum),
    );
    assert_eq!(slab(&state, 0).as_deref(), Some("MinIP 15.0 mm, 5 planes"));
    act(&mut state, PlanesAction::Thicken(-9));
    assert_eq!(slab(&state, 0), None);
}

#[test]
fn a_window_found_automatically_is_found_once_for_all_planes() {
    let mut state = state_with_a_volume();
    update(&mut state, Action::WindowDigit(0));
    // The image has not arrived yet when planes are asked for.
    state.view.shown = None;
    let commands = act(&mut state, PlanesAction::Toggle);
    answer(&mut state, commands);
    let lead = state.view.presentation;
    assert!(matches!(lead.voi, VoiChoice::Manual(..)), "{lead:?}");
    assert!((0..3).all(|slot| state.layout.view(slot, &state.view).presentation == lead));
}

#[test]
fn a_series_that_is_no_volume_says_why_and_stays_on_screen() {
    let mut state = state_with_a_volume();
    update(&mut state, Action::NextSeries);
    show(&mut state);
    let commands = act(&mut state, PlanesAction::Toggle);
    answer(&mut state, commands);
    assert!(!state.planes.is_open() && state.planes.building.is_none());
    let refusal = state.planes.refusal.clone().expect("a sentence");
    assert!(
        refusal.ends_with("Slice 1 has no position in the patient"),
        "{refusal}"
    );
    assert!(state.view.shown.is_some());
    update(&mut state, Action::Escape);
    assert_eq!(state.planes.refusal, None);
}

#[test]
fn stacking_is_cancelled_and_a_late_volume_is_dropped() {
    let mut state = state_with_a_volume();
    let commands = act(&mut state, PlanesAction::Toggle);
    let Some(Command::BuildVolume { request, .. }) = commands.first() else {
        panic!("{commands:?}")
    };
    let progress = Event::VolumeProgress {
        request: *request,
        done: 3,
        total: SLICES,
    };
    receive(&mut state, progress);
    assert_eq!(state.planes.building.as_ref().map(|it| it.done), Some(3));
    let stopped = update(&mut state, Action::Escape);
    assert!(matches!(stopped[..], [Command::CancelVolume(of)] if of == *request));
    answer(&mut state, commands);
    assert!(!state.planes.is_open());
}

#[test]
fn another_series_takes_the_planes_place_and_closing_leaves_nothing() {
    let mut state = opened_planes();
    let commands = update(&mut state, Action::NextSeries);
    assert!(!state.planes.is_open());
    assert_eq!(
        state.view.stack.as_ref().map(|it| it.key.as_str()),
        Some("second")
    );
    assert!(
        commands
            .iter()
            .any(|it| matches!(it, Command::BuildVolume { .. }))
    );
    let mut state = opened_planes();
    update(&mut state, Action::CloseStudies);
    assert!(!state.planes.is_open() && state.layout.count() == 1);
    assert!(state.view.plane.is_none() && state.view.shown.is_none());
}

#[test]
fn rule_34_a_length_on_a_plane_is_marked_approximate() {
    let mut state = opened_planes();
    update(&mut state, Action::Resized([640, 640]));
    update(
        &mut state,
        Action::UseTool(Tool::Measure(crate::measure::Kind::Length)),
    );
    for at in [[100.0, 100.0], [200.0, 100.0]] {
        update(
            &mut state,
            Action::Measure(crate::measure::MeasureAction::Click(at)),
        );
    }
    let one = state.measuring.list.first().expect("a length");
    let length = one.figures.length.clone().expect("a length");
    assert_eq!(
        (length.unit, length.note.as_str()),
        ("mm", "approximate, reformatted")
    );
    assert!((length.value - 10.0).abs() < 1e-9, "{length:?}");
    // It lies on its own plane only.
    let commands = update(&mut state, Action::Scroll(1));
    answer(&mut state, commands);
    let shown = state.view.shown.as_ref().expect("shown").reference.clone();
    assert_eq!(state.measuring.on(&shown).count(), 0);
    let commands = update(&mut state, Action::Scroll(-1));
    answer(&mut state, commands);
    let shown = state.view.shown.as_ref().expect("shown").reference.clone();
    assert_eq!(state.measuring.on(&shown).count(), 1);
}
