//! `peers.json`: the nodes that were paired with this one, and where they were seen.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::MeshError;
use crate::home::{self, ChangeLock, Stamp};
use crate::settings::{NAME_CHARACTERS_MAX, plain_text};

/// Nodes that one home remembers.
pub const PAIRED_PEERS_MAX: usize = 256;
/// Addresses remembered for a node, the newest first.
pub const PEER_ADDRESSES_MAX: usize = 8;

const SCHEMA: u32 = 1;
/// While more changes than this wait for the disk, further addresses are not kept.
const UNWRITTEN_ADDRESSES_MAX: usize = 1_024;

/// A node that was paired with this one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PairedPeer {
    /// The libp2p peer id, in its text form.
    pub peer: String,
    /// The name that it gave, bounded and on one line.
    pub name: String,
    /// Multiaddresses of its mesh, the newest first.
    pub addresses: Vec<String>,
    /// Whether it may connect; only paired nodes are kept, so this is true unless edited by hand.
    pub paired: bool,
    /// Why it was cut, if it misbehaved; it is not connected to again until the user dials it or pairs anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cut: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Document {
    schema: u32,
    peers: Vec<PairedPeer>,
}

/// The address book as this program knows it.
pub(crate) struct AddressBook {
    home: PathBuf,
    peers: BTreeMap<String, PairedPeer>,
    stamp: Stamp,
    /// Changes that are not known to be on disk, by number; they hold whatever the file says.
    unwritten: VecDeque<(u64, BookChange)>,
    noted: u64,
    /// The newest change of the last order.
    tried: u64,
    under_way: bool,
}

impl AddressBook {
    /// Reads the book; an absent file is an empty book.
    pub(crate) fn load(home: &Path) -> Result<Self, MeshError> {
        let stamp = stamp(home);
        Ok(Self {
            home: home.to_owned(),
            peers: read(home)?,
            stamp,
            unwritten: VecDeque::new(),
            noted: 0,
            tried: 0,
            under_way: false,
        })
    }

    /// Paired nodes, by peer id.
    pub(crate) fn peers(&self) -> &BTreeMap<String, PairedPeer> {
        &self.peers
    }

    /// Reads the book again if another program has changed it; whether it has.
    pub(crate) fn reload_if_changed(&mut self) -> Result<bool, MeshError> {
        let now = stamp(&self.home);
        if now == self.stamp {
            return Ok(false);
        }
        // The stamp is taken before the file is read: a change in between is seen the next time.
        self.stamp = now;
        let mut peers = read(&self.home)?;
        for (_, change) in &self.unwritten {
            change.apply(&mut peers);
        }
        self.peers = peers;
        Ok(true)
    }

    /// Changes the newest book on disk, and keeps it. Waits for the disk, and for other programs of this home.
    pub(crate) fn change(
        &mut self,
        change: impl FnOnce(&mut BTreeMap<String, PairedPeer>),
    ) -> Result<(), MeshError> {
        let (peers, stamp) = self::change(&self.home, change)?;
        (self.peers, self.stamp) = (peers, stamp);
        Ok(())
    }

    /// Adds a node after pairing, or renews it; a former misconduct is forgiven.
    pub(crate) fn pair(&mut self, paired: PairedPeer) -> Result<(), MeshError> {
        self.change(|peers| {
            peers.insert(paired.peer.clone(), bounded(paired));
        })
    }

    /// Changes the book in memory at once; `next_order` tells what is to be written.
    pub(crate) fn note(&mut self, change: BookChange) {
        let before = self.peers.clone();
        change.apply(&mut self.peers);
        let bound = match change {
            BookChange::Remember { .. } => UNWRITTEN_ADDRESSES_MAX,
            _ => usize::MAX,
        };
        // Where a peer was seen may be lost; what was decided about it may not.
        if self.peers != before && self.unwritten.len() < bound {
            self.noted += 1;
            self.unwritten.push_back((self.noted, change));
        }
    }

    /// Everything that is not on disk, unless it is being written or could not be.
    pub(crate) fn next_order(&mut self) -> Option<BookOrder> {
        let newest = self.unwritten.back()?.0;
        if self.under_way || newest <= self.tried {
            return None;
        }
        (self.under_way, self.tried) = (true, newest);
        let changes = self.unwritten.iter().map(|(_, change)| change.clone());
        Some(BookOrder {
            number: newest,
            changes: changes.collect(),
        })
    }

    /// An order was carried out, or was not: then its changes hold in memory and go to disk with the next.
    pub(crate) fn order_done(&mut self, number: u64, written: bool) {
        self.under_way = false;
        if written {
            self.unwritten.retain(|(noted, _)| *noted > number);
        }
    }
}

/// A change that the deciding thread makes.
#[derive(Clone, Debug)]
pub(crate) enum BookChange {
    /// An address worked, and is put first.
    Remember {
        /// Whose.
        peer: String,
        /// What it calls itself.
        name: String,
        /// Where it was reached.
        address: String,
    },
    /// A peer broke the rules; one clause.
    Cut {
        /// Which.
        peer: String,
        /// How.
        clause: String,
    },
    /// The user trusts these again.
    Trust(Vec<String>),
    /// The user removes a peer.
    Forget(String),
}

/// Changes to be written together.
#[derive(Debug)]
pub(crate) struct BookOrder {
    /// The newest change.
    pub number: u64,
    /// In order.
    pub changes: Vec<BookChange>,
}

