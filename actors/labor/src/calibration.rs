//! How fast each machine does each operation, as it was seen: for deadlines and for the eye, and part of no result.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::storage::{Storage, reason, write_whole};

/// Pairs of an operation and a machine that are kept; the one seen longest ago is forgotten first.
pub const ROWS_MAX: usize = 1024;
/// Bytes of the file that are read.
const FILE_BYTES_MAX: u64 = 1 << 20;
/// So many times longer than expected, and a task is late.
const PATIENCE: u64 = 4;
/// A deadline is at least one part in so many of the usual one, and at most so many times it.
const SHORTER_MAX: u32 = 4;
const LONGER_MAX: u32 = 30;
/// After so long a time old speeds count half, ms.
const HALVED_AFTER_MS: u64 = 60_000;
/// Answers before a machine's speed is believed.
const ANSWERS_MIN: u64 = 4;
const VERSION: u16 = 1;

/// What one machine did of one operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Speed {
    /// `OperationSpec::name`.
    pub operation: String,
    /// Peer id of the machine.
    pub peer: String,
    /// Work in the units of the operation's cost.
    pub work: u64,
    /// The time it took, ms.
    pub busy_ms: u64,
    /// Answers that this was seen from.
    pub answers: u64,
    /// Rows that were seen later have a larger one.
    pub seen: u64,
}

impl Speed {
    /// Work units a second; none before enough was seen.
    pub fn work_per_second(&self) -> Option<u64> {
        let enough = self.answers >= ANSWERS_MIN && self.busy_ms > 0;
        let rate = u128::from(self.work) * 1_000 / u128::from(self.busy_ms.max(1));
        enough.then(|| u64::try_from(rate).unwrap_or(u64::MAX).max(1))
    }
}

#[derive(Serialize, Deserialize)]
struct Stored {
    version: u16,
    speeds: Vec<Speed>,
}

/// All that is known of speeds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calibration {
    speeds: BTreeMap<(String, String), Speed>,
    seen: u64,
    changed: bool,
}

/// Where it is kept.
pub fn calibration_path(home: &Path) -> PathBuf {
    home.join("calibration.json")
}

impl Calibration {
    /// As it was kept; nothing where there is no file. One sentence where there is one that cannot be read: it will be replaced.
    pub fn read(home: &Path) -> Result<Self, String> {
        let path = calibration_path(home);
        let size = match std::fs::metadata(&path) {
            Ok(found) => found.len(),
            Err(_) => return Ok(Self::default()),
        };
        let failed =
            |reason: String| format!("The calibration cannot be read, and begins anew: {reason}");
        if size > FILE_BYTES_MAX {
            return Err(failed(format!(
                "it has {size} bytes, and {FILE_BYTES_MAX} are read"
            )));
        }
        let bytes = std::fs::read(&path).map_err(|error| failed(reason(&error)))?;
        let stored: Stored =
            serde_json::from_slice(&bytes).map_err(|error| failed(error.to_string()))?;
        if stored.version != VERSION {
            return Err(failed(format!(
                "it has version {}, and version {VERSION} is read",
                stored.version
            )));
        }
        let speeds: BTreeMap<_, _> = stored
            .speeds
            .into_iter()
            .take(ROWS_MAX)
            .map(|speed| ((speed.operation.clone(), speed.peer.clone()), speed))
            .collect();
        let seen = speeds.values().map(|speed| speed.seen).max().unwrap_or(0);
        Ok(Self {
            speeds,
            seen,
            changed: false,
        })
    }

    /// Every row, by operation and then by machine.
    pub fn speeds(&self) -> impl Iterator<Item = &Speed> {
        self.speeds.values()
    }

    /// An answer came: so much work, so long after the machine's answer before it or after it got something to do.
    pub fn observe(&mut self, operation: &str, peer: &str, work: u64, busy: Duration) {
        let key = (operation.to_owned(), peer.to_owned());
        if !self.speeds.contains_key(&key) && self.speeds.len() >= ROWS_MAX {
            let oldest = self.speeds.iter().min_by_key(|(_, speed)| speed.seen);
            if let Some(oldest) = oldest.map(|(key, _)| key.clone()) {
                self.speeds.remove(&oldest);
            }
        }
        self.seen = self.seen.saturating_add(1);
        self.changed = true;
        let speed = self.speeds.entry(key).or_insert_with(|| Speed {
            operation: operation.to_owned(),
            peer: peer.to_owned(),
            work: 0,
            busy_ms: 0,
            answers: 0,
            seen: 0,
        });
        if speed.busy_ms > HALVED_AFTER_MS {
            (speed.work, speed.busy_ms) = (speed.work / 2, speed.busy_ms / 2);
        }
        let busy_ms = u64::try_from(busy.as_millis()).unwrap_or(u64::MAX);
        speed.work = speed.work.saturating_add(work);
        speed.busy_ms = speed.busy_ms.saturating_add(busy_ms);
        speed.answers = speed.answers.saturating_add(1);
        speed.seen = self.seen;
    }

