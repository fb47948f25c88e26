//! A pairing beside a running node: on a thread of its own, with its news sent to the deciding thread.

use std::path::PathBuf;
use std::thread;

use actor_messages::{CancelFlag, PairingState};
use tokio::sync::mpsc;

use super::{join, show};
use crate::address;
use crate::error::MeshError;

/// One step of a pairing.
pub(crate) struct PairingNews {
    /// Which pairing.
    pub number: u64,
    /// Where it stands.
    pub state: PairingState,
}

/// What a pairing beside a node needs.
pub(crate) struct WindowOptions {
    /// Numbers this pairing.
    pub number: u64,
    /// The home folder.
    pub home: PathBuf,
    /// Where the mesh listens; the window uses the same host and a free port.
    pub listen: Option<String>,
    /// The code and the address to join with; none shows a code here.
    pub join: Option<(String, Option<String>)>,
    /// Raised to close the window.
    pub stop: CancelFlag,
    /// Who hears of it.
    pub news: mpsc::Sender<PairingNews>,
}

/// Starts the thread; the last news is `Paired` or `Failed`.
pub(crate) fn open(options: WindowOptions) -> Result<(), MeshError> {
    thread::Builder::new()
        .name("clisonix-pairing".to_owned())
        .spawn(move || run(options))
        .map(drop)
        .map_err(|error| MeshError::System(error.to_string()))
}

fn run(options: WindowOptions) {
    let WindowOptions {
        number,
        home,
        listen,
        join,
        stop,
        news,
    } = options;
    // The deciding thread is gone when the program ends, and then nobody needs to hear of it.
    let tell = |state| drop(news.blocking_send(PairingNews { number, state }));
    let mut on_state = |state| match state {
        // Told from inside the swarm's loop, which must not wait; a newer count follows within a second.
        PairingState::Showing { .. } => drop(news.try_send(PairingNews { number, state })),
        last => tell(last),
    };
    let ended = match join {
        Some((code, address)) => join::run(&home, &code, address.as_deref(), &stop, &mut on_state),
        None => same_host(listen.as_deref())
            .and_then(|listen| show::run(&home, listen.as_deref(), &stop, &mut on_state)),
    };
    if let Err(error) = ended {
        tell(PairingState::Failed(error.to_string()));
    }
}

fn same_host(listen: Option<&str>) -> Result<Option<String>, MeshError> {
    let Some(listen) = listen else {
        return Ok(None);
    };
    let sockets = address::resolve(listen)?;
    Ok(sockets.into_iter().next().map(|mut socket| {
        socket.set_port(0);
        socket.to_string()
    }))
}
