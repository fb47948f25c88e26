//! Why a command did not do what it was asked, as one sentence and an exit code.

use std::fmt;
use std::process::ExitCode;

/// One sentence naming the thing and the value.
#[derive(Debug)]
pub struct Failure {
    text: String,
    /// Whether the arguments were wrong, so that running the same line again cannot help.
    wrong_usage: bool,
}

impl Failure {
    /// Something went wrong: exit code 1.
    pub fn failed(reason: impl fmt::Display) -> Self {
        Self {
            text: reason.to_string(),
            wrong_usage: false,
        }
    }

    /// The arguments were wrong: exit code 2.
    pub fn usage(reason: impl fmt::Display) -> Self {
        Self {
            text: reason.to_string(),
            wrong_usage: true,
        }
    }

    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(if self.wrong_usage { 2 } else { 1 })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}
