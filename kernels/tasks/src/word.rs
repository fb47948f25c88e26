//! A word of a choice: one that the table of operations knows, so that it is a value as small as a number.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{ParameterKind, operations};

/// A word that some operation offers as a choice; written as its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Word(&'static str);

impl Word {
    /// The word of that text, if any operation offers it.
    pub fn of(text: &str) -> Option<Self> {
        operations()
            .iter()
            .flat_map(|spec| spec.parameters)
            .filter_map(|parameter| match parameter.kind {
                ParameterKind::Choice { words, .. } => Some(words),
                _ => None,
            })
            .flatten()
            .find(|word| **word == text)
            .map(|word| Self(word))
    }

    /// Its text.
    pub fn text(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Word {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.0)
    }
}

impl Serialize for Word {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0)
    }
}

impl<'de> Deserialize<'de> for Word {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::of(&text).ok_or_else(|| {
            let shown: String = text.chars().take(40).collect();
            serde::de::Error::custom(format!("`{shown}` is no word of any operation"))
        })
    }
}
