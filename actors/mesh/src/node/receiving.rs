//! Models that peers bring here: taken as far as the user's limits allow, fetched, checked by the registry, and answered.

use std::sync::Arc;

use actor_messages::JobId;
use kernel_tasks::{Digest, MODEL_BYTES_MAX};

use super::Node;
use super::deploying::MODELS_SHELF;
use crate::protocol::frame::Frame;
use crate::protocol::link::{Fetch, FetchFailure};
use crate::protocol::shelf::Side;

/// Models of all peers together that may be on their way here.
const RECEIVING_MAX: usize = 64;

impl Node {
    /// A peer offers a model.
    pub(super) fn model_offered(&mut self, peer: &str, model: Digest, bytes: u64) {
        if self.has_model(&model) {
            return self.answer_model(peer, model, None);
        }
        if let Some(reason) = self.refuses_model(&model, bytes) {
            return self.answer_model(peer, model, Some(reason));
        }
        // Offered twice, it is fetched once.
        if self
            .receiving
            .insert((peer.to_owned(), model), bytes)
            .is_none()
        {
            self.fetch(
                peer,
                Fetch {
                    side: Side::Input,
                    job: JobId(MODELS_SHELF.to_owned()),
                    digest: model,
                    bytes: Some(bytes),
                    bytes_max: bytes,
                },
            );
        }
    }

    fn refuses_model(&self, model: &Digest, bytes: u64) -> Option<String> {
        let name = &self.settings.name;
        if self.library.registry.is_none() {
            return Some(format!("`{name}` keeps no models"));
        }
        if let Some(models) = &self.settings.limits.models
            && !models.contains(model)
        {
            let model = model.short();
            return Some(format!("`{name}` does not run model {model} for others"));
        }
        if let Some(reason) = &self.giving.takes_nothing {
            return Some(reason.clone());
        }
        if bytes > MODEL_BYTES_MAX as u64 {
            return Some(format!(
                "{bytes} bytes are more than the {MODEL_BYTES_MAX} that a model may have"
            ));
        }
        let under_way = self
            .receiving
            .values()
            .fold(0, |sum: u64, bytes| sum.saturating_add(*bytes));
        let free = self.bytes_free_for_peers().saturating_sub(under_way);
        if bytes > free {
            return Some(format!(
                "`{name}` has no memory for {bytes} bytes more of other nodes; {free} are free"
            ));
        }
        (self.receiving.len() >= RECEIVING_MAX)
            .then(|| format!("`{name}` takes in {RECEIVING_MAX} models already"))
    }

    /// Whether a blob that came is an offered model, and then what becomes of it.
    pub(super) fn is_package(&self, fetch: &Fetch) -> bool {
        fetch.side == Side::Input && fetch.job.0 == MODELS_SHELF
    }

    /// An offered model came, or did not.
    pub(super) fn package_fetched(
        &mut self,
        peer: &str,
        model: Digest,
        result: Result<Arc<[u8]>, FetchFailure>,
    ) {
        let key = (peer.to_owned(), model);
        if !self.receiving.contains_key(&key) {
            return;
        }
        match result {
            Ok(package) => self.keep_package(model, package),
            Err(FetchFailure::Missing) => {
                self.receiving.remove(&key);
            }
            Err(FetchFailure::Lied(clause)) => self.cut(peer, &clause),
            // The session ends too; the model is offered again in the next one.
            Err(FetchFailure::Broken(_)) => {}
        }
    }

    /// The registry has checked a package: everybody who offered it hears of it.
    pub(super) fn package_kept(&mut self, model: Digest, kept: Result<(), String>) {
        let offered = self.receiving.keys().filter(|(_, of)| *of == model);
        let peers: Vec<String> = offered.map(|(peer, _)| peer.clone()).collect();
        for peer in peers {
            self.receiving.remove(&(peer.clone(), model));
            self.answer_model(&peer, model, kept.clone().err());
        }
    }

    fn answer_model(&mut self, peer: &str, model: Digest, refused: Option<String>) {
        self.send(peer, Frame::ModelAnswered { model, refused });
    }
}
