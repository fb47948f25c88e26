//! An open job: its tasks, its stations, and how inputs move the one among the other.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::assign::assign_catalogue;
use crate::catalogue::Catalogue;
use crate::idle::{ASKED_AGAIN_MAX, Prospects, TAKINGS_MIN, TAKINGS_PARTS};
use crate::pace::Pacer;
use crate::placing::{Bench, choose};
use crate::station::Roster;
use crate::step::{Step, unknown_task};
use crate::{
    ArrayState, Conflict, Decision, Epoch, Id, Input, LaborError, MEMBERS_MAX, Member, Opening,
    Priority, Suspension, member,
};

/// See [`LaborArray`](crate::LaborArray).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Work {
    pub job: Id,
    pub strict: bool,
    pub spot_check_one_in: u32,
    pub priority: Priority,
    pub required_class: Option<Id>,
    pub catalogue: Catalogue,
    pub roster: Roster,
    pub committed: usize,
    pub epochs: Vec<Epoch>,
    pub schedule: Id,
    pub paused: bool,
    pub cancelled: bool,
    pub failed: Option<LaborError>,
    pub conflicts: Vec<Conflict>,
    /// Tasks with contradicting answers: who said what. The task is open until somebody else answers.
    pub rivals: BTreeMap<u32, Vec<(usize, Id)>>,
    /// Peers whose answers were proven wrong: nothing of theirs counts any more.
    pub distrusted: BTreeSet<String>,
    /// Tasks with one answer that a second peer has yet to give as well.
    pub checks: BTreeSet<u32>,
    /// Those of them that nobody here can take.
    pub checks_waiting: BTreeSet<u32>,
    /// How many were confirmed.
    pub checked: usize,
    /// The task of each peer's first answer, which is checked as well.
    pub first_answers: BTreeMap<String, u32>,
    /// Placements not told yet, since the job stands still.
    pub withheld: BTreeSet<(usize, u32)>,
}

impl Work {
    /// Epoch 0: the assignment of the opening, placed and told.
    pub(crate) fn open(opening: Opening) -> Result<(Self, Vec<Decision>), LaborError> {
        let Opening {
            job,
            tasks,
            membership,
            strict,
            spot_check_one_in,
        } = opening;
        let catalogue = Catalogue::new(&tasks)?;
        let (assignment, _) = assign_catalogue(&catalogue, &membership)?;
        let epoch = Epoch {
            number: 0,
            membership_digest: membership.digest(),
            assignment_digest: assignment.digest(),
        };
        let capacity = membership
            .members()
            .iter()
            .map(|member| u64::from(member.capacity))
            .sum();
        let pacer = Pacer::new(catalogue.cost(), capacity);
        let mut work = Self {
            job,
            strict,
            spot_check_one_in,
            priority: Priority::default(),
            required_class: membership.required_class().copied(),
            roster: Roster::new(catalogue.len(), pacer),
            catalogue,
            committed: 0,
            epochs: vec![epoch.clone()],
            schedule: epoch.assignment_digest,
            paused: false,
            cancelled: false,
            failed: None,
            conflicts: Vec::new(),
            rivals: BTreeMap::new(),
            distrusted: BTreeSet::new(),
            checks: BTreeSet::new(),
            checks_waiting: BTreeSet::new(),
            checked: 0,
            first_answers: BTreeMap::new(),
            withheld: BTreeSet::new(),
        };
        let mut step = Step::default();
        for member in membership.members() {
            let bench = Bench::new(member, &work.catalogue)?;
            let station = work.roster.enter(member.clone(), bench);
            for task in assignment.tasks_of(&member.peer) {
                let rank = work.catalogue.rank(task).ok_or(unknown_task(task))?;
                work.roster.hold(&work.catalogue, rank, station);
                step.moved.push((rank, station));
            }
        }
        step.told.push(Decision::Epoch(epoch));
        let decisions = work.finish(step, &ArrayState::Active);
        Ok((work, decisions))
    }

    pub(crate) fn apply(&mut self, input: Input) -> Vec<Decision> {
        let before = self.state();
        let mut step = Step::default();
        if matches!(before, ArrayState::Failed(_) | ArrayState::Cancelled) {
            step.ignore("The job has ended");
            return step.told;
        }
        match input {
            Input::Open(_) => step.ignore("A job is open already"),
            Input::Up(member) => self.up(member, &mut step),
            Input::Down { peer, incarnation } => self.down(&peer, incarnation, &mut step),
            Input::Done { peer, task, digest } => self.done(&peer, &task, digest, &mut step),
            Input::Refused { peer, task } => self.refused(&peer, &task, &mut step),
            Input::Late { peer, task } => self.late(&peer, &task, &mut step),
            Input::Cancel => self.cancelled = true,
            Input::Pause => self.paused = true,
            Input::Resume => self.resume(&mut step),
            Input::Prioritise(priority) => self.priority = priority,
            Input::Helps { peer, task } => match self.helper(&peer, &task) {
                Ok((rank, station)) => self.give(rank, station, &mut step),
                Err(reason) => step.ignore(reason),
            },
        }
        self.finish(step, &before)
    }

