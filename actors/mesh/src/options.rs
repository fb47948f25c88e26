//! What the engine decides about this node.

use std::path::PathBuf;

use actor_messages::AskBeforeSending;
use kernel_tasks::Digest;

/// How a node takes part in the mesh.
#[derive(Clone, Debug)]
pub struct MeshOptions {
    /// The folder with the identity and the address book; made where it is missing.
    pub home: PathBuf,
    /// `host:port` or a multiaddress; none listens on all interfaces with the port of `mesh.json`. Port 0 keeps that port too.
    pub listen: Option<String>,
    /// Cores given to peers, the weight in assignments; 0 counts as 1.
    pub capacity: u32,
    /// Memory given to jobs, bytes.
    pub memory_bytes: u64,
    /// Digest of the probe set.
    pub numeric_class: Digest,
    /// Whether to share from the start.
    pub share: bool,
    /// Bytes of inputs and outputs held for the jobs of all peers together.
    pub blob_bytes_max: u64,
    /// Whether to listen for QUIC beside TCP, on the same port.
    pub quic: bool,
    /// Whether a job waits for its user before anything of it leaves.
    pub ask_before_sending: AskBeforeSending,
    /// A folder for a copy of all that leaves, before it is encrypted; it holds pixels and is closed to others.
    pub record_outgoing: Option<PathBuf>,
}
