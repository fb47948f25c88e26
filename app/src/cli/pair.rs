//! `clisonix pair`: makes two workstations known to each other by a one-time code of six words.

use std::path::Path;
use std::sync::mpsc;
use std::thread;

use actor_engine::{PairedPeer, pair_join, pair_show};
use actor_messages::PairingState;
use serde::Serialize;

use super::failure::Failure;
use super::session::Session;

/// Pairs this workstation with another: one shows a code, the other types it.
///
/// With --show, the code and where it may be used are printed at once, and the exit code tells how it ended.
#[derive(clap::Args)]
pub struct Pair {
    /// The six words that the other workstation shows.
    #[arg(
        value_name = "CODE",
        required_unless_present = "show",
        conflicts_with = "show"
    )]
    code: Vec<String>,
    /// Shows a code here and waits for the other workstation.
    #[arg(long)]
    show: bool,
    /// Where the other workstation shows its code, as host:port, where multicast is off.
    #[arg(long, value_name = "ADDR", conflicts_with = "show")]
    address: Option<String>,
    /// Where to wait, as host:port; all interfaces and any free port unless given.
    #[arg(long, value_name = "ADDR", requires = "show")]
    listen: Option<String>,
}

#[derive(Serialize)]
struct ShownRecord {
    code: String,
    addresses: Vec<String>,
    seconds_left: u32,
}

#[derive(Serialize)]
struct PairedRecord {
    peer: String,
    name: String,
    /// The same words on both workstations.
    fingerprint: String,
}

impl Pair {
    pub fn execute(self, session: &Session) -> Result<(), Failure> {
        if self.show {
            self.show_code(session)
        } else {
            self.join(session)
        }
    }

    fn show_code(&self, session: &Session) -> Result<(), Failure> {
        let mut shown = Ok(false);
        let mut tries = 0;
        let mut record = None;
        pair_show(
            session.home(),
            self.listen.as_deref(),
            |state| match state {
                PairingState::Showing {
                    code,
                    addresses,
                    seconds_left,
                    wrong_tries,
                } => {
                    if matches!(shown, Ok(false)) {
                        let shows = ShownRecord {
                            code,
                            addresses,
                            seconds_left,
                        };
                        shown = session.answer(&shows, || shows.text()).map(|()| true);
                    }
                    if wrong_tries > tries {
                        tries = wrong_tries;
                        session.note(format_args!("A wrong code was given ({wrong_tries})"));
                    }
                }
                state => record = paired_record(state),
            },
        )
        .map_err(Failure::failed)?;
        shown?;
        if let Some(record) = record {
            session.note(record.text());
        }
        Ok(())
    }

    fn join(&self, session: &Session) -> Result<(), Failure> {
        let mut record = None;
        let code = self.code.join(" ");
        let paired = pair_join(session.home(), &code, self.address.as_deref(), |state| {
            if let Some(paired) = paired_record(state) {
                record = Some(paired);
            }
        })
        .map_err(Failure::failed)?;
        let record = record.unwrap_or_else(|| PairedRecord {
            peer: paired.peer,
            name: paired.name,
            fingerprint: String::new(),
        });
        session.answer(&record, || record.text())
    }
}

fn paired_record(state: PairingState) -> Option<PairedRecord> {
    match state {
        PairingState::Paired {
            peer,
            name,
            fingerprint,
        } => Some(PairedRecord {
            peer,
            name,
            fingerprint,
        }),
        _ => None,
    }
}

impl ShownRecord {
    fn text(&self) -> String {
        let addresses = self.addresses.join(", ");
        format!(
            "On the other workstation type, within {} s:\n    clisonix pair {}\n\
             Where multicast is off, add --address and one of {addresses}",
            self.seconds_left, self.code
        )
    }
}

impl PairedRecord {
    fn text(&self) -> String {
        format!(
            "Paired with {} ({})\nBoth workstations show the same words: {}",
            self.name, self.peer, self.fingerprint
        )
    }
}

/// Pairs two homes of this machine; answers with `other` as `one` knows it.
pub fn pair_homes(one: &Path, other: &Path) -> Result<PairedPeer, Failure> {
    let (show, shown) = mpsc::channel();
    let other = other.to_owned();
    let window = thread::spawn(move || {
        pair_show(&other, Some("127.0.0.1:0"), |state| {
            if let PairingState::Showing {
                code, addresses, ..
            } = state
            {
                // Only the first one is waited for.
                let _ = show.send((code, addresses));
            }
        })
    });
    let joined = match shown.recv() {
        Ok((code, addresses)) => {
            let address = addresses.first().map(String::as_str);
            Some(pair_join(one, &code, address, |_| {}).map_err(Failure::failed)?)
        }
        // The window could not be opened, and its own error below says why.
        Err(_) => None,
    };
    let showed = window
        .join()
        .map_err(|_| Failure::failed("Pairing ended without an answer"))?;
    showed.map_err(Failure::failed)?;
    joined.ok_or_else(|| Failure::failed("The pairing window showed no code"))
}
