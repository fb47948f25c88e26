//! The engine as the window sees it: commands in, events out, and a start that nobody waits for.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};

use actor_engine::{Engine, EngineOptions};
use actor_messages::{Command, Event, MadeMask};
use kernel_imaging::{Notice, Severity};

/// Commands kept while the engine starts.
const WAITING_MAX: usize = 256;

/// Takes commands and gives events, neither of them blocking.
pub trait Backend {
    /// Hands over a command; one sentence when it cannot be taken.
    fn send(&mut self, command: Command) -> Result<(), String>;
    /// Everything that happened since the last call.
    fn drain(&mut self) -> Vec<Event>;
}

impl Backend for Engine {
    fn send(&mut self, command: Command) -> Result<(), String> {
        Engine::send(self, command).map_err(|error| error.to_string())
    }

    fn drain(&mut self) -> Vec<Event> {
        self.inbox().drain()
    }
}

/// What tells the asker that its command was not taken: the event that ends its waiting, or the reason alone.
pub fn refused(command: &Command) -> impl FnOnce(String) -> Result<Event, String> + use<> {
    let job = match command {
        Command::RunJob(wish) => Some(wish.request),
        Command::ResumeJob { request, .. } => Some(*request),
        _ => None,
    };
    let scan = match command {
        Command::Open { request, .. } => Some(*request),
        _ => None,
    };
    let mask = match command {
        Command::MakeMask(wish) => Some((wish.request, wish.wanted)),
        _ => None,
    };
    let save = match command {
        Command::Save(wish) => Some(wish.request),
        _ => None,
    };
    move |reason| match (job, scan, save) {
        _ if mask.is_some() => {
            let (request, wanted) = mask.ok_or_else(|| reason.clone())?;
            Ok(Event::MaskMade(Arc::new(MadeMask {
                request,
                wanted,
                planes: Err(reason),
            })))
        }
        (_, _, Some(request)) => Ok(Event::Saved {
            request,
            saved: Err(reason),
        }),
        (Some(request), ..) => Ok(Event::JobFailed {
            request,
            job: None,
            reason,
        }),
        (_, Some(request), _) => Ok(Event::Studies {
            request,
            studies: Arc::default(),
            notices: Arc::new(vec![Notice::new(Severity::Error, reason)]),
            finished: true,
            cancelled: true,
        }),
        _ => Err(reason),
    }
}

/// An engine that starts on a thread of its own while the window is already drawn.
pub struct StartingEngine {
    starting: Option<Receiver<Result<Engine, String>>>,
    engine: Option<Engine>,
    waiting: Vec<Command>,
}

impl StartingEngine {
    /// Starts; `ready` is called when commands can be taken, or when it failed.
    pub fn start(options: EngineOptions, ready: impl Fn() + Send + 'static) -> Self {
        let (started, starting) = sync_channel(1);
        let thread = std::thread::Builder::new().name("clisonix-start".to_owned());
        let spawned = thread.spawn(move || {
            let engine = Engine::start(options).map_err(|error| error.to_string());
            // The window may have closed meanwhile; then nobody needs the engine.
            let _ = started.send(engine);
            ready();
        });
        // A failed spawn drops the sender, and the next drain says that the engine did not start.
        drop(spawned);
        Self {
            starting: Some(starting),
            engine: None,
            waiting: Vec::new(),
        }
    }
}

impl Backend for StartingEngine {
    fn send(&mut self, command: Command) -> Result<(), String> {
        match (&mut self.engine, &self.starting) {
            (Some(engine), _) => Backend::send(engine, command),
            (None, Some(_)) if self.waiting.len() < WAITING_MAX => {
                self.waiting.push(command);
                Ok(())
            }
            (None, Some(_)) => {
                Err("The engine is still starting; try again in a moment".to_owned())
            }
            (None, None) => Err("The engine did not start; restart Clisonix".to_owned()),
        }
    }

    fn drain(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        let problem = |text: String| Event::Notice(Notice::new(Severity::Error, text));
        match self.starting.as_ref().map(Receiver::try_recv) {
            Some(Ok(Ok(engine))) => {
                for command in self.waiting.drain(..) {
                    let refused = refused(&command);
                    if let Err(error) = engine.send(command) {
                        events.push(refused(error.to_string()).unwrap_or_else(problem));
                    }
                }
                self.engine = Some(engine);
                self.starting = None;
            }
            Some(Ok(Err(reason))) => {
                events.push(problem(reason));
                self.starting = None;
            }
            Some(Err(TryRecvError::Disconnected)) => {
                events.push(problem("The engine could not be started".to_owned()));
                self.starting = None;
            }
            Some(Err(TryRecvError::Empty)) | None => {}
        }
        if let Some(engine) = &self.engine {
            events.extend(engine.inbox().drain());
        }
        events
    }
}
