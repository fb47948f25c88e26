//! Models on their way to peers: what is wanted waits in a file, is offered when a node is there, and is done when that node has it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actor_messages::{BlobStore, DeploymentCard, DeploymentState, Event, JobId};
use kernel_imaging::{Notice, Severity};
use kernel_tasks::{Digest, MODEL_BYTES_MAX};

use super::Node;
use super::scribe::Order;
use crate::deployments::{self, DEPLOYMENTS_MAX, DeploymentWish, WishChange};
use crate::home::Stamp;
use crate::protocol::frame::{Frame, sentence};
use crate::protocol::shelf::Side;

/// The shelf that packages lie on; no job is called so.
pub(super) const MODELS_SHELF: &str = "models";
/// Packages in memory at a time; further ones wait.
const PACKAGES_MAX: usize = 4;
/// How often the file is looked at for changes by other programs of this home.
const LOOK: Duration = Duration::from_millis(250);
/// Finished deployments that are remembered for display.
const FINISHED_MAX: usize = 256;

/// One model for one peer.
struct Deployment {
    full_name: String,
    step: Step,
}

enum Step {
    /// For the peer, or for the package to be read.
    Waiting,
    /// Since the peer's session had sent so many bytes.
    Offered {
        sent_before: u64,
        bytes: u64,
    },
    There,
    Refused(String),
}

enum Package {
    Reading,
    Here(Arc<[u8]>),
}

/// Everything that is under way.
#[derive(Default)]
pub(super) struct Deploying {
    /// By peer and model.
    wanted: BTreeMap<(String, Digest), Deployment>,
    packages: BTreeMap<Digest, Package>,
    /// What each peer may fetch: only what it was offered.
    shelves: BTreeMap<String, BlobStore>,
    stamp: Stamp,
    looked_at: Option<Instant>,
}

impl Node {
    /// The user wants a model on these peers; on all where none is named.
    pub(super) fn deploy(&mut self, model: Digest, peers: Vec<String>) {
        let held = self.library.held.iter().find(|held| held.digest == model);
        let Some(full_name) = held.map(|held| held.full_name.clone()) else {
            let text = format!(
                "Model {} is not in this workstation's registry",
                model.short()
            );
            return self.warn(text);
        };
        let all = || self.peers.keys().cloned().collect();
        let peers: Vec<String> = if peers.is_empty() { all() } else { peers };
        if peers.is_empty() {
            return self.warn("No workstation is paired with this one".to_owned());
        }
        let wishes = peers.into_iter().map(|peer| DeploymentWish {
            peer,
            model,
            full_name: full_name.clone(),
        });
        let wishes: Vec<DeploymentWish> = wishes.collect();
        let changes = wishes.iter().cloned().map(WishChange::Add).collect();
        self.scribe.write(Order::Deployments(changes));
        wishes.into_iter().for_each(|wish| self.want(wish));
        self.deploy_on();
        self.show(true);
    }

    fn want(&mut self, wish: DeploymentWish) {
        let wanted = &mut self.deploying.wanted;
        let known = wanted.get(&(wish.peer.clone(), wish.model));
        // What is under way goes on; what ended is wanted anew.
        let under_way = known.is_some_and(|known| matches!(known.step, Step::Offered { .. }));
        if under_way || (wanted.len() >= DEPLOYMENTS_MAX + FINISHED_MAX && known.is_none()) {
            return;
        }
        let deployment = Deployment {
            full_name: wish.full_name,
            step: Step::Waiting,
        };
        wanted.insert((wish.peer, wish.model), deployment);
    }

    /// Takes over what another program of this home wants, and goes on with what waits.
    pub(super) fn look_after_deployments(&mut self) {
        let recent = |at: Instant| at.elapsed() < LOOK;
        if self.deploying.looked_at.is_some_and(recent) {
            return;
        }
        self.deploying.looked_at = Some(Instant::now());
        match deployments::if_changed(&self.options.home, &mut self.deploying.stamp) {
            Ok(Some(wishes)) => {
                for wish in wishes {
                    self.want(wish);
                }
                self.deploy_on();
            }
            Ok(None) if self.deploying.wanted.values().any(Deployment::waits) => self.deploy_on(),
            Ok(None) => {}
            Err(error) => self.warn(error.to_string()),
        }
    }

    /// Offers what waits to whoever is there.
    pub(super) fn deploy_on(&mut self) {
        let waiting: Vec<(String, Digest)> = self
            .deploying
            .wanted
            .iter()
            .filter(|(_, deployment)| deployment.waits())
            .map(|(key, _)| key.clone())
            .collect();
        for (peer, model) in waiting {
            let ready = self.peers.get(&peer).filter(|peer| peer.is_ready());
            // A peer that has not told yet what it has does so in a moment.
            // One that takes nothing now gets it when it takes work again.
            let takes = ready.filter(|peer| peer.takes_nothing.is_none());
            let Some(models) = takes.and_then(|peer| peer.models.as_ref()) else {
                continue;
            };
            if models.iter().any(|held| held.digest == model) {
                self.deployed(&peer, model, Step::There);
                continue;
            }
            match self.deploying.packages.get(&model) {
                Some(Package::Here(bytes)) => {
                    let bytes = Arc::clone(bytes);
                    self.offer_package(&peer, model, bytes);
                }
                Some(Package::Reading) => {}
                None if self.library.registry.is_none() => {}
                None if self.deploying.packages.len() < PACKAGES_MAX => {
                    self.deploying.packages.insert(model, Package::Reading);
                    self.read_package(model);
                }
                None => {}
            }
        }
    }

