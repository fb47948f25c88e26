//! What must hold at every moment of a life, told from the array's answers and from what the world knows.

use std::collections::{BTreeMap, BTreeSet};

use kernel_labor::{Decision, Id, Input, LaborArray, Suspension};

use super::Plan;
use super::plan::{index_of, truth};

/// Most members that compute one task at once.
const HOLDERS_MAX: usize = 3;

/// Remembers what was promised.
pub struct Oracle {
    /// How often each task was committed since it was last opened.
    commits: BTreeMap<Id, u32>,
    refused: BTreeSet<(String, Id)>,
    incarnations: BTreeMap<String, u64>,
    contested: BTreeSet<Id>,
    outvoted: BTreeSet<String>,
    epoch: Option<u32>,
    pub settled: usize,
    checked: usize,
}

impl Oracle {
    pub fn new() -> Self {
        Self {
            commits: BTreeMap::new(),
            refused: BTreeSet::new(),
            incarnations: BTreeMap::new(),
            contested: BTreeSet::new(),
            outvoted: BTreeSet::new(),
            epoch: None,
            settled: 0,
            checked: 0,
        }
    }

    /// The tasks that only this member has: none but those may move when it is lost.
    pub fn only_of(array: &LaborArray, input: &Input) -> Option<BTreeSet<Id>> {
        let Input::Down { peer, .. } = input else {
            return None;
        };
        let only = |task: &Id| array.holders_of(task).len() == 1;
        Some(array.unfinished_of(peer).into_iter().filter(only).collect())
    }

    /// Whether the input tells the loss of another start of a member than the one that is here.
    pub fn is_old_news(array: &LaborArray, input: &Input) -> bool {
        let Input::Down { peer, incarnation } = input else {
            return false;
        };
        let mut members = array.members();
        members.any(|member| member.peer == *peer && member.incarnation != *incarnation)
    }

    /// Old news changes nothing.
    pub fn judge_old_news(decisions: &[Decision]) -> Result<(), String> {
        let ignored = |decision: &Decision| matches!(decision, Decision::Ignored { .. });
        if decisions.iter().all(ignored) {
            Ok(())
        } else {
            Err("The loss of another start of a member was taken for its own".to_owned())
        }
    }

    /// Looks at what an input brought about.
    pub fn judge(
        &mut self,
        plan: &Plan,
        input: &Input,
        only: Option<BTreeSet<Id>>,
        decisions: &[Decision],
        array: &LaborArray,
    ) -> Result<(), String> {
        if let Input::Refused { peer, task } = input {
            self.refused.insert((peer.clone(), *task));
        }
        for decision in decisions {
            self.judge_decision(plan, decision)?;
            if let (Some(only), Decision::Send { tasks, .. }) = (&only, decision)
                && let Some(task) = tasks.iter().find(|task| !only.contains(*task))
            {
                return Err(format!(
                    "A member was lost, and task {} moved, which others have",
                    short(task)
                ));
            }
        }
        self.judge_check(input, array)?;
        if let Some(epoch) = array.epoch() {
            let next = self.epoch.map_or(0, |epoch| epoch + 1);
            if epoch.number > next || self.epoch.is_some_and(|last| epoch.number < last) {
                return Err(format!("Epoch {} follows {:?}", epoch.number, self.epoch));
            }
            self.epoch = Some(epoch.number);
        }
        if matches!(input, Input::Up(_) | Input::Down { .. }) {
            self.judge_members(array)?;
        }
        Ok(())
    }

    /// Only another peer than the one that answered confirms an answer.
    fn judge_check(&mut self, input: &Input, array: &LaborArray) -> Result<(), String> {
        let (checked, _) = array.spot_checks();
        let confirmed = checked > std::mem::replace(&mut self.checked, checked);
        match input {
            Input::Done { peer, task, .. }
                if confirmed && array.answer(task).is_some_and(|(_, by)| by == peer) =>
            {
                Err(format!(
                    "{peer} confirmed its own answer to task {}",
                    short(task)
                ))
            }
            _ => Ok(()),
        }
    }

