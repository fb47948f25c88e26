//! How the synthetic set of the rules of display went on this machine.

use std::path::PathBuf;

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct RuleResult {
    /// Its number.
    pub rule: u8,
    /// What it promises.
    pub title: String,
    /// What a right display gives.
    pub expected: String,
    /// What was seen here, or why nothing was.
    pub observed: String,
    /// Whether both are equal.
    pub kept: bool,
}

/// All rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SelfTestReport {
    /// In the order of the rules.
    pub rules: Vec<RuleResult>,
    /// Where the images of the set were written, if that was wished.
    pub folder: Option<PathBuf>,
}
