//! The labor array as its actor sees it: inputs in, decisions out, and every question about where the job stands.

use crate::work::Work;
use crate::{ArrayState, Decision, Epoch, Id, Input, LaborError, Member, Priority};

/// The state machine of one job. It is a function of its log: two arrays that were given equal inputs in equal order are equal.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LaborArray {
    work: Option<Work>,
    /// Why the opening was refused.
    refused: Option<LaborError>,
}

impl LaborArray {
    /// An array that waits for [`Input::Open`].
    pub fn new() -> Self {
        Self::default()
    }

    /// The array after these inputs.
    pub fn replay(log: &[Input]) -> Self {
        let mut array = Self::new();
        log.iter()
            .for_each(|input| drop(array.apply(input.clone())));
        array
    }

    /// Takes one input and says what follows from it. Never fails: what makes no sense is [`Decision::Ignored`] with its reason,
    /// so that a log can always be replayed.
    pub fn apply(&mut self, input: Input) -> Vec<Decision> {
        match (&mut self.work, input) {
            (Some(work), input) => work.apply(input),
            (None, Input::Open(opening)) if self.refused.is_none() => match Work::open(opening) {
                Ok((work, decisions)) => {
                    self.work = Some(work);
                    decisions
                }
                Err(error) => {
                    self.refused = Some(error.clone());
                    vec![Decision::Failed(error)]
                }
            },
            (None, _) => vec![Decision::Ignored {
                reason: "No job is open".to_owned(),
            }],
        }
    }

    /// Where the job stands.
    pub fn state(&self) -> ArrayState {
        match (&self.work, &self.refused) {
            (Some(work), _) => work.state(),
            (None, Some(error)) => ArrayState::Failed(error.clone()),
            (None, None) => ArrayState::Idle,
        }
    }

    /// The digest of the job it was opened for.
    pub fn job(&self) -> Option<Id> {
        self.work.as_ref().map(|work| work.job)
    }

    /// Every epoch so far, from 0.
    pub fn epochs(&self) -> &[Epoch] {
        self.work.as_ref().map_or(&[], |work| &work.epochs)
    }

    /// The present epoch.
    pub fn epoch(&self) -> Option<&Epoch> {
        self.epochs().last()
    }

    /// A digest over every placement ever made, in order, those of idle members included: equal logs give equal digests.
    pub fn schedule_digest(&self) -> Option<Id> {
        self.work.as_ref().map(|work| work.schedule)
    }

    /// How many tasks there are.
    pub fn total(&self) -> usize {
        self.work.as_ref().map_or(0, |work| work.catalogue.len())
    }

    /// How many tasks are committed.
    pub fn committed(&self) -> usize {
        self.work.as_ref().map_or(0, |work| work.committed)
    }

    /// How many spot checks were confirmed by a second peer, and how many have yet to be.
    pub fn spot_checks(&self) -> (usize, usize) {
        self.work
            .as_ref()
            .map_or((0, 0), |work| (work.checked, work.checks.len()))
    }

    /// How much it gets of what several jobs share.
    pub fn priority(&self) -> Priority {
        self.work
            .as_ref()
            .map_or_else(Priority::default, |work| work.priority)
    }

    /// The members that are here, in peer order.
    pub fn members(&self) -> impl Iterator<Item = &Member> {
        self.work.iter().flat_map(|work| {
            work.roster
                .present
                .values()
                .map(|station| &work.roster.stations[*station].member)
        })
    }

    /// The unfinished tasks of a peer that is here, longest first.
    pub fn unfinished_of(&self, peer: &str) -> Vec<Id> {
        self.work
            .as_ref()
            .map_or_else(Vec::new, |work| work.unfinished_of(peer))
    }

    /// The peers that are to compute a task: none when it is done or waits, two when it is doubled, at most three.
    pub fn holders_of(&self, task: &Id) -> Vec<&str> {
        let Some((work, rank)) = self.find(task) else {
            return Vec::new();
        };
        work.roster.standings[rank as usize]
            .holders
            .iter()
            .map(|station| work.roster.peer(*station))
            .collect()
    }

    /// Whether [`Input::Helps`] of this member with this task would give it to the member: it is here, may and can compute the task,
    /// does not have it yet, and somebody who does has not answered.
    pub fn may_help(&self, peer: &str, task: &Id) -> bool {
        self.work
            .as_ref()
            .is_some_and(|work| work.helper(peer, task).is_ok())
    }

    /// The committed answer to a task: the output's digest, and the peer that gave it.
    pub fn answer(&self, task: &Id) -> Option<(Id, &str)> {
        let (work, rank) = self.find(task)?;
        let (digest, station) = work.roster.standings[rank as usize].answer?;
        Some((digest, work.roster.peer(station)))
    }

    /// Committed (task, output) pairs in task order.
    pub fn results(&self) -> Vec<(Id, Id)> {
        self.work.as_ref().map_or_else(Vec::new, Work::results)
    }

    /// BLAKE3 over the committed results in task order; once all are in, the digest of the whole job's result.
    pub fn result_digest(&self) -> Option<Id> {
        self.work.as_ref().map(Work::result_digest)
    }

    /// Who did how many of the committed tasks, in peer order; peers that did none are not listed.
    pub fn done_by_peer(&self) -> Vec<(String, usize)> {
        self.work.as_ref().map_or_else(Vec::new, Work::done_by_peer)
    }

    fn find(&self, task: &Id) -> Option<(&Work, u32)> {
        let work = self.work.as_ref()?;
        Some((work, work.catalogue.rank(task)?))
    }
}
