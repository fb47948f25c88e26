//! From a worker thread to an actor: a full mailbox makes the worker wait, so no result is lost.

use std::time::Duration;

use actix::prelude::SendError;
use actix::{Message, Recipient};

/// How long a worker rests before it offers its answer again.
const MAILBOX_REST: Duration = Duration::from_micros(200);

/// Delivers, waiting while the mailbox is full. An actor that is gone needs no answer.
pub fn deliver<M>(to: &Recipient<M>, message: M)
where
    M: Message + Send + 'static,
    M::Result: Send,
{
    let mut message = message;
    loop {
        match to.try_send(message) {
            Ok(()) | Err(SendError::Closed(_)) => return,
            Err(SendError::Full(back)) => {
                message = back;
                std::thread::sleep(MAILBOX_REST);
            }
        }
    }
}
