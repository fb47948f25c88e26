//! Tries the rules of display on the synthetic set, and writes its images for who wants to look at them.

use std::path::Path;

use actor_messages::{RuleResult, SelfTestReport};
use kernel_dicom::self_test_cases;

use crate::write::{in_new_folder, write_whole};

/// Runs every case; `keep` names a new folder for the images.
///
/// # Errors
/// A sentence when the set cannot be made or written. A rule that is not kept is no error: it is in the report.
pub fn self_test(keep: Option<&Path>) -> Result<SelfTestReport, String> {
    let cases = self_test_cases().map_err(|error| error.to_string())?;
    if let Some(folder) = keep {
        if let Some(parent) = folder.parent() {
            std::fs::create_dir_all(parent)
                .map_err(|error| format!("`{}` cannot be made: {error}", parent.display()))?;
        }
        in_new_folder(folder, |part| {
            for case in &cases {
                for (at, bytes) in case.files.iter().enumerate() {
                    let name = format!("rule-{:02}-{}.dcm", case.rule, at + 1);
                    write_whole(&part.join(name), bytes)?;
                }
            }
            Ok(())
        })?;
    }
    let results = cases.iter().map(|case| case.run());
    let rules = results.map(|result| RuleResult {
        rule: result.rule,
        title: result.title.to_owned(),
        expected: result.expected.to_owned(),
        kept: result.is_kept(),
        observed: result.observed,
    });
    Ok(SelfTestReport {
        rules: rules.collect(),
        folder: keep.map(Path::to_path_buf),
    })
}
