//! From what changed to what is told: epochs, schedule digests, and the decisions in their order.

use std::collections::BTreeMap;

use crate::hash::Hash;
use crate::step::{Step, ids};
use crate::work::Work;
use crate::{ArrayState, Decision, Epoch, Member, member};

const EPOCH_DOMAIN: &str = "clisonix 2026-11 labor epoch v2";
const SCHEDULE_DOMAIN: &str = "clisonix 2026-11 labor schedule v2";

impl Work {
    pub(crate) fn begin_epoch(&mut self, step: &mut Step) {
        let members: Vec<&Member> = self
            .roster
            .present
            .values()
            .map(|station| &self.roster.stations[*station].member)
            .collect();
        let membership_digest = member::digest(members.into_iter(), self.required_class.as_ref());
        let last = self.epochs.last().expect("an open job has epoch 0");
        let mut hash = Hash::new(EPOCH_DOMAIN);
        hash.id(&last.assignment_digest).id(&membership_digest);
        self.hash_moves(&mut hash, step);
        let epoch = Epoch {
            number: last.number.saturating_add(1),
            membership_digest,
            assignment_digest: hash.finish(),
        };
        self.epochs.push(epoch.clone());
        step.told.push(Decision::Epoch(epoch));
    }

    fn hash_moves(&self, hash: &mut Hash, step: &Step) {
        hash.integer(step.moved.len() as u64);
        for (rank, station) in &step.moved {
            hash.id(&self.catalogue.entry(*rank).id)
                .text(self.roster.peer(*station));
        }
    }

    /// Turns what changed into decisions, and withholds what must not start yet.
    pub(crate) fn finish(&mut self, mut step: Step, before: &ArrayState) -> Vec<Decision> {
        if !step.moved.is_empty() {
            let mut hash = Hash::new(SCHEDULE_DOMAIN);
            hash.id(&self.schedule);
            self.hash_moves(&mut hash, &step);
            self.schedule = hash.finish();
        }
        let after = self.state();
        let mut decisions = std::mem::take(&mut step.told);
        decisions.extend(step.withdrawals(&self.catalogue, &self.roster));
        if matches!(before, ArrayState::Suspended(_))
            && matches!(after, ArrayState::Active | ArrayState::Processing)
        {
            decisions.push(Decision::Resumed);
        }
        self.withheld
            .extend(step.moved.iter().map(|(rank, station)| (*station, *rank)));
        if !self.is_held() {
            decisions.extend(self.sends());
        }
        if after != *before {
            decisions.extend(match after {
                ArrayState::Suspended(reason) => Some(Decision::Suspended(reason)),
                ArrayState::Completed => Some(Decision::Finished {
                    result_digest: self.result_digest(),
                }),
                ArrayState::Failed(error) => Some(Decision::Failed(error)),
                ArrayState::Cancelled => Some(Decision::Cancelled),
                ArrayState::Idle | ArrayState::Active | ArrayState::Processing => None,
            });
        }
        decisions
    }

    fn sends(&mut self) -> Vec<Decision> {
        let mut sends: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
        for (station, rank) in std::mem::take(&mut self.withheld) {
            // What was taken back or answered meanwhile is not told at all.
            if self.roster.standings[rank as usize]
                .holders
                .contains(&station)
            {
                sends.entry(station).or_default().push(rank);
            }
        }
        let send = |(station, ranks): (usize, Vec<u32>)| {
            let peer = self.roster.peer(station).to_owned();
            Decision::Send {
                peer,
                tasks: ids(&self.catalogue, &ranks),
            }
        };
        sends.into_iter().map(send).collect()
    }
}