    fn offer_package(&mut self, peer: &str, model: Digest, bytes: Arc<[u8]>) {
        let length = bytes.len() as u64;
        let shelves = &mut self.deploying.shelves;
        let store = shelves
            .entry(peer.to_owned())
            .or_insert_with(|| BlobStore::new((PACKAGES_MAX * MODEL_BYTES_MAX) as u64))
            .clone();
        if store.insert_verified(model, bytes).is_err() {
            // It is offered when what was offered before is there.
            return;
        }
        let Some(link) = self.peers.get(peer).and_then(|peer| peer.link.as_ref()) else {
            return;
        };
        let job = JobId(MODELS_SHELF.to_owned());
        link.shelf.put(Side::Input, job, store);
        let sent_before = link.traffic.bytes().0;
        let key = (peer.to_owned(), model);
        let Some(deployment) = self.deploying.wanted.get_mut(&key) else {
            return;
        };
        deployment.step = Step::Offered {
            sent_before,
            bytes: length,
        };
        let full_name = deployment.full_name.clone();
        self.send(
            peer,
            Frame::DeployModel {
                model,
                full_name,
                bytes: length,
            },
        );
    }

    /// A package of the registry here is read, or cannot be.
    pub(super) fn package_read(&mut self, model: Digest, package: Result<Arc<[u8]>, String>) {
        if !self.deploying.packages.contains_key(&model) {
            return;
        }
        match package {
            Ok(bytes) => {
                self.deploying.packages.insert(model, Package::Here(bytes));
                self.deploy_on();
            }
            Err(reason) => {
                self.deploying.packages.remove(&model);
                let keys = self.deploying.wanted.iter();
                let of_it = keys.filter(|((_, of), deployment)| *of == model && deployment.waits());
                let peers: Vec<String> = of_it.map(|((peer, _), _)| peer.clone()).collect();
                for peer in peers {
                    self.deployed(&peer, model, Step::Refused(reason.clone()));
                }
            }
        }
        self.show(true);
    }

    /// A peer says what became of a model that it was offered.
    pub(super) fn deployment_answered(
        &mut self,
        peer: &str,
        model: Digest,
        refused: Option<String>,
    ) {
        let known = self.deploying.wanted.get(&(peer.to_owned(), model));
        if known.is_some_and(|known| matches!(known.step, Step::Offered { .. })) {
            let step = match refused {
                None => Step::There,
                Some(reason) => Step::Refused(sentence(&reason)),
            };
            self.deployed(peer, model, step);
        }
    }

    fn deployed(&mut self, peer: &str, model: Digest, step: Step) {
        let key = (peer.to_owned(), model);
        let Some(deployment) = self.deploying.wanted.get_mut(&key) else {
            return;
        };
        let full_name = deployment.full_name.clone();
        let name = self.peers.get(peer).map_or(peer, |peer| &peer.name);
        let (severity, text) = match &step {
            Step::Refused(reason) => {
                let text = format!("`{full_name}` was not brought to `{name}`: {reason}");
                (Severity::Warning, text)
            }
            _ => (Severity::Info, format!("`{name}` has `{full_name}` now")),
        };
        deployment.step = step;
        self.inbox.push(Event::Notice(Notice::new(severity, text)));
        if let Some(store) = self.deploying.shelves.get(peer) {
            store.remove(&model);
        }
        let needed = |(_, of): &(String, Digest), deployment: &Deployment| {
            *of == model && (deployment.waits() || matches!(deployment.step, Step::Offered { .. }))
        };
        let wanted = &mut self.deploying.wanted;
        if !wanted
            .iter()
            .any(|(key, deployment)| needed(key, deployment))
        {
            self.deploying.packages.remove(&model);
        }
        self.scribe
            .write(Order::Deployments(vec![WishChange::Remove(
                DeploymentWish {
                    peer: peer.to_owned(),
                    model,
                    full_name,
                },
            )]));
        self.show(true);
    }

    /// What a lost peer was offered waits for its return.
    pub(super) fn deployments_lost(&mut self, peer: &str) {
        self.deploying.shelves.remove(peer);
        for ((of, _), deployment) in &mut self.deploying.wanted {
            if of == peer && matches!(deployment.step, Step::Offered { .. }) {
                deployment.step = Step::Waiting;
            }
        }
        if let Some(peer) = self.peers.get_mut(peer) {
            peer.models = None;
        }
        self.receiving.retain(|(of, _), _| of != peer);
    }

    /// How far everything is.
    pub(super) fn deployment_cards(&self) -> Vec<DeploymentCard> {
        let wanted = self.deploying.wanted.iter();
        let cards = wanted.map(|((peer, model), deployment)| DeploymentCard {
            model: *model,
            full_name: deployment.full_name.clone(),
            peer: peer.clone(),
            state: match &deployment.step {
                Step::Waiting => DeploymentState::Waiting,
                Step::Offered { sent_before, bytes } => {
                    let link = self.peers.get(peer).and_then(|peer| peer.link.as_ref());
                    let sent = link.map_or(0, |link| link.traffic.bytes().0);
                    DeploymentState::Sending {
                        sent_bytes: sent.saturating_sub(*sent_before).min(*bytes),
                        bytes: *bytes,
                    }
                }
                Step::There => DeploymentState::There,
                Step::Refused(reason) => DeploymentState::Refused(reason.clone()),
            },
        });
        cards.collect()
    }
}

impl Deployment {
    fn waits(&self) -> bool {
        matches!(self.step, Step::Waiting)
    }
}
