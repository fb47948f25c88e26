//! The words of the window in several languages. English is the key; a catalogue in `assets/texts` gives the other words.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

/// Where a sentence of a catalogue holds a value.
const HOLE: &str = "{}";

/// A language of the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Language {
    /// The words in the sources.
    #[default]
    #[serde(rename = "en")]
    English,
    /// `assets/texts/de.toml`.
    #[serde(rename = "de")]
    German,
}

impl Language {
    /// All, in the order of the list.
    pub const ALL: [Self; 2] = [Self::English, Self::German];

    /// Its own name for itself.
    pub fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
        }
    }

    fn catalogue(self) -> Option<&'static Catalogue> {
        static GERMAN: LazyLock<Catalogue> =
            LazyLock::new(|| Catalogue::read(include_str!("../../assets/texts/de.toml")));
        match self {
            Self::English => None,
            Self::German => Some(&GERMAN),
        }
    }
}

/// The words of one language by the English ones.
#[derive(Default)]
struct Catalogue {
    texts: BTreeMap<String, String>,
    /// Sentences with values in them, the longest first: it says the most.
    sentences: Vec<(String, String)>,
}

impl Catalogue {
    /// A file that cannot be read gives no words, so that the English ones stay; a test says that each can.
    fn read(text: &str) -> Self {
        let texts: BTreeMap<String, String> = toml::from_str(text).unwrap_or_default();
        let mut sentences: Vec<(String, String)> = texts
            .iter()
            .filter(|(english, _)| english.contains(HOLE))
            .map(|(english, other)| (english.clone(), other.clone()))
            .collect();
        sentences.sort_by_key(|(english, _)| std::cmp::Reverse(english.len()));
        Self { texts, sentences }
    }

    fn sentence(&self, text: &str) -> Option<String> {
        self.sentences.iter().find_map(|(english, other)| {
            let values = values(english, text)?;
            let mut out = String::with_capacity(text.len());
            let mut values = values.into_iter();
            for (at, piece) in other.split(HOLE).enumerate() {
                if at > 0 {
                    out.push_str(values.next().unwrap_or(""));
                }
                out.push_str(piece);
            }
            Some(out)
        })
    }
}

/// What stands in the holes of `english` where that gives `text`.
fn values<'a>(english: &str, text: &'a str) -> Option<Vec<&'a str>> {
    let mut pieces = english.split(HOLE);
    let mut rest = text.strip_prefix(pieces.next()?)?;
    let mut found = Vec::new();
    let mut pieces = pieces.peekable();
    while let Some(piece) = pieces.next() {
        let at = match (piece, pieces.peek()) {
            ("", None) => rest.len(),
            (piece, None) => rest.len().checked_sub(piece.len())?,
            (piece, Some(_)) => rest.find(piece)?,
        };
        let after = rest.get(at..)?.strip_prefix(piece)?;
        found.push(rest.get(..at)?);
        rest = after;
    }
    Some(found)
}

thread_local! {
    static SPOKEN: Cell<Language> = const { Cell::new(Language::English) };
}

/// Lets this thread draw its words in a language.
pub fn speak(language: Language) {
    SPOKEN.with(|spoken| spoken.set(language));
}

