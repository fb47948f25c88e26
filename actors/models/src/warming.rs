//! Makes a version ready beside the one that answers, on a thread of its own, and puts it in its place when it has run once.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Instant;

use actor_messages::{Event, EventInbox};
use kernel_tasks::{Digest, model_facts, model_on_slice};

use crate::latency::microseconds;
use crate::live::Queue;
use crate::packages::Packages;

/// Changes of the version that answers which may wait.
const SWITCHES_WAITING_MAX: usize = 16;

/// A version is to answer in the place of another, or to be tried beside it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Switch {
    pub from: Digest,
    pub to: Digest,
    /// Of the requests, for a trial.
    pub tried_percent: Option<u32>,
}

/// The thread that makes versions ready, one after the other. Dropping this ends it.
pub(crate) struct Warming {
    switches: Option<SyncSender<Switch>>,
    thread: Option<JoinHandle<()>>,
}

impl Warming {
    pub(crate) fn start(
        queue: Arc<Queue>,
        packages: Arc<Packages>,
        inbox: Arc<EventInbox>,
    ) -> std::io::Result<Self> {
        let (switches, waiting) = sync_channel(SWITCHES_WAITING_MAX);
        let thread = std::thread::Builder::new()
            .name("clisonix-warm".to_owned())
            .stack_size(16 << 20)
            .spawn(move || serve(&queue, &packages, &inbox, &waiting))?;
        Ok(Self {
            switches: Some(switches),
            thread: Some(thread),
        })
    }

    /// False where too many wait.
    pub(crate) fn ask(&self, switch: Switch) -> bool {
        let switches = self.switches.as_ref();
        switches.is_some_and(|switches| switches.try_send(switch).is_ok())
    }
}

impl Drop for Warming {
    fn drop(&mut self) {
        self.switches = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was told by the panic hook.
            let _ = thread.join();
        }
    }
}

fn serve(queue: &Queue, packages: &Packages, inbox: &EventInbox, waiting: &Receiver<Switch>) {
    while let Ok(Switch {
        from,
        to,
        tried_percent,
    }) = waiting.recv()
    {
        if queue.lock().closed {
            return;
        }
        let begun = Instant::now();
        let warmed = warm(queue, packages, to).map(|()| microseconds(begun.elapsed()));
        if let Some(percent) = tried_percent {
            let told = warmed.map(|_| Arc::new(queue.lock().begin_trial(from, to, percent)));
            inbox.push(Event::CanaryTold(told));
            continue;
        }
        if warmed.is_ok() {
            // Between two requests: what has begun names its version already, and what begins after this takes the new one.
            queue.lock().routes.switch(from, to);
        }
        inbox.push(Event::ModelSwitched { from, to, warmed });
    }
}

/// Loads a version, has it answer its test case and runs it on the last image, so that its first request waits for nothing.
fn warm(queue: &Queue, packages: &Packages, to: Digest) -> Result<(), String> {
    let package = packages.get(to)?;
    let last = queue.lock().last_block.clone();
    let tried = match last {
        Some(block) => model_on_slice(to, &package, &block, &|| queue.lock().closed).map(drop),
        None => model_facts(to, &package).map(drop),
    };
    tried.map_err(|error| error.to_string())
}
