//! What a file says that is not handled, once each and without end.

use crate::limits::PROBLEMS_MAX;

/// Distinct sentences about one file.
#[derive(Default)]
pub(crate) struct Problems(Vec<String>);

impl Problems {
    /// Keeps a sentence unless it is there already or there are too many.
    pub fn add(&mut self, text: String) {
        if self.0.len() < PROBLEMS_MAX && !self.0.contains(&text) {
            self.0.push(text);
        }
    }

    /// The sentences, in the order they came up.
    pub fn into_sentences(self) -> Vec<String> {
        self.0
    }
}
