//! Jobs that wait for their user before anything of them leaves, and what would leave with them.

use std::collections::BTreeSet;
use std::sync::Arc;

use actor_messages::work::{MemberChange, MemberChanged, OfferJob, SendTasks};
use actor_messages::{
    AskBeforeSending, BlobStore, JobId, JobManifest, ManifestBlob, ManifestContent, ManifestPeer,
};
use kernel_tasks::{Blobs, Digest, MatrixBlock, PixelBlock, Task};

use super::Node;
use super::delivery::Delivery;
use super::scribe::Order;

/// What pixels can tell of a person, whatever was taken from the headers.
pub(super) const WARNINGS: [&str; 2] = [
    "Text that is burned into an image leaves with its pixels, and may name the patient",
    "The face in a scan of a head leaves with its pixels, and may be recognised",
];
/// Jobs that may wait for their user at a time; a further one stays on this workstation.
const HELD_JOBS_MAX: usize = 64;

/// A job that waits for its user.
pub(super) struct Held {
    offer: OfferJob,
    /// In the order in which they came.
    tasks: Vec<SendTasks>,
    pub(super) manifest: Arc<JobManifest>,
}

impl Node {
    /// A job that may leave, once its user agrees where that is wanted.
    pub(super) fn offer(&mut self, offer: OfferJob) {
        let first = !self.settings.has_sent;
        let ask = match self.options.ask_before_sending {
            AskBeforeSending::Never => false,
            AskBeforeSending::First => first,
            AskBeforeSending::Always => true,
        };
        if !ask {
            if first && self.has_others(&offer) {
                for warning in WARNINGS {
                    self.warn(warning.to_owned());
                }
                self.note_sent();
            }
            return self.offer_to_peers(offer);
        }
        if self.held.len() >= HELD_JOBS_MAX {
            return self.keep_here(
                &offer,
                format!("{HELD_JOBS_MAX} jobs wait for an answer already"),
            );
        }
        let manifest = Arc::new(self.manifest(&offer));
        let held = Held {
            manifest,
            offer,
            tasks: Vec::new(),
        };
        self.tell_others(&held.offer, &MemberChange::Held);
        self.held.insert(held.offer.job.clone(), held);
        self.show(true);
    }

    /// Keeps tasks of a job that waits; whether it does.
    pub(super) fn holds(&mut self, sent: SendTasks) -> Option<SendTasks> {
        match self.held.get_mut(&sent.job) {
            None => Some(sent),
            Some(held) => {
                held.tasks.push(sent);
                None
            }
        }
    }

    /// The user has decided.
    pub(super) fn let_leave(&mut self, job: &JobId, leave: bool) {
        let Some(Held { offer, tasks, .. }) = self.held.remove(job) else {
            return;
        };
        if leave {
            self.note_sent();
            self.tell_others(&offer, &MemberChange::Offered);
            self.offer_to_peers(offer);
            for sent in tasks {
                self.enqueue(sent);
            }
        } else {
            self.keep_here(&offer, "the job is kept on this workstation".to_owned());
        }
        self.show(true);
    }

    fn keep_here(&mut self, offer: &OfferJob, reason: String) {
        self.given_without_members(offer);
        self.tell_others(offer, &MemberChange::Refused(reason));
    }

    /// Tells a job of ours what happened to all its remote members.
    fn tell_others(&mut self, offer: &OfferJob, change: &MemberChange) {
        let others: Vec<String> = self.others_of(offer).map(str::to_owned).collect();
        for peer in others {
            let message = MemberChanged {
                job: offer.job.clone(),
                peer,
                change: change.clone(),
            };
            self.outbox
                .push(Delivery::Changed(offer.changed.clone(), message));
        }
    }

    fn note_sent(&mut self) {
        if !self.settings.has_sent {
            self.settings.has_sent = true;
            self.scribe.write(Order::HasSent);
        }
    }

    fn has_others(&self, offer: &OfferJob) -> bool {
        self.others_of(offer).next().is_some()
    }

    fn others_of<'a>(&self, offer: &'a OfferJob) -> impl Iterator<Item = &'a str> {
        let me = self.me.clone();
        let members = offer.membership.members().iter();
        members
            .map(|member| member.peer.as_str())
            .filter(move |peer| *peer != me)
    }

    fn manifest(&self, offer: &OfferJob) -> JobManifest {
        let peers = self.others_of(offer).map(|peer| ManifestPeer {
            peer: peer.to_owned(),
            name: self
                .peers
                .get(peer)
                .map_or_else(String::new, |known| known.name.clone()),
        });
        let inputs: BTreeSet<Digest> = offer
            .tasks
            .iter()
            .flat_map(|task| &task.inputs)
            .map(|(digest, _)| Digest::from(*digest))
            .collect();
        let example = offer.example.as_deref();
        let blobs: Vec<ManifestBlob> = inputs
            .into_iter()
            .filter_map(|digest| described(&offer.blobs, digest, example))
            .collect();
        let parameters = example.into_iter().flat_map(|task| task.parameters.iter());
        JobManifest {
            job: offer.job.clone(),
            operation: example.map_or_else(String::new, |task| {
                format!("{} version {}", task.operation, task.version)
            }),
            parameters: parameters
                .map(|(name, value)| (name.to_owned(), value.to_string()))
                .collect(),
            tasks: offer.tasks.len(),
            peers: peers.collect(),
            bytes: blobs.iter().map(|blob| blob.bytes).sum(),
            blobs,
            warnings: WARNINGS.map(str::to_owned).to_vec(),
        }
    }
}

/// Reads a blob as whoever receives it would. None where it is not here, and so cannot leave.
fn described(store: &BlobStore, digest: Digest, example: Option<&Task>) -> Option<ManifestBlob> {
    let bytes = store.get(&digest)?;
    let is_model = example.and_then(|task| task.parameters.model()) == Some(digest);
    let is_matrix = example.is_some_and(|task| task.parameters.matrices().any(|it| it == digest));
    let content = if is_model {
        ManifestContent::Model
    } else if is_matrix {
        match MatrixBlock::decode(&bytes) {
            Ok(matrix) => ManifestContent::Matrix {
                rows: matrix.rows,
                columns: matrix.columns,
            },
            Err(_) => ManifestContent::Other,
        }
    } else {
        match PixelBlock::decode(&bytes) {
            Ok(block) => ManifestContent::PixelBlock {
                rows: block.rows,
                columns: block.columns,
                slope: block.slope,
                intercept: block.intercept,
                padding: block.padding,
                voxel_mm: block.voxel_mm,
            },
            Err(_) => ManifestContent::Other,
        }
    };
    Some(ManifestBlob {
        digest,
        bytes: bytes.len() as u64,
        content,
    })
}
