//! A file whose beginning was read already: to see what it is and to read its header takes one read, not three.

use std::io::{Error, ErrorKind, Read, Result as IoResult, Seek, SeekFrom};

/// Bytes of the beginning: the whole header of most files.
const HEAD_BYTES: u64 = 4 * 1024;

/// A source that has been begun. It reads on and goes back like any other.
#[derive(Debug)]
pub struct Begun<R> {
    inner: R,
    head: Vec<u8>,
    position: u64,
    /// Where the inner source stands, when that is known.
    inner_position: Option<u64>,
}

impl<R: Read + Seek> Begun<R> {
    /// Reads the beginning of a source that stands there.
    ///
    /// # Errors
    /// Those of the source.
    pub fn new(mut inner: R) -> IoResult<Self> {
        let mut head = Vec::with_capacity(HEAD_BYTES as usize);
        let read = inner.by_ref().take(HEAD_BYTES).read_to_end(&mut head)?;
        Ok(Self {
            inner,
            head,
            position: 0,
            inner_position: Some(read as u64),
        })
    }

    /// Begins a source wherever it stands, and says how many bytes it has.
    ///
    /// A file asked for its end answers sooner than one asked for all that is known of it.
    ///
    /// # Errors
    /// Those of the source.
    pub fn measured(mut inner: R) -> IoResult<(Self, u64)> {
        let length = inner.seek(SeekFrom::End(0))?;
        inner.rewind()?;
        Ok((Self::new(inner)?, length))
    }

    /// The beginning: some bytes at least, where there are any.
    pub fn head(&self) -> &[u8] {
        &self.head
    }
}

impl<R: Read + Seek> Read for Begun<R> {
    fn read(&mut self, out: &mut [u8]) -> IoResult<usize> {
        let kept = usize::try_from(self.position).ok();
        let kept = kept.and_then(|skipped| self.head.get(skipped..));
        if let Some(kept @ [_, ..]) = kept {
            let length = kept.len().min(out.len());
            out[..length].copy_from_slice(&kept[..length]);
            self.position += length as u64;
            return Ok(length);
        }
        if self.inner_position != Some(self.position) {
            self.inner_position = None;
            self.inner.seek(SeekFrom::Start(self.position))?;
        }
        let read = self.inner.read(out)?;
        self.position += read as u64;
        self.inner_position = Some(self.position);
        Ok(read)
    }
}

impl<R: Read + Seek> Seek for Begun<R> {
    fn seek(&mut self, to: SeekFrom) -> IoResult<u64> {
        self.position = match to {
            SeekFrom::Start(position) => position,
            SeekFrom::Current(step) => self
                .position
                .checked_add_signed(step)
                .ok_or_else(|| Error::from(ErrorKind::InvalidInput))?,
            SeekFrom::End(_) => {
                self.inner_position = None;
                let position = self.inner.seek(to)?;
                self.inner_position = Some(position);
                position
            }
        };
        Ok(self.position)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn a_begun_source_reads_like_the_source_itself() {
        let bytes: Vec<u8> = (0..20_000_u32)
            .map(|at| (at * 7 + at / 251) as u8)
            .collect();
        let mut begun = Begun::new(Cursor::new(bytes.clone())).expect("read");
        assert_eq!(begun.head(), &bytes[..4096]);
        let mut whole = Vec::new();
        begun.read_to_end(&mut whole).expect("read");
        assert!(whole == bytes, "from the beginning to the end");
        for start in [0_u64, 4000, 4096, 9000, 100, 19_999, 25_000] {
            begun.seek(SeekFrom::Start(start)).expect("sought");
            let mut part = [0; 200];
            let mut read = 0;
            while read < part.len() {
                match begun.read(&mut part[read..]).expect("read") {
                    0 => break,
                    more => read += more,
                }
            }
            let start = (start as usize).min(bytes.len());
            let end = (start + 200).min(bytes.len());
            assert!(part[..read] == bytes[start..end], "from {start}");
        }
        assert_eq!(begun.seek(SeekFrom::End(-3)).expect("sought"), 19_997);
        let mut end = Vec::new();
        begun.read_to_end(&mut end).expect("read");
        assert_eq!(end, bytes[19_997..]);
    }

    #[test]
    fn a_measured_source_is_as_long_as_it_is_and_stands_at_its_beginning() {
        let mut source = Cursor::new(vec![5; 9_000]);
        source.set_position(70);
        let (mut begun, length) = Begun::measured(source).expect("read");
        assert_eq!(length, 9_000);
        let mut whole = Vec::new();
        begun.read_to_end(&mut whole).expect("read");
        assert_eq!(whole.len(), 9_000);
    }

    #[test]
    fn a_source_shorter_than_the_beginning_ends_where_it_ends() {
        let mut begun = Begun::new(Cursor::new(vec![1, 2, 3])).expect("read");
        let mut whole = Vec::new();
        begun.read_to_end(&mut whole).expect("read");
        assert_eq!(whole, [1, 2, 3]);
        assert_eq!(begun.read(&mut [0; 4]).expect("read"), 0);
    }
}
