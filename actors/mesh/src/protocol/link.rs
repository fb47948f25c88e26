//! What passes between the deciding thread and a peer's session: channels with bounds, and the reasons for an end.

use std::sync::Arc;

use actor_messages::JobId;
use kernel_tasks::Digest;
use libp2p::{Multiaddr, PeerId};
use tokio::sync::mpsc;

use super::frame::{Frame, Hello};
use super::metered::Traffic;
use super::queue::Room;
use super::shelf::{Shelf, Side};

/// Numbers sessions, so that late news of an ended one is told from news of its successor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SessionId(pub u64);

/// The deciding thread's end of a session. Dropping it ends the session after what waits is written.
pub(crate) struct Link {
    /// Which session.
    pub session: SessionId,
    /// Frames to the peer.
    pub frames: mpsc::Sender<Frame>,
    /// Blobs wanted from the peer.
    pub fetches: mpsc::Sender<Fetch>,
    /// Blobs that the peer may have.
    pub shelf: Arc<Shelf>,
    /// Bytes both ways.
    pub traffic: Arc<Traffic>,
}

/// A blob wanted from a peer.
#[derive(Clone, Debug)]
pub(crate) struct Fetch {
    /// Which end of the task.
    pub side: Side,
    /// The job.
    pub job: JobId,
    /// What is wanted.
    pub digest: Digest,
    /// How long it is, where that is known.
    pub bytes: Option<u64>,
    /// Longer ones are refused.
    pub bytes_max: u64,
}

/// Why a blob did not come.
#[derive(Debug)]
pub(crate) enum FetchFailure {
    /// The peer does not have it any more.
    Missing,
    /// The stream broke; the blob may be asked for again only in a new session.
    Broken(String),
    /// The peer sent something else than it promised.
    Lied(String),
}

/// Why a session ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Loss {
    /// The peer said goodbye.
    Left,
    /// The connection closed or broke.
    Closed(String),
    /// No sign of life within the limit.
    Silent,
    /// The peer broke the rules; one clause that follows "it".
    Misbehaved(String),
    /// The versions differ; one sentence.
    Version(String),
    /// Ended from this side.
    Ended,
}

/// News of the network for the deciding thread.
pub(crate) enum NetEvent {
    /// The mesh can be reached here.
    Listening(Multiaddr),
    /// It cannot any more.
    NotListening(Multiaddr),
    /// The wanted port was taken, or another thing worth telling.
    Trouble(String),
    /// Multicast shows a node.
    Seen(PeerId, Multiaddr),
    /// Multicast does not show it any more.
    Unseen(PeerId, Multiaddr),
    /// A paired node is connected and has greeted.
    Greeted {
        /// Who.
        peer: PeerId,
        /// Its greeting.
        hello: Hello,
        /// Where it was reached, or came from.
        address: Multiaddr,
        /// Whether this side dialled it.
        dialled: bool,
        /// The way to it.
        link: Link,
    },
    /// A peer said something. Its room in the queue is given back once this is dealt with.
    Frame(PeerId, SessionId, Frame, Room),
    /// A heartbeat came back.
    RoundTrip(PeerId, SessionId, u64),
    /// A wanted blob came, or did not.
    Fetched {
        /// From whom.
        peer: PeerId,
        /// In which session.
        session: SessionId,
        /// What was wanted.
        fetch: Fetch,
        /// Verified bytes.
        result: Result<Arc<[u8]>, FetchFailure>,
        /// Their room in the queue, given back once this is dealt with.
        room: Room,
    },
    /// A session is over.
    Lost(PeerId, SessionId, Loss),
    /// A peer was not dialled, since a connection with it is open, opening or closing.
    NotDialled(PeerId),
    /// A connection ended before anybody greeted, or a dial failed; the address as a person writes it, and a clause.
    Unreached {
        /// Who, where that is known.
        peer: Option<PeerId>,
        /// The address that was tried.
        address: Option<Multiaddr>,
        /// Why.
        reason: String,
        /// Whether the greeting said that the peer must not be tried again before one side is updated.
        version: bool,
    },
}
