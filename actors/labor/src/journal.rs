//! The journal of a job: append-only, checksummed, synced in groups; what is torn at its end is dropped and said.
//!
//! A file is `MAGIC`, the version as u16 little-endian, then records: length u32 little-endian, postcard bytes, checksum.
//! The checksum is the first eight bytes of BLAKE3 over the checksum before it and the record, so that a record which is
//! missing, doubled or moved is found like one that is altered. The first record is the header.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use kernel_labor::{Epoch, Input, Opening};
use kernel_tasks::{Digest, TaskId};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::limits::{JOURNAL_BYTES_MAX, JOURNAL_RECORD_BYTES_MAX};
use crate::storage::{Storage, StoredFile, create_part, reason};

/// The first bytes of every journal.
pub const MAGIC: &[u8; 14] = b"clisonix labor";
/// The version of the form.
/// Version 2 opens with the share of spot checks; version 3 is that of the labor array whose idle members go by the speeds that the
/// log shows, and version 4 of the one that checks the first answer of every member: a replay of an older one would not give its schedule.
pub const VERSION: u16 = 4;

const CHECKSUM_BYTES: usize = 8;
const LENGTH_BYTES: usize = 4;
const START_BYTES: usize = MAGIC.len() + 2;

/// What a journal starts with: enough to compute the schedule again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// The program and its version.
    pub application: String,
    /// `JobId` of the run.
    pub job: String,
    /// `Job::encode` of the request.
    pub request: Vec<u8>,
    /// Tasks and members of epoch 0: the first input of the labor array.
    pub opening: Opening,
    /// Digests of that membership and of its assignment.
    pub epoch: Epoch,
}

/// One thing that happened to the job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Record {
    /// An input of the labor array, before it was applied.
    Input(Input),
    /// The result of a task was accepted.
    Commit {
        /// The task.
        task: TaskId,
        /// Digest of its canonical output.
        output: Digest,
    },
    /// A member was lost and what it had was given to others.
    Epoch {
        /// Counts from 0.
        epoch: u32,
        /// Digest of the assignment that holds now.
        assignment_digest: Digest,
    },
    /// Every task is done.
    Completed {
        /// Over all results in `TaskId` order.
        output_digest: Digest,
    },
    /// The user stopped the job, or it could not go on.
    Stopped,
}

/// What was dropped at the end of a journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TornTail {
    /// Bytes that are good.
    pub kept_bytes: u64,
    /// Bytes that were dropped.
    pub dropped_bytes: u64,
}

impl std::fmt::Display for TornTail {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            out,
            "The last {} bytes of the journal are torn and were dropped; {} bytes are good",
            self.dropped_bytes, self.kept_bytes
        )
    }
}

/// Why a journal cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// No file, or not readable.
    #[error("The journal `{file}` cannot be read: {reason}")]
    Unreadable {
        /// Name of the file.
        file: String,
        /// In words.
        reason: String,
    },
    /// Longer than any journal that is written.
    #[error("The journal `{file}` has {bytes} bytes, and at most {JOURNAL_BYTES_MAX} are read")]
    TooLong {
        /// Name of the file.
        file: String,
        /// Its length.
        bytes: u64,
    },
    /// Something else.
    #[error("`{file}` is not a journal of the labor array")]
    NotAJournal {
        /// Name of the file.
        file: String,
    },
    /// Written by another version.
    #[error("The journal `{file}` has version {found}, and version {VERSION} is read")]
    Version {
        /// Name of the file.
        file: String,
        /// The version found.
        found: u16,
    },
    /// The first record is torn or altered, so nothing can be told.
    #[error("The journal `{file}` has no whole header")]
    NoHeader {
        /// Name of the file.
        file: String,
    },
}

/// A journal being written.
pub struct JournalWriter {
    file: Box<dyn StoredFile>,
    checksum: [u8; CHECKSUM_BYTES],
}

impl JournalWriter {
    /// Begins a journal: it has its final name only once its header is on the disk.
    pub fn create(storage: &mut dyn Storage, path: &Path, header: &Header) -> io::Result<Self> {
        let (part, file) = create_part(storage, path)?;
        let begun = begin(file, header).and_then(|writer| {
            storage.rename(&part, path)?;
            path.parent()
                .map_or(Ok(()), |folder| storage.sync_folder(folder))?;
            Ok(writer)
        });
        if begun.is_err() {
            // The first failure is the one to tell.
            let _ = storage.remove(&part);
        }
        begun
    }

