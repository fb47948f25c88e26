//! Which key does what: the table's keys, changed by a profile, changed by the user.

use std::collections::BTreeMap;

use crate::action::{Entry, entries};

use super::Chord;

/// Keys of actions by the actions' names; an empty list takes all keys away.
pub type Bindings = BTreeMap<String, Vec<String>>;

/// Every key that does something.
#[derive(Clone, Debug, PartialEq)]
pub struct Keymap {
    /// In the order of the table; the first of an action is shown.
    rows: Vec<(Chord, &'static str)>,
}

impl Default for Keymap {
    fn default() -> Self {
        let rows = entries().flat_map(|entry| {
            let chords = entry.shortcuts.iter().map(Chord::of);
            chords.map(|chord| (chord, entry.id))
        });
        Self {
            rows: rows.collect(),
        }
    }
}

impl Keymap {
    /// The table's keys with layers of changes, and what in them cannot be used.
    /// A key that a layer gives to an action is taken from the action that had it.
    pub fn with(layers: &[&Bindings]) -> (Self, Vec<String>) {
        let (mut map, mut problems) = (Self::default(), Vec::new());
        for layer in layers {
            map.lay(layer, &mut problems);
        }
        (map, problems)
    }

    fn lay(&mut self, layer: &Bindings, problems: &mut Vec<String>) {
        let mut fresh: Vec<(Chord, &'static str)> = Vec::new();
        for (name, texts) in layer {
            let Some(entry) = entries().find(|entry| entry.id == name) else {
                problems.push(format!("There is no action `{name}` to give a key to"));
                continue;
            };
            self.rows.retain(|(_, id)| *id != entry.id);
            for text in texts {
                match Chord::read(text) {
                    Ok(chord) if fresh.iter().any(|(other, _)| *other == chord) => {
                        problems.push(format!("`{text}` is given to two actions"));
                    }
                    Ok(chord) => fresh.push((chord, entry.id)),
                    Err(reason) => problems.push(reason),
                }
            }
        }
        self.rows
            .retain(|(chord, _)| !fresh.iter().any(|(other, _)| other == chord));
        self.rows.extend(fresh);
    }

    /// The row of the table that a key stands for.
    pub fn find(&self, chord: Chord) -> Option<&'static Entry> {
        let (_, name) = self.rows.iter().find(|(other, _)| *other == chord)?;
        entries().find(|entry| entry.id == *name)
    }

    /// The keys of an action by its name, the one to show first.
    pub fn keys(&self, name: &str) -> impl Iterator<Item = Chord> {
        let rows = self.rows.iter();
        rows.filter(move |(_, id)| *id == name).map(|row| row.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::action::Action;
    use crate::measure::Kind;
    use crate::tools::Tool;

    fn bindings(rows: &[(&str, &[&str])]) -> Bindings {
        let own = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        rows.iter()
            .map(|(id, texts)| ((*id).to_owned(), own(texts)))
            .collect()
    }

    fn does(map: &Keymap, text: &str) -> Option<Action> {
        let chord = Chord::read(text).expect("a key");
        map.find(chord).map(|entry| entry.action.clone())
    }

    #[test]
    fn a_key_that_is_given_away_is_taken_from_the_action_that_had_it() {
        let profile = bindings(&[("length", &["L"]), ("flip-vertical", &[])]);
        let own = bindings(&[("angle", &["D", "Alt+G"])]);
        let (map, problems) = Keymap::with(&[&profile, &own]);
        assert_eq!(problems, Vec::<String>::new());
        let length = Some(Action::UseTool(Tool::Measure(Kind::Length)));
        let angle = Some(Action::UseTool(Tool::Measure(Kind::Angle)));
        assert_eq!(does(&map, "L"), length);
        assert_eq!(does(&map, "D"), angle);
        assert_eq!(does(&map, "Alt+G"), angle);
        assert_eq!(does(&map, "A"), None);
        assert_eq!(does(&map, "V"), None);
        // The table gave L to the next colours, and W is as it was.
        assert_eq!(map.keys("next-colours").count(), 0);
        assert_eq!(does(&map, "W"), Some(Action::UseTool(Tool::WindowLevel)));
    }

    #[test]
    fn what_cannot_be_used_is_said_and_the_rest_is() {
        let own = bindings(&[("length", &["Q", "Wurst"]), ("flip", &["J"])]);
        let (map, problems) = Keymap::with(&[&own]);
        assert_eq!(problems.len(), 2, "{problems:?}");
        assert!(does(&map, "Q").is_some());
    }
}