    /// How long a machine may take for its next answer while it has so much work: several times what was seen of it. `peers` are the
    /// machine and this one: where nothing was seen of the first it is taken for as fast as the second, and where nothing was seen of
    /// either the usual patience holds.
    pub fn deadline(
        &self,
        operation: &str,
        peers: [&str; 2],
        work: u64,
        usual: Duration,
    ) -> Duration {
        let rate = |peer: &str| {
            let known = self.speeds.get(&(operation.to_owned(), peer.to_owned()));
            known.and_then(Speed::work_per_second)
        };
        let Some(rate) = peers.into_iter().find_map(rate) else {
            return usual;
        };
        let ms = u128::from(work) * u128::from(PATIENCE) * 1_000 / u128::from(rate);
        let expected = Duration::from_millis(u64::try_from(ms).unwrap_or(u64::MAX));
        expected.clamp(usual / SHORTER_MAX, usual * LONGER_MAX)
    }

    /// What is to be kept, if anything is new since the last time.
    pub fn to_keep(&mut self) -> Option<Vec<u8>> {
        if !std::mem::take(&mut self.changed) {
            return None;
        }
        let stored = Stored {
            version: VERSION,
            speeds: self.speeds.values().cloned().collect(),
        };
        serde_json::to_vec_pretty(&stored).ok()
    }
}

/// Writes it whole or not at all. A failure costs only what was learnt, and is not told.
pub fn keep(storage: &mut dyn Storage, home: &Path, bytes: &[u8]) {
    let _ = write_whole(storage, &calibration_path(home), bytes);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::Disk;

    const USUAL: Duration = Duration::from_secs(20);

    fn seen(answers: u64, work: u64, ms: u64) -> Calibration {
        let mut calibration = Calibration::default();
        for _ in 0..answers {
            calibration.observe("svd-compress", "a", work, Duration::from_millis(ms));
        }
        calibration
    }

    #[test]
    fn a_deadline_is_several_times_what_was_seen_and_within_bounds() {
        let deadline = |calibration: &Calibration, work| {
            calibration
                .deadline("svd-compress", ["a", "me"], work, USUAL)
                .as_millis()
        };
        assert_eq!(
            deadline(&seen(3, 1_000, 100), 100_000),
            20_000,
            "too little was seen"
        );
        let calibration = seen(8, 1_000, 100);
        assert_eq!(deadline(&calibration, 200_000), 80_000, "four times 20 s");
        assert_eq!(deadline(&calibration, 1), 5_000);
        assert_eq!(deadline(&calibration, u64::MAX), 600_000);
        assert_eq!(calibration.deadline("otsu", ["a", "me"], 1, USUAL), USUAL);
        let stranger = calibration.deadline("svd-compress", ["b", "a"], 200_000, USUAL);
        assert_eq!(stranger.as_millis(), 80_000, "taken for as fast as we are");
    }

    #[test]
    fn it_is_kept_whole_and_a_broken_file_begins_anew_with_a_sentence() {
        let home =
            std::env::temp_dir().join(format!("clisonix-calibration-{}", std::process::id()));
        std::fs::create_dir_all(&home).expect("a folder");
        assert_eq!(Calibration::read(&home), Ok(Calibration::default()));
        let mut calibration = seen(8, 1_000, 100);
        let bytes = calibration.to_keep().expect("something new");
        keep(&mut Disk, &home, &bytes);
        assert_eq!(calibration.to_keep(), None);
        assert_eq!(Calibration::read(&home), Ok(calibration));
        for (text, told) in [
            (&b"{"[..], "EOF while parsing"),
            (
                br#"{"version":9,"speeds":[]}"#,
                "it has version 9, and version 1 is read",
            ),
        ] {
            std::fs::write(calibration_path(&home), text).expect("a file");
            let error = Calibration::read(&home).expect_err("broken");
            assert!(error.contains(told), "{error}");
        }
        std::fs::remove_dir_all(&home).expect("our folder");
    }

    #[test]
    fn no_more_rows_are_kept_than_the_bound_and_the_oldest_go() {
        let mut calibration = Calibration::default();
        for number in 0..=ROWS_MAX {
            calibration.observe("otsu", &format!("peer-{number:05}"), 1, USUAL);
        }
        assert_eq!(calibration.speeds().count(), ROWS_MAX);
        assert!(calibration.speeds().all(|speed| speed.peer != "peer-00000"));
    }
}
