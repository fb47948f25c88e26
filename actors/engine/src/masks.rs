//! The thread that makes masks: one at a time, and of those that are only looked at, the newest.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use actor_compute::KeptValues;
use actor_messages::{
    CancelFlag, Event, EventInbox, MadeMask, MaskImport, MaskRequest, MaskWanted, RequestId,
};
use kernel_imaging::ObjectKind;

use crate::error::EngineError;

/// Wishes that wait at most.
const WAITING_MAX: usize = 16;

enum Order {
    /// Look into the slot of what is only looked at.
    Look,
    Make(MaskRequest),
    Import(MaskImport),
}

/// The thread's door.
pub struct MaskMaker {
    orders: SyncSender<Order>,
    looked_at: Arc<Mutex<Option<MaskRequest>>>,
    cancelled: Arc<Mutex<(RequestId, CancelFlag)>>,
}

impl MaskMaker {
    /// Starts the thread; it ends with the door.
    ///
    /// # Errors
    /// When there can be no thread.
    pub fn start(inbox: Arc<EventInbox>) -> Result<Self, EngineError> {
        let (orders, waiting) = sync_channel(WAITING_MAX);
        let looked_at = Arc::new(Mutex::new(None));
        let cancelled = Arc::new(Mutex::new((RequestId(0), CancelFlag::new())));
        let maker = Self {
            orders,
            looked_at: Arc::clone(&looked_at),
            cancelled: Arc::clone(&cancelled),
        };
        let thread = std::thread::Builder::new().name("clisonix-masks".to_owned());
        thread
            .spawn(move || work(&waiting, &looked_at, &cancelled, &inbox))
            .map_err(|error| EngineError::Start(error.to_string()))?;
        Ok(maker)
    }

    /// Makes a mask; answered by `Event::MaskMade`.
    pub fn make(&self, request: MaskRequest) -> Result<(), EngineError> {
        if request.wanted == MaskWanted::Series {
            return self.order(Order::Make(request));
        }
        let mut slot = self
            .looked_at
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let waits = slot.replace(request).is_some();
        drop(slot);
        match waits {
            true => Ok(()),
            false => self.order(Order::Look),
        }
    }

    /// Takes masks out of a segmentation; answered by `Event::MasksImported`.
    pub fn import(&self, wish: MaskImport) -> Result<(), EngineError> {
        self.order(Order::Import(wish))
    }

    /// Stops the one that is made, if it is this.
    pub fn cancel(&self, request: RequestId) {
        let running = self
            .cancelled
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if running.0 == request {
            running.1.cancel();
        }
    }

    fn order(&self, order: Order) -> Result<(), EngineError> {
        self.orders.try_send(order).map_err(|error| match error {
            TrySendError::Full(_) => EngineError::Busy,
            TrySendError::Disconnected(_) => EngineError::Stopped,
        })
    }
}

fn work(
    waiting: &Receiver<Order>,
    looked_at: &Mutex<Option<MaskRequest>>,
    cancelled: &Mutex<(RequestId, CancelFlag)>,
    inbox: &EventInbox,
) {
    let mut kept = KeptValues::default();
    while let Ok(order) = waiting.recv() {
        let request = match order {
            Order::Import(wish) => {
                inbox.push(imported(&wish));
                continue;
            }
            Order::Make(request) => request,
            Order::Look => {
                let newest = looked_at
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .take();
                match newest {
                    Some(request) => request,
                    None => continue,
                }
            }
        };
        let flag = CancelFlag::new();
        *cancelled.lock().unwrap_or_else(PoisonError::into_inner) = (request.request, flag.clone());
        let told = |done, total| {
            if request.wanted == MaskWanted::Series {
                inbox.push(Event::MaskProgress {
                    request: request.request,
                    done,
                    total,
                });
            }
        };
        let made = catch_unwind(AssertUnwindSafe(|| {
            actor_compute::mask(&request, &mut kept, &told, &flag)
        }));
        let planes = made.unwrap_or_else(|_| {
            kept = KeptValues::default();
            Err("The mask failed inside; nothing was changed".to_owned())
        });
        inbox.push(Event::MaskMade(Arc::new(MadeMask {
            request: request.request,
            wanted: request.wanted,
            planes,
        })));
    }
}

fn imported(wish: &MaskImport) -> Event {
    let masks = catch_unwind(AssertUnwindSafe(|| {
        let read = actor_study::read_object(&wish.path, ObjectKind::Segmentation, wish.text)?;
        actor_compute::import_masks(wish, read)
    }));
    let masks = masks.unwrap_or_else(|_| Err("The reader failed on this file".to_owned()));
    Event::MasksImported {
        request: wish.request,
        masks: masks.map(Arc::new),
    }
}
