//! `clisonix node`: a member of the mesh without a window, until Ctrl-C.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use actor_engine::{EngineOptions, MetricsPage};
use actor_messages::{Event, MeshSnapshot, NodeCard, PeerState};
use kernel_imaging::Severity;
use serde::Serialize;

use super::audit::Audit;
use super::failure::Failure;
use super::interrupt;
use super::session::Session;

/// How often Ctrl-C is looked for.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// A node that does not listen by then has failed.
const LISTENS_WITHIN: Duration = Duration::from_secs(10);

/// Computes for paired workstations until it is interrupted; prints its addresses once it listens.
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Node {
    #[command(subcommand)]
    command: Option<NodeCommand>,
    /// Where to listen, as host:port; all interfaces and this home's own port unless given.
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// Cores given to paired workstations; all of them unless given.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    cores: Option<u32>,
    /// Memory given to paired workstations.
    #[arg(long, value_name = "BYTES")]
    memory: Option<u64>,
    /// Listens for QUIC beside TCP, on the same port; whoever wants it dials /ip4/ADDRESS/udp/PORT/quic-v1.
    #[arg(long)]
    quic: bool,
    /// Serves figures for Prometheus at this address, such as 0.0.0.0:9478; on the loopback interface unless given.
    #[arg(long, value_name = "ADDR", num_args = 0..=1, default_missing_value = "127.0.0.1:9478")]
    metrics: Option<SocketAddr>,
    /// Keeps a copy of every byte that leaves, before it is encrypted, in this folder; it holds pixels.
    #[arg(long, value_name = "DIR")]
    record_outgoing: Option<PathBuf>,
}

#[derive(clap::Subcommand)]
enum NodeCommand {
    Audit(Audit),
}

/// A node as others see it.
#[derive(Serialize)]
struct NodeRecord {
    peer: String,
    name: String,
    fingerprint: String,
    addresses: Vec<String>,
    cores: u32,
    memory_bytes: u64,
    numeric_class: String,
}

impl From<&NodeCard> for NodeRecord {
    fn from(card: &NodeCard) -> Self {
        Self {
            peer: card.peer.clone(),
            name: card.name.clone(),
            fingerprint: card.fingerprint.clone(),
            addresses: card.addresses.clone(),
            cores: card.capacity,
            memory_bytes: card.memory_bytes,
            numeric_class: card.numeric_class.to_string(),
        }
    }
}

impl NodeRecord {
    fn text(&self) -> String {
        let mut lines = vec![
            format!("{} shares {} cores", self.name, self.cores),
            format!("peer id      {}", self.peer),
            format!("fingerprint  {}", self.fingerprint),
        ];
        lines.extend(
            self.addresses
                .iter()
                .map(|address| format!("listening on {address}")),
        );
        lines.join("\n")
    }
}

impl Node {
    pub fn execute(self, session: &Session) -> Result<(), Failure> {
        if let Some(NodeCommand::Audit(audit)) = self.command {
            return audit.execute(session);
        }
        let interrupted = interrupt::listen()?;
        let metrics = self.metrics.map(MetricsPage::start).transpose();
        let metrics = metrics.map_err(Failure::failed)?;
        if let Some(page) = &metrics {
            session.note(format_args!("Figures at http://{}/metrics", page.address()));
        }
        let listen = self.listen.clone();
        let engine = session.engine(|options| EngineOptions {
            threads: self.cores.and_then(|cores| usize::try_from(cores).ok()),
            listen: self.listen,
            cores: self.cores,
            memory_bytes: self.memory,
            share: true,
            quic: self.quic,
            record_outgoing: self.record_outgoing,
            ..options
        })?;
        let started = Instant::now();
        let mut told = false;
        let mut states = BTreeMap::new();
        while !interrupted.is_cancelled() {
            for event in engine.inbox().drain_within(LOOK_EVERY) {
                match event {
                    Event::Mesh(mesh) => {
                        if let Some(page) = &metrics {
                            page.show_mesh(mesh.clone());
                        }
                        if !told && !mesh.me.addresses.is_empty() {
                            let record = NodeRecord::from(&mesh.me);
                            session.answer(&record, || record.text())?;
                            told = true;
                        }
                        say_changes(session, &mesh, &mut states);
                    }
                    Event::Notice(notice) if !told && notice.severity == Severity::Error => {
                        return Err(Failure::failed(notice.text));
                    }
                    Event::Meter(meter) => {
                        if let Some(page) = &metrics {
                            page.show_meter(meter);
                        }
                    }
                    Event::Notice(notice) => session.notice(&notice),
                    _ => (),
                }
            }
            if !told && started.elapsed() > LISTENS_WITHIN {
                let address = listen.as_deref().unwrap_or("any address");
                return Err(Failure::failed(format!(
                    "The node could not listen on {address}"
                )));
            }
        }
        engine.stop();
        session.note("The node has stopped");
        Ok(())
    }
}

fn say_changes(session: &Session, mesh: &MeshSnapshot, states: &mut BTreeMap<String, PeerState>) {
    for peer in &mesh.peers {
        let before = states.insert(peer.peer.clone(), peer.state);
        // A node that is called and called again is no news.
        let is_news = !matches!(peer.state, PeerState::Connecting);
        if is_news && before != Some(peer.state) {
            session.note(format_args!(
                "{} is {}",
                peer.name,
                super::peers::state_word(peer.state)
            ));
        }
    }
}
