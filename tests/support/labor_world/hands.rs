//! The submitting node's hands: what the array decides is sent over the lines, and what stays out too long is sent again.

use kernel_labor::{ArrayState, Decision, Input, Member, Suspension};

use super::events::{Happening, World};
use super::oracle::Oracle;
use super::plan::{TICKS_PER_WORK, index_of};

/// All tasks are looked at after so many inputs.
const LOOK_EVERY: usize = 499;

impl World<'_> {
    /// Gives the array one input, and carries out what it decides.
    pub(super) fn input(&mut self, input: Input) -> Result<(), String> {
        self.log.push(input.clone());
        let only = Oracle::only_of(&self.array, &input);
        let old_news = Oracle::is_old_news(&self.array, &input);
        let decisions = self.array.apply(input.clone());
        if old_news {
            Oracle::judge_old_news(&decisions)?;
        }
        self.oracle
            .judge(self.plan, &input, only, &decisions, &self.array)?;
        if matches!(input, Input::Resume) {
            self.oracle.reopen_contested(&self.array);
        }
        let members_changed = matches!(input, Input::Up(_) | Input::Down { .. });
        if members_changed || self.log.len().is_multiple_of(LOOK_EVERY) {
            self.oracle.judge_tasks(self.plan, &self.array)?;
        }
        for decision in decisions {
            self.carry_out(decision, &input)?;
        }
        Ok(())
    }

    fn carry_out(&mut self, decision: Decision, input: &Input) -> Result<(), String> {
        match decision {
            // Told before what is sent: a member that went or came has nothing of what its lane held.
            Decision::Epoch(_) => {
                if let Input::Down { peer, .. } | Input::Up(Member { peer, .. }) = input {
                    self.lanes[index_of(peer)].clear();
                }
            }
            Decision::Settled { outvoted, .. } => {
                (outvoted.iter()).for_each(|peer| self.lanes[index_of(peer)].clear());
            }
            Decision::Send { peer, tasks } => {
                let member = index_of(&peer);
                for task in tasks {
                    self.lanes[member].push(self.task_numbers[&task]);
                }
                self.touched.insert(member);
            }
            Decision::Withdraw { peer, tasks } => {
                let member = index_of(&peer);
                let tasks: Vec<u32> = tasks.iter().map(|task| self.task_numbers[task]).collect();
                let lane = &mut self.lanes[member];
                let out: Vec<u32> = tasks
                    .into_iter()
                    .filter(|task| lane.drop_task(*task))
                    .collect();
                if !out.is_empty() {
                    let incarnation = self.machines[member].incarnation;
                    self.travels(member, Happening::Leave(member, incarnation, out));
                }
                self.touched.insert(member);
            }
            Decision::Committed { task, peer, .. } => {
                let task = self.task_numbers[&task];
                self.lanes[index_of(&peer)].drop_task(task);
            }
            // A third computation is asked for at once, unless the user wants everything to stand still.
            Decision::Suspended(Suspension::Conflict(_)) if !self.paused => self.resume()?,
            Decision::Resumed => self.touched.extend(0..self.lanes.len()),
            _ => {}
        }
        Ok(())
    }

    pub(super) fn resume(&mut self) -> Result<(), String> {
        self.input(Input::Resume)?;
        self.touched.extend(0..self.lanes.len());
        Ok(())
    }

    /// Sends what the windows allow.
    pub(super) fn send(&mut self) {
        if self.touched.is_empty()
            || matches!(
                self.array.state(),
                ArrayState::Suspended(Suspension::Paused | Suspension::Conflict(_))
            )
        {
            return;
        }
        for member in std::mem::take(&mut self.touched) {
            let tasks = self.lanes[member].take();
            if tasks.is_empty() {
                continue;
            }
            let incarnation = self.machines[member].incarnation;
            for task in &tasks {
                let cost = self.plan.tasks[*task as usize].cost;
                let declared = cost * TICKS_PER_WORK;
                let patience = self.beat() * 2 + declared * 12;
                self.after(
                    patience,
                    Happening::Deadline(member, incarnation, *task, patience),
                );
            }
            self.travels(member, Happening::Give(member, incarnation, tasks));
        }
    }

    /// The task is still out: it is sent again, then somebody else computes it too, then the submitting node itself.
    pub(super) fn deadline(
        &mut self,
        member: usize,
        incarnation: u64,
        task: u32,
        patience: u64,
    ) -> Result<(), String> {
        let peer = self.peer(member);
        let mut members = self.array.members();
        if !members.any(|other| other.peer == peer && other.incarnation == incarnation) {
            return Ok(());
        }
        drop(members);
        let Some(tries) = self.lanes[member].try_again(task) else {
            return Ok(());
        };
        let id = self.plan.tasks[task as usize].id;
        self.travels(member, Happening::Give(member, incarnation, vec![task]));
        let next = Happening::Deadline(member, incarnation, task, patience * 2);
        self.after(patience * 2, next);
        let helper = self.peer(0);
        // The submitting node is never silent towards itself.
        if tries == 2 && member > 0 {
            self.input(Input::Late { peer, task: id })?;
        } else if tries > 2 && self.array.may_help(&helper, &id) {
            self.input(Input::Helps {
                peer: helper,
                task: id,
            })?;
        }
        Ok(())
    }
}
