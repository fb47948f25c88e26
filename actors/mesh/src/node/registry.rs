//! The registry of this home as the mesh knows it, what the nodes have, and packages out of it for tasks and for peers.

use std::collections::BTreeMap;
use std::sync::Arc;

use actix::Recipient;
use actor_messages::{
    HeldModel, HeldModels, KeepModel, ModelDoors, ModelKept, ModelRead, ReadModel, WatchModels,
};
use kernel_tasks::Digest;

use super::Node;
use super::delivery::Delivery;
use crate::protocol::frame::Frame;
use crate::protocol::link::Fetch;
use crate::settings::plain_text;

/// Models that a node tells of, the first by name.
const MODELS_TOLD_MAX: usize = 256;
/// Longest `NAME@VERSION` that is taken from a peer, in characters.
pub(super) const MODEL_NAME_CHARACTERS_MAX: usize = 100;

/// Ways to the registry, and the ways back.
pub(crate) struct Registry {
    pub doors: ModelDoors,
    pub held: Recipient<HeldModels>,
    pub read: Recipient<ModelRead>,
    pub kept: Recipient<ModelKept>,
}

/// News of the registry.
pub(crate) enum RegistryNews {
    /// What there is.
    Held(HeldModels),
    /// A package that was asked for.
    Read(ModelRead),
    /// What became of a package that came from a peer.
    Kept(ModelKept),
}

/// What is known of the registry.
#[derive(Default)]
pub(super) struct Library {
    /// None where this node has no registry.
    pub(super) registry: Option<Registry>,
    pub(super) held: Vec<HeldModel>,
    /// Tasks that wait for a package out of the registry here: who would send it otherwise, and how it would be asked for.
    reading_for: BTreeMap<Digest, Vec<(String, Fetch)>>,
}

impl Node {
    /// Gives the node a registry; to be called before it runs.
    pub(crate) fn with_registry(mut self, registry: Registry) -> Self {
        self.outbox.push(Delivery::Watch(
            registry.doors.watch.clone(),
            WatchModels {
                reply: registry.held.clone(),
            },
        ));
        self.library.registry = Some(registry);
        self
    }

    pub(super) fn registry_news(&mut self, news: RegistryNews) {
        match news {
            RegistryNews::Held(HeldModels(held)) => {
                self.library.held = held;
                self.tell_models();
            }
            RegistryNews::Read(ModelRead { model, package }) => {
                for (peer, fetch) in self.library.reading_for.remove(&model).unwrap_or_default() {
                    match &package {
                        Ok(bytes) => self.fetched(&peer, &fetch, Ok(Arc::clone(bytes))),
                        // What the registry lost since comes from the peer, as it would without a registry.
                        Err(_) => self.fetch(&peer, fetch),
                    }
                }
                self.package_read(model, package);
            }
            RegistryNews::Kept(ModelKept { model, kept }) => self.package_kept(model, kept),
        }
    }

    /// Whether a model is in the registry here.
    pub(super) fn has_model(&self, model: &Digest) -> bool {
        self.library.held.iter().any(|held| held.digest == *model)
    }

    /// Gets an input of a peer's task: a model that was brought here before comes out of the registry, all else from the peer.
    pub(super) fn obtain(&mut self, peer: &str, fetch: Fetch) {
        if !self.has_model(&fetch.digest) {
            return self.fetch(peer, fetch);
        }
        let model = fetch.digest;
        let waiting = self.library.reading_for.entry(model).or_default();
        waiting.push((peer.to_owned(), fetch));
        if waiting.len() == 1 {
            self.read_package(model);
        }
    }

    /// Asks for a package of the registry here; answered by [`RegistryNews::Read`].
    pub(super) fn read_package(&mut self, model: Digest) {
        let Some(registry) = &self.library.registry else {
            return;
        };
        let reply = registry.read.clone();
        let to = registry.doors.read.clone();
        self.outbox
            .push(Delivery::Read(to, ReadModel { model, reply }));
    }

    /// Hands a package to the registry here; answered by [`RegistryNews::Kept`].
    pub(super) fn keep_package(&mut self, model: Digest, package: Arc<[u8]>) {
        let Some(registry) = &self.library.registry else {
            return;
        };
        let reply = registry.kept.clone();
        let to = registry.doors.keep.clone();
        let keep = KeepModel {
            model,
            package,
            reply,
        };
        self.outbox.push(Delivery::Keep(to, keep));
    }

    fn tell_models(&mut self) {
        let ready: Vec<String> = self
            .peers
            .values()
            .filter(|peer| peer.is_ready())
            .map(|peer| peer.key.clone())
            .collect();
        for key in ready {
            self.tell_models_to(&key);
        }
    }

    /// Tells a peer what this node has: names and digests of models, which tell nothing of a patient.
    pub(super) fn tell_models_to(&mut self, key: &str) {
        let held = self.library.held.iter().take(MODELS_TOLD_MAX).cloned();
        let models = Frame::Models(held.collect());
        self.send(key, models);
    }

    /// A peer says what it has.
    pub(super) fn peer_has(&mut self, key: &str, models: Vec<HeldModel>) {
        let Some(peer) = self.peers.get_mut(key) else {
            return;
        };
        let models = models.into_iter().take(MODELS_TOLD_MAX);
        let plain = models.map(|model| HeldModel {
            full_name: plain_text(&model.full_name, MODEL_NAME_CHARACTERS_MAX),
            ..model
        });
        peer.models = Some(plain.collect());
        self.deploy_on();
        self.show(true);
    }
}
