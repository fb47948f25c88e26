//! A position in a source that knows its end, so that no length is followed past it.

use std::io::{BufReader, Read, Seek, SeekFrom};

use crate::error::DicomError;

const READ_AHEAD_BYTES: usize = 8 * 1024;

/// Reads forward and skips; every length is checked against the end first.
pub(crate) struct Cursor<R> {
    inner: BufReader<R>,
    position: u64,
    end: u64,
}

impl<R: Read + Seek> Cursor<R> {
    /// A cursor at `start` of a source whose last byte is before `end`.
    pub fn new(mut source: R, start: u64, end: u64) -> Result<Self, DicomError> {
        source.seek(SeekFrom::Start(start))?;
        let inner = BufReader::with_capacity(READ_AHEAD_BYTES, source);
        Ok(Self {
            inner,
            position: start,
            end,
        })
    }

    /// Offset of the next byte from the start of the source.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// Bytes up to the end.
    pub fn left(&self) -> u64 {
        self.end.saturating_sub(self.position)
    }

    /// Fails when fewer than `length` bytes are left.
    pub fn need(&self, length: u64, part: impl FnOnce() -> String) -> Result<(), DicomError> {
        if length <= self.left() {
            return Ok(());
        }
        Err(DicomError::CutShort {
            part: part(),
            declared: length,
            left: self.left(),
        })
    }

    /// Passes over `length` bytes.
    pub fn skip(&mut self, length: u64) -> Result<(), DicomError> {
        self.need(length, || "A value".to_owned())?;
        let step = i64::try_from(length)
            .map_err(|_| DicomError::Damaged(format!("a length of {length} bytes")))?;
        self.inner.seek_relative(step)?;
        self.position += length;
        Ok(())
    }

    /// Goes to an offset, forward or back.
    pub fn seek(&mut self, position: u64) -> Result<(), DicomError> {
        if position >= self.position {
            return self.skip(position - self.position);
        }
        self.inner.seek(SeekFrom::Start(position))?;
        self.position = position;
        Ok(())
    }

    /// Reads `N` bytes.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], DicomError> {
        self.need(N as u64, || "An element".to_owned())?;
        let mut bytes = [0; N];
        self.inner.read_exact(&mut bytes)?;
        self.position += N as u64;
        Ok(bytes)
    }

    /// Appends `length` bytes to `out`.
    pub fn append(&mut self, length: u64, out: &mut Vec<u8>) -> Result<(), DicomError> {
        self.need(length, || "A value".to_owned())?;
        let before = out.len();
        let added = usize::try_from(length)
            .map_err(|_| DicomError::Damaged(format!("a length of {length} bytes")))?;
        out.resize(before + added, 0);
        self.inner.read_exact(&mut out[before..])?;
        self.position += length;
        Ok(())
    }
}
