//! The door of the mesh for the other actors: takes messages, hands them to the deciding thread, and never waits.

use std::collections::VecDeque;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use actix::{Actor, Addr, AsyncContext, Context, Handler, Recipient};
use actor_messages::work::{
    Ask, CloseJob, Distrust, ExecuteTask, ListMembers, OfferJob, SendTasks, TaskFinished,
};
use actor_messages::{Event, EventInbox, HeldModels, ModelDoors, ModelKept, ModelRead};
use kernel_imaging::{Notice, Severity};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

use crate::address_book::AddressBook;
use crate::error::MeshError;
use crate::home::{self, MeshLock};
use crate::identity::Identity;
use crate::node::{Node, NodeInput, Opened, Registry, RegistryNews};
use crate::options::MeshOptions;
use crate::settings::Settings;

/// Messages that may wait for this actor.
const MAILBOX_MAX: usize = 1_024;
/// Messages that may wait for the deciding thread.
const INPUTS_MAX: usize = 4_096;
/// Messages kept here while that queue is full. The windows on tasks keep results far below this bound.
const OVERFLOW_MAX: usize = 65_536;
/// How soon a full queue is tried again.
const OVERFLOW_RETRY: Duration = Duration::from_millis(5);

/// The Neural Mesh as the other actors see it.
pub struct MeshActor {
    inputs: Option<mpsc::Sender<NodeInput>>,
    overflow: VecDeque<NodeInput>,
    inbox: Arc<EventInbox>,
    thread: Option<JoinHandle<()>>,
}

impl MeshActor {
    /// Reads the home folder, starts the deciding thread and, if wanted, shares at once.
    ///
    /// To be called inside an actix system. Errors: the home folder cannot be used, its files are damaged, or another
    /// program shares with it already.
    pub fn start(
        options: MeshOptions,
        compute: Recipient<ExecuteTask>,
        inbox: Arc<EventInbox>,
    ) -> Result<Addr<Self>, MeshError> {
        Self::start_with_models(options, compute, None, inbox)
    }

    /// The same with a registry of models, whose packages peers may be given and may bring.
    pub fn start_with_models(
        options: MeshOptions,
        compute: Recipient<ExecuteTask>,
        models: Option<ModelDoors>,
        inbox: Arc<EventInbox>,
    ) -> Result<Addr<Self>, MeshError> {
        home::create(&options.home)?;
        let opened = Opened {
            identity: Identity::load(&options.home)?,
            settings: Settings::load(&options.home)?,
            book: AddressBook::load(&options.home)?,
            lock: options
                .share
                .then(|| MeshLock::take(&options.home))
                .transpose()?,
        };
        // One thread decides; the sockets have a runtime of their own.
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .map_err(|error| MeshError::System(error.to_string()))?;
        let (inputs, receiver) = mpsc::channel(INPUTS_MAX);
        // The thread gets its way back to this actor before it is started, and the actor its thread after.
        let (ready, node) = std::sync::mpsc::sync_channel::<Node>(1);
        let thread = thread::Builder::new()
            .name("clisonix-mesh".to_owned())
            .spawn(move || {
                if let Ok(node) = node.recv() {
                    runtime.block_on(node.run(receiver));
                }
            })
            .map_err(|error| MeshError::System(error.to_string()))?;
        let actor = Self {
            inputs: Some(inputs),
            overflow: VecDeque::new(),
            inbox: inbox.clone(),
            thread: Some(thread),
        };
        let address = Actor::start(actor);
        let replies = address.clone().recipient();
        let node = Node::new(options, opened, inbox, compute, replies)?;
        let node = match models {
            None => node,
            Some(doors) => node.with_registry(Registry {
                doors,
                held: address.clone().recipient(),
                read: address.clone().recipient(),
                kept: address.clone().recipient(),
            }),
        };
        ready
            .send(node)
            .map_err(|_| MeshError::System("its thread has ended".to_owned()))?;
        Ok(address)
    }

    fn forward(&mut self, input: NodeInput) {
        self.overflow.push_back(input);
        self.drain_overflow();
        if self.overflow.len() > OVERFLOW_MAX {
            self.overflow.pop_front();
            let text = "The mesh cannot keep up; a message was lost";
            self.inbox
                .push(Event::Notice(Notice::new(Severity::Error, text)));
        }
    }

    fn drain_overflow(&mut self) {
        let Some(inputs) = &self.inputs else { return };
        while let Some(input) = self.overflow.pop_front() {
            match inputs.try_send(input) {
                Ok(()) => {}
                Err(TrySendError::Full(input)) => {
                    self.overflow.push_front(input);
                    return;
                }
                Err(TrySendError::Closed(_)) => {
                    self.overflow.clear();
                    return;
                }
            }
        }
    }
}

impl Actor for MeshActor {
    type Context = Context<Self>;

    fn started(&mut self, context: &mut Context<Self>) {
        context.set_mailbox_capacity(MAILBOX_MAX);
        context.run_interval(OVERFLOW_RETRY, |actor, _| {
            if !actor.overflow.is_empty() {
                actor.drain_overflow();
            }
        });
    }
}

impl Drop for MeshActor {
    fn drop(&mut self) {
        // The deciding thread ends when nobody can ask it any more; it closes its sockets in a moment.
        self.inputs = None;
        if let Some(thread) = self.thread.take() {
            // A panic there was reported by its own thread.
            let _ = thread.join();
        }
    }
}

impl Handler<Ask> for MeshActor {
    type Result = ();

    fn handle(&mut self, Ask(command): Ask, _: &mut Context<Self>) {
        self.forward(NodeInput::Ask(command));
    }
}

impl Handler<ListMembers> for MeshActor {
    type Result = ();

    fn handle(&mut self, list: ListMembers, _: &mut Context<Self>) {
        self.forward(NodeInput::List(list));
    }
}

impl Handler<OfferJob> for MeshActor {
    type Result = ();

    fn handle(&mut self, offer: OfferJob, _: &mut Context<Self>) {
        self.forward(NodeInput::Offer(offer));
    }
}

impl Handler<SendTasks> for MeshActor {
    type Result = ();

    fn handle(&mut self, tasks: SendTasks, _: &mut Context<Self>) {
        self.forward(NodeInput::Send(tasks));
    }
}

impl Handler<Distrust> for MeshActor {
    type Result = ();

    fn handle(&mut self, distrust: Distrust, _: &mut Context<Self>) {
        self.forward(NodeInput::Distrust(distrust));
    }
}

impl Handler<CloseJob> for MeshActor {
    type Result = ();

    fn handle(&mut self, close: CloseJob, _: &mut Context<Self>) {
        self.forward(NodeInput::Close(close));
    }
}

impl Handler<TaskFinished> for MeshActor {
    type Result = ();

    fn handle(&mut self, finished: TaskFinished, _: &mut Context<Self>) {
        self.forward(NodeInput::Finished(finished));
    }
}

impl Handler<HeldModels> for MeshActor {
    type Result = ();

    fn handle(&mut self, news: HeldModels, _: &mut Context<Self>) {
        self.forward(NodeInput::Registry(RegistryNews::Held(news)));
    }
}

impl Handler<ModelRead> for MeshActor {
    type Result = ();

    fn handle(&mut self, news: ModelRead, _: &mut Context<Self>) {
        self.forward(NodeInput::Registry(RegistryNews::Read(news)));
    }
}

impl Handler<ModelKept> for MeshActor {
    type Result = ();

    fn handle(&mut self, news: ModelKept, _: &mut Context<Self>) {
        self.forward(NodeInput::Registry(RegistryNews::Kept(news)));
    }
}
