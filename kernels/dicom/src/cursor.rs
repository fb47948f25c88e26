//! A position in a source that knows its end, so that no length is followed past it.

use std::io::{BufRead, Read, Result as IoResult, Seek, SeekFrom};

use crate::error::DicomError;

/// What the first read takes, the whole header of most files; and what each further one takes.
const FIRST_BYTES: usize = 4 * 1024;
const READ_AHEAD_BYTES: usize = 16 * 1024;

/// A source of which a stretch is kept, so that going back and forth within it reads nothing again.
pub(crate) struct Ahead<R> {
    inner: R,
    buffer: Vec<u8>,
    /// Offset of the buffer's first byte.
    start: u64,
    position: u64,
    /// Where the inner source stands, when that is known.
    inner_position: Option<u64>,
}

impl<R: Read + Seek> Ahead<R> {
    pub fn new(inner: R) -> Self {
        Self {
            inner,
            buffer: Vec::new(),
            start: 0,
            position: 0,
            inner_position: None,
        }
    }

    /// Reads the stretch from the position on.
    fn fill(&mut self) -> IoResult<()> {
        let mut buffer = std::mem::take(&mut self.buffer);
        let first = buffer.capacity() == 0;
        let length = if first { FIRST_BYTES } else { READ_AHEAD_BYTES };
        buffer.clear();
        // Reserved whole, so that nothing is cleared before it is read over.
        buffer.reserve_exact(length);
        let source = self.inner()?.by_ref();
        let read = source.take(length as u64).read_to_end(&mut buffer)?;
        self.buffer = buffer;
        self.start = self.position;
        self.inner_position = Some(self.position + read as u64);
        Ok(())
    }

    /// What is kept from the position on.
    #[inline]
    fn kept(&self) -> &[u8] {
        let skipped = self.position.checked_sub(self.start);
        skipped
            .and_then(|skipped| self.buffer.get(usize::try_from(skipped).ok()?..))
            .unwrap_or_default()
    }

    /// The inner source, at the position.
    fn inner(&mut self) -> IoResult<&mut R> {
        if self.inner_position != Some(self.position) {
            self.inner_position = None;
            self.inner.seek(SeekFrom::Start(self.position))?;
            self.inner_position = Some(self.position);
        }
        Ok(&mut self.inner)
    }
}

impl<R: Read + Seek> BufRead for Ahead<R> {
    #[inline]
    fn fill_buf(&mut self) -> IoResult<&[u8]> {
        if self.kept().is_empty() {
            self.fill()?;
        }
        Ok(self.kept())
    }

    #[inline]
    fn consume(&mut self, length: usize) {
        self.position += length as u64;
    }
}

impl<R: Read + Seek> Read for Ahead<R> {
    fn read(&mut self, out: &mut [u8]) -> IoResult<usize> {
        if out.len() >= READ_AHEAD_BYTES && self.kept().is_empty() {
            let read = self.inner()?.read(out)?;
            self.position += read as u64;
            self.inner_position = Some(self.position);
            return Ok(read);
        }
        let kept = self.fill_buf()?;
        let length = kept.len().min(out.len());
        out[..length].copy_from_slice(&kept[..length]);
        self.consume(length);
        Ok(length)
    }
}

impl<R: Read + Seek> Seek for Ahead<R> {
    fn seek(&mut self, to: SeekFrom) -> IoResult<u64> {
        let outside = || std::io::Error::from(std::io::ErrorKind::InvalidInput);
        self.position = match to {
            SeekFrom::Start(position) => position,
            SeekFrom::Current(step) => {
                let position = self.position.checked_add_signed(step);
                position.ok_or_else(outside)?
            }
            SeekFrom::End(_) => {
                let position = self.inner.seek(to)?;
                self.inner_position = Some(position);
                position
            }
        };
        Ok(self.position)
    }
}

/// Reads forward and skips; every length is checked against the end first.
pub(crate) struct Cursor<R> {
    inner: R,
    position: u64,
    end: u64,
}

impl<R: BufRead + Seek> Cursor<R> {
    /// A cursor at `start` of a source whose last byte is before `end`; small reads and steps should
    /// cost the source little, as they do [`Ahead`].
    pub fn new(mut source: R, start: u64, end: u64) -> Result<Self, DicomError> {
        source.seek(SeekFrom::Start(start))?;
        Ok(Self {
            inner: source,
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
        // Most steps end within what was read already.
        match usize::try_from(length) {
            Ok(step) if self.inner.fill_buf()?.len() >= step => self.inner.consume(step),
            _ => {
                self.inner.seek(SeekFrom::Current(step))?;
            }
        }
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
        let bytes = match self.inner.fill_buf()?.first_chunk::<N>() {
            Some(bytes) => {
                let bytes = *bytes;
                self.inner.consume(N);
                bytes
            }
            None => {
                let mut bytes = [0; N];
                self.inner.read_exact(&mut bytes)?;
                bytes
            }
        };
        self.position += N as u64;
        Ok(bytes)
    }

    /// Appends `length` bytes to `out`.
    pub fn append(&mut self, length: u64, out: &mut Vec<u8>) -> Result<(), DicomError> {
        self.need(length, || "A value".to_owned())?;
        let added = usize::try_from(length)
            .map_err(|_| DicomError::Damaged(format!("a length of {length} bytes")))?;
        match self.inner.fill_buf()?.get(..added) {
            Some(bytes) => {
                out.extend_from_slice(bytes);
                self.inner.consume(added);
            }
            None => {
                let before = out.len();
                out.resize(before + added, 0);
                self.inner.read_exact(&mut out[before..])?;
            }
        }
        self.position += length;
        Ok(())
    }
}
