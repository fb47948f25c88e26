//! Masks: drawn by hand, made by formulas, changed, and given back step by step.

use actor_messages::{MadeMask, MaskWanted, MaskWork, SaveWish};
use kernel_imaging::BitPlane;

use super::*;
use crate::masks::{Hand, MaskAction};
use crate::measure::MeasureAction;
use crate::saving::{SavingAction, Subject};

fn act(state: &mut State, action: MaskAction) -> Vec<Command> {
    update(state, Action::Mask(action))
}

fn wish(commands: &[Command]) -> &actor_messages::MaskRequest {
    let found = commands.iter().find_map(|command| match command {
        Command::MakeMask(wish) => Some(wish),
        _ => None,
    });
    found.expect("a mask is asked for")
}

fn answer(state: &mut State, wish: &actor_messages::MaskRequest, set: usize) {
    let plane = |_| {
        let pixels = (0..SIDE * SIDE).map(|at| at < set);
        Some(BitPlane::from_pixels(SIDE, SIDE, pixels))
    };
    let count = match wish.wanted {
        MaskWanted::Series => wish.frames.len(),
        MaskWanted::Image(_) => 1,
    };
    let made = MadeMask {
        request: wish.request,
        wanted: wish.wanted,
        planes: Ok(Arc::new((0..count).map(plane).collect())),
    };
    receive(state, Event::MaskMade(Arc::new(made)));
}

fn marked(state: &State, letter: char, image: usize) -> usize {
    let mask = state.masks.list.iter().find(|mask| mask.letter == letter);
    let plane = mask.and_then(|mask| mask.planes[image].as_ref());
    plane.map_or(0, BitPlane::count)
}

#[test]
fn a_brush_marks_the_image_on_screen_and_each_stroke_comes_back() {
    let mut state = opened(3);
    show(&mut state);
    update(&mut state, Action::Resized([SIDE, SIDE]));
    update(&mut state, Action::UseTool(Tool::Mask(Hand::Brush)));
    act(&mut state, MaskAction::Radius(2.0));
    let draw = |state: &mut State, from: [f64; 2], to: [f64; 2]| {
        update(state, Action::Measure(MeasureAction::Press(from)));
        update(state, Action::Measure(MeasureAction::Move(to)));
        update(state, Action::Measure(MeasureAction::Release(to)));
    };
    draw(&mut state, [10.0, 10.0], [30.0, 10.0]);
    let first = marked(&state, 'A', 0);
    assert!(first > 60, "{first}");
    assert_eq!((marked(&state, 'A', 1), state.measuring.list.len()), (0, 0));
    draw(&mut state, [10.0, 40.0], [30.0, 40.0]);
    assert!(marked(&state, 'A', 0) > first);
    update(&mut state, Action::Measure(MeasureAction::Undo));
    assert_eq!(marked(&state, 'A', 0), first);
    update(&mut state, Action::Measure(MeasureAction::Redo));
    assert!(marked(&state, 'A', 0) > first);
    update(&mut state, Action::UseTool(Tool::Mask(Hand::Erase)));
    draw(&mut state, [10.0, 40.0], [30.0, 40.0]);
    assert_eq!(marked(&state, 'A', 0), first);
    let (labels, palette) = crate::masks::labels(&state, &state.view).expect("it is seen");
    let seen = labels.labels.iter().filter(|label| **label == 1).count();
    assert_eq!((seen, palette.len()), (first, 2));
    act(&mut state, MaskAction::Toggle('A'));
    assert!(crate::masks::labels(&state, &state.view).is_none());
}

#[test]
fn a_formula_is_seen_while_one_scrolls_and_the_newest_answer_counts() {
    let mut state = opened(5);
    show(&mut state);
    act(
        &mut state,
        MaskAction::Range(["40".to_owned(), "80".to_owned()]),
    );
    let commands = act(&mut state, MaskAction::UseRange);
    let first = wish(&commands).clone();
    assert_eq!(first.wanted, MaskWanted::Image(0));
    assert_eq!(
        first.work,
        MaskWork::Formula("image >= 40 and image <= 80".to_owned())
    );
    let commands = update(&mut state, Action::Scroll(1));
    let second = wish(&commands).clone();
    assert_eq!(second.wanted, MaskWanted::Image(1));
    answer(&mut state, &first, 7);
    assert!(
        state.masks.preview.is_none(),
        "it is of an image scrolled past"
    );
    answer(&mut state, &second, 9);
    show(&mut state);
    let (labels, _) = crate::masks::labels(&state, &state.view).expect("it is seen");
    assert_eq!(labels.labels.iter().filter(|label| **label > 0).count(), 9);
    let commands = act(&mut state, MaskAction::Make);
    let whole = wish(&commands).clone();
    assert_eq!(whole.wanted, MaskWanted::Series);
    answer(&mut state, &whole, 11);
    assert_eq!(marked(&state, 'A', 4), 11);
    assert!(!state.masks.look);
}

