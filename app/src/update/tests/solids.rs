//! The volume as a whole beside the planes: shown, turned coarsely, fine at rest, cropped, gone again.

use super::planes::{answer, state_with_a_volume};
use super::*;
use crate::layout::LayoutAction;
use crate::planes::{PlanesAction, SolidPreset};
use kernel_imaging::{Camera, Occupancy, Rendering, render_volume};

/// Answers as the engine does, with a coarser picture.
pub(super) fn rendered(command: Command) -> Event {
    let Command::ShowSolid {
        viewport,
        generation,
        volume,
        camera,
        rendering,
        reference,
    } = command
    else {
        panic!("no volume is asked for");
    };
    let known = Occupancy::of(&volume);
    let camera = camera.coarse().coarse();
    let made = render_volume(&volume, &known, &camera, &rendering, &|| false);
    Event::FrameReady {
        viewport,
        generation,
        reference,
        frame: Arc::new(made.expect("nothing stops it")),
    }
}

fn act(state: &mut State, action: PlanesAction) -> Vec<Command> {
    update(state, Action::Planes(action))
}

fn asked(commands: &[Command]) -> Option<(Camera, Rendering)> {
    commands.iter().find_map(|command| match command {
        Command::ShowSolid {
            camera, rendering, ..
        } => Some((*camera, rendering.clone())),
        _ => None,
    })
}

fn with_a_solid() -> State {
    let mut state = state_with_a_volume();
    let commands = act(&mut state, PlanesAction::ToggleSolid);
    answer(&mut state, commands);
    assert_eq!(state.layout.count(), 4);
    state
}

#[test]
fn one_key_opens_the_planes_with_the_volume_and_takes_it_away_again() {
    let mut state = with_a_solid();
    assert!(state.layout.view(3, &state.view).solid);
    assert!(state.planes.is_open());
    act(&mut state, PlanesAction::ToggleSolid);
    assert_eq!(state.layout.count(), 3);
    assert!(state.planes.is_open());
    act(&mut state, PlanesAction::ToggleSolid);
    // The active view is the volume when it goes: a plane takes its keys.
    update(&mut state, Action::Layout(LayoutAction::Activate(3)));
    assert!(state.view.solid);
    act(&mut state, PlanesAction::ToggleSolid);
    assert!(state.view.plane.is_some());
    act(&mut state, PlanesAction::Toggle);
    assert!(!state.view.solid && state.layout.count() == 1);
}

#[test]
fn a_turned_volume_is_coarse_until_the_hand_lets_it_go() {
    let mut state = with_a_solid();
    let turned = act(&mut state, PlanesAction::TurnSolid([30.0, 10.0]));
    let (coarse, _) = asked(&turned).expect("it is asked for");
    let rest = act(&mut state, PlanesAction::RestSolid);
    let (fine, _) = asked(&rest).expect("it is asked for again");
    assert_eq!(coarse.size.map(|side| side * 2), fine.size);
    assert_eq!(coarse.row_direction_lps, fine.row_direction_lps);
    assert_ne!(fine.row_direction_lps, [1.0, 0.0, 0.0]);
    assert!(asked(&act(&mut state, PlanesAction::RestSolid)).is_none());
}

#[test]
fn presets_and_the_box_ask_for_another_picture_and_ends_never_cross() {
    let mut state = with_a_solid();
    let greatest = act(&mut state, PlanesAction::SeeSolid(SolidPreset::Maximum));
    assert_eq!(
        asked(&greatest).map(|asked| asked.1),
        Some(Rendering::Maximum)
    );
    act(&mut state, PlanesAction::CropSolid(0, 1, 40));
    let cropped = act(&mut state, PlanesAction::CropSolid(0, 0, 90));
    let (camera, _) = asked(&cropped).expect("it is asked for");
    assert_eq!(camera.crop[0], [0.38, 0.4]);
    let whole = act(&mut state, PlanesAction::ResetSolid);
    let (camera, rendering) = asked(&whole).expect("it is asked for");
    assert_eq!(camera.crop, [[0.0, 1.0]; 3]);
    assert_eq!(rendering, Rendering::Maximum);
}

#[test]
fn the_wheel_moves_no_plane_on_a_volume() {
    let mut state = with_a_solid();
    update(&mut state, Action::Layout(LayoutAction::Activate(3)));
    let point = |state: &State| state.planes.cut.as_ref().map(|cut| cut.point_lps_mm);
    let before = point(&state);
    assert!(update(&mut state, Action::Scroll(1)).is_empty());
    assert_eq!(point(&state), before);
}
