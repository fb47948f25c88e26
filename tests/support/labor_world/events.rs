//! The course of a life: events in virtual time, between the submitting node, the lines and the machines.

use std::collections::{BTreeMap, BTreeSet};

use kernel_labor::{ArrayState, Id, Input, LaborArray, Member, Priority};

use super::driver::Lane;
use super::machine::Machine;
use super::oracle::Oracle;
use super::plan::{Plan, lie, truth};
use super::{Seeded, Story};

/// A life that takes so many times longer than it should has hung.
const PATIENCE: u64 = 2000;
/// Times that a member says it is here before it gives up.
const ANNOUNCES_MAX: u32 = 60;

/// What happens at a moment.
#[derive(Clone, Debug)]
pub(super) enum Happening {
    /// A message reaches the submitting node.
    Heard(usize, Input),
    /// A message reaches a machine.
    Give(usize, u64, Vec<u32>),
    Leave(usize, u64, Vec<u32>),
    /// A machine is done with what it computes.
    Ends(usize, u64),
    Crashes(usize),
    Restarts(usize),
    Cut(usize, u64),
    /// A machine says that it is here, until it is heard.
    Announces(usize, u32),
    /// The submitting node has heard nothing of it for long.
    Silent(usize, u64, bool),
    Deadline(usize, u64, u32, u64),
    Pauses,
    Resumes,
    Prioritises(Priority),
}

/// Everything there is.
pub struct World<'plan> {
    pub(super) plan: &'plan Plan,
    seeded: Seeded,
    now: u64,
    number: u64,
    happenings: BTreeMap<(u64, u64), Happening>,
    pub(super) task_numbers: BTreeMap<Id, u32>,
    pub(super) machines: Vec<Machine>,
    pub(super) lanes: Vec<Lane>,
    pub(super) touched: BTreeSet<usize>,
    pub(super) paused: bool,
    pub(super) array: LaborArray,
    pub(super) log: Vec<Input>,
    pub(super) oracle: Oracle,
    expected: u64,
}

impl<'plan> World<'plan> {
    /// The world at its first moment, with the job open.
    pub fn new(plan: &'plan Plan) -> Result<Self, String> {
        let numbers = (0..)
            .zip(&plan.tasks)
            .map(|(number, task)| (task.id, number));
        let mut world = Self {
            plan,
            seeded: Seeded(plan.seed ^ 0xfeed_f00d),
            now: 0,
            number: 0,
            happenings: BTreeMap::new(),
            task_numbers: numbers.collect(),
            machines: plan.members.iter().map(|_| Machine::new()).collect(),
            lanes: (plan.members.iter().map(|member| Lane::new(member.capacity))).collect(),
            touched: BTreeSet::new(),
            paused: false,
            array: LaborArray::new(),
            log: Vec::new(),
            oracle: Oracle::new(),
            expected: plan.expected_ticks().max(1000),
        };
        world.foresee();
        world.input(Input::Open(plan.opening()))?;
        Ok(world)
    }

    pub fn array(&self) -> &LaborArray {
        &self.array
    }

    pub fn log(&self) -> &[Input] {
        &self.log
    }

    /// Everything that will go wrong by itself.
    fn foresee(&mut self) {
        let faults = self.plan.faults.clone();
        let span = self.expected * 3 / 2;
        for member in 1..self.machines.len() {
            for _ in 0..self.seeded.below(faults.crashes + 1) {
                let at = self.seeded.below(span);
                self.at(at, Happening::Crashes(member));
            }
            for _ in 0..self.seeded.below(faults.partitions + 1) {
                let at = self.seeded.below(span);
                let ticks = self.seeded.between(1, self.expected / 4 + 1);
                self.at(at, Happening::Cut(member, ticks));
            }
            if faults.crashes > 0 && self.seeded.permille(100) {
                // A false alarm: it is taken for lost, and is not.
                let at = self.seeded.below(span);
                self.at(at, Happening::Silent(member, 1, true));
            }
        }
        if faults.pauses {
            for _ in 0..self.seeded.between(1, 3) {
                let at = self.seeded.below(span);
                let until = at + self.seeded.below(self.expected / 8 + 1);
                self.at(at, Happening::Pauses);
                self.at(until, Happening::Resumes);
                self.at(at / 2, Happening::Prioritises(Priority::High));
            }
            self.at(span + self.expected, Happening::Resumes);
        }
    }

