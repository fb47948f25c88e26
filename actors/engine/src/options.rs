//! What the engine is given at its start.

use std::path::PathBuf;

use actor_messages::AskBeforeSending;

/// What the engine is given at its start.
pub struct EngineOptions {
    /// Keys, peers, journals.
    pub home: PathBuf,
    /// Threads that compute; all cores where none is said. No result depends on it.
    pub threads: Option<usize>,
    /// `host:port` or multiaddress to listen on while sharing.
    pub listen: Option<String>,
    /// Cores given to paired workstations; as many as threads where none is said.
    pub cores: Option<u32>,
    /// Memory given to jobs, bytes.
    pub memory_bytes: Option<u64>,
    /// Bound of the cache of decoded frames, bytes.
    pub cache_bytes_max: u64,
    /// Whether sharing is on from the start.
    pub share: bool,
    /// Whether to listen for QUIC beside TCP.
    pub quic: bool,
    /// Whether a job waits for its user before anything of it leaves.
    pub ask_before_sending: AskBeforeSending,
    /// A folder for a copy of all that leaves to other workstations, before it is encrypted.
    pub record_outgoing: Option<PathBuf>,
    /// Called after each event (the window repaints).
    pub wake: Box<dyn Fn() + Send + Sync>,
    /// Name and version written in receipts.
    pub application: String,
}

impl EngineOptions {
    /// All cores, a cache of 1 GiB, sharing off.
    pub fn new(home: PathBuf) -> Self {
        Self {
            home,
            threads: None,
            listen: None,
            cores: None,
            memory_bytes: None,
            cache_bytes_max: 1 << 30,
            share: false,
            quic: false,
            ask_before_sending: AskBeforeSending::Never,
            record_outgoing: None,
            wake: Box::new(|| {}),
            application: concat!("clisonix ", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}
