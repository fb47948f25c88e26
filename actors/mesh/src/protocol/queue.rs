//! Bounds the bytes that one stream has read and the deciding thread has not taken yet, before memory is taken for them.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Room for the bytes of one stream that wait for the deciding thread.
pub(crate) struct Queue {
    room: Arc<Semaphore>,
    bytes_max: usize,
}

/// A part of a queue's room, given back when the news that it belongs to is dropped.
#[derive(Debug)]
pub(crate) struct Room {
    _permit: Option<OwnedSemaphorePermit>,
}

impl Room {
    /// For news without bulk.
    pub(crate) const fn none() -> Self {
        Self { _permit: None }
    }
}

impl Queue {
    /// An empty queue.
    pub(crate) fn new(bytes_max: usize) -> Self {
        Self {
            room: Arc::new(Semaphore::new(bytes_max)),
            bytes_max,
        }
    }

    /// Waits until there is room. What is longer than the whole queue waits until it is empty, and then has it alone.
    pub(crate) async fn reserve(&self, bytes: usize) -> Room {
        let bytes = u32::try_from(bytes.clamp(1, self.bytes_max)).unwrap_or(u32::MAX);
        // The semaphore is never closed.
        let permit = self.room.clone().acquire_many_owned(bytes).await.ok();
        Room { _permit: permit }
    }
}
