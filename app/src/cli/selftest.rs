//! `clisonix selftest`: one image for each rule of display, with what it must give and what it gives here.

use std::path::PathBuf;

use actor_messages::RuleResult;
use serde::Serialize;

use super::failure::Failure;
use super::session::Session;

/// Tries the rules of display on a synthetic set, one image or series a rule; fails when one is not kept.
#[derive(clap::Args)]
pub struct SelfTest {
    /// A new folder for the DICOM images of the set, to be looked at here or in another viewer.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

#[derive(Serialize)]
struct Tried {
    kept: usize,
    rules: Vec<RuleResult>,
    out: Option<PathBuf>,
}

impl SelfTest {
    pub fn execute(self, session: &Session) -> Result<(), Failure> {
        let report = actor_engine::self_test(self.out.as_deref()).map_err(Failure::failed)?;
        let tried = Tried {
            kept: report.rules.iter().filter(|rule| rule.kept).count(),
            rules: report.rules,
            out: report.folder,
        };
        let count = tried.rules.len();
        session.answer(&tried, || {
            let lines = tried.rules.iter().map(|rule| match rule.kept {
                true => format!(
                    "kept      {:2}  {}: {}",
                    rule.rule, rule.title, rule.expected
                ),
                false => format!(
                    "NOT kept  {:2}  {}: expected {}, seen {}",
                    rule.rule, rule.title, rule.expected, rule.observed
                ),
            });
            let lines: Vec<String> = lines.collect();
            format!(
                "{}\n{} of {count} rules are kept",
                lines.join("\n"),
                tried.kept
            )
        })?;
        match count - tried.kept {
            0 => Ok(()),
            broken => Err(Failure::failed(format!("{broken} rules are not kept here"))),
        }
    }
}
