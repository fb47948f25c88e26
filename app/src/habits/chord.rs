//! A key with its modifiers as people write it: `Ctrl+Shift+K`.

use eframe::egui::{Key, Modifiers};

use crate::action::{Shortcut, entries};

/// A key with its modifiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Chord {
    /// The key, by what it means.
    pub key: Key,
    /// Ctrl, or Command on a Mac.
    pub ctrl: bool,
    /// Shift; of no weight for signs, which lie elsewhere from one keyboard to the next.
    pub shift: bool,
    /// Alt.
    pub alt: bool,
}

impl Chord {
    /// One of the table's.
    pub fn of(shortcut: &Shortcut) -> Self {
        Self::new(shortcut.key, shortcut.ctrl, shortcut.shift, false)
    }

    /// What was pressed.
    pub fn pressed(key: Key, modifiers: Modifiers) -> Self {
        Self::new(key, modifiers.command, modifiers.shift, modifiers.alt)
    }

    fn new(key: Key, ctrl: bool, shift: bool, alt: bool) -> Self {
        let sign = matches!(
            key,
            Key::Plus
                | Key::Minus
                | Key::Equals
                | Key::Questionmark
                | Key::OpenBracket
                | Key::CloseBracket
        );
        Self {
            key,
            ctrl,
            shift: shift && !sign,
            alt,
        }
    }

    /// As it is written: like the key sheet where that has it, else the modifiers and the key's name.
    pub fn text(self) -> String {
        let mut known = entries().flat_map(|entry| entry.shortcuts);
        if let Some(shortcut) = known.find(|shortcut| Self::of(shortcut) == self) {
            return shortcut.text.to_owned();
        }
        let mut text = String::new();
        for (held, name) in [
            (self.ctrl, "Ctrl+"),
            (self.alt, "Alt+"),
            (self.shift, "Shift+"),
        ] {
            if held {
                text.push_str(name);
            }
        }
        text + self.key.name()
    }

    /// Reads what [`Self::text`] writes.
    ///
    /// # Errors
    /// A sentence that names the part that is neither a modifier nor a key.
    pub fn read(text: &str) -> Result<Self, String> {
        let (mut ctrl, mut shift, mut alt) = (false, false, false);
        let mut rest = text.trim();
        // The key itself may be a plus.
        while let Some((held, after)) = rest.split_once('+').filter(|(_, after)| !after.is_empty())
        {
            match held.trim() {
                "Ctrl" | "Cmd" => ctrl = true,
                "Shift" => shift = true,
                "Alt" => alt = true,
                other => return Err(format!("`{other}` in `{text}` is none of Ctrl, Shift, Alt")),
            }
            rest = after;
        }
        let name = match rest.trim() {
            "PgUp" => "PageUp",
            "PgDn" => "PageDown",
            "Del" => "Delete",
            "Esc" => "Escape",
            name => name,
        };
        match Key::from_name(name) {
            Some(key) => Ok(Self::new(key, ctrl, shift, alt)),
            None => Err(format!("`{name}` in `{text}` is no key")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_of_the_table_is_read_as_it_is_written() {
        for shortcut in entries().flat_map(|entry| entry.shortcuts) {
            let chord = Chord::of(shortcut);
            assert_eq!(chord.text(), shortcut.text);
            assert_eq!(Chord::read(shortcut.text), Ok(chord), "{}", shortcut.text);
        }
        let own = Chord::read("Ctrl+Alt+F4").expect("a key with two modifiers");
        assert_eq!(own.text(), "Ctrl+Alt+F4");
    }

    #[test]
    fn what_is_no_key_is_named() {
        assert!(Chord::read("Hyper+K").is_err_and(|text| text.contains("`Hyper`")));
        assert!(Chord::read("Ctrl+Wurst").is_err_and(|text| text.contains("`Wurst`")));
        assert!(Chord::read("").is_err());
    }
}
