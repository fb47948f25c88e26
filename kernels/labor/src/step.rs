//! What one input brings about, gathered, so that decisions come out in one order.

use std::collections::BTreeMap;

use crate::catalogue::Catalogue;
use crate::station::Roster;
use crate::{Decision, Id, LaborError};

/// Everything one input changed.
#[derive(Debug, Default)]
pub(crate) struct Step {
    pub told: Vec<Decision>,
    /// Placements made, in the order they were made.
    pub moved: Vec<(u32, usize)>,
    pub withdrawn: BTreeMap<usize, Vec<u32>>,
}

impl Step {
    pub(crate) fn ignore(&mut self, reason: impl ToString) {
        self.told.push(Decision::Ignored {
            reason: reason.to_string(),
        });
    }

    pub(crate) fn withdraw(&mut self, station: usize, rank: u32) {
        self.withdrawn.entry(station).or_default().push(rank);
    }

    /// Withdrawals as decisions, to those who are here.
    pub(crate) fn withdrawals<'a>(
        &'a self,
        catalogue: &'a Catalogue,
        roster: &'a Roster,
    ) -> impl Iterator<Item = Decision> + 'a {
        let here = |station: usize| roster.present.get(roster.peer(station)) == Some(&station);
        self.withdrawn
            .iter()
            .filter(move |(station, _)| here(**station))
            .map(|(station, ranks)| Decision::Withdraw {
                peer: roster.peer(*station).to_owned(),
                tasks: ids(catalogue, ranks),
            })
    }
}

/// The ids of these ranks.
pub(crate) fn ids(catalogue: &Catalogue, ranks: &[u32]) -> Vec<Id> {
    ranks.iter().map(|rank| catalogue.entry(*rank).id).collect()
}

/// A sentence for an input about a task this job does not have.
pub(crate) fn unknown_task(task: &Id) -> LaborError {
    LaborError::TaskUnknown { task: *task }
}
