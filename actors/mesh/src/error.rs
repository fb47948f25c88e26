//! What can go wrong in the mesh, each as a sentence for the person at the workstation.

use std::io;
use std::path::PathBuf;

use crate::deployments::DEPLOYMENTS_MAX;

/// A failure of the mesh; its text is shown as it is.
#[derive(Debug, thiserror::Error)]
pub enum MeshError {
    /// A file of the home folder cannot be read.
    #[error("The file `{}` cannot be read: {source}", path.display())]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file of the home folder cannot be written.
    #[error("The file `{}` cannot be written: {source}", path.display())]
    Write {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The identity key is not an ed25519 key.
    #[error(
        "The identity key `{}` is damaged; remove the file to get a new identity, and pair again",
        path.display()
    )]
    IdentityDamaged {
        /// The key file.
        path: PathBuf,
    },
    /// A JSON file of the home folder does not parse.
    #[error("The file `{}` is damaged: {reason}", path.display())]
    Damaged {
        /// Which file.
        path: PathBuf,
        /// Where it stops making sense.
        reason: String,
    },
    /// Too much is to be brought to peers.
    #[error("{0} models would wait for paired nodes, and {DEPLOYMENTS_MAX} may")]
    DeploymentsFull(usize),
    /// Another process runs the mesh with this identity.
    #[error("Another Clisonix program is already sharing with the home folder `{}`", home.display())]
    HomeInUse {
        /// The home folder.
        home: PathBuf,
    },
    /// Text that is no address.
    #[error("Not an address of the form host:port: `{given}`")]
    Address {
        /// As it was typed.
        given: String,
    },
    /// Nobody answers at an address.
    #[error("No node could be reached at `{address}`: {reason}")]
    Unreachable {
        /// As it was typed.
        address: String,
        /// Why.
        reason: String,
    },
    /// The port cannot be opened.
    #[error("The address `{address}` cannot be listened on: {reason}")]
    Listen {
        /// The address.
        address: String,
        /// Why.
        reason: String,
    },
    /// A word that no pairing code has.
    #[error("`{word}` is not a word of a pairing code")]
    CodeWord {
        /// The word, shortened.
        word: String,
    },
    /// Too few or too many words.
    #[error("A pairing code has six words, not {count}")]
    CodeLength {
        /// Words given.
        count: usize,
    },
    /// The code is not the one shown.
    #[error("The pairing code was not accepted; {}", tries(*tries_left))]
    CodeRefused {
        /// Tries before the window closes.
        tries_left: u32,
    },
    /// The side that shows the code saw three wrong ones.
    #[error("Three wrong codes were given, so the pairing window was closed")]
    TooManyTries,
    /// Nobody used the code in time.
    #[error("The pairing window closed after {seconds} s without another node")]
    PairingTimeout {
        /// How long it was open.
        seconds: u64,
    },
    /// Multicast found no node that shows a code.
    #[error(
        "No node nearby shows a pairing code; show one on the other workstation, or give its address as host:port"
    )]
    NobodyShows,
    /// The node answers, but not to pairing.
    #[error("The node at `{address}` shows no pairing code")]
    NotShowing {
        /// Its address.
        address: String,
    },
    /// Stopped by the user.
    #[error("Pairing was cancelled")]
    Cancelled,
    /// The other program is of another version.
    #[error("{}", versions(name, *ours, *theirs))]
    Version {
        /// The other node.
        name: String,
        /// Protocol version here.
        ours: u32,
        /// Protocol version there.
        theirs: u32,
    },
    /// The other side broke the rules of a protocol.
    #[error("The other node broke the protocol: {0}")]
    Protocol(String),
    /// The connection ended in the middle.
    #[error("The connection to the other node ended: {0}")]
    Connection(String),
    /// A peer that is not paired.
    #[error("No paired node is called `{0}`")]
    UnknownPeer(String),
    /// Text that is no peer id.
    #[error("`{0}` is not the peer id of a node; clisonix node shows it")]
    Key(String),
    /// A node cannot be paired with itself.
    #[error("`{0}` is this node's own peer id")]
    OwnKey(String),
    /// Threads, timers and sockets that the system refuses.
    #[error("The mesh cannot start: {0}")]
    System(String),
}

/// Which side is to be updated, so that the sentence is right on both.
pub(crate) fn versions(name: &str, ours: u32, theirs: u32) -> String {
    if theirs < ours {
        format!(
            "`{name}` runs an older version (mesh protocol {theirs}, here {ours}): update Clisonix there"
        )
    } else {
        format!(
            "This workstation runs an older version than `{name}` (mesh protocol {ours}, there {theirs}): update Clisonix here"
        )
    }
}

fn tries(left: u32) -> String {
    match left {
        0 => "it was the third wrong try, so the other node closed its window".to_owned(),
        1 => "1 try is left".to_owned(),
        more => format!("{more} tries are left"),
    }
}