    fn at(&mut self, time: u64, happening: Happening) {
        self.number += 1;
        self.happenings.insert((time, self.number), happening);
    }

    pub(super) fn after(&mut self, ticks: u64, happening: Happening) {
        self.at(self.now + ticks, happening);
    }

    /// The time after which a silent member is missed.
    pub(super) fn beat(&self) -> u64 {
        self.expected / 50 + 1000
    }

    fn is_cut(&self, member: usize) -> bool {
        self.machines[member].cut_until > self.now
    }

    /// Over the line of this member, in either direction; the submitting node needs no line to itself.
    pub(super) fn travels(&mut self, member: usize, happening: Happening) {
        let faults = &self.plan.faults;
        if member == 0 || faults.latency == 0 {
            return self.after(0, happening);
        }
        let (lost, doubled, latency) = (faults.lost, faults.doubled, faults.latency);
        if self.is_cut(member) || self.seeded.permille(lost) {
            return;
        }
        let way = 1 + self.seeded.below(latency);
        if self.seeded.permille(doubled) {
            let longer = way + self.seeded.below(latency * 4);
            self.after(longer, happening.clone());
        }
        self.after(way, happening);
    }

    /// Lives until the job is complete.
    pub fn run(&mut self) -> Result<(), String> {
        self.send();
        while self.array.state() != ArrayState::Completed {
            let Some(((time, _), happening)) = self.happenings.pop_first() else {
                return Err(format!(
                    "Nothing happens any more: {:?}",
                    self.array.state()
                ));
            };
            self.now = time;
            if self.now > self.expected * PATIENCE {
                return Err(format!(
                    "The job never ends: {} of {} tasks, {:?}",
                    self.array.committed(),
                    self.array.total(),
                    self.array.state()
                ));
            }
            self.happen(happening)?;
        }
        Ok(())
    }

    fn happen(&mut self, happening: Happening) -> Result<(), String> {
        match happening {
            Happening::Heard(member, input) => {
                if let Input::Done { task, .. } | Input::Refused { task, .. } = &input {
                    let task = self.task_numbers[task];
                    self.lanes[member].drop_task(task);
                    self.touched.insert(member);
                }
                self.input(input)?;
            }
            Happening::Give(member, incarnation, tasks) => {
                if self.runs(member, incarnation) {
                    for task in self.machines[member].take(&tasks) {
                        self.answer(member, task);
                    }
                    self.begin(member);
                }
            }
            Happening::Leave(member, incarnation, tasks) => {
                if self.runs(member, incarnation) {
                    self.machines[member].leave(&tasks);
                }
            }
            Happening::Ends(member, incarnation) => {
                if self.runs(member, incarnation)
                    && let Some(task) = self.machines[member].end()
                {
                    if member > 0 && self.seeded.below(10_000) < self.plan.faults.refusals {
                        let (peer, task) = (self.peer(member), self.plan.tasks[task as usize].id);
                        self.travels(
                            member,
                            Happening::Heard(member, Input::Refused { peer, task }),
                        );
                    } else {
                        self.answer(member, task);
                    }
                    self.begin(member);
                }
            }
            Happening::Crashes(member) => self.crash(member),
            Happening::Restarts(member) => {
                self.machines[member].restart();
                self.after(0, Happening::Announces(member, 0));
            }
            Happening::Cut(member, ticks) => {
                self.machines[member].cut_until = self.now + ticks;
                let (beat, incarnation) = (self.beat(), self.machines[member].incarnation);
                self.after(beat, Happening::Silent(member, incarnation, false));
                self.after(ticks, Happening::Announces(member, 0));
            }
            Happening::Announces(member, count) => self.announce(member, count),
            Happening::Silent(member, incarnation, always) => {
                if always || !self.runs(member, incarnation) || self.is_cut(member) {
                    let peer = self.peer(member);
                    self.input(Input::Down { peer, incarnation })?;
                    let beat = self.beat();
                    self.after(beat, Happening::Announces(member, 0));
                }
            }
            Happening::Deadline(member, incarnation, task, patience) => {
                self.deadline(member, incarnation, task, patience)?;
            }
            Happening::Pauses => {
                self.paused = true;
                self.input(Input::Pause)?;
            }
            Happening::Resumes => {
                self.paused = false;
                self.resume()?;
            }
            Happening::Prioritises(priority) => self.input(Input::Prioritise(priority))?,
        }
        self.send();
        Ok(())
    }

