//! Spot checks: a stated share of the tasks of a strict job, and the first answer of every member, is computed by a second peer before
//! the job is complete. So a member that answers wrongly is found also where it has left after few answers.

use crate::hash::Hash;
use crate::placing::choose;
use crate::step::Step;
use crate::work::Work;

const DOMAIN: &str = "clisonix 2026-11 labor spot check v1";

impl Work {
    /// Whether this task is one of the share: by the job and the task alone, so that every replay checks the same ones.
    fn is_in_share(&self, rank: u32) -> bool {
        let one_in = u64::from(self.spot_check_one_in);
        if !self.strict || one_in == 0 {
            return false;
        }
        let mut hash = Hash::new(DOMAIN);
        hash.id(&self.job).id(&self.catalogue.entry(rank).id);
        hash.finish_integer().is_multiple_of(one_in)
    }

    /// Whether this answer is checked: as one of the share, or as the first of its member.
    fn is_due(&mut self, rank: u32, witness: usize) -> bool {
        if !self.strict || self.spot_check_one_in == 0 {
            return false;
        }
        let peer = self.roster.peer(witness);
        let first = match self.first_answers.get(peer) {
            Some(first) => *first,
            None => {
                self.first_answers.insert(peer.to_owned(), rank);
                rank
            }
        };
        first == rank || self.is_in_share(rank)
    }

    /// After the first answer: somebody who has the task already goes on with it, or somebody else takes it.
    /// Whether the task is checked.
    pub(crate) fn begin_check(&mut self, rank: u32, witness: usize, step: &mut Step) -> bool {
        if !self.is_due(rank, witness) {
            return false;
        }
        let peer = self.roster.peer(witness).to_owned();
        self.roster.bar_peer(rank, &peer);
        self.checks.insert(rank);
        let holders = self.roster.standings[rank as usize].holders.clone();
        let (same, others): (Vec<usize>, Vec<usize>) = holders
            .into_iter()
            .partition(|holder| self.roster.peer(*holder) == peer);
        for holder in same.iter().chain(others.iter().skip(1)) {
            self.let_go(rank, *holder, (*holder != witness).then_some(&mut *step));
        }
        if others.is_empty() {
            self.place_check(rank, step);
        }
        true
    }

    /// Gives a check to whoever would finish it first and has not answered; with nobody here, it waits for a member to come.
    pub(crate) fn place_check(&mut self, rank: u32, step: &mut Step) {
        let candidates = self.roster.candidates(self.required_class.as_ref());
        let barred = self.roster.barred.get(&rank);
        match choose(
            self.catalogue.entry(rank),
            &self.roster.benches,
            &candidates,
            barred,
        ) {
            Ok(station) => self.give(rank, station, step),
            Err(_) => {
                self.checks_waiting.insert(rank);
            }
        }
    }

    /// A second peer gave the same answer.
    pub(crate) fn confirm(&mut self, rank: u32, step: &mut Step) {
        self.checked += 1;
        let holders = self.drop_check(rank, step);
        if !self.is_held() {
            holders.iter().for_each(|holder| self.occupy(*holder, step));
        }
    }

    /// The task is checked no more; gives those that had it.
    pub(crate) fn drop_check(&mut self, rank: u32, step: &mut Step) -> Vec<usize> {
        if !self.checks.remove(&rank) {
            return Vec::new();
        }
        self.checks_waiting.remove(&rank);
        self.roster.barred.remove(&rank);
        let holders = self.roster.standings[rank as usize].holders.clone();
        for holder in &holders {
            self.let_go(rank, *holder, Some(step));
        }
        holders
    }

    /// A check that is late goes to somebody else, or waits: a silent member may cost time, and never the job.
    pub(crate) fn late_check(&mut self, rank: u32, station: usize, step: &mut Step) {
        self.roster.barred.entry(rank).or_default().insert(station);
        self.let_go(rank, station, Some(step));
        if self.roster.standings[rank as usize].holders.is_empty() {
            self.place_check(rank, step);
        }
    }

    pub(crate) fn let_go(&mut self, rank: u32, holder: usize, told: Option<&mut Step>) {
        self.roster.release(rank, holder);
        if let Some(step) = told {
            step.withdraw(holder, rank);
        }
    }

    /// Whether some check is with a member. Those that wait for one hold no job up.
    pub(crate) fn is_checking(&self) -> bool {
        self.checks.len() > self.checks_waiting.len()
    }

    /// A peer that comes back may not confirm what it said itself, nor decide where its answer is in doubt.
    pub(crate) fn bar_witness(&mut self, peer: &str) {
        let answered = |rank: &u32| self.roster.standings[*rank as usize].answer;
        let own_check = |rank: &&u32| {
            answered(rank).is_some_and(|(_, witness)| self.roster.peer(witness) == peer)
        };
        let checks: Vec<u32> = self.checks.iter().filter(own_check).copied().collect();
        for rank in checks {
            self.roster.bar_peer(rank, peer);
        }
        let contested: Vec<u32> = self.rivals.keys().copied().collect();
        for rank in contested {
            self.bar_rivals(rank);
        }
    }
}
