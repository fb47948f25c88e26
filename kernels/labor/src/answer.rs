//! Answers: committed once, and repeated without effect.

use crate::step::{Step, unknown_task};
use crate::work::Work;
use crate::{Decision, Id, LaborError};

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
        self.roster.answers(rank, station);
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
        if !self.is_held() {
            self.ask_idle(step);
        }
    }

    fn answer(&mut self, rank: u32, station: usize, digest: Id, step: &mut Step) {
        if self.rivals.contains_key(&rank) {
            self.answer_in_doubt(rank, station, digest, step);
        } else {
            self.commit(rank, station, digest, false, step);
        }
    }

    /// `confirmed`: another peer has said the same before.
    pub(crate) fn commit(
        &mut self,
        rank: u32,
        station: usize,
        digest: Id,
        confirmed: bool,
        step: &mut Step,
    ) {
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
}
