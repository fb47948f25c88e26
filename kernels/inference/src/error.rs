//! Why a model is not taken, or does not run, in sentences for the person who asked.

use crate::limits::REASON_CHARS_MAX;

/// Every failure of this crate.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum InferenceError {
    /// The manifest is not as it should be.
    #[error("The manifest `model.toml` is not valid: {reason}")]
    Manifest {
        /// In words.
        reason: String,
    },
    /// The package's bytes are not a package.
    #[error("The model package is not valid: {reason}")]
    Package {
        /// In words.
        reason: String,
    },
    /// The graph is refused before anything is built from it.
    #[error("The ONNX graph is refused: {reason}")]
    Graph {
        /// In words.
        reason: String,
    },
    /// The graph has operators that no engine here runs.
    #[error("The ONNX graph uses operators that cannot be run here: {operators}")]
    Operators {
        /// Names, with commas, sorted.
        operators: String,
    },
    /// The engine refused or failed.
    #[error("The engine {engine} cannot run the model: {reason}")]
    Engine {
        /// Name of the engine.
        engine: &'static str,
        /// In words, shortened.
        reason: String,
    },
    /// The answer to the shipped test case is wrong.
    #[error(
        "The engine {engine} is not used for this model: its answer to the test case differs by {difference} where {tolerance} is allowed"
    )]
    WrongAnswer {
        /// Name of the engine.
        engine: &'static str,
        /// Largest absolute difference.
        difference: f32,
        /// What the manifest allows.
        tolerance: f32,
    },
    /// The series does not fit the model.
    #[error("The model does not fit these images: {reason}")]
    Misfit {
        /// In words.
        reason: String,
    },
    /// Somebody asked to stop.
    #[error("The model was stopped")]
    Cancelled,
}

impl InferenceError {
    pub(crate) fn manifest(reason: impl std::fmt::Display) -> Self {
        Self::Manifest {
            reason: shortened(&reason.to_string()),
        }
    }

    pub(crate) fn package(reason: impl std::fmt::Display) -> Self {
        Self::Package {
            reason: shortened(&reason.to_string()),
        }
    }

    pub(crate) fn graph(reason: impl std::fmt::Display) -> Self {
        Self::Graph {
            reason: shortened(&reason.to_string()),
        }
    }

    pub(crate) fn misfit(reason: impl std::fmt::Display) -> Self {
        Self::Misfit {
            reason: reason.to_string(),
        }
    }

    pub(crate) fn engine(engine: &'static str, reason: &str) -> Self {
        Self::Engine {
            engine,
            reason: shortened(reason),
        }
    }
}

/// A text of a stranger on one line, at most [`REASON_CHARS_MAX`] long.
fn shortened(text: &str) -> String {
    let line: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let words = line.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.chars().count() <= REASON_CHARS_MAX {
        return words;
    }
    let mut kept: String = words.chars().take(REASON_CHARS_MAX).collect();
    kept.push('…');
    kept
}
