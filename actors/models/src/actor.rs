//! The actor's door: changes of the registry go to a thread that may wait for a disk, images to the one that runs models.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::Duration;

use actix::{Actor, Addr, Context, Handler};
use actor_messages::work::Ask;
use actor_messages::{
    Command, Event, EventInbox, KeepModel, ModelKept, ModelRead, ModelsSnapshot, ReadModel,
    WatchModels,
};
use kernel_imaging::{Notice, Severity};
use kernel_tasks::Digest;

use crate::error::ModelsError;
use crate::live::{BlockOfFrame, Live, LiveWish};
use crate::sharing::{self, Watchers};
use crate::store::ModelStore;

/// Messages waiting for the actor at most.
const MAILBOX_MAX: usize = 256;
/// Changes of the registry that wait for its thread.
const CHANGES_WAITING_MAX: usize = 32;

/// Said where that many wait.
const BUSY: &str =
    "The registry of models is busy and did not take the request; try again in a moment";

/// Said where that many are made ready.
const TOO_MANY: &str = "too many versions are being made ready; try again in a moment";

/// What the actor is given at its start.
pub struct ModelsOptions {
    /// Where the registry lies.
    pub home: PathBuf,
    /// Where events go.
    pub inbox: Arc<EventInbox>,
    /// Decodes a frame for a model.
    pub block: BlockOfFrame,
}

/// Keeps the registry and runs models on the screen's images.
pub struct ModelsActor {
    changes: SyncSender<Change>,
    live: Live,
    inbox: Arc<EventInbox>,
}

enum Change {
    None,
    Add(PathBuf),
    Remove(Digest),
    Use(Digest),
    Watch(WatchModels),
    Read(ReadModel),
    Keep(KeepModel),
    Before(String),
}

/// How often the list is looked at for changes by other programs of this home.
const LOOK: Duration = Duration::from_millis(250);

impl ModelsActor {
    /// Starts the threads and the actor on the current arbiter.
    pub fn launch(options: ModelsOptions) -> std::io::Result<Addr<Self>> {
        let (changes, waiting) = sync_channel(CHANGES_WAITING_MAX);
        let (store, inbox) = (ModelStore::new(&options.home), Arc::clone(&options.inbox));
        // The thread ends with the actor, whose sender is the only one.
        std::thread::Builder::new()
            .name("clisonix-models".to_owned())
            .spawn(move || serve(&store, &inbox, &waiting))?;
        let inbox = Arc::clone(&options.inbox);
        let live = Live::start(options.home, options.inbox, options.block)?;
        Ok(Self {
            changes,
            live,
            inbox,
        }
        .start())
    }

    fn try_beside(&self, from: Digest, to: Digest, percent: u32) {
        if !self.live.try_beside(from, to, percent) {
            self.inbox.push(Event::CanaryTold(Err(TOO_MANY.to_owned())));
        }
    }

    fn switch(&self, from: Digest, to: Digest) {
        if !self.live.switch(from, to) {
            self.inbox.push(Event::ModelSwitched {
                from,
                to,
                warmed: Err(TOO_MANY.to_owned()),
            });
        }
    }

    fn change(&self, change: Change) {
        if !self.changes_take(change) {
            self.inbox
                .push(Event::Notice(Notice::new(Severity::Error, BUSY)));
        }
    }

    fn changes_take(&self, change: Change) -> bool {
        self.changes.try_send(change).is_ok()
    }
}