    pub(crate) fn state(&self) -> ArrayState {
        let open = self.catalogue.len() - self.committed;
        if let Some(error) = &self.failed {
            ArrayState::Failed(error.clone())
        } else if self.cancelled {
            ArrayState::Cancelled
        } else if let Some(conflict) = self.conflicts.first() {
            ArrayState::Suspended(Suspension::Conflict(conflict.clone()))
        } else if open == 0 && !self.is_checking() {
            ArrayState::Completed
        } else if self.paused {
            ArrayState::Suspended(Suspension::Paused)
        } else if let (Some(rank), true) = (
            self.roster.waiting.first(),
            open > 0 && self.roster.waiting.len() == open,
        ) {
            ArrayState::Suspended(Suspension::Waiting(self.why_waiting(*rank)))
        } else if self.committed == 0 {
            ArrayState::Active
        } else {
            ArrayState::Processing
        }
    }

    fn up(&mut self, member: Member, step: &mut Step) {
        let bench = match member
            .check()
            .and_then(|()| Bench::new(&member, &self.catalogue))
        {
            Ok(bench) => bench,
            Err(error) => return step.ignore(error),
        };
        let peer = member.peer.clone();
        if self.distrusted.contains(&peer) {
            return step.ignore(format_args!(
                "Member {peer} gave a wrong answer to this job"
            ));
        }
        let known = self
            .roster
            .last
            .get(&peer)
            .map(|station| self.roster.stations[*station].member.incarnation);
        let present = self.roster.present.get(&peer).copied();
        match known {
            Some(known) if known > member.incarnation => {
                return step.ignore(format_args!("Member {peer} is known by a later start"));
            }
            Some(known) if known == member.incarnation && present.is_some() => {
                return step.ignore(format_args!("Member {peer} is here"));
            }
            _ => {}
        }
        if present.is_none() && self.roster.present.len() >= MEMBERS_MAX {
            return step.ignore(LaborError::TooManyMembers {
                count: self.roster.present.len() + 1,
            });
        }
        // A restart that nobody noticed: what the peer held before is lost.
        let orphans = present.map_or_else(Vec::new, |station| self.roster.leave(station));
        let station = self.roster.enter(member, bench);
        self.bar_witness(&peer);
        let waiting = std::mem::take(&mut self.roster.waiting);
        let checks = std::mem::take(&mut self.checks_waiting);
        let placed = orphans.into_iter().chain(waiting).chain(checks);
        self.place(placed.collect(), step);
        if !self.is_held() {
            self.occupy(station, step);
        }
        self.begin_epoch(step);
    }

    fn down(&mut self, peer: &str, incarnation: u64, step: &mut Step) {
        let Some(station) = self.roster.present.get(peer).copied() else {
            return step.ignore(LaborError::PeerUnknown {
                peer: peer.to_owned(),
            });
        };
        if self.roster.stations[station].member.incarnation != incarnation {
            return step.ignore(format_args!(
                "Member {peer} is here in another start than {incarnation}"
            ));
        }
        let orphans = self.roster.leave(station);
        self.place(orphans.into_iter().collect(), step);
        self.begin_epoch(step);
    }

    fn refused(&mut self, peer: &str, task: &Id, step: &mut Step) {
        let Some((rank, station)) = self.held_by(peer, task, step) else {
            return;
        };
        self.roster.barred.entry(rank).or_default().insert(station);
        self.roster.release(rank, station);
        if self.roster.standings[rank as usize].holders.is_empty() {
            self.place(BTreeSet::from([rank]), step);
        }
        if !self.is_held() {
            self.occupy(station, step);
        }
    }

    fn late(&mut self, peer: &str, task: &Id, step: &mut Step) {
        let Some((rank, station)) = self.held_by(peer, task, step) else {
            return;
        };
        if self.checks.contains(&rank) {
            return self.late_check(rank, station, step);
        }
        if self.roster.standings[rank as usize].holders.len() > 1 {
            return step.ignore("The task is doubled already");
        }
        let mut barred = self.roster.barred.get(&rank).cloned().unwrap_or_default();
        barred.insert(station);
        let candidates = self.roster.candidates(self.required_class.as_ref());
        match choose(
            self.catalogue.entry(rank),
            &self.roster.benches,
            &candidates,
            Some(&barred),
        ) {
            Ok(other) => self.give(rank, other, step),
            Err(_) => step.ignore("Nobody else can compute the task"),
        }
    }

