//! A socket that is read ahead and written in large pieces, since what lies above it reads eight KiB at a time and flushes after every frame.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures::io::BufReader;
use futures::{AsyncRead, AsyncWrite};

/// Bytes that are read from a socket at a time.
const READ_BYTES: usize = 128 * 1024;
/// So many bytes are written without waiting for more.
const WRITE_BYTES: usize = 128 * 1024;

/// Lets bytes wait with the writer for as long as they become more: yamux flushes after each of its frames, asks for the next one
/// meanwhile, and comes back at once. So a lone frame leaves one turn of its task later, and many frames leave in one system call.
pub(crate) struct Gathered<S> {
    socket: BufReader<S>,
    /// Bytes that the writer had the last time.
    offered: usize,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Gathered<S> {
    pub(crate) fn new(socket: S) -> Self {
        Self {
            socket: BufReader::with_capacity(READ_BYTES, socket),
            offered: 0,
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Gathered<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_read(context, into)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Gathered<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if bytes.len() > self.offered && bytes.len() < WRITE_BYTES {
            self.offered = bytes.len();
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let count = ready!(Pin::new(&mut self.socket).poll_write(context, bytes))?;
        self.offered = bytes.len() - count;
        Poll::Ready(Ok(count))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(context)
    }

    fn poll_close(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_close(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::executor::block_on;
    use futures::task::noop_waker;
    use futures::{AsyncReadExt, AsyncWriteExt};

    /// Takes at most so many bytes at a time, and counts how often it was asked.
    #[derive(Default)]
    struct Socket {
        bytes_at_once: usize,
        read: usize,
        bytes: Vec<u8>,
        writes: usize,
        reads: usize,
    }

    impl AsyncRead for Socket {
        fn poll_read(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            into: &mut [u8],
        ) -> Poll<io::Result<usize>> {
            let count = into.len().min(self.bytes.len() - self.read);
            into[..count].copy_from_slice(&self.bytes[self.read..self.read + count]);
            self.read += count;
            self.reads += 1;
            Poll::Ready(Ok(count))
        }
    }

    impl AsyncWrite for Socket {
        fn poll_write(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            let count = bytes.len().min(self.bytes_at_once);
            self.bytes.extend_from_slice(&bytes[..count]);
            self.writes += 1;
            Poll::Ready(Ok(count))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    fn taking(bytes_at_once: usize) -> Gathered<Socket> {
        Gathered::new(Socket {
            bytes_at_once,
            ..Socket::default()
        })
    }

    #[test]
    fn what_is_flushed_arrives_whole_and_in_order() {
        let mut gathered = taking(1_000);
        let sent: Vec<u8> = (0..300_000_u32).map(|at| (at % 251) as u8).collect();
        block_on(async {
            gathered.write_all(&sent).await.expect("written");
            gathered.flush().await.expect("flushed");
        });
        assert!(gathered.socket.get_ref().bytes == sent, "bytes differ");
    }

    #[test]
    fn frames_that_follow_each_other_leave_in_one_piece() {
        let mut gathered = taking(usize::MAX);
        let waker = noop_waker();
        let mut context = Context::from_waker(&waker);
        let frames = vec![7; 7 * 16_384];
        for count in 1..=7 {
            let waiting = &frames[..count * 16_384];
            let written = Pin::new(&mut gathered).poll_write(&mut context, waiting);
            assert!(written.is_pending(), "{count}");
        }
        let written = Pin::new(&mut gathered).poll_write(&mut context, &frames);
        assert!(matches!(written, Poll::Ready(Ok(count)) if count == frames.len()));
        assert_eq!(gathered.socket.get_ref().writes, 1);
    }

    #[test]
    fn a_long_piece_does_not_wait_for_more() {
        let mut gathered = taking(usize::MAX);
        let waker = noop_waker();
        let mut context = Context::from_waker(&waker);
        let written = Pin::new(&mut gathered).poll_write(&mut context, &[7; WRITE_BYTES]);
        assert!(matches!(written, Poll::Ready(Ok(WRITE_BYTES))));
    }

    #[test]
    fn small_reads_cost_few_calls() {
        let mut gathered = taking(0);
        gathered.socket.get_mut().bytes = vec![7; 100_000];
        let mut read = Vec::new();
        block_on(async {
            let mut piece = [0; 8_192];
            while read.len() < 100_000 {
                let count = gathered.read(&mut piece).await.expect("read");
                read.extend_from_slice(&piece[..count]);
            }
        });
        assert_eq!(gathered.socket.get_ref().reads, 1);
    }
}
