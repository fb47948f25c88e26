//! A member at work in an array, and a task as it stands.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalogue::Catalogue;
use crate::member::has_class;
use crate::pace::Pacer;
use crate::placing::Bench;
use crate::{Id, Member};

/// One incarnation of one peer, present or past.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Station {
    pub member: Member,
    /// Unfinished tasks by rank, with the weight each was counted with.
    pub pending: BTreeMap<u32, u64>,
}

/// What is known of one task.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Standing {
    /// The stations that are to compute it: none when it waits or is done, two when it is doubled at the end, and a third that helps.
    pub holders: Vec<usize>,
    /// The answer that stands, and the peer that gave it.
    pub answer: Option<(Id, usize)>,
}

/// All stations that ever were, and who is here now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Roster {
    pub stations: Vec<Station>,
    pub benches: Vec<Bench>,
    pub pacer: Pacer,
    /// Stations here with nothing to do.
    pub idle: BTreeSet<usize>,
    /// The stations that are here, in peer order.
    pub present: BTreeMap<String, usize>,
    /// The last station of each peer that ever was here.
    pub last: BTreeMap<String, usize>,
    pub standings: Vec<Standing>,
    /// Tasks that nobody here can take.
    pub waiting: BTreeSet<u32>,
    /// Stations that may not take a task: they refused it, or contradicted each other on it.
    pub barred: BTreeMap<u32, BTreeSet<usize>>,
}

impl Roster {
    pub(crate) fn new(tasks: usize, pacer: Pacer) -> Self {
        Self {
            stations: Vec::new(),
            benches: Vec::new(),
            pacer,
            idle: BTreeSet::new(),
            present: BTreeMap::new(),
            last: BTreeMap::new(),
            standings: vec![Standing::default(); tasks],
            waiting: BTreeSet::new(),
            barred: BTreeMap::new(),
        }
    }

    pub(crate) fn enter(&mut self, member: Member, bench: Bench) -> usize {
        let station = self.stations.len();
        self.present.insert(member.peer.clone(), station);
        self.last.insert(member.peer.clone(), station);
        self.stations.push(Station {
            member,
            pending: BTreeMap::new(),
        });
        self.benches.push(bench);
        self.pacer.enter();
        self.idle.insert(station);
        station
    }

    /// Takes a station out; gives the tasks that nobody else holds.
    pub(crate) fn leave(&mut self, station: usize) -> Vec<u32> {
        self.present.remove(&self.stations[station].member.peer);
        let pending: Vec<u32> = self.stations[station].pending.keys().copied().collect();
        pending.iter().for_each(|rank| self.release(*rank, station));
        self.idle.remove(&station);
        pending
            .into_iter()
            .filter(|rank| self.standings[*rank as usize].holders.is_empty())
            .collect()
    }

    pub(crate) fn hold(&mut self, catalogue: &Catalogue, rank: u32, station: usize) {
        let weight = self.benches[station].take(catalogue.entry(rank));
        if self.stations[station].pending.is_empty() {
            self.idle.remove(&station);
            self.pacer.begins(station, self.benches[station].capacity());
        }
        self.stations[station].pending.insert(rank, weight);
        self.standings[rank as usize].holders.push(station);
    }

    pub(crate) fn release(&mut self, rank: u32, station: usize) {
        if let Some(weight) = self.stations[station].pending.remove(&rank) {
            self.benches[station].release(weight);
            if self.stations[station].pending.is_empty() {
                self.idle.insert(station);
                self.pacer.ends(station, self.benches[station].capacity());
            }
        }
        self.standings[rank as usize]
            .holders
            .retain(|holder| *holder != station);
    }

    /// The station answered a task; what it did not have says nothing of its speed.
    pub(crate) fn answers(&mut self, rank: u32, station: usize) {
        if let Some(weight) = self.stations[station].pending.get(&rank) {
            self.pacer.answers(station, *weight);
        }
    }

    /// Stations here that may get work, in peer order.
    pub(crate) fn candidates(&self, required_class: Option<&Id>) -> Vec<usize> {
        self.present
            .values()
            .copied()
            .filter(|station| has_class(&self.stations[*station].member, required_class))
            .collect()
    }

    /// Whether the station is here and has nothing to do.
    pub(crate) fn is_idle(&self, station: usize) -> bool {
        let Station {
            member, pending, ..
        } = &self.stations[station];
        pending.is_empty() && self.present.get(&member.peer) == Some(&station)
    }

    pub(crate) fn is_barred(&self, rank: u32, station: usize) -> bool {
        self.barred
            .get(&rank)
            .is_some_and(|barred| barred.contains(&station))
    }

    /// Bars a peer from a task in every start of its program.
    pub(crate) fn bar_peer(&mut self, rank: u32, peer: &str) {
        if let Some(last) = self.last.get(peer) {
            self.barred.entry(rank).or_default().insert(*last);
        }
        if let Some(present) = self.present.get(peer) {
            self.barred.entry(rank).or_default().insert(*present);
        }
    }

    /// The peer may take the task again, in every start of its program.
    pub(crate) fn unbar_peer(&mut self, rank: u32, peer: &str) {
        if let Some(barred) = self.barred.get_mut(&rank) {
            barred.retain(|station| self.stations[*station].member.peer != peer);
        }
    }

    pub(crate) fn peer(&self, station: usize) -> &str {
        &self.stations[station].member.peer
    }
}
