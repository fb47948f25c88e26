//! Answers: committed once, repeated without effect, and settled by a third computation when two contradict each other.

use std::collections::BTreeSet;

use crate::step::{Step, ids, unknown_task};
use crate::work::Work;
use crate::{Conflict, Decision, Id, LaborError};

impl Work {
    pub(crate) fn done(&mut self, peer: &str, task: &Id, digest: Id, step: &mut Step) {
        let Some(rank) = self.catalogue.rank(task) else {
            return step.ignore(unknown_task(task));
        };
        if self.distrusted.contains(peer) {
            return step.ignore(format_args!(
                "Member {peer} gave a wrong answer to this job"
            ));
        }
        // A late answer of a lost member is as good as any: what counts is its digest.
        let Some(station) = self.roster.last.get(peer).copied() else {
            return step.ignore(LaborError::PeerUnknown {
                peer: peer.to_owned(),
            });
        };
        match self.roster.standings[rank as usize].answer {
            Some((first, witness)) if first == digest => {
                if self.checks.contains(&rank) && self.roster.peer(witness) != peer {
                    self.confirm(rank, step);
                } else {
                    step.ignore("The same answer is committed already");
                }
            }
            Some(first) if self.strict => self.contradict(rank, first, (digest, station), step),
            Some(_) => {
                step.ignore("Another answer is committed already, and the job is not strict")
            }
            None => self.answer(rank, station, digest, step),
        }
    }

    fn answer(&mut self, rank: u32, station: usize, digest: Id, step: &mut Step) {
        let Some(rivals) = self.rivals.get_mut(&rank) else {
            return self.commit(rank, station, digest, false, step);
        };
        // The same peer's second thoughts decide nothing, in whatever incarnation they come.
        let peer = self.roster.peer(station);
        if rivals
            .iter()
            .any(|(rival, _)| self.roster.peer(*rival) == peer)
        {
            return step.ignore(format_args!(
                "The answer of {peer} to this task is in doubt"
            ));
        }
        if rivals.iter().all(|(_, other)| *other != digest) {
            rivals.push((station, digest));
            let distinct: BTreeSet<Id> = rivals.iter().map(|(_, digest)| *digest).collect();
            self.failed = Some(LaborError::NoMajority {
                task: self.catalogue.entry(rank).id,
                answers: distinct.len(),
            });
            return;
        }
        let wrong: Vec<usize> = rivals
            .iter()
            .filter(|(_, other)| *other != digest)
            .map(|(rival, _)| *rival)
            .collect();
        self.rivals.remove(&rank);
        self.commit(rank, station, digest, true, step);
        self.settle(rank, digest, &wrong, step);
    }

    /// `confirmed`: another peer has said the same before.
    fn commit(&mut self, rank: u32, station: usize, digest: Id, confirmed: bool, step: &mut Step) {
        let holders = self.roster.standings[rank as usize].holders.clone();
        self.roster.standings[rank as usize].answer = Some((digest, station));
        self.committed += 1;
        self.roster.waiting.remove(&rank);
        let (task, peer) = (
            self.catalogue.entry(rank).id,
            self.roster.peer(station).to_owned(),
        );
        step.told.push(Decision::Committed { task, digest, peer });
        if confirmed || !self.begin_check(rank, station, step) {
            for holder in &holders {
                self.let_go(rank, *holder, (*holder != station).then_some(&mut *step));
            }
        }
        if !self.is_held() {
            holders.iter().for_each(|holder| self.occupy(*holder, step));
        }
    }

    fn contradict(&mut self, rank: u32, first: (Id, usize), second: (Id, usize), step: &mut Step) {
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

    /// Opens every contested task again for somebody who has not answered it.
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
                self.roster.bar_peer(rank, peer);
            }
            if self.reopen(rank) {
                contested.insert(rank);
            }
        }
        self.place(contested, step);
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
    fn settle(&mut self, rank: u32, digest: Id, wrong: &[usize], step: &mut Step) {
        let outvoted: BTreeSet<String> = wrong
            .iter()
            .map(|station| self.roster.peer(*station).to_owned())
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
        self.place(open, step);
        if !gone.is_empty() {
            self.begin_epoch(step);
        }
    }
}
