//! Answers of other nodes to our tasks: each is checked against the digest that it claims before it counts.

use std::sync::Arc;

use actor_messages::JobId;
use actor_messages::work::TaskFinished;
use kernel_tasks::{BLOB_BYTES_MAX, Digest, TaskId};

use super::Node;
use super::delivery::Delivery;
use crate::audit::Audited;
use crate::protocol::INLINE_OUTPUT_BYTES_MAX;
use crate::protocol::frame::{Outcome, sentence};
use crate::protocol::link::{Fetch, FetchFailure};
use crate::protocol::shelf::Side;

impl Node {
    pub(super) fn done_by(&mut self, peer: &str, job: &JobId, id: TaskId, outcome: Outcome) {
        // A job may be closed, or the peer removed from it, while its last answers are under way.
        let Some(given) = self.given.get_mut(job) else {
            return;
        };
        let Some(member) = given.members.get_mut(peer) else {
            return;
        };
        if !given.known.contains(&id)
            || !member.in_flight.contains(&id)
            || member.fetching.contains_key(&id)
        {
            self.cut(peer, "it answered a task that it was not asked");
            return;
        }
        match outcome {
            Outcome::Inline { bytes, .. } if bytes.len() > INLINE_OUTPUT_BYTES_MAX => self.cut(
                peer,
                &format!(
                    "it put {} bytes into an answer, and {INLINE_OUTPUT_BYTES_MAX} are allowed",
                    bytes.len()
                ),
            ),
            Outcome::Inline { digest, bytes } => {
                if Digest::of(&bytes) == digest {
                    self.committed(peer, job, id, Ok(bytes.into()));
                } else {
                    self.cut(
                        peer,
                        "the bytes of its answer do not have the digest that it claims",
                    );
                }
            }
            Outcome::Blob { digest, bytes } => {
                if bytes > BLOB_BYTES_MAX {
                    self.cut(
                        peer,
                        &format!(
                            "it claims an answer of {bytes} bytes, and {BLOB_BYTES_MAX} are allowed"
                        ),
                    );
                    return;
                }
                member.fetching.insert(id, digest);
                let fetch = Fetch {
                    side: Side::Output,
                    job: job.clone(),
                    digest,
                    bytes: Some(bytes),
                    bytes_max: BLOB_BYTES_MAX,
                };
                self.fetch(peer, fetch);
            }
            Outcome::Failed(reason) => self.committed(peer, job, id, Err(sentence(&reason))),
        }
    }

    /// A large output came, or did not.
    pub(super) fn output_fetched(
        &mut self,
        peer: &str,
        fetch: &Fetch,
        result: Result<Arc<[u8]>, FetchFailure>,
    ) {
        let Some(given) = self.given.get_mut(&fetch.job) else {
            return;
        };
        let Some(member) = given.members.get_mut(peer) else {
            return;
        };
        let of_task = member
            .fetching
            .iter()
            .find(|(_, digest)| **digest == fetch.digest);
        let Some(id) = of_task.map(|(id, _)| *id) else {
            return;
        };
        member.fetching.remove(&id);
        match result {
            Ok(bytes) => self.committed(peer, &fetch.job, id, Ok(bytes)),
            Err(FetchFailure::Missing) => {
                let reason = "The other node lost its result before it was fetched".to_owned();
                self.committed(peer, &fetch.job, id, Err(reason));
            }
            Err(FetchFailure::Lied(clause)) => self.cut(peer, &clause),
            // The session ends too, and its loss is told.
            Err(FetchFailure::Broken(_)) => {}
        }
    }

    /// Passes an answer to labor. Its digest was checked.
    fn committed(
        &mut self,
        peer: &str,
        job: &JobId,
        id: TaskId,
        output: Result<Arc<[u8]>, String>,
    ) {
        if let (Ok(bytes), true) = (&output, self.given.contains_key(job)) {
            let digest = Digest::of(bytes).to_string();
            self.audit(&Audited::Taken(self.party(peer), id.0.to_string(), digest));
        }
        let Some(given) = self.given.get_mut(job) else {
            return;
        };
        if let Some(member) = given.members.get_mut(peer) {
            member.in_flight.remove(&id);
            member.asked.remove(&id);
        }
        if let Some(peer) = self.peers.get_mut(peer) {
            match output {
                Ok(_) => peer.tasks_done += 1,
                Err(_) => peer.failures += 1,
            }
        }
        let message = TaskFinished {
            job: job.clone(),
            id,
            peer: peer.to_owned(),
            output,
        };
        self.outbox
            .push(Delivery::Finished(given.finished.clone(), message));
    }
}
