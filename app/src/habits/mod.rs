//! The habits of whoever sits here: keys, mouse buttons, language, light or dark, how large things are. Kept in the home.

mod chord;
mod kept;
mod keymap;
mod profile;
mod writer;

use std::cell::RefCell;
use std::sync::Arc;

use actor_messages::Command;

use crate::action::Entry;
use crate::state::State;
use crate::texts::Language;
use crate::theme::Shade;
use crate::tools::Tool;

pub use chord::Chord;
pub use kept::{KeptHabits, read, write};
pub use keymap::{Bindings, Keymap};
pub use profile::{Drag, Mouse, Profile, shipped};
pub use writer::HabitWriter;

/// How large the window's parts can be, percent.
pub const SCALES_PERCENT: [u16; 9] = [75, 90, 100, 110, 125, 150, 175, 200, 250];

/// What is chosen, and what follows from it.
#[derive(Clone, Debug, Default)]
pub struct Habits {
    /// What is chosen.
    pub kept: KeptHabits,
    /// Every key that does something.
    pub keymap: Arc<Keymap>,
    /// The action whose key is to be pressed next.
    pub waiting: Option<&'static str>,
}

/// What can be wanted of habits.
#[derive(Clone, Debug, PartialEq)]
pub enum HabitAction {
    /// Words in this language.
    Speak(Language),
    /// Light or dark.
    Shade(Shade),
    /// Larger by so many steps, or smaller; 0 is 100 %.
    Size(i8),
    /// A profile by its name; none is the table itself.
    Profile(Option<String>),
    /// The next key is for this action; none takes the question back.
    Ask(Option<&'static str>),
    /// The key that was asked for.
    Bind(Chord),
    /// The keys of an action as the profile has them.
    Unbind(&'static str),
    /// All keys as the profile has them.
    UnbindAll,
}

impl Habits {
    /// Habits that were kept, and what in them cannot be used.
    pub fn new(kept: KeptHabits) -> (Self, Vec<String>) {
        let mut habits = Self {
            kept,
            ..Self::default()
        };
        let problems = habits.follow();
        (habits, problems)
    }

    /// The profile in force.
    pub fn profile(&self) -> Option<&'static Profile> {
        let name = self.kept.profile.as_deref()?;
        shipped().iter().find(|profile| profile.name == name)
    }

    /// What the buttons do.
    pub fn mouse(&self) -> Mouse {
        self.profile().map_or_else(Mouse::default, |it| it.mouse)
    }

    /// How large things are, as a factor.
    pub fn scale(&self) -> f32 {
        f32::from(self.kept.scale_percent) / 100.0
    }

    /// Finds the keys again; answers with what cannot be used.
    fn follow(&mut self) -> Vec<String> {
        let mut layers = Vec::new();
        layers.extend(self.profile().map(|profile| &profile.keys));
        layers.push(&self.kept.keys);
        let (keymap, mut problems) = Keymap::with(&layers);
        if let (Some(name), None) = (&self.kept.profile, self.profile()) {
            problems.push(format!("There is no profile of keys `{name}`"));
        }
        self.keymap = Arc::new(keymap);
        problems
    }
}

/// What an action does to the habits.
pub fn update(state: &mut State, action: HabitAction) -> Vec<Command> {
    let habits = &mut state.habits;
    match action {
        HabitAction::Speak(language) => habits.kept.language = language,
        HabitAction::Shade(shade) => habits.kept.shade = shade,
        HabitAction::Size(steps) => habits.kept.scale_percent = size(&habits.kept, steps),
        HabitAction::Profile(name) => {
            habits.kept.profile = name;
            state.tool = habits.mouse().left.tool();
        }
        HabitAction::Ask(name) => {
            habits.waiting = name;
            return Vec::new();
        }
        HabitAction::Bind(chord) => {
            let Some(name) = habits.waiting.take() else {
                return Vec::new();
            };
            let keys = &mut habits.kept.keys;
            let text = chord.text();
            // Another's own key that is given away is no longer its own.
            for texts in keys.values_mut() {
                texts.retain(|other| *other != text);
            }
            keys.insert(name.to_owned(), vec![text]);
        }
        HabitAction::Unbind(name) => drop(habits.kept.keys.remove(name)),
        HabitAction::UnbindAll => habits.kept.keys.clear(),
    }
    habits.waiting = None;
    habits.follow();
    state.wishes.save_habits = true;
    Vec::new()
}

/// The tool in hand at the start.
pub fn first_tool(habits: &Habits) -> Tool {
    habits.mouse().left.tool()
}

fn size(kept: &KeptHabits, steps: i8) -> u16 {
    if steps == 0 {
        return 100;
    }
    let now = SCALES_PERCENT
        .iter()
        .position(|percent| *percent >= kept.scale_percent);
    let now = now.unwrap_or(SCALES_PERCENT.len() - 1);
    let next = now.saturating_add_signed(isize::from(steps));
    SCALES_PERCENT[next.min(SCALES_PERCENT.len() - 1)]
}

thread_local! {
    /// The keys that words on buttons name while this thread draws.
    static SHOWN: RefCell<Arc<Keymap>> = RefCell::default();
}

/// Lets buttons and menus that this thread draws name these keys.
pub fn show_keys(habits: &Habits) {
    SHOWN.with(|shown| *shown.borrow_mut() = habits.keymap.clone());
}

/// The first key of an action, as it is written.
pub fn key_text(entry: &Entry) -> Option<String> {
    SHOWN.with(|shown| shown.borrow().keys(entry.id).next().map(Chord::text))
}

/// All keys of an action, as they are written.
pub fn key_texts(entry: &Entry) -> String {
    SHOWN.with(|shown| {
        let texts: Vec<String> = shown.borrow().keys(entry.id).map(Chord::text).collect();
        texts.join(", ")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::Action;
    use crate::measure::Kind;

    fn act(state: &mut State, action: HabitAction) {
        crate::update::update(state, Action::Habit(action));
    }

    #[test]
    fn a_key_that_was_asked_for_is_given_and_kept_and_comes_back() {
        let mut state = State::default();
        let chord = Chord::read("Alt+J").expect("a key");
        act(&mut state, HabitAction::Bind(chord));
        assert!(
            state.habits.keymap.find(chord).is_none(),
            "nobody asked for it"
        );
        act(&mut state, HabitAction::Ask(Some("length")));
        assert!(!state.wishes.save_habits);
        act(&mut state, HabitAction::Bind(chord));
        assert!(state.wishes.save_habits);
        let found = state.habits.keymap.find(chord).expect("it is given");
        assert_eq!(found.action, Action::UseTool(Tool::Measure(Kind::Length)));
        let text = write(&state.habits.kept).expect("it is written");
        let (again, problems) = Habits::new(read(&text).expect("it is read"));
        assert_eq!(problems, Vec::<String>::new());
        assert_eq!(again.keymap, state.habits.keymap);
        act(&mut state, HabitAction::Unbind("length"));
        assert_eq!(*state.habits.keymap, Keymap::default());
    }

    #[test]
    fn a_profile_changes_keys_and_buttons_and_another_takes_its_place() {
        let mut state = State::default();
        let space = Chord::read("Space").expect("a key");
        act(
            &mut state,
            HabitAction::Profile(Some("OHIF-like".to_owned())),
        );
        let found = state.habits.keymap.find(space).expect("a key that does");
        assert_eq!(found.action, Action::Reset);
        act(
            &mut state,
            HabitAction::Profile(Some("Left drag scrolls".to_owned())),
        );
        assert_eq!(state.tool, Tool::Scroll);
        assert_eq!(state.habits.mouse().right, Drag::WindowLevel);
        act(&mut state, HabitAction::Profile(None));
        assert_eq!(*state.habits.keymap, Keymap::default());
    }

    #[test]
    fn sizes_go_up_and_down_in_steps_and_back_to_one() {
        let mut state = State::default();
        for _ in 0..20 {
            act(&mut state, HabitAction::Size(1));
        }
        assert_eq!(state.habits.kept.scale_percent, 250);
        act(&mut state, HabitAction::Size(-1));
        assert_eq!(state.habits.kept.scale_percent, 200);
        act(&mut state, HabitAction::Size(0));
        assert_eq!(state.habits.kept.scale_percent, 100);
    }
}
