//! Where an open job stands, in lists and digests.

use std::collections::BTreeMap;

use crate::Id;
use crate::hash::Hash;
use crate::work::Work;

/// The same words as in `kernel_tasks::job_digest`, since both name the same result.
const RESULT_DOMAIN: &str = "clisonix 2026-11 job result v1";

impl Work {
    pub(crate) fn unfinished_of(&self, peer: &str) -> Vec<Id> {
        let Some(station) = self.roster.present.get(peer) else {
            return Vec::new();
        };
        self.roster.stations[*station]
            .pending
            .keys()
            .map(|rank| self.catalogue.entry(*rank).id)
            .collect()
    }

    pub(crate) fn results(&self) -> Vec<(Id, Id)> {
        let answer = |rank: u32| self.roster.standings[rank as usize].answer;
        self.catalogue
            .ranks()
            .iter()
            .filter_map(|(id, rank)| Some((*id, answer(*rank)?.0)))
            .collect()
    }

    pub(crate) fn result_digest(&self) -> Id {
        let mut hash = Hash::new(RESULT_DOMAIN);
        hash.integer(self.committed as u64);
        for (task, output) in self.results() {
            hash.id(&task).id(&output);
        }
        hash.finish()
    }

    pub(crate) fn done_by_peer(&self) -> Vec<(String, usize)> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for (_, station) in self
            .roster
            .standings
            .iter()
            .filter_map(|standing| standing.answer)
        {
            *counts.entry(self.roster.peer(station)).or_default() += 1;
        }
        counts
            .into_iter()
            .map(|(peer, count)| (peer.to_owned(), count))
            .collect()
    }
}
