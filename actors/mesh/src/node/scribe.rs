//! Writes what the deciding thread wants kept, on a thread of its own: waiting for a file's lock or for the disk stops nobody.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};

use actor_messages::SharingLimits;
use tokio::sync::mpsc;

use super::NodeInput;
use crate::address_book::{self, BookOrder};
use crate::audit;
use crate::deployments::{self, WishChange};
use crate::error::MeshError;
use crate::settings::Settings;

/// Lines of the audit log that are written at once.
const LINES_AT_ONCE_MAX: usize = 256;

/// Something to be kept.
pub(super) enum Order {
    /// Changes of the address book.
    Book(BookOrder),
    /// The port that is listened on.
    Port(u16),
    /// What the user gives.
    Limits(Box<SharingLimits>),
    /// That a job has left.
    HasSent,
    /// Models that peers are to get, or have.
    Deployments(Vec<WishChange>),
    /// A line of the audit log.
    Audit(String),
}

/// What became of an order.
pub(crate) enum Written {
    /// The changes of this number and all before are on disk, or not.
    Book(u64, Result<(), MeshError>),
    /// Settings of this node.
    Settings(Result<(), MeshError>),
}

/// The way to the writing thread. Dropping it waits until everything is written.
pub(super) struct Scribe {
    orders: Option<Sender<Order>>,
    thread: Option<JoinHandle<()>>,
}

impl Scribe {
    /// Starts the thread; news come back as `NodeInput::Written`.
    pub(super) fn start(home: &Path, back: mpsc::Sender<NodeInput>) -> Result<Self, MeshError> {
        let (orders, waiting) = channel();
        let home = home.to_owned();
        let thread = thread::Builder::new()
            .name("clisonix-mesh-files".to_owned())
            .spawn(move || run(home, &waiting, &back))
            .map_err(|error| MeshError::System(error.to_string()))?;
        Ok(Self {
            orders: Some(orders),
            thread: Some(thread),
        })
    }

    /// Never waits. The address book has one order under way at a time, and ports are told once a listening socket.
    pub(super) fn write(&self, order: Order) {
        if let Some(orders) = &self.orders {
            // The thread ends only with this sender.
            let _ = orders.send(order);
        }
    }
}

impl Drop for Scribe {
    fn drop(&mut self) {
        self.orders = None;
        if let Some(thread) = self.thread.take() {
            // A panic there was reported by its own thread.
            let _ = thread.join();
        }
    }
}

fn run(home: PathBuf, orders: &Receiver<Order>, back: &mpsc::Sender<NodeInput>) {
    let mut next = None;
    while let Some(order) = next.take().or_else(|| orders.recv().ok()) {
        let written = match order {
            Order::Book(BookOrder { number, changes }) => {
                let changed = address_book::change(&home, |peers| {
                    for change in &changes {
                        change.apply(peers);
                    }
                });
                Written::Book(number, changed.map(drop))
            }
            Order::Port(port) => Written::Settings(Settings::keep_port(&home, port).map(drop)),
            Order::Limits(limits) => {
                Written::Settings(Settings::keep_limits(&home, &limits).map(drop))
            }
            Order::Deployments(changes) => Written::Settings(deployments::change(&home, &changes)),
            Order::Audit(message) => {
                let mut messages = vec![message];
                next = gather(&mut messages, orders);
                match audit::append(&home, &messages) {
                    // A line for each task: the deciding thread is not woken for what went well.
                    Ok(()) => continue,
                    Err(error) => Written::Settings(Err(error)),
                }
            }
            Order::HasSent => Written::Settings(Settings::keep_sent(&home).map(drop)),
        };
        // At the end of the program nobody listens any more, and what waits is written all the same.
        let _ = back.blocking_send(NodeInput::Written(written));
    }
}

/// Adds the lines that wait already, so that many tasks open the file once. Gives an order that is of another kind.
fn gather(messages: &mut Vec<String>, orders: &Receiver<Order>) -> Option<Order> {
    while messages.len() < LINES_AT_ONCE_MAX {
        match orders.try_recv() {
            Ok(Order::Audit(message)) => messages.push(message),
            Ok(other) => return Some(other),
            // What comes later is written later.
            Err(_) => return None,
        }
    }
    None
}
