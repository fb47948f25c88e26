//! A stream that counts its bytes, and keeps a copy of what leaves where the user wants to see it: all of it, before it is encrypted.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

use futures::{AsyncRead, AsyncWrite};

use crate::error::MeshError;

/// Bytes of all copies together; a stream that would exceed them is ended, so that nothing leaves unseen.
const RECORDED_BYTES_MAX: u64 = 64 << 30;

/// Bytes of one session, both ways.
#[derive(Debug, Default)]
pub(crate) struct Traffic {
    sent: AtomicU64,
    received: AtomicU64,
}

impl Traffic {
    /// Bytes sent and received so far.
    pub(crate) fn bytes(&self) -> (u64, u64) {
        (
            self.sent.load(Ordering::Relaxed),
            self.received.load(Ordering::Relaxed),
        )
    }
}

/// A folder with one file for each stream that is opened.
#[derive(Debug)]
pub(crate) struct Recorder {
    folder: PathBuf,
    files: AtomicU64,
    bytes: AtomicU64,
}

impl Recorder {
    /// Makes the folder where it is missing; only the owner may look into it.
    pub(crate) fn open(folder: &Path) -> Result<Self, MeshError> {
        let failed = |source| MeshError::Write {
            path: folder.to_owned(),
            source,
        };
        std::fs::create_dir_all(folder).map_err(failed)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let owner_only = std::fs::Permissions::from_mode(0o700);
            std::fs::set_permissions(folder, owner_only).map_err(failed)?;
        }
        Ok(Self {
            folder: folder.to_owned(),
            files: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
        })
    }

    fn file(&self, kind: &str) -> io::Result<BufWriter<File>> {
        loop {
            let number = self.files.fetch_add(1, Ordering::Relaxed);
            let path = self.folder.join(format!("{number:06}-{kind}.bin"));
            let mut options = OpenOptions::new();
            options.write(true).create_new(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            match options.open(path) {
                // Of an earlier run into the same folder.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                opened => return Ok(BufWriter::new(opened?)),
            }
        }
    }
}

/// The copy of one stream.
struct Recording {
    recorder: Arc<Recorder>,
    file: BufWriter<File>,
}

impl Recording {
    fn keep(&mut self, bytes: &[u8]) -> io::Result<()> {
        let before = self
            .recorder
            .bytes
            .fetch_add(bytes.len() as u64, Ordering::Relaxed);
        if before + bytes.len() as u64 > RECORDED_BYTES_MAX {
            return Err(io::Error::other(format!(
                "the record of what leaves is full at {RECORDED_BYTES_MAX} bytes"
            )));
        }
        self.file.write_all(bytes)
    }
}

/// A stream with its meter.
pub(crate) struct Metered<S> {
    stream: S,
    traffic: Arc<Traffic>,
    recording: Option<Recording>,
}

impl<S> Metered<S> {
    /// Counts into `traffic`; keeps a copy where there is a recorder. `kind` names the file.
    pub(crate) fn new(
        stream: S,
        traffic: Arc<Traffic>,
        recorder: Option<&Arc<Recorder>>,
        kind: &str,
    ) -> io::Result<Self> {
        let recording = match recorder {
            None => None,
            Some(recorder) => Some(Recording {
                recorder: recorder.clone(),
                file: recorder.file(kind)?,
            }),
        };
        Ok(Self {
            stream,
            traffic,
            recording,
        })
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Metered<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let count = ready!(Pin::new(&mut self.stream).poll_read(context, into))?;
        self.traffic
            .received
            .fetch_add(count as u64, Ordering::Relaxed);
        Poll::Ready(Ok(count))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Metered<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let count = ready!(Pin::new(&mut self.stream).poll_write(context, bytes))?;
        if let Some(recording) = &mut self.recording {
            recording.keep(&bytes[..count])?;
        }
        self.traffic.sent.fetch_add(count as u64, Ordering::Relaxed);
        Poll::Ready(Ok(count))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Some(recording) = &mut self.recording {
            recording.file.flush()?;
        }
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_close(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_close(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::executor::block_on;
    use futures::io::Cursor;
    use futures::{AsyncReadExt, AsyncWriteExt};

    #[test]
    fn what_is_written_is_counted_and_kept_byte_for_byte() {
        let folder = tempfile::tempdir().expect("a folder");
        let recorder = Arc::new(Recorder::open(folder.path()).expect("made"));
        let traffic = Arc::new(Traffic::default());
        let under = Cursor::new(vec![0; 64]);
        let mut stream =
            Metered::new(under, traffic.clone(), Some(&recorder), "test").expect("a file");
        block_on(async {
            stream.write_all(b"geometry").await.expect("written");
            stream.flush().await.expect("flushed");
            stream.read_exact(&mut [0; 4]).await.expect("read");
        });
        assert_eq!(traffic.bytes(), (8, 4));
        let kept = std::fs::read(folder.path().join("000000-test.bin")).expect("kept");
        assert_eq!(kept, b"geometry");
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_may_read_what_left() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a folder");
        let recorder = Recorder::open(&folder.path().join("record")).expect("made");
        recorder.file("test").expect("a file");
        let mode =
            |path: &Path| std::fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!(mode(&folder.path().join("record")), 0o700);
        assert_eq!(mode(&folder.path().join("record/000000-test.bin")), 0o600);
    }
}