#[test]
fn the_mask_in_hand_is_changed_and_saved_and_its_letter_is_its_name_in_formulas() {
    let mut state = opened(3);
    show(&mut state);
    act(&mut state, MaskAction::Add);
    act(&mut state, MaskAction::Add);
    act(&mut state, MaskAction::Choose('B'));
    let commands = act(&mut state, MaskAction::Grow(1.0));
    let grown = wish(&commands).clone();
    assert_eq!(grown.work, MaskWork::Formula("dilate(B, 1 mm)".to_owned()));
    assert_eq!(grown.masks[0].0, "B", "the one in hand is first");
    assert!(
        act(&mut state, MaskAction::Fill).is_empty(),
        "one at a time"
    );
    answer(&mut state, &grown, 5);
    assert_eq!((marked(&state, 'A', 0), marked(&state, 'B', 2)), (0, 5));
    let to = SavingAction::To(Subject::Masks, PathBuf::from("/masks.dcm"));
    let commands = update(&mut state, Action::Saving(to));
    let [Command::Save(request)] = &commands[..] else {
        panic!("{commands:?}");
    };
    let SaveWish::Masks { masks, frames } = &request.what else {
        panic!("{request:?}");
    };
    assert_eq!(
        (masks.len(), frames.len()),
        (1, 3),
        "an empty mask is not saved"
    );
    act(&mut state, MaskAction::Undo);
    assert_eq!(marked(&state, 'B', 2), 0);
}

#[test]
fn a_formula_that_fails_says_so_and_shows_nothing() {
    let mut state = opened(3);
    show(&mut state);
    act(&mut state, MaskAction::Formula("image >".to_owned()));
    let commands = act(&mut state, MaskAction::Look(true));
    let asked = wish(&commands).clone();
    let made = MadeMask {
        request: asked.request,
        wanted: asked.wanted,
        planes: Err("a number is missing".to_owned()),
    };
    receive(&mut state, Event::MaskMade(Arc::new(made)));
    assert_eq!(state.masks.failure.as_deref(), Some("a number is missing"));
    assert!(crate::masks::labels(&state, &state.view).is_none());
    act(&mut state, MaskAction::Look(false));
    assert!(state.masks.failure.is_none());
}

#[test]
fn a_mask_is_seen_in_every_view_of_its_series_and_cut_by_planes() {
    use super::planes::{answer, state_with_a_volume};
    use crate::layout::LayoutAction;
    use crate::planes::PlanesAction;
    let mut state = state_with_a_volume();
    state.view.size = [SIDE, SIDE];
    update(&mut state, Action::UseTool(Tool::Mask(Hand::Brush)));
    assert_eq!(state.panels.side, crate::state::Side::Masks);
    let middle = [SIDE as f64 / 2.0; 2];
    let press = Action::Measure(crate::measure::MeasureAction::Click(middle));
    update(&mut state, press);
    let marked = |state: &State, slot: usize| {
        let view = state.layout.view(slot, &state.view);
        let labels = crate::masks::labels(state, view).map(|(image, _)| image.labels);
        labels.map_or(0, |labels| {
            labels.iter().filter(|label| **label > 0).count()
        })
    };
    let drawn = marked(&state, 0);
    assert!(drawn > 20, "{drawn}");
    let to = state.view.index;
    let commands = update(&mut state, Action::Layout(LayoutAction::Grid(1, 2)));
    answer(&mut state, commands);
    let key = "volume".to_owned();
    let scan = state.scans[0].request;
    let commands = update(
        &mut state,
        Action::Layout(LayoutAction::ShowIn(1, scan, key)),
    );
    answer(&mut state, commands);
    update(&mut state, Action::Layout(LayoutAction::Activate(1)));
    let commands = update(&mut state, Action::ScrollTo(to));
    answer(&mut state, commands);
    assert_eq!(marked(&state, 0), drawn, "the view that waits");
    assert_eq!(marked(&state, 1), drawn, "the view in hand");
    let commands = update(&mut state, Action::Planes(PlanesAction::Toggle));
    answer(&mut state, commands);
    // The axial plane goes through the slice that was drawn on; the coronal one cuts it in a line.
    let seen: Vec<usize> = (0..3).map(|slot| marked(&state, slot)).collect();
    assert_eq!(seen[0], drawn, "{seen:?}");
    assert!(seen[1] > 0 && seen[2] > 0, "{seen:?}");
    // A plane is no image to draw on.
    let before = state.masks.version;
    update(
        &mut state,
        Action::Measure(crate::measure::MeasureAction::Click(middle)),
    );
    assert_eq!(state.masks.version, before);
}
