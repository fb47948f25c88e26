//! Where the inputs of a job came from: kept on this machine only, so that `verify` can make the blocks again.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use actor_messages::JobId;
use actor_messages::work::PreparedInput;
use kernel_tasks::Digest;
use serde::{Deserialize, Serialize};

use crate::limits::SOURCES_BYTES_MAX;
use crate::storage::reason;

/// The version of the form.
pub const SOURCES_SCHEMA: u32 = 1;

/// One frame of one file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SourceFrame {
    /// The file, from the root; a path that is no Unicode text is written as the numbers of its units.
    #[serde(with = "exact_path")]
    pub path: PathBuf,
    /// Frame within the file, from 0.
    pub frame: usize,
    /// The distance between slices that went into the block, mm; written as text, so that it reads back to the same bits.
    #[serde(with = "exact_length")]
    pub slice_mm: Option<f64>,
}

/// Input digests and the frames that they were made of. Never sent to a peer: paths may name a patient.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sources {
    /// Version of this form, [`SOURCES_SCHEMA`].
    pub schema: u32,
    /// By input digest; equal frames share one entry, the first in slice order.
    pub inputs: BTreeMap<Digest, SourceFrame>,
}

/// Why the sources of a job cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourcesError {
    /// No file, or not readable.
    #[error("The sources of job {job} cannot be read: {reason}")]
    Unreadable {
        /// The job.
        job: String,
        /// In words.
        reason: String,
    },
    /// Written by another version.
    #[error("The sources of job {job} have version {found}, and version {SOURCES_SCHEMA} is read")]
    Version {
        /// The job.
        job: String,
        /// The version found.
        found: u32,
    },
}

impl Sources {
    /// The sources of prepared inputs; paths are told from the root, since who verifies may stand in another folder.
    pub fn of(inputs: &[PreparedInput]) -> Self {
        let mut sources = Self {
            schema: SOURCES_SCHEMA,
            inputs: BTreeMap::new(),
        };
        for input in inputs {
            let frame = SourceFrame {
                // Only an empty path, or no present folder at all, has no absolute form.
                path: std::path::absolute(&input.path).unwrap_or_else(|_| input.path.clone()),
                frame: input.frame,
                slice_mm: input.slice_mm,
            };
            sources.inputs.entry(input.digest).or_insert(frame);
        }
        sources
    }

    /// The text of the file, with a final line feed.
    pub fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut text = serde_json::to_vec_pretty(self)?;
        text.push(b'\n');
        Ok(text)
    }

    /// Reads the sources of a job from the home folder; bounded.
    pub fn read(home: &Path, job: &JobId) -> Result<Self, SourcesError> {
        let unreadable = |reason: String| SourcesError::Unreadable {
            job: job.0.clone(),
            reason,
        };
        let file =
            File::open(sources_path(home, job)).map_err(|error| unreadable(reason(&error)))?;
        let mut bytes = Vec::new();
        file.take(SOURCES_BYTES_MAX)
            .read_to_end(&mut bytes)
            .map_err(|error| unreadable(reason(&error)))?;
        let sources: Self =
            serde_json::from_slice(&bytes).map_err(|error| unreadable(error.to_string()))?;
        if sources.schema == SOURCES_SCHEMA {
            Ok(sources)
        } else {
            Err(SourcesError::Version {
                job: job.0.clone(),
                found: sources.schema,
            })
        }
    }
}

/// `home/sources/JOB.json`.
pub fn sources_path(home: &Path, job: &JobId) -> PathBuf {
    home.join("sources").join(format!("{}.json", job.0))
}

/// `home/blobs/DIGEST`, where matrix parameters are kept.
pub fn blob_path(home: &Path, digest: &Digest) -> PathBuf {
    home.join("blobs").join(digest.to_string())
}

/// `home/journals/JOB.journal`.
pub fn journal_path(home: &Path, job: &JobId) -> PathBuf {
    home.join("journals").join(format!("{}.journal", job.0))
}

