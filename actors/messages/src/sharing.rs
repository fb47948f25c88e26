//! What a user decides about sharing: limits on what is given, and what may leave with a job.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use kernel_tasks::Digest;
use serde::{Deserialize, Serialize};

use crate::job::JobId;

/// Minutes of a day.
const DAY_MINUTES: u16 = 24 * 60;

/// What this node gives to paired workstations. The default gives everything that the program was started with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SharingLimits {
    /// Whether nothing is given for now.
    pub paused: bool,
    /// Cores at most; what the program was started with is never exceeded.
    pub cores: Option<u32>,
    /// Memory for the jobs of all paired workstations together, bytes.
    pub memory_bytes: Option<u64>,
    /// When work is taken; always where none is said.
    pub hours: Option<ShareHours>,
    /// Whether work is taken only while nobody uses this machine.
    pub only_idle: bool,
    /// Names of the operations that are computed for others; all where none is said.
    pub operations: Option<BTreeSet<String>>,
    /// Models that are run for others; all where none is said.
    pub models: Option<BTreeSet<Digest>>,
}

/// A part of each day, local time; it may lie across midnight.
///
/// Invariant: both ends are minutes of a day, and they differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ShareHours {
    from_minute: u16,
    until_minute: u16,
}

/// Text that is no part of a day.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is no part of a day; write it as 18:00-07:00")]
pub struct NoHours(String);

impl ShareHours {
    /// From one minute of the day until another, which is not included any more. None where they are equal or no minutes of a day.
    pub fn new(from_minute: u16, until_minute: u16) -> Option<Self> {
        let is_minute = |minute: u16| minute < DAY_MINUTES;
        (is_minute(from_minute) && is_minute(until_minute) && from_minute != until_minute)
            .then_some(Self {
                from_minute,
                until_minute,
            })
    }

    /// Whether a minute of the day lies within.
    pub fn contains(&self, minute: u16) -> bool {
        if self.from_minute < self.until_minute {
            (self.from_minute..self.until_minute).contains(&minute)
        } else {
            minute >= self.from_minute || minute < self.until_minute
        }
    }
}

impl fmt::Display for ShareHours {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, until) = (self.from_minute, self.until_minute);
        write!(
            out,
            "{:02}:{:02}-{:02}:{:02}",
            from / 60,
            from % 60,
            until / 60,
            until % 60
        )
    }
}

impl FromStr for ShareHours {
    type Err = NoHours;

    fn from_str(text: &str) -> Result<Self, NoHours> {
        let minute = |text: &str| {
            let (hours, minutes) = text.trim().split_once(':')?;
            let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
            (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
        };
        text.split_once('-')
            .and_then(|(from, until)| Self::new(minute(from)?, minute(until)?))
            .ok_or_else(|| NoHours(text.chars().take(40).collect()))
    }
}

impl TryFrom<String> for ShareHours {
    type Error = NoHours;

    fn try_from(text: String) -> Result<Self, NoHours> {
        text.parse()
    }
}

impl From<ShareHours> for String {
    fn from(hours: ShareHours) -> Self {
        hours.to_string()
    }
}

/// Whether a job waits for its user before anything of it leaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AskBeforeSending {
    /// No; the first time a notice says what pixels can tell.
    #[default]
    Never,
    /// The first time that a job leaves this home.
    First,
    /// Each time.
    Always,
}

/// Everything that would leave this workstation with a job.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct JobManifest {
    /// The job, by the random name that paired workstations see.
    pub job: JobId,
    /// The operation and its version.
    pub operation: String,
    /// Its parameters: name and value.
    pub parameters: Vec<(String, String)>,
    /// How many tasks there are; each may go to any of the workstations below, or stay here.
    pub tasks: usize,
    /// Who takes part.
    pub peers: Vec<ManifestPeer>,
    /// What they may fetch.
    pub blobs: Vec<ManifestBlob>,
    /// Length of all that they may fetch.
    pub bytes: u64,
    /// What pixels can tell of a person, a sentence each.
    pub warnings: Vec<String>,
}

/// A workstation that a job would go to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ManifestPeer {
    /// Its peer id.
    pub peer: String,
    /// Its name.
    pub name: String,
}

/// One blob that would leave.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ManifestBlob {
    /// BLAKE3 of its bytes.
    pub digest: Digest,
    /// Its length.
    pub bytes: u64,
    /// What its bytes were read to be.
    pub content: ManifestContent,
}

/// What a blob holds: every field beside the samples, as read from the bytes that would leave.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ManifestContent {
    /// One slice.
    PixelBlock {
        /// Rows.
        rows: u32,
        /// Columns.
        columns: u32,
        /// Modality value = `slope * stored + intercept`.
        slope: f64,
        /// See `slope`.
        intercept: f64,
        /// Stored values that are padding.
        padding: Option<(i64, i64)>,
        /// Between slices, rows and columns.
        voxel_mm: Option<[f64; 3]>,
    },
    /// Weights.
    Matrix {
        /// Rows.
        rows: u32,
        /// Columns.
        columns: u32,
    },
    /// The package of the model that the job runs.
    Model,
    /// Bytes that this program does not read.
    Other,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_across_midnight_contain_the_night_and_not_the_day() {
        let night: ShareHours = "18:00-07:30".parse().expect("hours");
        assert!(night.contains(18 * 60) && night.contains(0) && night.contains(7 * 60 + 29));
        assert!(!night.contains(7 * 60 + 30) && !night.contains(12 * 60));
        assert_eq!(night.to_string(), "18:00-07:30");
    }

    #[test]
    fn what_is_no_part_of_a_day_is_named() {
        for wrong in [
            "",
            "18:00",
            "25:00-07:00",
            "07:60-08:00",
            "09:00-09:00",
            "a-b",
        ] {
            let error = wrong.parse::<ShareHours>().expect_err("refused");
            assert!(error.to_string().contains(&format!("`{wrong}`")), "{error}");
        }
    }
}
