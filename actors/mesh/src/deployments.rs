//! `deployments.json`: models that paired nodes are still to get, until each has its model or has said no.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use kernel_tasks::Digest;
use serde::{Deserialize, Serialize};

use crate::error::MeshError;
use crate::home::{self, ChangeLock, Stamp};

/// Models times nodes that may wait.
pub const DEPLOYMENTS_MAX: usize = 4_096;

/// A node is to get a model.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DeploymentWish {
    /// Peer id of the node.
    pub peer: String,
    /// The model.
    pub model: Digest,
    /// `NAME@VERSION`.
    pub full_name: String,
}

#[derive(Default, Serialize, Deserialize)]
struct Document {
    wishes: BTreeSet<DeploymentWish>,
}

/// A change of the file.
#[derive(Clone, Debug)]
pub(crate) enum WishChange {
    /// It is wanted from now on.
    Add(DeploymentWish),
    /// It is done with.
    Remove(DeploymentWish),
}

/// What paired nodes are still to get, and who.
pub fn waiting_deployments(home: &Path) -> Result<BTreeSet<DeploymentWish>, MeshError> {
    Ok(home::read_json::<Document>(&file(home))?
        .unwrap_or_default()
        .wishes)
}

/// Wants models for paired nodes; a node that runs with this home takes it over within a second. Errors: more than
/// [`DEPLOYMENTS_MAX`] would wait, or the file cannot be written.
pub fn want_deployments(home: &Path, wishes: &[DeploymentWish]) -> Result<(), MeshError> {
    home::create(home)?;
    let changes: Vec<WishChange> = wishes.iter().cloned().map(WishChange::Add).collect();
    change(home, &changes)
}

/// Applies changes to the file, which another program of this home may change too.
pub(crate) fn change(home: &Path, changes: &[WishChange]) -> Result<(), MeshError> {
    let _lock = ChangeLock::take(home)?;
    let mut document = home::read_json::<Document>(&file(home))?.unwrap_or_default();
    for change in changes {
        match change {
            WishChange::Add(wish) => document.wishes.insert(wish.clone()),
            WishChange::Remove(wish) => document.wishes.remove(wish),
        };
    }
    if document.wishes.len() > DEPLOYMENTS_MAX {
        return Err(MeshError::DeploymentsFull(document.wishes.len()));
    }
    home::write_json(&file(home), &document, true)
}

/// The wishes, if the file was changed since `stamp`, which is renewed.
pub(crate) fn if_changed(
    home: &Path,
    stamp: &mut Stamp,
) -> Result<Option<BTreeSet<DeploymentWish>>, MeshError> {
    let now = home::stamp(&file(home));
    if now == *stamp {
        return Ok(None);
    }
    // The stamp is taken before the file is read: a change in between is seen the next time.
    *stamp = now;
    waiting_deployments(home).map(Some)
}

fn file(home: &Path) -> PathBuf {
    home.join("deployments.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wanted_waits_in_the_file_until_it_is_done() {
        let home = tempfile::tempdir().expect("a folder");
        let wish = DeploymentWish {
            peer: "annex".to_owned(),
            model: Digest::of(b"model"),
            full_name: "body@1.0.0".to_owned(),
        };
        let mut stamp = None;
        assert!(waiting_deployments(home.path()).expect("none").is_empty());
        want_deployments(home.path(), &[wish.clone(), wish.clone()]).expect("written");
        let read = if_changed(home.path(), &mut stamp).expect("read");
        assert_eq!(read, Some(BTreeSet::from([wish.clone()])));
        assert_eq!(if_changed(home.path(), &mut stamp).expect("read"), None);
        change(home.path(), &[WishChange::Remove(wish)]).expect("written");
        assert!(waiting_deployments(home.path()).expect("none").is_empty());
    }
}
