//! One peer's control stream from the greeting to the end: frames in, frames out, heartbeats, and who is silent.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::io::{ReadHalf, WriteHalf};
use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use libp2p::{Multiaddr, PeerId};
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::frame::{Frame, Hello};
use super::link::{Fetch, Link, Loss, NetEvent, SessionId};
use super::metered::{Metered, Recorder, Traffic};
use super::partials::Partials;
use super::queue::Queue;
use super::shelf::Shelf;
use super::wire::{self, Pulse, WireError};
use super::{
    FETCHES_WAITING_MAX, FRAME_BYTES_MAX, FRAME_BYTES_QUEUED_MAX, FRAMES_PER_SECOND_MAX,
    FRAMES_WAITING_MAX, GREETING_BYTES_MAX, GREETING_TIMEOUT, HEARTBEAT, SILENCE_MAX,
};

/// What a session knows of its connection.
#[derive(Clone)]
pub(crate) struct Context {
    /// The other side.
    pub peer: PeerId,
    /// Its number.
    pub session: SessionId,
    /// Where the peer is.
    pub address: Multiaddr,
    /// Whether this side dialled.
    pub dialled: bool,
    /// Blobs that the peer may have.
    pub shelf: Arc<Shelf>,
    /// Shared with the blob streams of the connection.
    pub pulse: Arc<Pulse>,
    /// Bytes of all streams of the connection.
    pub traffic: Arc<Traffic>,
    /// Blobs of which earlier sessions brought a part.
    pub partials: Arc<Partials>,
    /// Where a copy of what leaves is kept.
    pub recorder: Option<Arc<Recorder>>,
    /// The way to the deciding thread.
    pub events: mpsc::Sender<NetEvent>,
}

impl Context {
    /// Counts a stream of this connection, and keeps a copy of what leaves on it where that is wanted.
    pub(crate) fn metered<S>(&self, stream: S, kind: &str) -> std::io::Result<Metered<S>> {
        Metered::new(stream, self.traffic.clone(), self.recorder.as_ref(), kind)
    }
}

/// Both sides greet; the one that opened the stream learns by the answer that it was not dropped.
pub(crate) async fn greet<S>(stream: &mut S, ours: &Hello) -> Result<Hello, Loss>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let exchange = async {
        wire::write(stream, ours, GREETING_BYTES_MAX).await?;
        wire::read_bytes(stream, GREETING_BYTES_MAX, None).await
    };
    match timeout(GREETING_TIMEOUT, exchange).await {
        Ok(Ok(bytes)) => Hello::decode(&bytes).map_err(Loss::Version),
        Ok(Err(error)) => Err(loss(error)),
        Err(_) => Err(Loss::Closed("it did not greet in time".to_owned())),
    }
}

/// Runs a greeted stream to its end. `fetcher` is handed the receiver of blob wishes; what it returns lives as long as
/// the session.
pub(crate) async fn run<S, G>(
    stream: S,
    hello: Hello,
    context: Context,
    fetcher: impl FnOnce(mpsc::Receiver<Fetch>) -> G,
) -> Loss
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (frames, outgoing) = mpsc::channel(FRAMES_WAITING_MAX);
    let (fetches, wanted) = mpsc::channel(FETCHES_WAITING_MAX);
    let Context {
        peer,
        session,
        address,
        dialled,
        shelf,
        pulse,
        traffic,
        events,
        ..
    } = context;
    pulse.touch();
    // Weak, so that the deciding thread's link alone keeps the session open.
    let echo = frames.downgrade();
    let link = Link {
        session,
        frames,
        fetches,
        shelf,
        traffic,
    };
    if events
        .send(NetEvent::Greeted {
            peer,
            hello,
            address,
            dialled,
            link,
        })
        .await
        .is_err()
    {
        return Loss::Ended;
    }
    let _fetcher = fetcher(wanted);
    let (reader, writer) = stream.split();
    tokio::select! {
        loss = listen(reader, (peer, session), echo, &pulse, &events) => loss,
        loss = speak(writer, outgoing, &pulse) => loss,
        () = silence(&pulse) => Loss::Silent,
    }
}

