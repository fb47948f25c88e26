//! Messages to actors whose mailbox may be full: kept in order and tried again, so that no result is lost.

use std::collections::VecDeque;

use actix::Recipient;
use actix::prelude::SendError;
use actor_messages::work::{MemberChanged, Members, TaskFinished};
use actor_messages::{KeepModel, ReadModel, WatchModels};

/// While more deliveries wait than this, no further task is sent to a peer: what can arrive is bounded.
pub(crate) const DELIVERIES_WAITING_MAX: usize = 256;

/// One message on its way.
pub(crate) enum Delivery {
    /// An answer for labor.
    Finished(Recipient<TaskFinished>, TaskFinished),
    /// A loss or a refusal.
    Changed(Recipient<MemberChanged>, MemberChanged),
    /// Who could help.
    Members(Recipient<Members>, Members),
    /// The registry is to be watched.
    Watch(Recipient<WatchModels>, WatchModels),
    /// A package is wanted of the registry.
    Read(Recipient<ReadModel>, ReadModel),
    /// A package is for the registry.
    Keep(Recipient<KeepModel>, KeepModel),
}

/// Invariant: messages leave in the order in which they came, so a loss is never told before an earlier result.
#[derive(Default)]
pub(crate) struct Outbox {
    waiting: VecDeque<Delivery>,
}

impl Outbox {
    pub(crate) fn push(&mut self, delivery: Delivery) {
        self.waiting.push_back(delivery);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Whether further tasks may be sent out.
    pub(crate) fn has_room(&self) -> bool {
        self.waiting.len() < DELIVERIES_WAITING_MAX
    }

    /// Delivers until a mailbox is full.
    pub(crate) fn deliver(&mut self) {
        while let Some(delivery) = self.waiting.pop_front() {
            if let Some(refused) = delivery.attempt() {
                self.waiting.push_front(refused);
                return;
            }
        }
    }
}

impl Delivery {
    /// Gives the message back when the mailbox is full. An actor that has stopped needs nothing any more.
    fn attempt(self) -> Option<Self> {
        match self {
            Self::Finished(to, message) => match to.try_send(message) {
                Err(SendError::Full(message)) => Some(Self::Finished(to, message)),
                _ => None,
            },
            Self::Changed(to, message) => match to.try_send(message) {
                Err(SendError::Full(message)) => Some(Self::Changed(to, message)),
                _ => None,
            },
            Self::Members(to, message) => match to.try_send(message) {
                Err(SendError::Full(message)) => Some(Self::Members(to, message)),
                _ => None,
            },
            Self::Watch(to, message) => match to.try_send(message) {
                Err(SendError::Full(message)) => Some(Self::Watch(to, message)),
                _ => None,
            },
            Self::Read(to, message) => match to.try_send(message) {
                Err(SendError::Full(message)) => Some(Self::Read(to, message)),
                _ => None,
            },
            Self::Keep(to, message) => match to.try_send(message) {
                Err(SendError::Full(message)) => Some(Self::Keep(to, message)),
                _ => None,
            },
        }
    }
}