impl BookChange {
    /// Makes the change; a peer that is not in the book is left out.
    pub(crate) fn apply(&self, peers: &mut BTreeMap<String, PairedPeer>) {
        match self {
            Self::Remember {
                peer,
                name,
                address,
            } => {
                if let Some(known) = peers.get_mut(peer) {
                    known.name = plain_text(name, NAME_CHARACTERS_MAX);
                    known.addresses.retain(|other| other != address);
                    known.addresses.insert(0, address.clone());
                    known.addresses.truncate(PEER_ADDRESSES_MAX);
                }
            }
            Self::Cut { peer, clause } => {
                if let Some(known) = peers.get_mut(peer) {
                    known.cut = Some(clause.clone());
                }
            }
            Self::Trust(trusted) => {
                for peer in trusted {
                    if let Some(known) = peers.get_mut(peer) {
                        known.cut = None;
                    }
                }
            }
            Self::Forget(peer) => {
                peers.remove(peer);
            }
        }
    }
}

/// Changes the newest book on disk; gives the book and its stamp.
pub(crate) fn change(
    home: &Path,
    change: impl FnOnce(&mut BTreeMap<String, PairedPeer>),
) -> Result<(BTreeMap<String, PairedPeer>, Stamp), MeshError> {
    let _lock = ChangeLock::take(home)?;
    let before = read(home)?;
    let mut peers = before.clone();
    change(&mut peers);
    while peers.len() > PAIRED_PEERS_MAX {
        peers.pop_last();
    }
    if peers != before {
        let document = Document {
            schema: SCHEMA,
            peers: peers.values().cloned().collect(),
        };
        home::write_json(&path(home), &document, true)?;
    }
    Ok((peers, stamp(home)))
}

/// The nodes paired with this home, sorted by peer id.
pub fn paired_peers(home: &Path) -> Result<Vec<PairedPeer>, MeshError> {
    Ok(read(home)?.into_values().collect())
}

/// Removes a paired node by peer id or name; a running node of this home cuts it within about a second.
pub fn forget_peer(home: &Path, peer: &str) -> Result<(), MeshError> {
    home::create(home)?;
    let mut book = AddressBook::load(home)?;
    let key = find(&book.peers, peer).ok_or_else(|| MeshError::UnknownPeer(peer.to_owned()))?;
    book.change(|peers| {
        peers.remove(&key);
    })
}

/// The peer id of a node called by its peer id or its name.
pub(crate) fn find(peers: &BTreeMap<String, PairedPeer>, called: &str) -> Option<String> {
    if peers.contains_key(called) {
        return Some(called.to_owned());
    }
    peers
        .values()
        .find(|known| known.name == called)
        .map(|known| known.peer.clone())
}

fn path(home: &Path) -> PathBuf {
    home.join("peers.json")
}

fn stamp(home: &Path) -> Stamp {
    home::stamp(&path(home))
}

fn read(home: &Path) -> Result<BTreeMap<String, PairedPeer>, MeshError> {
    let path = path(home);
    let Some(document) = home::read_json::<Document>(&path)? else {
        return Ok(BTreeMap::new());
    };
    if document.schema != SCHEMA {
        let reason = format!("schema {} is not known here", document.schema);
        return Err(MeshError::Damaged { path, reason });
    }
    let wrong = document
        .peers
        .iter()
        .find(|known| known.peer.parse::<libp2p::PeerId>().is_err());
    if let Some(wrong) = wrong {
        let reason = format!("`{}` is not a peer id", plain_text(&wrong.peer, 80));
        return Err(MeshError::Damaged { path, reason });
    }
    let paired = document
        .peers
        .into_iter()
        .filter(|known| known.paired)
        .take(PAIRED_PEERS_MAX);
    Ok(paired
        .map(|known| (known.peer.clone(), bounded(known)))
        .collect())
}

fn bounded(mut known: PairedPeer) -> PairedPeer {
    known.name = plain_text(&known.name, NAME_CHARACTERS_MAX);
    known.addresses.truncate(PEER_ADDRESSES_MAX);
    known
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paired(name: &str) -> PairedPeer {
        let peer = libp2p::PeerId::random().to_string();
        PairedPeer {
            peer,
            name: name.to_owned(),
            addresses: Vec::new(),
            paired: true,
            cut: None,
        }
    }

    #[test]
    fn a_change_by_another_program_is_seen_and_not_undone() {
        let home = tempfile::tempdir().expect("temporary folder");
        let mut node = AddressBook::load(home.path()).expect("empty");
        let mut other = AddressBook::load(home.path()).expect("empty");
        other.pair(paired("by the other program")).expect("written");
        assert!(node.reload_if_changed().expect("read"));
        assert!(!node.reload_if_changed().expect("read"));
        other.pair(paired("again by the other")).expect("written");
        node.pair(paired("by the node")).expect("written");
        assert_eq!(paired_peers(home.path()).expect("read").len(), 3);
    }

    #[test]
    fn a_forgotten_peer_is_gone_from_the_file() {
        let home = tempfile::tempdir().expect("temporary folder");
        AddressBook::load(home.path())
            .expect("empty")
            .pair(paired("annex"))
            .expect("written");
        assert!(forget_peer(home.path(), "cellar").is_err());
        forget_peer(home.path(), "annex").expect("removed");
        assert!(paired_peers(home.path()).expect("read").is_empty());
    }

    #[test]
    fn a_damaged_book_is_a_sentence_and_is_not_overwritten() {
        let home = tempfile::tempdir().expect("temporary folder");
        std::fs::write(home.path().join("peers.json"), "{\"schema\":").expect("written");
        let error = AddressBook::load(home.path())
            .err()
            .expect("refused")
            .to_string();
        assert!(error.contains("peers.json` is damaged"), "{error}");
    }
}
