//! Contradictions: who said what, who may decide it, and what follows for a peer that was wrong.

use std::collections::{BTreeMap, BTreeSet};

use crate::step::{Step, ids};
use crate::work::Work;
use crate::{Conflict, Decision, Id, LaborError};

/// So many answers to one task, each different, are no matter for a majority any more.
const ANSWERS_MAX: usize = 3;

impl Work {
    /// A second answer that differs from the one that stands: the job stands still until somebody lets a third one decide.
    pub(crate) fn contradict(
        &mut self,
        rank: u32,
        first: (Id, usize),
        second: (Id, usize),
        step: &mut Step,
    ) {
        let conflict = Conflict {
            task: self.catalogue.entry(rank).id,
            first_peer: self.roster.peer(first.1).to_owned(),
            first_digest: first.0,
            second_peer: self.roster.peer(second.1).to_owned(),
            second_digest: second.0,
        };
        let known = |other: &Conflict| {
            other.task == conflict.task && other.second_peer == conflict.second_peer
        };
        if self.conflicts.iter().any(known) {
            return step.ignore("This contradiction is known already");
        }
        self.drop_check(rank, step);
        self.conflicts.push(conflict);
    }

    /// Opens every contested task again for somebody who has not answered it, or whose answer most gave.
    pub(crate) fn ask_third(&mut self, step: &mut Step) {
        let mut contested = BTreeSet::new();
        for conflict in std::mem::take(&mut self.conflicts) {
            let Some(rank) = self.catalogue.rank(&conflict.task) else {
                continue;
            };
            let rivals = self.rivals.entry(rank).or_default();
            for (peer, digest) in [
                (&conflict.first_peer, conflict.first_digest),
                (&conflict.second_peer, conflict.second_digest),
            ] {
                let Some(station) = self.roster.last.get(peer).copied() else {
                    continue;
                };
                if !rivals.contains(&(station, digest)) {
                    rivals.push((station, digest));
                }
            }
            self.bar_rivals(rank);
            if self.reopen(rank) {
                contested.insert(rank);
            }
        }
        self.place(contested, step);
    }

    /// An answer to a task that has contradicting ones.
    pub(crate) fn answer_in_doubt(
        &mut self,
        rank: u32,
        station: usize,
        digest: Id,
        step: &mut Step,
    ) {
        let peer = self.roster.peer(station).to_owned();
        let mut rivals = self.rivals.get(&rank).cloned().unwrap_or_default();
        let known = |(rival, _): &(usize, Id)| self.roster.peer(*rival) == peer;
        match rivals.iter().any(known) {
            false => rivals.push((station, digest)),
            // What most have said already is welcome from each of them: nobody kept the outputs of answers in doubt.
            true if self.leading(&rivals) == Some(digest) => {}
            true => {
                step.ignore(format_args!(
                    "The answer of {peer} to this task is in doubt"
                ));
                return self.ask_another(rank, &peer, step);
            }
        }
        if self.leading(&rivals) == Some(digest) {
            let (right, wrong): (Vec<_>, Vec<_>) =
                rivals.into_iter().partition(|(_, other)| *other == digest);
            let confirmed = right
                .iter()
                .any(|(rival, _)| self.roster.peer(*rival) != peer);
            self.rivals.remove(&rank);
            self.commit(rank, station, digest, confirmed, step);
            if !wrong.is_empty() {
                self.settle(rank, digest, &wrong, step);
            }
            return;
        }
        let distinct: BTreeSet<Id> = rivals.iter().map(|(_, digest)| *digest).collect();
        self.rivals.insert(rank, rivals);
        if distinct.len() >= ANSWERS_MAX {
            self.failed = Some(LaborError::NoMajority {
                task: self.catalogue.entry(rank).id,
                answers: distinct.len(),
            });
            return;
        }
        self.bar_rivals(rank);
        self.ask_another(rank, &peer, step);
    }

    /// This peer decides nothing about the task: it goes to somebody else, if it was with this one.
    fn ask_another(&mut self, rank: u32, peer: &str, step: &mut Step) {
        let holders = self.roster.standings[rank as usize].holders.clone();
        for holder in holders {
            if self.roster.peer(holder) == peer {
                self.roster.bar_peer(rank, peer);
                self.let_go(rank, holder, None);
                if self.roster.standings[rank as usize].holders.is_empty() {
                    self.place(BTreeSet::from([rank]), step);
                }
                if !self.is_held() {
                    self.occupy(holder, step);
                }
            }
        }
    }

    /// The answer that more peers gave than any other; none while two are equal.
    fn leading(&self, rivals: &[(usize, Id)]) -> Option<Id> {
        let mut peers: BTreeMap<Id, BTreeSet<&str>> = BTreeMap::new();
        for (rival, digest) in rivals {
            peers
                .entry(*digest)
                .or_default()
                .insert(self.roster.peer(*rival));
        }
        let most = peers.values().map(BTreeSet::len).max()?;
        let mut leading = peers.iter().filter(|(_, peers)| peers.len() == most);
        let (digest, _) = leading.next()?;
        leading.next().is_none().then_some(*digest)
    }

