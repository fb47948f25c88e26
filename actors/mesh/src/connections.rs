//! One connection a peer, one session a connection: which of two connections stays, and which stream goes where.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use libp2p::core::ConnectedPoint;
use libp2p::swarm::ConnectionId;
use libp2p::{PeerId, Stream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::protocol::STREAMS_PER_SECOND_MAX;
use crate::protocol::link::{Loss, NetEvent, SessionId};
use crate::protocol::metered::Traffic;
use crate::protocol::serve;
use crate::protocol::session::Context;
use crate::protocol::shelf::Shelf;
use crate::protocol::wire::Pulse;
use crate::switchboard::Switchboard;
use crate::wiring;

/// Both sides read each other's greeting before a connection of another version is closed.
const VERSION_PAUSE: Duration = Duration::from_millis(300);

static SESSIONS: AtomicU64 = AtomicU64::new(1);

/// A task that ends when its owner lets it go.
pub(crate) struct Running(Option<JoinHandle<()>>);

impl Running {
    /// Starts a task on the current runtime.
    pub(crate) fn spawn(task: impl Future<Output = ()> + Send + 'static) -> Self {
        Self(Some(tokio::spawn(task)))
    }

    /// Lets it come to its own end, which is near.
    fn let_end(mut self) {
        self.0 = None;
    }

    fn is_finished(&self) -> bool {
        self.0.as_ref().is_none_or(JoinHandle::is_finished)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(task) = &self.0 {
            task.abort();
        }
    }
}

/// The one connection of a peer.
pub(crate) struct Connected {
    pub connection: ConnectionId,
    pub context: Context,
    control: Option<Running>,
    serving: Option<Running>,
    /// Streams that the peer opened since a moment less than a second ago.
    opened: (Instant, u32),
}

impl Connected {
    /// The connection is gone. The session ends by itself, and says why: that its peer broke the rules must not be lost.
    pub(crate) fn closed(self) -> SessionId {
        if let Some(control) = self.control {
            control.let_end();
        }
        self.context.session
    }
}

impl Switchboard {
    /// Keeps one connection a peer: of two, the one that the lower peer id dialled, else the newer.
    pub(crate) async fn connected_to(
        &mut self,
        peer: PeerId,
        connection: ConnectionId,
        endpoint: &ConnectedPoint,
        ended: &mpsc::Sender<SessionId>,
    ) {
        let dialled = endpoint.is_dialer();
        let by_lower = |dialled: bool| dialled == (self.me < peer);
        if let Some(known) = self.connected.get(&peer) {
            if by_lower(known.context.dialled) && !by_lower(dialled) {
                self.swarm.close_connection(connection);
                return;
            }
            let session = known.context.session;
            self.swarm.close_connection(known.connection);
            let reason = Loss::Closed("it was replaced by a new connection".to_owned());
            self.tell(NetEvent::Lost(peer, session, reason)).await;
        }
        let context = Context {
            peer,
            session: SessionId(SESSIONS.fetch_add(1, Ordering::Relaxed)),
            address: endpoint.get_remote_address().clone(),
            dialled,
            shelf: Arc::new(Shelf::default()),
            pulse: Arc::new(Pulse::new()),
            traffic: Arc::new(Traffic::default()),
            partials: self.partials.clone(),
            recorder: self.recorder.clone(),
            events: self.events.clone(),
        };
        // The lower peer id opens the control stream; the other waits for it.
        let control = (self.me < peer).then(|| {
            let opening = wiring::open_control(
                self.control.clone(),
                self.hello.clone(),
                context.clone(),
                ended.clone(),
            );
            self.session(opening, &context, ended)
        });
        self.connected.insert(
            peer,
            Connected {
                connection,
                context,
                control,
                serving: None,
                opened: (Instant::now(), 0),
            },
        );
    }

    /// Counts a stream that a peer opened; whether it is not one of a flood, which ends its session.
    pub(crate) async fn may_open(&mut self, peer: PeerId) -> bool {
        let Some(known) = self.connected.get_mut(&peer) else {
            return false;
        };
        if known.opened.0.elapsed() >= Duration::from_secs(1) {
            known.opened = (Instant::now(), 0);
        }
        known.opened.1 += 1;
        if known.opened.1 <= STREAMS_PER_SECOND_MAX {
            return true;
        }
        let (connection, session) = (known.connection, known.context.session);
        let clause = format!("it opened more than {STREAMS_PER_SECOND_MAX} streams in a second");
        self.tell(NetEvent::Lost(peer, session, Loss::Misbehaved(clause)))
            .await;
        self.swarm.close_connection(connection);
        false
    }

    pub(crate) fn answer_control(
        &mut self,
        peer: PeerId,
        stream: Stream,
        ended: &mpsc::Sender<SessionId>,
    ) {
        let Some(known) = self.connected.get(&peer) else {
            return;
        };
        if self.me < peer
            || known
                .control
                .as_ref()
                .is_some_and(|running| !running.is_finished())
        {
            return;
        }
        let context = known.context.clone();
        let answering = wiring::answer_control(
            stream,
            self.control.clone(),
            self.hello.clone(),
            context.clone(),
            ended.clone(),
        );
        let running = self.session(answering, &context, ended);
        if let Some(known) = self.connected.get_mut(&peer) {
            known.control = Some(running);
        }
    }

    /// Runs a session to its end, tells why it ended and has the connection closed.
    fn session(
        &self,
        session: impl Future<Output = Option<Loss>> + Send + 'static,
        context: &Context,
        ended: &mpsc::Sender<SessionId>,
    ) -> Running {
        let (peer, id) = (context.peer, context.session);
        let address = context.address.clone();
        let (events, ended) = (self.events.clone(), ended.clone());
        Running::spawn(async move {
            // Nothing to tell: the stream never carried a greeting, and the opener tries again.
            let Some(loss) = session.await else { return };
            let news = match loss {
                Loss::Version(reason) => NetEvent::Unreached {
                    peer: Some(peer),
                    address: Some(address),
                    reason,
                    version: true,
                },
                loss => NetEvent::Lost(peer, id, loss),
            };
            let pause = matches!(news, NetEvent::Unreached { .. });
            let _ = events.send(news).await;
            if pause {
                tokio::time::sleep(VERSION_PAUSE).await;
            }
            let _ = ended.send(id).await;
        })
    }

    pub(crate) fn answer_blobs(&mut self, peer: PeerId, stream: Stream) {
        // One blob stream a peer: a newer one takes the place of the older.
        if let Some(known) = self.connected.get_mut(&peer) {
            let (shelf, pulse) = (known.context.shelf.clone(), known.context.pulse.clone());
            // Without a copy nothing may leave: the stream is dropped, and with it the wish for blobs.
            let Ok(stream) = known.context.metered(stream, "blobs-given") else {
                return;
            };
            known.serving = Some(Running::spawn(async move {
                // How a blob stream ends matters to the peer only; a dead connection is noticed by the session.
                let _ = serve::run(stream, shelf, pulse).await;
            }));
        }
    }
}
