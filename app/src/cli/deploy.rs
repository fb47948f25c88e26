//! `clisonix models deploy`: brings a model to paired workstations ahead of a job.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use actor_engine::{
    DeploymentWish, EngineOptions, ModelStore, PairedPeer, paired_peers, running_mesh,
    want_deployments,
};
use actor_messages::{Command, DeploymentCard, DeploymentState, Digest, Event, MeshSnapshot};
use serde::Serialize;

use super::failure::Failure;
use super::session::Session;

/// How often a node that runs with this home is asked how far it is.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Brings a model to paired workstations; those that are away get it when they return.
#[derive(clap::Args)]
pub struct Deploy {
    /// NAME, NAME@VERSION, NAME@ALIAS, or the first digits of a digest.
    name: String,
    /// A paired node, by name or peer id; all of them unless given.
    #[arg(long, value_name = "PEER")]
    to: Vec<String>,
    /// Connects to this paired node first, as host:port, where multicast is off.
    #[arg(long, value_name = "ADDR")]
    dial: Vec<String>,
    /// Seconds that are waited for the nodes; what has not arrived then arrives while a node or a window runs with this home.
    #[arg(long, value_name = "SECONDS", default_value_t = 20,
          value_parser = clap::value_parser!(u64).range(0..=3_600))]
    within: u64,
}

#[derive(Serialize)]
struct Record {
    model: String,
    full_name: String,
    peer: String,
    name: String,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// From asking to the last news of it.
    elapsed_ms: u64,
}

impl Deploy {
    pub fn execute(self, session: &Session) -> Result<(), Failure> {
        let card = ModelStore::new(session.home())
            .find(&self.name)
            .map_err(Failure::failed)?;
        let peers = self.peers(session)?;
        let wishes: Vec<DeploymentWish> = peers
            .iter()
            .map(|peer| DeploymentWish {
                peer: peer.peer.clone(),
                model: card.digest,
                full_name: card.full_name.clone(),
            })
            .collect();
        let begun = Instant::now();
        want_deployments(session.home(), &wishes).map_err(Failure::failed)?;
        let mut watched = Watched {
            session,
            model: card.digest,
            begun,
            states: peers
                .iter()
                .map(|peer| (peer.peer.clone(), (DeploymentState::Waiting, 0)))
                .collect(),
        };
        let until = begun + Duration::from_secs(self.within);
        if running_mesh(session.home())
            .map_err(Failure::failed)?
            .is_some()
        {
            watch_node(session, &mut watched, until)?;
        } else {
            self.share(session, &mut watched, until)?;
        }
        let records: Vec<Record> = peers
            .into_iter()
            .filter_map(|peer| {
                let (state, elapsed_ms) = watched.states.get(&peer.peer)?;
                Some(Record {
                    model: card.digest.to_string(),
                    full_name: card.full_name.clone(),
                    peer: peer.peer,
                    name: peer.name,
                    state: word(state),
                    reason: match state {
                        DeploymentState::Refused(reason) => Some(reason.clone()),
                        _ => None,
                    },
                    elapsed_ms: *elapsed_ms,
                })
            })
            .collect();
        session.answer(&records, || {
            let lines: Vec<String> = records.iter().map(line).collect();
            lines.join("\n")
        })?;
        match records.iter().find_map(|record| record.reason.clone()) {
            Some(reason) => Err(Failure::failed(reason)),
            None => Ok(()),
        }
    }

    fn peers(&self, session: &Session) -> Result<Vec<PairedPeer>, Failure> {
        let paired = paired_peers(session.home()).map_err(Failure::failed)?;
        if paired.is_empty() {
            return Err(Failure::failed(
                "No node is paired with this one; clisonix pair --show begins",
            ));
        }
        for wanted in &self.to {
            if !paired.iter().any(|peer| is_called(peer, wanted)) {
                return Err(Failure::failed(format!(
                    "No paired node is called `{wanted}`; clisonix peers lists them"
                )));
            }
        }
        let wanted = |peer: &PairedPeer| {
            self.to.is_empty() || self.to.iter().any(|wanted| is_called(peer, wanted))
        };
        Ok(paired.into_iter().filter(wanted).collect())
    }

    /// Shares from here, since no node runs with this home.
    fn share(
        &self,
        session: &Session,
        watched: &mut Watched<'_>,
        until: Instant,
    ) -> Result<(), Failure> {
        let engine = session.engine(|options| EngineOptions {
            share: true,
            ..options
        })?;
        for address in &self.dial {
            engine
                .send(Command::Dial(address.clone()))
                .map_err(Failure::failed)?;
        }
        while let Some(left) = until.checked_duration_since(Instant::now())
            && !watched.is_over()
        {
            for event in engine.inbox().drain_within(left) {
                match event {
                    Event::Mesh(mesh) => watched.see(&mesh),
                    Event::Notice(notice) => session.notice(&notice),
                    _ => (),
                }
            }
        }
        engine.stop();
        Ok(())
    }
}

/// Looks on while the node that runs with this home does it.
fn watch_node(session: &Session, watched: &mut Watched<'_>, until: Instant) -> Result<(), Failure> {
    while Instant::now() < until && !watched.is_over() {
        match running_mesh(session.home()).map_err(Failure::failed)? {
            Some(mesh) => watched.see(&mesh),
            None => {
                session.note("The node of this home has stopped; the rest is done by the next one");
                return Ok(());
            }
        }
        std::thread::sleep(LOOK_EVERY);
    }
    Ok(())
}

fn is_called(peer: &PairedPeer, wanted: &str) -> bool {
    peer.peer == wanted || peer.name == wanted
}

/// How far each peer is, with the milliseconds when that was last news.
struct Watched<'a> {
    session: &'a Session,
    model: Digest,
    begun: Instant,
    states: BTreeMap<String, (DeploymentState, u64)>,
}

impl Watched<'_> {
    fn see(&mut self, mesh: &MeshSnapshot) {
        let of_it = |card: &&DeploymentCard| card.model == self.model;
        for card in mesh.deployments.iter().filter(of_it) {
            let Some((state, at)) = self.states.get_mut(&card.peer) else {
                continue;
            };
            if *state == card.state {
                continue;
            }
            *at = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
            state.clone_from(&card.state);
            if let DeploymentState::Sending { sent_bytes, bytes } = state {
                let name = mesh.peers.iter().find(|peer| peer.peer == card.peer);
                let name = name.map_or("", |peer| peer.name.as_str());
                self.session
                    .note(format_args!("{name}: {sent_bytes} of {bytes} bytes"));
            }
        }
    }

    fn is_over(&self) -> bool {
        self.states
            .values()
            .all(|(state, _)| matches!(state, DeploymentState::There | DeploymentState::Refused(_)))
    }
}

/// A state in a word.
fn word(state: &DeploymentState) -> &'static str {
    match state {
        DeploymentState::Waiting => "waiting",
        DeploymentState::Sending { .. } => "sending",
        DeploymentState::There => "there",
        DeploymentState::Refused(_) => "refused",
    }
}

fn line(record: &Record) -> String {
    let Record {
        full_name, name, ..
    } = record;
    match (&record.reason, record.state) {
        (Some(reason), _) => format!("{name} did not take {full_name}: {reason}"),
        (None, "there") => format!("{name} has {full_name}, after {} ms", record.elapsed_ms),
        (None, _) => format!("{name} gets {full_name} when it is there"),
    }
}
