//! What the user gives to paired workstations, and which job may leave: the actions and their rules.

use std::collections::BTreeSet;

use actor_messages::{Command, Digest, JobId, ShareHours, SharingLimits, operations};

use crate::state::State;

/// What the user decides about sharing.
#[derive(Clone, Debug, PartialEq)]
pub enum ShareAction {
    /// Take no work of others for now, or again.
    Pause(bool),
    /// Cores for others at most.
    Cores(Option<u32>),
    /// Memory for others at most, bytes.
    Memory(Option<u64>),
    /// The hours as typed.
    SetHours(String),
    /// Take the typed hours; empty means always.
    UseHours,
    /// Only while nobody uses this workstation.
    OnlyIdle(bool),
    /// Whether an operation is computed for others.
    Operation(&'static str, bool),
    /// Whether every model is run for others; otherwise none but those allowed one by one.
    AnyModel(bool),
    /// Whether a model is run for others.
    Model(Digest, bool),
    /// A job may leave, or stays here.
    LetLeave(JobId, bool),
    /// Somebody uses this workstation.
    InUse,
}

/// Decides.
pub fn update(state: &mut State, action: ShareAction) -> Vec<Command> {
    match action {
        ShareAction::LetLeave(job, leave) => return vec![Command::LetLeave { job, leave }],
        ShareAction::InUse => return vec![Command::InUse],
        ShareAction::SetHours(hours) => {
            state.pairing.hours = Some(hours);
            return Vec::new();
        }
        _ => {}
    }
    let Some(before) = state.mesh.as_ref().map(|mesh| mesh.limits.clone()) else {
        return Vec::new();
    };
    let mut limits = before.clone();
    match action {
        ShareAction::UseHours => {
            let Some(typed) = &state.pairing.hours else {
                return Vec::new();
            };
            match hours(typed) {
                Ok(hours) => limits.hours = hours,
                // The panel shows why.
                Err(_) => return Vec::new(),
            }
            state.pairing.hours = None;
        }
        action => change(&mut limits, action),
    }
    if limits == before {
        return Vec::new();
    }
    vec![Command::SetLimits(limits)]
}

fn change(limits: &mut SharingLimits, action: ShareAction) {
    match action {
        ShareAction::Pause(paused) => limits.paused = paused,
        ShareAction::Cores(cores) => limits.cores = cores,
        ShareAction::Memory(memory_bytes) => limits.memory_bytes = memory_bytes,
        ShareAction::OnlyIdle(only_idle) => limits.only_idle = only_idle,
        ShareAction::Operation(name, allowed) => {
            let every = || operations().iter().map(|spec| spec.name.to_owned());
            let mut chosen = limits
                .operations
                .take()
                .unwrap_or_else(|| every().collect());
            match allowed {
                true => chosen.insert(name.to_owned()),
                false => chosen.remove(name),
            };
            let all = every().all(|name| chosen.contains(&name));
            limits.operations = (!all).then_some(chosen);
        }
        ShareAction::AnyModel(any) => limits.models = (!any).then(BTreeSet::new),
        ShareAction::Model(digest, allowed) => {
            let models = limits.models.get_or_insert_default();
            match allowed {
                true => models.insert(digest),
                false => models.remove(&digest),
            };
        }
        ShareAction::SetHours(_)
        | ShareAction::UseHours
        | ShareAction::LetLeave(..)
        | ShareAction::InUse => {}
    }
}

/// Reads the hours as typed; empty means always.
pub fn hours(typed: &str) -> Result<Option<ShareHours>, String> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Ok(None);
    }
    typed
        .parse()
        .map(Some)
        .map_err(|error: actor_messages::NoHours| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operation_that_is_taken_away_leaves_the_others_allowed() {
        let mut limits = SharingLimits::default();
        let names: Vec<&'static str> = operations().iter().map(|spec| spec.name).collect();
        change(&mut limits, ShareAction::Operation(names[0], false));
        let allowed = limits.operations.clone().expect("a list");
        assert!(!allowed.contains(names[0]));
        assert_eq!(allowed.len(), names.len() - 1);
        change(&mut limits, ShareAction::Operation(names[0], true));
        assert_eq!(
            limits.operations, None,
            "all means also those of later versions"
        );
    }

    #[test]
    fn hours_that_cannot_be_read_change_nothing() {
        assert_eq!(hours("  "), Ok(None));
        assert!(hours("18:00-07:00").is_ok_and(|hours| hours.is_some()));
        assert!(hours("evening").is_err_and(|why| why.contains("evening")));
    }
}
