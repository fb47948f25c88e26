//! What crosses the wire between two paired nodes, and the bounds on all of it.
//!
//! One long-lived control stream a peer carries small frames both ways; blobs travel on streams of their own, so that a
//! task is never stuck behind bulk. A node asks for the blobs that it lacks: whoever receives sets the pace.

pub(crate) mod fetch;
pub(crate) mod frame;
pub(crate) mod incoming;
pub(crate) mod link;
pub(crate) mod metered;
pub(crate) mod partials;
pub(crate) mod queue;
pub(crate) mod serve;
pub(crate) mod session;
pub(crate) mod shelf;
pub(crate) mod wire;

use std::time::Duration;

use libp2p::StreamProtocol;

use crate::address_book::PAIRED_PEERS_MAX;

/// The control stream. The number is that of the greeting's shape, which stays: versions are compared in the greeting,
/// so that two nodes of different age can say which of them is older.
pub(crate) const CONTROL_PROTOCOL: StreamProtocol = StreamProtocol::new("/clisonix/mesh/1");
/// Streams that carry blobs.
pub(crate) const BLOB_PROTOCOL: StreamProtocol = StreamProtocol::new("/clisonix/blob/1");
/// Raised whenever a frame changes its meaning.
pub(crate) const PROTOCOL_VERSION: u32 = 3;

/// Longest frame on a control stream: a job offer of about 60,000 tasks.
pub(crate) const FRAME_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Longest greeting; read before anything is known about the other side.
pub(crate) const GREETING_BYTES_MAX: usize = 4 * 1024;
/// Outputs up to this length travel inside the answer; larger ones are fetched as blobs.
pub(crate) const INLINE_OUTPUT_BYTES_MAX: usize = 64 * 1024;
/// Blobs are hashed, written and read in pieces of this length.
pub(crate) const CHUNK_BYTES: usize = 64 * 1024;
/// Longest sentence taken from a peer, in characters.
pub(crate) const SENTENCE_CHARACTERS_MAX: usize = 300;
/// Frames that may wait for a control stream; a peer that lets more pile up does not read.
pub(crate) const FRAMES_WAITING_MAX: usize = 512;
/// Blobs that may be wanted from one peer at a time.
pub(crate) const FETCHES_WAITING_MAX: usize = 1_024;
/// Requests sent ahead on a blob stream, so that the line stays busy between two blobs.
pub(crate) const FETCHES_AHEAD: usize = 4;
/// Frames that a peer may send in one second; more is a flood.
pub(crate) const FRAMES_PER_SECOND_MAX: u32 = 20_000;
/// Streams that a peer may open in one second: two are needed, and each may be tried again.
pub(crate) const STREAMS_PER_SECOND_MAX: u32 = 8;
/// Bytes of read frames of one peer that may wait for the deciding thread: one of the longest, or many short ones.
pub(crate) const FRAME_BYTES_QUEUED_MAX: usize = FRAME_BYTES_MAX;
/// Bytes of fetched blobs of one peer that may wait for the deciding thread; a longer blob waits alone.
pub(crate) const BLOB_BYTES_QUEUED_MAX: usize = 64 * 1024 * 1024;
/// Most members of an offered job: this node and all that it could be paired with.
pub(crate) const OFFERED_MEMBERS_MAX: usize = PAIRED_PEERS_MAX + 1;
/// Most comparisons that an offer may cost whoever assigns it again: for every member, its tasks and their inputs.
pub(crate) const ASSIGNMENT_STEPS_MAX: u64 = 8_000_000;
/// Offers that a peer may make in one second; each has to be assigned again here.
pub(crate) const OFFERS_PER_SECOND_MAX: u32 = 8;
/// Tasks on their way to or with one peer at a time, whatever capacity it claims.
pub(crate) const TASKS_IN_FLIGHT_MAX: usize = 64;

/// A sign of life is sent so often.
pub(crate) const HEARTBEAT: Duration = Duration::from_millis(500);
/// A peer that is silent for so long is lost.
pub(crate) const SILENCE_MAX: Duration = Duration::from_secs(2);
/// A stream that is opened must be greeted within this time.
pub(crate) const GREETING_TIMEOUT: Duration = Duration::from_secs(2);
/// The pause before a stream that was dropped is opened again.
pub(crate) const STREAM_RETRY: Duration = Duration::from_millis(200);
/// How often a stream is opened before the connection is given up.
pub(crate) const STREAM_TRIES: u32 = 5;

/// Says which side is to be updated.
pub(crate) fn versions_differ(name: &str, theirs: u32) -> String {
    let name = crate::settings::plain_text(name, crate::settings::NAME_CHARACTERS_MAX);
    crate::error::versions(&name, PROTOCOL_VERSION, theirs)
}