    pub(super) fn peer(&self, member: usize) -> String {
        self.plan.members[member].peer.clone()
    }

    fn runs(&self, member: usize, incarnation: u64) -> bool {
        self.machines[member].up && self.machines[member].incarnation == incarnation
    }

    fn crash(&mut self, member: usize) {
        if !self.machines[member].up {
            return;
        }
        let incarnation = self.machines[member].incarnation;
        self.machines[member].crash();
        // Sometimes the loss is noticed only after the restart.
        let factor = if self.seeded.permille(200) { 8 } else { 1 };
        let notice = self.beat() * factor;
        self.after(notice, Happening::Silent(member, incarnation, true));
        // Beside a liar everybody comes back in the end: without a third member its contradiction stands for ever.
        let for_ever = self.seeded.permille(100) && self.plan.faults.liar.is_none();
        if !for_ever {
            let rest = self.seeded.below(self.expected / 4 + 1);
            self.after(rest, Happening::Restarts(member));
        }
    }

    fn announce(&mut self, member: usize, count: u32) {
        let machine = &self.machines[member];
        let mut members = self.array.members();
        let here = members.any(|other| {
            other.peer == self.plan.members[member].peer && other.incarnation == machine.incarnation
        });
        if here || !machine.up || count >= ANNOUNCES_MAX {
            return;
        }
        let up = Member {
            incarnation: machine.incarnation,
            ..self.plan.members[member].clone()
        };
        drop(members);
        let beat = self.beat();
        if self.plan.faults.doubled > 0 && self.seeded.permille(300) {
            // A second copy wanders about for so long that the member may have started again before it comes, or be gone.
            let late = self.seeded.below(self.expected / 2 + 1);
            let again = Happening::Heard(member, Input::Up(up.clone()));
            self.after(late, again);
            self.after(
                late + beat,
                Happening::Silent(member, up.incarnation, false),
            );
        }
        self.travels(member, Happening::Heard(member, Input::Up(up)));
        self.after(beat, Happening::Announces(member, count + 1));
    }

    fn begin(&mut self, member: usize) {
        if let Some(task) = self.machines[member].begin() {
            let ticks = self.plan.ticks(member, self.plan.tasks[task as usize].cost);
            let incarnation = self.machines[member].incarnation;
            self.after(ticks, Happening::Ends(member, incarnation));
        }
    }

    fn answer(&mut self, member: usize, task: u32) {
        let (peer, task) = (self.peer(member), self.plan.tasks[task as usize].id);
        let lies = self.plan.faults.liar.is_some_and(|(liar, permille)| {
            liar == member && u64::from(u16::from_le_bytes([task[0], task[1]])) % 1000 < permille
        });
        let digest = if lies { lie(&task) } else { truth(&task) };
        let done = Input::Done { peer, task, digest };
        self.travels(member, Happening::Heard(member, done));
    }

    /// The end: everything is as promised, and what still arrives changes nothing.
    pub fn story(&mut self) -> Result<Story, String> {
        self.oracle.judge_end(self.plan, &self.array)?;
        let result_digest = self.array.result_digest().unwrap_or_default();
        let makespan = self.now;
        for happening in std::mem::take(&mut self.happenings).into_values() {
            if let Happening::Heard(member, input @ Input::Done { .. }) = happening
                && self.plan.faults.liar.is_none_or(|(liar, _)| liar != member)
            {
                self.input(input)?;
            }
        }
        if self.array.result_digest() != Some(result_digest) {
            return Err("A late answer changed the result".to_owned());
        }
        Ok(Story {
            result_digest,
            schedule_digest: self.array.schedule_digest().unwrap_or_default(),
            makespan,
            epochs: self.array.epochs().len(),
            inputs: self.log.len(),
            settled: self.oracle.settled,
            checked: self.array.spot_checks().0,
        })
    }
}
