//! The registry for the mesh: what there is, packages out of it, and packages that came from paired workstations.

use std::time::{Duration, Instant, SystemTime};

use actix::Recipient;
use actix::prelude::SendError;
use actor_messages::{
    HeldModel, HeldModels, KeepModel, ModelKept, ModelRead, ReadModel, WatchModels,
};
use kernel_tasks::Digest;

use crate::packages;
use crate::store::ModelStore;

/// How long a mailbox that is full is tried; then the other side is told nothing and asks again in its next session.
const TELL_WITHIN: Duration = Duration::from_secs(5);
/// Pause between two tries.
const RETRY: Duration = Duration::from_millis(2);

/// Who is told when the registry changes.
#[derive(Default)]
pub(crate) struct Watchers {
    replies: Vec<Recipient<HeldModels>>,
    told: Option<Option<(SystemTime, u64)>>,
}

impl Watchers {
    /// Tells it at once, and then whenever something changed.
    pub(crate) fn add(&mut self, watch: WatchModels, store: &ModelStore) {
        self.replies.push(watch.reply);
        self.told = None;
        self.tell(store);
    }

    /// Tells all, if the list has changed since.
    pub(crate) fn tell(&mut self, store: &ModelStore) {
        let stamp = store.stamp();
        if self.replies.is_empty() || self.told == Some(stamp) {
            return;
        }
        // A list that cannot be read is told to the user where it is wanted; for peers there is nothing then.
        let cards = store.list().unwrap_or_default();
        let held = cards.into_iter().map(|card| HeldModel {
            digest: card.digest,
            full_name: card.full_name,
            current: card.current,
            class: card.class,
        });
        let held = HeldModels(held.collect());
        self.replies.retain(Recipient::connected);
        let full = |reply: &&Recipient<HeldModels>| reply.try_send(held.clone()).is_err();
        // A full mailbox is tried again at the next look.
        if self.replies.iter().filter(full).count() == 0 {
            self.told = Some(stamp);
        }
    }
}

/// Reads a package and answers.
pub(crate) fn read(store: &ModelStore, read: &ReadModel) {
    let package = packages::read(store.home(), read.model);
    tell(
        &read.reply,
        ModelRead {
            model: read.model,
            package,
        },
    );
}

/// Checks and keeps a package that a peer brought.
pub(crate) fn keep(store: &ModelStore, keep: &KeepModel) -> Result<(), String> {
    if Digest::of(&keep.package) != keep.model {
        return Err("Its bytes are not those of its digest".to_owned());
    }
    let kept = store.keep_beside(keep.model, &keep.package);
    kept.map(drop).map_err(|error| error.to_string())
}

/// Tells what became of a package.
pub(crate) fn answer(keep: &KeepModel, kept: Result<(), String>) {
    let model = keep.model;
    tell(&keep.reply, ModelKept { model, kept });
}

/// Gives an answer to a mailbox that may be full for a moment.
pub(crate) fn tell<M>(to: &Recipient<M>, mut message: M)
where
    M: actix::Message + Send,
    M::Result: Send,
{
    let begun = Instant::now();
    while let Err(SendError::Full(back)) = to.try_send(message) {
        if begun.elapsed() > TELL_WITHIN {
            return;
        }
        message = back;
        std::thread::sleep(RETRY);
    }
}