/// A path as text, or, where it is no Unicode text, as its units: bytes on Unix, 16 bits on Windows.
pub(crate) mod exact_path {
    use std::ffi::OsString;
    use std::path::{Path, PathBuf};

    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[serde(untagged)]
    enum Written {
        Text(String),
        Units(Vec<u16>),
    }

    pub fn serialize<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
        let written = match path.to_str() {
            Some(text) => Written::Text(text.to_owned()),
            None => Written::Units(units(path)),
        };
        written.serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PathBuf, D::Error> {
        match Written::deserialize(deserializer)? {
            Written::Text(text) => Ok(text.into()),
            Written::Units(units) => from_units(&units)
                .map(PathBuf::from)
                .ok_or_else(|| D::Error::custom("the units of a path are none of this platform")),
        }
    }

    #[cfg(unix)]
    fn units(path: &Path) -> Vec<u16> {
        use std::os::unix::ffi::OsStrExt;
        let bytes = path.as_os_str().as_bytes();
        bytes.iter().copied().map(u16::from).collect()
    }

    #[cfg(unix)]
    fn from_units(units: &[u16]) -> Option<OsString> {
        use std::os::unix::ffi::OsStringExt;
        let bytes = units.iter().map(|unit| u8::try_from(*unit).ok());
        bytes.collect::<Option<_>>().map(OsString::from_vec)
    }

    #[cfg(windows)]
    fn units(path: &Path) -> Vec<u16> {
        use std::os::windows::ffi::OsStrExt;
        path.as_os_str().encode_wide().collect()
    }

    #[cfg(windows)]
    fn from_units(units: &[u16]) -> Option<OsString> {
        use std::os::windows::ffi::OsStringExt;
        Some(OsString::from_wide(units))
    }
}

/// JSON readers may round the last bit of a number; its shortest exact text they leave alone.
pub(crate) mod exact_length {
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer>(value: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
        value.map(|value| value.to_string()).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<f64>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| text.parse().map_err(D::Error::custom))
            .transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_read_back_to_the_same_bits_and_equal_frames_share_an_entry() {
        let home = tempfile::tempdir().expect("a folder");
        let job = JobId("0123456789abcdef".to_owned());
        let slice_mm = Some(0.1 + 0.2);
        let input = |byte: u8, frame: usize| PreparedInput {
            digest: Digest::of(&[byte]),
            rows: 1,
            columns: 1,
            bytes: 1,
            stored_bytes: 1,
            path: "a.dcm".into(),
            frame,
            slice_mm,
        };
        let sources = Sources::of(&[input(1, 0), input(2, 1), input(1, 2)]);
        assert_eq!(sources.inputs.len(), 2);
        assert_eq!(sources.inputs[&Digest::of(&[1])].frame, 0);
        let here = std::env::current_dir().expect("a folder");
        assert_eq!(
            sources.inputs[&Digest::of(&[1])].path,
            here.join("a.dcm"),
            "who verifies may stand elsewhere"
        );
        let path = sources_path(home.path(), &job);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
        std::fs::write(&path, sources.to_json().expect("text")).expect("written");
        assert_eq!(Sources::read(home.path(), &job), Ok(sources));
        std::fs::write(&path, b"{").expect("written");
        assert!(Sources::read(home.path(), &job).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_path_that_is_no_unicode_text_reads_back_as_it_was() {
        use std::os::unix::ffi::OsStrExt;
        let path = Path::new(std::ffi::OsStr::from_bytes(b"/scans/M\xfcller/1.dcm"));
        assert!(path.to_str().is_none());
        let input = PreparedInput {
            digest: Digest::of(b"1"),
            rows: 1,
            columns: 1,
            bytes: 1,
            stored_bytes: 1,
            path: path.to_owned(),
            frame: 0,
            slice_mm: None,
        };
        let sources = Sources::of(&[input]);
        let text = sources.to_json().expect("text");
        let back: Sources = serde_json::from_slice(&text).expect("sources");
        assert_eq!(back, sources);
        assert_eq!(back.inputs[&Digest::of(b"1")].path, path);
    }
}