    /// The open task and the station that holds it, or a reason why not.
    fn held_by(&self, peer: &str, task: &Id, step: &mut Step) -> Option<(u32, usize)> {
        let Some(rank) = self.catalogue.rank(task) else {
            step.ignore(unknown_task(task));
            return None;
        };
        let station = self.roster.present.get(peer).copied();
        match station.filter(|station| {
            self.roster.standings[rank as usize]
                .holders
                .contains(station)
        }) {
            Some(station) => Some((rank, station)),
            None => {
                step.ignore(format_args!("Member {peer} does not hold the task"));
                None
            }
        }
    }

    fn resume(&mut self, step: &mut Step) {
        self.paused = false;
        self.ask_third(step);
        for station in self.roster.candidates(self.required_class.as_ref()) {
            self.occupy(station, step);
        }
    }

    /// Places tasks that nobody holds, longest first, on top of what everybody has. What fits nowhere now waits.
    pub(crate) fn place(&mut self, ranks: BTreeSet<u32>, step: &mut Step) {
        self.roster.estimate();
        let candidates = self.roster.candidates(self.required_class.as_ref());
        for rank in ranks {
            if self.checks.contains(&rank) {
                self.place_check(rank, step);
                continue;
            }
            match choose(
                self.catalogue.entry(rank),
                &self.roster.benches,
                &candidates,
                self.roster.barred.get(&rank),
            ) {
                Ok(station) => self.give(rank, station, step),
                Err(error @ LaborError::RefusedEverywhere { .. })
                    if !self.rivals.contains_key(&rank) =>
                {
                    self.failed = Some(error)
                }
                Err(_) => {
                    self.roster.waiting.insert(rank);
                }
            }
        }
    }

    pub(crate) fn give(&mut self, rank: u32, station: usize, step: &mut Step) {
        self.roster.hold(&self.catalogue, rank, station);
        step.moved.push((rank, station));
    }

    /// Lets a station with nothing to do take over what would be done last.
    pub(crate) fn occupy(&mut self, station: usize, step: &mut Step) {
        if !self.roster.is_idle(station)
            || !member::has_class(
                &self.roster.stations[station].member,
                self.required_class.as_ref(),
            )
        {
            return;
        }
        self.roster.estimate();
        let mut prospects = Prospects::new(&self.roster, station);
        let open = self.catalogue.len() - self.committed;
        let share = open / (self.roster.present.len() * TAKINGS_PARTS);
        for _ in 0..share.max(TAKINGS_MIN) {
            let Some(taking) = prospects.next(&self.catalogue, &self.roster) else {
                return;
            };
            if !taking.doubled {
                self.roster.release(taking.rank, taking.from);
                step.withdraw(taking.from, taking.rank);
            }
            self.give(taking.rank, station, step);
            prospects.took(&self.roster, taking);
        }
    }

    /// Asks those again that found nothing to take, the fastest first: every answer shows more of who is slow.
    pub(crate) fn ask_idle(&mut self, step: &mut Step) {
        let none = self.roster.idle.is_empty() || self.committed == self.catalogue.len();
        if none || !self.roster.pacer.asks_again() {
            return;
        }
        self.roster.estimate();
        let speed = |station: &usize| self.roster.benches[*station].speed();
        let idle = self.roster.idle.iter();
        let mut idle: Vec<_> = idle
            .map(|station| (Reverse(speed(station)), *station))
            .collect();
        idle.sort_unstable();
        for (_, station) in idle.into_iter().take(ASKED_AGAIN_MAX) {
            self.occupy(station, step);
        }
    }

    pub(crate) fn is_held(&self) -> bool {
        self.paused || !self.conflicts.is_empty()
    }

    fn why_waiting(&self, rank: u32) -> LaborError {
        let task = self.catalogue.entry(rank).id;
        let candidates = self.roster.candidates(self.required_class.as_ref());
        match choose(
            self.catalogue.entry(rank),
            &self.roster.benches,
            &candidates,
            self.roster.barred.get(&rank),
        ) {
            Err(LaborError::RefusedEverywhere { .. }) => LaborError::NoThird { task },
            Err(error) => error,
            Ok(_) => LaborError::NoMembers,
        }
    }
}
