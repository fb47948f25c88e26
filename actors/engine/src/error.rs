//! What can go wrong at the engine's door.

use std::path::PathBuf;

/// A sentence for the user.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The home folder cannot be used.
    #[error("The folder `{folder}` for Clisonix's own files cannot be used: {reason}")]
    Home {
        /// Which folder.
        folder: PathBuf,
        /// Why.
        reason: std::io::Error,
    },
    /// Threads could not be started.
    #[error("The engine could not be started: {0}")]
    Start(String),
    /// A mailbox is full: the wish was not taken.
    #[error("The engine is busy and did not take the request; try again in a moment")]
    Busy,
    /// The engine has ended.
    #[error("The engine has stopped; restart Clisonix")]
    Stopped,
    /// The mesh could not be started; a notice said why.
    #[error("Sharing is not possible; the notices say why")]
    NoMesh,
    /// The page of figures cannot be served.
    #[error("The figures cannot be served at `{address}`: {reason}")]
    Metrics {
        /// Where.
        address: std::net::SocketAddr,
        /// Why.
        reason: String,
    },
    /// A frame cannot be decoded.
    #[error("{0}")]
    Decode(String),
    /// A job of an earlier process cannot go on.
    #[error("{0}")]
    Resume(String),
    /// A receipt cannot be checked.
    #[error("{0}")]
    Verify(String),
    /// A series cannot be put through a pass.
    #[error("{0}")]
    Pass(String),
    /// Results cannot be saved as a DICOM object.
    #[error("{0}")]
    Save(String),
}
