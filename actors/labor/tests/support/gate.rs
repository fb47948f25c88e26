//! A mesh that hears of no end of a job until a gate is opened: its mailbox is full before.

use std::sync::mpsc::{Receiver, Sender};

use actix::{Actor, Context, Handler};
use actor_messages::JobId;
use actor_messages::work::CloseJob;

pub struct Gate {
    /// The first message waits for this.
    pub open: Receiver<()>,
    /// Every job whose end was heard of.
    pub heard: Sender<JobId>,
}

impl Actor for Gate {
    type Context = Context<Self>;

    fn started(&mut self, context: &mut Self::Context) {
        context.set_mailbox_capacity(1);
    }
}

impl Handler<CloseJob> for Gate {
    type Result = ();

    fn handle(&mut self, close: CloseJob, _: &mut Self::Context) {
        // Once the test has dropped its end, the gate is open for good.
        let _ = self.open.recv();
        let _ = self.heard.send(close.job);
    }
}