    /// Those who gave an answer that does not lead may not decide which one stands; those whose answer leads may give it again.
    pub(crate) fn bar_rivals(&mut self, rank: u32) {
        let rivals = self.rivals.get(&rank).cloned().unwrap_or_default();
        let leading = self.leading(&rivals);
        let (right, wrong): (Vec<_>, Vec<_>) = rivals
            .iter()
            .partition(|(_, digest)| leading == Some(*digest));
        let peers = |rivals: Vec<&(usize, Id)>| -> BTreeSet<String> {
            let peers = rivals.iter().map(|(rival, _)| self.roster.peer(*rival));
            peers.map(str::to_owned).collect()
        };
        let (right, wrong) = (peers(right), peers(wrong));
        for peer in right.difference(&wrong) {
            self.roster.unbar_peer(rank, peer);
        }
        for peer in &wrong {
            self.roster.bar_peer(rank, peer);
        }
    }

    /// Opens a task again; whether it was answered.
    // A `match`, and not `is_some()` counted with `usize::from` and then tested: rustc 1.95 drops the comparison in its pass
    // SimplifyComparisonIntegral although the number still reads it (rust-lang/rust#158206), so that nothing was subtracted.
    fn reopen(&mut self, rank: u32) -> bool {
        match self.roster.standings[rank as usize].answer.take() {
            Some(_) => {
                self.committed -= 1;
                true
            }
            None => false,
        }
    }

    /// Peers proven wrong in a strict job are treated as lost, and what only they vouched for is computed again.
    fn settle(&mut self, rank: u32, digest: Id, wrong: &[(usize, Id)], step: &mut Step) {
        let outvoted: BTreeSet<String> = wrong
            .iter()
            .map(|(station, _)| self.roster.peer(*station).to_owned())
            .collect();
        self.distrusted.extend(outvoted.iter().cloned());
        let (mut open, mut reopened) = (BTreeSet::new(), BTreeSet::new());
        for other in 0..self.roster.standings.len() {
            let by = self.roster.standings[other].answer.map(|(_, by)| by);
            if by.is_some_and(|by| outvoted.contains(self.roster.peer(by))) {
                let other = u32::try_from(other).expect("an array has at most 2^22 tasks");
                self.reopen(other);
                reopened.insert(other);
                // Who was to check it has it still.
                self.checks.remove(&other);
                self.checks_waiting.remove(&other);
                if self.roster.standings[other as usize].holders.is_empty() {
                    open.insert(other);
                }
            }
        }
        let (task, reopened) = (
            self.catalogue.entry(rank).id,
            ids(&self.catalogue, &reopened.into_iter().collect::<Vec<u32>>()),
        );
        step.told.push(Decision::Settled {
            task,
            digest,
            outvoted: outvoted.iter().cloned().collect(),
            reopened,
        });
        let gone: Vec<usize> = outvoted
            .iter()
            .filter_map(|peer| self.roster.present.get(peer).copied())
            .collect();
        for station in &gone {
            open.extend(self.roster.leave(*station));
        }
        open.extend(self.strike(&outvoted, step));
        self.place(open, step);
        if !gone.is_empty() {
            self.begin_epoch(step);
        }
    }

    /// What these peers said counts no more, in other contradictions either: a task that they contested is one with the answers of
    /// the others, and those may give them again. Gives the tasks that waited for somebody to decide.
    fn strike(&mut self, outvoted: &BTreeSet<String>, step: &mut Step) -> BTreeSet<u32> {
        let told = |conflict: &Conflict| {
            outvoted.contains(&conflict.first_peer) || outvoted.contains(&conflict.second_peer)
        };
        let (struck, stand): (Vec<_>, Vec<_>) = std::mem::take(&mut self.conflicts)
            .into_iter()
            .partition(told);
        self.conflicts = stand;
        for conflict in struck {
            let Some(rank) = self.catalogue.rank(&conflict.task) else {
                continue;
            };
            let others = |other: &Conflict| other.task == conflict.task;
            match self.roster.standings[rank as usize].answer {
                // The answer that was contested stands; its check ended with the contradiction, and begins again.
                Some((_, witness)) => {
                    if !self.conflicts.iter().any(others) && !self.checks.contains(&rank) {
                        self.begin_check(rank, witness, step);
                    }
                }
                // It was open again before anybody was asked: the other answer is remembered.
                None => {
                    if let Some(second) = self.roster.last.get(&conflict.second_peer)
                        && !outvoted.contains(&conflict.second_peer)
                    {
                        let rivals = self.rivals.entry(rank).or_default();
                        rivals.push((*second, conflict.second_digest));
                    }
                }
            }
        }
        let mut open = BTreeSet::new();
        let contested: Vec<u32> = self.rivals.keys().copied().collect();
        for rank in contested {
            let rivals = self.rivals.get_mut(&rank).expect("a rank of this map");
            let before = rivals.len();
            rivals.retain(|(rival, _)| !outvoted.contains(self.roster.peer(*rival)));
            if rivals.len() == before {
                continue;
            }
            if rivals.is_empty() {
                self.rivals.remove(&rank);
            } else {
                self.bar_rivals(rank);
            }
            if self.roster.waiting.remove(&rank) {
                open.insert(rank);
            }
        }
        open
    }
}