    /// Appends records and returns once they are on the disk.
    pub fn append(&mut self, records: &[Record]) -> io::Result<()> {
        let mut bytes = Vec::new();
        for record in records {
            frame(&mut bytes, &mut self.checksum, record)?;
        }
        self.file.write_all(&bytes)?;
        self.file.sync()
    }
}

fn begin(mut file: Box<dyn StoredFile>, header: &Header) -> io::Result<JournalWriter> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    let mut checksum = [0; CHECKSUM_BYTES];
    frame(&mut bytes, &mut checksum, header)?;
    file.write_all(&bytes)?;
    file.sync()?;
    Ok(JournalWriter { file, checksum })
}

/// Adds the framed record to `bytes` and moves the chain of checksums on.
fn frame<T: Serialize>(
    bytes: &mut Vec<u8>,
    chain: &mut [u8; CHECKSUM_BYTES],
    record: &T,
) -> io::Result<()> {
    let body = postcard::to_stdvec(record).map_err(io::Error::other)?;
    let length = u32::try_from(body.len())
        .ok()
        .filter(|length| *length as usize <= JOURNAL_RECORD_BYTES_MAX);
    let length = length
        .ok_or_else(|| io::Error::other(format!("a record of {} bytes is too long", body.len())))?;
    *chain = checksum_of(*chain, &body);
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes.extend_from_slice(&body);
    bytes.extend_from_slice(chain);
    Ok(())
}

fn checksum_of(before: [u8; CHECKSUM_BYTES], body: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&before);
    hasher.update(body);
    let mut checksum = [0; CHECKSUM_BYTES];
    hasher.finalize_xof().fill(&mut checksum);
    checksum
}

/// Reads a journal: its header, every whole record, and what was torn off its end. Bounded, and never panics on foreign bytes.
pub fn read_journal(path: &Path) -> Result<(Header, Vec<Record>, Option<TornTail>), JournalError> {
    let file = || {
        path.file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned()
    };
    let unreadable = |error: io::Error| JournalError::Unreadable {
        file: file(),
        reason: reason(&error),
    };
    let source = File::open(path).map_err(unreadable)?;
    let length = source.metadata().map_err(unreadable)?.len();
    if length > JOURNAL_BYTES_MAX {
        return Err(JournalError::TooLong {
            file: file(),
            bytes: length,
        });
    }
    let mut bytes = Vec::new();
    source
        .take(JOURNAL_BYTES_MAX)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    parse_journal(&bytes, file)
}

/// Reads the bytes of a journal; `file` names it in errors.
pub fn parse_journal(
    bytes: &[u8],
    file: impl Fn() -> String,
) -> Result<(Header, Vec<Record>, Option<TornTail>), JournalError> {
    let start = bytes
        .get(..START_BYTES)
        .ok_or_else(|| JournalError::NotAJournal { file: file() })?;
    let (magic, version) = start.split_at(MAGIC.len());
    if magic != MAGIC {
        return Err(JournalError::NotAJournal { file: file() });
    }
    let found = u16::from_le_bytes([version[0], version[1]]);
    if found != VERSION {
        return Err(JournalError::Version {
            file: file(),
            found,
        });
    }
    let mut chain = [0; CHECKSUM_BYTES];
    let mut at = START_BYTES;
    let header: Header =
        next(bytes, &mut at, &mut chain).ok_or_else(|| JournalError::NoHeader { file: file() })?;
    let mut records = Vec::new();
    while let Some(record) = next(bytes, &mut at, &mut chain) {
        records.push(record);
    }
    let dropped = bytes.len() - at;
    let torn = (dropped > 0).then_some(TornTail {
        kept_bytes: at as u64,
        dropped_bytes: dropped as u64,
    });
    Ok((header, records, torn))
}

/// The next whole record, or `None`, and then `at` has not moved.
fn next<T: DeserializeOwned>(
    bytes: &[u8],
    at: &mut usize,
    chain: &mut [u8; CHECKSUM_BYTES],
) -> Option<T> {
    let rest = bytes.get(*at..)?;
    let (length, rest) = rest.split_first_chunk::<LENGTH_BYTES>()?;
    let length = usize::try_from(u32::from_le_bytes(*length))
        .ok()
        .filter(|length| *length <= JOURNAL_RECORD_BYTES_MAX)?;
    let body = rest.get(..length)?;
    let written = rest.get(length..length + CHECKSUM_BYTES)?;
    let checksum = checksum_of(*chain, body);
    if written != checksum {
        return None;
    }
    let (record, left) = postcard::take_from_bytes(body).ok()?;
    if !left.is_empty() {
        return None;
    }
    *chain = checksum;
    *at += LENGTH_BYTES + length + CHECKSUM_BYTES;
    Some(record)
}