fn serve(store: &ModelStore, inbox: &EventInbox, waiting: &Receiver<Change>) {
    // None until somebody wants to know; then the list as it was told last.
    let mut told = None;
    let mut watchers = Watchers::default();
    loop {
        let change = match waiting.recv_timeout(LOOK) {
            Ok(change) => change,
            Err(RecvTimeoutError::Timeout) => {
                watchers.tell(store);
                if told.is_some_and(|told| told != store.stamp()) {
                    Change::None
                } else {
                    continue;
                }
            }
            Err(RecvTimeoutError::Disconnected) => return,
        };
        let changed = match change {
            Change::None => Ok(()),
            Change::Add(path) => store.add(&path).map(|_| ()),
            Change::Remove(digest) => store.remove(&digest.to_string()).map(|_| ()),
            Change::Use(digest) => store.pin(&digest.to_string(), None, true).map(|_| ()),
            Change::Before(name) => store.back(&name).map(|_| ()),
            Change::Watch(watch) => {
                watchers.add(watch, store);
                continue;
            }
            Change::Read(read) => {
                sharing::read(store, &read);
                continue;
            }
            Change::Keep(keep) => {
                let kept = sharing::keep(store, &keep);
                // What there is now is known before the answer, so that whoever waits for the answer finds it.
                watchers.tell(store);
                sharing::answer(&keep, kept);
                continue;
            }
        };
        if let Err(error) = changed {
            inbox.push(Event::Notice(Notice::new(
                Severity::Error,
                error.to_string(),
            )));
        }
        // Before the list is read: a change in between is told the next time.
        told = Some(store.stamp());
        inbox.push(Event::Models(Arc::new(snapshot(store.list()))));
        watchers.tell(store);
    }
}

fn snapshot(list: Result<Vec<actor_messages::ModelCard>, ModelsError>) -> ModelsSnapshot {
    match list {
        Ok(models) => ModelsSnapshot {
            models: Arc::new(models),
            problem: None,
        },
        Err(error) => ModelsSnapshot {
            models: Arc::default(),
            problem: Some(error.to_string()),
        },
    }
}

impl Actor for ModelsActor {
    type Context = Context<Self>;

    fn started(&mut self, context: &mut Self::Context) {
        context.set_mailbox_capacity(MAILBOX_MAX);
    }
}

impl Handler<Ask> for ModelsActor {
    type Result = ();

    fn handle(&mut self, Ask(command): Ask, _: &mut Self::Context) {
        match command {
            Command::ListModels => self.change(Change::None),
            Command::AddModel(path) => self.change(Change::Add(path)),
            Command::RemoveModel(digest) => self.change(Change::Remove(digest)),
            Command::UseModel(digest) => self.change(Change::Use(digest)),
            Command::UseModelBefore(name) => self.change(Change::Before(name)),
            Command::SwitchLive(from, to) => self.switch(from, to),
            Command::TryModel { from, to, percent } => self.try_beside(from, to, percent),
            Command::RunLive {
                viewport,
                generation,
                model,
                frame,
                read_ahead,
                deadline,
                near,
            } => self.live.ask(LiveWish {
                viewport,
                generation,
                model,
                frame,
                read_ahead,
                deadline,
                near,
            }),
            // The engine sends other commands elsewhere.
            _ => {}
        }
    }
}

impl Handler<WatchModels> for ModelsActor {
    type Result = ();

    fn handle(&mut self, wish: WatchModels, _: &mut Self::Context) {
        self.change(Change::Watch(wish));
    }
}

impl Handler<ReadModel> for ModelsActor {
    type Result = ();

    fn handle(&mut self, wish: ReadModel, _: &mut Self::Context) {
        let (model, reply) = (wish.model, wish.reply.clone());
        if !self.changes_take(Change::Read(wish)) {
            let package = Err(BUSY.to_owned());
            sharing::tell(&reply, ModelRead { model, package });
        }
    }
}

impl Handler<KeepModel> for ModelsActor {
    type Result = ();

    fn handle(&mut self, wish: KeepModel, _: &mut Self::Context) {
        let (model, reply) = (wish.model, wish.reply.clone());
        if !self.changes_take(Change::Keep(wish)) {
            let kept = Err(BUSY.to_owned());
            sharing::tell(&reply, ModelKept { model, kept });
        }
    }
}
