//! Views that go together: by position in one frame of reference, by size in mm, by one window.

use super::*;
use crate::layout::LayoutAction;
use crate::linking::LinkAction;
use kernel_imaging::{ImagePlane, SpacingCalibration};

/// A series along the body axis: `step_mm` between slices from `first_mm` on, pixels of `pixel_mm`.
pub(super) fn stack(
    key: &str,
    reference_uid: &str,
    first_mm: f64,
    step_mm: f64,
    pixel_mm: f64,
) -> Series {
    let frames = (0..20).map(|slice| {
        let plain = reference(slice, "CT");
        let side_mm = SIDE as f64 * pixel_mm;
        let plane = ImagePlane {
            position_lps_mm: [
                (pixel_mm - side_mm) / 2.0,
                (pixel_mm - side_mm) / 2.0,
                first_mm + step_mm * slice as f64,
            ],
            row_direction_lps: [1.0, 0.0, 0.0],
            column_direction_lps: [0.0, 1.0, 0.0],
            spacing_mm: [pixel_mm, pixel_mm],
        };
        let attributes = FrameAttributes {
            plane: Some(plane),
            spacing_mm: Some(plane.spacing_mm),
            calibration: SpacingCalibration::Patient,
            ..plain.attributes().clone()
        };
        let instance = Instance {
            path: PathBuf::from(format!("/data/{key}/{slice}.dcm")),
            frames: vec![Arc::new(attributes)],
            frame_of_reference_uid: reference_uid.to_owned(),
            ..(*plain.instance).clone()
        };
        FrameReference {
            instance: Arc::new(instance),
            frame: 0,
        }
    });
    Series {
        frames: frames.collect(),
        voxel_mm: Some([step_mm, pixel_mm, pixel_mm]),
        ..series(key, "CT", 0)
    }
}

fn answer_all(state: &mut State, commands: Vec<Command>) {
    for command in commands {
        if let Command::ShowFrame {
            viewport,
            generation,
            frame: reference,
            ..
        } = command
        {
            let event = Event::FrameReady {
                viewport,
                generation,
                reference,
                frame: frame(),
            };
            receive(state, event);
        }
    }
}

/// Two views: slices of 5 mm beside slices of 2 mm that begin 10 mm higher, in another or the same frame of reference.
fn two_views(other_reference: &str) -> State {
    let mut state = State::default();
    update(&mut state, Action::Open(vec![PathBuf::from("/data")]));
    let study = Study {
        series: vec![
            stack("coarse", "1.9", 0.0, 5.0, 1.0),
            stack("fine", other_reference, 10.0, 2.0, 0.5),
        ],
        ..Study::default()
    };
    let commands = receive(&mut state, studies(vec![study], true));
    answer_all(&mut state, commands);
    update(&mut state, Action::Layout(LayoutAction::Grid(1, 2)));
    let scan = Some(RequestId(1));
    let show = LayoutAction::ShowIn(1, scan, "fine".into());
    let commands = update(&mut state, Action::Layout(show));
    answer_all(&mut state, commands);
    update(&mut state, Action::Layout(LayoutAction::Activate(0)));
    state
}

fn index(state: &State, slot: usize) -> usize {
    state.layout.view(slot, &state.view).index
}

#[test]
fn views_of_one_frame_of_reference_scroll_together_by_position() {
    let mut state = two_views("1.9");
    update(&mut state, Action::ScrollTo(4));
    assert_eq!(index(&state, 1), 10, "not linked yet");
    // 20 mm is slice 5 of those that begin at 10 mm, 2 mm apart.
    let commands = update(&mut state, Action::Link(LinkAction::ToggleScroll));
    assert_eq!(index(&state, 1), 5);
    assert_eq!(commands.len(), 1);
    let commands = update(&mut state, Action::Scroll(2));
    assert_eq!((index(&state, 0), index(&state, 1)), (6, 10));
    let shown = |command: &&Command| matches!(command, Command::ShowFrame { .. });
    assert_eq!(commands.iter().filter(shown).count(), 2);
    // Beyond the end of the other it stays at its end.
    update(&mut state, Action::LastImage);
    assert_eq!((index(&state, 0), index(&state, 1)), (19, 19));
    update(&mut state, Action::Link(LinkAction::ToggleScroll));
    update(&mut state, Action::FirstImage);
    assert_eq!(index(&state, 1), 19);
}

#[test]
fn without_a_common_frame_of_reference_views_are_linked_only_as_they_lie() {
    let mut state = two_views("1.8");
    update(&mut state, Action::ScrollTo(4));
    update(&mut state, Action::Link(LinkAction::ToggleScroll));
    update(&mut state, Action::ScrollTo(5));
    assert_eq!(index(&state, 1), 10, "positions cannot be compared");
    // Slice 5 here belongs to slice 10 there: 5 mm on are two slices and a half.
    update(&mut state, Action::Link(LinkAction::Anchor));
    update(&mut state, Action::Scroll(2));
    assert_eq!((index(&state, 0), index(&state, 1)), (7, 15));
    update(&mut state, Action::Link(LinkAction::Anchor));
    update(&mut state, Action::Scroll(-2));
    assert_eq!(index(&state, 1), 15, "taken back");
}

#[test]
fn linked_zoom_shows_the_same_size_and_place_in_mm() {
    let mut state = two_views("1.9");
    update(&mut state, Action::Link(LinkAction::ToggleZoom));
    update(&mut state, Action::ZoomBy(Some([100.0, 100.0]), 2.0));
    let (lead, other) = (&state.view, state.layout.view(1, &state.view));
    assert!(!other.fitted);
    // A pixel of half the size is shown half as large.
    assert!((other.transform.zoom - lead.transform.zoom / 2.0).abs() < 1e-9);
    let place = |view: &crate::stack::StackView| {
        let plane = view.wanted().expect("a frame").attributes().plane;
        plane.expect("a plane").lps_from_image(view.transform.pan)
    };
    let (here, there) = (place(lead), place(other));
    assert!((here[0] - there[0]).abs() < 1e-9 && (here[1] - there[1]).abs() < 1e-9);
    update(&mut state, Action::Fit);
    assert!(state.layout.view(1, &state.view).fitted);
}

#[test]
fn linked_windows_follow_within_the_modality() {
    let mut state = two_views("1.9");
    update(&mut state, Action::WindowDigit(6));
    let other = |state: &State| state.layout.view(1, &state.view).presentation;
    assert_ne!(other(&state), state.view.presentation);
    update(&mut state, Action::Link(LinkAction::ToggleWindow));
    update(&mut state, Action::WindowDigit(8));
    assert_eq!(other(&state), state.view.presentation);
    update(&mut state, Action::Invert);
    assert!(other(&state).invert);
}