/// Words of the sources in the language of the window; English where the catalogue has none.
pub fn tr(english: &'static str) -> &'static str {
    let catalogue = SPOKEN.with(Cell::get).catalogue();
    let found = catalogue.and_then(|catalogue| catalogue.texts.get(english));
    found.map_or(english, String::as_str)
}

/// A sentence made while the program runs, with values in it, in the language of the window.
pub fn say(english: &str) -> Cow<'_, str> {
    let Some(catalogue) = SPOKEN.with(Cell::get).catalogue() else {
        return Cow::Borrowed(english);
    };
    match catalogue.texts.get(english) {
        Some(other) => Cow::Borrowed(other.as_str()),
        None => match catalogue.sentence(english) {
            Some(other) => Cow::Owned(other),
            None => Cow::Borrowed(english),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::action::{Group, entries};
    use crate::measure::Kind;
    use crate::state::Side;

    /// Calls whose words in quotes are shown.
    const CALLS: [&str; 7] = [
        "tr(\"",
        "parts::heading(ui, \"",
        "parts::quiet(ui, \"",
        "parts::pair(ui, \"",
        "parts::primary(ui, \"",
        "parts::sentence(ui, \"",
        ".say(Severity::",
    ];

    fn sources(folder: &Path, found: &mut Vec<String>) {
        let entries = std::fs::read_dir(folder).expect("the sources lie here");
        let mut paths: Vec<_> = entries.map(|it| it.expect("an entry").path()).collect();
        paths.sort();
        for path in paths {
            if path.is_dir() {
                sources(&path, found);
            } else if path.extension().is_some_and(|end| end == "rs")
                && !path.ends_with("src/texts.rs")
            {
                found.push(std::fs::read_to_string(path).expect("it is read"));
            }
        }
    }

    /// Every text of a call, as the compiler reads it.
    fn quoted(source: &str) -> Vec<String> {
        // Spaces between a call and its words are the formatter's.
        let mut source = source.to_owned();
        for gap in ["(\n", "( ", ",\n", ",  "] {
            while source.contains(gap) {
                source = source.replace(
                    gap,
                    match gap.starts_with('(') {
                        true => "(",
                        false => ", ",
                    },
                );
            }
        }
        let mut found = Vec::new();
        for call in CALLS {
            for (at, _) in source.match_indices(call) {
                let mut rest = &source[at + call.len()..];
                if !call.ends_with('"') {
                    // The words follow the severity, where they are words at all.
                    let Some((_, after)) = rest
                        .split_once(", \"")
                        .filter(|(severity, _)| ["Error", "Warning", "Info"].contains(severity))
                    else {
                        continue;
                    };
                    rest = after;
                }
                let end = rest
                    .char_indices()
                    .scan(false, |escaped, (at, letter)| {
                        let ends = letter == '"' && !*escaped;
                        *escaped = letter == '\\' && !*escaped;
                        Some((at, ends))
                    })
                    .find_map(|(at, ends)| ends.then_some(at));
                let text = &rest[..end.expect("a text that ends")];
                if !text.contains('{') {
                    // A backslash at the end of a line takes the line's end and the spaces after it away.
                    let lines = text.split("\\\n").enumerate();
                    let joined: String = lines
                        .map(|(at, line)| match at {
                            0 => line,
                            _ => line.trim_start(),
                        })
                        .collect();
                    found.push(joined.replace("\\\"", "\""));
                }
            }
        }
        found
    }

    fn shown() -> Vec<String> {
        let mut texts: Vec<String> = Vec::new();
        for entry in entries() {
            texts.extend([entry.label.to_owned(), entry.tooltip.to_owned()]);
        }
        texts.extend(Group::ALL.map(|group| group.label().to_owned()));
        texts.extend(Side::ALL.map(|side| side.label().to_owned()));
        texts.extend(Kind::ALL.map(|kind| kind.label().to_owned()));
        let mut files = Vec::new();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        sources(&folder, &mut files);
        texts.extend(files.iter().flat_map(|source| quoted(source)));
        texts.sort();
        texts.dedup();
        texts
    }

    #[test]
    fn every_text_of_the_window_is_in_every_language() {
        let shown = shown();
        assert!(shown.len() > 400, "{} texts", shown.len());
        for language in Language::ALL {
            let Some(catalogue) = language.catalogue() else {
                continue;
            };
            let missing: Vec<&String> = shown
                .iter()
                .filter(|text| !catalogue.texts.contains_key(*text))
                .collect();
            assert!(missing.is_empty(), "{} lacks {missing:#?}", language.name());
        }
    }

    #[test]
    fn sentences_have_as_many_values_in_every_language() {
        for catalogue in Language::ALL.into_iter().filter_map(Language::catalogue) {
            for (english, other) in &catalogue.texts {
                let holes = |text: &str| text.matches(HOLE).count();
                assert_eq!(holes(english), holes(other), "{english}");
                assert!(!other.trim().is_empty(), "{english}");
            }
        }
    }

    #[test]
    fn values_of_a_sentence_stay_and_unknown_words_are_english() {
        assert_eq!(
            values("{} of {} files", "3 of 27 files"),
            Some(vec!["3", "27"])
        );
        assert_eq!(values("{} of {} files", "3 of 27 images"), None);
        assert_eq!(values("Reading {}", "Reading"), None);
        speak(Language::German);
        assert_eq!(say("Reading 3 of 27 files"), "Liest 3 von 27 Dateien");
        assert_eq!(say("A sentence of nobody"), "A sentence of nobody");
        speak(Language::English);
        assert_eq!(say("Reading 3 of 27 files"), "Reading 3 of 27 files");
    }
}