    fn judge_decision(&mut self, plan: &Plan, decision: &Decision) -> Result<(), String> {
        match decision {
            Decision::Committed { task, digest, peer } => {
                self.contested.remove(task);
                let count = self.commits.entry(*task).or_default();
                *count += 1;
                if *count > 1 {
                    return Err(format!("Task {} was committed twice", short(task)));
                }
                let honest = plan
                    .faults
                    .liar
                    .is_none_or(|(liar, _)| index_of(peer) != liar);
                if honest && *digest != truth(task) {
                    return Err(format!("Task {} has a false answer of {peer}", short(task)));
                }
                if self.outvoted.contains(peer) {
                    return Err(format!("{peer} was proven wrong and is believed"));
                }
            }
            Decision::Settled {
                task,
                outvoted,
                reopened,
                ..
            } => {
                self.settled += 1;
                for peer in outvoted {
                    if plan
                        .faults
                        .liar
                        .is_none_or(|(liar, _)| index_of(peer) != liar)
                    {
                        return Err(format!(
                            "{peer} is honest and was outvoted on {}",
                            short(task)
                        ));
                    }
                    self.outvoted.insert(peer.clone());
                }
                for task in reopened {
                    self.commits.remove(task);
                }
            }
            Decision::Suspended(Suspension::Conflict(conflict)) => {
                self.contested.insert(conflict.task);
            }
            Decision::Failed(error) => return Err(format!("The job failed: {error}")),
            _ => {}
        }
        Ok(())
    }

    /// Conflicts that were found while another one was told.
    pub fn reopen_contested(&mut self, array: &LaborArray) {
        let contested = &mut self.contested;
        self.commits.retain(|task, _| {
            let stands = array.answer(task).is_some();
            if !stands {
                contested.insert(*task);
            }
            stands
        });
    }

    /// No member ever comes back as an earlier start of itself.
    fn judge_members(&mut self, array: &LaborArray) -> Result<(), String> {
        for member in array.members() {
            let known = self.incarnations.entry(member.peer.clone()).or_default();
            if member.incarnation < *known {
                return Err(format!(
                    "{} is here in start {} after start {known}",
                    member.peer, member.incarnation
                ));
            }
            *known = member.incarnation;
        }
        Ok(())
    }

    /// No open task is lost: somebody who is here has it, or nobody who is here could.
    pub fn judge_tasks(&self, plan: &Plan, array: &LaborArray) -> Result<(), String> {
        let members: BTreeMap<&str, u64> = array
            .members()
            .map(|member| (member.peer.as_str(), member.memory_bytes))
            .collect();
        for task in &plan.tasks {
            let holders = array.holders_of(&task.id);
            if holders.len() > HOLDERS_MAX {
                return Err(format!(
                    "Task {} has {} holders",
                    short(&task.id),
                    holders.len()
                ));
            }
            if let Some(gone) = holders.iter().find(|peer| !members.contains_key(*peer)) {
                return Err(format!(
                    "Task {} is with {gone}, who is not here",
                    short(&task.id)
                ));
            }
            if let Some(small) = holders
                .iter()
                .find(|peer| members[*peer] < task.memory_bytes)
            {
                return Err(format!(
                    "Task {} is with {small}, who is too small",
                    short(&task.id)
                ));
            }
            let is_open = array.answer(&task.id).is_none() && !self.contested.contains(&task.id);
            if is_open && holders.is_empty() {
                let able = members.iter().find(|(peer, memory_bytes)| {
                    **memory_bytes >= task.memory_bytes
                        && !self.refused.contains(&((**peer).to_owned(), task.id))
                });
                if let Some((peer, _)) = able {
                    return Err(format!(
                        "Task {} is lost: nobody has it, and {peer} could",
                        short(&task.id)
                    ));
                }
            }
        }
        Ok(())
    }

    /// At the end: every task once, and every answer true.
    pub fn judge_end(&self, plan: &Plan, array: &LaborArray) -> Result<(), String> {
        for task in &plan.tasks {
            if self.commits.get(&task.id) != Some(&1) {
                return Err(format!("Task {} was never committed", short(&task.id)));
            }
            match array.answer(&task.id) {
                None => return Err(format!("Task {} has no answer", short(&task.id))),
                Some((_, peer)) if self.outvoted.contains(peer) => {
                    return Err(format!("{peer} was proven wrong, and its answers stand"));
                }
                Some((digest, peer)) if digest != truth(&task.id) => {
                    return Err(format!(
                        "{peer} lied on task {} and stands",
                        short(&task.id)
                    ));
                }
                Some(_) => {}
            }
        }
        Ok(())
    }
}

fn short(task: &Id) -> String {
    task[..4].iter().map(|byte| format!("{byte:02x}")).collect()
}