async fn listen<S: AsyncRead + AsyncWrite + Unpin>(
    mut reader: ReadHalf<S>,
    (peer, session): (PeerId, SessionId),
    echo: mpsc::WeakSender<Frame>,
    pulse: &Pulse,
    events: &mpsc::Sender<NetEvent>,
) -> Loss {
    let mut second = Instant::now();
    let mut frames_in_second = 0;
    let queue = Queue::new(FRAME_BYTES_QUEUED_MAX);
    loop {
        let read = wire::read_queued::<Frame, _>(&mut reader, FRAME_BYTES_MAX, pulse, &queue).await;
        let (frame, room) = match read {
            Ok(read) => read,
            Err(error) => return loss(error),
        };
        frames_in_second += 1;
        if second.elapsed() >= Duration::from_secs(1) {
            (second, frames_in_second) = (Instant::now(), 0);
        } else if frames_in_second > FRAMES_PER_SECOND_MAX {
            return Loss::Misbehaved(format!(
                "it sent more than {FRAMES_PER_SECOND_MAX} frames in a second"
            ));
        }
        let news = match frame {
            Frame::Heartbeat { sent_us } => {
                // With a full queue there are other signs of life on their way.
                if let Some(frames) = echo.upgrade() {
                    let _ = frames.try_send(Frame::HeartbeatEcho { sent_us });
                }
                continue;
            }
            Frame::HeartbeatEcho { sent_us } => {
                NetEvent::RoundTrip(peer, session, pulse.now_us().saturating_sub(sent_us))
            }
            Frame::Bye => return Loss::Left,
            frame => NetEvent::Frame(peer, session, frame, room),
        };
        if events.send(news).await.is_err() {
            return Loss::Ended;
        }
        pulse.touch();
    }
}

async fn speak<S: AsyncRead + AsyncWrite + Unpin>(
    mut writer: WriteHalf<S>,
    mut outgoing: mpsc::Receiver<Frame>,
    pulse: &Pulse,
) -> Loss {
    let mut beat = interval(HEARTBEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let frame = tokio::select! {
            frame = outgoing.recv() => frame,
            _ = beat.tick() => Some(Frame::Heartbeat { sent_us: pulse.now_us() }),
        };
        let Some(frame) = frame else {
            // Everything is written. Closing is a courtesy to the peer; the end is the same without it.
            let _ = timeout(GREETING_TIMEOUT, writer.close()).await;
            return Loss::Ended;
        };
        if let Err(error) = write_batch(&mut writer, frame, &mut outgoing).await {
            return Loss::Closed(error.to_string());
        }
    }
}

/// Writes what waits and flushes once.
async fn write_batch<S: AsyncRead + AsyncWrite + Unpin>(
    writer: &mut WriteHalf<S>,
    first: Frame,
    outgoing: &mut mpsc::Receiver<Frame>,
) -> std::io::Result<()> {
    writer
        .write_all(&wire::encode(&first, FRAME_BYTES_MAX)?)
        .await?;
    while let Ok(frame) = outgoing.try_recv() {
        writer
            .write_all(&wire::encode(&frame, FRAME_BYTES_MAX)?)
            .await?;
    }
    writer.flush().await
}

async fn silence(pulse: &Pulse) {
    loop {
        match SILENCE_MAX.checked_sub(pulse.silence()) {
            Some(rest) if !rest.is_zero() => tokio::time::sleep(rest).await,
            _ => return,
        }
    }
}

fn loss(error: WireError) -> Loss {
    match error {
        WireError::Broken(error) => Loss::Closed(error.to_string()),
        WireError::Rules(clause) => Loss::Misbehaved(clause),
    }
}
