//! From keys pressed to actions, by the table; a field that is typed into keeps its letters.

use eframe::egui::{Context, Event, Key, Modifiers};

use crate::action::Action;
use crate::habits::{Chord, HabitAction, Habits};

/// Actions of the keys pressed since the last frame. `image_has_focus` is whether the focus lies on an image.
pub fn pressed(context: &Context, habits: &Habits, image_has_focus: bool) -> Vec<Action> {
    let typing = context.text_edit_focused();
    let elsewhere = !image_has_focus && context.memory(|memory| memory.focused().is_some());
    context.input(|input| {
        let keys = input.events.iter().filter_map(|event| match event {
            Event::Key {
                key,
                pressed: true,
                modifiers,
                ..
            } => Some((*key, *modifiers)),
            _ => None,
        });
        if habits.waiting.is_some() {
            let mut keys = keys.filter(|(key, _)| *key != Key::Escape);
            let chord = keys.next().map(|(key, held)| Chord::pressed(key, held));
            let bind = chord.map(|chord| Action::Habit(HabitAction::Bind(chord)));
            let back = input.key_pressed(Key::Escape);
            let back = back.then_some(Action::Habit(HabitAction::Ask(None)));
            return bind.or(back).into_iter().collect();
        }
        keys.filter(|(key, modifiers)| !belongs_to_widget(*key, *modifiers, typing, elsewhere))
            .filter_map(|(key, modifiers)| habits.keymap.find(Chord::pressed(key, modifiers)))
            .map(|entry| entry.action.clone())
            .collect()
    })
}

/// Letters belong to a field; arrows, Space and Enter to whatever has the focus.
fn belongs_to_widget(key: Key, modifiers: Modifiers, typing: bool, elsewhere: bool) -> bool {
    if modifiers.command || (modifiers.alt && !typing) || key == Key::F11 {
        return false;
    }
    let moves = matches!(
        key,
        Key::Space | Key::Enter | Key::ArrowUp | Key::ArrowDown | Key::ArrowLeft | Key::ArrowRight
    );
    // Tab goes through the widgets, and through the views while one of them has the focus.
    typing || (elsewhere && moves) || (key == Key::Tab && elsewhere)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn action(key: Key, modifiers: Modifiers) -> Option<Action> {
        let keymap = crate::habits::Keymap::default();
        let found = keymap.find(Chord::pressed(key, modifiers));
        found.map(|entry| entry.action.clone())
    }

    #[test]
    fn signs_are_found_with_and_without_shift() {
        assert_eq!(
            action(Key::Questionmark, Modifiers::SHIFT),
            Some(Action::ToggleKeys)
        );
        assert_eq!(action(Key::Plus, Modifiers::NONE), Some(Action::ZoomIn));
        assert_eq!(
            action(Key::ArrowUp, Modifiers::SHIFT),
            Some(Action::Scroll(-10))
        );
        assert_eq!(
            action(Key::K, Modifiers::COMMAND),
            Some(Action::CompressSeries)
        );
        assert_eq!(action(Key::W, Modifiers::ALT), None);
    }

    #[test]
    fn a_field_keeps_its_letters_but_not_its_shortcuts() {
        assert!(belongs_to_widget(Key::W, Modifiers::NONE, true, true));
        assert!(!belongs_to_widget(Key::K, Modifiers::COMMAND, true, true));
        assert!(belongs_to_widget(Key::Space, Modifiers::NONE, false, true));
        assert!(!belongs_to_widget(Key::W, Modifiers::NONE, false, true));
    }
}
